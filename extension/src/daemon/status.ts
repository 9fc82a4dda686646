import * as vscode from 'vscode'
import type { SessionInfo } from './contract.ts'
import type { Daemon, Health } from './daemon.ts'
import { explain } from './messages.ts'

/** The one status item: how the daemon is, where the session stands, how fast it runs. Shown once something has needed the daemon. */
export function showStatus(daemon: Daemon): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('moe.daemon', vscode.StatusBarAlignment.Left, 50)
  item.name = vscode.l10n.t('MoE daemon')
  item.command = 'moe.daemonMenu'
  let sessions: readonly SessionInfo[] = []
  const draw = () => {
    const health = daemon.health
    const session = sessions.find(({ state }) => state === 'stopped') ?? sessions.find(({ state }) => state === 'running')
    item.text = `${icon(health)} MoE${session === undefined ? '' : ` ${words(session)}`}`
    item.accessibilityInformation = { label: `${item.name}: ${state(health)}${session === undefined ? '' : `, ${words(session)}`}` }
    item.tooltip = tooltip(health)
    item.backgroundColor = health.state === 'failed' ? new vscode.ThemeColor('statusBarItem.errorBackground')
      : health.state === 'hung' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined
    if (health.state === 'unused') item.hide()
    else item.show()
  }
  return vscode.Disposable.from(
    item,
    daemon.onHealth(draw),
    daemon.onSessions((changed) => {
      sessions = changed
      draw()
    }))
}

function icon(health: Health): string {
  switch (health.state) {
    case 'starting': return '$(loading~spin)'
    case 'failed': return '$(error)'
    case 'hung': return '$(warning)'
    default: return '$(circuit-board)'
  }
}

function state(health: Health): string {
  switch (health.state) {
    case 'unused': return vscode.l10n.t('not started')
    case 'starting': return vscode.l10n.t('starting')
    case 'running': return vscode.l10n.t('running, process {0}', health.running.process.pid)
    case 'hung': return vscode.l10n.t('does not answer, process {0}', health.running.process.pid)
    case 'failed': return explain(health.error)
  }
}

/** "step 42 · 18.3 tokens/s" */
function words(session: SessionInfo): string {
  const step = session.stop?.step ?? session.step
  const number = new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: 1 })
  return [
    ...(step === undefined ? [] : [vscode.l10n.t('step {0}', number.format(step))]),
    ...(session.tokensPerSecond === undefined ? [] : [vscode.l10n.t('{0} tokens/s', number.format(session.tokensPerSecond))]),
  ].join(' · ')
}

function tooltip(health: Health): vscode.MarkdownString {
  const text = new vscode.MarkdownString(undefined, true)
  text.isTrusted = { enabledCommands: ['moe.showLog', 'moe.restartDaemon', 'moe.copyDiagnostics'] }
  text.appendMarkdown(`**MoE DevTools**`)
  if (health.state === 'running' || health.state === 'hung') text.appendText(` ${health.running.version}`)
  text.appendText(`\n${state(health)}`)
  const links = [[vscode.l10n.t('Show Log'), 'moe.showLog'], [vscode.l10n.t('Restart'), 'moe.restartDaemon'], [vscode.l10n.t('Copy Diagnostics'), 'moe.copyDiagnostics']]
  text.appendMarkdown(`\n\n${links.map(([title, command]) => `[${title}](command:${command})`).join(' · ')}`)
  return text
}
