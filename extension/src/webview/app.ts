// The page: one bar (session, steps), eight tabs, one chart. It asks, draws what comes back, and tells the extension where the focus is; it holds nothing that the daemon has.
import type { Chart, Context, Figure, Focus, Item, RouterName } from '../charts/chart.ts'
import type { Model, SessionInfo, TokenPage } from '../daemon/contract.ts'
import { parse } from '../daemon/shape.ts'
import { expertName, say as words, type Say } from '../charts/say.ts'
import { Bridge, Refused, type VsCode } from './bridge.ts'
import { h } from './dom.ts'
import { BandsView } from './figures/bands.ts'
import { CellsView } from './figures/cells.ts'
import type { Host, View } from './figures/figure.ts'
import { ListingView } from './figures/listing.ts'
import { PlotView } from './figures/plot.ts'
import { TokensView } from './figures/tokens.ts'
import type { Link } from './messages.ts'
import { csv, png, svg } from './save.ts'
import { fresh, narrowed, noFocus, state as stateShape, type State, type TabName } from './state.ts'
import { tableElement } from './table.ts'
import { ALL, type Ask } from './tabs.ts'
import { readTheme } from './theme.ts'

/** At most ten redraws a second. */
const PAUSE = 100

export class App {
  readonly #bridge: Bridge
  #say: Say = words('en', {})
  #state: State
  #sessions: readonly SessionInfo[] | undefined
  #problem: string | undefined
  #routers: readonly RouterName[] = []
  #pins: Context['pins'] = []
  /** Session whose routers are known, as `modelOf` says it. */
  #known: string | undefined
  #theme = readTheme()
  #chart: Chart | undefined
  #results: unknown[] | undefined
  #asked = ''
  #revision = -1
  #abort: AbortController | undefined
  #timer: number | undefined
  #drawnAt = 0
  #views: View<never>[] = []
  readonly #past: Pick<State, 'tab' | 'focus'>[] = []

  readonly #bar = h('div', { class: 'bar' })
  readonly #tablist = h('div', { class: 'tabs', role: 'tablist' })
  readonly #choices = h('div', { class: 'choices' })
  readonly #title = h('h2', { id: 'finding' })
  readonly #notes = h('div', { class: 'notes' })
  readonly #body = h('div', { class: 'body' })
  readonly #panel = h('main', { role: 'tabpanel', id: 'panel' }, this.#choices, h('header', {}, this.#title, this.#notes), this.#body)
  readonly #tooltip = h('div', { class: 'tooltip', role: 'tooltip', hidden: true })
  readonly #spoken = h('div', { class: 'spoken', 'aria-live': 'polite' })
  readonly #help = h('footer')
  readonly #vscode: VsCode

  constructor(vscode: VsCode) {
    this.#vscode = vscode
    this.#state = restored(vscode.getState())
    document.body.append(h('div', { class: 'top' }, this.#tablist, this.#bar), this.#panel, this.#help, this.#tooltip, this.#spoken)
    this.#bridge = new Bridge(vscode, (message) => {
      switch (message.type) {
        case 'start':
          this.#say = words(message.locale, message.bundle)
          document.documentElement.lang = message.locale
          if (message.link) this.#follow(message.link)
          return this.#frame()
        case 'sessions':
          return this.#heard(message.sessions, message.problem)
        case 'focus':
          if (message.session === this.#state.session) this.#set({ focus: narrowed(this.#state.focus, message.focus) })
          return
        case 'pins':
          this.#pins = message.pins
          return this.#draw(true)
        case 'show':
          this.#follow(message.link)
          return this.#refresh()
      }
    })
    addEventListener('keydown', (event) => this.#key(event))
    new ResizeObserver(() => this.#resized()).observe(this.#panel)
    new MutationObserver(() => {
      this.#theme = readTheme()
      this.#draw(true)
    }).observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] })
    this.#bridge.post({ type: 'ready' })
  }

  // ---- state

  #set(change: Partial<State>) {
    this.#state = { ...this.#state, ...change }
    this.#remember()
    this.#refresh()
  }

  /** Keeps the state over a reload, with the recording that can stand for a session that is gone by then. */
  #remember() {
    this.#state = { ...this.#state, recording: this.#session?.recording ?? this.#state.recording }
    this.#vscode.setState(this.#state)
  }

  #go(tab: TabName, focus: Focus = {}) {
    this.#past.push({ tab: this.#state.tab, focus: this.#state.focus })
    this.#set({ tab, focus: narrowed(this.#state.focus, focus) })
  }

  #back() {
    const last = this.#past.pop()
    if (last) this.#set(last)
  }

  #follow(link: Link) {
    this.#state = {
      ...this.#state,
      tab: link.tab ?? this.#state.tab, session: link.session ?? this.#state.session, recording: link.recording ?? (link.session === undefined ? this.#state.recording : undefined), other: link.other ?? this.#state.other, from: link.from ?? this.#state.from, to: link.to ?? this.#state.to,
      focus: link.focus ? narrowed(noFocus(), link.focus) : this.#state.focus,
    }
    this.#remember()
  }

  get #session(): SessionInfo | undefined {
    return this.#sessions?.find((s) => s.id === this.#state.session)
  }

  #heard(sessions: readonly SessionInfo[], problem: string | undefined) {
    this.#sessions = sessions
    this.#problem = problem
    if (!this.#session) {
      const same = sessions.find((s) => s.recording !== undefined && s.recording === this.#state.recording)
      const chosen = same ?? (this.#state.recording === undefined ? sessions[sessions.length - 1] : undefined)
      if (chosen) this.#state = { ...this.#state, session: chosen.id }
    }
    const session = this.#session
    // A stop of the debugger moves the focus of all tabs.
    const stop = session?.stop
    if (session && stop) {
      const { step, pass, row, router } = stop
      const place = [session.id, step, pass, row, router].join(' ')
      if (place !== this.#state.stop) {
        const page: State['page'] = step === this.#state.focus.step ? this.#state.page : { way: 'before', step: step + 1, pass: 0, row: 0 }
        this.#state = { ...this.#state, stop: place, focus: narrowed(this.#state.focus, { step, pass, row, router }), page }
      }
    }
    this.#remember()
    this.#refresh()
  }

  // ---- asking

  /** Asks what the tab needs where that is not what is shown, at most ten times a second, one question at a time. */
  #refresh() {
    this.#frame()
    const session = this.#session
    const tab = this.#tab
    const empty = this.#emptiness()
    if (!session || empty) {
      this.#leave()
      this.#results = undefined
      this.#show(empty ?? { text: this.#say.t('Connecting…'), buttons: [] })
      return
    }
    const asks = this.#known === modelOf(session) ? tab.asks(this.#state, this.#routers, this.#panel.clientWidth || 900) : []
    const key = JSON.stringify([session.id, asks])
    if (key === this.#asked && this.#revision === session.revision) {
      if (this.#results) this.#draw()
      return
    }
    if (key === this.#asked && this.#abort) return // the answer under way is of this question; what changed since is asked when it is here
    if (key !== this.#asked) this.#leave()
    clearTimeout(this.#timer)
    this.#panel.setAttribute('aria-busy', 'true')
    this.#timer = setTimeout(() => void this.#fetch(session, asks, key), key === this.#asked ? Math.max(0, PAUSE - (performance.now() - this.#drawnAt)) : 0)
  }

  #leave() {
    clearTimeout(this.#timer)
    this.#panel.removeAttribute('aria-busy')
    this.#abort?.abort()
    this.#abort = undefined
    this.#asked = ''
  }

  async #fetch(session: SessionInfo, asks: Ask[], key: string) {
    const abort = (this.#abort = new AbortController())
    this.#asked = key
    this.#revision = session.revision
    const slow = setTimeout(() => this.#panel.classList.add('waiting'), 300)
    try {
      if (this.#known !== modelOf(session)) {
        const model = (await this.#bridge.ask('session/model', { session: session.id }, abort.signal)) as Model
        this.#routers = model.routers
        this.#known = modelOf(session)
        this.#asked = ''
      } else {
        const results = await Promise.all(asks.map((a) => this.#bridge.ask(a.method, { session: session.id, ...a.params }, abort.signal)))
        this.#results = results
        this.#draw()
      }
    } catch (error) {
      if (abort.signal.aborted) return
      this.#results = undefined
      this.#show({ text: (error as Error).message, detail: error instanceof Refused ? error.whatToDo : undefined, buttons: [[this.#say.t('Try again'), () => { this.#asked = ''; this.#refresh() }]] })
      return
    } finally {
      clearTimeout(slow)
      if (this.#abort === abort) {
        this.#abort = undefined
        this.#panel.classList.remove('waiting')
        this.#panel.removeAttribute('aria-busy')
      }
    }
    this.#refresh()
  }

  // ---- drawing

  get #tab() {
    return ALL.find((t) => t.name === this.#state.tab)!
  }

  #draw(anew = false) {
    const session = this.#session
    if (!this.#results || !session || this.#known !== modelOf(session)) return
    if (this.#tab.empty(this.#results)) {
      const whole = this.#state.from === undefined && this.#state.to === undefined
      return this.#show({ text: this.#say.t('Nothing is recorded in these steps.'), buttons: whole ? [] : [[this.#say.t('All steps'), () => this.#set({ from: undefined, to: undefined, page: undefined })]] })
    }
    const begin = performance.now()
    const { focus } = this.#state
    const context: Context = { say: this.#say, theme: this.#theme, routers: this.#routers, focus, pins: this.#pins }
    this.#chart = this.#tab.chart(this.#results, this.#state, context, this.#sessions ?? [])
    this.#title.textContent = this.#chart.title
    this.#notes.replaceChildren(...this.#chart.notes.map((note) => h('p', {}, note)), ...this.#pages())
    if (this.#state.table) {
      this.#clear()
      this.#body.replaceChildren(tableElement(this.#chart.table(), this.#chart.title, this.#say, (place) => this.#drill(place)))
    } else this.#drawFigures(this.#chart.figures, anew)
    this.#drawnAt = performance.now()
    performance.clearMeasures('redraw')
    performance.measure('redraw', { start: begin, detail: this.#state.tab })
  }

  #drawFigures(figures: Figure[], anew: boolean) {
    const kinds = `${this.#state.tab} ${figures.map((f) => f.kind).join(' ')}`
    if (anew || this.#body.dataset['kinds'] !== kinds) {
      this.#clear()
      const host = this.#figureHost()
      this.#body.dataset['kinds'] = kinds
      this.#body.className = `body ${this.#state.tab}`
      for (const figure of figures) {
        const view = viewOf(figure, host)
        this.#views.push(view as View<never>)
        this.#body.append(figures.length > 1 ? h('section', { class: figure.kind }, h('h3', { 'aria-hidden': 'true' }, figure.label), view.element) : view.element)
        view.resize()
      }
    } else figures.forEach((figure, i) => this.#views[i]!.update(figure as never))
  }

  #clear() {
    for (const view of this.#views) view.dispose()
    this.#views = []
    delete this.#body.dataset['kinds']
    this.#body.className = 'body'
    this.#body.replaceChildren()
    this.#point(undefined, { x: 0, y: 0 }, false)
  }

  #figureHost(): Host {
    return {
      theme: this.#theme,
      hint: this.#say.t('chart, arrows move, Enter opens, T shows the table'),
      point: (item, at, spoken) => this.#point(item, at, spoken),
      focus: (focus) => {
        this.#tell(focus)
        if (this.#tab.opens) this.#go(this.#tab.drill, focus)
        else this.#set({ focus: narrowed(this.#state.focus, focus) })
      },
      drill: (focus) => this.#drill(focus),
      brush: (from, to) => this.#set({ from: Math.min(from, to), to: Math.max(from, to), page: undefined }),
      pin: (expert) => this.#pin(expert),
    }
  }

  #drill(focus: Focus) {
    this.#tell(focus)
    if (focus.step !== undefined && focus.row === undefined && this.#tab.drill === 'tokens') {
      this.#past.push({ tab: this.#state.tab, focus: this.#state.focus })
      this.#set({ tab: 'tokens', from: focus.step, to: focus.step, page: undefined, focus: narrowed(this.#state.focus, focus) })
    } else if (focus.row !== undefined && this.#state.tab !== 'tokens') this.#go('tokens', focus)
    else this.#go(this.#tab.drill, focus)
  }

  /** The extension moves the other views, and the debugger where the place is a decision. */
  #tell(focus: Focus) {
    if (!this.#session) return
    const whole = narrowed(this.#state.focus, focus)
    this.#bridge.post({ type: 'focus', session: this.#session.id, focus: whole, go: focus.step !== undefined && focus.row !== undefined })
  }

  #pin(expert: number) {
    const router = this.#routers.find(({ index }) => index === (this.#state.focus.router ?? this.#routers[0]?.index))
    if (router) this.#bridge.post({ type: 'pin', pin: { router: router.name, expert }, pinned: !this.#pins.some((pin) => pin.router === router.name && pin.expert === expert) })
  }

  #point(item: Item | undefined, { x, y }: { x: number; y: number }, spoken: boolean) {
    this.#tooltip.hidden = !item
    if (!item) return
    const lines = item.lines
    this.#tooltip.replaceChildren(...lines.map((line, i) => h(i === 0 ? 'strong' : 'span', {}, line)))
    const { offsetWidth, offsetHeight } = this.#tooltip
    this.#tooltip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - offsetWidth - 8))}px`
    this.#tooltip.style.top = `${y + 18 + offsetHeight > innerHeight ? Math.max(4, y - offsetHeight - 10) : y + 18}px`
    if (spoken) this.#spoken.textContent = lines.join(', ')
  }

  #resized() {
    for (const view of this.#views) view.resize()
    if (this.#state.tab === 'timeline') this.#refresh()
  }

  // ---- the bar, the tabs, the choices

  #frame() {
    const { t } = this.#say
    const session = this.#session
    document.title = t('Charts')
    fill(this.#tablist, JSON.stringify([this.#say.locale, this.#state.tab]), () =>
      ALL.map((tab) => {
        const on = tab.name === this.#state.tab
        return h('button', { role: 'tab', type: 'button', id: `tab-${tab.name}`, 'aria-selected': String(on), 'aria-controls': 'panel', tabindex: on ? 0 : -1, click: () => this.#go(tab.name) }, tab.title(this.#say))
      }),
    )
    this.#tablist.setAttribute('aria-label', t('Charts'))
    this.#panel.setAttribute('aria-labelledby', `tab-${this.#state.tab}`)
    const options = [...(session ? [] : [['', '–'] as [string, string]]), ...(this.#sessions ?? []).map((s): [string, string] => [s.id, s.name])]
    fill(this.#bar, JSON.stringify([this.#say.locale, options, this.#state.session, this.#state.from, this.#state.to, session?.state, this.#past.length > 0]), () => [
      select(t('Session'), session?.id ?? '', options, (id) => this.#set({ session: id, from: undefined, to: undefined, page: undefined, focus: noFocus() })),
      h('label', {}, t('Steps'), this.#stepInput(t('First step'), this.#state.from, t('first'), (from) => this.#set({ from, page: undefined })), '–', this.#stepInput(t('Last step'), this.#state.to, t('last'), (to) => this.#set({ to, page: undefined }))),
      (this.#state.from !== undefined || this.#state.to !== undefined) && h('button', { type: 'button', class: 'secondary', click: () => this.#set({ from: undefined, to: undefined, page: undefined }) }, t('All steps')),
      h('span', { class: 'space' }),
      session && h('span', { class: 'muted' }, session.state === 'running' ? t('running') : session.state === 'stopped' ? t('stopped') : ''),
      h('button', { type: 'button', class: 'secondary', 'aria-keyshortcuts': 'T', click: () => this.#set({ table: !this.#state.table }) }, t('Table')),
      this.#exportMenu(),
      h('button', { type: 'button', class: 'secondary', click: () => this.#copyLink() }, t('Copy link')),
    ])
    const choices = session && this.#known === modelOf(session) ? this.#tab.choices?.(this.#state, this.#routers, this.#say, this.#sessions ?? []) ?? [] : []
    const focus = this.#focusText()
    fill(this.#choices, JSON.stringify([this.#state.tab, choices, focus]), () => [
      ...choices.map((c) => select(c.label, c.value, c.options, (value) => this.#set(c.choose(value)))),
      h('span', { class: 'space' }),
      focus === '' ? undefined : h('button', { type: 'button', class: 'chip', title: t('Clear the focus'), click: () => this.#set({ focus: noFocus() }) }, focus, ' ✕'),
    ])
    this.#help.textContent = t('Arrows move · Enter opens · Esc back · T table · E export')
  }

  #focusText(): string {
    const { t } = this.#say
    const { step, row, router, expert } = this.#state.focus
    const layer = this.#routers.find((r) => r.index === router)?.layer
    return [step !== undefined && t('step {0}', step), row !== undefined && t('row {0}', row), layer !== undefined && (expert === undefined ? `L${layer}` : expertName(layer, expert))].filter(Boolean).join(' · ')
  }

  #stepInput(label: string, value: number | undefined, placeholder: string, change: (value: number | undefined) => void) {
    const input = h('input', { type: 'number', min: 0, step: 1, 'aria-label': label, placeholder, value: value ?? '' })
    input.addEventListener('change', () => change(input.value === '' || !Number.isSafeInteger(Number(input.value)) ? undefined : Number(input.value)))
    return input
  }

  /** Pages of the text. */
  #pages(): HTMLElement[] {
    if (this.#state.tab !== 'tokens') return []
    const { t } = this.#say
    const rows = this.#results![0] as TokenPage
    const place = (i: number) => ({ step: rows.step.data[i]!, pass: rows.pass.data[i]!, row: rows.row.data[i]! })
    const last = rows.text.length - 1
    return [
      h('p', {},
        rows.hasEarlier && last >= 0 && h('button', { type: 'button', class: 'secondary', click: () => this.#set({ page: { way: 'before', ...place(0) } }) }, t('Earlier tokens')), ' ',
        rows.hasLater && last >= 0 && h('button', { type: 'button', class: 'secondary', click: () => this.#set({ page: { way: 'from', ...place(last), row: place(last).row + 1 } }) }, t('Later tokens'))),
    ]
  }

  #exportMenu(): HTMLElement {
    const { t } = this.#say
    const menu = h('div', { class: 'menu', role: 'menu', hidden: true })
    const button = h('button', { type: 'button', class: 'secondary', id: 'export', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-keyshortcuts': 'E', click: () => open(menu.hidden === true) }, t('Export'))
    const open = (show: boolean) => {
      menu.hidden = !show
      button.setAttribute('aria-expanded', String(show))
      if (show) (menu.firstElementChild as HTMLElement).focus()
    }
    for (const format of ['csv', 'png', 'svg'] as const)
      menu.append(h('button', { type: 'button', role: 'menuitem', click: () => { open(false); this.#save(format) } }, { csv: t('Table as CSV'), png: t('Picture as PNG'), svg: t('Picture as SVG') }[format]))
    menu.addEventListener('keydown', (event) => {
      const items = [...menu.children] as HTMLElement[]
      const at = items.indexOf(document.activeElement as HTMLElement)
      if (event.key === 'Escape') { open(false); button.focus() }
      else if (event.key === 'ArrowDown') items[(at + 1) % items.length]!.focus()
      else if (event.key === 'ArrowUp') items[(at + items.length - 1) % items.length]!.focus()
      else return
      event.preventDefault()
      event.stopPropagation()
    })
    return h('span', { class: 'anchor' }, button, menu)
  }

  #save(format: 'csv' | 'png' | 'svg') {
    if (!this.#chart) return
    const width = Math.max(640, Math.min(1400, this.#panel.clientWidth))
    const data = format === 'csv' ? csv(this.#chart.table()) : format === 'svg' ? svg(this.#chart, this.#theme, width) : png(this.#chart, this.#theme, width)
    this.#bridge.post({ type: 'save', name: `${this.#state.tab}-${(this.#session?.name ?? '').replace(/\.[^.]*$/, '').replace(/[^\w-]+/g, '-')}.${format}`, format, data })
  }

  #copyLink() {
    const { tab, session, recording, other, from, to, focus } = this.#state
    this.#bridge.post({ type: 'copyLink', link: { tab, session, recording, other, from, to, focus } })
  }

  // ---- nothing to draw

  #emptiness(): { text: string; detail?: string | undefined; buttons: [string, () => void][] } | undefined {
    const { t } = this.#say
    const open = (what: 'sample' | 'recording' | 'run' | 'path' | 'daemon', path?: string) => () => this.#bridge.post({ type: 'open', what, path })
    if (this.#problem !== undefined) return { text: this.#problem, buttons: [[t('Start the daemon'), open('daemon')]] }
    if (!this.#sessions) return { text: t('Connecting…'), buttons: [] }
    const ways: [string, () => void][] = [[t('Open sample recording'), open('sample')], [t('Open a recording…'), open('recording')], [t('Run a model…'), open('run')]]
    if (!this.#session) {
      const path = this.#state.recording
      return path === undefined
        ? { text: t('No session yet.'), buttons: ways }
        : { text: t('The session has ended.'), detail: path, buttons: [[t('Open its recording'), open('path', path)], ...ways] }
    }
    if (this.#session.step === undefined || this.#session.step === 0) return { text: t('No step recorded yet.'), buttons: this.#session.state === 'running' ? [] : ways }
    const needs = this.#tab.needs?.(this.#state, this.#say, this.#sessions)
    return needs === undefined ? undefined : { text: needs, buttons: this.#sessions.length < 2 ? [[t('Open a recording…'), open('recording')], [t('Run a model…'), open('run')]] : [] }
  }

  #show({ text, detail, buttons }: { text: string; detail?: string | undefined; buttons: [string, () => void][] }) {
    this.#chart = undefined
    this.#clear()
    this.#title.textContent = text
    this.#notes.replaceChildren()
    this.#body.replaceChildren(h('div', { class: 'empty' }, detail !== undefined && h('p', { class: 'muted' }, detail), ...buttons.map(([name, act]) => h('button', { type: 'button', click: act }, name))))
  }

  // ---- keys

  #key(event: KeyboardEvent) {
    const target = event.target as HTMLElement
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches('input, select, textarea')) return
    const at = ALL.findIndex((tab) => tab.name === this.#state.tab)
    if (target.getAttribute('role') === 'tab' && (event.key === 'ArrowRight' || event.key === 'ArrowLeft')) {
      this.#go(ALL[(at + (event.key === 'ArrowRight' ? 1 : ALL.length - 1)) % ALL.length]!.name)
      ;(this.#tablist.querySelector('[aria-selected=true]') as HTMLElement).focus()
    } else if (event.key === 't' || event.key === 'T') this.#set({ table: !this.#state.table })
    else if (event.key === 'e' || event.key === 'E') document.getElementById('export')?.click()
    else if (event.key === 'Escape') this.#back()
    else if (event.key >= '1' && event.key <= String(ALL.length)) this.#go(ALL[Number(event.key) - 1]!.name)
    else return
    event.preventDefault()
  }
}

/** Which model a session has: routers that come to it give it another listing. */
const modelOf = ({ id, listing }: SessionInfo): string => `${id} ${listing ?? ''}`

function restored(given: unknown): State {
  try {
    return parse(stateShape, given, 'state')
  } catch {
    return fresh()
  }
}

/** Children of `element`, made anew only where what they show changed, so that a focused control stays focused. */
function fill(element: HTMLElement, key: string, children: () => (Node | false | undefined)[]) {
  if (element.dataset['shows'] === key) return
  const focused = element.contains(document.activeElement) ? [...element.querySelectorAll('button, select, input')].indexOf(document.activeElement!) : -1
  element.dataset['shows'] = key
  element.replaceChildren(...children().filter((child): child is Node => !!child))
  if (focused >= 0) (element.querySelectorAll('button, select, input')[focused] as HTMLElement | undefined)?.focus()
}

function select(label: string, value: string, options: [string, string][], choose: (value: string) => void): HTMLElement {
  const element = h('select', {}, ...options.map(([v, text]) => h('option', { value: v, selected: v === value }, text)))
  element.addEventListener('change', () => choose(element.value))
  return h('label', {}, label, element)
}

function viewOf(figure: Figure, host: Host): View<never> {
  switch (figure.kind) {
    case 'cells':
      return new CellsView(figure, host) as View<never>
    case 'bands':
      return new BandsView(figure, host) as View<never>
    case 'plot':
      return new PlotView(figure, host) as View<never>
    case 'tokens':
      return new TokensView(figure, host) as View<never>
    case 'listing':
      return new ListingView(figure, host) as View<never>
  }
}
