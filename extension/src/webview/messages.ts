// What the charts page and the extension say to each other. Both check what they get; both are in this file, so they cannot drift apart.
import { sessionInfo } from '../daemon/contract.ts'
import { flag, list, object, optional, record, text, unchecked, variant, whole, word, type Infer } from '../daemon/shape.ts'

export const TABS = ['load', 'timeline', 'tokens', 'flow', 'together', 'logits', 'expert', 'compare'] as const

export const focus = object({ step: optional(whole), pass: optional(whole), router: optional(whole), row: optional(whole), expert: optional(whole) })

/** Methods of the daemon that the page may ask for; the extension refuses all others. */
export const ASKED = [
  'session/model', 'session/loads', 'session/timeline', 'session/tokens', 'session/flow', 'session/together', 'session/logits', 'session/expert', 'session/compare',
] as const
export type Asked = (typeof ASKED)[number]

/** A place that a link or a command opens. `recording` opens where the session is gone. */
export const link = object({ tab: optional(word(...TABS)), session: optional(text), recording: optional(text), other: optional(text), from: optional(whole), to: optional(whole), focus: optional(focus) })
export type Link = Infer<typeof link>

/** An expert that a person keeps an eye on, by the router's name. */
const pin = object({ router: text, expert: whole })

/** From the page. */
export const fromPage = variant({
  ready: object({}),
  ask: object({ id: whole, method: word(...ASKED), params: record(unchecked) }),
  cancel: object({ id: whole }),
  focus: object({ session: text, focus, go: flag }),
  pin: object({ pin, pinned: flag }),
  save: object({ name: text, format: word('csv', 'png', 'svg'), data: text }),
  copyLink: object({ link }),
  open: object({ what: word('sample', 'recording', 'run', 'path', 'daemon'), path: optional(text) }),
})
export type FromPage = Infer<typeof fromPage>

/** To the page. */
export const toPage = variant({
  start: object({ locale: text, bundle: record(text), link: optional(link) }),
  sessions: object({ sessions: list(sessionInfo), problem: optional(text) }),
  answer: object({ id: whole, result: unchecked }),
  refused: object({ id: whole, facts: text, whatToDo: optional(text) }),
  focus: object({ session: text, focus }),
  pins: object({ pins: list(pin) }),
  show: object({ link }),
})
export type ToPage = Infer<typeof toPage>
