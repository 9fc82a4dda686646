// What a figure is painted on: the page's canvas, or an SVG that is saved.
import type { EChartsCoreOption } from 'echarts/core'
import { opacity, parseColour, type Theme } from '../charts/palette.ts'

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

/** Draws of ECharts on a canvas, for pictures that are saved. */
export type Draw = (option: EChartsCoreOption, width: number, height: number) => HTMLCanvasElement

/**
 * Rectangles are written into pixels and come first; the first line or text puts them on the canvas. Filling 16,384 cells one by one through the canvas takes several times
 * as long (docs/benchmarks.md).
 */
export class CanvasSurface implements Surface {
  readonly #context: CanvasRenderingContext2D
  readonly #theme: Theme
  readonly #ratio: number
  readonly #draw: Draw | undefined
  #pixels: ImageData | undefined
  readonly #words: Uint32Array
  readonly #colours = new Map<string, number>()

  /** @param ratio Pixels of the canvas for one of the page. */
  constructor(context: CanvasRenderingContext2D, theme: Theme, ratio: number, draw?: Draw) {
    this.#context = context
    this.#theme = theme
    this.#ratio = ratio
    this.#draw = draw
    this.#pixels = context.createImageData(context.canvas.width, context.canvas.height)
    this.#words = new Uint32Array(this.#pixels.data.buffer)
    this.#words.fill(this.#word(theme.background))
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.textBaseline = 'middle'
  }

  rect(x: number, y: number, width: number, height: number, fill: string) {
    if (this.#pixels) return this.#paint(x, y, width, height, this.#word(fill))
    this.#context.fillStyle = fill
    this.#context.fillRect(x, y, width, height)
  }

  hatch(x: number, y: number, width: number, height: number) {
    if (this.#pixels) return this.#paint(x, y, width, height, this.#word(this.#theme.background), this.#word(this.#theme.muted))
    this.rect(x, y, width, height, this.#theme.background)
    this.#context.save()
    this.#context.beginPath()
    this.#context.rect(x, y, width, height)
    this.#context.clip()
    for (let shift = -height; shift < width; shift += 5) this.line(x + shift, y + height, x + shift + height, y, this.#theme.muted)
    this.#context.restore()
  }

  /** Puts the pixels on the canvas; from now on everything is drawn over them. */
  flush() {
    if (this.#pixels) this.#context.putImageData(this.#pixels, 0, 0)
    this.#pixels = undefined
  }

  frame(x: number, y: number, width: number, height: number, stroke: string) {
    this.flush()
    this.#context.strokeStyle = stroke
    this.#context.lineWidth = 1
    this.#context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1)
  }

  #paint(x: number, y: number, width: number, height: number, word: number, line?: number) {
    const { width: stride, height: tall } = this.#pixels!
    const [left, right] = [Math.max(0, Math.round(x * this.#ratio)), Math.min(stride, Math.round((x + width) * this.#ratio))]
    const [top, bottom] = [Math.max(0, Math.round(y * this.#ratio)), Math.min(tall, Math.round((y + height) * this.#ratio))]
    const words = this.#words
    for (let row = top; row < bottom; row++) {
      const start = row * stride
      if (line !== undefined) for (let column = left; column < right; column++) words[start + column] = (column + row) % Math.round(5 * this.#ratio) < this.#ratio ? line : word
      else if (right - left > 32) words.fill(word, start + left, start + right)
      else for (let column = left; column < right; column++) words[start + column] = word // a call for so few costs more than the loop
    }
  }

  /** A colour as a pixel, over the background where it is translucent. */
  #word(colour: string): number {
    let word = this.#colours.get(colour)
    if (word === undefined) {
      const [under, over, alpha] = [parseColour(this.#theme.background), parseColour(colour), opacity(colour)]
      const [r, g, b] = over.map((v, i) => Math.round(255 * (v * alpha + under[i]! * (1 - alpha)))) as [number, number, number]
      word = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0 // every platform of VS Code is little-endian
      this.#colours.set(colour, word)
    }
    return word
  }

  text(x: number, y: number, text: string, colour: string, { size = TEXT_SIZE, bold = false, align = 'start' }: TextStyle = {}) {
    this.flush()
    this.#context.font = `${bold ? '600 ' : ''}${size}px ${this.#theme.font}`
    this.#context.fillStyle = colour
    this.#context.textAlign = align === 'middle' ? 'center' : align
    this.#context.fillText(text, x, y)
  }

  line(x1: number, y1: number, x2: number, y2: number, colour: string) {
    this.flush()
    this.#context.strokeStyle = colour
    this.#context.lineWidth = 1
    this.#context.beginPath()
    this.#context.moveTo(x1, y1)
    this.#context.lineTo(x2, y2)
    this.#context.stroke()
  }

  measure(text: string, size: number) {
    this.#context.font = `${size}px ${this.#theme.font}`
    return this.#context.measureText(text).width
  }

  plot(y: number, width: number, height: number, option: EChartsCoreOption) {
    this.flush()
    if (this.#draw) this.#context.drawImage(this.#draw(option, width, height), 0, y, width, height)
  }
}

export class SvgSurface implements Surface {
  readonly #parts: string[] = []
  readonly #theme: Theme
  readonly #ruler: CanvasRenderingContext2D
  readonly #draw: (option: EChartsCoreOption, width: number, height: number) => string

  constructor(theme: Theme, ruler: CanvasRenderingContext2D, draw: (option: EChartsCoreOption, width: number, height: number) => string) {
    this.#theme = theme
    this.#ruler = ruler
    this.#draw = draw
  }

  rect(x: number, y: number, width: number, height: number, fill: string) {
    this.#parts.push(`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`)
  }

  frame(x: number, y: number, width: number, height: number, stroke: string) {
    this.#parts.push(`<rect x="${x + 0.5}" y="${y + 0.5}" width="${width - 1}" height="${height - 1}" fill="none" stroke="${stroke}"/>`)
  }

  hatch(x: number, y: number, width: number, height: number) {
    this.rect(x, y, width, height, 'url(#hatch)')
  }

  text(x: number, y: number, text: string, colour: string, { size = TEXT_SIZE, bold = false, align = 'start' }: TextStyle = {}) {
    this.#parts.push(`<text x="${x}" y="${y}" font-size="${size}" dominant-baseline="central" text-anchor="${align}" fill="${colour}"${bold ? ' font-weight="600"' : ''} xml:space="preserve">${escaped(text)}</text>`)
  }

  line(x1: number, y1: number, x2: number, y2: number, colour: string) {
    this.#parts.push(`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}"/>`)
  }

  measure(text: string, size: number) {
    this.#ruler.font = `${size}px ${this.#theme.font}`
    return this.#ruler.measureText(text).width
  }

  plot(y: number, width: number, height: number, option: EChartsCoreOption) {
    this.#parts.push(`<svg y="${y}" width="${width}" height="${height}">${this.#draw(option, width, height)}</svg>`)
  }

  document(width: number, height: number): string {
    const { background, muted, font } = this.#theme
    return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escaped(font)}">
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="${background}"/><path d="M-1 1L1 -1M0 6L6 0M5 7L7 5" stroke="${muted}" stroke-width="1.2"/></pattern></defs>
<rect width="100%" height="100%" fill="${background}"/>
${this.#parts.join('\n')}
</svg>
`
  }
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!)
