import * as vscode from 'vscode'
import type { RouterDescription } from '../daemon/contract.ts'
import type { Daemon } from '../daemon/daemon.ts'
import type { Known } from '../views/experts.ts'
import type { Observed } from '../views/observed.ts'

export interface RouterLine {
  /** From 0, as the editor counts. */
  readonly line: number
  readonly known: Known
  readonly routers: readonly RouterDescription[]
}

/** Sources in which routers may stand. */
export const sources: readonly vscode.DocumentFilter[] = [{ language: 'moe' }, { language: 'python' }]

export const isSource = (document: vscode.TextDocument): boolean => vscode.languages.match(sources, document) > 0

export const hintsAreOn = (document: vscode.TextDocument): boolean => vscode.workspace.getConfiguration('moe', document).get('editorHints', true)

/** The lines of a document at which routers of an open session stand. Starts no daemon: without one there are no sessions. */
export async function routerLines(document: vscode.TextDocument, daemon: Daemon, observed: Observed): Promise<readonly RouterLine[]> {
  if (daemon.health.state !== 'running' || observed.sessions.length === 0 || document.uri.scheme !== 'file' || !hintsAreOn(document)) return []
  const lines = await daemon.call('source/routers', { path: document.uri.fsPath })
  const session = observed.best([...new Set(lines.map((line) => line.session))])
  if (session === undefined) return []
  const known = await observed.known(session.id)
  return lines.filter((line) => line.session === session.id && line.line <= document.lineCount)
    .map(({ line, routers }) => ({ line: line - 1, known, routers: routers.flatMap((index) => known.routers[index] ?? []) }))
}
