import type { Figure, Focus, Item } from '../../charts/chart.ts'
import type { Theme } from '../../charts/palette.ts'
import type { Surface } from '../surface.ts'

/** What a figure may do to the rest of the page. */
export interface Host {
  theme: Theme
  /** Shows what is under the pointer or the keyboard; `spoken` also says it to a screen reader. */
  point(item: Item | undefined, at: { x: number; y: number }, spoken: boolean): void
  focus(focus: Focus): void
  /** Opens what the place is about (Enter, double click). */
  drill(focus: Focus): void
  brush(from: number, to: number): void
  pin(expert: number): void
  hint: string
}

/** A figure on the page. `update` gets figures of its own kind only. */
export interface View<F extends Figure = Figure> {
  readonly element: HTMLElement
  update(figure: F): void
  resize(): void
  dispose(): void
}

/** Paints a figure at `y` and returns its height. Saving uses it for all kinds, the page for cells. */
export type Painter<F extends Figure> = (surface: Surface, figure: F, theme: Theme, y: number, width: number) => number

/** Arrows, Home, End, Enter on `element`: `move` gets steps, `enter` opens. */
export function keys(element: HTMLElement, move: (lines: number, places: number) => void, enter: () => void) {
  element.addEventListener('keydown', (event) => {
    const far = event.ctrlKey || event.metaKey ? 10 : 1
    const steps: Record<string, [number, number]> = { ArrowUp: [-far, 0], ArrowDown: [far, 0], ArrowLeft: [0, -far], ArrowRight: [0, far], Home: [0, -Infinity], End: [0, Infinity] }
    const step = steps[event.key]
    if (step) move(...step)
    else if (event.key === 'Enter') enter()
    else return
    event.preventDefault()
    event.stopPropagation()
  })
}

export const clamp = (value: number, largest: number) => Math.max(0, Math.min(largest, value))

/** Sets a canvas to a size of the page, at the screen's resolution. */
export function fit(canvas: HTMLCanvasElement, width: number, height: number) {
  const [w, tall] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)]
  if (canvas.width !== w) canvas.width = w
  if (canvas.height !== tall) canvas.height = tall
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
}
