// The extension's side of JSON-RPC against the golden messages that the daemon's answers are compared with (tests/fixtures/rpc).
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const sources = join(repository, 'extension/src/daemon')
const fixtures = join(repository, 'tests/fixtures/rpc')
const goldens = readdirSync(fixtures).map((file) => JSON.parse(readFileSync(join(fixtures, file), 'utf8')))
let folder, contract, shape

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'moe-contract-'))
  const load = (name) => {
    const { outputText } = ts.transpileModule(readFileSync(join(sources, `${name}.ts`), 'utf8'), { compilerOptions: { target: 'es2023', module: 'esnext' } })
    const file = join(folder, `${name}.mjs`)
    writeFileSync(file, outputText.replaceAll(/'\.\/(\w+)\.ts'/g, "'./$1.mjs'"))
    return import(pathToFileURL(file))
  }
  shape = await load('shape')
  contract = await load('contract')
})

after(() => rmSync(folder, { recursive: true }))

test('Contract_CompilesStrictly', () => {
  const program = ts.createProgram([join(sources, 'contract.ts')], {
    strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true, allowImportingTsExtensions: true, erasableSyntaxOnly: true,
    target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'], types: [],
  })
  assert.deepEqual(ts.getPreEmitDiagnostics(program).map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n')), [])
})

for (const golden of goldens) {
  test(`${golden.method}_IsOfItsShape`, () => {
    const { methods, notifications, userErrorData } = contract
    if (golden.method === 'error') {
      assert.equal(golden.result.code, contract.refused)
      shape.parseStrictly(userErrorData, golden.result.data, 'data')
    } else if (golden.method in notifications) shape.parseStrictly(notifications[golden.method], golden.result, golden.method)
    else {
      assert.ok(golden.method in methods, 'the contract has no such method')
      shape.parseStrictly(methods[golden.method].params, golden.params, `${golden.method} params`)
      shape.parseStrictly(methods[golden.method].result, golden.result, `${golden.method} result`)
    }
  })
}

test('EveryMethod_HasAGolden', () => {
  const golden = new Set(goldens.map((g) => g.method))
  assert.deepEqual(Object.keys(contract.methods).filter((name) => !golden.has(name)), [])
})

test('Tensors_AreDecoded', () => {
  const { data } = shape.parse(contract.loads, goldens.find((g) => g.method === 'session/loads').result, 'loads').counts
  assert.ok(data instanceof Float64Array)
  assert.equal(data.reduce((a, b) => a + b), 24)
  const tokens = shape.parse(contract.tokenPage, goldens.find((g) => g.method === 'session/tokens').result, 'tokens')
  assert.deepEqual([...tokens.step.data], [1, 1, 2])
  assert.deepEqual(tokens.experts.shape, [3, 2])
})

test('WhatDoesNotFit_IsSaidWithItsPlace', () => {
  const good = goldens.find((g) => g.method === 'sessions/list').result
  const bad = structuredClone(good)
  bad[0].state = 'asleep'
  assert.throws(() => shape.parse(contract.methods['sessions/list'].result, bad, 'list'), /^ShapeError|list\[0\]\.state is "asleep"/)
  const more = structuredClone(good)
  more[0].future = 1
  shape.parse(contract.methods['sessions/list'].result, more, 'list')
  assert.throws(() => shape.parseStrictly(contract.methods['sessions/list'].result, more, 'list'), /list\[0\]\.future/)
  const tensor = structuredClone(goldens.find((g) => g.method === 'session/loads').result)
  tensor.counts.shape = [9]
  assert.throws(() => shape.parse(contract.loads, tensor, 'loads'), /loads\.counts/)
})
