import type { Plot } from '../../charts/chart.ts'
import type { Theme } from '../../charts/palette.ts'
import { h } from '../dom.ts'
import { echarts } from '../echarts.ts'
import type { Surface } from '../surface.ts'
import { clamp, keys, type Host, type View } from './figure.ts'

export function paintPlot(surface: Surface, figure: Plot, _: Theme, y: number, width: number): number {
  surface.plot(y, width, figure.height, figure.option)
  return figure.height
}

export class PlotView implements View<Plot> {
  readonly element = h('div', { class: 'figure plot', role: 'application', tabindex: 0 })
  readonly #box = h('div', { 'aria-hidden': 'true' })
  readonly #chart: echarts.ECharts
  #at: [number, number] | undefined
  #marked: ReturnType<NonNullable<Plot['mark']>>
  #figure: Plot
  readonly #host: Host

  constructor(figure: Plot, host: Host) {
    this.#figure = figure
    this.#host = host
    this.element.append(this.#box)
    this.element.setAttribute('aria-roledescription', host.hint)
    this.#box.style.height = `${figure.height}px`
    this.#chart = echarts.init(this.#box, null, { renderer: 'canvas', width: Math.max(1, this.element.clientWidth), height: figure.height })
    const pointer = (event: { event?: { event: unknown } }) => event.event?.event as MouseEvent
    this.#chart.on('mouseover', (event) => this.#point((event as { seriesIndex?: number }).seriesIndex, event as never, pointer(event as never)))
    this.#chart.on('click', (event) => this.#act(event as never, (item) => this.#host.focus(item)))
    this.#chart.on('dblclick', (event) => this.#act(event as never, (item) => this.#host.drill(item)))
    const zr = this.#chart.getZr()
    zr.on('mousemove', (event) => {
      if (!this.#figure.near) return
      const found = this.#near(event.offsetX, event.offsetY)
      this.#show(found, event.event as unknown as MouseEvent, false)
    })
    zr.on('globalout', () => this.#host.point(undefined, { x: 0, y: 0 }, false))
    zr.on('click', (event) => {
      const found = this.#figure.near && this.#near(event.offsetX, event.offsetY)
      const item = found && this.#figure.item(...found)
      if (item) this.#host.focus(item.focus)
    })
    zr.on('dblclick', (event) => {
      const found = this.#figure.near && this.#near(event.offsetX, event.offsetY)
      const item = found && this.#figure.item(...found)
      if (item) this.#host.drill(item.focus)
    })
    keys(this.element, (lines, places) => this.#move(lines, places), () => {
      const item = this.#at && this.#figure.item(...this.#at)
      if (item) this.#host.drill(item.focus)
    })
    this.element.addEventListener('focus', () => this.#move(0, 0))
    this.element.addEventListener('blur', () => {
      this.#mark(undefined)
      this.#host.point(undefined, { x: 0, y: 0 }, false)
    })
    this.update(figure)
  }

  update(figure: Plot) {
    this.#figure = figure
    this.element.setAttribute('aria-label', figure.label)
    this.#box.style.height = `${figure.height}px`
    if (this.#chart.getHeight() !== figure.height) this.#chart.resize({ height: figure.height })
    this.#chart.setOption(figure.option, { notMerge: true, silent: true })
  }

  resize() {
    const width = this.element.clientWidth
    if (width > 0 && width !== this.#chart.getWidth()) this.#chart.resize({ width, height: this.#figure.height })
  }

  dispose() {
    this.#chart.dispose()
    this.element.remove()
  }

  #near(x: number, y: number): [number, number] | undefined {
    const grids = (this.#figure.option['grid'] as unknown[] | undefined)?.length ?? 1
    for (let gridIndex = 0; gridIndex < grids; gridIndex++) {
      if (!this.#chart.containPixel({ gridIndex }, [x, y])) continue
      const [a, b] = this.#chart.convertFromPixel({ gridIndex }, [x, y])
      return this.#figure.near!(gridIndex, a!, b!)
    }
    return undefined
  }

  #found(event: { seriesIndex?: number; dataIndex?: number; dataType?: string }): [number, number] | undefined {
    if (!this.#figure.at || event.seriesIndex === undefined || event.dataIndex === undefined || event.dataType === 'node') return undefined
    return this.#figure.at(event.seriesIndex, event.dataIndex)
  }

  #point(_: number | undefined, event: { seriesIndex?: number; dataIndex?: number; dataType?: string }, pointer: MouseEvent) {
    if (this.#figure.at) this.#show(this.#found(event), pointer, false)
  }

  #act(event: { seriesIndex?: number; dataIndex?: number; dataType?: string }, act: (focus: NonNullable<ReturnType<Plot['item']>>['focus']) => void) {
    const found = this.#found(event)
    const item = found && this.#figure.item(...found)
    if (item) act(item.focus)
  }

  #show(found: [number, number] | undefined, pointer: { clientX: number; clientY: number }, spoken: boolean) {
    this.#host.point(found && this.#figure.item(...found), { x: pointer.clientX, y: pointer.clientY }, spoken)
  }

  #move(lines: number, places: number) {
    const [line, place] = this.#at ?? [0, 0]
    const nextLine = clamp(line + lines, this.#figure.lines.length - 1)
    this.#at = [nextLine, clamp(place + places, Math.max(0, (this.#figure.lines[nextLine] ?? 1) - 1))]
    this.#mark(this.#figure.mark?.(...this.#at))
    const box = this.element.getBoundingClientRect()
    this.#show(this.#at, { clientX: box.left + 60, clientY: Math.max(box.top, 40) }, true)
  }

  #mark(place: ReturnType<NonNullable<Plot['mark']>>) {
    if (this.#marked) this.#chart.dispatchAction({ type: 'downplay', ...this.#marked })
    this.#marked = place
    if (place) this.#chart.dispatchAction({ type: 'highlight', ...place })
  }
}
