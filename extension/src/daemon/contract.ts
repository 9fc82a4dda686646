/** What the extension and the daemon say to one another: docs/rpc.md. Golden messages in tests/fixtures/rpc hold both sides to it. */
import { flag, list, nothing, number, object, optional, orNull, tensor, text, whole, word, type Infer, type Shape } from './shape.ts'

export const protocol = 1

/** Codes of errors. */
export const refused = -32000
export const notInitialized = -32002
export const cancelled = -32800

/** `data` of an error that a person can act on: its code is `refused`. Sentences are in the language of `initialize`. */
export const userErrorData = object({ id: text, facts: text, whatToDo: text })
export type UserErrorData = Infer<typeof userErrorData>

// --- sessions ---------------------------------------------------------------------------------------------------------

/** Counts as the session does: step from 1, the rest from 0. */
export const stopInfo = object({
  step: whole, pass: whole, router: whole, routerName: text, row: whole, position: optional(whole),
  reason: word('entry', 'breakpoint', 'anomaly', 'step', 'pause', 'end'), isPast: flag, experts: list(whole), text: optional(text), why: optional(text),
})
export type StopInfo = Infer<typeof stopInfo>

export const sessionInfo = object({
  id: text, kind: word('checkpoint', 'replay', 'recording', 'training'), source: text, name: text, state: word('idle', 'running', 'stopped'), step: whole, decisions: whole,
  interventions: whole, revision: whole, tokensPerSecond: optional(number), recording: optional(text), listing: optional(text), stop: optional(stopInfo),
})
export type SessionInfo = Infer<typeof sessionInfo>

export const interventionInfo = object({ id: whole, text, once: flag, masks: list(object({ router: whole, experts: list(whole) })) })
export type InterventionInfo = Infer<typeof interventionInfo>

export const routerDescription = object({
  index: whole, name: text, aliases: list(text), stack: text, layer: whole, ordinal: whole, experts: whole, k: whole, rule: text, line: optional(whole), capacity: optional(whole), identityExperts: optional(whole), byToken: optional(flag),
})
export type RouterDescription = Infer<typeof routerDescription>

export const model = object({ routers: list(routerDescription), listing: optional(text) })
export type Model = Infer<typeof model>

export const sourceLine = object({ session: text, line: whole, routers: list(whole), names: list(text) })
export type SourceLine = Infer<typeof sourceLine>

export const processInfo = object({ pid: whole, command: text, folder: text, rank: whole, ranks: whole, debugger: optional(text) })
export type ProcessInfo = Infer<typeof processInfo>

export const recordingFile = object({
  path: text, bytes: whole, closed: flag, created: optional(text), kind: optional(word('checkpoint', 'training', 'import', 'branch')), source: optional(text), model: optional(text),
  steps: optional(whole), decisions: optional(whole), problem: optional(text),
})
export type RecordingFile = Infer<typeof recordingFile>

// --- views: what is undefined or unknown is absent, in tensors NaN ------------------------------------------------------

/** Steps, both ends included; what is absent is all that is recorded. */
const range = object({ from: optional(whole), to: optional(whole) })
export type StepRange = Infer<typeof range>

const place = object({ step: whole, pass: optional(whole), rank: optional(whole), row: optional(whole) })

export const routerLoads = object({
  router: whole, assignments: whole, identityAssignments: optional(whole), cv: optional(number), maxVio: optional(number), loadEntropy: optional(number), effectiveExperts: optional(number),
  dropRate: optional(number), entropy: optional(number), zeroExperts: whole, dead: list(whole), cold: list(whole), hot: list(whole),
})
export type RouterLoads = Infer<typeof routerLoads>

export const loss = object({ firstStep: whole, lastStep: whole, rows: whole, reason: word('size', 'age', 'queue', 'duplicate', 'cached', 'redacted') })

export const loads = object({
  from: optional(whole), to: optional(whole), entropyTo: optional(whole), tokens: tensor('i64'), counts: tensor('i64'), routers: list(routerLoads), missing: list(loss), paddingUnknown: flag,
})
export type Loads = Infer<typeof loads>

export const tokenPage = object({
  step: tensor('i64'), pass: tensor('i32'), rank: tensor('i32'), row: tensor('i32'), sequence: tensor('i32'), position: tensor('i32'), tokenId: tensor('i32'),
  text: list(orNull(text)), label: list(orNull(text)), experts: tensor('i32', 2), weights: tensor('f32', 2), margin: tensor('f32'), entropy: tensor('f32'),
  changed: tensor('u8'), hasEarlier: flag, hasLater: flag,
})
export type TokenPage = Infer<typeof tokenPage>

export const expertShown = object({
  expert: whole, weight: optional(number), score: optional(number), selectionScore: optional(number), logit: optional(number), load: optional(number),
})
export type ExpertShown = Infer<typeof expertShown>

export const decision = object({
  at: object({ step: whole, pass: whole, rank: whole, row: whole }), router: whole, phase: word('prefill', 'decode', 'train', 'eval', 'recompute'), sequence: whole, position: optional(whole),
  tokenId: optional(whole), text: optional(text), label: optional(text), isPresent: flag, experts: list(expertShown), runnerUp: optional(expertShown), margin: optional(number),
  dropped: list(whole), entropy: optional(number), before: optional(list(expertShown)), interventions: list(text), logits: optional(tensor('f32')), scores: optional(tensor('f32')),
  selectionScores: optional(tensor('f32')), scoresAreDerived: flag,
})
export type Decision = Infer<typeof decision>

export const anomalyNote = object({
  id: text, severity: word('info', 'warning', 'error'), router: whole, step: whole, row: optional(whole), experts: list(whole), times: whole, facts: text, meaning: text, advice: text,
})
export type AnomalyNote = Infer<typeof anomalyNote>

export const anomalies = object({ anomalies: list(anomalyNote), to: optional(whole) })
export type Anomalies = Infer<typeof anomalies>

/** Steps that were looked at; absent = none is recorded in the range that was asked for. */
const seen = { range: optional(object({ from: whole, to: whole })) }

export const timeline = object({
  ...seen, stepsPerPixel: whole,
  series: list(object({ router: whole, metric: word('cv', 'entropy', 'margin', 'drops', 'zLoss'), min: tensor('f32'), max: tensor('f32') })),
  marks: list(object({ step: whole, kind: word('stop', 'anomaly'), text, router: whole, times: whole })),
})
export type Timeline = Infer<typeof timeline>

export const together = object({ ...seen, tokens: whole, counts: tensor('i64', 2), lift: tensor('f32', 2), orderA: list(whole), orderB: list(whole) })
export type Together = Infer<typeof together>

export const logits = object({
  ...seen, edges: tensor('f64'), stepsPerPixel: whole,
  routers: list(object({
    router: whole, column: word('router_logits', 'router_scores'), derived: flag, chosen: tensor('i64'), notChosen: tensor('i64'), notFinite: whole, zMin: tensor('f32'), zMax: tensor('f32'),
  })),
})
export type Logits = Infer<typeof logits>

const partner = object({ router: whole, expert: whole, count: whole, share: number, lift: number })

export const dossier = object({
  ...seen, router: whole, expert: whole, tokens: whole, count: whole, utilization: optional(number), share: optional(number), interval: list(number), minimumCount: whole,
  topTokens: list(object({ tokenId: whole, text, count: whole, occurrences: whole, pmi: number })),
  domains: list(object({ label: text, count: whole, tokens: whole, share: number, interval: list(number) })),
  partners: list(partner), next: list(partner), similar: optional(list(object({ expert: whole, cosine: number }))),
  timeline: object({ stepsPerPixel: whole, min: tensor('f32'), max: tensor('f32') }),
  examples: list(object({ step: whole, pass: whole, rank: whole, row: whole, before: text, token: text, after: text, weight: optional(number) })),
})
export type Dossier = Infer<typeof dossier>

export const flow = object({
  ...seen, tokens: whole, nodes: list(object({ id: text, router: optional(whole), expert: optional(whole), token: optional(text), count: whole })),
  links: list(object({ source: text, target: text, count: whole })), others: whole,
})
export type Flow = Infer<typeof flow>

export const comparison = object({
  tokens: whole, differing: number,
  first: optional(object({
    step: whole, pass: whole, rank: whole, row: whole, router: whole, token: text, expertsA: list(whole), expertsB: list(whole), margin: optional(number),
  })),
  routers: list(object({
    router: whole, agreement: optional(number), jaccard: optional(number), differing: optional(number), countsA: tensor('i64'), countsB: tensor('i64'),
  })),
  notCompared: list(text), onlyInA: whole, onlyInB: whole, afterDivergence: whole,
})
export type Comparison = Infer<typeof comparison>

// --- methods ------------------------------------------------------------------------------------------------------------

const method = <P, R>(params: Shape<P>, result: Shape<R>) => ({ params, result })
const none = object({})
const ofSession = { session: text }
/** Of calls that may take long: `$/progress` then tells how much is done. */
const long = { progressToken: optional(text) }

export const methods = {
  'initialize': method(object({ client: text, version: text, protocol: whole, locale: optional(text) }), object({ version: text, protocol: whole, pid: whole })),
  'shutdown': method(none, nothing),
  'sessions/list': method(none, list(sessionInfo)),
  'session/interventions': method(object({ ...ofSession }), list(interventionInfo)),
  'session/intervene': method(object({ ...ofSession, changes: text, once: optional(flag) }), interventionInfo),
  'session/undo': method(object({ ...ofSession, intervention: whole }), nothing),
  'session/goto': method(object({ ...ofSession, step: whole, pass: optional(whole), router: whole, row: optional(whole) }), nothing),
  'session/branch': method(object({ ...ofSession }), nothing),
  'session/model': method(object({ ...ofSession }), model),
  'source/routers': method(object({ path: text }), list(sourceLine)),
  'processes/list': method(none, list(processInfo)),
  'recordings/open': method(object({ path: text }), sessionInfo),
  'recordings/close': method(object({ ...ofSession }), nothing),
  'recordings/list': method(object({ folders: list(text) }), list(recordingFile)),
  'recordings/delete': method(object({ path: text }), nothing),
  'session/loads': method(object({ ...ofSession, ...long, range: optional(range) }), loads),
  'session/tokens': method(object({ ...ofSession, router: whole, from: optional(place), before: optional(place), count: optional(whole) }), tokenPage),
  'session/decision': method(object({ ...ofSession, step: whole, pass: optional(whole), rank: optional(whole), router: whole, row: optional(whole) }), decision),
  'session/anomalies': method(object({ ...ofSession, range: optional(range) }), anomalies),
  'session/timeline': method(object({ ...ofSession, ...long, metrics: optional(list(text)), routers: optional(list(whole)), range: optional(range), pixels: optional(whole) }), timeline),
  'session/together': method(object({ ...ofSession, ...long, routers: list(whole), range: optional(range) }), together),
  'session/logits': method(object({ ...ofSession, ...long, routers: optional(list(whole)), range: optional(range), bins: optional(whole), pixels: optional(whole) }), logits),
  'session/expert': method(object({ ...ofSession, ...long, router: whole, expert: whole, range: optional(range), pixels: optional(whole) }), dossier),
  'session/flow': method(
    object({ ...ofSession, ...long, routers: optional(list(whole)), router: optional(whole), range: optional(range), threshold: optional(number) }), flow),
  'session/compare': method(object({ ...long, a: text, b: text }), comparison),
} as const

export const notifications = {
  'sessions/changed': object({ sessions: list(sessionInfo) }),
  '$/progress': object({ token: text, value: object({ percentage: optional(whole) }) }),
} as const

export type Requests = { readonly [M in keyof typeof methods]: { readonly params: Infer<(typeof methods)[M]['params']>, readonly result: Infer<(typeof methods)[M]['result']> } }
export type Notifications = { readonly [N in keyof typeof notifications]: Infer<(typeof notifications)[N]> }
