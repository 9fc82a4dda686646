import * as vscode from 'vscode'
import { explain } from '../daemon/messages.ts'
import type { Daemon } from '../daemon/daemon.ts'

/** The number of a process that waits to be attached to, for `${command:moe.pickProcess}`. Undefined: none was chosen. */
export async function pickProcess(daemon: Daemon): Promise<string | undefined> {
  try {
    const waiting = await daemon.call('processes/list', {})
    if (waiting.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t('No training waits to be attached to: one does that calls {0}, or that was started with the probe and {1}.', 'moe_devtools.attach(model)', 'MOE_DEVTOOLS_PROBE=listen'))
      return undefined
    }
    const items = waiting.map((process) => ({
      pid: process.pid, label: process.command, detail: process.folder,
      description: [String(process.pid), ...(process.ranks > 1 ? [vscode.l10n.t('rank {0} of {1}', process.rank, process.ranks)] : []), ...(process.debugger === undefined ? [] : [vscode.l10n.t('also debugged by {0}', process.debugger)])].join(' · '),
    }))
    const chosen = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which training shall be attached to?'), matchOnDescription: true, matchOnDetail: true })
    return chosen === undefined ? undefined : String(chosen.pid)
  } catch (error) {
    void vscode.window.showErrorMessage(explain(error))
    return undefined
  }
}
