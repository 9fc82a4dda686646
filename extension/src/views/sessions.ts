import { dirname } from 'node:path'
import * as vscode from 'vscode'
import type { RecordingFile, SessionInfo } from '../daemon/contract.ts'
import type { Daemon } from '../daemon/daemon.ts'

type Node =
  | { readonly kind: 'sessions' | 'recordings' }
  | { readonly kind: 'session', readonly session: SessionInfo }
  | { readonly kind: 'recording', readonly file: RecordingFile }

/** The sessions of the daemon, and the recordings of the workspace. Empty where there are neither: the view then says what one can do. */
export class Sessions implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #daemon: Daemon
  readonly #changed = new vscode.EventEmitter<void>()
  readonly #subscriptions: vscode.Disposable
  readonly #debugged = new Map<string, vscode.DebugSession>()
  #sessions: readonly SessionInfo[] = []

  readonly onDidChangeTreeData = this.#changed.event

  constructor(daemon: Daemon) {
    this.#daemon = daemon
    const files = vscode.workspace.createFileSystemWatcher('**/*.moetrace')
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      files,
      files.onDidCreate(() => this.refresh()),
      files.onDidDelete(() => this.refresh()),
      daemon.onSessions((sessions) => {
        this.#sessions = sessions
        this.refresh()
      }),
      vscode.debug.onDidStartDebugSession((session) => { if (session.type === 'moe') this.#debugged.set(session.id, session) }),
      vscode.debug.onDidTerminateDebugSession((session) => this.#debugged.delete(session.id)),
      vscode.window.createTreeView('moe.sessions', { treeDataProvider: this }))
  }

  refresh(): void {
    this.#changed.fire()
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node?.kind === 'sessions') return this.#sessions.map((session) => ({ kind: 'session', session }))
    const recordings = await this.#recordings()
    if (node?.kind === 'recordings') return recordings.map((file) => ({ kind: 'recording', file }))
    return [...(this.#sessions.length > 0 ? [{ kind: 'sessions' as const }] : []), ...(recordings.length > 0 ? [{ kind: 'recordings' as const }] : [])]
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case 'sessions': return new vscode.TreeItem(vscode.l10n.t('Sessions'), vscode.TreeItemCollapsibleState.Expanded)
      case 'recordings': return new vscode.TreeItem(vscode.l10n.t('Recordings'), vscode.TreeItemCollapsibleState.Expanded)
      case 'session': return sessionItem(node.session)
      case 'recording': return recordingItem(node.file)
    }
  }

  /** Opens a recording for the views, without a debugger. */
  async open(node: Node | vscode.Uri): Promise<void> {
    const path = node instanceof vscode.Uri ? node.fsPath : node.kind === 'recording' ? node.file.path : undefined
    if (path !== undefined) await this.#daemon.call('recordings/open', { path })
  }

  async close(node: Node): Promise<void> {
    if (node.kind !== 'session') return
    const debugged = this.#debugged.get(node.session.id)
    if (debugged !== undefined) await vscode.debug.stopDebugging(debugged)
    else if (node.session.kind === 'recording') await this.#daemon.call('recordings/close', { session: node.session.id })
  }

  async delete(node: Node): Promise<void> {
    if (node.kind !== 'recording') return
    const yes = vscode.l10n.t('Delete')
    const answer = await vscode.window.showWarningMessage(vscode.l10n.t('Delete the recording {0}? It does not go to the trash.', node.file.path), { modal: true }, yes)
    if (answer !== yes) return
    await this.#daemon.call('recordings/delete', { path: node.file.path })
    this.refresh()
  }

  dispose(): void {
    this.#subscriptions.dispose()
  }

  /** Without any the daemon is not asked, and so not started. */
  async #recordings(): Promise<readonly RecordingFile[]> {
    const found = await vscode.workspace.findFiles('**/*.moetrace')
    if (found.length === 0) return []
    const folders = [...new Set(found.map((file) => dirname(file.fsPath)))]
    return await this.#daemon.call('recordings/list', { folders }).catch(() => [])       // the daemon's failure is said elsewhere
  }
}

function sessionItem(session: SessionInfo): vscode.TreeItem {
  const item = new vscode.TreeItem(session.name)
  const number = new Intl.NumberFormat(vscode.env.language)
  const state = { idle: vscode.l10n.t('ended'), running: vscode.l10n.t('running'), stopped: vscode.l10n.t('stopped') }[session.state]
  item.id = session.id
  item.description = [
    ...(session.kind === 'recording' ? [vscode.l10n.t('recording')] : [state]),
    ...(session.step > 0 ? [vscode.l10n.t('step {0}', number.format(session.step))] : []),
    ...(session.stop === undefined ? [] : [session.stop.routerName]),
  ].join(' · ')
  item.tooltip = session.source
  item.iconPath = new vscode.ThemeIcon(session.kind === 'recording' ? 'history' : session.state === 'stopped' ? 'debug-pause' : session.state === 'running' ? 'play' : 'debug-stop')
  item.contextValue = 'session'
  return item
}

function recordingItem(file: RecordingFile): vscode.TreeItem {
  const uri = vscode.Uri.file(file.path)
  const item = new vscode.TreeItem(uri)
  const number = new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: 1 })
  item.description = file.problem ?? [
    ...(file.model === undefined ? [] : [file.model]),
    ...(file.steps === undefined ? [] : [vscode.l10n.t('steps: {0}', number.format(file.steps))]),
    vscode.l10n.t('{0} MB', number.format(file.bytes / 1e6)),
  ].join(' · ')
  item.tooltip = file.path
  item.iconPath = new vscode.ThemeIcon(file.problem === undefined ? 'history' : 'warning')
  item.contextValue = file.problem === undefined ? 'recording' : 'brokenRecording'
  if (file.problem === undefined) item.command = { command: 'moe.openRecording', title: '', arguments: [uri] }
  return item
}
