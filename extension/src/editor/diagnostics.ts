import * as vscode from 'vscode'
import type { AnomalyNote } from '../daemon/contract.ts'
import type { Daemon } from '../daemon/daemon.ts'
import { anomalyName } from '../views/experts.ts'
import type { Observed } from '../views/observed.ts'
import { Paced } from '../views/paced.ts'
import { anomalyMessage } from './hints.ts'
import { isSource, routerLines, sources } from './routers.ts'
import { addBreakpoint, breakpointsOf, type Breakable } from './routingBreakpoints.ts'

const severities = { info: vscode.DiagnosticSeverity.Information, warning: vscode.DiagnosticSeverity.Warning, error: vscode.DiagnosticSeverity.Error } as const

/** A diagnostic that knows what it is of. */
class AnomalyDiagnostic extends vscode.Diagnostic {
  readonly anomaly: AnomalyNote
  readonly target: Breakable
  readonly session: string

  constructor(range: vscode.Range, message: string, anomaly: AnomalyNote, target: Breakable, session: string) {
    super(range, message, severities[anomaly.severity])
    this.anomaly = anomaly
    this.target = target
    this.session = session
    this.source = 'MoE'
    this.code = anomaly.id
  }
}

/** Active anomalies at the lines of their routers, in documents that are open, with quick fixes. */
export function diagnostics(daemon: Daemon, observed: Observed): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection('moe')
  const refresh = new Paced(async () => {
    const documents = vscode.workspace.textDocuments.filter(isSource)
    const all = await Promise.all(documents.map((document) => of(document, daemon, observed)))
    documents.forEach((document, i) => collection.set(document.uri, all[i] ?? []))
  }, 1000)
  const ask = () => refresh.ask()
  return vscode.Disposable.from(
    collection, refresh,
    observed.onChange(ask),
    vscode.workspace.onDidOpenTextDocument((document) => isSource(document) && ask()),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => collection.delete(uri)),
    vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration('moe.editorHints') && ask()),
    vscode.languages.registerCodeActionsProvider([...sources], { provideCodeActions: (document, range) => fixes(collection.get(document.uri) ?? [], range) }, {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
    vscode.commands.registerCommand('moe.breakOnAnomaly', addBreakpoint),
    vscode.commands.registerCommand('moe.explainAnomaly', explainAnomaly))
}

async function of(document: vscode.TextDocument, daemon: Daemon, observed: Observed): Promise<readonly vscode.Diagnostic[]> {
  try {
    return (await routerLines(document, daemon, observed)).flatMap(({ line, known, routers }) => {
      const range = document.lineAt(line).range
      return routers.flatMap((router) => known.anomalies.filter((anomaly) => anomaly.router === router.index).map((anomaly) =>
        new AnomalyDiagnostic(range, anomalyMessage(anomaly, router, routers.length > 1), anomaly, { listing: document.uri.fsPath, name: router.name, aliases: router.aliases, line: line + 1 }, known.info.id)))
    })
  } catch {
    return []      // the daemon or the session has gone: nothing is known of this document
  }
}

/** One explanation an anomaly; one breakpoint a router, where it has none yet. */
function fixes(all: readonly vscode.Diagnostic[], range: vscode.Range): vscode.CodeAction[] {
  const here = all.filter((diagnostic) => diagnostic instanceof AnomalyDiagnostic && diagnostic.range.intersection(range) !== undefined) as AnomalyDiagnostic[]
  const fix = (of: readonly AnomalyDiagnostic[], title: string, command: string, ...given: readonly unknown[]) => {
    const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix)
    action.command = { title, command, arguments: [...given] }
    action.diagnostics = [...of]
    return action
  }
  const routers = [...new Map(here.map(({ target }) => [target.name, target])).values()]
  return [
    ...routers.filter((target) => breakpointsOf(target).length === 0)
      .map((target) => fix(here.filter((diagnostic) => diagnostic.target.name === target.name), vscode.l10n.t('Break on this: {0}', target.name), 'moe.breakOnAnomaly', target)),
    ...here.map((diagnostic) => fix([diagnostic], vscode.l10n.t('Explain {0}', anomalyName(diagnostic.anomaly.id)), 'moe.explainAnomaly', diagnostic.anomaly, diagnostic.session)),
  ]
}

async function explainAnomaly(anomaly: AnomalyNote, session: string): Promise<void> {
  const charts = vscode.l10n.t('Show Timeline')
  const detail = [anomaly.meaning, anomaly.advice].join('\n\n')
  if (await vscode.window.showInformationMessage(`${anomalyName(anomaly.id)}: ${anomaly.facts}`, { modal: true, detail }, charts) !== charts) return
  await vscode.commands.executeCommand('moe.showCharts', { tab: 'timeline', session, focus: { router: anomaly.router, step: anomaly.step } })
}
