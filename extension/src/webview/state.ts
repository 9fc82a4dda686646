// What the page remembers over a reload, and what a link can say.
import { boolean, integer, list, maybe, number, object, one, record, text, type Of } from './validate.ts'
import { focus, TABS } from './messages.ts'
import type { Focus } from '../charts/chart.ts'

export const state = object({
  tab: one(...TABS),
  session: maybe(text),
  /** The session's recording: where the session is gone after a reload, its recording can be opened instead. */
  recording: maybe(text),
  other: maybe(text),
  from: maybe(integer),
  to: maybe(integer),
  focus,
  table: boolean,
  /** Pinned experts, by router. */
  pins: record(list(integer)),
  flow: one('layers', 'tokens'),
  threshold: number,
  /** The second layer of Flow and Together; absent: the next, and the same. */
  second: maybe(integer),
  /** Page of Tokens: from a place on, or what came before one; absent: from the first step. */
  page: maybe(object({ way: one('from', 'before'), step: integer, pass: integer, row: integer })),
})

export type State = Of<typeof state>
export type TabName = State['tab']

export const fresh = (): State => ({
  tab: 'load', session: undefined, recording: undefined, other: undefined, from: undefined, to: undefined, focus: noFocus(), table: false, pins: {}, flow: 'layers', threshold: 0.01, second: undefined, page: undefined,
})

type Whole = State['focus']
export const noFocus = (): Whole => ({ step: undefined, pass: undefined, router: undefined, row: undefined, expert: undefined })

/** `more` on top of `focus`: another step or router drops what was below it. */
export function narrowed(focus: Whole, more: Focus): Whole {
  const kept = { ...focus }
  if (more.step !== undefined && more.step !== focus.step) Object.assign(kept, { pass: undefined, row: undefined })
  if (more.router !== undefined && more.router !== focus.router) kept.expert = undefined
  for (const key of ['step', 'pass', 'router', 'row', 'expert'] as const) if (more[key] !== undefined) kept[key] = more[key]
  return kept
}
