import * as vscode from 'vscode'
import { Failure } from './failure.ts'
import type { Daemon } from './daemon.ts'

interface Button {
  readonly title: string
  readonly command: string
  readonly arguments?: readonly unknown[]
}

/** Says what is wrong with the daemon, once each time that it goes wrong, with buttons that lead on. */
export function showFailures(daemon: Daemon): vscode.Disposable {
  return vscode.Disposable.from(
    daemon.onHealth((health) => {
      if (health.state === 'failed') void show(vscode.window.showErrorMessage, explain(health.error), buttonsOf(health.error))
      if (health.state === 'hung') void show(vscode.window.showWarningMessage, vscode.l10n.t('The daemon does not answer.'), [restart(), log()])
    }),
    daemon.onCrash(({ how, restarted }) => {
      if (restarted) void show(vscode.window.showWarningMessage, vscode.l10n.t('The daemon crashed and was started again ({0}). Its sessions are gone.', how), [log()])
    }))
}

/** An error of the daemon's start in words. */
export function explain(error: unknown): string {
  if (!(error instanceof Failure)) return error instanceof Error ? error.message : String(error)
  const { path, detail } = error
  switch (error.kind) {
    case 'notFound': return vscode.l10n.t('There is no program {0}. The setting {1} names it.', path, 'moe.daemon.path')
    case 'nowhere': return vscode.l10n.t('The program {0} is not part of this build of the extension and not on PATH.', path)
    case 'notExecutable': return vscode.l10n.t('{0} may not be executed: {1}', path, detail)
    case 'corrupt': return vscode.l10n.t('{0} is not the program of MoE DevTools, or is damaged: {1}', path, detail)
    case 'noDotnet': return vscode.l10n.t('{0} needs .NET 10, which is not installed: {1}', path, detail)
    case 'wrongVersion': return vscode.l10n.t('{0} does not go with this version of the extension: {1}', path, detail)
    case 'silent': return vscode.l10n.t('{0} was started and does not answer.', path)
    case 'ended': return path === '' ? vscode.l10n.t('The daemon crashed again and again: {0}', detail) : vscode.l10n.t('{0} ended while it started: {1}', path, detail)
  }
}

function buttonsOf(error: unknown): readonly Button[] {
  const kind = error instanceof Failure ? error.kind : 'ended'
  switch (kind) {
    case 'notFound': case 'nowhere': case 'notExecutable': case 'corrupt': case 'wrongVersion':
      return [settings(), restart(), log()]
    case 'noDotnet':
      return [{ title: vscode.l10n.t('Get .NET'), command: 'vscode.open', arguments: [vscode.Uri.parse('https://dotnet.microsoft.com/download/dotnet/10.0')] }, restart(), log()]
    case 'silent': case 'ended':
      return [restart(), log()]
  }
}

/** The setting is one of the machine: with a remote one, those of the user do not have it. */
const settings = (): Button => ({
  title: vscode.l10n.t('Open Settings'),
  command: vscode.env.remoteName === undefined ? 'workbench.action.openSettings' : 'workbench.action.openRemoteSettings',
  arguments: [{ query: '@id:moe.daemon.path' }],
})
const restart = (): Button => ({ title: vscode.l10n.t('Restart'), command: 'moe.restartDaemon' })
const log = (): Button => ({ title: vscode.l10n.t('Show Log'), command: 'moe.showLog' })

async function show(notify: (message: string, ...titles: string[]) => Thenable<string | undefined>, message: string, buttons: readonly Button[]): Promise<void> {
  const chosen = await notify(message, ...buttons.map((button) => button.title))
  const button = buttons.find(({ title }) => title === chosen)
  if (button !== undefined) await vscode.commands.executeCommand(button.command, ...(button.arguments ?? []))
}
