// The extension's end of the line to the charts page: checks what the page says, asks the daemon, decodes bulk numbers once, and cancels what nobody waits for.
import { CancellationTokenSource, type CancellationToken } from 'vscode-jsonrpc'
import { methods } from '../daemon/contract.ts'
import { parse, type Shape } from '../daemon/shape.ts'
import { fromPage, type Asked, type FromPage, type ToPage } from '../webview/messages.ts'

export interface ChartsPorts {
  call(method: Asked, params: Record<string, unknown>, token: CancellationToken): Promise<unknown>
  post(message: ToPage): void
  /** Everything that needs an editor. */
  act(message: Exclude<FromPage, { type: 'ask' | 'cancel' }>): void
  /** Facts and advice of an error, in the reader's language. */
  explain(error: unknown): { facts: string; whatToDo?: string | undefined }
  log(line: string): void
}

export class ChartsHost {
  readonly #ports: ChartsPorts
  readonly #asked = new Map<number, CancellationTokenSource>()

  constructor(ports: ChartsPorts) {
    this.#ports = ports
  }

  receive(given: unknown): void {
    let message: FromPage
    try {
      message = parse(fromPage, given, 'message')
    } catch (error) {
      return this.#ports.log(`charts: a message of the page was refused: ${(error as Error).message}`)
    }
    if (message.type === 'ask') void this.#ask(message)
    else if (message.type === 'cancel') this.#asked.get(message.id)?.cancel()
    else this.#ports.act(message)
  }

  /** Cancels all questions: the page is gone. */
  dispose(): void {
    for (const source of this.#asked.values()) source.cancel()
  }

  async #ask({ id, method, params }: Extract<FromPage, { type: 'ask' }>): Promise<void> {
    const source = new CancellationTokenSource()
    this.#asked.set(id, source)
    try {
      const result = parse(methods[method].result as Shape<unknown>, await this.#ports.call(method, params, source.token), method)
      if (!source.token.isCancellationRequested) this.#ports.post({ type: 'answer', id, result })
    } catch (error) {
      if (!source.token.isCancellationRequested) this.#ports.post({ type: 'refused', id, whatToDo: undefined, ...this.#ports.explain(error) })
    } finally {
      this.#asked.delete(id)
      source.dispose()
    }
  }
}
