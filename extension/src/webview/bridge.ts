// The page's end of the line to the extension: questions with answers, one at a time each, and cancelling.
import { parse } from '../daemon/shape.ts'
import { toPage, type Asked, type FromPage, type ToPage } from './messages.ts'
import { checked } from './tabs.ts'

export interface VsCode {
  postMessage(message: FromPage): void
  getState(): unknown
  setState(state: unknown): void
}

/** The daemon's or the extension's reason why there is no answer, for a person. */
export class Refused extends Error {
  readonly whatToDo: string | undefined

  constructor(facts: string, whatToDo: string | undefined) {
    super(facts)
    this.whatToDo = whatToDo
  }
}

export class Bridge {
  readonly #waiting = new Map<number, { method: Asked; resolve(result: unknown): void; reject(reason: Error): void }>()
  #last = 0
  readonly #vscode: VsCode

  constructor(vscode: VsCode, heard: (message: Exclude<ToPage, { type: 'answer' | 'refused' }>) => void) {
    this.#vscode = vscode
    addEventListener('message', (event: MessageEvent<unknown>) => {
      const message = parse(toPage, event.data, 'message')
      if (message.type !== 'answer' && message.type !== 'refused') return heard(message)
      const asked = this.#waiting.get(message.id)
      if (!asked) return // cancelled meanwhile
      this.#waiting.delete(message.id)
      if (message.type === 'refused') return asked.reject(new Refused(message.facts, message.whatToDo))
      try {
        asked.resolve(checked(asked.method, message.result))
      } catch (error) {
        asked.reject(error as Error)
      }
    })
  }

  post(message: FromPage) {
    this.#vscode.postMessage(message)
  }

  ask(method: Asked, params: Record<string, unknown>, signal: AbortSignal): Promise<unknown> {
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { method, resolve, reject })
      signal.addEventListener('abort', () => {
        if (!this.#waiting.delete(id)) return
        this.post({ type: 'cancel', id })
        reject(new DOMException('', 'AbortError'))
      })
      this.post({ type: 'ask', id, method, params })
    })
  }
}
