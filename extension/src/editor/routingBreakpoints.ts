import * as vscode from 'vscode'

export interface Breakable {
  readonly listing?: string | undefined
  readonly name: string
  readonly aliases: readonly string[]
  readonly line?: number | undefined
}

/**
 * A routing breakpoint is a breakpoint at the router's line of the model listing: the gutter, the Expert Inspector and the lens above the line then show one thing, and it can be given
 * a condition, hit count, log message and mode, which a function breakpoint cannot. Function breakpoints that name the router are seen, and removed, too.
 */
export function breakpointsOf({ listing, name, aliases, line }: Breakable): readonly vscode.Breakpoint[] {
  return vscode.debug.breakpoints.filter((breakpoint) =>
    breakpoint instanceof vscode.SourceBreakpoint
      ? listing !== undefined && line !== undefined && breakpoint.location.range.start.line === line - 1 && breakpoint.location.uri.fsPath === listing
      : breakpoint instanceof vscode.FunctionBreakpoint && (breakpoint.functionName === name || aliases.includes(breakpoint.functionName)))
}

export function toggleBreakpoint(router: Breakable): void {
  const set = breakpointsOf(router)
  if (set.length > 0) vscode.debug.removeBreakpoints(set)
  else addBreakpoint(router)
}

export function addBreakpoint({ listing, line }: Breakable): void {
  if (listing === undefined || line === undefined) return
  vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(new vscode.Location(vscode.Uri.file(listing), new vscode.Position(line - 1, 0)))])
}
