import * as vscode from 'vscode'
import { CallError, Client, type TraceLevel } from './client.ts'
import { protocol, type Requests, type SessionInfo } from './contract.ts'
import { Failure } from './failure.ts'
import { find, type Place } from './find.ts'
import { probe } from './probe.ts'
import { DaemonProcess } from './process.ts'

export interface Running {
  readonly place: Place
  readonly version: string
  readonly process: DaemonProcess
  readonly client: Client
}

export type Health =
  | { readonly state: 'unused' }
  | { readonly state: 'starting' }
  | { readonly state: 'running', readonly running: Running }
  /** It runs and does not answer. */
  | { readonly state: 'hung', readonly running: Running }
  | { readonly state: 'failed', readonly error: unknown }

/** Milliseconds between two questions whether it still answers, and until an answer is late. */
const heartbeat = 10_000
/** A daemon that crashes oftener than this is not started again by itself. */
const crashes = { most: 3, within: 180_000 }

/**
 * The daemon of this window: found, started when something first needs it, started again when it crashes, ended with the window. What it knows (its sessions) stays with it;
 * views ask with `call` and listen to `onSessions`.
 */
export class Daemon implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext
  readonly #log: vscode.LogOutputChannel
  readonly #health = new vscode.EventEmitter<Health>()
  readonly #sessions = new vscode.EventEmitter<readonly SessionInfo[]>()
  readonly #crash = new vscode.EventEmitter<{ readonly how: string, readonly restarted: boolean }>()
  readonly #settings: vscode.Disposable
  #state: Health = { state: 'unused' }
  #starting: Promise<Running> | undefined
  #crashed: number[] = []
  #disposed = false

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.#context = context
    this.#log = log
    this.#settings = vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('moe.trace')) this.#trace()
      if (change.affectsConfiguration('moe.daemon.path') && this.#state.state !== 'unused') void this.restart().catch(() => { /* health says it */ })
    })
  }

  readonly onHealth = this.#health.event
  /** All sessions, whenever one of them has changed; also after a new daemon has begun, with none. */
  readonly onSessions = this.#sessions.event
  readonly onCrash = this.#crash.event

  get health(): Health {
    return this.#state
  }

  /**
   * The daemon, started if need be. After a failure it is tried again only by `restart`: views that ask again and again would start a broken program again and again.
   * @throws Failure, CallError
   */
  running(): Promise<Running> {
    if (this.#starting === undefined) {
      const starting: Promise<Running> = this.#start().catch((error: unknown) => {
        if (this.#starting === starting) this.#turn({ state: 'failed', error })
        throw error
      })
      this.#starting = starting
    }
    return this.#starting
  }

  async call<M extends keyof Requests>(method: M, params: Requests[M]['params'], token?: vscode.CancellationToken): Promise<Requests[M]['result']> {
    return (await this.running()).client.call(method, params, token)
  }

  /** Ends the daemon, if there is one, and starts it. @throws as running */
  async restart(): Promise<Running> {
    this.#crashed = []
    await this.#stop()
    return this.running()
  }

  /** Ends the daemon and waits for that. */
  async close(): Promise<void> {
    this.#disposed = true
    await this.#stop()
  }

  dispose(): void {
    void this.close()
    this.#settings.dispose()
    this.#health.dispose()
    this.#sessions.dispose()
    this.#crash.dispose()
  }

  async #start(): Promise<Running> {
    this.#turn({ state: 'starting' })
    const wanted = this.#context.extension.packageJSON.version as string
    const place = find(vscode.workspace.getConfiguration('moe').get('daemon.path', ''), this.#context.extensionPath, process.env['PATH'])
    const version = await probe(place.path, wanted)
    this.#log.info(`daemon ${version}: ${place.path} (${place.origin})`)
    const process_ = await DaemonProcess.start(place.path, (line) => this.#log.warn(`daemon: ${line}`))
    try {
      const client = await Client.connect(process_.endpoint)
      const hello = client.call('initialize', { client: 'vscode', version: wanted, protocol, locale: vscode.env.language })
      await inTime(hello, heartbeat, () => new Failure('silent', place.path))
      const running = { place, version, process: process_, client }
      this.#watch(running)
      return running
    } catch (error) {
      process_.kill()
      if (error instanceof Failure || error instanceof CallError) throw error
      throw new Failure('wrongVersion', place.path, error instanceof Error ? error.message : String(error))
    }
  }

  /** Follows a daemon until it ends. */
  #watch(running: Running): void {
    const { client, process } = running
    this.#log.info(`daemon listens: process ${process.pid}, ${process.endpoint}`)
    this.#turn({ state: 'running', running })
    this.#trace()
    client.on('sessions/changed', ({ sessions }) => this.#sessions.fire(sessions))
    const beat = setInterval(() => void this.#beat(running), heartbeat)
    void process.ended.then((how) => {
      clearInterval(beat)
      client.dispose()
      if (this.#isCurrent(running)) this.#ended(how)
    })
    this.#sessions.fire([])
  }

  async #beat(running: Running): Promise<void> {
    const answer = running.client.call('sessions/list', {})
    try {
      await inTime(answer, heartbeat, () => new Failure('silent', running.place.path))
      if (this.#isCurrent(running) && this.#state.state === 'hung') this.#turn({ state: 'running', running })
    } catch {
      if (this.#isCurrent(running) && this.#state.state === 'running') this.#turn({ state: 'hung', running })
    }
  }

  #isCurrent(running: Running): boolean {
    return (this.#state.state === 'running' || this.#state.state === 'hung') && this.#state.running === running
  }

  #ended(how: string): void {
    this.#log.error(`the daemon ended: ${how}`)
    this.#starting = undefined
    const now = Date.now()
    this.#crashed = [...this.#crashed.filter((at) => now - at < crashes.within), now]
    const restarted = this.#crashed.length < crashes.most
    this.#sessions.fire([])
    this.#crash.fire({ how, restarted })
    if (restarted) this.running().catch(() => { /* health says it */ })
    else this.#turn({ state: 'failed', error: new Failure('ended', '', how) })
  }

  async #stop(): Promise<void> {
    const starting = this.#starting
    this.#starting = undefined
    const running = await starting?.catch(() => undefined)
    this.#turn({ state: 'unused' })
    await running?.process.stop()
  }

  #trace(): void {
    if (this.#state.state !== 'running') return
    this.#state.running.client.trace(vscode.workspace.getConfiguration('moe').get<TraceLevel>('trace', 'off'), (line) => this.#log.info(line))
  }

  #turn(health: Health): void {
    this.#state = health
    if (!this.#disposed) this.#health.fire(health)
  }
}

async function inTime<T>(answer: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([answer, new Promise<never>((_, reject) => { timer = setTimeout(() => reject(late()), milliseconds) })])
  } finally {
    clearTimeout(timer)
  }
}
