// What the Expert Inspector says of routers and experts: from results of the daemon to rows of text. Knows no editor.
import type { AnomalyNote, Dossier, InterventionInfo, Loads, RouterDescription, RouterLoads, SessionInfo } from '../daemon/contract.ts'
import type { Say } from '../charts/say.ts'
import { realExperts } from '../charts/chart.ts'
import { placed, shown } from './strip.ts'

/** What is known of a session; `loads` is absent while nothing is recorded. */
export interface Known {
  readonly info: SessionInfo
  readonly listing: string | undefined
  readonly routers: readonly RouterDescription[]
  readonly loads: Loads | undefined
  readonly anomalies: readonly AnomalyNote[]
  readonly interventions: readonly InterventionInfo[]
}

/** What a person has set at experts and routers. */
export interface Marks {
  pinned(router: string, expert: number): boolean
  breaks(router: RouterDescription): boolean
}

export const ORDERS = ['index', 'load', 'anomaly'] as const
export type Order = (typeof ORDERS)[number]

export type Colour = 'charts.red' | 'charts.yellow' | 'charts.blue' | 'debugIcon.breakpointForeground'

/** A row of the tree: `words` is what a screen reader says, `flags` what menus ask for. */
export interface Row {
  readonly label: string
  readonly description: string
  /** Made when the pointer rests on the row. */
  readonly tooltip: () => readonly string[]
  readonly words: string
  readonly icon: string
  readonly colour: Colour | undefined
  readonly flags: readonly string[]
}

export interface ExpertRow extends Row {
  readonly expert: number
  /** Against the fair share; NaN = unknown. */
  readonly load: number
  /** The higher, the worse. */
  readonly trouble: number
}

export interface RouterRow extends Row {
  readonly router: number
  readonly load: number
  readonly trouble: number
}

/** `router_collapse` in prose. */
export const anomalyName = (id: string): string => id.replaceAll('_', ' ')

/** Counts of the experts of each router, which the daemon sends one behind the other. */
export function countsOf({ routers, loads }: Known): readonly Float64Array[] {
  let first = 0
  return routers.map(({ experts }) => loads === undefined ? new Float64Array(0) : loads.counts.data.subarray(first, first += experts))
}

export function modelRow({ info, loads, routers, anomalies }: Known, say: Say): Row {
  const { t } = say
  const state = info.kind === 'recording' ? t('recording') : info.state === 'running' ? t('running') : info.state === 'stopped' ? t('stopped') : t('idle')
  const { step, stop } = info
  const where = stop !== undefined ? [t('step {0}', stop.step), placed(say, stop.position, stop.row, stop.text ?? null)] : [step > 0 ? t('step {0}', step) : t('no step recorded yet')]
  const missing = loads?.missing.reduce((sum, { rows }) => sum + rows, 0) ?? 0
  const lost = [...(missing > 0 ? [t('Not in the recording: {0} rows', missing)] : []), ...(loads?.paddingUnknown ? [t('which rows are padding is not known: these counts and loads may hold some')] : [])]
  return {
    label: info.name, description: [state, ...where, ...(missing > 0 ? ['!'] : [])].join(' · '),
    tooltip: () => [info.source, t('Routers: {0}', routers.length), t('Decisions: {0}', info.decisions), t('Anomalies: {0}', anomalies.length), ...lost],
    words: [info.name, state, ...where, ...lost].join(', '), icon: info.kind === 'checkpoint' ? 'circuit-board' : 'record-small', colour: undefined, flags: ['model', info.kind],
  }
}

/** A layer with its router. Names that are not unique by the layer alone say more. */
export function routerRow(known: Known, router: RouterDescription, marks: Marks, say: Say): RouterRow {
  const { t } = say
  const loads = known.loads?.routers[router.index]
  const ratios = ratiosOf(known, router)
  const seen = loads !== undefined && loads.assignments > 0
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)]
  const anomalies = known.anomalies.filter((anomaly) => anomaly.router === router.index)
  const names = [...new Set(anomalies.map(({ id }) => anomalyName(id)))]
  const stopped = known.info.stop?.router === router.index
  const breaks = marks.breaks(router)
  const missed = { entropy: loads?.entropy, cv: loads?.cv }
  return {
    router: router.index, label: layerName(router, known.routers, say),
    description: [
      ...(missed.entropy === undefined ? [] : [`H ${say.fixed(missed.entropy, 2)}`]),
      ...(names.length === 0 ? [] : [`▲ ${names.join(', ')}`]),
      ...(seen ? [t('load {0}–{1}', say.fixed(least, 1), say.ratio(most))] : []),
      ...(stopped ? [t('stopped here')] : []),
    ].join(' · '),
    tooltip: () => [
      router.name, router.rule,
      ...(missed.entropy === undefined ? [] : [t('Router entropy, 0 to 1: {0}', say.fixed(missed.entropy, 3))]),
      ...(missed.cv === undefined ? [] : [t('Load CV: {0}', say.fixed(missed.cv, 2))]),
      ...(seen ? [t('Experts that no token chose: {0}', loads.zeroExperts)] : []),
      ...(loads?.dropRate === undefined || loads.dropRate === 0 ? [] : [t('Dropped: {0}', say.percent(loads.dropRate))]),
      ...anomalies.map(({ facts }) => `▲ ${facts}`),
    ],
    words: [
      t('layer {0}', router.layer), ...(missed.entropy === undefined ? [] : [t('router entropy {0}', say.fixed(missed.entropy, 2))]),
      ...(seen ? [t('load {0} to {1} times the fair share', say.fixed(least, 1), say.fixed(most, 1))] : [t('no data')]),
      ...names.map((name) => t('anomaly: {0}', name)), ...(breaks ? [t('breakpoint')] : []), ...(stopped ? [t('stopped here')] : []),
    ].join(', '),
    icon: stopped ? 'debug-stackframe' : breaks ? 'debug-breakpoint' : names.length > 0 ? 'warning' : 'layers',
    colour: breaks ? 'debugIcon.breakpointForeground' : names.length > 0 ? 'charts.red' : undefined,
    flags: ['router', known.info.kind, ...(known.listing !== undefined && router.line !== undefined ? ['line'] : []), ...(breaks ? ['breaks'] : [])],
    load: missed.cv ?? -1, trouble: anomalies.length * 1000 + (loads === undefined ? 0 : loads.dead.length * 10 + loads.hot.length),
  }
}

export function layerName(router: RouterDescription, routers: readonly RouterDescription[], { t }: Say): string {
  const same = routers.filter(({ layer }) => layer === router.layer)
  const stack = same.some(({ stack }) => stack !== router.stack) ? ` ${router.stack}` : ''
  const ordinal = same.some(({ stack, ordinal }) => stack === router.stack && ordinal !== router.ordinal) ? ` #${router.ordinal}` : ''
  return t('Layer {0}', router.layer) + stack + ordinal
}

/** First below a layer: by which rule it chooses. */
export function ruleRow(router: RouterDescription, { t }: Say): Row {
  return { label: t('router'), description: router.rule, tooltip: () => [router.name, router.rule, ...router.aliases], words: `${t('router')} ${router.name}, ${router.rule}`, icon: 'git-merge', colour: undefined, flags: ['rule'] }
}

/** All experts of a router, by index. */
export function expertRows(known: Known, router: RouterDescription, marks: Marks, say: Say): ExpertRow[] {
  const loads = known.loads?.routers[router.index]
  const counts = countsOf(known)[router.index]
  const ratios = ratiosOf(known, router)
  const masked = new Set(known.interventions.flatMap(({ masks }) => masks.filter((m) => m.router === router.index).flatMap(({ experts }) => experts)))
  const [dead, hot, cold] = [new Set(loads?.dead), new Set(loads?.hot), new Set(loads?.cold)]
  const stop = known.info.stop
  const chosen = new Set(stop?.router === router.index ? stop.experts : [])
  return Array.from({ length: router.experts }, (_, expert) => expertRow({
    router, expert, loads, tokens: known.loads?.tokens.data[router.index] ?? -1, count: counts?.[expert] ?? 0, load: ratios[expert] ?? NaN,
    anomalies: known.anomalies.filter((a) => a.router === router.index && a.experts.includes(expert)), kind: known.info.kind,
    identity: expert >= realExperts(router), dead: dead.has(expert), hot: hot.has(expert), cold: cold.has(expert), masked: masked.has(expert), pinned: marks.pinned(router.name, expert), stopped: chosen.has(expert),
  }, say))
}

interface Expert {
  readonly router: RouterDescription
  readonly expert: number
  readonly loads: RouterLoads | undefined
  readonly tokens: number
  readonly count: number
  readonly load: number
  readonly anomalies: readonly AnomalyNote[]
  readonly kind: SessionInfo['kind']
  readonly identity: boolean
  readonly dead: boolean
  readonly hot: boolean
  readonly cold: boolean
  readonly masked: boolean
  readonly pinned: boolean
  readonly stopped: boolean
}

function expertRow(expert: Expert, say: Say): ExpertRow {
  const { t } = say
  const known = !Number.isNaN(expert.load)
  const badges = [
    ...(expert.hot ? [t('hot')] : []), ...(expert.cold ? [t('cold')] : []), ...(expert.masked ? [t('masked')] : []),
    ...expert.anomalies.filter(({ id }) => !(expert.dead && id === 'dead_expert')).map(({ id }) => `▲ ${anomalyName(id)}`), ...(expert.stopped ? [t('stopped here')] : []),
  ]
  const none = known && expert.count === 0 && expert.tokens >= 0 ? [t('0 of {0}', expert.tokens)] : []
  const identity = expert.identity ? [t('zero expert (identity)')] : []
  const chosen = expert.tokens >= 0 ? [t('Chosen by {0} of {1} tokens', expert.count, expert.tokens)] : []
  const numbers = expert.identity ? [...identity, ...(expert.tokens >= 0 ? [t('{0} of {1}', expert.count, expert.tokens)] : [])] : expert.dead ? [t('dead'), ...none] : known ? [`${say.ratio(expert.load)} ${bar(expert.load)}`, ...none] : []
  const trouble = expert.dead || expert.anomalies.length > 0
  return {
    expert: expert.expert, load: expert.load, label: `E${expert.expert}`, description: [...numbers, ...badges].join(' · '),
    tooltip: () => [
      `L${expert.router.layer}·E${expert.expert}`,
      ...(expert.identity ? [...identity, ...chosen] : known ? [t('Load: {0} of the fair share', say.ratio(expert.load)), ...chosen] : [t('No step recorded yet.')]),
      ...expert.anomalies.map(({ facts }) => `▲ ${facts}`),
    ],
    words: [
      t('expert {0}', expert.expert), ...(expert.identity ? identity : expert.dead ? [t('dead')] : known ? [t('{0} times the fair share', say.fixed(expert.load, 1))] : [t('no data')]), ...badges,
      ...(expert.pinned ? [t('pinned')] : []),
    ].join(', '),
    icon: expert.stopped ? 'debug-stackframe' : expert.masked ? 'eye-closed' : expert.dead ? 'circle-slash' : trouble ? 'warning' : expert.hot ? 'flame' : expert.pinned ? 'pinned' : 'circle-outline',
    colour: trouble ? 'charts.red' : expert.hot ? 'charts.yellow' : expert.pinned ? 'charts.blue' : undefined,
    flags: ['expert', expert.kind, expert.masked ? 'masked' : 'free', expert.pinned ? 'pinned' : 'loose', ...(expert.dead ? ['dead'] : []), ...(expert.hot ? ['hot'] : []), ...(expert.cold ? ['cold'] : []), ...(expert.stopped ? ['stopped'] : [])],
    trouble: (expert.dead ? 1000 : 0) + expert.anomalies.length * 100 + (expert.hot ? 10 + expert.load : 0) + (expert.cold ? 1 : 0),
  }
}

/** What an expert is for: of which domains its tokens are, and which tokens it is chosen for more than chance; what is not known is left out. */
export function purpose({ domains, topTokens }: Dossier, say: Say): readonly string[] {
  const labelled = domains.filter(({ label }) => label !== '')
  const total = labelled.reduce((sum, { count }) => sum + count, 0)
  const shares = [...labelled].sort((a, b) => b.count - a.count).slice(0, 3).map(({ label, count }) => `${label} ${say.percent(count / total)}`)
  return [
    ...(total === 0 ? [] : [say.t('Of its tokens: {0}', shares.join(' · '))]),
    ...(topTokens.length === 0 ? [] : [say.t('Chosen more than chance for: {0}', topTokens.slice(0, 5).map(({ text }) => shown(text)).join(' '))]),
  ]
}

/** Six cells: three are the fair share. */
export function bar(load: number): string {
  const filled = Math.min(6, Math.round(load * 3))
  return '▮'.repeat(filled) + '▯'.repeat(6 - filled)
}

/** Load of each expert that has one against the fair share; empty where nothing was counted. */
function ratiosOf(known: Known, router: RouterDescription): number[] {
  const assignments = known.loads?.routers[router.index]?.assignments ?? 0
  const counts = assignments > 0 ? countsOf(known)[router.index] ?? [] : []
  const real = realExperts(router)
  return Array.from(counts.slice(0, real), (count) => count * real / assignments)
}

/** By index, the largest load first, or the worst first; equals stay in the order of their indices. */
export function ordered<R extends { readonly load: number, readonly trouble: number }>(rows: readonly R[], order: Order): readonly R[] {
  if (order === 'index') return rows
  const value = (row: R) => order === 'anomaly' ? row.trouble : Number.isNaN(row.load) ? -1 : row.load
  return [...rows].sort((a, b) => value(b) - value(a))
}

/** Each word of the filter is in the row's text or is one of its flags; `e17` is that expert alone, and `l3` that layer. */
export function matches(row: ExpertRow, layer: number, filter: string): boolean {
  const text = row.description.toLowerCase()
  return filter.toLowerCase().split(/[\s·]+/).filter((word) => word !== '').every((word) => {
    const index = /^([el])(\d+)$/.exec(word)
    if (index !== null) return Number(index[2]) === (index[1] === 'e' ? row.expert : layer)
    return row.flags.includes(word) || text.includes(word)
  })
}
