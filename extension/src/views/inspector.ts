import * as vscode from 'vscode'
import { say } from '../charts/say.ts'
import type { RouterDescription } from '../daemon/contract.ts'
import type { Daemon } from '../daemon/daemon.ts'
import { explain } from '../daemon/messages.ts'
import { breakpointsOf, toggleBreakpoint } from '../editor/routingBreakpoints.ts'
import { expertRows, matches, modelRow, ordered, ORDERS, purpose, routerRow, ruleRow, type ExpertRow, type Known, type Marks, type Order, type Row } from './experts.ts'
import type { SharedFocus } from './focus.ts'
import type { Observed } from './observed.ts'
import { Paced } from './paced.ts'
import type { Pins } from './pins.ts'

const VIEW = 'moe.experts'

interface ModelNode {
  readonly kind: 'model'
  readonly id: string
  session: string
}

interface RouterNode {
  readonly kind: 'router' | 'rule'
  readonly id: string
  readonly model: ModelNode
  readonly router: number
}

interface ExpertNode {
  readonly kind: 'expert'
  readonly id: string
  readonly model: ModelNode
  readonly router: number
  readonly expert: number
}

export type Node = ModelNode | RouterNode | ExpertNode

/**
 * Model > layers with their routers > experts. Nodes are named by the model's source and not by its session, so that what a person has opened stays open when it is run again. What
 * has changed is found by comparing what rows say: VS Code is told of these rows alone, and nothing is asked of the daemon while the view is hidden.
 */
export class Inspector implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #daemon: Daemon
  readonly #observed: Observed
  readonly #pins: Pins
  readonly #focus: SharedFocus
  readonly #view: vscode.TreeView<Node>
  readonly #changed = new vscode.EventEmitter<Node[] | undefined>()
  readonly #refresh = new Paced(() => this.#update())
  readonly #registrations: vscode.Disposable
  readonly #say = say(vscode.env.language, vscode.l10n.bundle ?? {})
  readonly #nodes = new Map<string, Node>()
  /** What is shown of each node: its row, and the ids of its children in their order, once it was opened. */
  readonly #rows = new Map<string, Row>()
  readonly #children = new Map<string, readonly string[]>()
  #roots: readonly ModelNode[] = []
  #order: Order = 'index'
  #filter = ''
  #ended: string | undefined

  readonly onDidChangeTreeData = this.#changed.event

  constructor(daemon: Daemon, observed: Observed, pins: Pins, focus: SharedFocus) {
    this.#daemon = daemon
    this.#observed = observed
    this.#pins = pins
    this.#focus = focus
    this.#view = vscode.window.createTreeView(VIEW, { treeDataProvider: this, showCollapseAll: true })
    const command = (name: string, run: (node: Node | undefined) => unknown) =>
      vscode.commands.registerCommand(`moe.${name}`, (node?: Node) => Promise.resolve(run(node ?? this.#view.selection[0])).catch((error: unknown) => vscode.window.showErrorMessage(explain(error))))
    this.#registrations = vscode.Disposable.from(
      this.#view,
      observed.onChange(() => this.#refresh.ask()),
      pins.onChange(() => this.#refresh.ask()),
      vscode.debug.onDidChangeBreakpoints(() => this.#refresh.ask()),
      daemon.onHealth(() => this.#refresh.ask()),
      daemon.onCrash(({ how }) => {
        this.#ended = how
        this.#refresh.ask()
      }),
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (visible) this.#refresh.ask()
      }),
      this.#view.onDidCollapseElement(({ element }) => this.#children.delete(element.id)),
      command('toggleRoutingBreakpoint', (node) => this.#toggleBreakpoint(node)),
      command('maskExpert', (node) => this.#mask(node)),
      command('unmaskExpert', (node) => this.#unmask(node)),
      command('pinExpert', (node) => this.#pin(node, true)),
      command('unpinExpert', (node) => this.#pin(node, false)),
      command('openDossier', (node) => this.#openChart(node)),
      command('selectExpert', (node) => this.#select(node)),
      command('copyRouterName', (node) => this.#copy(node)),
      command('sortExperts', () => this.#sort()),
      command('filterExperts', () => this.#askFilter()),
      command('clearExpertFilter', () => this.#setFilter('')),
    )
  }

  dispose(): void {
    this.#refresh.dispose()
    this.#registrations.dispose()
    this.#changed.dispose()
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node === undefined) {
      this.#roots = this.#observed.sessions.map(({ id, source }, i, all) => this.#root(`${source}#${all.slice(0, i).filter((other) => other.source === source).length}`, id))
      this.#children.set('', this.#roots.map(({ id }) => id))
      for (const root of this.#roots) this.#rows.set(root.id, this.#bare(root))
      return [...this.#roots]
    }
    if (node.kind === 'expert' || node.kind === 'rule') return []
    try {
      const known = await this.#observed.known(modelOf(node).session)
      const rows = this.#below(node, known)
      this.#children.set(node.id, rows.map(({ node: { id } }) => id))
      for (const { node: { id }, row } of rows) this.#rows.set(id, row)
      return rows.map(({ node: child }) => child)
    } catch (error) {
      this.#inform(explain(error))
      return []
    }
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const row = this.#rows.get(node.id)
    const item = new vscode.TreeItem(row?.label ?? '', node.kind === 'model' ? vscode.TreeItemCollapsibleState.Expanded : node.kind === 'router' ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None)
    item.id = node.id
    if (row === undefined) return item
    item.description = row.description
    if (node.kind !== 'expert') item.tooltip = row.tooltip().join('\n')       // an expert's is made when it is asked for
    item.iconPath = new vscode.ThemeIcon(row.icon, row.colour === undefined ? undefined : new vscode.ThemeColor(row.colour))
    item.contextValue = row.flags.join(' ')
    item.accessibilityInformation = { label: row.words }
    if (node.kind !== 'model') item.command = { command: 'moe.selectExpert', title: vscode.l10n.t('Focus'), arguments: [node] }
    return item
  }

  /** The pointer rests on an expert: only then is asked what it is for. */
  async resolveTreeItem(item: vscode.TreeItem, node: Node, token: vscode.CancellationToken): Promise<vscode.TreeItem> {
    const row = this.#rows.get(node.id)
    if (node.kind !== 'expert' || row === undefined || Number.isNaN((row as ExpertRow).load)) return item
    const dossier = await this.#daemon.call('session/expert', { session: node.model.session, router: node.router, expert: node.expert }, token).catch(() => undefined)
    item.tooltip = [...row.tooltip(), ...(dossier === undefined ? [] : purpose(dossier, this.#say))].join('\n')
    return item
  }

  #root(id: string, session: string): ModelNode {
    const node = this.#nodes.get(id) as ModelNode | undefined
    if (node === undefined) return this.#keep({ kind: 'model', id, session })
    node.session = session
    return node
  }

  #keep<N extends Node>(node: N): N {
    const kept = this.#nodes.get(node.id)
    if (kept !== undefined) return kept as N
    this.#nodes.set(node.id, node)
    return node
  }

  #node(model: ModelNode, kind: 'router' | 'rule', router: number): RouterNode {
    return this.#keep({ kind, id: `${model.id}/${router}${kind === 'rule' ? '/rule' : ''}`, model, router })
  }

  #expert(model: ModelNode, router: number, expert: number): ExpertNode {
    return this.#keep({ kind: 'expert', id: `${model.id}/${router}/${expert}`, model, router, expert })
  }

  #below(node: ModelNode | RouterNode, known: Known): readonly { node: Node, row: Row }[] {
    const marks = this.#marks(known)
    if (node.kind === 'model') {
      const routers = known.routers.filter((router) => this.#filter === '' || this.#experts(known, router, marks).length > 0)
      return ordered(routers.map((router) => routerRow(known, router, marks, this.#say)), this.#order).map((row) => ({ node: this.#node(node, 'router', row.router), row }))
    }
    const router = known.routers[node.router]
    if (router === undefined) return []
    return [
      ...(this.#filter === '' ? [{ node: this.#node(node.model, 'rule', node.router), row: ruleRow(router, this.#say) }] : []),
      ...this.#experts(known, router, marks).map((row) => ({ node: this.#expert(node.model, node.router, row.expert), row })),
    ]
  }

  #experts(known: Known, router: RouterDescription, marks: Marks): readonly ExpertRow[] {
    return ordered(expertRows(known, router, marks, this.#say).filter((row) => matches(row, router.layer, this.#filter)), this.#order)
  }

  #marks(known: Known): Marks {
    const breaks = new Set(known.routers.filter((router) => breakpointsOf({ listing: known.listing, ...router }).length > 0))
    const pins = new Set(this.#pins.all.map(({ router, expert }) => `${router}/${expert}`))
    return { pinned: (router, expert) => pins.has(`${router}/${expert}`), breaks: (router) => breaks.has(router) }
  }

  /** A model's row before anything was asked. */
  #bare({ session }: ModelNode): Row {
    return modelRow({ info: this.#observed.session(session)!, listing: undefined, routers: [], loads: undefined, anomalies: [], interventions: [] }, this.#say)
  }

  async #update(): Promise<void> {
    if (!this.#view.visible) return
    try {
      const { health } = this.#daemon
      const { sessions } = this.#observed
      if (sessions.some(({ kind }) => kind !== 'recording')) this.#ended = undefined
      this.#inform(health.state === 'failed' ? explain(health.error) : this.#ended === undefined ? undefined : vscode.l10n.t('The daemon ended and its sessions with it: {0}', this.#ended))
      if (this.#roots.map(({ session }) => session).join() !== sessions.map(({ id }) => id).join()) this.#changed.fire(undefined)
      else this.#tell((await Promise.all(this.#roots.map((root) => this.#stale(root)))).flat())
    } catch (error) {
      this.#inform(explain(error))
    }
  }

  #tell(stale: readonly Node[]): void {
    if (stale.length > 0) this.#changed.fire([...stale])
  }

  /** Which rows say something else than what is shown. A node whose children are others, or in another order, stands for all below it. */
  async #stale(root: ModelNode): Promise<readonly Node[]> {
    if (!this.#children.has(root.id)) return this.#replace(root, this.#bare(root)) ? [root] : []
    const known = await this.#observed.known(root.session)
    const top = this.#replace(root, modelRow(known, this.#say))
    const below = this.#below(root, known)
    if (this.#moved(root, below)) return [root]
    const stale: Node[] = top ? [root] : []
    for (const { node, row } of below) {
      const experts = this.#children.has(node.id) ? this.#below(node as RouterNode, known) : []
      const moved = this.#children.has(node.id) && this.#moved(node, experts)
      if (this.#replace(node, row) || moved) stale.push(node)
      for (const expert of experts) if (this.#replace(expert.node, expert.row) && !moved) stale.push(expert.node)
    }
    return stale
  }

  #moved(node: Node, below: readonly { node: Node }[]): boolean {
    return this.#children.get(node.id)?.join() !== below.map(({ node: { id } }) => id).join()
  }

  #replace(node: Node, row: Row): boolean {
    const before = this.#rows.get(node.id)
    this.#rows.set(node.id, row)
    return before === undefined || before.words !== row.words || before.description !== row.description || before.icon !== row.icon || before.flags.join() !== row.flags.join()
  }

  #inform(message: string | undefined): void {
    const filter = this.#filter === '' ? undefined : vscode.l10n.t('Filter: {0}', this.#filter)
    this.#view.message = message ?? filter ?? ''
  }

  async #router(node: Node | undefined): Promise<{ known: Known, router: RouterDescription } | undefined> {
    if (node === undefined || node.kind === 'model') return undefined
    const known = await this.#observed.known(node.model.session)
    const router = known.routers[node.router]
    return router && { known, router }
  }

  async #toggleBreakpoint(node: Node | undefined): Promise<void> {
    const found = await this.#router(node)
    if (found !== undefined) toggleBreakpoint({ listing: found.known.listing, ...found.router })
  }

  async #mask(node: Node | undefined): Promise<void> {
    const found = await this.#router(node)
    if (node?.kind === 'expert' && found) await this.#daemon.call('session/intervene', { session: node.model.session, changes: `${found.router.name}: mask ${node.expert}` })
  }

  /** Takes back every intervention that masks the expert; where one does more than that, a person is asked. */
  async #unmask(node: Node | undefined): Promise<void> {
    const found = await this.#router(node)
    if (node?.kind !== 'expert' || !found) return
    for (const { id, text, masks } of found.known.interventions) {
      if (!masks.some(({ router, experts }) => router === node.router && experts.includes(node.expert))) continue
      if (text !== `${found.router.name}: mask ${node.expert}`) {
        const undo = vscode.l10n.t('Undo')
        if (await vscode.window.showWarningMessage(vscode.l10n.t('The expert is masked by "{0}", which is undone as a whole.', text), { modal: true }, undo) !== undo) return
      }
      await this.#daemon.call('session/undo', { session: node.model.session, intervention: id })
    }
  }

  async #pin(node: Node | undefined, pinned: boolean): Promise<void> {
    const found = await this.#router(node)
    if (node?.kind === 'expert' && found) await this.#pins.set({ router: found.router.name, expert: node.expert }, pinned)
  }

  async #openChart(node: Node | undefined): Promise<void> {
    if (node === undefined) return
    const { session } = modelOf(node)
    const link = node.kind === 'expert' ? { tab: 'expert', session, focus: { router: node.router, expert: node.expert } } : node.kind === 'model' ? { tab: 'load', session } : { tab: 'load', session, focus: { router: node.router } }
    await vscode.commands.executeCommand('moe.showCharts', link)
  }

  #select(node: Node | undefined): void {
    if (node === undefined || node.kind === 'model') return
    const { session } = node.model
    const here = this.#focus.place
    const same = here?.session === session ? here.focus : {}
    this.#focus.set({ session, focus: { ...(same.router === node.router ? same : { step: same.step }), router: node.router, expert: node.kind === 'expert' ? node.expert : undefined } }, this)
  }

  async #copy(node: Node | undefined): Promise<void> {
    const found = await this.#router(node)
    if (found) await vscode.env.clipboard.writeText(found.router.name)
  }

  async #sort(): Promise<void> {
    const labels: Record<Order, string> = { index: vscode.l10n.t('Index'), load: vscode.l10n.t('Load, the largest first'), anomaly: vscode.l10n.t('Anomaly, the worst first') }
    const chosen = await vscode.window.showQuickPick(ORDERS.map((order) => ({ order, label: labels[order], description: order === this.#order ? '✓' : '' })), { title: vscode.l10n.t('Sort experts and layers by') })
    if (chosen === undefined) return
    this.#order = chosen.order
    this.#changed.fire(undefined)
  }

  /** Filters while it is typed; Escape takes back what was there before. */
  async #askFilter(): Promise<void> {
    const before = this.#filter
    const box = vscode.window.createInputBox()
    const typed = new Paced(() => Promise.resolve(this.#setFilter(box.value)))
    box.title = vscode.l10n.t('Filter experts')
    box.prompt = vscode.l10n.t('Words that must all fit: L3, E17, dead, hot, cold, masked, pinned, stopped, or part of what a row says')
    box.value = before
    const accepted = await new Promise<boolean>((resolve) => {
      box.onDidChangeValue(() => typed.ask())
      box.onDidAccept(() => resolve(true))
      box.onDidHide(() => resolve(false))
      box.show()
    })
    typed.dispose()
    this.#setFilter(accepted ? box.value : before)
    box.dispose()
  }

  #setFilter(filter: string): void {
    if (filter.trim() === this.#filter) return
    this.#filter = filter.trim()
    void vscode.commands.executeCommand('setContext', 'moeExpertsFiltered', this.#filter !== '')
    this.#inform(undefined)
    this.#changed.fire(undefined)
  }
}

const modelOf = (node: Node): ModelNode => node.kind === 'model' ? node : node.model
