// What the charts page and the extension say to each other. Both check what they get; both are in this file, so they cannot drift apart.
import { METHODS, session } from '../charts/results.ts'
import { anything, boolean, integer, list, maybe, object, one, record, text, variant, type Of } from './validate.ts'

export const TABS = ['load', 'timeline', 'tokens', 'flow', 'together', 'logits', 'expert', 'compare'] as const

export const focus = object({ step: maybe(integer), pass: maybe(integer), router: maybe(integer), row: maybe(integer), expert: maybe(integer) })

/** A place that a link or a command opens. `recording` opens where the session is gone. */
export const link = object({ tab: maybe(one(...TABS)), session: maybe(text), recording: maybe(text), other: maybe(text), from: maybe(integer), to: maybe(integer), focus: maybe(focus) })
export type Link = Of<typeof link>

/** From the page. */
export const fromPage = variant({
  ready: object({}),
  ask: object({ id: integer, method: one(...(Object.keys(METHODS) as (keyof typeof METHODS)[])), params: record(anything) }),
  cancel: object({ id: integer }),
  focus: object({ session: text, focus, go: boolean }),
  save: object({ name: text, format: one('csv', 'png', 'svg'), data: text }),
  copyLink: object({ link }),
  open: object({ what: one('sample', 'recording', 'run', 'path', 'daemon'), path: maybe(text) }),
})
export type FromPage = Of<typeof fromPage>

/** To the page. */
export const toPage = variant({
  start: object({ locale: text, bundle: record(text), link: maybe(link) }),
  sessions: object({ sessions: list(session), problem: maybe(text) }),
  answer: object({ id: integer, result: anything }),
  refused: object({ id: integer, facts: text, whatToDo: maybe(text) }),
  focus: object({ session: text, focus }),
  show: object({ link }),
})
export type ToPage = Of<typeof toPage>
