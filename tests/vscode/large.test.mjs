// The Expert Inspector with a model of 61 layers of 256 experts: nothing is lost on the way from the recording to the rows.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { root } from './places.mjs'
import { startServer } from './server.mjs'
import { until } from './waiting.mjs'
import { openWorkbench } from './workbench.mjs'

const [LAYERS, EXPERTS, HIDDEN, INNER, VOCABULARY] = [61, 256, 16, 4, 1024]
let server, workbench, page

before(async () => {
  server = await startServer()
  const model = join(server.folder, 'large')
  checkpoint(model)
  execFileSync(join(server.extension, 'daemon', 'moe-devtools'), ['run', model, '--prompt', 'One morning, Anna went to the garden', '--max-new-tokens', '4', '--record', join(server.workspace, 'large.moetrace')], { stdio: 'ignore' })
  workbench = await openWorkbench(server)
  page = workbench.page
})
after(async () => {
  await workbench?.close()
  await server?.stop()
})
afterEach(async ({ name, passed }) => {
  if (passed === false) await workbench.shot(`failed ${name}`)
})

/** An OLMoE of small matrices with random weights. */
function checkpoint(folder) {
  mkdirSync(folder)
  const sample = join(root, 'samples', 'olmoe-tiny')
  for (const file of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'generation_config.json']) cpSync(join(sample, file), join(folder, file))
  const config = JSON.parse(readFileSync(join(sample, 'config.json'), 'utf8'))
  writeFileSync(join(folder, 'config.json'), JSON.stringify({
    ...config, hidden_size: HIDDEN, intermediate_size: INNER, num_attention_heads: 2, num_key_value_heads: 2, num_experts: EXPERTS, num_experts_per_tok: 8, num_hidden_layers: LAYERS,
  }))
  const shapes = { 'model.embed_tokens.weight': [VOCABULARY, HIDDEN], 'lm_head.weight': [VOCABULARY, HIDDEN], 'model.norm.weight': [HIDDEN] }
  for (let layer = 0; layer < LAYERS; layer++) {
    const at = `model.layers.${layer}`
    for (const norm of ['input_layernorm', 'post_attention_layernorm', 'self_attn.q_norm', 'self_attn.k_norm']) shapes[`${at}.${norm}.weight`] = [HIDDEN]
    for (const projection of ['q', 'k', 'v', 'o']) shapes[`${at}.self_attn.${projection}_proj.weight`] = [HIDDEN, HIDDEN]
    shapes[`${at}.mlp.gate.weight`] = [EXPERTS, HIDDEN]
    for (let expert = 0; expert < EXPERTS; expert++) {
      for (const projection of ['gate', 'up']) shapes[`${at}.mlp.experts.${expert}.${projection}_proj.weight`] = [INNER, HIDDEN]
      shapes[`${at}.mlp.experts.${expert}.down_proj.weight`] = [HIDDEN, INNER]
    }
  }
  const header = {}
  let end = 0
  for (const [name, shape] of Object.entries(shapes)) header[name] = { dtype: 'F32', shape, data_offsets: [end, end += 4 * shape.reduce((a, b) => a * b)] }
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  let seed = 1
  const weights = Float32Array.from({ length: end / 4 }, () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1)
  writeFileSync(join(folder, 'model.safetensors'), Buffer.concat([length, json, Buffer.from(weights.buffer)]))
}

const tree = () => page.locator('.tree-explorer-viewlet-tree-view').first()
const rows = () => tree().locator('.monaco-list-row')
const named = (label) => rows().filter({ has: page.locator('.label-name', { hasText: new RegExp(`^${label}$`) }) }).first()
const labels = () => rows().locator('.label-name').allInnerTexts()
/** All labels from the top of the tree to its end, by the keys of a list. */
const scrolled = async () => {
  const found = []
  await rows().nth(1).click({ position: { x: 100, y: 8 } })       // a click on the model's own row would close it
  await page.keyboard.press('Home')
  for (let last, unchanged = 0; unchanged < 3;) {       // the first key goes to the last row that is in view
    await page.waitForTimeout(100)       // the rows of a page are drawn
    const now = await labels()
    found.push(...now)
    unchanged = now.join() === last ? unchanged + 1 : 0
    last = now.join()
    await page.keyboard.press('PageDown')
  }
  return new Set(found)
}
const numbered = (all, pattern) => [...all].flatMap((label) => pattern.exec(label)?.[1] ?? []).map(Number).sort((a, b) => a - b)
const upTo = (count) => Array.from({ length: count }, (_, i) => i)

test('all layers are there', async () => {
  await page.locator('.activitybar .action-item a[aria-label^="MoE"]').click()
  await page.locator('.tree-explorer-viewlet-tree-view .monaco-list-row', { hasText: 'large.moetrace' }).first().click()
  await named('Layer 0').waitFor()
  await workbench.shot('large')
  assert.deepEqual(numbered(await scrolled(), /^Layer (\d+)$/), upTo(LAYERS))
})

test('a layer that is opened has all its experts', async (t) => {
  await page.keyboard.press('Home')
  for (const layer of [0, 1]) {
    const row = named(`Layer ${layer}`)
    await row.waitFor()
    const began = performance.now()
    await row.locator('.monaco-tl-twistie').click()
    await named('E0').waitFor()
    t.diagnostic(`layer ${layer}: ${Math.round(performance.now() - began)} ms from the click to its first experts`)
    assert.deepEqual(numbered(await scrolled(), /^E(\d+)$/), upTo(EXPERTS))
    await workbench.shot(`large-layer-${layer}`)
    await page.keyboard.press('Home')
    await row.locator('.monaco-tl-twistie').click()
    await until(async () => !(await labels()).includes('E0'), 'the closed layer')
  }
})

test('an expert of every layer is found by the filter', async () => {
  await workbench.command('MoE: Filter Experts...')
  const input = page.locator('.quick-input-widget input.input').first()
  await input.fill('l37 e200')
  await page.keyboard.press('Enter')
  await until(async () => (await labels()).join() === 'large.moetrace,Layer 37', 'the layer alone')
  await named('Layer 37').locator('.monaco-tl-twistie').click()
  await until(async () => (await labels()).join() === 'large.moetrace,Layer 37,E200', 'the expert alone')
  await workbench.shot('large-filtered')
  await workbench.command('MoE: Clear Filter of Experts')
  await named('Layer 0').waitFor()
})
