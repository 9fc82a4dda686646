import type { Token, Tokens } from '../../charts/chart.ts'
import { tint, type Theme } from '../../charts/palette.ts'
import { h } from '../dom.ts'
import { TEXT_SIZE, type Surface } from '../surface.ts'
import { clamp, keys, type Host, type View } from './figure.ts'

const colour = (token: { hue: number | undefined; strength: number }, theme: Theme) =>
  tint(token.hue === undefined ? theme.muted : theme.hues[token.hue]!, (token.hue === undefined ? 0.08 : 0.18) + (token.hue === undefined ? 0.25 : 0.5) * token.strength)

export function paintTokens(surface: Surface, figure: Tokens, theme: Theme, at: number, width: number): number {
  let y = at
  for (const run of figure.runs) {
    if (run.heading) surface.text(4, (y += 20), run.heading, theme.foreground, { bold: true })
    let x = 4
    y += 14
    for (const token of run.tokens) {
      if (token.startsSequence !== undefined) {
        if (x > 4) y += 34
        surface.text(4, y, token.startsSequence, theme.muted, { size: 11 })
        x = 4
        y += 20
      }
      const wide = Math.max(surface.measure(token.text, TEXT_SIZE), surface.measure(token.tag, 9)) + 4
      if (x + wide > width - 4) {
        x = 4
        y += 32
      }
      surface.rect(x, y - 9, wide, 18, colour(token, theme))
      surface.text(x + 2, y, token.text, theme.foreground)
      if (token.narrow) surface.line(x, y + 9, x + wide, y + 9, theme.foreground)
      if (token.differs) surface.frame(x, y - 9, wide, 18, theme.error)
      surface.text(x + wide / 2, y + 16, token.tag, theme.muted, { size: 9, align: 'middle' })
      x += wide + 1
    }
    y += 40
  }
  return y - at
}

export class TokensView implements View<Tokens> {
  readonly element = h('div', { class: 'figure tokens', role: 'application', tabindex: 0 })
  readonly #runs = h('div', { class: 'runs' })
  readonly #legend = h('div', { class: 'legend' })
  #tokens: { token: Token; box: HTMLElement }[][] = []
  #at: [number, number] = [0, 0]
  readonly #host: Host

  constructor(figure: Tokens, host: Host) {
    this.#host = host
    this.element.setAttribute('aria-roledescription', host.hint)
    this.element.append(this.#legend, this.#runs)
    const pick = (event: Event) => {
      const box = (event.target as HTMLElement).closest<HTMLElement>('.token')
      const found = box && this.#tokens[Number(box.dataset['run'])]?.[Number(box.dataset['i'])]
      return found || undefined
    }
    this.#runs.addEventListener('mouseover', (event) => this.#host.point(pick(event)?.token.item, { x: event.clientX, y: event.clientY }, false))
    this.#runs.addEventListener('mouseleave', () => this.#host.point(undefined, { x: 0, y: 0 }, false))
    this.#runs.addEventListener('click', (event) => {
      const found = pick(event)
      if (found) this.#host.focus(found.token.item.focus)
    })
    this.#runs.addEventListener('dblclick', (event) => {
      const found = pick(event)
      if (found) this.#host.drill(found.token.item.focus)
    })
    keys(this.element, (lines, places) => this.#move(lines, places), () => {
      const found = this.#tokens[this.#at[0]]?.[this.#at[1]]
      if (found) this.#host.focus(found.token.item.focus)
    })
    this.element.addEventListener('focus', (event) => event.target === this.element && this.#move(0, 0))
    this.element.addEventListener('blur', () => {
      this.#tokens[this.#at[0]]?.[this.#at[1]]?.box.classList.remove('at')
      this.#host.point(undefined, { x: 0, y: 0 }, false)
    })
    this.update(figure)
  }

  update(figure: Tokens) {
    const { theme } = this.#host
    this.element.setAttribute('aria-label', figure.label)
    this.#legend.replaceChildren(
      ...figure.legend.map((entry) => {
        const swatch = h('span', { class: 'swatch' })
        swatch.style.background = entry.hue === undefined ? tint(theme.muted, 0.3) : theme.hues[entry.hue]!
        return h('button', { class: 'chip', type: 'button', 'aria-pressed': String(entry.hue !== undefined), click: () => this.#host.pin(entry.expert) }, swatch, entry.text)
      }),
    )
    this.#tokens = []
    this.#runs.replaceChildren(
      ...figure.runs.map((run, r) => {
        const boxes: { token: Token; box: HTMLElement }[] = []
        const text = h('div', { class: 'text' })
        for (const [i, token] of run.tokens.entries()) {
          if (token.startsSequence !== undefined) text.append(h('div', { class: 'sequence' }, token.startsSequence))
          const box = h('span', { class: `token${token.narrow ? ' narrow' : ''}${token.differs ? ' differs' : ''}${token.selected ? ' selected' : ''}`, 'data-run': r, 'data-i': i }, h('span', { class: 'word' }, token.text), h('span', { class: 'tag' }, token.tag))
          box.style.setProperty('--tint', colour(token, theme))
          text.append(box)
          boxes.push({ token, box })
        }
        this.#tokens.push(boxes)
        return h('section', { class: 'run' }, run.heading !== undefined && h('h3', {}, run.heading), text)
      }),
    )
    this.#runs.querySelector('.selected')?.scrollIntoView({ block: 'nearest' })
  }

  resize() {}

  dispose() {
    this.element.remove()
  }

  /** Up and down go to the token above or below, as in a text. */
  #move(lines: number, places: number) {
    const run = this.#tokens[this.#at[0]]
    if (!run?.length) return
    run[this.#at[1]]?.box.classList.remove('at')
    let i = clamp(this.#at[1] + places, run.length - 1)
    if (lines !== 0) {
      const { offsetLeft, offsetTop } = run[i]!.box
      const towards = lines > 0 ? run.findIndex((t) => t.box.offsetTop > offsetTop) : run.findLastIndex((t) => t.box.offsetTop < offsetTop)
      const line = towards < 0 ? undefined : run[towards]!.box.offsetTop
      if (line !== undefined)
        for (const [j, t] of run.entries()) {
          if (t.box.offsetTop === line && (run[i]!.box.offsetTop !== line || Math.abs(t.box.offsetLeft - offsetLeft) < Math.abs(run[i]!.box.offsetLeft - offsetLeft))) i = j
        }
    }
    this.#at = [this.#at[0], i]
    const { token, box } = run[i]!
    box.classList.add('at')
    box.scrollIntoView({ block: 'nearest' })
    const place = box.getBoundingClientRect()
    this.#host.point(token.item, { x: place.left, y: place.bottom + 6 }, true)
  }
}
