// Results of the daemon that charts draw, as docs/rpc.md describes them, checked where they enter the page.
import { boolean, integer, list, maybe, number, object, one, tensor, text, type Of } from '../webview/validate.ts'

const range = object({ from: integer, to: integer })

export const session = object({
  id: text,
  kind: text,
  source: text,
  name: text,
  state: text,
  step: maybe(integer),
  recording: maybe(text),
  revision: integer,
  stop: maybe(object({ step: integer, pass: integer, router: integer, row: integer })),
})

export const model = object({ routers: list(object({ index: integer, name: text, layer: integer, experts: integer, k: integer })) })

export const loads = object({
  from: maybe(integer),
  to: maybe(integer),
  tokens: tensor(1),
  counts: tensor(1),
  routers: list(object({ router: integer, cv: maybe(number), dead: list(integer) })),
  missing: list(object({ firstStep: integer, lastStep: integer, rows: integer, reason: text })),
})

export const timeline = object({
  range,
  stepsPerPixel: number,
  series: list(object({ router: integer, metric: text, min: tensor(1), max: tensor(1) })),
  marks: list(object({ step: integer, kind: one('stop', 'anomaly'), text, router: maybe(integer) })),
})

export const tokens = object({
  step: tensor(1),
  pass: tensor(1),
  row: tensor(1),
  sequence: tensor(1),
  position: tensor(1),
  text: list(maybe(text)),
  experts: tensor(2),
  weights: tensor(2),
  margin: tensor(1),
  entropy: tensor(1),
  label: list(maybe(text)),
  changed: tensor(1),
  hasEarlier: boolean,
  hasLater: boolean,
})

export const flow = object({
  range,
  tokens: integer,
  nodes: list(object({ id: text, router: maybe(integer), expert: maybe(integer), token: maybe(text), count: integer })),
  links: list(object({ source: text, target: text, count: integer })),
  others: integer,
})

export const together = object({ range, tokens: integer, counts: tensor(2), lift: tensor(2), orderA: list(integer), orderB: list(integer) })

export const logits = object({
  range,
  edges: tensor(1),
  stepsPerPixel: number,
  routers: list(object({ router: integer, column: text, derived: boolean, chosen: tensor(1), notChosen: tensor(1), zMin: tensor(1), zMax: tensor(1) })),
})

const partner = object({ router: integer, expert: integer, count: integer, share: number, lift: number })

export const expert = object({
  range,
  router: integer,
  expert: integer,
  tokens: integer,
  count: integer,
  utilization: number,
  share: number,
  interval: list(number),
  minimumCount: integer,
  topTokens: list(object({ text, count: integer, occurrences: integer, pmi: number })),
  domains: list(object({ label: text, count: integer, tokens: integer, share: number, interval: list(number) })),
  partners: list(partner),
  next: list(partner),
  similar: maybe(list(object({ expert: integer, cosine: number }))),
  timeline: object({ min: tensor(1), max: tensor(1), stepsPerPixel: number }),
  examples: list(object({ step: integer, pass: integer, row: integer, before: text, token: text, after: text, weight: number })),
})

export const compare = object({
  tokens: integer,
  differing: number,
  first: maybe(object({ step: integer, pass: integer, row: integer, router: integer, token: text, margin: maybe(number) })),
  routers: list(object({ router: integer, agreement: number, jaccard: number, differing: number, countsA: tensor(1), countsB: tensor(1) })),
})

export type Session = Of<typeof session>
export type Model = Of<typeof model>
export type Loads = Of<typeof loads>
export type Timeline = Of<typeof timeline>
export type TokenRows = Of<typeof tokens>
export type Flow = Of<typeof flow>
export type Together = Of<typeof together>
export type Logits = Of<typeof logits>
export type Dossier = Of<typeof expert>
export type Comparison = Of<typeof compare>

/** Methods that the page may ask for, and what each answers. Everything else is refused by the extension. */
export const METHODS = {
  'session/model': model,
  'session/loads': loads,
  'session/timeline': timeline,
  'session/tokens': tokens,
  'session/flow': flow,
  'session/together': together,
  'session/logits': logits,
  'session/expert': expert,
  'session/compare': compare,
} as const

export type Method = keyof typeof METHODS
export type Result<M extends Method> = Of<(typeof METHODS)[M]>
