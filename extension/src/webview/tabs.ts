// The tabs: what each asks the daemon, what it draws, and which choices it has of its own.
import type { Chart, Context, RouterName } from '../charts/chart.ts'
import { compare } from '../charts/compare.ts'
import { expert } from '../charts/expert.ts'
import { flow } from '../charts/flow.ts'
import { load } from '../charts/load.ts'
import { logits } from '../charts/logits.ts'
import { methods, type Requests, type SessionInfo, type TokenPage } from '../daemon/contract.ts'
import { parse, type Shape, type Tensor } from '../daemon/shape.ts'
import { METRICS, timeline } from '../charts/timeline.ts'
import { tokens } from '../charts/tokens.ts'
import { together } from '../charts/together.ts'
import type { Say } from '../charts/say.ts'
import type { Asked } from './messages.ts'
import type { State, TabName } from './state.ts'

export interface Ask {
  method: Asked
  params: Record<string, unknown>
}

export interface Choice {
  label: string
  value: string
  options: [value: string, text: string][]
  choose(value: string): Partial<State>
}

export interface Tab {
  name: TabName
  title(say: Say): string
  asks(state: State, routers: readonly RouterName[], width: number): Ask[]
  /** Whether the daemon had nothing to say about these steps. */
  empty(results: unknown[]): boolean
  /** Why there is nothing to ask yet. */
  needs?(state: State, say: Say, sessions: readonly SessionInfo[]): string | undefined
  chart(results: unknown[], state: State, context: Context, sessions: readonly SessionInfo[]): Chart
  choices?(state: State, routers: readonly RouterName[], say: Say, sessions: readonly SessionInfo[]): Choice[]
  /** Where Enter and a double click lead. */
  drill: TabName
  /** A single click leads there too. */
  opens?: boolean
}

const PAGE = 1500
const BINS = 60
const range = (state: State) => ({ from: state.from, to: state.to })
const first = (state: State, routers: readonly RouterName[]) => state.focus.router ?? routers[0]?.index ?? 0
/** From the layer in focus to the one that is chosen, or to the next; the last layer is reached from the one before it. */
const between = (state: State, routers: readonly RouterName[]): [number, number] => {
  const from = first(state, routers)
  const after = Math.min(routers.findIndex((r) => r.index === from) + 1, routers.length - 1)
  const to = state.second ?? routers[after]?.index ?? from
  return [to === from && after > 0 ? routers[after - 1]!.index : from, to]
}
const answer = <M extends Asked>(_: M, results: unknown[], i = 0) => results[i] as Requests[M]['result']

const layerChoice = (label: string, value: number, routers: readonly RouterName[], choose: (router: number) => Partial<State>): Choice => ({
  label, value: String(value), options: routers.map((r) => [String(r.index), `L${r.layer} · ${r.name}`]), choose: (text) => choose(Number(text)),
})
const layer = (state: State, routers: readonly RouterName[], say: Say) => layerChoice(say.t('Layer'), first(state, routers), routers, (router) => ({ focus: { ...state.focus, router, expert: undefined } }))
const otherRun = (state: State, say: Say, sessions: readonly SessionInfo[], none: boolean): Choice => ({
  label: say.t('Other run'), value: state.other ?? '',
  options: [...(none || !state.other ? [['', say.t('none')] as [string, string]] : []), ...sessions.filter((s) => s.id !== state.session).map((s): [string, string] => [s.id, s.name])],
  choose: (id) => ({ other: id || undefined }),
})
const nameOf = (id: string | undefined, sessions: readonly SessionInfo[]) => sessions.find((s) => s.id === id)?.name ?? id ?? ''

/** A page within the window of steps; rows come in the order of steps. */
function within(page: TokenPage, { from, to }: State): TokenPage {
  const steps = page.step.data
  const start = from === undefined ? 0 : steps.filter((step) => step < from).length
  const end = to === undefined ? steps.length : steps.filter((step) => step <= to).length
  const cut = <T extends Tensor>({ shape, data }: T) => {
    const wide = shape[1] ?? 1
    return { shape: [end - start, ...shape.slice(1)], data: data.subarray(start * wide, end * wide) } as unknown as T
  }
  const { step, pass, rank, row, sequence, position, tokenId, text, label, experts, weights, margin, entropy, changed, hasEarlier, hasLater } = page
  return {
    step: cut(step), pass: cut(pass), rank: cut(rank), row: cut(row), sequence: cut(sequence), position: cut(position), tokenId: cut(tokenId), text: text.slice(start, end), label: label.slice(start, end),
    experts: cut(experts), weights: cut(weights), margin: cut(margin), entropy: cut(entropy), changed: cut(changed), hasEarlier, hasLater,
  }
}

export const ALL: Tab[] = [
  {
    name: 'load', title: (say) => say.t('Load'), drill: 'expert', opens: true,
    asks: (state) => [{ method: 'session/loads', params: { range: range(state) } }],
    empty: (results) => answer('session/loads', results).from === undefined,
    chart: (results, _, context) => load(answer('session/loads', results), context),
  },
  {
    name: 'timeline', title: (say) => say.t('Timeline'), drill: 'tokens',
    asks: (state, _, width) => [{ method: 'session/timeline', params: { metrics: METRICS, range: range(state), pixels: Math.max(40, Math.floor((width - 80) / METRICS.length)) } }],
    empty: (results) => answer('session/timeline', results).range === undefined,
    chart: (results, _, context) => timeline(answer('session/timeline', results), context),
  },
  {
    name: 'tokens', title: (say) => say.t('Tokens'), drill: 'expert',
    asks: (state, routers) => {
      const { way, ...place } = state.page ?? { way: 'from' as const, step: state.from ?? 0, pass: 0, row: 0 }
      const params = { router: first(state, routers), [way]: place, count: PAGE }
      return [{ method: 'session/tokens', params }, ...(state.other ? [{ method: 'session/tokens' as const, params: { ...params, session: state.other } }] : [])]
    },
    empty: (results) => answer('session/tokens', results).text.length === 0,
    chart: (results, state, context, sessions) => {
      const router = first(state, context.routers)
      const pinned = context.pins.filter((pin) => pin.router === context.routers.find(({ index }) => index === router)?.name).map(({ expert }) => expert)
      const other = state.other ? { name: nameOf(state.other, sessions), rows: within(answer('session/tokens', results, 1), state) } : undefined
      return tokens(within(answer('session/tokens', results), state), { router, pinned, other }, context)
    },
    choices: (state, routers, say, sessions) => [layer(state, routers, say), otherRun(state, say, sessions, true)],
  },
  {
    name: 'flow', title: (say) => say.t('Flow'), drill: 'expert',
    asks: (state, routers) => [
      { method: 'session/flow', params: { ...(state.flow === 'layers' ? { routers: between(state, routers) } : { router: first(state, routers) }), range: range(state), threshold: state.threshold } },
    ],
    empty: (results) => answer('session/flow', results).tokens === 0,
    chart: (results, _, context) => flow(answer('session/flow', results), context),
    choices: (state, routers, say) => [
      { label: say.t('From'), value: state.flow, options: [['layers', say.t('layer to layer')], ['tokens', say.t('token to expert')]], choose: (value) => ({ flow: value as State['flow'] }) },
      ...(state.flow === 'layers'
        ? [{ ...layer(state, routers, say), value: String(between(state, routers)[0]) }, layerChoice(say.t('To layer'), between(state, routers)[1], routers, (second) => ({ second }))]
        : [layer(state, routers, say)]),
      { label: say.t('Merge links under'), value: String(state.threshold), options: [0, 0.002, 0.005, 0.01, 0.02, 0.05].map((x) => [String(x), say.percent(x)]), choose: (value) => ({ threshold: Number(value) }) },
    ],
  },
  {
    name: 'together', title: (say) => say.t('Together'), drill: 'expert',
    asks: (state, routers) => [{ method: 'session/together', params: { routers: [first(state, routers), state.second ?? first(state, routers)], range: range(state) } }],
    empty: (results) => answer('session/together', results).tokens === 0,
    chart: (results, state, context) => together(answer('session/together', results), { a: first(state, context.routers), b: state.second ?? first(state, context.routers) }, context),
    choices: (state, routers, say) => [layer(state, routers, say), layerChoice(say.t('With layer'), state.second ?? first(state, routers), routers, (second) => ({ second: second === first(state, routers) ? undefined : second }))],
  },
  {
    name: 'logits', title: (say) => say.t('Logits'), drill: 'tokens',
    asks: (state, _, width) => [{ method: 'session/logits', params: { range: range(state), bins: BINS, pixels: Math.max(40, width - 90) } }],
    empty: (results) => answer('session/logits', results).routers.length === 0,
    chart: (results, state, context) => logits(answer('session/logits', results), first(state, context.routers), context),
    choices: (state, routers, say) => [layer(state, routers, say)],
  },
  {
    name: 'expert', title: (say) => say.t('Expert'), drill: 'expert',
    asks: (state, routers, width) => [{ method: 'session/expert', params: { router: first(state, routers), expert: state.focus.expert ?? 0, range: range(state), pixels: Math.max(40, width - 70) } }],
    empty: (results) => answer('session/expert', results).tokens === 0,
    chart: (results, _, context) => expert(answer('session/expert', results), context),
    choices: (state, routers, say) => [
      layer(state, routers, say),
      { label: say.t('Expert'), value: String(state.focus.expert ?? 0), options: Array.from({ length: routers.find((r) => r.index === first(state, routers))?.experts ?? 0 }, (_, e) => [String(e), `E${e}`]), choose: (value) => ({ focus: { ...state.focus, router: first(state, routers), expert: Number(value) } }) },
    ],
  },
  {
    name: 'compare', title: (say) => say.t('Compare'), drill: 'expert',
    needs: (state, say, sessions) =>
      state.other && sessions.some((s) => s.id === state.other) ? undefined : sessions.length < 2 ? say.t('Comparing takes two runs. Open another recording, or run another model on the same text.') : say.t('Choose the other run above.'),
    asks: (state) => [{ method: 'session/compare', params: { a: state.session, b: state.other } }],
    empty: (results) => answer('session/compare', results).tokens === 0,
    chart: (results, state, context, sessions) => compare(answer('session/compare', results), { a: nameOf(state.session, sessions), b: nameOf(state.other, sessions) }, context),
    choices: (state, _, say, sessions) => [otherRun(state, say, sessions, false)],
  },
]

/** What the daemon answered, checked. */
export const checked = (method: Asked, result: unknown): unknown => parse(methods[method].result as Shape<unknown>, result, method)
