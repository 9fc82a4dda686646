// Branches: another session, of the same process or of another, goes on from a decision of the past.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { moe } from './adapters.mjs'
import { refusal } from './client.mjs'
import { connected, daemon } from './daemon.mjs'
import { VSCODE, evaluate, initialize, launch, session, stack } from './session.mjs'

const adapter = moe()

/** Where sessions are: `open` runs a body with a function that runs another with a client of a session of its own. */
const places = {
  OfOneDaemon: (body) => daemon(adapter, {}, ({ dap }) => body((use) => connected({ path: dap }, use))),
  OfAProcessEach: (body) => body((use) => session(adapter, use)),
}

/** Runs the sample with a breakpoint in step 9, and goes back to the third router of step 4. */
async function standInThePast(client, { about, ...attributes } = {}) {
  await launch(client, { ...adapter, launch: () => adapter.launch({ maxNewTokens: 12, sampling: { temperature: 1 }, seed: 11, breakpoints: ['L2 if step == 9'], ...attributes }) }, { about })
  await client.event('stopped')
  const [{ source, line }] = await stack(client, 1)
  const { targets } = await client.ok('gotoTargets', { source, line })
  await client.ok('goto', { threadId: 1, targetId: targets.find(({ label }) => label === 'step 4').id })
  await client.event('stopped')
}

/** Asks for a branch and returns the configuration that the client is sent; its answer comes first. */
async function branch(client) {
  client.reverse.startDebugging = () => ({})
  const asked = client.send('evaluate', { expression: 'branch', context: 'repl' })
  const answer = await client.response(asked)
  assert.ok(answer.success, refusal(answer))
  const request = await client.wait('request startDebugging', ({ type, command }) => type === 'request' && command === 'startDebugging', client.at(answer))
  assert.equal(request.arguments.request, 'launch')
  return request.arguments.configuration
}

/** Launches what a client was asked to start, as VS Code does, up to its first stop. */
async function follow(client, configuration, reason = 'entry') {
  await launch(client, { ...adapter, launch: () => ({ ...configuration, request: 'launch', type: 'moe' }) })
  const stop = await client.event('stopped')
  assert.equal(stop.body.reason, reason)
}

async function decision(client) {
  const [{ id }] = await stack(client, 1)
  return Promise.all(['step', 'layer', 'position', 'router_logits', 'selected_experts', 'routing_weights'].map((text) => evaluate(client, text, id, 'clipboard')))
}

async function resume(client) {
  await client.ok('continue', { threadId: 1 })
  return client.anyEvent('stopped', 'terminated')
}

/** All that the model writes, when it has come to its end. */
async function textToTheEnd(client) {
  while ((await resume(client)).event !== 'terminated');
  return client.events('output').filter(({ body }) => body.category === 'stdout').map(({ body }) => body.output).join('')
}

for (const [place, open] of Object.entries(places)) {
  test(`Branch_${place}_IsTheOriginalUntilItIsChanged_AndCanBeBranchedAgain`, { timeout: 120_000 }, () => open((use) => adapter.recording((record) => use(async (original) => {
    await standInThePast(original, { record })
    const seen = await decision(original)
    const first = await branch(original)
    assert.equal(first.name, 'branch at step 4, model.layers.2.mlp.gate')
    const changed = await branch(original)
    await use(async (again) => {
      await follow(again, first)
      assert.deepEqual(await decision(again), seen)
      const [{ source }] = await stack(again, 1)
      assert.equal(source.path, adapter.source)
      assert.equal((await again.ok('source', { source, sourceReference: 0 })).content, readFileSync(adapter.source, 'utf8'))
      assert.equal((await resume(again)).body.reason, 'breakpoint')
      const second = await branch(again)
      await use(async (twice) => {
        await follow(twice, second, 'breakpoint')
        assert.deepEqual(await decision(twice), await decision(again))
        const [whole, later, last] = [await textToTheEnd(original), await textToTheEnd(again), await textToTheEnd(twice)]
        assert.ok(last.length > 1 && later.length > last.length && whole.length > later.length, JSON.stringify([whole, later, last]))
        assert.ok(whole.endsWith(later) && later.endsWith(last), JSON.stringify([whole, later, last]))
        await use(async (other) => {
          await follow(other, changed)
          await other.ok('evaluate', { expression: 'always *: scale_weights 0', context: 'repl' })
          assert.ok(!whole.endsWith(await textToTheEnd(other)))
          for (const file of [first.record, second.record, changed.record]) assert.match(adapter.run('trace', 'info', file), /branch/)
        })
      })
    })
  }))))
}

test('Branch_OfASessionThatHasEnded_GoesOnWithoutIt', { timeout: 60_000 }, () => places.OfAProcessEach((use) => use(async (again) => {
  await use(async (original) => {
    await standInThePast(original)
    await follow(again, await branch(original))
    await original.ok('disconnect', {})
    await original.exit
  })
  assert.equal((await resume(again)).body.reason, 'breakpoint')
  await again.ok('restart', {})
  assert.equal((await again.event('stopped')).body.reason, 'entry')
  assert.ok((await textToTheEnd(again)).length > 1)
})))

test('Branch_WhereTheClientStartsNoSession_SaysWhatToLaunch_AndThatWorks', { timeout: 60_000 }, () => places.OfAProcessEach((use) => use(async (original) => {
  await standInThePast(original, { about: { ...VSCODE, supportsStartDebuggingRequest: false } })
  const said = refusal(await original.refused('evaluate', { expression: 'branch', context: 'repl' }))
  const { branch } = JSON.parse(`{${/"branch": \{.*\}/.exec(said)[0]}}`)
  await use(async (again) => {
    await follow(again, adapter.launch({ maxNewTokens: 12, branch }))
    assert.deepEqual(await decision(again), await decision(original))
  })
})))

test('Branch_ThatTheClientRefuses_IsTold', { timeout: 60_000 }, () => session(adapter, async (client) => {
  await standInThePast(client)
  await client.ok('evaluate', { expression: 'branch', context: 'repl' })
  await client.event('output', ({ body }) => body.category === 'important' && body.output.includes('did not start the branch'))
}))

test('Branch_InHelpAndCompletions_IsOffered', { timeout: 60_000 }, () => session(adapter, async (client) => {
  await standInThePast(client)
  assert.match((await client.ok('evaluate', { expression: 'help', context: 'repl' })).result, /^ {2}branch /m)
  assert.ok((await client.ok('completions', { text: 'bra', column: 4 })).targets.some(({ label }) => label === 'branch'))
}))

test('Launch_OfABranchThatCannotBe_IsRefusedByName', { timeout: 60_000 }, () => session(adapter, (client) => adapter.recording(async (trace) => {
  const { prompt } = adapter.launch({})
  adapter.run('run', adapter.model, '-p', prompt, '-n', '4', '--record', trace)
  await initialize(client, adapter)
  const place = { trace, step: 2, router: 1 }
  for (const [attributes, says] of [
    [{ branch: place, prompt: 'Other words' }, /MOE4030/], [{ branch: { ...place, step: 9 } }, /MOE4031.*step 9/], [{ branch: { ...place, router: 4 } }, /MOE4031/], [{ branch: { ...place, router: -1 } }, /MOE4031/],
    [{ branch: { ...place, row: 1 } }, /MOE4031.*row 1/], [{ branch: { ...place, pas: 1 } }, /"pas"/], [{ branch: { trace } }, /step/], [{ branch: 7 }, /branch/], [{ branch: { ...place, trace: '/no such file' } }, /no such file/],
    [{ branch: { ...place, of: { trace } } }, /branch\.of/], [{ branch: place, stopOnEntry: true }, /branch and stopOnEntry/], [{ branch: place, interventions: ['L0: mask 1'] }, /branch and interventions/],
    [{ branch: place, trace, model: undefined, prompt: undefined, maxNewTokens: undefined }, /trace and branch/],
  ]) assert.match(refusal(await client.refused('launch', { ...adapter.launch({}), ...attributes })), says, JSON.stringify(attributes))
})))
