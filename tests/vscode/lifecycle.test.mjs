// The daemon of a window: how it is found, what is said when it is not there or not well, and that it goes when the window goes.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { root } from './places.mjs'
import { startServer } from './server.mjs'
import { until } from './waiting.mjs'
import { openWorkbench } from './workbench.mjs'

let server, workbench, page, bundled

before(async () => {
  // Where a program that brings no runtime looks for one, and finds none.
  server = await startServer({ env: { DOTNET_ROOT: mkdtempSync(join(tmpdir(), 'moe-no-dotnet-')) } })
  bundled = join(server.extension, 'daemon', 'moe-devtools')
  workbench = await openWorkbench(server)
  page = workbench.page
})
after(async () => {
  await workbench?.close()
  await server?.stop()
})
afterEach(async ({ name, passed }) => {
  if (passed === false) await workbench.shot(`failed ${name}`)
  await workbench.reset()
})

/** A program in a folder of this test, as a script of the shell or as bytes. */
function program(name, content, mode = 0o755) {
  const folder = join(server.folder, 'programs')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

/** Sets moe.daemon.path. A window that has a daemon starts the one that it now names. */
const use = (path) => server.configure({ 'moe.daemon.path': path })

const running = async () => {
  await until(async () => (await workbench.status().getAttribute('aria-label') ?? '').includes('running'), 'a daemon that runs', 40_000)
  const [pid, ...others] = server.daemons()
  assert.deepEqual(others, [])
  return pid
}

test('the bundled daemon starts when it is first needed, and the status item leads to its log', async () => {
  assert.deepEqual(server.daemons(), [])
  await workbench.command('MoE: Restart the Daemon')
  await running()
  assert.match(server.log(), /daemon \d+\.\d+\.\d+: .*\/daemon\/moe-devtools \(bundled\)/)
  await workbench.status().click()
  await workbench.pick('Show Log')
  await page.locator('.output-view .view-line', { hasText: 'activated in' }).first().waitFor()
  await workbench.shot('lifecycle-log')
})

test('a daemon that crashes is started again, and the reason is said', async () => {
  const pid = await running()
  process.kill(pid, 'SIGKILL')
  const toast = await workbench.toast('The daemon crashed and was started again (SIGKILL)')
  await workbench.shot('lifecycle-crash')
  await toast.locator('.monaco-button', { hasText: 'Show Log' }).click()
  assert.notEqual(await running(), pid)
})

test('a daemon that hangs is noticed, and a button starts another one', async () => {
  const pid = await running()
  process.kill(pid, 'SIGSTOP')
  const toast = await workbench.toast('The daemon does not answer')
  await workbench.shot('lifecycle-hang')
  await toast.locator('.monaco-button', { hasText: 'Restart' }).click()
  await until(() => !server.daemons().includes(pid), 'the end of the daemon that hangs')
  await running()
})

test('diagnostics say versions, the daemon and the machine', async () => {
  await running()
  await workbench.command('MoE: Copy Diagnostics')
  await workbench.toast('The diagnostics are on the clipboard')
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  assert.match(copied, /^MoE DevTools \d+\.\d+\.\d+, VS Code \d+.*language en/)
  assert.match(copied, /activated in \d+\.\d ms/)
  assert.match(copied, /daemon: running/)
  assert.match(copied, /from bundled: .*, process \d+/)
})

for (const [what, make, said] of [
  ['names no file', () => '/nowhere/moe-devtools', 'There is no program /nowhere/moe-devtools'],
  ['names a file that may not be executed', () => program('plain', '#!/bin/sh\n', 0o644), 'may not be executed'],
  ['names a damaged binary', () => program('damaged', Buffer.concat([readFileSync(bundled).subarray(0, 4096), Buffer.alloc(64)])), 'or is damaged'],
  ['names another program', () => program('other', '#!/bin/sh\necho hello\n'), 'is not the program of MoE DevTools, or is damaged: hello'],
  ['names a daemon of another version', () => program('old', '#!/bin/sh\necho moe-devtools 9.9.0\n'), 'does not go with this version of the extension: 9.9.0'],
  ['names a program that never answers', () => program('silent', '#!/bin/sh\nexec sleep 600\n'), 'was started and does not answer'],
  ['names a daemon that ends at once', () => program('short', '#!/bin/sh\n[ "$1" = --version ] && exec echo moe-devtools 0.1.0\necho no memory >&2\nexit 3\n'), 'ended while it started: exit code 3: no memory'],
]) test(`a setting that ${what} is explained`, async () => {
  use(make())
  const toast = await workbench.toast(said)
  assert.deepEqual(server.daemons(), [])
  assert.match(await workbench.status().getAttribute('class'), /has-background-color|error/)
  await workbench.shot(`lifecycle-${what.replaceAll(' ', '-')}`)
  await toast.locator('.monaco-button', { hasText: 'Restart' }).waitFor()
})

test('a daemon whose .NET is missing says so, and where to get it', async () => {
  use(join(root, 'artifacts', 'bin', 'Host', 'release', 'moe-devtools'))
  const toast = await workbench.toast('needs .NET 10')
  await toast.locator('.monaco-button', { hasText: 'Get .NET' }).waitFor()
  await workbench.shot('lifecycle-no-dotnet')
})

test('Open Settings leads to the setting, and a program that works is used again', async () => {
  use('/nowhere/again')
  const toast = await workbench.toast('There is no program /nowhere/again')
  await toast.locator('.monaco-button', { hasText: 'Open Settings' }).click()
  await page.locator('.settings-editor .setting-item', { hasText: 'Path of the' }).first().waitFor()
  use(bundled)
  await running()
  assert.match(server.log(), /moe-devtools \(setting\)/)
})

test('without a bundled daemon the one on PATH is used, and without that one it is explained', async () => {
  const aside = join(server.folder, 'aside')
  renameSync(dirname(bundled), aside)
  try {
    use('')
    await workbench.toast('not part of this build of the extension and not on PATH')
    mkdirSync(join(server.folder, 'path'))
    symlinkSync(join(aside, 'moe-devtools'), join(server.folder, 'path', 'moe-devtools'))
    await workbench.command('MoE: Restart the Daemon')
    await running()
    assert.match(server.log(), /\/path\/moe-devtools \(path\)/)
  } finally {
    renameSync(aside, dirname(bundled))
  }
})

test('no daemon outlives its window', async () => {
  await workbench.command('MoE: Restart the Daemon')
  const pid = await running()
  await workbench.command('Developer: Reload Window')
  await until(() => !server.daemons().includes(pid), 'the end of the daemon')
  await page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: 60_000 })
  await workbench.command('MoE: Restart the Daemon')
  const another = await running()
  // The extension host dies without a word.
  const host = Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(another)], { encoding: 'utf8' }))
  process.kill(host, 'SIGKILL')
  await until(() => server.daemons().length === 0, 'the end of the daemon')
})
