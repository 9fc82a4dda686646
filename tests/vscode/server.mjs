// A VS Code server with our VSIX installed, in a folder of its own.
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { codeServer, node, root as repository, vsix } from './places.mjs'
import { until } from './waiting.mjs'

const quiet = {
  'workbench.startupEditor': 'none', 'telemetry.telemetryLevel': 'off', 'workbench.tips.enabled': false, 'update.showReleaseNotes': false, 'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false, 'extensions.ignoreRecommendations': true, 'chat.disableAIFeatures': true, 'workbench.enableExperiments': false, 'git.enabled': false,
  'editor.minimap.enabled': false, 'workbench.editor.enablePreview': false, 'workbench.secondarySideBar.defaultVisibility': 'hidden', 'window.restoreWindows': 'none',
}

/**
 * @param files Of the workspace: {path: text}.
 * @param settings Of the user.
 * @param env Beside the few variables that are set anyway.
 * @param trust True to have workspace trust asked for.
 * @param change Takes the installed extension's folder before the server starts.
 */
export async function startServer({ files = {}, settings = {}, env = {}, trust = false, change } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'moe-vscode-'))
  const at = (...parts) => join(folder, ...parts)
  const [workspace, data, extensions] = [at('workspace'), at('data'), at('extensions')]
  const write = (path, text) => { mkdirSync(dirname(path), { recursive: true }); writeFileSync(path, text) }
  for (const made of ['home', 'workspace', 'extensions', 'tmp']) mkdirSync(at(made))
  write(at('config.yaml'), '')
  write(at('home', '.profile'), `PATH="${at('path')}:$PATH"\n`)       // extensions get the PATH of a login shell
  write(join(data, 'User', 'settings.json'), JSON.stringify({ ...quiet, 'security.workspace.trust.enabled': trust, ...settings }))
  for (const [path, text] of Object.entries(files)) write(join(workspace, path), text)
  const all = {
    PATH: `${dirname(node)}:/usr/bin:/bin`, HOME: at('home'), TMPDIR: at('tmp'), XDG_CACHE_HOME: at('cache'), LANG: 'C.UTF-8',
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: '', itemUrl: '', resourceUrlTemplate: '' }), ...env,
  }
  const log = openSync(at('server.log'), 'a')
  const base = [codeServer, '--config', at('config.yaml'), '--user-data-dir', data, '--extensions-dir', extensions]
  execFileSync(node, [...base, '--install-extension', vsix, '--force'], { env: all, stdio: ['ignore', log, log] })
  const [extension] = globSync(join(extensions, 'moe-devtools.moe-devtools-*'))
  change?.(extension)
  const port = await freePort()
  const child = spawn(node, [...base, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override',
    ...(trust ? [] : ['--disable-workspace-trust'])], { env: all, stdio: ['ignore', log, log], detached: true })
  await until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok, 'the server', 60_000)
  return {
    folder, workspace, extension,
    /** Makes these the settings of the workspace. Those of the user are read once: this server does not watch their file. */
    configure: (changed) => write(join(workspace, '.vscode', 'settings.json'), JSON.stringify(changed)),
    url: `http://127.0.0.1:${port}/?${new URLSearchParams({ folder: workspace })}`,
    /** Copies a file or folder of the repository into the workspace. */
    copy: (from, to = from) => cpSync(join(repository, from), join(workspace, to), { recursive: true }),
    /** What the extension has logged. */
    log: () => globSync(join(data, 'logs', '**', 'MoE DevTools.log')).map((file) => readFileSync(file, 'utf8')).join(''),
    /** Arguments of the requests of this command that VS Code has sent to the adapter; needs moe.trace verbose. */
    sent(command) {
      return this.messages('>', command).map((message) => message.arguments)
    },
    /** Bodies of the adapter's responses to this command; needs moe.trace verbose. */
    answers(command) {
      return this.messages('<', command).map((message) => message.body)
    },
    messages(arrow, command) {
      return [...this.log().matchAll(/^.*? dap .*? ([<>]) (\{.*\})$/gm)].filter(([, way]) => way === arrow).map(([, , json]) => JSON.parse(json)).filter((message) => message.command === command)
    },
    /** Processes of daemons that this server's windows have started. */
    daemons: () => globSync('/proc/[0-9]*/cmdline').filter((file) => {
      try { return /moe-devtools\0daemon\0/.test(readFileSync(file, 'utf8')) && readFileSync(join(dirname(file), 'environ'), 'utf8').includes(`TMPDIR=${at('tmp')}`) } catch { return false }
    }).map((file) => Number(file.split('/')[2])),
    stop: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      try { process.kill(-child.pid, 'SIGTERM') } catch { /* it has ended */ }
      const timer = setTimeout(() => { try { process.kill(-child.pid, 'SIGKILL') } catch { /* it has ended */ } }, 5_000)
      await exited
      clearTimeout(timer)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})
