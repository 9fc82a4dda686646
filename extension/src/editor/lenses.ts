import * as vscode from 'vscode'
import { say } from '../charts/say.ts'
import type { Daemon } from '../daemon/daemon.ts'
import type { Observed } from '../views/observed.ts'
import { Paced } from '../views/paced.ts'
import { lens } from './hints.ts'
import { hintsAreOn, isSource, routerLines, sources } from './routers.ts'
import { breakpointsOf, toggleBreakpoint, type Breakable } from './routingBreakpoints.ts'

/** Above each router's line: which layers it is, how their load and entropy are, and a breakpoint. */
export function lenses(daemon: Daemon, observed: Observed): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>()
  // VS Code asks again for all that is seen: seldom enough that a run does not make it restless.
  const refresh = new Paced(() => Promise.resolve(changed.fire()), 1000)
  const words = say(vscode.env.language, vscode.l10n.bundle ?? {})
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    async provideCodeLenses(document) {
      const lines = await routerLines(document, daemon, observed)
      return lines.flatMap(({ line, known, routers }) => {
        const place = new vscode.Range(line, 0, line, 0)
        const [router] = routers
        if (router === undefined) return []
        const target: Breakable = { listing: document.uri.fsPath, name: router.name, aliases: router.aliases, line: line + 1 }
        const link = { tab: 'load', session: known.info.id, focus: { router: router.index } }
        return [
          new vscode.CodeLens(place, { title: lens(known, routers, words), command: 'moe.showCharts', arguments: [link] }),
          new vscode.CodeLens(place, {
            title: breakpointsOf(target).length > 0 ? words.t('Remove breakpoint') : words.t('Add breakpoint'), command: 'moe.toggleLineBreakpoint', arguments: [target],
          }),
        ]
      })
    },
  }
  const seen = () => {
    if (vscode.window.visibleTextEditors.some(({ document }) => isSource(document) && hintsAreOn(document))) refresh.ask()
  }
  return vscode.Disposable.from(
    changed, refresh,
    vscode.languages.registerCodeLensProvider([...sources], provider),
    vscode.commands.registerCommand('moe.toggleLineBreakpoint', toggleBreakpoint),
    observed.onChange(seen),
    vscode.debug.onDidChangeBreakpoints(seen),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('moe.editorHints')) changed.fire()
    }))
}
