// A training as a person debugs it: the Python file in the editor, and one that runs already.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { root } from './places.mjs'
import { startServer } from './server.mjs'
import { until } from './waiting.mjs'
import { openWorkbench } from './workbench.mjs'

const source = readFileSync(join(root, 'tests/fixtures/training/train_mixtral_style.py'), 'utf8')
/** The line that calls the router. */
const line = source.split('\n').findIndex((text) => text.includes('router_logits = self.gate(')) + 1
const launch = {
  version: '0.2.0',
  configurations: [
    { type: 'moe', request: 'launch', name: 'Three steps', program: '${workspaceFolder}/train_mixtral_style.py', args: ['--steps', '3'], cwd: '${workspaceFolder}' },
    { type: 'moe', request: 'launch', name: 'Both', program: '${workspaceFolder}/train_mixtral_style.py', debugpy: true },
    { type: 'moe', request: 'attach', name: 'Join', processId: '${command:pickProcess}' },
  ],
}
let server, workbench, page, runtime

before(async () => {
  runtime = mkdtempSync(join(tmpdir(), 'moe-runtime-'))
  server = await startServer({ files: { '.vscode/launch.json': JSON.stringify(launch, null, 2), '.vscode/settings.json': JSON.stringify({ 'moe.trace': 'verbose' }) }, env: { XDG_RUNTIME_DIR: runtime, OMP_NUM_THREADS: '1' } })
  for (const file of ['train_mixtral_style.py', 'moe_blocks.py', 'synthetic_tasks.py']) server.copy(`tests/fixtures/training/${file}`, file)
  workbench = await openWorkbench(server, { size: { width: 1400, height: 900 } })
  page = workbench.page
  await page.keyboard.press('Control+Shift+D')
})
after(async () => {
  await workbench?.close()
  await server?.stop()
  rmSync(runtime, { recursive: true, force: true })
})
afterEach(async ({ name, passed }) => {
  if (passed === false) await workbench.shot(`failed ${name}`)
  await workbench.reset()
})

/** A red dot on the router's line of the program. */
const dot = async () => {
  await workbench.openFile('train_mixtral_style.py')
  await workbench.goToLine(line)
  await page.keyboard.press('F9')
  await page.locator('.editor-instance .glyph-margin-widgets [class*="codicon-debug-breakpoint"]').first().waitFor()
}

/** Where it stands; a training has to import torch first. */
const stopped = async () => {
  await workbench.button('continue').waitFor({ timeout: 180_000 })
  return workbench.stopped()
}

test('a dot on the router\'s line stops a training of the Python file there; it is stepped, and runs to its end', async () => {
  await dot()
  await workbench.debug('Three steps')
  assert.match(await stopped(), new RegExp(`train_mixtral_style\\.py ${line}:1 \\| router L0 layers\\.0\\.moe\\.gate .* \\| step 1 \\(train\\)`))
  await workbench.shot('training-stopped')
  await workbench.move('step-over', /router L1 layers\.1\.moe\.gate .* \| step 1 \(train\)/)
  await workbench.command('Remove All Breakpoints')
  await workbench.button('continue').click()
  await workbench.ended()
})

test('the Python file in the editor is offered as a training', async () => {
  await workbench.openFile('train_mixtral_style.py')
  await workbench.command('Debug: Select and Start Debugging')
  await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'MoE DevTools' }).click()
  await workbench.pick('Training: Current Python File')
  assert.match(String(server.sent('launch').at(-1)?.program ?? await until(() => server.sent('launch').at(-1)?.program, 'a launch')), /train_mixtral_style\.py$/)
  await workbench.button('stop').click()
  await workbench.ended()
})

test('a training that waits is picked, stops, and goes on without the debugger', async () => {
  const program = spawn('/usr/bin/python3', ['train_mixtral_style.py', '--steps', '100000'], {
    cwd: server.workspace, stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: '1', XDG_RUNTIME_DIR: runtime, MOE_DEVTOOLS_PROBE: 'wait', PYTHONPATH: join(root, 'probes/python/inject') },
  })
  try {
    let said = ''
    program.stderr.on('data', (data) => { said += data })
    await until(() => said.includes('waits to be attached to'), 'a program that waits', 60_000)
    await dot()
    await workbench.debug('Join')
    await workbench.pick('train_mixtral_style.py')
    assert.match(await stopped(), /router L0 layers\.0\.moe\.gate .* \| step 1 \(train\)/)
    await workbench.shot('training-attached')
    await workbench.button('disconnect').click()
    await workbench.ended()
    assert.equal(program.exitCode, null)
  } finally {
    program.kill('SIGKILL')
  }
})

test('without the Python extension, Python + MoE says what it needs', async () => {
  await workbench.debug('Both')
  await workbench.toast('needs the debugger of the Python extension')
})
