import { execFile } from 'node:child_process'
import * as vscode from 'vscode'
import type { Daemon } from './daemon.ts'
import { explain } from './messages.ts'

/** What to paste into a report of a defect: versions, how the daemon is, and what its own check says of the machine. No prompt, no path of a model. */
export async function copyDiagnostics(context: vscode.ExtensionContext, daemon: Daemon, activation: number): Promise<void> {
  const { health } = daemon
  const running = health.state === 'running' || health.state === 'hung' ? health.running : undefined
  const lines = [
    `MoE DevTools ${context.extension.packageJSON.version}, VS Code ${vscode.version} (${vscode.env.appHost}${vscode.env.remoteName === undefined ? '' : `, ${vscode.env.remoteName}`}), ` +
      `${process.platform}-${process.arch}, Node ${process.version}, language ${vscode.env.language}`,
    `activated in ${activation.toFixed(1)} ms; workspace ${vscode.workspace.isTrusted ? 'trusted' : 'not trusted'}`,
    `daemon: ${health.state}${health.state === 'failed' ? ` (${explain(health.error)})` : ''}`,
    ...(running === undefined ? [] : [`  ${running.version} from ${running.place.origin}: ${running.place.path}, process ${running.process.pid}`]),
    ...(health.state === 'running' ? [`  sessions: ${(await health.running.client.call('sessions/list', {})).length}`] : []),
    ...(running === undefined ? [] : ['', await doctor(running.place.path)]),
  ]
  await vscode.env.clipboard.writeText(lines.join('\n'))
  void vscode.window.showInformationMessage(vscode.l10n.t('The diagnostics are on the clipboard.'))
}

/** It ends with another code where it finds something wrong: what it says is wanted all the same. */
function doctor(program: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, ['doctor'], { timeout: 20_000 }, (error, out, err) => resolve(out.trim() || err.trim() || String(error)))
  })
}
