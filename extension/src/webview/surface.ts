// What a figure is painted on: the page's canvas, or an SVG that is saved.
import type { EChartsCoreOption } from 'echarts/core'
import type { Theme } from '../charts/palette.ts'

export interface TextStyle {
  size?: number
  bold?: boolean
  align?: 'start' | 'middle' | 'end'
}

export interface Surface {
  rect(x: number, y: number, width: number, height: number, fill: string): void
  frame(x: number, y: number, width: number, height: number, stroke: string): void
  /** Diagonal lines: what is dead must not be told by darkness alone. */
  hatch(x: number, y: number, width: number, height: number): void
  text(x: number, y: number, text: string, colour: string, style?: TextStyle): void
  line(x1: number, y1: number, x2: number, y2: number, colour: string): void
  measure(text: string, size: number): number
  plot(y: number, width: number, height: number, option: EChartsCoreOption): void
}

export const TEXT_SIZE = 12

export class CanvasSurface implements Surface {
  private readonly pattern: CanvasPattern | string
  private readonly context: CanvasRenderingContext2D
  private readonly theme: Theme
  private readonly draw: ((option: EChartsCoreOption, width: number, height: number) => HTMLCanvasElement) | undefined

  constructor(context: CanvasRenderingContext2D, theme: Theme, draw?: (option: EChartsCoreOption, width: number, height: number) => HTMLCanvasElement) {
    this.context = context
    this.theme = theme
    this.draw = draw
    this.pattern = hatching(context, theme)
    context.textBaseline = 'middle'
  }

  rect(x: number, y: number, width: number, height: number, fill: string) {
    this.context.fillStyle = fill
    this.context.fillRect(x, y, width, height)
  }

  frame(x: number, y: number, width: number, height: number, stroke: string) {
    this.context.strokeStyle = stroke
    this.context.lineWidth = 1
    this.context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1)
  }

  hatch(x: number, y: number, width: number, height: number) {
    this.context.fillStyle = this.pattern
    this.context.fillRect(x, y, width, height)
  }

  text(x: number, y: number, text: string, colour: string, { size = TEXT_SIZE, bold = false, align = 'start' }: TextStyle = {}) {
    this.context.font = `${bold ? '600 ' : ''}${size}px ${this.theme.font}`
    this.context.fillStyle = colour
    this.context.textAlign = align === 'middle' ? 'center' : align
    this.context.fillText(text, x, y)
  }

  line(x1: number, y1: number, x2: number, y2: number, colour: string) {
    this.context.strokeStyle = colour
    this.context.lineWidth = 1
    this.context.beginPath()
    this.context.moveTo(x1, y1)
    this.context.lineTo(x2, y2)
    this.context.stroke()
  }

  measure(text: string, size: number) {
    this.context.font = `${size}px ${this.theme.font}`
    return this.context.measureText(text).width
  }

  plot(y: number, width: number, height: number, option: EChartsCoreOption) {
    if (this.draw) this.context.drawImage(this.draw(option, width, height), 0, y, width, height)
  }
}

const patterns = new Map<string, CanvasPattern>()

function hatching(context: CanvasRenderingContext2D, theme: Theme): CanvasPattern | string {
  const key = theme.background + theme.foreground
  let pattern = patterns.get(key)
  if (!pattern) {
    const tile = document.createElement('canvas')
    tile.width = tile.height = 6
    const draw = tile.getContext('2d')!
    draw.fillStyle = theme.background
    draw.fillRect(0, 0, 6, 6)
    draw.strokeStyle = theme.foreground
    draw.lineWidth = 1.2
    for (const shift of [-6, 0, 6]) {
      draw.moveTo(shift, 6)
      draw.lineTo(shift + 6, 0)
    }
    draw.stroke()
    pattern = context.createPattern(tile, 'repeat') ?? undefined
    if (!pattern) return theme.muted
    patterns.set(key, pattern)
  }
  return pattern
}

export class SvgSurface implements Surface {
  private readonly parts: string[] = []
  private readonly theme: Theme
  private readonly ruler: CanvasRenderingContext2D
  private readonly draw: (option: EChartsCoreOption, width: number, height: number) => string

  constructor(theme: Theme, ruler: CanvasRenderingContext2D, draw: (option: EChartsCoreOption, width: number, height: number) => string) {
    this.theme = theme
    this.ruler = ruler
    this.draw = draw
  }

  rect(x: number, y: number, width: number, height: number, fill: string) {
    this.parts.push(`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`)
  }

  frame(x: number, y: number, width: number, height: number, stroke: string) {
    this.parts.push(`<rect x="${x + 0.5}" y="${y + 0.5}" width="${width - 1}" height="${height - 1}" fill="none" stroke="${stroke}"/>`)
  }

  hatch(x: number, y: number, width: number, height: number) {
    this.rect(x, y, width, height, 'url(#hatch)')
  }

  text(x: number, y: number, text: string, colour: string, { size = TEXT_SIZE, bold = false, align = 'start' }: TextStyle = {}) {
    this.parts.push(`<text x="${x}" y="${y}" font-size="${size}" dominant-baseline="central" text-anchor="${align}" fill="${colour}"${bold ? ' font-weight="600"' : ''} xml:space="preserve">${escaped(text)}</text>`)
  }

  line(x1: number, y1: number, x2: number, y2: number, colour: string) {
    this.parts.push(`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}"/>`)
  }

  measure(text: string, size: number) {
    this.ruler.font = `${size}px ${this.theme.font}`
    return this.ruler.measureText(text).width
  }

  plot(y: number, width: number, height: number, option: EChartsCoreOption) {
    this.parts.push(`<svg y="${y}" width="${width}" height="${height}">${this.draw(option, width, height)}</svg>`)
  }

  document(width: number, height: number): string {
    const { background, foreground, font } = this.theme
    return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escaped(font)}">
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="${background}"/><path d="M-1 1L1 -1M0 6L6 0M5 7L7 5" stroke="${foreground}" stroke-width="1.2"/></pattern></defs>
<rect width="100%" height="100%" fill="${background}"/>
${this.parts.join('\n')}
</svg>
`
  }
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!)
