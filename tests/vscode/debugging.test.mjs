// What a person does with the debugger, in one window.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { startServer } from './server.mjs'
import { until } from './waiting.mjs'
import { openWorkbench } from './workbench.mjs'

const model = '${workspaceFolder}/olmoe-tiny'
const prompt = 'One morning, Anna went to the garden with her friend Tom. Anna was hungry, so'
const launch = {
  version: '0.2.0',
  configurations: [
    { type: 'moe', request: 'launch', name: 'Entry', model, prompt, stopOnEntry: true },
    { type: 'moe', request: 'launch', name: 'Through', model, prompt },
    { type: 'moe', request: 'launch', name: 'Empty' },
    { type: 'moe', request: 'launch', name: 'Silent', model },
  ],
}
let server, workbench, page

before(async () => {
  server = await startServer({
    files: { '.vscode/launch.json': JSON.stringify(launch, null, 2), 'train.py': 'def step(x):\n    return x + 1\n\nstep(1)\n', '.vscode/settings.json': '{}' },
    settings: { 'moe.trace': 'verbose' },
  })
  server.copy('samples/olmoe-tiny', 'olmoe-tiny')
  workbench = await openWorkbench(server, { size: { width: 1400, height: 1700 } })       // a row of the Breakpoints view that is out of sight is not there
  page = workbench.page
  await page.keyboard.press('Control+Shift+D')
})
after(async () => {
  await workbench?.close()
  await server?.stop()
})

afterEach(async ({ name, passed }) => {
  if (passed === false) await workbench.shot(`failed ${name}`)
  await workbench.reset()
})

const breakpoints = () => workbench.rows('.debug-breakpoints')
const last = (command) => server.sent(command).at(-1)
/** A session that stands at the first router. */
const atEntry = async () => {
  await workbench.debug('Entry')
  const place = await workbench.stopped()
  await workbench.expand(workbench.variable('Decision'))
  return place
}

/** Lines of the model listing, and where its first two routers are. */
const L0 = 8
const L1 = 20

test('a launch configuration stops at the first router, and the stack reads as a sentence', async () => {
  assert.match(await atEntry(), /^token 0 "One" olmoe-\S+\.moe 8:1 \| router L0 model\.layers\.0\.mlp\.gate .* \| step 1 \(prefill\)/)
  assert.equal(last('initialize').locale, 'en')
  assert.equal(server.daemons().length, 1)
})

test('Variables show the decision first, and a value can be changed there', async () => {
  await atEntry()
  await workbench.variable('entropy').waitFor()
  const k = workbench.variable(/^k\s*=/)
  await k.locator('.value').dblclick()
  await page.locator('.debug-variables .monaco-inputbox input').fill('2')
  await page.keyboard.press('Enter')
  await until(async () => /^k =\s*2/.test(await k.innerText()), 'the new k')
  assert.deepEqual([last('setVariable').name, last('setVariable').value], ['k', '2'])
  await workbench.shot('debugging-changed')
  await workbench.evaluate('undo', /undo/)
  await until(async () => /^k =\s*4/.test(await k.innerText()), 'the old k')
})

test('the Debug Console completes, answers, points at a mistake, and remembers', async () => {
  await atEntry()
  await workbench.console()
  await page.keyboard.type('selectionM')
  await page.keyboard.press('Control+Space')
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'selectionMargin' }).first().waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await workbench.answered('0.0343')
  await workbench.evaluate('entropy >', '^')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await until(async () => (await page.locator('.repl-input-wrapper .view-line').innerText()).includes('selectionMargin'), 'the line before the last one')
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Delete')
})

const watch = async (expression) => {
  await workbench.command('Run and Debug: Focus on Watch View')
  await page.locator('.debug-watch').hover()
  await page.locator('.pane-header[aria-label="Watch Section"] .action-label[aria-label*="Add Expression"]').click()
  await page.keyboard.type(expression)
  await page.keyboard.press('Enter')
}

test('Watch evaluates without changing anything', async () => {
  await atEntry()
  await watch('load(2) > 1')
  await until(async () => /load\(2\) > 1 =\s*true/.test(await workbench.rows('.debug-watch').first().innerText()), 'the watched value')
})

test('a value of Watch is set, which changes the decision', async () => {
  await atEntry()
  await watch('k')
  const row = workbench.rows('.debug-watch').filter({ hasText: /^k/ }).first()
  await until(async () => /k =\s*4/.test(await row.innerText()), 'the watched value')
  await workbench.choose(row, 'Set Value')
  const input = page.locator('.debug-watch .monaco-inputbox input')
  await input.fill('2')
  await input.press('Enter')
  await until(() => server.sent('setExpression').length === 1, 'setExpression')
  assert.deepEqual([last('setExpression').expression, last('setExpression').value], ['k', '2'])
  await until(async () => /^k =\s*2/.test(await workbench.variable(/^k\s*=/).innerText()), 'the new k')
  assert.match((await workbench.variable('experts').innerText()), /E\d+ 0\.\d+ · E\d+ 0\.\d+ · – · –$/)
  await workbench.shot('debugging-watch')
})

test('stepping moves over routers, tokens and steps, and back again by keys', async () => {
  await atEntry()
  await workbench.move('step-over', /^token 0 "One" .* \| router L1 /)
  await workbench.move('step-into', /^token 1 .* \| router L1 /)
  await page.keyboard.press('Alt+F10')
  await workbench.at(/^token 1 .* \| router L0 /)
  await workbench.move('step-over', /^token 1 .* \| router L1 /)
  await workbench.move('step-out', /^token 24 "·she" .* \| router L0 .* \| step 2 \(decode\)/)
  await workbench.shot('debugging-stepped')
})

test('inline values stand behind the router\'s line, and a hover describes a router', async () => {
  await atEntry()
  await page.locator('.monaco-editor .view-line', { hasText: 'entropy = ' }).first().waitFor()
  const line = await page.locator('.view-line', { hasText: 'model.layers.0.mlp.gate' }).first().boundingBox()
  await until(async () => {
    for (const x of [60, 64]) await page.mouse.move(line.x + x, line.y + 9)
    await page.locator('.debug-hover-widget', { hasText: 'load' }).waitFor({ timeout: 3_000 })
    return true
  }, 'the hover')
  await workbench.shot('debugging-hover')
  await page.mouse.move(700, 700)
})

test('restart frame replays the step, and Jump to Cursor travels to another occurrence of a router', async () => {
  await atEntry()
  await workbench.move('step-out', /step 2/)
  const frames = workbench.rows('.debug-call-stack')
  await workbench.choose(frames.filter({ hasText: 'step 2' }).first(), 'Restart Frame')
  await until(() => server.sent('restartFrame').length === 1, 'restartFrame')
  await workbench.at(/^token 24 .* \| router L0 .* \| step 2/)
  const { x, y } = await workbench.gutter(L1)
  await until(async () => {           // a stop that is shown late takes the cursor with it
    await page.mouse.click(x + 200, y)
    return (await page.locator('.part.statusbar').innerText()).includes(`Ln ${L1},`)
  }, 'the cursor on the line')
  await workbench.command('Debug: Jump to Cursor')
  await until(() => server.sent('goto').length === 1, 'goto')
  await workbench.at(/ \| router L1 /)
})

test('a breakpoint of the gutter binds to its router, and its line alone', async () => {
  await workbench.toggleBreakpoint(L1)
  await workbench.debug('Through')
  assert.match(await workbench.stopped(), /^token 0 .* 20:1 /)
  assert.deepEqual(last('setBreakpoints').breakpoints.map(({ line }) => line), [L1])
})

test('a condition and a mode are asked for in the gutter', async () => {
  await workbench.describeBreakpoint(L1, 'Expression', 'entropy < 0.3', 'Each decision')
  await workbench.debug('Through')
  await workbench.stopped()
  const [sent] = last('setBreakpoints').breakpoints
  assert.deepEqual([sent.condition, sent.mode], ['entropy < 0.3', 'decision'])
  await workbench.expand(workbench.variable('Decision'))
  assert.match(await workbench.variable('entropy').innerText(), /entropy =\s*0\.[012]/)
  await workbench.shot('debugging-condition')
})

test('a hit count lets hits pass, and a log point does not stop', async () => {
  await workbench.describeBreakpoint(L0, 'Log Message', 'H is {entropy}')
  await workbench.describeBreakpoint(L1, 'Hit Count', '>= 3', 'Each decision')
  await workbench.debug('Through')
  assert.match(await workbench.stopped(), /^token 2 .* 20:1 /)
  await workbench.answered('H is 0.')
})

test('a session is restarted from its beginning, and hits are counted from there', async () => {
  await workbench.describeBreakpoint(L1, 'Hit Count', '>= 3', 'Each decision')
  await workbench.debug('Through')
  assert.match(await workbench.stopped(), /^token 2 .* 20:1 /)
  await workbench.move('continue', /^token 3 .* 20:1 /)
  await workbench.move('restart', /^token 2 .* 20:1 .* \| step 1 /)
  assert.equal(server.sent('restart').length, 1)
})

test('a function breakpoint binds by glob', async () => {
  await workbench.command('Add Function Breakpoint')
  const input = page.locator('.debug-breakpoints .monaco-inputbox input')
  await until(async () => {
    await workbench.lastBreakpoints()
    return await input.isVisible()
  }, 'the input behind the filters')
  await input.fill('model.layers.[23].mlp.gate')
  await input.press('Enter')
  await workbench.debug('Through')
  assert.match(await workbench.stopped(), /^token 0 .*router L2 /)
})

test('the entropy is watched by a data breakpoint from Variables, and reverse continue goes to the hit before', async () => {
  await atEntry()
  await workbench.choose(workbench.variable('entropy'), 'Break on Value Change')
  await until(() => last('setDataBreakpoints')?.breakpoints.length === 1, 'setDataBreakpoints')
  assert.equal(last('setDataBreakpoints').breakpoints[0].dataId, 'model.layers.0.mlp.gate/entropy')
  await workbench.move('continue', /^token 2 .* \| router L0 /)
  const hit = await workbench.place()
  await workbench.button('continue').click()
  await until(async () => ![hit, ''].includes(await workbench.place()), 'the next hit')
  await page.keyboard.press('Alt+F5')
  await until(async () => await workbench.place() === hit, 'the hit before')
})

test('an anomaly is stopped on by its filter, whose condition is its settings', async () => {
  await atEntry()
  const filter = breakpoints().filter({ hasText: 'Router collapse' }).first()
  await filter.locator('.monaco-checkbox, input[type=checkbox]').first().click()
  try {
    await workbench.choose(filter, 'Edit Condition')
    await page.locator('.debug-breakpoints .monaco-inputbox input').fill('window=1,threshold=3,min_tokens=4')
    await page.keyboard.press('Enter')
    await until(() => last('setExceptionBreakpoints').filterOptions.some(({ condition }) => condition === 'window=1,threshold=3,min_tokens=4'), 'the condition of the filter')
    await workbench.button('continue').click()
    await page.locator('.exception-widget').waitFor({ timeout: 20_000 })
    await workbench.shot('debugging-anomaly')
  } finally {
    await filter.locator('.monaco-checkbox, input[type=checkbox]').first().click()
  }
})

test('breakpoints of Python files are left to Python', async () => {
  await workbench.openFile('train.py')
  await workbench.toggleBreakpoint(2)
  await atEntry()
  await workbench.lastBreakpoints()
  await page.locator('.debug-breakpoints .monaco-list-row', { hasText: 'train.py' }).locator('.codicon-debug-breakpoint-unverified').waitFor()
})

test('a configuration that lacks something says what, and helps', async () => {
  await workbench.debug('Empty')
  const dialog = page.locator('.notification-toast', { hasText: 'has neither a' })
  await dialog.waitFor()
  await workbench.shot('debugging-incomplete')
  await dialog.locator('.monaco-button', { hasText: 'Open launch.json' }).click()
  await page.waitForSelector('.tabs-container .tab[data-resource-name="launch.json"].active')
  await workbench.debug('Silent')
  const input = page.locator('.quick-input-widget input.input')
  await input.fill('Anna was hungry, so')
  await page.keyboard.press('Enter')
  await until(() => last('launch').prompt === 'Anna was hungry, so', 'the launch')
  await workbench.ended()
})

test('launch.json offers snippets and completes attributes', async () => {
  await workbench.openFile('launch.json')
  await page.locator('.monaco-editor .view-line', { hasText: 'Empty' }).click()
  await page.keyboard.press('End')
  await page.keyboard.type(',\n"')
  await page.keyboard.press('Control+Space')
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'forceRouting' }).first().waitFor()
  await workbench.shot('debugging-launch-json')
  await page.keyboard.press('Escape')
  await workbench.command('File: Revert File')
})

test('F5 without a configuration offers the samples', async () => {
  await page.keyboard.press('F1')
  await page.locator('.quick-input-widget input.input').first().fill('debug ')
  await until(async () => {
    await page.keyboard.press('ArrowDown')
    return (await page.locator('.quick-input-widget .monaco-list-row.focused').innerText()).includes('MoE DevTools')
  }, 'the group of the extension')
  await page.keyboard.press('Enter')
  const list = page.locator('.quick-input-widget .monaco-list-row')
  await until(async () => /Sample recording/.test(await list.first().innerText()), 'the samples')
  const offered = (await list.allInnerTexts()).join('\n')
  assert.match(offered, /Sample model/)
  assert.match(offered, /Training: Attach/)
  assert.doesNotMatch(offered, /Python/)              // no Python file is in the editor
  await page.keyboard.press('Enter')
  assert.match(await workbench.stopped(), /router L3/)
  await workbench.expand(workbench.variable('Decision'))
  await workbench.shot('debugging-sample-recording')
})
