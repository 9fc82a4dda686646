// Cells on a canvas of our own: ECharts makes an object of each, and 64 layers x 256 experts ten times a second are too many objects (docs/benchmarks.md).
import { EMPTY, HATCHED, type Cells } from '../../charts/chart.ts'
import { divergingRamp, luminance, parseColour, type Theme } from '../../charts/palette.ts'
import type { Surface } from '../surface.ts'
import type { Host } from './figure.ts'
import { PaintedView, type At, type Box } from './painted.ts'

interface Layout {
  left: number
  top: number
  cell: number
  row: number
  right: number
  bottom: number
  height: number
  x(column: number): number
  y(row: number): number
}

/** Of 11-pixel text, before there is a canvas to measure with. */
const roughWidth = (text: string) => Math.ceil([...text].reduce((sum, c) => sum + (c > '\u2e7f' ? 11 : 6.2), 0))

/** Where everything lies. Cells begin and end on whole pixels, so that there are no seams. */
export function layout(figure: Cells, width: number): Layout {
  const rows = figure.rows.length
  const columns = Math.max(1, figure.columns.length)
  const left = 12 + Math.max(...[figure.rowTitle, figure.columnTitle, figure.columnBars?.title ?? '', ...figure.rows].map(roughWidth))
  const right = figure.rowBars ? 110 : 8
  const room = Math.max(columns, width - left - right)
  const square = Math.max(3, Math.min(34, room / columns))
  const cell = figure.square ? square : Math.min(room / columns, 72)
  const row = figure.square ? square : Math.max(7, Math.min(44, 480 / Math.max(1, rows)))
  const top = 42
  const bottom = figure.columnBars ? 64 : 26
  return { left, top, cell, row, right, bottom, height: top + Math.round(rows * row) + bottom, x: (c) => left + Math.round(c * cell), y: (r) => top + Math.round(r * row) }
}

export function paintCells(surface: Surface, figure: Cells, theme: Theme, at: number, width: number): number {
  const place = layout(figure, width)
  const ramp = divergingRamp(theme.kind)
  const [rows, columns] = [figure.rows.length, figure.columns.length]
  const contrast = theme.kind.startsWith('contrast')
  const gap = place.cell >= 10 && place.row >= 10 ? 1 : 0
  const ys = Array.from({ length: rows + 1 }, (_, r) => at + place.y(r))
  const xs = Array.from({ length: columns + 1 }, (_, c) => place.x(c))

  for (let i = 0; i < figure.levels.length; i++) {
    const level = figure.levels[i]!
    if (level === EMPTY) continue
    const [r, c] = [Math.floor(i / columns), i % columns]
    const [x, y, w, height] = [xs[c]!, ys[r]!, xs[c + 1]! - xs[c]! - gap, ys[r + 1]! - ys[r]! - gap]
    if (level === HATCHED) surface.hatch(x, y, w, height)
    else surface.rect(x, y, w, height, ramp[level]!)
  }
  bars(surface, figure, theme, place, xs, ys)
  legend(surface, figure, theme, at, place)
  if (contrast) borders(surface, figure, theme, xs, ys)
  // Numbers where there is room for them.
  if (figure.text && place.cell >= 40 && place.row >= 18)
    for (let i = 0; i < figure.levels.length; i++) {
      const [r, c, level] = [Math.floor(i / columns), i % columns, figure.levels[i]!]
      if (level === EMPTY || level === HATCHED) continue
      surface.text((xs[c]! + xs[c + 1]!) / 2, (ys[r]! + ys[r + 1]!) / 2, figure.text(r, c), inkOn(ramp[level]!, theme), { size: 11, align: 'middle' })
    }

  const everyRow = Math.ceil(13 / place.row)
  const labelWidth = Math.max(...figure.columns.map((c) => c.length)) * 7 + 6
  const everyColumn = [1, 2, 4, 5, 8, 10, 16, 20, 32, 64].find((n) => n * place.cell >= labelWidth) ?? 64
  surface.text(place.left - 6, at + place.top - 10, figure.rowTitle, theme.muted, { align: 'end', size: 11 })
  for (let r = 0; r < rows; r += everyRow) surface.text(place.left - 6, (ys[r]! + ys[r + 1]!) / 2, figure.rows[r]!, theme.foreground, { align: 'end', size: 11 })
  const below = ys[rows]!
  for (let c = 0; c < columns; c += everyColumn) surface.text((xs[c]! + xs[c + 1]!) / 2, below + 10, figure.columns[c]!, theme.foreground, { align: 'middle', size: 11 })
  surface.text(place.left - 6, below + 10, figure.columnTitle, theme.muted, { align: 'end', size: 11 })

  if (figure.rowBars) {
    const x = xs[columns]! + 10
    surface.text(x, at + place.top - 10, figure.rowBars.title, theme.muted, { size: 11 })
    for (let r = 0; r < rows; r += everyRow) surface.text(x + 50, (ys[r]! + ys[r + 1]!) / 2, figure.rowBars.texts[r]!, theme.foreground, { size: 11 })
  }
  if (figure.columnBars) surface.text(place.left - 6, below + 40, figure.columnBars.title, theme.muted, { align: 'end', size: 11 })
  const [low, middle, high] = figure.legend
  const x = legendAt(figure, place)
  surface.text(x - 6, at + 8, low, theme.muted, { size: 11, align: 'end' })
  surface.text(x + ramp.length, at + 20, middle, theme.muted, { size: 11, align: 'middle' })
  surface.text(x + ramp.length * 2 + 6, at + 8, high, theme.muted, { size: 11 })
  return place.height
}

/** Of the theme's two inks the one that contrasts more with a colour (WCAG 2). */
function inkOn(colour: string, theme: Theme): string {
  const bright = luminance(parseColour(colour))
  const dark = theme.kind === 'light' || theme.kind === 'contrast-light' ? theme.foreground : theme.background
  const light = theme.kind === 'light' || theme.kind === 'contrast-light' ? theme.background : theme.foreground
  return (bright + 0.05) / (luminance(parseColour(dark)) + 0.05) > (luminance(parseColour(light)) + 0.05) / (bright + 0.05) ? dark : light
}

function bars(surface: Surface, { rowBars, columnBars }: Cells, theme: Theme, place: Layout, xs: number[], ys: number[]) {
  rowBars?.lengths.forEach((length, r) => {
    const tall = Math.max(2, Math.min(12, place.row - 3))
    surface.rect(xs.at(-1)! + 10, (ys[r]! + ys[r + 1]!) / 2 - tall / 2, Math.max(1, 46 * length), tall, theme.muted)
  })
  columnBars?.lengths.forEach((length, c) => {
    const tall = Math.max(1, 32 * length)
    const gap = place.cell >= 10 ? 2 : 0
    surface.rect(xs[c]! + gap, ys.at(-1)! + 58 - tall, Math.max(1, xs[c + 1]! - xs[c]! - 2 * gap), tall, theme.muted)
  })
}

const LEGEND_TEXT = 76
const legendAt = (figure: Cells, place: Layout) => Math.max(place.left + LEGEND_TEXT, place.x(figure.columns.length) - 2 * divergingRamp('light').length - LEGEND_TEXT)

function legend(surface: Surface, figure: Cells, theme: Theme, at: number, place: Layout) {
  divergingRamp(theme.kind).forEach((colour, i) => surface.rect(legendAt(figure, place) + i * 2, at + 3, 2, 10, colour))
}

/** High contrast: every cell has a border, and what is far from the middle a mark. */
function borders(surface: Surface, figure: Cells, theme: Theme, xs: number[], ys: number[]) {
  const columns = figure.columns.length
  const ramp = divergingRamp(theme.kind)
  const middle = (ramp.length - 1) / 2
  figure.levels.forEach((level, i) => {
    if (level === EMPTY) return
    const [r, c] = [Math.floor(i / columns), i % columns]
    const [x, y, w, height] = [xs[c]!, ys[r]!, xs[c + 1]! - xs[c]!, ys[r + 1]! - ys[r]!]
    if (w < 8 || height < 8) return
    surface.frame(x, y, w, height, theme.muted)
    if (Math.abs(level - middle) >= middle / 2 && level !== HATCHED) surface.text(x + w - 7, y + 7, level > middle ? '▲' : '▼', inkOn(ramp[level]!, theme), { size: 9, align: 'middle' })
  })
  surface.frame(xs[0]! - 1, ys[0]! - 1, xs.at(-1)! - xs[0]! + 1, ys.at(-1)! - ys[0]! + 1, theme.foreground)
}

export class CellsView extends PaintedView<Cells> {
  constructor(figure: Cells, host: Host) {
    super('cells', figure, host, paintCells)
    this.canvas.addEventListener('mousemove', (event) => {
      const found = this.#find(event)
      host.point(found && this.figure.item(...found), { x: event.clientX, y: event.clientY }, false)
    })
    this.canvas.addEventListener('mouseleave', () => this.leave())
    this.canvas.addEventListener('click', (event) => this.act(this.#find(event), (focus) => host.focus(focus)))
    this.canvas.addEventListener('dblclick', (event) => this.act(this.#find(event), (focus) => host.drill(focus)))
  }

  protected height() {
    return layout(this.figure, this.width).height
  }

  protected lastPlace() {
    return this.figure.columns.length - 1
  }

  protected boxes([row, column]: At): Box[] {
    const place = layout(this.figure, this.width)
    const [x, y] = [place.x(column), place.y(row)]
    return [{ left: x - 2, top: y - 2, width: place.x(column + 1) - x + 3, height: place.y(row + 1) - y + 3 }]
  }

  #find(event: MouseEvent): At | undefined {
    const place = layout(this.figure, this.width)
    const box = this.canvas.getBoundingClientRect()
    const [row, column] = [Math.floor((event.clientY - box.top - place.top) / place.row), Math.floor((event.clientX - box.left - place.left) / place.cell)]
    return row >= 0 && row < this.figure.rows.length && column >= 0 && column < this.figure.columns.length ? [row, column] : undefined
  }
}
