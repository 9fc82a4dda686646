import { basename, dirname } from 'node:path'
import * as vscode from 'vscode'
import { say } from '../charts/say.ts'
import type { RecordingFile, SessionInfo } from '../daemon/contract.ts'
import type { Daemon } from '../daemon/daemon.ts'
import { explain } from '../daemon/messages.ts'
import { modelRow } from './experts.ts'
import type { Observed } from './observed.ts'
import { Paced } from './paced.ts'

interface GroupNode {
  readonly kind: 'sessions' | 'recordings'
}

interface SessionNode {
  readonly kind: 'session'
  session: SessionInfo
}

interface FileNode {
  readonly kind: 'file'
  file: RecordingFile
}

type Node = GroupNode | SessionNode | FileNode

/** Most recordings of a workspace that are looked for. */
const FILES = 500

const groups: readonly GroupNode[] = [{ kind: 'sessions' }, { kind: 'recordings' }]

/** What is open, and the recordings that lie in the workspace: to open, compare, delete and find them. */
export class Sessions implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #daemon: Daemon
  readonly #observed: Observed
  readonly #view: vscode.TreeView<Node>
  readonly #changed = new vscode.EventEmitter<GroupNode | undefined>()
  readonly #refresh = new Paced(() => this.#update())
  /** Files may have come, grown or gone: one that is being recorded changes all the time. */
  readonly #found = new Paced(() => {
    this.#files = undefined
    return this.#update()
  }, 2000)
  readonly #registrations: vscode.Disposable
  readonly #debugged = new Map<string, vscode.DebugSession>()
  readonly #say = say(vscode.env.language, vscode.l10n.bundle ?? {})
  readonly #sessionNodes = new Map<string, SessionNode>()
  readonly #fileNodes = new Map<string, FileNode>()
  #files: readonly RecordingFile[] | undefined
  #shown = ''

  readonly onDidChangeTreeData = this.#changed.event

  constructor(daemon: Daemon, observed: Observed) {
    this.#daemon = daemon
    this.#observed = observed
    this.#view = vscode.window.createTreeView('moe.sessions', { treeDataProvider: this, canSelectMany: true })
    const files = vscode.workspace.createFileSystemWatcher('**/*.moetrace')
    const command = (name: string, run: (node: Node, all: readonly Node[]) => unknown) =>
      vscode.commands.registerCommand(`moe.${name}`, (node?: Node, all?: readonly Node[]) => {
        const chosen = node ?? this.#view.selection[0]
        return chosen && Promise.resolve(run(chosen, all ?? this.#view.selection)).catch((error: unknown) => vscode.window.showErrorMessage(explain(error)))
      })
    this.#registrations = vscode.Disposable.from(
      this.#view, files, files.onDidCreate(() => this.#found.ask()), files.onDidChange(() => this.#found.ask()), files.onDidDelete(() => this.#found.ask()),
      observed.onChange(() => this.#refresh.ask()),
      vscode.debug.onDidStartDebugSession((session) => session.type === 'moe' && this.#debugged.set(session.id, session)),
      vscode.debug.onDidTerminateDebugSession(({ id }) => this.#debugged.delete(id)),
      this.#view.onDidChangeVisibility(() => this.#refresh.ask()),
      command('openRecording', (node) => this.#open(node)),
      command('closeSession', (node) => this.#close(node)),
      command('compareRuns', (node, all) => this.#compare(node, all)),
      command('deleteRecording', (node, all) => this.#delete(all.length > 1 ? all : [node])),
      command('revealRecording', (node) => this.#reveal(node)),
      vscode.commands.registerCommand('moe.refreshSessions', () => this.#found.ask()),
    )
  }

  dispose(): void {
    this.#refresh.dispose()
    this.#found.dispose()
    this.#registrations.dispose()
    this.#changed.dispose()
  }

  async getChildren(node?: Node): Promise<Node[]> {
    const { sessions } = this.#observed
    if (node === undefined) {
      const files = await this.#look()
      return groups.filter(({ kind }) => (kind === 'sessions' ? sessions : files).length > 0)
    }
    if (node.kind === 'sessions') return keep(this.#sessionNodes, sessions.map((session) => [session.id, { kind: 'session', session }]))
    return node.kind === 'recordings' ? keep(this.#fileNodes, (await this.#look()).map((file) => [file.path, { kind: 'file', file }])) : []
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case 'session': return this.#sessionItem(node)
      case 'file': return this.#fileItem(node)
      default: {
        const item = new vscode.TreeItem(node.kind === 'sessions' ? this.#say.t('Open') : this.#say.t('Recordings'), vscode.TreeItemCollapsibleState.Expanded)
        item.id = node.kind
        return item
      }
    }
  }

  #sessionItem({ session }: SessionNode): vscode.TreeItem {
    const row = modelRow({ info: session, listing: undefined, routers: [], loads: undefined, anomalies: [], interventions: [] }, this.#say)
    const item = new vscode.TreeItem(row.label)
    item.id = session.id
    item.description = row.description
    item.tooltip = [session.source, this.#say.t('Decisions: {0}', session.decisions)].join('\n')
    item.iconPath = new vscode.ThemeIcon(row.icon)
    item.contextValue = `session ${session.kind}`
    item.accessibilityInformation = { label: row.words }
    item.command = { command: 'moe.openRecording', title: this.#say.t('Open'), arguments: [{ kind: 'session', session }] }
    return item
  }

  #fileItem(node: FileNode): vscode.TreeItem {
    const { t } = this.#say
    const { file } = node
    const created = file.created === undefined ? undefined : new Intl.DateTimeFormat(vscode.env.language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(file.created))
    const numbers = [...(file.model === undefined ? [] : [file.model]), ...(file.steps === undefined ? [] : [t('steps: {0}', file.steps)]), t('{0} MB', this.#say.fixed(file.bytes / 1e6, 1))]
    const item = new vscode.TreeItem(basename(file.path))
    item.id = file.path
    item.description = file.problem ?? numbers.join(' · ')
    item.tooltip = [file.path, ...numbers, ...(file.decisions === undefined ? [] : [t('Decisions: {0}', file.decisions)]), ...(created === undefined ? [] : [t('Recorded {0}', created)]), ...(file.closed ? [] : [t('not complete: it is being written, or its program was killed')]), ...(file.problem === undefined ? [] : [file.problem])].join('\n')
    item.iconPath = file.problem === undefined ? new vscode.ThemeIcon('record-small') : new vscode.ThemeIcon('warning', new vscode.ThemeColor('charts.red'))
    item.contextValue = file.problem === undefined ? 'file' : 'file broken'
    item.accessibilityInformation = { label: `${String(item.label)}, ${String(item.description)}` }
    item.command = { command: 'moe.openRecording', title: t('Open'), arguments: [node] }
    return item
  }

  /** The recordings of the workspace; a daemon that cannot start has none. */
  async #look(): Promise<readonly RecordingFile[]> {
    if (this.#files !== undefined) return this.#files
    const found = await vscode.workspace.findFiles('**/*.moetrace', '**/node_modules/**', FILES)
    const folders = [...new Set(found.map(({ fsPath }) => dirname(fsPath)))].sort()
    try {
      this.#files = folders.length === 0 ? [] : await this.#daemon.call('recordings/list', { folders })
    } catch {
      return []
    }
    return this.#files
  }

  async #update(): Promise<void> {
    if (!this.#view.visible) return
    const shown = JSON.stringify([this.#observed.sessions.map(({ id, state, step, stop }) => [id, state, step, stop]), await this.#look()])
    if (shown === this.#shown) return
    this.#shown = shown
    this.#changed.fire(undefined)
  }

  /** Its charts. A file is opened for that, and stays open until it is closed here. */
  async #open(node: Node): Promise<void> {
    const session = await this.#sessionOf(node)
    if (session !== undefined) await vscode.commands.executeCommand('moe.showCharts', { tab: 'load', session: session.id, recording: session.recording })
  }

  async #sessionOf(node: Node): Promise<SessionInfo | undefined> {
    if (node.kind === 'session') return node.session
    return node.kind === 'file' ? this.#daemon.call('recordings/open', { path: node.file.path }) : undefined
  }

  /** Of another window a session that is debugged stays as it is. */
  async #close(node: Node): Promise<void> {
    if (node.kind !== 'session') return
    const debugged = this.#debugged.get(node.session.id)
    if (debugged !== undefined) await vscode.debug.stopDebugging(debugged)
    else if (node.session.kind === 'recording') await this.#daemon.call('recordings/close', { session: node.session.id })
  }

  /** Two that are chosen, or one and another that is asked for. */
  async #compare(node: Node, all: readonly Node[]): Promise<void> {
    const runs = all.filter(({ kind }) => kind === 'session' || kind === 'file')
    const other = runs.length === 2 ? runs.find((run) => run !== node) : await this.#chooseOther(node)
    const [a, b] = [await this.#sessionOf(node), other && await this.#sessionOf(other)]
    if (a !== undefined && b !== undefined) await vscode.commands.executeCommand('moe.showCharts', { tab: 'compare', session: a.id, other: b.id, recording: a.recording })
  }

  async #chooseOther(node: Node): Promise<Node | undefined> {
    const { sessions } = this.#observed
    const items: readonly (vscode.QuickPickItem & { readonly node: Node })[] = [
      ...sessions.filter(({ id }) => !(node.kind === 'session' && node.session.id === id)).map((session) => ({ label: session.name, description: this.#say.t('open'), node: { kind: 'session' as const, session } })),
      ...(await this.#look()).filter(({ path }) => !(node.kind === 'file' && node.file.path === path) && !sessions.some(({ recording }) => recording === path))
        .map((file) => ({ label: basename(file.path), description: dirname(file.path), node: { kind: 'file' as const, file } })),
    ]
    if (items.length === 0) return void vscode.window.showInformationMessage(this.#say.t('Comparing takes two runs. Open another recording, or run another model on the same text.'))
    return (await vscode.window.showQuickPick(items, { title: this.#say.t('Compare With') }))?.node
  }

  async #delete(nodes: readonly Node[]): Promise<void> {
    const files = nodes.filter((node) => node.kind === 'file').map(({ file }) => file)
    if (files.length === 0) return
    const remove = this.#say.t('Delete')
    const detail = this.#say.t('What is recorded there is lost.')
    if (await vscode.window.showWarningMessage(this.#say.t('Delete {0}?', files.map(({ path }) => basename(path)).join(', ')), { modal: true, detail }, remove) !== remove) return
    try {
      for (const { path } of files) {
        const open = this.#observed.sessions.find(({ kind, recording }) => kind === 'recording' && recording === path)
        if (open !== undefined) await this.#daemon.call('recordings/close', { session: open.id })
        await this.#daemon.call('recordings/delete', { path })
      }
    } finally {
      this.#found.ask()
    }
  }

  async #reveal(node: Node): Promise<void> {
    const path = node.kind === 'file' ? node.file.path : node.kind === 'session' ? node.session.recording : undefined
    if (path === undefined) return
    const uri = vscode.Uri.file(path)
    await vscode.commands.executeCommand(vscode.workspace.getWorkspaceFolder(uri) === undefined ? 'revealFileInOS' : 'revealInExplorer', uri)
  }
}

/** These nodes and no others, each the object that was shown before, if it was: VS Code refuses another object with the id of one that it still has. */
function keep<N extends Node>(nodes: Map<string, N>, now: readonly (readonly [string, N])[]): N[] {
  const kept = now.map(([id, node]) => [id, Object.assign(nodes.get(id) ?? node, node)] as const)
  nodes.clear()
  for (const [id, node] of kept) nodes.set(id, node)
  return kept.map(([, node]) => node)
}
