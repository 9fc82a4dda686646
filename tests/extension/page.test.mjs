// The charts page as a person meets it: a real Chromium, the page's own Content-Security-Policy, a real daemon behind it. Screenshots stay in artifacts/screenshots.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { repository } from './bundle.mjs'
import { daemonWithRecordings } from './daemon.mjs'
import { openPage } from './page.mjs'

const screenshots = join(repository, 'artifacts/screenshots/charts')

let daemon
let opened
before(async () => {
  mkdirSync(screenshots, { recursive: true })
  daemon = await daemonWithRecordings()
})
after(() => daemon?.close())
afterEach(async () => {
  const chart = opened
  opened = undefined
  if (!chart) return
  const violations = await chart.violations()
  await chart.close()
  assert.deepEqual(violations, [], 'nothing breaks the Content-Security-Policy')
  assert.deepEqual(chart.problems, [])
})

const open = async (options = {}) => {
  opened = await openPage({ call: daemon.call, sessions: [daemon.sessions.collapsed, daemon.sessions.healthy], ...options })
  return opened
}
const text = (chart, selector) => chart.page.textContent(selector)
/** The page's place of a cell: rows and columns begin where its labels end. */
const cell = async (chart, row, column) => {
  await chart.page.focus('.figure.cells')
  for (let i = 0; i < 70; i++) await chart.page.keyboard.press('ArrowUp')
  await chart.page.keyboard.press('Home')
  for (let i = 0; i < row; i++) await chart.page.keyboard.press('ArrowDown')
  for (let i = 0; i < column; i++) await chart.page.keyboard.press('ArrowRight')
  const box = await chart.page.locator('.cursor').boundingBox()
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

/** An SVG as another page reads it: the charts' own allows no inline styles. */
const parsed = async (chart, svg) => {
  const other = await chart.page.context().browser().newPage()
  const read = await other.evaluate((source) => {
    const document = new DOMParser().parseFromString(source, 'image/svg+xml')
    return { error: document.querySelector('parsererror')?.textContent, rects: document.querySelectorAll('rect').length, texts: [...document.querySelectorAll('text')].map((t) => t.textContent) }
  }, svg)
  await other.close()
  return read
}

test('Load is the first tab; its title is the finding, and the map has colours', async () => {
  const chart = await open()
  assert.match(await chart.finding(), /^L\d·E\d+ carries most: \d\.\dx of its fair share$/)
  const colours = await chart.page.evaluate(() => {
    const canvas = document.querySelector('canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return new Set(new Uint32Array(data.buffer)).size
  })
  assert.ok(colours > 20, `${colours} colours`)
  await chart.page.screenshot({ path: join(screenshots, 'load-dark.png') })
})

test('Arrows go from expert to expert and say where they are; Enter opens the expert, Esc goes back', async () => {
  const chart = await open()
  await cell(chart, 2, 5)
  assert.match(await text(chart, '.spoken'), /^L2·E5 {2}\d\.\dx, [\d,]+ of [\d,]+ tokens, share/)
  assert.match(await text(chart, '.tooltip strong'), /^L2·E5/)
  await chart.page.keyboard.press('Enter')
  await chart.settled()
  assert.equal(await chart.page.getAttribute('#tab-expert', 'aria-selected'), 'true')
  assert.deepEqual(chart.acts.at(-1), { type: 'focus', session: daemon.sessions.healthy.id, focus: { router: 2, expert: 5 }, go: false })
  await chart.page.keyboard.press('Escape')
  await chart.settled()
  assert.equal(await chart.page.getAttribute('#tab-load', 'aria-selected'), 'true')
})

test('A click on a cell opens its expert', async () => {
  const chart = await open()
  const place = await cell(chart, 1, 9)
  await chart.page.mouse.click(place.x, place.y)
  await chart.settled()
  assert.equal(await chart.page.getAttribute('#tab-expert', 'aria-selected'), 'true')
  assert.match(await text(chart, '.choices .chip'), /^L1·E9/)
})

test('Tabs are reached and changed by keyboard alone, and only the chosen one is a tab stop', async () => {
  const chart = await open()
  await chart.page.keyboard.press('Tab')
  assert.equal(await chart.page.evaluate(() => document.activeElement.id), 'tab-load')
  await chart.page.keyboard.press('ArrowRight')
  await chart.page.keyboard.press('ArrowRight')
  await chart.settled()
  assert.equal(await chart.page.evaluate(() => document.activeElement.id), 'tab-tokens')
  assert.equal(await chart.page.locator('[role=tab][tabindex="0"]').count(), 1)
  assert.equal(await chart.page.getAttribute('main', 'aria-labelledby'), 'tab-tokens')
})

test('T shows the numbers as a table, and T again the chart', async () => {
  const chart = await open()
  await chart.page.keyboard.press('t')
  await chart.page.waitForSelector('.table')
  assert.equal(await chart.page.locator('.table tbody tr').count(), 64)
  assert.deepEqual(await chart.page.locator('.table th').allTextContents(), ['layer', 'expert', 'load [x]', 'tokens', 'share'])
  await chart.page.keyboard.press('t')
  await chart.page.waitForSelector('.figure.cells')
})

test('E exports the table as CSV with plain numbers, the picture as PNG and as SVG', async () => {
  const chart = await open()
  const save = async (item) => {
    await chart.page.keyboard.press('e')
    await chart.page.waitForSelector('.menu:not([hidden])')
    for (let i = 0; i < item; i++) await chart.page.keyboard.press('ArrowDown')
    const count = chart.acts.length
    await chart.page.keyboard.press('Enter')
    while (chart.acts.length === count) await chart.page.evaluate(() => new Promise(requestAnimationFrame))
    return chart.acts.at(-1)
  }
  const csv = await save(0)
  assert.equal(csv.name, 'load-healthy.csv')
  const lines = csv.data.trimEnd().split('\r\n').map((line) => line.split(','))
  assert.deepEqual(lines[0], ['layer', 'expert', 'load [x]', 'tokens', 'share'])
  assert.equal(lines.length, 65)
  const loads = await daemon.call('session/loads', { session: daemon.sessions.healthy.id })
  const counts = new BigInt64Array(Uint8Array.from(Buffer.from(loads.counts.base64, 'base64')).buffer)
  assert.deepEqual(lines.slice(1).map((line) => Number(line[3])), Array.from(counts, Number))

  const png = Buffer.from((await save(1)).data, 'base64')
  assert.equal(png.subarray(1, 4).toString(), 'PNG')
  assert.equal(png.readUInt32BE(16), 2 * (await chart.page.evaluate(() => document.querySelector('main').clientWidth)))

  const svg = (await save(2)).data
  const picture = await parsed(chart, svg)
  assert.equal(picture.error, undefined)
  assert.ok(picture.rects > 64)
  assert.ok(picture.texts.includes(await chart.finding()))
})

test('Tokens: hovering says the decision, a click moves the debugger there', async () => {
  const chart = await open()
  await chart.tab('tokens')
  const token = chart.page.locator('.token').nth(5)
  await token.hover()
  assert.match(await text(chart, '.tooltip'), /^“.+” · step 1 · position 5L0·E\d+ {2}0\.\d+/)
  await token.click()
  const { focus, go } = chart.acts.at(-1)
  assert.deepEqual({ ...focus, expert: undefined, go }, { step: 1, pass: 0, router: 0, row: 5, expert: undefined, go: true })
  await chart.page.waitForSelector('.token.selected')
  assert.equal(await chart.page.locator('.token.selected').getAttribute('data-i'), '5')
  await chart.page.screenshot({ path: join(screenshots, 'tokens-dark.png') })
})

test('Tokens: an expert is pinned and unpinned for all views; the pin stays over a reload', async () => {
  const chart = await open()
  await chart.tab('tokens')
  const chip = (expert) => chart.page.locator('.legend .chip', { hasText: new RegExp(`^E${expert}$`) })
  const [, expert] = /^E(\d+)$/.exec(await chart.page.locator('.legend .chip[aria-pressed=false]').first().textContent())
  await chip(expert).click()
  await chart.page.waitForFunction(() => document.querySelectorAll('.legend .chip[aria-pressed=true]').length === 1)
  assert.deepEqual(await chart.page.locator('.legend .chip[aria-pressed=true]').allTextContents(), [`E${expert}`])
  assert.deepEqual(chart.acts.at(-1), { type: 'pin', pin: { router: 'model.layers.0.mlp.gate', expert: Number(expert) }, pinned: true })
  await chart.page.reload()
  await chart.settled()
  assert.equal(await chart.page.getAttribute('#tab-tokens', 'aria-selected'), 'true')
  assert.deepEqual(await chart.page.locator('.legend .chip[aria-pressed=true]').allTextContents(), [`E${expert}`])
  await chip(expert).click()
  await chart.page.waitForFunction(() => document.querySelectorAll('.legend .chip[aria-pressed=true]').length === 6)
})

test('Tokens: beside another run, tokens that differ are marked in both', async () => {
  const chart = await open()
  await chart.tab('tokens')
  await chart.page.getByLabel('Other run').selectOption(daemon.sessions.collapsed.id)
  await chart.page.waitForSelector('.run:nth-child(2)')
  const marked = await chart.page.locator('.run').evaluateAll((runs) => runs.map((run) => run.querySelectorAll('.token.differs').length))
  assert.ok(marked[0] > 100)
  assert.equal(marked[0], marked[1])
  assert.match(await chart.finding(), /^Layer 0: \d+% of tokens take other experts in the other run$/)
})

test('The window of steps holds for all tabs, and what is not recorded says so with a way out', async () => {
  const chart = await open()
  await chart.page.getByLabel('First step').fill('2')
  await chart.page.getByLabel('Last step').fill('3')
  await chart.page.getByLabel('Last step').press('Enter')
  await chart.settled()
  assert.match(await text(chart, '.notes'), /Steps 2 to 3/)
  await chart.tab('tokens')
  assert.deepEqual([...new Set(await chart.page.locator('.token').evaluateAll((tokens) => tokens.map((t) => t.dataset.run)))], ['0'])
  await chart.page.getByLabel('First step').fill('90000')
  await chart.page.getByLabel('Last step').fill('')
  await chart.page.getByLabel('Last step').press('Enter')
  await chart.page.waitForFunction(() => document.querySelector('#finding').textContent === 'Nothing is recorded in these steps.')
  await chart.page.locator('.empty button').click()
  await chart.page.waitForSelector('.token')
})

test('Another session is chosen above, and its collapsed layers are the finding', async () => {
  const chart = await open()
  await chart.page.getByLabel('Session').selectOption(daemon.sessions.collapsed.id)
  await chart.page.waitForFunction(() => /^Dead|sends/.test(document.querySelector('#finding').textContent))
  await chart.page.screenshot({ path: join(screenshots, 'load-collapsed-dark.png') })
})

test('A session that has moved on is asked again, one question at a time; the same revision is not', async () => {
  const asking = { now: 0, most: 0 }
  const chart = await open({
    call: async (...question) => {
      asking.most = Math.max(asking.most, ++asking.now)
      try { return await daemon.call(...question) } finally { asking.now-- }
    },
  })
  const loads = () => chart.asked.filter(({ method }) => method === 'session/loads').length
  const before = loads()
  const { healthy } = daemon.sessions
  await chart.post({ type: 'sessions', sessions: [healthy] })
  await chart.settled()
  assert.equal(loads(), before)
  for (let revision = healthy.revision + 1; revision < healthy.revision + 30; revision++) await chart.post({ type: 'sessions', sessions: [{ ...healthy, revision }] })
  await chart.page.waitForFunction(() => !document.querySelector('main[aria-busy]'))
  assert.ok(loads() > before && loads() < before + 30, `${loads() - before} questions for 29 revisions`)
  assert.equal(asking.most, 1)
})

test('A question is cancelled when its tab is left', async () => {
  let cancelled
  const done = new Promise((resolve) => { cancelled = resolve })
  const chart = await open({
    call: (method, params, token) => (method === 'session/tokens' ? new Promise((_, reject) => token.onCancellationRequested(() => { cancelled(); reject(new Error('cancelled')) })) : daemon.call(method, params, token)),
  })
  await chart.page.click('#tab-tokens')
  await chart.page.waitForSelector('main[aria-busy]')
  await chart.tab('load')
  await done
  assert.match(await chart.finding(), /carries most/)
})

test('A refusal is a sentence with a button, and asking again helps when the cause is gone', async () => {
  let broken = true
  const chart = await open({ call: (method, params, token) => (broken && method === 'session/loads' ? Promise.reject(new Error('the recording cannot be read.')) : daemon.call(method, params, token)) })
  assert.equal(await chart.finding(), 'the recording cannot be read.')
  broken = false
  await chart.page.getByRole('button', { name: 'Try again' }).click()
  await chart.page.waitForSelector('.figure.cells')
})

test('Without a session the page says so and offers ways to get one', async () => {
  const chart = await open({ sessions: [] })
  assert.equal(await chart.finding(), 'No session yet.')
  assert.deepEqual(await chart.page.locator('.empty button').allTextContents(), ['Open sample recording', 'Open a recording…', 'Run a model…'])
  await chart.page.getByRole('button', { name: 'Open sample recording' }).click()
  await chart.page.evaluate(() => new Promise(requestAnimationFrame))
  assert.deepEqual(chart.acts.at(-1), { type: 'open', what: 'sample' })
  await chart.post({ type: 'sessions', sessions: [daemon.sessions.healthy] })
  await chart.page.waitForSelector('.figure.cells')
})

test('When the daemon is gone its reason stands in place of the chart; the chart comes back with it', async () => {
  const chart = await open()
  await chart.post({ type: 'sessions', sessions: [], problem: 'The daemon ended: signal 9.' })
  await chart.page.waitForFunction(() => document.querySelector('#finding').textContent === 'The daemon ended: signal 9.')
  await chart.post({ type: 'sessions', sessions: [] })
  await chart.page.waitForFunction(() => document.querySelector('#finding').textContent === 'The session has ended.')
  assert.equal(await chart.page.locator('.empty button').first().textContent(), 'Open its recording')
  await chart.post({ type: 'sessions', sessions: [daemon.sessions.healthy] })
  await chart.page.waitForSelector('.figure.cells')
})

test('A stop of the debugger moves the focus of the page, and so do other views', async () => {
  const chart = await open()
  const stop = { step: 4, pass: 0, router: 1, routerName: 'model.layers.1.mlp.gate', row: 7, position: 7, reason: 'breakpoint', isPast: false, experts: [] }
  await chart.post({ type: 'sessions', sessions: [{ ...daemon.sessions.healthy, stop }] })
  await chart.page.waitForFunction(() => document.querySelector('.choices .chip')?.textContent.startsWith('step 4 · row 7 · L1'))
  await chart.tab('tokens')
  assert.equal(await chart.page.locator('.token.selected').count(), 1)
  const next = { ...stop, row: 8, position: 8 }
  await chart.page.reload()
  await chart.settled()
  await chart.post({ type: 'sessions', sessions: [{ ...daemon.sessions.healthy, stop: next }] })      // the debugger went on while the page was hidden
  await chart.page.waitForFunction(() => document.querySelector('.choices .chip')?.textContent.startsWith('step 4 · row 8 · L1'))
  await chart.post({ type: 'focus', session: daemon.sessions.healthy.id, focus: { router: 2, expert: 3 } })
  await chart.page.waitForFunction(() => document.querySelector('.choices .chip')?.textContent.includes('L2·E3'))
})

test('A link opens its tab, window and focus', async () => {
  const chart = await open()
  await chart.post({ type: 'show', link: { tab: 'tokens', session: daemon.sessions.collapsed.id, from: 2, focus: { router: 3, step: 2, pass: 0, row: 4 } } })
  await chart.page.waitForSelector('.token.selected')
  assert.equal(await chart.page.getByLabel('Session').inputValue(), daemon.sessions.collapsed.id)
  await chart.page.getByRole('button', { name: 'Copy link' }).click()
  await chart.page.evaluate(() => new Promise(requestAnimationFrame))
  const { type, link } = chart.acts.at(-1)
  assert.equal(type, 'copyLink')
  assert.deepEqual([link.tab, link.session, link.from, link.focus.router, link.recording], ['tokens', daemon.sessions.collapsed.id, 2, 3, daemon.recordings.collapsed])
})

test('A script that is not the page\'s own does not run', async () => {
  const chart = await open()
  const blocked = await chart.page.evaluate(() => new Promise((resolve) => {
    addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective), { once: true, capture: true })
    const script = document.createElement('script')
    script.textContent = 'globalThis.ran = true'
    document.body.append(script)
  }))
  assert.match(blocked, /^script-src/)
  assert.equal(await chart.page.evaluate(() => globalThis.ran), undefined)
  await chart.page.evaluate(() => { globalThis.violations.length = 0 })
  chart.problems.length = 0
})

const TITLES = {
  timeline: /^Layer \d: .+ went from|^Nothing moved/, flow: / sends \d+% of its tokens to /, together: /are chosen together|^No pair/, logits: /^Layer 0: logits of chosen/, expert: /^L0·E0 /, compare: /^\d+% of tokens take another expert/,
}
for (const [tab, title] of Object.entries(TITLES))
  test(`${tab}: its finding, its figure, its keys, its table and its picture`, async () => {
    const chart = await open({ state: { tab: 'load', session: daemon.sessions.healthy.id, other: daemon.sessions.collapsed.id, focus: {}, table: false, flow: 'layers', threshold: 0.005 } })
    await chart.tab(tab)
    assert.match(await chart.finding(), title)
    await chart.page.screenshot({ path: join(screenshots, `${tab}-dark.png`), fullPage: true })

    await chart.page.locator('[role=application]').first().focus()
    await chart.page.keyboard.press('ArrowRight')
    assert.notEqual((await text(chart, '.spoken')).trim(), '')
    assert.equal(await chart.page.locator('[role=application]:not([aria-label])').count(), 0)

    await chart.page.keyboard.press('t')
    await chart.page.waitForSelector('.table tbody tr')
    await chart.page.keyboard.press('t')
    await chart.page.waitForSelector('.table', { state: 'detached' })

    await chart.page.keyboard.press('e')
    await chart.page.getByRole('menuitem', { name: 'Picture as SVG' }).click()
    await chart.page.evaluate(() => new Promise(requestAnimationFrame))
    const { format, data } = chart.acts.at(-1)
    assert.equal(format, 'svg')
    assert.equal((await parsed(chart, data)).error, undefined)
    await chart.page.keyboard.press('e')
    await chart.page.getByRole('menuitem', { name: 'Picture as PNG' }).click()
    await chart.page.evaluate(() => new Promise(requestAnimationFrame))
    writeFileSync(join(screenshots, `${tab}-exported.png`), Buffer.from(chart.acts.at(-1).data, 'base64'))
  })

test('Timeline: dragging over steps sets the window of all tabs; Enter on a step shows its tokens', async () => {
  const chart = await open()
  await chart.tab('timeline')
  const box = await chart.page.locator('.bands canvas').boundingBox()
  await chart.page.mouse.move(box.x + 80, box.y + 120)
  await chart.page.mouse.down()
  await chart.page.mouse.move(box.x + 160, box.y + 120, { steps: 4 })
  await chart.page.mouse.up()
  await chart.page.waitForFunction(() => document.querySelector('[aria-label="First step"]').value !== '')
  await chart.settled()
  const [from, to] = [Number(await chart.page.getByLabel('First step').inputValue()), Number(await chart.page.getByLabel('Last step').inputValue())]
  assert.ok(from > 1 && to > from && to < 30, `${from} to ${to}`)
  await chart.page.focus('.bands')
  await chart.page.keyboard.press('ArrowRight')
  await chart.page.keyboard.press('Enter')
  await chart.page.waitForSelector('.token')
  assert.equal(await chart.page.getByLabel('First step').inputValue(), String(from + 1))
})

test('Flow: the pointer isolates a link and says what goes there', async () => {
  const chart = await open()
  await chart.tab('flow')
  const box = await chart.page.locator('.plot canvas').boundingBox()
  for (let y = 20; y < box.height && await chart.page.locator('.tooltip').isHidden(); y += 6) await chart.page.mouse.move(box.x + box.width / 2, box.y + y)
  assert.match(await text(chart, '.tooltip'), /^L0·E\d+ → (L1·E\d+|others)tokens: [\d,]+/)
})

test('Expert: a partner opens its own dossier, Esc leads back', async () => {
  const chart = await open()
  await cell(chart, 3, 6)
  await chart.page.keyboard.press('Enter')
  await chart.page.waitForFunction(() => document.querySelector('#finding').textContent.startsWith('L3·E6'))
  const partner = chart.page.locator('section.listing', { hasText: 'Chosen together with' }).locator('button.link').first()
  const name = await partner.textContent()
  await partner.click()
  await chart.page.waitForFunction((start) => document.querySelector('#finding').textContent.startsWith(start), name)
  await chart.page.keyboard.press('Escape')
  await chart.page.waitForFunction(() => document.querySelector('#finding').textContent.startsWith('L3·E6'))
})

for (const theme of ['light', 'contrast-dark', 'contrast-light'])
  test(`Load and Tokens, ${theme}`, async () => {
    const chart = await open({ theme })
    const background = await chart.page.evaluate(() => {
      const { data } = document.querySelector('canvas').getContext('2d').getImageData(1, 1, 1, 1)
      return `rgb(${data[0]}, ${data[1]}, ${data[2]})`
    })
    assert.equal(background, await chart.page.evaluate(() => getComputedStyle(document.body).backgroundColor))
    await chart.page.screenshot({ path: join(screenshots, `load-${theme}.png`) })
    await chart.tab('tokens')
    await chart.page.screenshot({ path: join(screenshots, `tokens-${theme}.png`) })
  })

for (const [locale, load] of [['de', 'Last'], ['fr', 'Charge'], ['es', 'Carga'], ['ja', '負荷'], ['zh-cn', '负载']])
  test(`The page speaks ${locale}`, async () => {
    const chart = await open({ locale })
    assert.equal(await text(chart, '#tab-load'), load)
    assert.equal(await chart.page.evaluate(() => document.documentElement.lang), locale)
    assert.doesNotMatch((await chart.finding()) + (await text(chart, '.notes')), /carries|every expert|Steps/)
    await chart.page.screenshot({ path: join(screenshots, `load-${locale}.png`) })
  })
