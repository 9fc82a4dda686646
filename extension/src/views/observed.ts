import * as vscode from 'vscode'
import { CallError } from '../daemon/client.ts'
import type { Model, SessionInfo } from '../daemon/contract.ts'
import type { Daemon } from '../daemon/daemon.ts'
import type { Known } from './experts.ts'

interface Asked {
  readonly revision: number
  readonly known: Promise<Known>
}

/** Milliseconds until the daemon is asked for more of what it had no time for. */
const pause = 500

/**
 * What the trees and the editor's hints know of sessions. Nothing is asked before something that is seen wants it, and what was asked holds until the daemon says that the session
 * has another revision: however many ask, the daemon is asked once.
 */
export class Observed implements vscode.Disposable {
  readonly #daemon: Daemon
  /** With the listing that was the session's then: it is another when routers have come. */
  readonly #models = new Map<string, { readonly listing: string | undefined, readonly model: Promise<Model> }>()
  readonly #asked = new Map<string, Asked>()
  /** Up to which steps entropies and anomalies are known, where that is not all. */
  readonly #reached = new Map<string, number>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #changed = new vscode.EventEmitter<void>()
  readonly #listening: vscode.Disposable
  #sessions: readonly SessionInfo[] = []
  /** Files of the sessions that there were before the last change. */
  #recordings: readonly string[] = []

  constructor(daemon: Daemon) {
    this.#daemon = daemon
    this.#listening = vscode.Disposable.from(
      daemon.onSessions((sessions) => this.#set(sessions)),
      daemon.onCrash(({ restarted }) => restarted && this.#reopen()))
  }

  /** After sessions came, went or changed: at most ten times a second, as often as the daemon tells. */
  readonly onChange = this.#changed.event

  get sessions(): readonly SessionInfo[] {
    return this.#sessions
  }

  session(id: string): SessionInfo | undefined {
    return this.#sessions.find((session) => session.id === id)
  }

  /** The session that hints are of: the one that is debugged, or else one that stands, runs, or is open, in this order. */
  best(ids: readonly string[] = this.#sessions.map(({ id }) => id)): SessionInfo | undefined {
    const sessions = this.#sessions.filter(({ id }) => ids.includes(id))
    return sessions.find(({ id }) => id === vscode.debug.activeDebugSession?.id) ?? sessions.find(({ state }) => state === 'stopped') ?? sessions.find(({ state }) => state === 'running') ?? sessions.at(-1)
  }

  /** @throws CallError where there is no such session; Failure where there is no daemon. */
  async known(id: string): Promise<Known> {
    const info = this.session(id)
    const before = this.#asked.get(id)
    if (info !== undefined && before?.revision === info.revision) return { ...await before.known, info }
    const known = this.#ask(id)
    if (info !== undefined) this.#asked.set(id, { revision: info.revision, known })
    known.catch(() => this.#asked.delete(id))
    return known
  }

  async #ask(id: string): Promise<Known> {
    const model = this.#model(id)
    const info = this.session(id)
    const recorded = info?.recording !== undefined
    const debugged = info?.kind === 'checkpoint' || info?.kind === 'replay'
    const [{ routers, listing }, loads, anomalies, interventions] = await Promise.all([
      model,
      recorded ? this.#daemon.call('session/loads', { session: id }).catch(noData) : undefined,
      recorded ? this.#daemon.call('session/anomalies', { session: id }).catch(noData) : undefined,
      debugged ? this.#daemon.call('session/interventions', { session: id }) : [],
    ])
    const now = this.session(id)
    if (now === undefined) throw new Error(`the session ${id} has ended`)
    this.#goOn(id, (loads?.entropyTo ?? 0) + (anomalies?.to ?? 0), 2 * (loads?.to ?? 0))
    return { info: now, listing, routers, loads, anomalies: anomalies?.anomalies ?? [], interventions }
  }

  /** Of a long recording a call reads entropies and anomalies as far as it has time: the next goes on from there. */
  #goOn(id: string, reached: number, all: number): void {
    const before = this.#reached.get(id) ?? -1
    if (reached >= all || reached <= before) return void this.#reached.delete(id)
    this.#reached.set(id, reached)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#asked.delete(id)
      this.#changed.fire()
    }, pause)
    this.#timers.add(timer)
  }

  #model(id: string): Promise<Model> {
    const listing = this.session(id)?.listing
    const before = this.#models.get(id)
    if (before !== undefined && before.listing === listing) return before.model
    const model = this.#daemon.call('session/model', { session: id })
    this.#models.set(id, { listing, model })
    model.catch(() => this.#models.delete(id))
    return model
  }

  dispose(): void {
    this.#listening.dispose()
    for (const timer of this.#timers) clearTimeout(timer)
    this.#changed.dispose()
  }

  /** What a crash has ended is lost but for its recordings, which survive it: views go on with them. */
  #reopen(): void {
    for (const path of this.#recordings) this.#daemon.call('recordings/open', { path }).catch(() => { /* the file went with its session, and there is nothing to show */ })
  }

  #set(sessions: readonly SessionInfo[]): void {
    this.#recordings = this.#sessions.flatMap(({ recording }) => recording ?? [])
    this.#sessions = sessions
    for (const map of [this.#models, this.#asked, this.#reached]) for (const id of map.keys()) if (!sessions.some((session) => session.id === id)) map.delete(id)
    this.#changed.fire()
  }
}

/** A session of which nothing is recorded yet refuses. */
function noData(error: unknown): undefined {
  if (!(error instanceof CallError)) throw error
}
