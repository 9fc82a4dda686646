// Charts made of what a real daemon says about recordings of the sample models; numbers are held against the recording itself.
import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { load } from './bundle.mjs'
import { daemonWithRecordings } from './daemon.mjs'

const extension = await load(
  'charts/load.ts', 'charts/timeline.ts', 'charts/tokens.ts', 'charts/flow.ts', 'charts/together.ts', 'charts/logits.ts', 'charts/expert.ts', 'charts/compare.ts', 'charts/say.ts', 'charts/chart.ts')
const { parse, methods } = await load('daemon/shape.ts', 'daemon/contract.ts')
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
  return parse(methods[method].result, await daemon.call(method, { session: daemon.sessions[session].id, ...params }), method)
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

test('load: zero experts have no load, and their slots are counted apart', async () => {
  await daemon.record('identities', 'tests/fixtures/checkpoints/longcat_flash', '--prompt-ids', '5,9,11,3,7,80,13,200,61,17', '--max-new-tokens', '6')
  const [loads, { routers: own }] = [await ask('session/loads', {}, 'identities'), await ask('session/model', {}, 'identities')]
  assert.deepEqual(own.map(({ experts, identityExperts }) => [experts, identityExperts]), [[12, 4], [12, 4]])
  const chart = extension.load(loads, { ...context(), routers: own })
  const [map] = chart.figures
  const counts = Array.from(loads.counts.data.subarray(0, 12))
  const [real, identities] = [sum(counts.slice(0, 8)), sum(counts.slice(8))]
  assert.deepEqual([loads.routers[0].assignments, loads.routers[0].identityAssignments], [real, identities])
  assert.ok(identities > 0)
  const rows = chart.table().rows.slice(0, 12)
  assert.ok(Math.abs(sum(rows.slice(0, 8).map((row) => row[2])) - 8) < 1e-9)
  assert.ok(rows.slice(8).every((row) => row[2] === undefined && row[4] === undefined))
  assert.ok(Array.from(map.levels.subarray(8, 12)).every((level) => level === extension.EMPTY))
  assert.deepEqual(map.item(0, 9).lines.slice(0, 2), ['L0·E9', 'zero expert (identity)'])
  assert.match(chart.notes[2], /^Layer 0: E8 to E11 are zero experts \(identity\) and have no load; \d+% of its slots go to them\.$/)
  const dossier = await ask('session/expert', { router: 0, expert: 9 }, 'identities')
  assert.equal(dossier.utilization, undefined)
  assert.match(extension.expert(dossier, { ...context(), routers: own }).notes[0], /^L0·E9: zero expert \(identity\) · /)
})

test('load: a mean over layers is of those that have the expert', () => {
  const tensor = (data) => ({ shape: [data.length], data })
  const narrow = { index: 0, name: 'a', layer: 0, experts: 2, k: 1 }
  const wide = { index: 1, name: 'b', layer: 1, experts: 4, k: 1 }
  const metric = (router) => ({ router, assignments: 8, zeroExperts: 0, dead: [], cold: [], hot: [] })
  const loads = { from: 1, to: 1, tokens: tensor(Float64Array.of(8, 8)), counts: tensor(Float64Array.of(2, 6, 1, 1, 2, 4)), routers: [metric(0), metric(1)], missing: [] }
  const [map] = extension.load(loads, { ...context(), routers: [narrow, wide] }).figures
  assert.deepEqual(map.columnBars.texts, ['0.5x', '1.0x', '1.0x', '2.0x'])
  assert.equal(map.levels[2], extension.EMPTY)
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

test('timeline: rows are layers, columns metrics; a place says the values of its step, and the title what moved', async () => {
  const result = await ask('session/timeline', { pixels: 200 })
  const chart = extension.timeline(result, context({ router: 2, step: 5 }))
  const [bands] = chart.figures
  assert.deepEqual(bands.rows, ['L0', 'L1', 'L2', 'L3'])
  assert.deepEqual(bands.columns.map((column) => column.title), ['load CV', 'router entropy', 'selection margin', 'drop rate'])
  assert.equal(bands.columns[3].note, 'always 0')
  const { from, to } = result.range
  assert.equal(bands.places, to - from + 1, 'so few steps have a pixel each')
  assert.deepEqual(bands.selected, [2, 5 - from])
  const cv = result.series.find((series) => series.router === 2 && series.metric === 'cv').max.data[5 - from]
  const item = bands.item(2, 5 - from)
  assert.deepEqual(item.lines.slice(0, 2), ['L2 · step 5', `load CV: ${say('en', {}).real(cv)}`])
  assert.deepEqual(item.focus, { router: 2, step: 5 })
  const loads = await ask('session/loads', { range: { from: 5, to: 5 } })
  assert.ok(Math.abs(loads.routers[2].cv - cv) < 1e-6, 'the CV of a step is that of the load map of this step')
  assert.match(chart.title, /^Layer \d: .+ went from [\d.]+ to [\d.]+$/)
  assert.equal(chart.table().rows.length, 4 * bands.places)
})

test('timeline: of two steps in a pixel both values are in the band', async () => {
  const fine = await ask('session/timeline', { pixels: 200, metrics: ['entropy'] })
  const coarse = await ask('session/timeline', { pixels: 20, metrics: ['entropy'] })
  assert.ok(coarse.stepsPerPixel > 1)
  const [bands] = extension.timeline(coarse, context()).figures
  const { min, max } = bands.values(1, 0)
  const values = fine.series.find((series) => series.router === 1).min.data
  for (let place = 0; place < bands.places; place++) {
    const inside = values.slice(place * coarse.stepsPerPixel, (place + 1) * coarse.stepsPerPixel)
    assert.equal(min[place], Math.min(...inside))
    assert.equal(max[place], Math.max(...inside))
  }
  assert.match(bands.item(1, 0).lines[0], /^L1 · steps 1 to 2$/)
})

test('flow: every token is in one link, small links are merged, and the title names the strongest', async () => {
  const result = await ask('session/flow', { routers: [0, 1], threshold: 0.01 })
  const chart = extension.flow(result, context())
  const table = chart.table()
  assert.equal(sum(table.rows.map((row) => row[2])), result.tokens)
  assert.ok(table.rows.some((row) => row[1] === 'others'))
  const [from, share, to] = /^(L0·E\d+) sends (\d+)% of its tokens to (L1·E\d+)$/.exec(chart.title).slice(1)
  const row = table.rows.find((r) => r[0] === from && r[1] === to)
  assert.equal(Math.round(100 * row[3]), Number(share))
  const [plot] = chart.figures
  assert.deepEqual(plot.item(0, 0).focus, { router: 1, expert: Number(/E(\d+)$/.exec(table.rows[0][1])?.[1] ?? NaN) } )
  assert.equal(plot.option.series[0].links.length, table.rows.length)
})

test('flow: tokens of the vocabulary lead to experts', async () => {
  const chart = extension.flow(await ask('session/flow', { router: 2, threshold: 0.01 }), context())
  assert.match(chart.table().rows[0][0], /^(“.+”|others)$/)
  assert.match(chart.title, /^(“.+”|others) sends \d+% of its tokens to L2·E\d+$/)
})

test('together: a pair and its mirror agree, the diagonal is empty, the title names the strongest pair', async () => {
  const result = await ask('session/together', { routers: [1, 1] })
  const chart = extension.together(result, { a: 1, b: 1 }, context())
  const [map] = chart.figures
  const at = (i, j) => map.levels[16 * i + j]
  for (let i = 0; i < 16; i++) {
    assert.equal(at(i, i), extension.EMPTY)
    for (let j = 0; j < 16; j++) assert.equal(at(i, j), at(j, i))
  }
  assert.deepEqual([...map.rows].sort(), Array.from({ length: 16 }, (_, e) => `E${e}`).sort())
  const [a, b, lift] = /^E(\d+) and E(\d+) of layer 1 are chosen together ([\d.]+x) as often as chance$/.exec(chart.title).slice(1)
  assert.equal(map.item(map.rows.indexOf(`E${a}`), map.columns.indexOf(`E${b}`)).lines[0], `L1·E${a} + L1·E${b}  ${lift}`)
  const { rows } = chart.table()
  assert.equal(rows.length, 120)
  assert.ok(rows[0][2] >= rows[119][2])
})

test('logits: bins hold every logit once; chosen ones lie above', async () => {
  const result = await ask('session/logits', { bins: 60, pixels: 100 })
  const chart = extension.logits(result, 3, context())
  const ofLayer = chart.table().rows.filter((row) => row[0] === 'L3')
  const tokens = (await ask('session/loads')).tokens.data[3]
  assert.equal(sum(ofLayer.map((row) => row[3])), 4 * tokens)
  assert.equal(sum(ofLayer.map((row) => row[4])), 12 * tokens)
  const mean = (column) => sum(ofLayer.map((row) => row[column] * (row[1] + row[2]))) / 2 / sum(ofLayer.map((row) => row[column]))
  assert.ok(mean(3) > mean(4))
  const [plot] = chart.figures
  assert.equal(plot.lines[0], ofLayer.length)
  assert.match(plot.item(0, Math.floor(ofLayer.length / 2)).lines[0], /^logit .+ to .+$/)
  assert.equal(extension.overlap([1, 2, 1], [2, 4, 2]), 1)
  assert.equal(extension.overlap([1, 0], [0, 1]), 0)
  assert.equal(extension.overlap([0, 0], [0, 1]), undefined)
})

test('expert: counts stand beside rates, domains lie inside their intervals, and a dead expert says so', async () => {
  const result = await ask('session/expert', { router: 3, expert: 6, pixels: 100 })
  const chart = extension.expert(result, context())
  const [domains, tokens] = chart.figures
  assert.equal(domains.rows.length, 6)
  for (const row of domains.rows) {
    assert.ok(row.interval[0] <= row.bar && row.bar <= row.interval[1])
    assert.equal(row.chance, 4 / 16)
    assert.match(row.cells[2], /^[\d,]+ of [\d,]+$/)
  }
  assert.ok(tokens.rows.length > 0)
  assert.match(chart.notes[0], new RegExp(`^L3·E6: .+x of fair share · ${result.count.toLocaleString('en')} of ${result.tokens.toLocaleString('en')} tokens`))
  const examples = chart.figures.find((figure) => figure.label === 'Examples in context')
  assert.deepEqual(Object.keys(examples.rows[0].focus), ['step', 'pass', 'row', 'router', 'expert'])

  const { routers: loads } = await ask('session/loads', {}, 'collapsed')
  const router = loads.find((r) => r.dead.length > 0)
  const dead = extension.expert(await ask('session/expert', { router: router.router, expert: router.dead[0] }, 'collapsed'), context())
  assert.match(dead.title, /^L\d·E\d+ got none of [\d,]+ tokens$/)
})

test('compare: a run agrees with itself, and two runs name the first divergence and who gained', async () => {
  const compare = async (b) => parse(methods['session/compare'].result, await daemon.call('session/compare', { a: daemon.sessions.healthy.id, b: b.id }), 'compare')
  const names = { a: 'healthy', b: 'collapsed' }
  const copy = daemon.recordings.healthy.replace('healthy', 'copy')
  copyFileSync(daemon.recordings.healthy, copy)
  const same = extension.compare(await compare(await daemon.call('recordings/open', { path: copy })), names, context())
  assert.equal(same.title, 'Both runs choose the same experts for every token')
  assert.deepEqual([...new Set(same.figures[1].levels)], [32])

  const result = await compare(daemon.sessions.collapsed)
  const chart = extension.compare(result, names, context())
  assert.match(chart.title, /^\d+% of tokens take another expert in at least one layer$/)
  assert.match(chart.notes.find((note) => note.startsWith('They part')), /^They part first at step 1, row 0, layer \d, “.+”/)
  const [, map] = chart.figures
  const loads = await Promise.all(['healthy', 'collapsed'].map((session) => ask('session/loads', {}, session)))
  const change = (16 * loads[1].counts.data[0]) / sum(loads[1].counts.data.subarray(0, 16)) - (16 * loads[0].counts.data[0]) / sum(loads[0].counts.data.subarray(0, 16))
  assert.equal(map.text(0, 0), `${change > 0 ? '+' : '−'}${Math.abs(change).toFixed(1)}`)
})

test('numbers and sentences follow the language', () => {
  const german = say('de', { '{0} of {1} tokens': '{0} von {1} Tokens' })
  assert.equal(german.t('{0} of {1} tokens', 1204, 4096), '1.204 von 4.096 Tokens')
  assert.equal(german.ratio(2.42), '2,4x')
  assert.equal(say('en', {}).ratio(0.034), '0.03x')
  assert.equal(say('en', {}).real(0.30000001192), '0.3')
})
