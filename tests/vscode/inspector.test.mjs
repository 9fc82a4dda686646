// The Expert Inspector, pinned experts, Focus, the editor's hints, sessions and recordings: one window, in this order.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { root } from './places.mjs'
import { startServer } from './server.mjs'
import { until } from './waiting.mjs'
import { openWorkbench } from './workbench.mjs'

const model = join(root, 'samples', 'olmoe-tiny')
const prompt = 'One morning, Anna went to the garden with her friend Tom. Anna was hungry, so'
let server, workbench, page

before(async () => {
  const configurations = [{ type: 'moe', request: 'launch', name: 'Entry', model, prompt, stopOnEntry: true }]
  server = await startServer({ files: { '.vscode/launch.json': JSON.stringify({ version: '0.2.0', configurations }), '.vscode/settings.json': '{}', 'plain.py': 'x = 1\n' }, settings: { 'moe.trace': 'verbose' } })
  workbench = await openWorkbench(server)
  page = workbench.page
})
after(async () => {
  await workbench?.close()
  await server?.stop()
})

/** Rows of the side bar's trees. */
const rows = () => page.locator('.tree-explorer-viewlet-tree-view .monaco-list-row')
const row = (label) => rows().filter({ has: page.locator('.label-name', { hasText: new RegExp(`^${label}$`) }) }).first()
const words = (label) => row(label).getAttribute('aria-label')
const says = (label, pattern) => until(async () => pattern.test(await words(label)), `${label} that says ${pattern}`)
/** Its icon is there while the pointer is over the row, which may be drawn again meanwhile. */
const act = (label, action) => until(async () => {
  await row(label).hover({ timeout: 2000 })
  await row(label).locator(`.actions .action-label[aria-label^="${action}"]`).first().click({ timeout: 1000 })
  return true
}, `${action} of ${label}`)
const labels = () => rows().locator('.label-name').allInnerTexts()
const container = async () => {
  const icon = page.locator('.activitybar .action-item').filter({ has: page.locator('a[aria-label^="MoE DevTools"]') })
  if (!/\bchecked\b/.test(await icon.getAttribute('class'))) await icon.click()
}
/** Opens or closes a row of a tree: a click while rows are drawn again may hit nothing. */
const twist = async (label, open = true) => {
  await row(label).waitFor()
  await until(async () => {
    if ((await row(label).getAttribute('aria-expanded') === 'true') === open) return true
    await row(label).locator('.monaco-tl-twistie').click()
    return false
  }, `${label} ${open ? 'open' : 'closed'}`)
}
const answerFilter = async (text) => {
  await workbench.command('MoE: Filter Experts...')
  const input = page.locator('.quick-input-widget input.input').first()
  await input.fill(text)
  await page.keyboard.press('Enter')
}

test('without a session each view says what to do', async () => {
  await container()
  const welcome = page.locator('.welcome-view-content', { hasText: 'No session yet' })
  await welcome.locator('.monaco-button', { hasText: 'Open the Sample Recording' }).waitFor()
  await page.locator('.welcome-view-content', { hasText: 'Nothing is open' }).first().waitFor()
  assert.deepEqual(server.daemons(), [], 'looking starts no daemon')
  await workbench.shot('inspector-empty')
})

test('layers and experts of a session are there, with what a screen reader says of them', async () => {
  await page.keyboard.press('Control+Shift+D')
  await workbench.debug('Entry')
  await workbench.stopped()
  await workbench.move('step-out', / step 2 /)
  await container()
  await says('Layer 0', /^layer 0, router entropy 0\.\d\d, load \d\.\d to \d\.\d times the fair share, stopped here$/)
  await twist('Layer 1')
  await says('E7', /^expert 7, \d\.\d times the fair share, hot/)
  assert.match(await words('router'), /^router model\.layers\.1\.mlp\.gate, softmax over all, top-4 of 16/)
  assert.equal((await labels()).filter((label) => /^E\d+$/.test(label)).length, 16)
  await workbench.shot('inspector-experts')
})

test('a routing breakpoint of the tree is one of the gutter', async () => {
  await act('Layer 1', 'Toggle Routing Breakpoint')
  await says('Layer 1', /breakpoint/)
  await page.locator('.editor-instance .cgmr.codicon-debug-breakpoint').waitFor()
  await until(() => server.sent('setBreakpoints').at(-1)?.breakpoints.length === 1, 'the breakpoint at the adapter')
  await row('Layer 1').click()
  await page.keyboard.press('F9')
  await until(async () => !/breakpoint/.test(await words('Layer 1')), 'no breakpoint')
})

test('an expert is masked and unmasked', async () => {
  await act('E7', 'Mask Expert')
  await says('E7', /masked/)
  await workbench.shot('inspector-masked')
  await act('E7', 'Unmask Expert')
  await until(async () => !/masked/.test(await words('E7')), 'the end of the mask')
})

test('what was opened stays open while the debugger steps', async () => {
  await page.locator('.debug-toolbar .codicon-debug-step-over').click()
  await says('Layer 1', /stopped here/)
  await says('Layer 0', /times the fair share$/)
  assert.equal(await row('Layer 1').getAttribute('aria-expanded'), 'true')
  await until(async () => (await rows().evaluateAll((all) => all.filter((r) => /^expert .*stopped here/.test(r.getAttribute('aria-label'))).length)) === 4, 'the four experts of the stop')
  await workbench.shot('inspector-stopped')
})

test('pinned experts are rows across tokens, and a token of one is gone to', async () => {
  await act('E11', 'Pin Expert')
  await says('E11', /pinned/)
  await page.locator('.pane-header', { hasText: 'Pinned Experts' }).click()
  await says('L1·E11', /^L1·E11, chosen by \d+ of the last 20 tokens, ".+" 0\.\d+/)
  assert.match(await row('L1·E11').innerText(), /[▁▂▃▄▅▆▇█]{20}/)
  await twist('L1·E11')
  await row('token 23 "·so"').waitFor()
  await workbench.shot('inspector-pinned')
  await row('token 23 "·so"').click()
  await says('Layer 1', /stopped here/)
  await until(async () => /step 1/.test(await row('olmoe-tiny').innerText()), 'the stop in the past')
  await twist('L1·E11', false)
})

test('experts are filtered and sorted', async () => {
  await answerFilter('pinned')
  await until(async () => (await labels()).filter((label) => /^(E\d+|Layer \d)$/.test(label)).join() === 'Layer 1,E11', 'the pinned expert alone')
  await page.locator('.tree-explorer-viewlet-tree-view .message', { hasText: 'Filter: pinned' }).waitFor()
  await workbench.command('MoE: Clear Filter of Experts')
  await workbench.command('MoE: Sort Experts...')
  await workbench.pick('Load', 'Load, the largest first')
  await until(async () => {
    const loads = (await rows().evaluateAll((all) => all.map((r) => /^expert \d+, (\d+\.\d) times/.exec(r.getAttribute('aria-label'))?.[1]).filter(Boolean))).map(Number)
    return loads.length > 5 && loads.every((load, i) => i === 0 || load <= loads[i - 1])
  }, 'the largest load first')
  await workbench.shot('inspector-sorted')
  await workbench.command('MoE: Sort Experts...')
  await workbench.pick('Index')
})

test('Focus moves the debugger to a place that is typed, and to one that is chosen', async () => {
  await workbench.command('MoE: Focus on a Decision...')
  await workbench.pick('s1 l2 t14', 'Go There')
  await says('Layer 2', /stopped here/)
  await until(async () => /token 14 /.test(await row('olmoe-tiny').innerText()), 'the token in focus')
  await workbench.command('MoE: Focus on a Decision...')
  await workbench.pick('Layer')
  await workbench.pick('Layer 3')
  await workbench.shot('focus')
  await workbench.pick('Go There')
  await says('Layer 3', /stopped here/)
})

test('above a router\'s line stand its load and entropy and a breakpoint, in files that have routers', async () => {
  const lens = page.locator('.codelens-decoration', { hasText: 'layer 3' })
  await until(async () => /layer 3 · load CV \d\.\d\d · entropy 0\.\d\d/.test(await lens.innerText()), 'the lens')
  // Lenses are drawn again as the session goes on, and a click on one that goes is lost.
  const click = (link, done) => until(async () => {
    if (await done()) return true
    await lens.locator('a', { hasText: link }).click({ timeout: 1_000 })
    await page.waitForTimeout(500)
    return done()
  }, link)
  await click('Add breakpoint', async () => /breakpoint/.test(await words('Layer 3')))
  await click('Remove breakpoint', async () => !/breakpoint/.test(await words('Layer 3')))
  await workbench.shot('editor-lens')
  await workbench.openFile('plain.py')
  await page.locator('.view-line', { hasText: 'x = 1' }).waitFor()
  assert.equal(await page.locator('.editor-instance .codelens-decoration').count(), 0)
  await workbench.button('stop').click()
  await workbench.ended()
})

test('anomalies are problems at their routers, with fixes', async () => {
  const recording = join(server.workspace, 'collapsed.moetrace')
  record('olmoe-tiny-collapsed', recording)
  record('olmoe-tiny', join(server.workspace, 'healthy.moetrace'))
  await container()
    await act('collapsed.moetrace', 'Debug a Recording')
  await page.keyboard.press('Control+Shift+D')
  await workbench.stopped()
  await container()
  const squiggle = page.locator('.editor-instance .squiggly-warning, .editor-instance .squiggly-error').first()
  await squiggle.waitFor()
  const fix = async (title) => {
    const { x, y } = await squiggle.boundingBox()
    await page.mouse.click(x + 40, y)
    await workbench.command('Quick Fix...')
    const item = page.locator('.action-widget .monaco-list-row', { hasText: title }).first()
    await item.waitFor()
    await workbench.shot('editor-anomaly')
    await item.click()
  }
  await fix('Break on this: model.layers.')
  await until(async () => (await rows().evaluateAll((all) => all.filter((r) => /^layer \d, .*anomaly: .*breakpoint/.test(r.getAttribute('aria-label'))).length)) === 1, 'the breakpoint')
  await fix('Explain')
  await page.locator('.monaco-dialog-box', { hasText: 'router collapse' }).waitFor()
  await workbench.shot('editor-explained')
  await page.keyboard.press('Escape')
  await twist('Layer 3')
  await until(() => rows().evaluateAll((all) => all.some((r) => /^expert \d+, dead/.test(r.getAttribute('aria-label')))), 'a dead expert')
  await workbench.shot('inspector-anomalies')
})

test('one setting takes the hints away', async () => {
  const settings = join(server.workspace, '.vscode', 'settings.json')
  writeFileSync(settings, JSON.stringify({ 'moe.editorHints': false }))
  await page.locator('.codelens-decoration').first().waitFor({ state: 'detached' })
  await page.locator('.squiggly-warning, .squiggly-error').first().waitFor({ state: 'detached' })
  writeFileSync(settings, '{}')
  await page.locator('.codelens-decoration').first().waitFor()
  await workbench.button('stop').click()
  await workbench.ended()
})

test('a recording is opened, compared and deleted', async () => {
  await act('healthy.moetrace', 'Show Charts')
  await says('healthy.moetrace', /recording/)
  await workbench.shot('recordings')
  await workbench.choose(rows().filter({ hasText: 'collapsed.moetrace' }).last(), 'Compare...')
  await workbench.pick('healthy')
  await until(async () => (await labels()).filter((label) => label === 'collapsed.moetrace').length >= 2, 'both open')
  const remove = async (button) => {
    const dialog = page.locator('.monaco-dialog-box', { hasText: 'Delete collapsed.moetrace?' })
    await workbench.choose(rows().filter({ hasText: 'collapsed.moetrace' }).last(), 'Delete Recording...')
    await dialog.waitFor()
    await workbench.shot('recordings-delete')
    await dialog.locator('.monaco-button', { hasText: button }).click()
    await dialog.waitFor({ state: 'hidden' })
  }
  await remove('Cancel')
  assert.ok(existsSync(join(server.workspace, 'collapsed.moetrace')))
  await remove('Delete')
  await until(() => !existsSync(join(server.workspace, 'collapsed.moetrace')), 'the end of the file')
  await until(async () => !(await labels()).includes('collapsed.moetrace'), 'the end of its rows')
})

test('after a crash of the daemon the views go on with the recordings, and say why', async () => {
  const [before] = server.daemons()
  process.kill(before, 'SIGKILL')
  await page.locator('.tree-explorer-viewlet-tree-view .message', { hasText: 'The daemon ended' }).waitFor()
  await until(() => server.daemons().length === 1 && server.daemons()[0] !== before, 'another daemon')
  await says('Layer 0', /^layer 0, router entropy 0\.\d\d/)
  await workbench.shot('inspector-crash')
})

/** Two documents of each domain, run through a sample model by the program that is tested. */
function record(sample, file) {
  const dataset = join(server.folder, 'documents.jsonl')
  const taken = {}
  const lines = readFileSync(join(root, 'samples/data/eval.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line)).filter(({ domain }) => (taken[domain] = (taken[domain] ?? 0) + 1) <= 2)
  writeFileSync(dataset, lines.map(({ id, domain, text }) => JSON.stringify({ id, label: domain, text }) + '\n').join(''))
  execFileSync(join(server.extension, 'daemon', 'moe-devtools'), ['run', join(root, 'samples', sample), '--dataset', dataset, '--record', file], { stdio: 'ignore' })
}
