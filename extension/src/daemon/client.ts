import { connect, type Socket } from 'node:net'
import {
  CancellationTokenSource, createMessageConnection, ResponseError, SocketMessageReader, SocketMessageWriter, Trace, type CancellationToken, type MessageConnection, type Tracer,
} from 'vscode-jsonrpc/node'
import { methods, notifications, refused, userErrorData, type Notifications, type Requests, type UserErrorData } from './contract.ts'
import { parse, type Shape } from './shape.ts'

export type TraceLevel = 'off' | 'messages' | 'verbose'

/** One JSON-RPC connection to a daemon. */
export class Client {
  readonly #connection: MessageConnection
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket))
    this.#connection.onError(() => { /* the connection closes next, and the daemon's end says why */ })
    this.#connection.listen()
  }

  static async connect(endpoint: string): Promise<Client> {
    const socket = connect(endpoint)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new Client(socket)
  }

  /** @throws CallError where the daemon refuses; ConnectionError where it goes away; ShapeError where it answers what docs/rpc.md does not say. */
  async call<M extends keyof Requests>(method: M, params: Requests[M]['params'], token?: CancellationToken): Promise<Requests[M]['result']> {
    try {
      const result = methods[method].result as Shape<Requests[M]['result']>
      return parse(result, await this.#connection.sendRequest(method, params, token ?? none), method)
    } catch (error) {
      if (error instanceof ResponseError && error.code === refused) throw new CallError(parse(userErrorData, error.data, method))
      throw error
    }
  }

  on<N extends keyof Notifications>(name: N, handle: (params: Notifications[N]) => void): void {
    const shape = notifications[name] as Shape<Notifications[N]>
    this.#connection.onNotification(name, (params: unknown) => handle(parse(shape, params, name)))
  }

  /** @param log Takes a line a message. */
  trace(level: TraceLevel, log: (line: string) => void): void {
    const tracer: Tracer = { log: (message: unknown, data?: unknown) => log(`rpc ${String(message)}${typeof data === 'string' ? ` ${data}` : ''}`) }
    void this.#connection.trace({ off: Trace.Off, messages: Trace.Messages, verbose: Trace.Verbose }[level], tracer, { sendNotification: false })
  }

  dispose(): void {
    this.#connection.dispose()
    this.#socket.destroy()
  }
}

const none = new CancellationTokenSource().token

/** A refusal that a person can act on. */
export class CallError extends Error {
  readonly data: UserErrorData

  constructor(data: UserErrorData) {
    super(`${data.facts} ${data.whatToDo}`)
    this.data = data
  }
}
