// Saving what is shown: the table as CSV with numbers as programs read them, the figures as PNG or SVG.
import type { Chart, Figure, Table } from '../charts/chart.ts'
import type { Theme } from '../charts/palette.ts'
import { optionToCanvas, optionToSvg } from './echarts.ts'
import { paintBands } from './figures/bands.ts'
import { paintCells } from './figures/cells.ts'
import { paintListing } from './figures/listing.ts'
import { paintPlot } from './figures/plot.ts'
import { paintTokens } from './figures/tokens.ts'
import { CanvasSurface, SvgSurface, type Surface } from './surface.ts'

/** RFC 4180, with a header line; units stand in brackets behind the names. */
export function csv(table: Table): string {
  const cell = (value: string | number | undefined) => {
    const text = value === undefined ? '' : String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [table.columns.map((c) => cell(c.unit ? `${c.name} [${c.unit}]` : c.name)), ...table.rows.map((row) => row.map(cell))].map((line) => line.join(',') + '\r\n').join('')
}

export function svg(chart: Chart, theme: Theme, width: number): string {
  const surface = new SvgSurface(theme, document.createElement('canvas').getContext('2d')!, optionToSvg)
  return surface.document(width, paint(surface, chart, theme, width))
}

/** Base64 of a PNG, two pixels for one. */
export function png(chart: Chart, theme: Theme, width: number): string {
  const ruler = document.createElement('canvas').getContext('2d')!
  const height = paint(new CanvasSurface(ruler, theme, 1), chart, theme, width)
  const canvas = document.createElement('canvas')
  canvas.width = 2 * width
  canvas.height = 2 * Math.min(height, 16_000)
  const surface = new CanvasSurface(canvas.getContext('2d')!, theme, 2, optionToCanvas)
  paint(surface, chart, theme, width)
  return canvas.toDataURL('image/png').slice('data:image/png;base64,'.length)
}

function paint(surface: Surface, chart: Chart, theme: Theme, width: number): number {
  surface.text(12, 20, chart.title, theme.foreground, { size: 15, bold: true })
  let y = 40
  for (const note of chart.notes) surface.text(12, (y += 4) + 4, note, theme.muted, { size: 11 }), (y += 12)
  y += 12
  for (const figure of chart.figures) y += figureAt(surface, figure, theme, y, width) + 16
  return Math.ceil(y)
}

function figureAt(surface: Surface, figure: Figure, theme: Theme, y: number, width: number): number {
  switch (figure.kind) {
    case 'cells':
      return paintCells(surface, figure, theme, y, width)
    case 'bands':
      return paintBands(surface, figure, theme, y, width)
    case 'plot':
      return paintPlot(surface, figure, theme, y, width)
    case 'tokens':
      return paintTokens(surface, figure, theme, y, width)
    case 'listing':
      return paintListing(surface, figure, theme, y, width)
  }
}
