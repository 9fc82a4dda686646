// The workbench in every language: what the extension and its daemon say is said in it, in views, charts, Variables, the status item and errors. VS Code itself stays English here.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { root } from './places.mjs'
import { startServer } from './server.mjs'
import { until } from './waiting.mjs'
import { openWorkbench } from './workbench.mjs'

const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'))
let server, workbench, page

before(async () => {
  server = await startServer({ settings: { 'moe.trace': 'verbose' } })
})
after(() => server?.stop())
afterEach(async ({ name, passed }) => {
  if (passed === false) await workbench.shot(`failed ${name}`)
  await workbench.close()
})

/** VS Code draws blanks as others. */
const plain = (drawn) => drawn.replaceAll(/\s+/g, ' ')
/** A sentence of the bundle with anything in its holes, as a pattern. */
const pattern = (sentence) => new RegExp(sentence.split(/\{\d+\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+?'))
const rows = () => page.locator('.tree-explorer-viewlet-tree-view .monaco-list-row')
const charts = () => until(async () => {
  for (const frame of page.frames()) if (await frame.locator('main:not([aria-busy]) #finding').count() > 0) return frame
}, 'the charts')

for (const tag of ['fr', 'de', 'es', 'ja', 'zh-cn']) test(`the workbench speaks ${tag}`, async () => {
  const [texts, bundle] = [read(`package.nls.${tag}.json`), read(`l10n/bundle.l10n.${tag}.json`)]
  const say = (sentence) => {
    assert.ok(sentence in bundle, `${sentence} in the bundle`)
    return pattern(bundle[sentence])
  }
  const decimal = new Intl.NumberFormat(tag).format(0.5)[1]
  workbench = await openWorkbench(server, { language: tag })
  page = workbench.page
  await page.locator('.activitybar .action-item a[aria-label^="MoE"]').click()
  for (const view of ['view.experts', 'view.pinned', 'view.sessions']) await page.locator('.pane-header .title', { hasText: texts[view] }).waitFor()
  await page.locator('.welcome-view-content', { hasText: texts['welcome.experts'].split('\n')[0] }).first().waitFor()
  await workbench.shot(`language-${tag}-welcome`)

  await workbench.command(`MoE: ${texts['command.openSample']}`)
  await workbench.button('continue').waitFor()
  const frames = () => workbench.rows('.debug-call-stack').allInnerTexts()
  await until(async () => (await frames()).some((frame) => say('step {0} ({1})').test(plain(frame))), 'the frame of the step')
  await workbench.expand(workbench.variable(bundle.Decision))
  const scopes = ['Decision', 'Router', 'Step', 'Model'].map((scope) => bundle[scope]).join()
  assert.ok(server.answers('scopes').some((answer) => answer.scopes.map(({ name }) => name).join() === scopes), scopes)
  assert.match(plain(await workbench.variable('entropy').innerText()), /^entropy = 0\.\d+$/, 'values are as programs write numbers')
  assert.ok(server.sent('initialize').some(({ locale }) => locale === tag))
  await page.locator('.repl .monaco-list-row', { hasText: say('Type an expression (entropy), a change (mask 6) or help. Breakpoints go on router lines of {0}.') }).waitFor()
  const lens = await until(async () => (await page.locator('.codelens-decoration').allInnerTexts()).map(plain).find((text) => say('load CV {0}').test(text)), 'the lens')
  assert.ok(lens.includes(`0${decimal}`), 'numbers of views are as people write them')
  const status = await workbench.status().getAttribute('aria-label')
  assert.match(status, say('MoE daemon'))
  assert.match(status, say('step {0}'))
  await workbench.evaluate('mask 6', /MOE\d+/)
  assert.match(plain(await page.locator('.repl .monaco-list-row', { hasText: /MOE\d+/ }).last().innerText()), say('this decision is recorded: it can be looked at and not be changed.'))
  await workbench.shot(`language-${tag}-debugger`)

  await page.locator('.activitybar .action-item a[aria-label^="MoE"]').click()
  const layer = rows().filter({ hasText: pattern(bundle['Layer {0}']) }).first()
  await until(async () => say('load {0} to {1} times the fair share').test(await layer.getAttribute('aria-label')), 'the words of a layer')
  assert.ok((await layer.innerText()).includes(`0${decimal}`))
  await rows().filter({ hasText: 'olmoe-tiny' }).last().click()
  const frame = await charts()
  await until(async () => say('{0} carries most: {1} of its fair share').test(await frame.locator('#finding').textContent()), 'the title of the chart')
  await workbench.shot(`language-${tag}`)
  await workbench.button('stop').click()
  await workbench.ended()
})
