import type { Listing } from '../../charts/chart.ts'
import type { Theme } from '../../charts/palette.ts'
import { h } from '../dom.ts'
import type { Surface } from '../surface.ts'
import type { Host, View } from './figure.ts'

export function paintListing(surface: Surface, figure: Listing, theme: Theme, at: number, width: number): number {
  surface.text(4, at + 12, figure.label, theme.foreground, { bold: true })
  if (figure.rows.length === 0) surface.text(4, at + 34, figure.empty, theme.muted)
  const wide = (width - 140) / Math.max(1, figure.columns.length)
  for (const [i, row] of figure.rows.entries()) {
    const y = at + 34 + i * 20
    if (row.bar !== undefined) surface.rect(width - 130, y - 5, 120 * Math.min(1, row.bar), 10, theme.hues[0]!)
    row.cells.forEach((cell, c) => surface.text(4 + c * wide, y, cell.slice(0, Math.floor(wide / 7)), theme.foreground))
  }
  return 44 + 20 * Math.max(1, figure.rows.length)
}

export class ListingView implements View<Listing> {
  readonly element = h('div', { class: 'figure listing' })
  readonly #host: Host

  constructor(figure: Listing, host: Host) {
    this.#host = host
    this.update(figure)
  }

  update(figure: Listing) {
    const bars = figure.rows.some((row) => row.bar !== undefined)
    this.element.replaceChildren(
      figure.rows.length === 0
        ? h('p', { class: 'muted' }, figure.empty)
        : h('table', { 'aria-label': figure.label, class: figure.concordance ? 'concordance' : undefined },
            h('thead', {}, h('tr', {}, ...figure.columns.map((c) => h('th', { scope: 'col' }, c)), bars && h('th', { 'aria-hidden': 'true' }))),
            h('tbody', {},
              ...figure.rows.map((row) => {
                const line = h('tr', {}, ...row.cells.map((cell, i) => h('td', {}, i === (figure.link ?? 0) && row.focus ? h('button', { type: 'button', class: 'link', click: () => this.#host.drill(row.focus!) }, cell) : cell)), bars && h('td', { class: 'bar', 'aria-hidden': 'true' }, this.#bar(row)))
                return line
              }),
            ),
          ),
    )
  }

  resize() {}

  dispose() {
    this.element.remove()
  }

  #bar({ bar, interval, chance }: Listing['rows'][number]): HTMLElement {
    const track = h('div', { class: 'track' })
    const add = (name: string, from: number, to: number) => {
      const part = h('div', { class: name })
      part.style.left = `${100 * Math.min(1, from)}%`
      part.style.width = `${100 * Math.max(0, Math.min(1, to) - from)}%`
      track.append(part)
    }
    if (bar !== undefined) add('fill', 0, bar)
    if (interval) add('interval', interval[0], interval[1])
    if (chance !== undefined) add('chance', chance, chance)
    return track
  }
}
