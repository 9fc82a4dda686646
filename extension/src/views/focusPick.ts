import * as vscode from 'vscode'
import { say } from '../charts/say.ts'
import type { SessionInfo, TokenPage } from '../daemon/contract.ts'
import type { Daemon } from '../daemon/daemon.ts'
import { layerName, type Known } from './experts.ts'
import type { SharedFocus } from './focus.ts'
import { parseFocus, type Wanted } from './focusText.ts'
import type { Observed } from './observed.ts'
import { placed, shown } from './strip.ts'

/** A decision, and perhaps one of its router's experts. */
export interface Target {
  readonly step: number
  readonly pass: number
  readonly router: number
  readonly row: number
  readonly expert?: number | undefined
}

interface TokenRow {
  readonly step: number
  readonly pass: number
  readonly rank: number
  readonly row: number
  readonly position: number
  readonly text: string | null
  readonly experts: readonly number[]
}

interface Item extends vscode.QuickPickItem {
  readonly part: keyof Wanted | 'go' | 'session'
}

/** Most tokens of a step that are offered. */
const TOKENS = 2000

/** Moves the debugger, where it stands still, and all views with it. @throws CallError where that decision is not recorded */
export async function goTo(daemon: Daemon, focus: SharedFocus, session: SessionInfo, target: Target): Promise<void> {
  const { step, pass, router, row, expert } = target
  if (session.kind !== 'recording' && session.state === 'stopped') await daemon.call('session/goto', { session: session.id, step, pass, router, row })
  focus.set({ session: session.id, focus: { step, pass, router, row, expert } }, undefined)
}

/** "Focus": where to look, by step, layer, token, rank and expert; typed at once or chosen one by one. */
export class FocusPick {
  readonly #daemon: Daemon
  readonly #observed: Observed
  readonly #focus: SharedFocus
  readonly #say = say(vscode.env.language, vscode.l10n.bundle ?? {})

  constructor(daemon: Daemon, observed: Observed, focus: SharedFocus) {
    this.#daemon = daemon
    this.#observed = observed
    this.#focus = focus
  }

  /** @throws CallError, Failure */
  async run(): Promise<void> {
    const looked = this.#focus.place?.session
    const session = (looked === undefined ? undefined : this.#observed.session(looked)) ?? this.#observed.best()
    if (session === undefined) {
      const sample = vscode.l10n.t('Open the Sample Recording')
      if (await vscode.window.showInformationMessage(vscode.l10n.t('There is nothing to focus: no session is open.'), sample) === sample) await vscode.commands.executeCommand('moe.openSample')
      return
    }
    await this.#of(session)
  }

  async #of(session: SessionInfo): Promise<void> {
    const known = await this.#observed.known(session.id)
    let target = this.#start(session)
    let tokens = await this.#tokens(session, target)
    for (;;) {
      const chosen = await this.#show(session, known, target, tokens)
      if (chosen === undefined) return
      if (chosen === 'session') {
        const other = await this.#chooseSession()
        return other && this.#of(other)
      }
      const wanted = typeof chosen === 'string' ? await this.#choose(chosen, known, target, tokens) : chosen.wanted
      if (wanted === undefined) continue
      const found = await this.#resolve(wanted, session, known, target)
      if (found === undefined) continue
      target = found.target
      tokens = found.tokens
      if (typeof chosen !== 'string') return goTo(this.#daemon, this.#focus, session, target)
    }
  }

  /** Where the debugger stands, or where the views look, or the beginning. */
  #start(session: SessionInfo): Target {
    const { place } = this.#focus
    const seen = place?.session === session.id ? place.focus : undefined
    const { step, pass, router, row } = session.stop ?? { step: seen?.step ?? 1, pass: seen?.pass ?? 0, router: seen?.router ?? 0, row: seen?.row ?? 0 }
    return { step, pass, router, row, expert: seen?.router === router ? seen.expert : undefined }
  }

  /** Undefined: the person has gone away. */
  #show(session: SessionInfo, known: Known, target: Target, tokens: readonly TokenRow[]): Promise<keyof Wanted | 'session' | { readonly wanted: Wanted } | undefined> {
    const { t } = this.#say
    const pick = vscode.window.createQuickPick<Item>()
    const router = known.routers[target.router]
    const token = tokens.find(({ row, pass }) => row === target.row && pass === target.pass)
    const ranks = new Set(tokens.map(({ rank }) => rank))
    const here = [t('step {0}', target.step), ...(router ? [`L${router.layer}`] : []), ...(token ? [placed(this.#say, token.position, token.row, token.text)] : []), ...(target.expert === undefined ? [] : [`E${target.expert}`])].join(' · ')
    const go = (wanted: Wanted | undefined): Item => ({
      part: 'go', label: `$(target) ${t('Go There')}`, alwaysShow: wanted !== undefined,
      description: wanted === undefined ? here : Object.entries(wanted).map(([part, value]) => `${this.#word(part as keyof Wanted)} ${value}`).join(' · '),
    })
    const rest: readonly Item[] = [
      { part: 'step', label: `$(history) ${t('Step')}`, description: String(target.step) },
      { part: 'layer', label: `$(layers) ${t('Layer')}`, description: router === undefined ? '' : `${router.layer} · ${router.name}` },
      { part: 'token', label: `$(symbol-string) ${t('Token')}`, description: token === undefined ? t('no data') : placed(this.#say, token.position, token.row, token.text) },
      ...(ranks.size > 1 ? [{ part: 'rank' as const, label: `$(server) ${t('Rank')}`, description: String(token?.rank ?? 0) }] : []),
      { part: 'expert', label: `$(circle-outline) ${t('Expert')}`, description: target.expert === undefined ? t('none') : `E${target.expert}` },
      ...(this.#observed.sessions.length > 1 ? [{ part: 'session' as const, label: `$(list-selection) ${t('Session')}`, description: session.name }] : []),
    ]
    pick.title = t('Focus: {0}', session.name)
    pick.placeholder = t('Type a place, for example {0}, or choose what to change', 's1 l2 t14 e11')
    pick.items = [go(undefined), ...rest]
    return new Promise((resolve) => {
      pick.onDidChangeValue((text) => {
        pick.items = [go(parseFocus(text)), ...rest]
      })
      pick.onDidAccept(() => {
        const part = pick.selectedItems[0]?.part
        resolve(part === undefined ? undefined : part === 'go' ? { wanted: parseFocus(pick.value) ?? {} } : part)
        pick.dispose()
      })
      pick.onDidHide(() => {
        resolve(undefined)
        pick.dispose()
      })
      pick.show()
    })
  }

  #word(part: keyof Wanted): string {
    const { t } = this.#say
    return { step: t('Step'), layer: t('Layer'), token: t('Token'), rank: t('Rank'), expert: t('Expert') }[part]
  }

  async #choose(part: keyof Wanted, known: Known, target: Target, tokens: readonly TokenRow[]): Promise<Wanted | undefined> {
    const title = this.#word(part)
    if (part === 'step') {
      const { from, to } = known.loads ?? {}
      const prompt = from === undefined || to === undefined ? undefined : this.#say.t('Recorded: {0} to {1}', from, to)
      const typed = await vscode.window.showInputBox({
        title, value: String(target.step), ...(prompt === undefined ? {} : { prompt }),
        validateInput: (text) => /^\d{1,15}$/.test(text) && (from === undefined || Number(text) >= from) && (to === undefined || Number(text) <= to) ? undefined : prompt ?? title,
      })
      return typed === undefined ? undefined : { step: Number(typed) }
    }
    const items = part === 'layer' ? known.routers.map((router) => ({ value: router.index, label: layerName(router, known.routers, this.#say), description: router.name }))
      : part === 'rank' ? [...new Set(tokens.map(({ rank }) => rank))].map((rank) => ({ value: rank, label: String(rank), description: '' }))
      : part === 'expert' ? Array.from({ length: known.routers[target.router]?.experts ?? 0 }, (_, e) => ({ value: e, label: `E${e}`, description: '' }))
      : tokens.filter(({ position }) => position >= 0).map(({ position, text, experts }) => ({ value: position, label: this.#say.t('token {0} {1}', position, shown(text)), description: experts.map((e) => `E${e}`).join(' · ') }))
    const chosen = await vscode.window.showQuickPick(items, { title, matchOnDescription: true })
    if (chosen === undefined) return undefined
    // A layer may have several routers: the one that was chosen is meant.
    return part === 'layer' ? { layer: known.routers[chosen.value]!.layer } : { [part]: chosen.value }
  }

  async #chooseSession(): Promise<SessionInfo | undefined> {
    return (await vscode.window.showQuickPick(this.#observed.sessions.map((session) => ({ session, label: session.name, description: session.source })), { title: this.#say.t('Session') }))?.session
  }

  /** Undefined where there is no such decision, which is said. */
  async #resolve(wanted: Wanted, session: SessionInfo, known: Known, from: Target): Promise<{ target: Target, tokens: readonly TokenRow[] } | undefined> {
    const router = wanted.layer === undefined ? known.routers[from.router] : known.routers.find(({ layer }) => layer === wanted.layer)
    if (router === undefined) return this.#missing(this.#say.t('There is no router in layer {0}.', wanted.layer ?? 0))
    const expert = wanted.expert ?? (router.index === from.router ? from.expert : undefined)
    if (expert !== undefined && expert >= router.experts) return this.#missing(this.#say.t('{0} has experts 0 to {1}.', router.name, router.experts - 1))
    const at = { ...from, step: wanted.step ?? from.step, router: router.index }
    let tokens = await this.#tokens(session, at)
    const fits = (token: TokenRow) => (wanted.rank === undefined || token.rank === wanted.rank) && (wanted.token === undefined || token.position === wanted.token)
    let token = wanted.token === undefined && wanted.rank === undefined && wanted.step === undefined ? tokens.find(({ row, pass }) => row === from.row && pass === from.pass) : tokens.find(fits)
    if (token === undefined && wanted.token !== undefined && wanted.step === undefined) {
      tokens = rowsOf(await this.#daemon.call('session/tokens', { session: session.id, router: router.index, count: 10_000 })).filter(fits)
      token = tokens[0]
    }
    // Where the debugger stands nothing is recorded yet: it can be gone to all the same.
    if (token === undefined && wanted.token === undefined && wanted.rank === undefined && at.step === session.stop?.step) return { target: { ...at, expert }, tokens }
    if (token === undefined) return this.#missing(this.#say.t('No such token is recorded at {0}.', router.name))
    return { target: { step: token.step, pass: token.pass, row: token.row, router: router.index, expert }, tokens: await this.#tokens(session, { ...at, step: token.step }) }
  }

  async #tokens(session: SessionInfo, { step, router }: { readonly step: number, readonly router: number }): Promise<readonly TokenRow[]> {
    if (session.recording === undefined) return []
    return rowsOf(await this.#daemon.call('session/tokens', { session: session.id, router, from: { step }, count: TOKENS })).filter((row) => row.step === step)
  }

  #missing(sentence: string): undefined {
    void vscode.window.showInformationMessage(sentence)
  }
}

function rowsOf(page: TokenPage): readonly TokenRow[] {
  const slots = page.experts.shape[1] ?? 0
  return page.text.map((text, i) => ({
    step: page.step.data[i]!, pass: page.pass.data[i]!, rank: page.rank.data[i]!, row: page.row.data[i]!, position: page.position.data[i]!, text,
    experts: [...page.experts.data.subarray(i * slots, (i + 1) * slots)].filter((e) => e >= 0),
  }))
}
