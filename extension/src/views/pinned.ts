import * as vscode from 'vscode'
import { expertName, say } from '../charts/say.ts'
import type { RouterDescription, SessionInfo } from '../daemon/contract.ts'
import type { Daemon } from '../daemon/daemon.ts'
import { explain } from '../daemon/messages.ts'
import { goTo } from './focusPick.ts'
import type { SharedFocus } from './focus.ts'
import type { Observed } from './observed.ts'
import { Paced } from './paced.ts'
import type { Pin, Pins } from './pins.ts'
import { placed, strip, type Chosen, type Strip } from './strip.ts'

/** As many as a row has room for. */
const TOKENS = 20

interface Seen {
  readonly session: SessionInfo | undefined
  readonly router: RouterDescription | undefined
  readonly strip: Strip | undefined
}

interface PinNode {
  readonly id: string
  readonly pin: Pin
  seen: Seen
}

interface TokenNode {
  readonly id: string
  readonly of: PinNode
  token: Chosen
}

type Node = PinNode | TokenNode

/** Pinned experts, a row each, across the tokens up to the one in focus; below each the tokens that chose it. */
export class PinnedExperts implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #daemon: Daemon
  readonly #observed: Observed
  readonly #pins: Pins
  readonly #focus: SharedFocus
  readonly #view: vscode.TreeView<Node>
  readonly #changed = new vscode.EventEmitter<void>()
  readonly #refresh = new Paced(() => this.#update())
  readonly #registrations: vscode.Disposable
  readonly #say = say(vscode.env.language, vscode.l10n.bundle ?? {})
  /** By id, and the same as long as they are shown: VS Code refuses another object with the id of one that it still has. */
  readonly #nodes = new Map<string, Node>()
  #shown: string | undefined
  #stop: string | undefined
  /** The last place that the debugger or a view went to. */
  #place: { readonly session: string, readonly step: number, readonly pass: number, readonly row: number } | undefined

  readonly onDidChangeTreeData = this.#changed.event

  constructor(daemon: Daemon, observed: Observed, pins: Pins, focus: SharedFocus) {
    this.#daemon = daemon
    this.#observed = observed
    this.#pins = pins
    this.#focus = focus
    this.#view = vscode.window.createTreeView('moe.pinned', { treeDataProvider: this })
    this.#registrations = vscode.Disposable.from(
      this.#view,
      pins.onChange(() => this.#refresh.ask()),
      observed.onChange(() => this.#follow()),
      focus.onChange(({ place: { session, focus: { step, pass, row } } }) => {
        if (step !== undefined) this.#place = { session, step, pass: pass ?? 0, row: row ?? 0 }
        this.#refresh.ask()
      }),
      this.#view.onDidChangeVisibility(() => this.#refresh.ask()),
      vscode.commands.registerCommand('moe.unpin', (node?: Node) => {
        const chosen = node ?? this.#view.selection[0]
        return chosen && pins.set(('of' in chosen ? chosen.of : chosen).pin, false)
      }),
      vscode.commands.registerCommand('moe.goToToken', (node: TokenNode) => this.#go(node).catch((error: unknown) => vscode.window.showErrorMessage(explain(error)))),
    )
  }

  dispose(): void {
    this.#refresh.dispose()
    this.#registrations.dispose()
    this.#changed.dispose()
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node === undefined) {
      if (this.#shown === undefined) this.#shown = await this.#look()
      return this.#pins.all.map((pin) => this.#pinNode(pin))
    }
    if ('of' in node) return []
    const tokens = (node.seen.strip?.chosen ?? []).map((token) => this.#tokenNode(node, token)).reverse()
    for (const [id, other] of this.#nodes) if ('of' in other && other.of === node && !tokens.includes(other)) this.#nodes.delete(id)
    return tokens
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return 'of' in node ? this.#tokenItem(node) : this.#pinItem(node)
  }

  #pinNode(pin: Pin): PinNode {
    const id = `${pin.router}/${pin.expert}`
    return this.#keep(id, () => ({ id, pin, seen: { session: undefined, router: undefined, strip: undefined } }))
  }

  #tokenNode(of: PinNode, token: Chosen): TokenNode {
    const id = `${of.id}/${token.at.step}/${token.at.pass}/${token.at.row}`
    const node = this.#keep<TokenNode>(id, () => ({ id, of, token }))
    node.token = token
    return node
  }

  #keep<N extends Node>(id: string, make: () => N): N {
    const kept = this.#nodes.get(id) as N | undefined
    if (kept !== undefined) return kept
    const made = make()
    this.#nodes.set(id, made)
    return made
  }

  #pinItem({ id, pin, seen: { router, strip: row } }: PinNode): vscode.TreeItem {
    const { t } = this.#say
    const name = router === undefined ? `${pin.router} E${pin.expert}` : expertName(router.layer, pin.expert)
    const item = new vscode.TreeItem(name, row !== undefined && row.chosen.length > 0 ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None)
    item.id = id
    item.description = row?.blocks ?? t('no data')
    item.tooltip = [`${pin.router} E${pin.expert}`, ...(row === undefined ? [] : [t('Chosen by {0} of {1} tokens', row.chosen.length, row.tokens)])].join('\n')
    item.iconPath = new vscode.ThemeIcon('pinned', new vscode.ThemeColor('charts.blue'))
    item.contextValue = 'pin'
    item.accessibilityInformation = { label: `${name}, ${row?.words ?? t('no data')}` }
    return item
  }

  #tokenItem(node: TokenNode): vscode.TreeItem {
    const { t } = this.#say
    const { token } = node
    const item = new vscode.TreeItem(placed(this.#say, token.position, token.at.row, token.text))
    item.id = node.id
    item.description = Number.isNaN(token.weight) ? t('no data') : this.#say.real(token.weight)
    item.tooltip = t('step {0}', token.at.step)
    item.command = { command: 'moe.goToToken', title: t('Go There'), arguments: [node] }
    item.accessibilityInformation = { label: `${String(item.label)}, ${t('weight')} ${item.description}` }
    return item
  }

  /** A stop of the debugger is where to look, until a view looks elsewhere. */
  #follow(): void {
    const session = this.#observed.best()
    const stop = session?.stop && `${session.id} ${session.stop.step} ${session.stop.pass} ${session.stop.router} ${session.stop.row}`
    if (session?.stop !== undefined && stop !== this.#stop) this.#place = { session: session.id, ...session.stop }
    this.#stop = stop
    this.#refresh.ask()
  }

  async #update(): Promise<void> {
    if (!this.#view.visible) return
    const shown = await this.#look()
    if (shown === this.#shown) return
    this.#shown = shown
    this.#changed.fire()
  }

  /** Asks what all pinned experts show, and says whether that is what it was. */
  async #look(): Promise<string> {
    const all = await this.#ask()
    for (const { pin, seen } of all) this.#pinNode(pin).seen = seen
    return JSON.stringify(all.map(({ pin, seen: { session, strip: row } }) => [pin, session?.id, row?.blocks, row?.chosen]))
  }

  /** One page of tokens a router, however many of its experts are pinned. */
  async #ask(): Promise<readonly { readonly pin: Pin, readonly seen: Seen }[]> {
    const session = (this.#place && this.#observed.session(this.#place.session)) ?? this.#observed.best()
    const bare = this.#pins.all.map((pin) => ({ pin, seen: { session, router: undefined, strip: undefined } }))
    if (session === undefined || bare.length === 0) return bare
    try {
      const { routers } = await this.#observed.known(session.id)
      const place = this.#place?.session === session.id ? this.#place : undefined
      const before = place === undefined ? { step: session.step + 1 } : { step: place.step, pass: place.pass, row: place.row + 1 }
      const wanted = routers.filter(({ name }) => bare.some(({ pin }) => pin.router === name))
      const pages = new Map(await Promise.all(wanted.map(async (router) =>
        [router.name, { router, page: await this.#daemon.call('session/tokens', { session: session.id, router: router.index, before, count: TOKENS }) }] as const)))
      return bare.map(({ pin }) => {
        const found = pages.get(pin.router)
        return { pin, seen: { session, router: found?.router, strip: found && found.page.text.length > 0 ? strip(found.page, pin.expert, this.#say) : undefined } }
      })
    } catch {
      return bare      // what is wrong with the daemon or the session is said by the Expert Inspector
    }
  }

  async #go({ of: { pin, seen: { session, router } }, token: { at } }: TokenNode): Promise<void> {
    if (session !== undefined && router !== undefined) await goTo(this.#daemon, this.#focus, session, { ...at, router: router.index, expert: pin.expert })
  }
}
