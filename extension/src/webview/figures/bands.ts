// Small multiples over steps, on a canvas of our own: 64 layers x 4 metrics are 256 outlines, ten times a second.
import type { Bands } from '../../charts/chart.ts'
import { tint, type Theme } from '../../charts/palette.ts'
import { h } from '../dom.ts'
import type { Surface } from '../surface.ts'
import { clamp, type Host } from './figure.ts'
import { PaintedView, type At, type Box } from './painted.ts'

const TOP = 42
const BOTTOM = 40
const LEFT = 44
const GAP = 18

interface Layout {
  row: number
  column: number
  height: number
  x(column: number, place: number): number
  y(row: number): number
}

function layout(figure: Bands, width: number): Layout {
  const columns = Math.max(1, figure.columns.length)
  const row = Math.round(Math.max(14, Math.min(96, 460 / Math.max(1, figure.rows.length))))
  const column = Math.max(40, (width - LEFT - 8 - GAP * (columns - 1)) / columns)
  return { row, column, height: TOP + row * figure.rows.length + BOTTOM, x: (c, place) => LEFT + c * (column + GAP) + (place * column) / Math.max(1, figure.places), y: (r) => TOP + r * row }
}

export function paintBands(surface: Surface, figure: Bands, theme: Theme, at: number, width: number): number {
  const place = layout(figure, width)
  const bottom = at + place.y(figure.rows.length)
  const placeOf = (step: number) => (step - figure.from) / figure.stepsPerPlace
  const ticks = stepTicks(figure.from, figure.to, place.column / 70)

  for (let c = 0; c < figure.columns.length; c++) {
    for (const tick of ticks) surface.rect(place.x(c, placeOf(tick)), at + TOP, 1, bottom - at - TOP, theme.line)
    for (let r = 0; r <= figure.rows.length; r++) surface.rect(place.x(c, 0), at + place.y(r), place.column, 1, theme.line)
    for (let r = 0; r < figure.rows.length; r++) {
      const values = figure.values(r, c)
      if (values) band(surface, figure, values, c, place, at + place.y(r), theme.hues[c % theme.hues.length]!)
    }
    for (const mark of figure.marks) surface.rect(place.x(c, placeOf(mark.step)), at + TOP, 1, bottom - at - TOP, tint(mark.kind === 'stop' ? theme.error : theme.warning, 0.8))
  }

  for (const [c, column] of figure.columns.entries()) {
    surface.text(place.x(c, 0), at + 8, column.title, theme.foreground, { bold: true })
    surface.text(place.x(c, 0), at + 24, column.note, theme.muted, { size: 11 })
    for (const tick of ticks) surface.text(place.x(c, placeOf(tick)), bottom + 10, String(tick), theme.muted, { size: 11, align: tick === figure.from ? 'start' : 'middle' })
    for (const mark of figure.marks) if (mark.row !== undefined && mark.row >= 0) surface.text(place.x(c, placeOf(mark.step)), at + place.y(mark.row) + place.row / 2, mark.kind === 'stop' ? '●' : '▲', mark.kind === 'stop' ? theme.error : theme.warning, { size: 11, align: 'middle' })
  }
  surface.text(LEFT, bottom + 28, figure.axis, theme.muted, { size: 11 })
  const every = Math.ceil(13 / place.row)
  for (let r = 0; r < figure.rows.length; r += every) surface.text(LEFT - 8, at + place.y(r) + place.row / 2, figure.rows[r]!, theme.foreground, { size: 11, align: 'end' })
  return place.height
}

/** Each place as a bar from its smallest to its largest value, joined to the one before, so that a thin band is a line. */
function band(surface: Surface, figure: Bands, { min, max }: { min: ArrayLike<number>; max: ArrayLike<number> }, c: number, place: Layout, top: number, colour: string) {
  const scale = (place.row - 5) / figure.columns[c]!.top
  const base = top + place.row - 3
  let [lowBefore, highBefore] = [NaN, NaN]
  for (let i = 0; i < figure.places; i++) {
    const [low, high] = [min[i]!, max[i]!]
    if (!Number.isNaN(low)) {
      const x = place.x(c, i)
      const wide = Math.max(1, place.x(c, i + 1) - x)
      const y = base - high * scale
      surface.rect(x, y, wide, Math.max(1.5, (high - low) * scale), colour)
      if (highBefore < low) surface.rect(x, base - low * scale, 1, (low - highBefore) * scale, colour)
      else if (lowBefore > high) surface.rect(x, base - lowBefore * scale, 1, (lowBefore - high) * scale, colour)
    }
    ;[lowBefore, highBefore] = [low, high]
  }
}

/** Round steps, about `count` of them. */
export function stepTicks(from: number, to: number, count: number): number[] {
  const rough = Math.max(1, (to - from) / Math.max(1, Math.min(6, count)))
  const power = 10 ** Math.floor(Math.log10(rough))
  const size = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough)
  const ticks = [from]
  for (let tick = Math.ceil((from + size / 2) / size) * size; tick <= to; tick += size) ticks.push(tick)
  return ticks
}

export class BandsView extends PaintedView<Bands> {
  readonly #brush = h('div', { class: 'brush', hidden: true })
  #pressed: { column: number; x: number } | undefined

  constructor(figure: Bands, host: Host) {
    super('bands', figure, host, paintBands)
    this.element.append(this.#brush)
    this.canvas.addEventListener('pointermove', (event) => this.#hover(event))
    this.canvas.addEventListener('pointerleave', () => this.leave())
    this.canvas.addEventListener('pointerdown', (event) => {
      const found = this.#find(event)
      if (!found) return
      this.#pressed = { column: found.column, x: event.offsetX }
      this.canvas.setPointerCapture(event.pointerId)
    })
    this.canvas.addEventListener('pointerup', (event) => this.#release(event))
    this.canvas.addEventListener('dblclick', (event) => this.act(this.#find(event)?.at, (focus) => host.drill(focus)))
  }

  protected height() {
    return layout(this.figure, this.width).height
  }

  protected lastPlace() {
    return this.figure.places - 1
  }

  /** Around a step of a row, in each column. */
  protected boxes([row, step]: At): Box[] {
    const place = layout(this.figure, this.width)
    return this.figure.columns.map((_, c) => {
      const x = place.x(c, step)
      return { left: x - 2, top: place.y(row), width: Math.max(5, place.x(c, step + 1) - x + 4), height: place.row }
    })
  }

  #find(event: { offsetX: number; offsetY: number }): { at: At; column: number } | undefined {
    const place = layout(this.figure, this.width)
    const column = Math.floor((event.offsetX - LEFT) / (place.column + GAP))
    const inside = event.offsetX - place.x(column, 0)
    const row = Math.floor((event.offsetY - TOP) / place.row)
    if (column < 0 || column >= this.figure.columns.length || inside < 0 || inside >= place.column || row < 0 || row >= this.figure.rows.length) return undefined
    return { at: [row, Math.floor((inside / place.column) * this.figure.places)], column }
  }

  #hover(event: PointerEvent) {
    if (this.#pressed) {
      const [left, right] = [Math.min(this.#pressed.x, event.offsetX), Math.max(this.#pressed.x, event.offsetX)]
      this.#brush.hidden = right - left < 4
      Object.assign(this.#brush.style, { left: `${left}px`, width: `${right - left}px`, top: `${TOP}px`, height: `${layout(this.figure, this.width).row * this.figure.rows.length}px` })
    }
    const found = this.#find(event)
    this.host.point(found && this.figure.item(...found.at), { x: event.clientX, y: event.clientY }, false)
  }

  #release(event: PointerEvent) {
    const pressed = this.#pressed
    this.#pressed = undefined
    this.#brush.hidden = true
    if (!pressed) return
    if (Math.abs(event.offsetX - pressed.x) < 4) {
      this.act(this.#find(event)?.at, (focus) => this.host.focus(focus))
      return
    }
    const place = layout(this.figure, this.width)
    const step = (x: number) => {
      const part = clamp((x - place.x(pressed.column, 0)) / place.column, 1)
      return Math.round(this.figure.from + part * (this.figure.to - this.figure.from))
    }
    this.host.brush(step(pressed.x), step(event.offsetX))
  }
}
