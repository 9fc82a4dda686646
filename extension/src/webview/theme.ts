import { blend, tint, type Kind, type Theme } from '../charts/palette.ts'

/** The workbench's theme, as its variables and the body's classes say it. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.body)
  const read = (name: string, otherwise: string) => style.getPropertyValue(`--vscode-${name}`).trim() || otherwise
  const classes = document.body.classList
  const kind: Kind = classes.contains('vscode-high-contrast-light') ? 'contrast-light' : classes.contains('vscode-high-contrast') ? 'contrast-dark' : classes.contains('vscode-light') ? 'light' : 'dark'
  const dark = kind === 'dark' || kind === 'contrast-dark'
  const foreground = read('editor-foreground', dark ? '#cccccc' : '#1f1f1f')
  return {
    kind,
    foreground,
    muted: kind.startsWith('contrast') ? foreground : read('descriptionForeground', dark ? '#9d9d9d' : '#616161'),
    background: read('editor-background', dark ? '#1e1e1e' : '#ffffff'),
    line: kind.startsWith('contrast') ? tint(read('contrastBorder', foreground), 0.5) : dark ? '#3a3d41' : '#dddddd',
    focus: read('focusBorder', '#007fd4'),
    font: style.fontFamily || 'sans-serif',
    hues: [0, 0.45].flatMap((towards) => [
      read('charts-blue', dark ? '#3794ff' : '#1a85ff'),
      read('charts-orange', '#d18616'),
      read('charts-green', dark ? '#89d185' : '#388a34'),
      read('charts-purple', dark ? '#b180d7' : '#652d90'),
      read('charts-red', '#e51400'),
      read('charts-yellow', dark ? '#cca700' : '#bf8803'),
    ].map((hue) => blend(hue, foreground, towards))),
    warning: read('charts-yellow', '#cca700'),
    error: read('charts-red', '#f14c4c'),
  }
}
