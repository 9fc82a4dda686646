// What the Expert Inspector, the pinned experts and the editor's hints say of what a real daemon says; and what a person types.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { load } from './bundle.mjs'
import { daemonWithRecordings } from './daemon.mjs'

const views = await load('views/experts.ts', 'views/strip.ts', 'views/focusText.ts', 'views/paced.ts', 'editor/hints.ts', 'charts/say.ts')
const { parse, methods } = await load('daemon/shape.ts', 'daemon/contract.ts')
const say = views.say('en', {})
const nothing = { pinned: () => false, breaks: () => false }

let daemon
before(async () => { daemon = await daemonWithRecordings() })
after(() => daemon?.close())

const ask = async (method, session, params = {}) => parse(methods[method].result, await daemon.call(method, { session: daemon.sessions[session].id, ...params }), method)

async function known(session, more = {}) {
  const [{ routers }, { anomalies }] = await Promise.all([ask('session/model', session), ask('session/anomalies', session)])
  let loads
  do loads = await ask('session/loads', session)       // entropies are read as far as a call has time
  while (loads.entropyTo !== loads.to)
  return { info: daemon.sessions[session], listing: undefined, routers, loads, anomalies, interventions: [], ...more }
}

test('a load is counts against the fair share, in words too', async () => {
  const all = await known('healthy')
  const router = all.routers[1]
  const rows = views.expertRows(all, router, nothing, say)
  const counts = Array.from(all.loads.counts.data.subarray(16, 32))
  const total = counts.reduce((a, b) => a + b)
  assert.equal(total, all.loads.routers[1].assignments)
  rows.forEach((row, e) => {
    assert.equal(row.load, counts[e] * 16 / total)
    assert.match(row.words, new RegExp(`^expert ${e}, ${row.load.toFixed(1)} times the fair share`))
    assert.ok(row.tooltip().includes(`Chosen by ${say.number(counts[e])} of ${say.number(all.loads.tokens.data[1])} tokens`))
  })
  const { words, description } = views.routerRow(all, router, nothing, say)
  assert.match(words, /^layer 1, router entropy 0\.\d\d, load \d\.\d to \d\.\d times the fair share$/)
  assert.match(description, /^H 0\.\d\d · load \d\.\d–\d\.\dx$/)
})

test('a zero expert has no load, and says so', async () => {
  await daemon.record('identities', 'tests/fixtures/checkpoints/longcat_flash', '--prompt-ids', '5,9,11,3,7,80,13,200,61,17', '--max-new-tokens', '6')
  const all = await known('identities')
  const rows = views.expertRows(all, all.routers[0], nothing, say)
  assert.equal(rows.length, 12)
  const [count, tokens] = [all.loads.counts.data[9], all.loads.tokens.data[0]]
  assert.equal(rows[9].description, `zero expert (identity) · ${count} of ${tokens}`)
  assert.equal(rows[9].words, 'expert 9, zero expert (identity)')
  assert.deepEqual(rows[9].tooltip(), ['L0·E9', 'zero expert (identity)', `Chosen by ${count} of ${tokens} tokens`])
  assert.ok(Number.isNaN(rows[9].load) && !Number.isNaN(rows[7].load))
  assert.match(views.routerRow(all, all.routers[0], nothing, say).tooltip()[1], /E8 to E11 are zero experts \(identity\)/)
})

test('dead experts and anomalies are told, the worst first', async () => {
  const all = await known('collapsed')
  const { index } = all.routers[3]
  const { dead } = all.loads.routers[index]
  assert.ok(dead.length > 0)
  const rows = views.expertRows(all, all.routers[3], nothing, say)
  for (const e of dead) {
    assert.match(rows[e].words, /^expert \d+, dead/)
    assert.match(rows[e].description, /^dead · 0 of [\d,]+/)
    assert.equal(rows[e].colour, 'charts.red')
  }
  assert.deepEqual(views.ordered(rows, 'anomaly').slice(0, dead.length).map(({ expert }) => expert).sort((a, b) => a - b), [...dead].sort((a, b) => a - b))
  assert.match(views.routerRow(all, all.routers[3], nothing, say).words, /anomaly: /)
})

test('without recorded steps there is no number', async () => {
  const all = { ...await known('healthy'), loads: undefined, anomalies: [] }
  const [row] = views.expertRows(all, all.routers[0], nothing, say)
  assert.deepEqual([row.description, row.words], ['', 'expert 0, no data'])
  assert.equal(views.routerRow(all, all.routers[0], nothing, say).description, '')
  assert.equal(views.lens(all, [all.routers[0]], say), 'layer 0 · no data')
})

test('a mask, a pin and a stop are on the row that they are of', async () => {
  const all = await known('healthy', { interventions: [{ id: 1, text: 'L*: mask 2', once: false, masks: [{ router: 0, experts: [2] }, { router: 1, experts: [2] }] }] })
  const stopped = { ...all, info: { ...all.info, stop: { step: 1, pass: 0, router: 1, routerName: 'r', row: 0, position: 3, reason: 'step', isPast: false, experts: [4, 7] } } }
  const rows = views.expertRows(stopped, all.routers[1], { ...nothing, pinned: (router, expert) => router === all.routers[1].name && expert === 5 }, say)
  const of = (word) => rows.filter(({ words }) => words.split(', ').includes(word)).map(({ expert }) => expert)
  assert.deepEqual([of('masked'), of('pinned'), of('stopped here')], [[2], [5], [4, 7]])
  assert.deepEqual(rows.filter((row) => views.matches(row, 1, 'stopped e7')).map(({ expert }) => expert), [7])
  assert.deepEqual(rows.filter((row) => views.matches(row, 1, 'l2')), [])
})

test('loads sort the largest first and leave equals in their order', () => {
  const rows = [1, 3, NaN, 3].map((load, expert) => ({ expert, load, trouble: 0 }))
  assert.deepEqual(views.ordered(rows, 'load').map(({ expert }) => expert), [1, 3, 0, 2])
  assert.deepEqual(views.ordered(rows, 'index'), rows)
})

test('256 experts of 61 layers are made into rows', () => {
  const routers = Array.from({ length: 61 }, (_, index) => ({ index, name: `r${index}`, aliases: [], stack: 'decoder', layer: index, ordinal: 0, experts: 256, k: 8, rule: '' }))
  const all = {
    info: { kind: 'recording', state: 'idle' }, routers, anomalies: [], interventions: [],
    loads: { counts: { data: new Float64Array(61 * 256).fill(2) }, tokens: { data: new Float64Array(61).fill(64) }, missing: [], routers: routers.map(({ index }) => ({ router: index, assignments: 512, zeroExperts: 0, dead: [], cold: [], hot: [] })) },
  }
  const rows = routers.flatMap((router) => views.expertRows(all, router, nothing, say))
  assert.equal(rows.length, 61 * 256)
  assert.ok(rows.every(({ load }) => load === 1))
})

test('a strip has a block a token, as high as the weight', async () => {
  const page = await ask('session/tokens', 'healthy', { router: 2, count: 60 })
  const { blocks, chosen, words } = views.strip(page, 5, say)
  assert.equal([...blocks].length, 60)
  assert.equal([...blocks].filter((block) => block !== '▁').length, chosen.length)
  assert.ok(chosen.length > 0)
  for (const { at, weight } of chosen) {
    const row = page.step.data.findIndex((step, i) => step === at.step && page.pass.data[i] === at.pass && page.row.data[i] === at.row)
    const slot = page.experts.data.subarray(row * 4, row * 4 + 4).indexOf(5)
    assert.equal(weight, page.weights.data[row * 4 + slot])
    assert.equal(blocks[row], '▁▂▃▄▅▆▇█'[Math.max(1, Math.min(7, Math.ceil(weight * 7)))])
  }
  assert.match(words, new RegExp(`^chosen by ${chosen.length} of the last 60 tokens`))
})

test('an expert\'s purpose is shares of its own tokens', async () => {
  const dossier = await ask('session/expert', 'healthy', { router: 2, expert: 4 })
  const [domains] = views.purpose(dossier, say)
  assert.match(domains, /^Of its tokens: \w+ \d+(\.\d)?% · /)
  const total = dossier.domains.reduce((sum, { count }) => sum + count, 0)
  const most = Math.max(...dossier.domains.map(({ count }) => count))
  assert.ok(domains.includes(say.percent(most / total)))
})

test('what is typed to go somewhere', () => {
  const { parseFocus } = views
  assert.deepEqual(parseFocus('s3 l2 t14 e11'), { step: 3, layer: 2, token: 14, expert: 11 })
  assert.deepEqual(parseFocus('Step 3, layer=2 rank: 1'), { step: 3, layer: 2, rank: 1 })
  assert.deepEqual(parseFocus('L2·E17'), { layer: 2, expert: 17 })
  for (const text of ['', 'layer', 's1 s2', 'x3', 's1.5', 's-1', 's3 layer']) assert.equal(parseFocus(text), undefined, text)
})

test('a lens names layers and the span of their numbers', async () => {
  const all = await known('healthy')
  assert.match(views.lens(all, all.routers, say), /^layers 0–3 · load CV \d\.\d\d–\d\.\d\d · entropy \d\.\d\d–\d\.\d\d$/)
  assert.equal(views.runs([7, 0, 1, 2, 5]), '0–2, 5, 7')
})

test('work that is asked for while it is done is done once more, and never twice at once', async () => {
  let [running, most, times] = [0, 0, 0]
  let done
  const paced = new views.Paced(async () => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    if (++times === 2) done()
  }, 1)
  await new Promise((resolve) => {
    done = resolve
    for (let i = 0; i < 50; i++) paced.ask()
  })
  paced.dispose()
  assert.deepEqual([most, times], [1, 2])
})
