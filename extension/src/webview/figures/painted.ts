import type { Bands, Cells, Focus } from '../../charts/chart.ts'
import { h } from '../dom.ts'
import { CanvasSurface } from '../surface.ts'
import { clamp, fit, keys, type Host, type Painter, type View } from './figure.ts'

/** Row and place. */
export type At = [number, number]

/** In pixels of the page, from the canvas's corner. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** A figure on a canvas of our own, with boxes over it around what is selected and around the place of the keyboard. */
export abstract class PaintedView<F extends Bands | Cells> implements View<F> {
  readonly element: HTMLElement
  protected readonly canvas = h('canvas', { 'aria-hidden': 'true' })
  protected figure: F
  protected readonly host: Host
  protected width = 0
  readonly #painter: Painter<F>
  readonly #selection = h('div', { hidden: true })
  readonly #cursor = h('div', { hidden: true })
  #at: At | undefined

  constructor(kind: string, figure: F, host: Host, painter: Painter<F>) {
    this.figure = figure
    this.host = host
    this.#painter = painter
    this.element = h('div', { class: `figure ${kind}`, role: 'application', tabindex: 0, 'aria-roledescription': host.hint }, this.canvas, this.#selection, this.#cursor)
    keys(this.element, (lines, places) => this.#move(lines, places), () => this.act(this.#at, (focus) => host.drill(focus)))
    this.element.addEventListener('focus', () => this.#move(0, 0))
    this.element.addEventListener('blur', () => {
      this.#cursor.hidden = true
      this.leave()
    })
    this.update(figure)
  }

  update(figure: F) {
    this.figure = figure
    this.element.setAttribute('aria-label', figure.label)
    this.#paint()
  }

  resize() {
    if (this.element.clientWidth !== this.width) this.#paint()
  }

  dispose() {
    this.element.remove()
  }

  /** The canvas's height at the width it has. */
  protected abstract height(): number

  /** The largest place of a row. */
  protected abstract lastPlace(): number

  /** What is drawn of a row's place. */
  protected abstract boxes([row, place]: At): readonly Box[]

  protected act(at: At | undefined, act: (focus: Focus) => void) {
    const item = at && this.figure.item(...at)
    if (item) act(item.focus)
  }

  /** Nothing is under the pointer. */
  protected leave() {
    this.host.point(undefined, { x: 0, y: 0 }, false)
  }

  #paint() {
    this.width = this.element.clientWidth
    if (this.width === 0) return
    fit(this.canvas, this.width, this.height())
    const surface = new CanvasSurface(this.canvas.getContext('2d', { alpha: false })!, this.host.theme, devicePixelRatio)
    this.#painter(surface, this.figure, this.host.theme, 0, this.width)
    surface.flush()
    this.#outline(this.#selection, 'selection', this.figure.selected)
    if (!this.#cursor.hidden) this.#outline(this.#cursor, 'cursor', this.#at)
  }

  #outline(around: HTMLElement, name: string, at: At | undefined) {
    around.hidden = at === undefined
    if (!at) return
    around.replaceChildren(
      ...this.boxes(at).map((box) => {
        const element = h('div', { class: name })
        for (const [side, pixels] of Object.entries(box)) element.style.setProperty(side, `${pixels}px`)
        return element
      }),
    )
  }

  #move(lines: number, places: number) {
    const [row, place] = this.#at ?? this.figure.selected ?? [0, 0]
    this.#at = [clamp(row + lines, this.figure.rows.length - 1), clamp(place + places, this.lastPlace())]
    this.#outline(this.#cursor, 'cursor', this.#at)
    const box = this.#cursor.firstElementChild?.getBoundingClientRect()
    this.host.point(this.figure.item(...this.#at), { x: box?.right ?? 0, y: box?.bottom ?? 0 }, true)
  }
}
