// Results that charts draw, checked where they enter the page.
import { methods } from '../daemon/contract.ts'
import { flag, list, number, object, optional, tensor, text, whole, word, type Infer } from '../daemon/shape.ts'

const range = object({ from: whole, to: whole })

export const timeline = object({
  range,
  stepsPerPixel: number,
  series: list(object({ router: whole, metric: text, min: tensor('f32'), max: tensor('f32') })),
  marks: list(object({ step: whole, kind: word('stop', 'anomaly'), text, router: optional(whole) })),
})

export const flow = object({
  range,
  tokens: whole,
  nodes: list(object({ id: text, router: optional(whole), expert: optional(whole), token: optional(text), count: whole })),
  links: list(object({ source: text, target: text, count: whole })),
  others: whole,
})

export const together = object({ range, tokens: whole, counts: tensor('i64', 2), lift: tensor('f32', 2), orderA: list(whole), orderB: list(whole) })

export const logits = object({
  range,
  edges: tensor('f64'),
  stepsPerPixel: number,
  routers: list(object({ router: whole, column: text, derived: flag, chosen: tensor('i64'), notChosen: tensor('i64'), zMin: tensor('f32'), zMax: tensor('f32') })),
})

const partner = object({ router: whole, expert: whole, count: whole, share: number, lift: number })

export const expert = object({
  range,
  router: whole,
  expert: whole,
  tokens: whole,
  count: whole,
  utilization: number,
  share: number,
  interval: list(number),
  minimumCount: whole,
  topTokens: list(object({ text, count: whole, occurrences: whole, pmi: number })),
  domains: list(object({ label: text, count: whole, tokens: whole, share: number, interval: list(number) })),
  partners: list(partner),
  next: list(partner),
  similar: optional(list(object({ expert: whole, cosine: number }))),
  timeline: object({ min: tensor('f32'), max: tensor('f32'), stepsPerPixel: number }),
  examples: list(object({ step: whole, pass: whole, row: whole, before: text, token: text, after: text, weight: number })),
})

export const compare = object({
  tokens: whole,
  differing: number,
  first: optional(object({ step: whole, pass: whole, row: whole, router: whole, token: text, margin: optional(number) })),
  routers: list(object({ router: whole, agreement: number, jaccard: number, differing: number, countsA: tensor('i64'), countsB: tensor('i64') })),
})

export type Timeline = Infer<typeof timeline>
export type Flow = Infer<typeof flow>
export type Together = Infer<typeof together>
export type Logits = Infer<typeof logits>
export type Dossier = Infer<typeof expert>
export type Comparison = Infer<typeof compare>

/** Methods that the page may ask for, and what each answers. Everything else is refused by the extension. */
export const METHODS = {
  'session/model': methods['session/model'].result,
  'session/loads': methods['session/loads'].result,
  'session/timeline': timeline,
  'session/tokens': methods['session/tokens'].result,
  'session/flow': flow,
  'session/together': together,
  'session/logits': logits,
  'session/expert': expert,
  'session/compare': compare,
} as const

export type Method = keyof typeof METHODS
export type Result<M extends Method> = Infer<(typeof METHODS)[M]>
