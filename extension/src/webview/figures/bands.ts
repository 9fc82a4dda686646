// Small multiples over steps, on a canvas of our own: 64 layers x 4 metrics are 256 outlines, ten times a second.
import type { Bands } from '../../charts/chart.ts'
import { tint, type Theme } from '../../charts/palette.ts'
import { h } from '../dom.ts'
import { CanvasSurface, type Surface } from '../surface.ts'
import { clamp, fit, keys, type Host, type View } from './figure.ts'

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

export class BandsView implements View<Bands> {
  readonly element = h('div', { class: 'figure bands', role: 'application', tabindex: 0 })
  readonly #canvas = h('canvas', { 'aria-hidden': 'true' })
  readonly #brush = h('div', { class: 'brush', hidden: true })
  readonly #cursors = h('div', { hidden: true })
  readonly #selections = h('div', { hidden: true })
  #figure: Bands
  readonly #host: Host
  #at: [number, number] | undefined
  #pressed: { column: number; x: number } | undefined
  #width = 0

  constructor(figure: Bands, host: Host) {
    this.#figure = figure
    this.#host = host
    this.element.append(this.#canvas, this.#selections, this.#cursors, this.#brush)
    this.element.setAttribute('aria-roledescription', host.hint)
    this.#canvas.addEventListener('pointermove', (event) => this.#hover(event))
    this.#canvas.addEventListener('pointerleave', () => this.#host.point(undefined, { x: 0, y: 0 }, false))
    this.#canvas.addEventListener('pointerdown', (event) => {
      const found = this.#find(event)
      if (!found) return
      this.#pressed = { column: found[2], x: event.offsetX }
      this.#canvas.setPointerCapture(event.pointerId)
    })
    this.#canvas.addEventListener('pointerup', (event) => this.#release(event))
    this.#canvas.addEventListener('dblclick', (event) => {
      const found = this.#find(event)
      const item = found && this.#figure.item(found[0], found[1])
      if (item) this.#host.drill(item.focus)
    })
    keys(this.element, (lines, places) => this.#move(lines, places), () => {
      const item = this.#at && this.#figure.item(...this.#at)
      if (item) this.#host.drill(item.focus)
    })
    this.element.addEventListener('focus', () => this.#move(0, 0))
    this.element.addEventListener('blur', () => {
      this.#cursors.hidden = true
      this.#host.point(undefined, { x: 0, y: 0 }, false)
    })
    this.update(figure)
  }

  update(figure: Bands) {
    this.#figure = figure
    this.element.setAttribute('aria-label', figure.label)
    this.#paint()
  }

  resize() {
    if (this.element.clientWidth !== this.#width) this.#paint()
  }

  dispose() {
    this.element.remove()
  }

  #paint() {
    this.#width = this.element.clientWidth
    if (this.#width === 0) return
    const { height } = layout(this.#figure, this.#width)
    fit(this.#canvas, this.#width, height)
    const surface = new CanvasSurface(this.#canvas.getContext('2d', { alpha: false })!, this.#host.theme, devicePixelRatio)
    paintBands(surface, this.#figure, this.#host.theme, 0, this.#width)
    surface.flush()
    this.#outline(this.#selections, 'selection', this.#figure.selected)
    if (!this.#cursors.hidden) this.#outline(this.#cursors, 'cursor', this.#at)
  }

  /** A box around a step of a row, in each column. */
  #outline(boxes: HTMLElement, name: string, at: [number, number] | undefined) {
    boxes.hidden = at === undefined
    if (!at) return
    const place = layout(this.#figure, this.#width)
    boxes.replaceChildren(
      ...this.#figure.columns.map((_, c) => {
        const box = h('div', { class: name })
        const x = place.x(c, at[1])
        Object.assign(box.style, { left: `${x - 2}px`, top: `${place.y(at[0])}px`, width: `${Math.max(5, place.x(c, at[1] + 1) - x + 4)}px`, height: `${place.row}px` })
        return box
      }),
    )
  }

  /** Row, place and column under the pointer. */
  #find(event: { offsetX: number; offsetY: number }): [number, number, number] | undefined {
    const place = layout(this.#figure, this.#width)
    const column = Math.floor((event.offsetX - LEFT) / (place.column + GAP))
    const inside = event.offsetX - place.x(column, 0)
    const row = Math.floor((event.offsetY - TOP) / place.row)
    if (column < 0 || column >= this.#figure.columns.length || inside < 0 || inside >= place.column || row < 0 || row >= this.#figure.rows.length) return undefined
    return [row, Math.floor((inside / place.column) * this.#figure.places), column]
  }

  #hover(event: PointerEvent) {
    if (this.#pressed) {
      const [left, right] = [Math.min(this.#pressed.x, event.offsetX), Math.max(this.#pressed.x, event.offsetX)]
      this.#brush.hidden = right - left < 4
      Object.assign(this.#brush.style, { left: `${left}px`, width: `${right - left}px`, top: `${TOP}px`, height: `${layout(this.#figure, this.#width).row * this.#figure.rows.length}px` })
    }
    const found = this.#find(event)
    this.#host.point(found && this.#figure.item(found[0], found[1]), { x: event.clientX, y: event.clientY }, false)
  }

  #release(event: PointerEvent) {
    const pressed = this.#pressed
    this.#pressed = undefined
    this.#brush.hidden = true
    if (!pressed) return
    const found = this.#find(event)
    if (Math.abs(event.offsetX - pressed.x) < 4) {
      const item = found && this.#figure.item(found[0], found[1])
      if (item) this.#host.focus(item.focus)
      return
    }
    const place = layout(this.#figure, this.#width)
    const step = (x: number) => {
      const part = clamp((x - place.x(pressed.column, 0)) / place.column, 1)
      return Math.round(this.#figure.from + part * (this.#figure.to - this.#figure.from))
    }
    this.#host.brush(step(pressed.x), step(event.offsetX))
  }

  #move(lines: number, places: number) {
    const [row, place] = this.#at ?? this.#figure.selected ?? [0, 0]
    this.#at = [clamp(row + lines, this.#figure.rows.length - 1), clamp(place + places, this.#figure.places - 1)]
    this.#outline(this.#cursors, 'cursor', this.#at)
    const box = this.#cursors.firstElementChild?.getBoundingClientRect()
    this.#host.point(this.#figure.item(...this.#at), { x: box?.right ?? 0, y: box?.bottom ?? 0 }, true)
  }
}
