import * as vscode from 'vscode'

/** A router's line of a model listing begins with its name. */
const router = /^(\S+) {2}router\b/

/** While stopped: the decision, behind the line of the router that it was made at. */
export const inlineValues: vscode.InlineValuesProvider = {
  provideInlineValues(document, _viewPort, context) {
    const line = context.stoppedLocation.start.line
    if (line >= document.lineCount || !router.test(document.lineAt(line).text)) return []
    const range = document.lineAt(line).range
    return ['entropy', 'experts'].map((variable) => new vscode.InlineValueVariableLookup(range, variable))
  },
}

/** The pointer over any part of a router's name asks for that router. */
export const hovered: vscode.EvaluatableExpressionProvider = {
  provideEvaluatableExpression(document, position) {
    const name = router.exec(document.lineAt(position.line).text)?.[1]
    if (name === undefined || position.character > name.length) return undefined
    return new vscode.EvaluatableExpression(new vscode.Range(position.line, 0, position.line, name.length), name)
  },
}
