// What the page remembers over a reload, and what a link can say.
import { flag, number, object, optional, text, whole, word, type Infer } from '../daemon/shape.ts'
import { focus, TABS } from './messages.ts'
import type { Focus } from '../charts/chart.ts'

export const state = object({
  tab: word(...TABS),
  session: optional(text),
  /** The session's recording: where the session is gone after a reload, its recording can be opened instead. */
  recording: optional(text),
  other: optional(text),
  from: optional(whole),
  to: optional(whole),
  focus,
  /** The stop that moved the focus last: a page that was hidden meanwhile knows a new one by it. */
  stop: optional(text),
  table: flag,
  flow: word('layers', 'tokens'),
  threshold: number,
  /** The second layer of Flow and Together; absent: the next, and the same. */
  second: optional(whole),
  /** Page of Tokens: from a place on, or what came before one; absent: from the first step. */
  page: optional(object({ way: word('from', 'before'), step: whole, pass: whole, row: whole })),
})

export type State = Infer<typeof state>
export type TabName = State['tab']

export const fresh = (): State => ({
  tab: 'load', session: undefined, recording: undefined, other: undefined, from: undefined, to: undefined, focus: noFocus(), stop: undefined, table: false, flow: 'layers', threshold: 0.005, second: undefined, page: undefined,
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
