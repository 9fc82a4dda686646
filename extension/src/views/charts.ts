import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import * as vscode from 'vscode'
import type { Daemon } from '../daemon/daemon.ts'
import { explain } from '../daemon/messages.ts'
import { CallError } from '../daemon/client.ts'
import type { FromPage, Link, ToPage } from '../webview/messages.ts'
import { page } from '../webview/page.ts'
import { ChartsHost } from './chartsHost.ts'
import { fromQuery, toQuery } from './chartsLink.ts'
import type { SharedFocus } from './focus.ts'
import type { Pins } from './pins.ts'

const TYPE = 'moe.charts'
const FILTERS = { csv: 'CSV', png: 'PNG', svg: 'SVG' } as const

/** The charts panel: one a window, opened by `moe.showCharts` (with a link, if given), by a link from outside, or again after a reload. */
export class Charts implements vscode.Disposable, vscode.WebviewPanelSerializer, vscode.UriHandler {
  readonly #context: vscode.ExtensionContext
  readonly #daemon: Daemon
  readonly #focus: SharedFocus
  readonly #pins: Pins
  readonly #log: vscode.LogOutputChannel
  readonly #registrations: vscode.Disposable
  #open: { readonly panel: vscode.WebviewPanel; readonly post: (message: ToPage) => void; ready: boolean } | undefined
  #link: Link | undefined

  constructor(context: vscode.ExtensionContext, daemon: Daemon, focus: SharedFocus, pins: Pins, log: vscode.LogOutputChannel) {
    this.#context = context
    this.#daemon = daemon
    this.#focus = focus
    this.#pins = pins
    this.#log = log
    this.#registrations = vscode.Disposable.from(
      vscode.commands.registerCommand('moe.showCharts', (link?: Link) => this.show(link)),
      vscode.window.registerWebviewPanelSerializer(TYPE, this),
      vscode.window.registerUriHandler(this),
      daemon.onSessions((sessions) => this.#post({ type: 'sessions', sessions: [...sessions], problem: undefined })),
      daemon.onHealth(() => this.#sayProblem()),
      pins.onChange(() => this.#postPins()),
      focus.onChange(({ place, by }) => {
        if (by !== this) this.#post({ type: 'focus', session: place.session, focus: whole(place.focus) })
      }),
    )
  }

  /** Opens the panel, or brings it to the front, at `link`. */
  show(link?: Link): void {
    if (this.#open) {
      this.#open.panel.reveal()
      if (link) this.#post({ type: 'show', link })
      return
    }
    this.#link = link
    const column = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active
    this.#fill(vscode.window.createWebviewPanel(TYPE, vscode.l10n.t('Charts'), column))
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.#open?.panel.dispose()
    this.#fill(panel)
  }

  handleUri(uri: vscode.Uri): void {
    if (uri.path !== '/charts') return
    try {
      this.show(fromQuery(uri.query))
    } catch (error) {
      void vscode.window.showWarningMessage(vscode.l10n.t('This link to a chart cannot be read: {0}', (error as Error).message))
    }
  }

  dispose(): void {
    this.#registrations.dispose()
    this.#open?.panel.dispose()
  }

  #fill(panel: vscode.WebviewPanel): void {
    const root = vscode.Uri.joinPath(this.#context.extensionUri, 'dist')
    panel.webview.options = { enableScripts: true, localResourceRoots: [root] }
    const post = (message: ToPage) => void panel.webview.postMessage(message)
    const host = new ChartsHost({
      call: (method, params, token) => this.#daemon.call(method, params as never, token),
      post,
      act: (message) => void this.#act(message).catch((error: unknown) => vscode.window.showErrorMessage(explain(error))),
      explain: (error) => (error instanceof CallError ? error.data : { facts: explain(error) }),
      log: (line) => this.#log.warn(line),
    })
    const listening = panel.webview.onDidReceiveMessage((message) => host.receive(message))
    this.#open = { panel, post, ready: false }
    panel.onDidDispose(() => {
      listening.dispose()
      host.dispose()
      if (this.#open?.panel === panel) this.#open = undefined
    })
    const file = (name: string) => panel.webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString()
    panel.webview.html = page({ script: file('charts.js'), style: file('charts.css'), nonce: randomBytes(16).toString('base64url'), source: panel.webview.cspSource })
  }

  /** To a page that listens. What it misses before that it gets when it is ready. */
  #post(message: ToPage): void {
    if (this.#open?.ready) this.#open.post(message)
  }

  #postPins(): void {
    this.#post({ type: 'pins', pins: [...this.#pins.all] })
  }

  #sayProblem(): void {
    const { health } = this.#daemon
    if (health.state === 'failed') this.#post({ type: 'sessions', sessions: [], problem: explain(health.error) })
  }

  async #act(message: Exclude<FromPage, { type: 'ask' | 'cancel' }>): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.#ready()
      case 'focus':
        this.#focus.set({ session: message.session, focus: message.focus }, this)
        return message.go ? this.#go(message) : undefined
      case 'pin':
        return this.#pins.set(message.pin, message.pinned)
      case 'save':
        return save(message)
      case 'copyLink':
        await vscode.env.clipboard.writeText(`${vscode.env.uriScheme}://${this.#context.extension.id}/charts?${toQuery(message.link)}`)
        vscode.window.setStatusBarMessage(vscode.l10n.t('Link copied'), 3000)
        return
      case 'open':
        return this.#openWhat(message.what, message.path)
    }
  }

  async #ready(): Promise<void> {
    if (!this.#open) return
    this.#open.ready = true
    this.#post({ type: 'start', locale: vscode.env.language, bundle: vscode.l10n.bundle ?? {}, link: this.#link })
    this.#link = undefined
    this.#postPins()
    try {
      this.#post({ type: 'sessions', sessions: [...(await this.#daemon.call('sessions/list', {}))], problem: undefined })
    } catch (error) {
      this.#post({ type: 'sessions', sessions: [], problem: explain(error) })
    }
  }

  /** Moves the debugger there, where there is one that stands still. */
  async #go({ session, focus: { step, pass, router, row } }: Extract<FromPage, { type: 'focus' }>): Promise<void> {
    if (step === undefined || row === undefined || router === undefined) return
    const info = (await this.#daemon.call('sessions/list', {})).find(({ id }) => id === session)
    if (info?.state === 'stopped' && info.kind !== 'recording') await this.#daemon.call('session/goto', { session, step, pass: pass ?? 0, router, row })
  }

  async #openWhat(what: Extract<FromPage, { type: 'open' }>['what'], path: string | undefined): Promise<void> {
    switch (what) {
      case 'sample':
        return vscode.commands.executeCommand('moe.openSample')
      case 'run':
        return vscode.commands.executeCommand('moe.debugModel')
      case 'daemon':
        return vscode.commands.executeCommand('moe.restartDaemon')
      case 'path':
        if (path !== undefined) await this.#daemon.call('recordings/open', { path })
        return
      case 'recording': {
        const chosen = await vscode.window.showOpenDialog({ filters: { [vscode.l10n.t('Recording')]: ['moetrace'] } })
        if (chosen?.[0]) await this.#daemon.call('recordings/open', { path: chosen[0].fsPath })
      }
    }
  }
}

async function save({ name, format, data }: Extract<FromPage, { type: 'save' }>): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri
  const safe = basename(name)
  const target = await vscode.window.showSaveDialog({ filters: { [FILTERS[format]]: [format] }, ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, safe) } : {}) })
  if (target) await vscode.workspace.fs.writeFile(target, Uint8Array.from(Buffer.from(data, format === 'png' ? 'base64' : 'utf8')))
}

/** All five keys, as messages have them. */
const whole = ({ step, pass, router, row, expert }: { step?: number | undefined; pass?: number | undefined; router?: number | undefined; row?: number | undefined; expert?: number | undefined }) => ({ step, pass, router, row, expert })
