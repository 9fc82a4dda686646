// Charts made of what a real daemon says about recordings of the sample models; numbers are held against the recording itself.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { load } from './bundle.mjs'
import { daemonWithRecordings } from './daemon.mjs'

const extension = await load('charts/load.ts', 'charts/tokens.ts', 'charts/say.ts', 'charts/chart.ts')
const { parse, METHODS } = await load('daemon/shape.ts', 'charts/results.ts')
const { say } = extension
const theme = {
  kind: 'dark', foreground: '#cccccc', muted: '#999999', background: '#1f1f1f', line: '#333333', focus: '#0078d4', font: 'sans-serif',
  hues: ['#3794ff', '#d18616', '#89d185', '#b180d7', '#f14c4c', '#cca700'], warning: '#cca700', error: '#f14c4c',
}

let daemon
let routers
before(async () => {
  daemon = await daemonWithRecordings()
  ;({ routers } = await ask('session/model'))
})
after(() => daemon?.close())

/** As the extension asks and checks. */
async function ask(method, params = {}, session = 'healthy') {
  return parse(METHODS[method], await daemon.call(method, { session: daemon.sessions[session].id, ...params }), method)
}

const context = (focus = {}) => ({ say: say('en', {}), theme, routers, focus })
const sum = (values) => values.reduce((a, b) => a + b, 0)

test('load: each layer has as many cells as experts, an item says load, count and interval', async () => {
  const loads = await ask('session/loads')
  const chart = extension.load(loads, context({ router: 1, expert: 3 }))
  const [map] = chart.figures
  assert.equal(map.levels.length, routers.length * 16)
  assert.deepEqual(map.rows, ['L0', 'L1', 'L2', 'L3'])
  assert.deepEqual(map.selected, [1, 3])
  const counts = Array.from(loads.counts.data.subarray(16, 32))
  const item = map.item(1, 3)
  assert.deepEqual(item.focus, { router: 1, expert: 3 })
  assert.equal(item.lines[0], `L1·E3  ${((counts[3] * 16) / sum(counts)).toFixed(1)}x`)
  assert.match(item.lines[1], new RegExp(`^${counts[3].toLocaleString('en')} of ${loads.tokens.data[1].toLocaleString('en')} tokens$`))
  assert.equal(map.item(0, 16), undefined)
})

test('load: the table has every expert, its loads of a layer have the mean 1, and a row opens its expert', async () => {
  const table = extension.load(await ask('session/loads'), context()).table()
  assert.equal(table.rows.length, 64)
  for (let layer = 0; layer < 4; layer++) assert.ok(Math.abs(sum(table.rows.slice(16 * layer, 16 * layer + 16).map((row) => row[2])) - 16) < 1e-9)
  assert.deepEqual(table.focus(35), { router: 2, expert: 3 })
})

test('load: the title of a collapsed run names the layer and how few experts it uses, that of a healthy run does not', async () => {
  assert.match(extension.load(await ask('session/loads', {}, 'collapsed'), context()).title, /^Dead experts: \d+ of 64; most in layer \d, \d+ of 16$|^Layer \d sends \d+% of its load to 2 of 16 experts$/)
  assert.match(extension.load(await ask('session/loads'), context()).title, /^L\d·E\d+ carries most: [12]\.\dx of its fair share$/)
})

test('load: an expert that got no token is hatched, whatever its colour would be', async () => {
  const loads = await ask('session/loads', { range: { from: 1, to: 1 } }, 'collapsed')
  const zero = loads.counts.data.indexOf(0)
  assert.notEqual(zero, -1, 'one document does not reach every expert of a collapsed router')
  const [map] = extension.load(loads, context()).figures
  assert.equal(map.levels[zero], extension.HATCHED)
  assert.match(map.item(Math.floor(zero / 16), zero % 16).lines[1], /^no token$|^dead: zero tokens are not chance here$/)
})

test('tokens: text, first expert and weight are those of the decision, and sequences begin with their label', async () => {
  const rows = await ask('session/tokens', { router: 2, count: 400 })
  const chart = extension.tokens(rows, { router: 2, pinned: [] }, context({ step: 1, pass: 0, row: 3, router: 2 }))
  const [{ tokens }] = chart.figures[0].runs
  assert.equal(tokens.length, 400)
  const decision = await daemon.call('session/decision', { session: daemon.sessions.healthy.id, step: 1, router: 2, row: 3 })
  assert.equal(tokens[3].text, extension.visible(decision.text))
  assert.equal(tokens[3].tag, String(decision.experts[0].expert))
  assert.ok(Math.abs(tokens[3].strength - decision.experts[0].weight) < 1e-6)
  assert.deepEqual(tokens.map((token, i) => (token.selected ? i : -1)).filter((i) => i >= 0), [3])
  assert.equal(tokens[0].startsSequence, 'english')
  assert.deepEqual(tokens[3].item.focus, { step: 1, pass: 0, row: 3, router: 2, expert: decision.experts[0].expert })
  assert.match(tokens[3].item.lines[1], /^L2·E\d+  0\.\d+$/)
})

test('tokens: with many experts only pinned ones have hues, and without pins the busiest', async () => {
  const rows = await ask('session/tokens', { router: 0, count: 300 })
  const hued = (chart) => new Set(chart.figures[0].runs[0].tokens.filter((token) => token.hue !== undefined).map((token) => Number(token.tag)))
  const pinned = extension.tokens(rows, { router: 0, pinned: [3, 9] }, context())
  assert.deepEqual([...hued(pinned)].sort((a, b) => a - b), [3, 9])
  assert.equal(hued(extension.tokens(rows, { router: 0, pinned: [] }, context())).size, 6)
})

test('tokens: beside another run every token with other experts is marked in both', async () => {
  const [a, b] = await Promise.all(['healthy', 'collapsed'].map((session) => ask('session/tokens', { router: 1, count: 200 }, session)))
  const chart = extension.tokens(a, { router: 1, pinned: [], other: { name: 'collapsed', rows: b } }, context())
  const [left, right] = chart.figures[0].runs
  const experts = (rows, i) => Array.from(rows.experts.data.subarray(4 * i, 4 * i + 4)).sort((x, y) => x - y).join()
  for (let i = 0; i < 200; i++) {
    assert.equal(left.tokens[i].differs, experts(a, i) !== experts(b, i), `token ${i}`)
    assert.equal(right.tokens[i].differs, left.tokens[i].differs)
  }
  const same = extension.tokens(a, { router: 1, pinned: [], other: { name: 'itself', rows: a } }, context())
  assert.equal(same.figures[0].runs[0].tokens.filter((token) => token.differs).length, 0)
})

test('numbers and sentences follow the language', () => {
  const german = say('de', { '{0} of {1} tokens': '{0} von {1} Tokens' })
  assert.equal(german.t('{0} of {1} tokens', 1204, 4096), '1.204 von 4.096 Tokens')
  assert.equal(german.ratio(2.42), '2,4x')
  assert.equal(say('en', {}).ratio(0.034), '0.03x')
  assert.equal(say('en', {}).real(0.30000001192), '0.3')
})
