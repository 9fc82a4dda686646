import * as vscode from 'vscode'
import { Daemon } from './daemon/daemon.ts'
import { copyDiagnostics } from './daemon/diagnostics.ts'
import { explain, showFailures } from './daemon/messages.ts'
import { showStatus } from './daemon/status.ts'
import { adapter, tracer } from './debug/adapter.ts'
import { attach, Configurations, dynamicConfigurations, modelLaunch, pickModel, pickRecording, recordingLaunch } from './debug/configurations.ts'
import { hovered, inlineValues } from './debug/listing.ts'
import { pickProcess } from './debug/pickProcess.ts'
import { pythonSessions } from './debug/python.ts'
import { samples } from './debug/samples.ts'
import { diagnostics } from './editor/diagnostics.ts'
import { lenses } from './editor/lenses.ts'
import { Charts } from './views/charts.ts'
import { SharedFocus } from './views/focus.ts'
import { FocusPick } from './views/focusPick.ts'
import { Inspector } from './views/inspector.ts'
import { Observed } from './views/observed.ts'
import { PinnedExperts } from './views/pinned.ts'
import { Pins } from './views/pins.ts'
import { Sessions } from './views/sessions.ts'

let daemon: Daemon | undefined

/** Registers everything and starts nothing: the daemon starts when something first asks for it. */
export function activate(context: vscode.ExtensionContext): void {
  const began = performance.now()
  const log = vscode.window.createOutputChannel('MoE DevTools', { log: true })
  const service = daemon = new Daemon(context, log)
  const folder = context.extensionPath
  const [focus, observed, pins] = [new SharedFocus(), new Observed(service), new Pins(context.workspaceState)]
  const debug = (config: vscode.DebugConfiguration | undefined) =>
    config === undefined ? undefined : vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], config)
  const command = (name: string, run: (...args: never[]) => unknown) => vscode.commands.registerCommand(`moe.${name}`, run)

  context.subscriptions.push(
    log,
    service,
    showFailures(service),
    showStatus(service),

    vscode.debug.registerDebugConfigurationProvider('moe', new Configurations(folder, service)),
    vscode.debug.registerDebugConfigurationProvider('moe', dynamicConfigurations(folder), vscode.DebugConfigurationProviderTriggerKind.Dynamic),
    vscode.debug.registerDebugAdapterDescriptorFactory('moe', adapter(service)),
    vscode.debug.registerDebugAdapterTrackerFactory('moe', tracer(log)),
    pythonSessions(),
    vscode.languages.registerInlineValuesProvider({ language: 'moe' }, inlineValues),
    vscode.languages.registerEvaluatableExpressionProvider({ language: 'moe' }, hovered),

    focus,
    observed,
    pins,
    new Charts(context, service, focus, pins, log),
    new Inspector(service, observed, pins, focus),
    new PinnedExperts(service, observed, pins, focus),
    new Sessions(service, observed),
    lenses(service, observed),
    diagnostics(service, observed),

    command('focus', () => new FocusPick(service, observed, focus).run().catch((error: unknown) => vscode.window.showErrorMessage(explain(error)))),
    command('openSample', () => {
      const sample = samples(folder).find((sample) => 'trace' in sample)
      // In a folder without trust VS Code debugs nothing; a recording opens all the same.
      return sample === undefined || vscode.workspace.isTrusted ? debug(sample) : vscode.commands.executeCommand('moe.openRecording', { kind: 'file', file: { path: sample['trace'] } })
    }),
    command('debugSampleModel', () => debug(samples(folder).find((sample) => 'model' in sample))),
    command('debugRecording', async (file?: vscode.Uri | { file: { path: string } }) =>
      debug(recordingLaunch(file instanceof vscode.Uri ? file : file !== undefined ? vscode.Uri.file(file.file.path) : await pickRecording()))),
    command('debugModel', async (model?: vscode.Uri) => debug(modelLaunch(model ?? await pickModel()))),
    command('pickProcess', () => pickProcess(service)),
    command('attach', () => debug(attach())),
    command('restartDaemon', () => service.restart().catch(() => { /* showFailures has said it */ })),
    command('showLog', () => log.show()),
    command('copyDiagnostics', () => copyDiagnostics(context, service, activation)),
    command('daemonMenu', daemonMenu))
  const activation = performance.now() - began
  log.info(`activated in ${activation.toFixed(1)} ms`)
}

/** VS Code waits for it, for some seconds. */
export const deactivate = (): Promise<void> | undefined => daemon?.close()

async function daemonMenu(): Promise<void> {
  const commands = { 'moe.showLog': vscode.l10n.t('Show Log'), 'moe.restartDaemon': vscode.l10n.t('Restart'), 'moe.copyDiagnostics': vscode.l10n.t('Copy Diagnostics') }
  const chosen = await vscode.window.showQuickPick(Object.entries(commands).map(([command, label]) => ({ command, label })), { placeHolder: vscode.l10n.t('MoE daemon') })
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command)
}
