// The checks against our adapter, and what it promises beyond them.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { ANNA, find, moe } from './adapters.mjs'
import { refusal } from './client.mjs'
import { conformance, faulty } from './conformance.mjs'
import { daemon } from './daemon.mjs'
import { faultsOfOurs } from './faults.mjs'
import { VSCODE, disconnect, evaluate, initialize, launch, picture, resumeToEnd, session, setBreakpoints, stack, stopAtFirstLine, topFrame } from './session.mjs'

const { DebugClient } = createRequire(import.meta.url)('@vscode/debugadapter-testsupport')
const adapter = moe()

await conformance(adapter)
faulty(adapter, faultsOfOurs)

/** A test over a session of its own. */
const during = (name, body) => test(name, { timeout: 60_000 }, () => session(adapter, body))

during('Launch_UnknownOrWrongAttribute_IsRefusedByName', async (client) => {
  await initialize(client, adapter)
  for (const [attributes, name] of [
    [{ promt: 'x' }, 'promt'], [{ prompt: 7 }, 'prompt'], [{ maxNewTokens: 'many' }, 'maxNewTokens'], [{ maxNewTokens: -1 }, 'maxNewTokens'], [{ stopOnEntry: 'yes' }, 'stopOnEntry'], [{ holdAtEnd: 1 }, 'holdAtEnd'],
    [{ dataset: 'a.jsonl' }, 'dataset'], [{ promptFile: 'a.txt' }, 'promptFile'], [{ trace: 'a.moetrace' }, 'trace'], [{ program: 'train.py' }, 'program'], [{ module: 'a' }, 'module'], [{ command: ['torchrun'] }, 'command'],
    [{ sampling: { temprature: 1 } }, 'temprature'], [{ breakpoints: ['L0 if entropy >'] }, 'breakpoints'], [{ breakpoints: 'L0' }, 'breakpoints'], [{ logs: ['L0'] }, 'logs'], [{ filters: ['no_such_filter'] }, 'no_such_filter'],
    [{ interventions: ['L0: no_such_change'] }, 'no_such_change'], [{ model: '/no such folder' }, 'no such folder'], [{ model: undefined, prompt: undefined }, 'model'],
  ]) {
    const response = await client.refused('launch', { ...adapter.launch({}), ...attributes })
    assert.match(refusal(response), new RegExp(name), JSON.stringify(attributes))
    assert.match(refusal(response), /MOE\d{4}/)
  }
  await client.refused('attach', { type: 'moe', request: 'attach' })
})

during('Replay_GoesForwardAndBackLikeTheRun_AndStandsAtItsEnd', (client) => adapter.recording(async (file) => {
  adapter.run('run', adapter.model, '-p', ANNA, '-n', '8', '--record', file)
  const attributes = { type: 'moe', request: 'launch', trace: file, stopOnEntry: true }
  await launch(client, { ...adapter, launch: () => attributes }, { configure: () => client.ok('setFunctionBreakpoints', { breakpoints: [{ name: 'L2', condition: 'entropy < 0.5' }] }) })
  const entry = await client.event('stopped')
  assert.equal(entry.body.reason, 'entry')
  const threadId = entry.body.threadId
  const there = []
  for (;;) {
    await client.ok('continue', { threadId })
    const stop = await client.event('stopped')
    if (stop.body.reason === 'end') break
    there.push(await picture(client, threadId))
  }
  assert.ok(there.length > 3)
  for (const seen of there.toReversed()) {
    await client.ok('reverseContinue', { threadId })
    await client.event('stopped')
    assert.equal(await picture(client, threadId), seen)
  }
  await client.refused('reverseContinue', { threadId })
  await client.ok('next', { threadId })
  await client.event('stopped')
  assert.notEqual(await picture(client, threadId), there[0])
  await client.ok('stepBack', { threadId })
  await client.event('stopped')
  assert.equal(await picture(client, threadId), there[0])
  const [frame] = await stack(client, threadId)
  await client.refused('evaluate', { expression: 'mask 1', frameId: frame.id, context: 'repl' })
  const { targets } = await client.ok('gotoTargets', { source: frame.source, line: frame.line })
  const now = Number(await evaluate(client, 'step', frame.id))
  assert.deepEqual(targets.map((target) => target.label), [1, 2, 3, 4, 5, 6, 7, 8].filter((step) => step !== now).map((step) => `step ${step}`))
  await client.ok('goto', { threadId, targetId: targets.at(-1).id })
  await client.event('stopped')
  assert.equal(await evaluate(client, 'step', (await stack(client, threadId))[0].id), '8')
  await client.ok('restart', {})
  assert.equal((await client.event('stopped')).body.reason, 'entry')
  await disconnect(client, adapter)
}))

during('HoldAtEnd_StandsAtTheEndOfTheRun_AndEndsWhenItGoesOn', async (client) => {
  await launch(client, { ...adapter, launch: () => adapter.launch({ maxNewTokens: 4, holdAtEnd: true }) })
  const end = await client.event('stopped')
  assert.deepEqual([end.body.reason, end.body.description], ['end', 'end of the run'])
  const { threadId } = end.body
  const last = await picture(client, threadId)
  await client.ok('stepBack', { threadId })
  await client.event('stopped')
  await client.ok('stepBack', { threadId })
  await client.event('stopped')
  assert.notEqual(await picture(client, threadId), last)
  assert.equal(await evaluate(client, 'step', (await stack(client, threadId))[0].id), '4')
  await client.refused('evaluate', { expression: 'mask 1', context: 'repl' })
  await client.ok('continue', { threadId })
  assert.equal((await client.event('stopped')).body.reason, 'end')
  assert.equal(await picture(client, threadId), last)
  assert.deepEqual([client.events('terminated'), client.events('exited')], [[], []])
  await client.ok('restart', {})
  assert.equal((await client.event('stopped')).body.reason, 'end')
  await client.ok('continue', { threadId })
  assert.equal((await client.event('exited')).body.exitCode, 0)
  await client.event('terminated')
})

during('HoldAtEnd_Disconnected_Ends', async (client) => {
  await launch(client, { ...adapter, launch: () => adapter.launch({ maxNewTokens: 4, holdAtEnd: true }) })
  await client.event('stopped')
  await disconnect(client, adapter)
})

during('HoldAtEnd_WithoutARecordingOrDebugging_Ends', async (client) => {
  await launch(client, { ...adapter, launch: () => adapter.launch({ maxNewTokens: 4, holdAtEnd: true, record: false }) })
  assert.equal((await client.anyEvent('stopped', 'terminated')).event, 'terminated')
  await session(adapter, async (other) => {
    await launch(other, { ...adapter, launch: () => adapter.launch({ maxNewTokens: 4, holdAtEnd: true, noDebug: true }) })
    assert.equal((await other.anyEvent('stopped', 'terminated')).event, 'terminated')
  })
})

during('Stop_Text_IsShortAndAnExceptionOnlyWhereOneIs', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  assert.equal(stop.body.reason, 'breakpoint')
  assert.ok(stop.body.description.length <= 20, `"${stop.body.description}" is cut by an editor`)
  assert.equal(stop.body.allThreadsStopped, true)
  await client.refused('exceptionInfo', { threadId: stop.body.threadId })
})

during('Anomaly_Fires_IsAnExceptionWithInfo', async (client) => {
  const { stop } = await (async () => {
    await launch(client, { ...adapter, launch: () => adapter.launch({ model: adapter.model + '-collapsed' }) }, {
      configure: () => client.ok('setExceptionBreakpoints', { filters: [], filterOptions: [{ filterId: 'router_collapse', condition: 'min_tokens=8' }] }),
    })
    return { stop: await client.event('stopped') }
  })()
  assert.equal(stop.body.reason, 'exception')
  const info = await client.ok('exceptionInfo', { threadId: stop.body.threadId })
  assert.equal(info.exceptionId, 'router_collapse')
  assert.ok(info.description)
  assert.ok(info.breakMode)
})

during('Frames_AreTokenRouterStep_InTheListing', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  const frames = await stack(client, stop.body.threadId)
  assert.deepEqual(frames.map(({ name }) => name.split(' ')[0]), ['token', 'router', 'step'])
  for (const frame of frames) assert.equal(frame.source.path, adapter.source)
  const { scopes } = await client.ok('scopes', { frameId: frames[0].id })
  assert.deepEqual(scopes.map(({ name }) => name), ['Decision', 'Router', 'Step', 'Model'])
  assert.equal((await client.ok('source', { source: frames[0].source, sourceReference: 0 })).content, readFileSync(adapter.source, 'utf8'))
})

during('Listing_OtherLine_IsUnverifiedAndNamesTheNearestRouter', async (client) => {
  const { configured } = await launch(client, adapter, { configure: () => setBreakpoints(client, adapter, [{ line: adapter.lines[0] + 1 }, { line: 1 }]) })
  for (const breakpoint of configured) {
    assert.equal(breakpoint.verified, false)
    assert.equal(breakpoint.reason, 'failed')
    assert.match(breakpoint.message, new RegExp(`\\b${adapter.lines[0]}\\b`))
  }
})

during('ForeignFile_Breakpoint_IsUnverifiedWithAReason', async (client) => {
  const { configured } = await launch(client, adapter, { configure: () => client.ok('setBreakpoints', { source: { path: '/elsewhere/train.py' }, breakpoints: [{ line: 3 }] }) })
  assert.equal(configured.breakpoints[0].verified, false)
  assert.ok(configured.breakpoints[0].message)
  await client.event('terminated')
})

during('BreakpointLocations_RouterLines_HaveOneEach', async (client) => {
  await stopAtFirstLine(client, adapter)
  const { breakpoints } = await client.ok('breakpointLocations', { source: { path: adapter.source }, line: 1, endLine: 1000 })
  assert.deepEqual(breakpoints.slice(0, 3).map(({ line }) => line), adapter.lines)
  assert.equal(new Set(breakpoints.map(({ line }) => line)).size, breakpoints.length)
})

during('Modes_DecisionAndBatch_AreOfferedAndObeyed', async (client) => {
  const stops = []
  const { capabilities } = await launch(client, adapter, { configure: () => setBreakpoints(client, adapter, [{ line: adapter.lines[0], condition: 'step == 1', mode: 'decision' }]) })
  assert.deepEqual(capabilities.breakpointModes.map(({ mode }) => mode).sort(), ['batch', 'decision'])
  for (const { appliesTo } of capabilities.breakpointModes) assert.ok(appliesTo.includes('source'))
  await resumeToEnd(client, async (stop) => stops.push((await topFrame(client, stop)).name))
  assert.ok(stops.length > 1, 'every row of the prefill is a decision')
})

during('FunctionBreakpoints_Globs_SayHowManyTheyBind', async (client) => {
  const names = ['model.layers.*.mlp.gate', 'L2', 'L1 mode batch', 'no.such.router', 'model.layers.{0,3}.mlp.gate']
  const { configured } = await launch(client, adapter, { configure: () => client.ok('setFunctionBreakpoints', { breakpoints: names.map((name) => ({ name })) }) })
  const [all, one, mode, none, two] = configured.breakpoints
  assert.match(all.message, /4 routers/)
  assert.match(one.message, /1 router\b/)
  assert.equal(mode.verified, true)
  assert.equal(none.verified, false)
  assert.match(two.message, /2 routers/)
  assert.equal((await client.event('stopped')).body.reason, 'function breakpoint')
})

during('DataBreakpoint_Id_HoldsInTheNextSession', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  const info = await adapter.data(client, (await topFrame(client, stop)).id)
  assert.equal(info.canPersist, true)
  assert.match(info.dataId, /3/)
  await session(adapter, async (next) => {
    const { configured } = await launch(next, adapter, { configure: () => next.ok('setDataBreakpoints', { breakpoints: [{ dataId: info.dataId, accessType: 'read' }, { dataId: 'no such place', accessType: 'read' }] }) })
    assert.equal(configured.breakpoints[0].verified, true)
    assert.equal(configured.breakpoints[1].verified, false)
    const stop = await next.event('stopped')
    assert.equal(stop.body.reason, 'data breakpoint')
    assert.match(await evaluate(next, 'selected(3)', (await topFrame(next, stop)).id), /true/)
  })
})

during('Explain_Breakpoint_SaysHowOftenItWasReached', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter, {
    configure: () => setBreakpoints(client, adapter, [{ line: adapter.lines[0], condition: 'step > 1000' }, { line: adapter.lines[1], condition: 'step == 5' }]),
  })
  const ids = [...client.breakpointIds]
  const said = (await client.ok('evaluate', { expression: `explain breakpoint ${ids[0]}`, frameId: (await topFrame(client, stop)).id, context: 'repl' })).result
  assert.match(said, /reached 5 times/)
  assert.match(said, /true 0/)
})

during('Change_InTheConsole_InvalidatesTheViews', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  const frameId = (await topFrame(client, stop)).id
  const before = await evaluate(client, 'selected_experts', frameId)
  await client.ok('evaluate', { expression: 'mask 2', frameId, context: 'repl' })
  await client.event('invalidated')
  const masked = await topFrame(client, stop)
  assert.notEqual(await evaluate(client, 'selected_experts', masked.id), before)
  await client.ok('evaluate', { expression: 'undo', frameId: masked.id, context: 'repl' })
  await client.event('invalidated')
  assert.equal(await evaluate(client, 'selected_experts', (await topFrame(client, stop)).id), before)
})

during('SetExpression_RefusedAndTaken', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  const frameId = (await topFrame(client, stop)).id
  await client.refused('setExpression', { frameId, expression: 'entropy', value: '1' })
  await client.refused('setExpression', { frameId, expression: 'k', value: '99' })
  await client.ok('setExpression', { frameId, expression: 'k', value: '1' })
  assert.equal(await evaluate(client, 'k', (await topFrame(client, stop)).id), '1')
})

during('StepInTargets_AreTheChosenExperts', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  const frame = await topFrame(client, stop)
  const { targets } = await client.ok('stepInTargets', { frameId: frame.id })
  const slots = (await client.ok('evaluate', { expression: 'selected_experts', frameId: frame.id, context: 'watch' })).variablesReference
  const chosen = (await client.ok('variables', { variablesReference: slots })).variables.map(({ value }) => value)
  assert.deepEqual(targets.map(({ label }) => /E(\d+)/.exec(label)[1]), chosen)
  await client.ok('stepIn', { threadId: stop.body.threadId, targetId: targets[0].id })
  const next = await client.event('stopped')
  assert.match(await evaluate(client, `selected(${chosen[0]})`, (await topFrame(client, next)).id), /true/)
})

during('Memory_OfATensor_IsItsNumbers', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  const { memoryReference, variablesReference, indexedVariables } = await find(client, (await topFrame(client, stop)).id, 'Decision', 'router_logits')
  const { data } = await client.ok('readMemory', { memoryReference, count: indexedVariables * 4 })
  const bytes = Buffer.from(data, 'base64')
  assert.equal(bytes.length, indexedVariables * 4)
  const { variables } = await client.ok('variables', { variablesReference, filter: 'indexed' })
  variables.forEach(({ value }, index) => assert.ok(Math.abs(Number(value) - bytes.readFloatLE(index * 4)) <= 0.006, `[${index}] ${value} is ${bytes.readFloatLE(index * 4)}`))
  const beyond = await client.ok('readMemory', { memoryReference, offset: 1_000_000, count: 16 })
  assert.ok(!beyond.data)
  assert.equal(beyond.unreadableBytes, 16)
  await client.refused('readMemory', { memoryReference: 'no such memory', count: 4 })
})

// VS Code counts where a completion starts from 0, whatever it says of columns.
for (const [clientID, first] of [['vscode', 0], ['another', 1]]) {
  during(`Completions_KnowWordsAndColumns_Of_${clientID}`, async (client) => {
    const { stop } = await stopAtFirstLine(client, adapter, { about: { ...VSCODE, clientID } })
    const frameId = (await topFrame(client, stop)).id
    const { targets } = await client.ok('completions', { frameId, text: '1 + entr', column: 9 })
    const { start, length } = targets.find(({ label }) => label === 'entropy')
    assert.deepEqual({ start, length }, { start: 4 + first, length: 4 })
  })
}

during('Locale_German_TranslatesErrorsButNotTheirIds', async (client) => {
  await initialize(client, adapter, { ...VSCODE, locale: 'de' })
  const german = refusal(await client.refused('launch', { ...adapter.launch({}), model: '/kein solcher Ordner' }))
  await session(adapter, async (english) => {
    await initialize(english, adapter)
    const text = refusal(await english.refused('launch', { ...adapter.launch({}), model: '/kein solcher Ordner' }))
    assert.notEqual(german, text)
    assert.equal(/MOE\d+/.exec(german)[0], /MOE\d+/.exec(text)[0])
  })
})

during('Pause_WhileRunning_StopsAtARouter', async (client) => {
  await launch(client, adapter, { endless: true })
  const { threads } = await client.ok('threads')
  await client.ok('pause', { threadId: threads[0].id })
  const stop = await client.event('stopped')
  assert.equal(stop.body.reason, 'pause')
  assert.ok((await picture(client, stop.body.threadId)).length > 0)
  await disconnect(client, adapter)
})

during('Output_OfAFloodOfLogs_IsLimitedAndCounted', async (client) => {
  await launch(client, adapter, { endless: true, logs: ['*: at {step}'] })
  await client.event('output', ({ body }) => /^\+[\d,]+ similar\n$/.test(body.output))
  await disconnect(client, adapter)
})

during('Breakpoints_InTheLaunchConfiguration_Stop', async (client) => {
  await launch(client, { ...adapter, launch: () => adapter.launch({ breakpoints: ['L2 if step == 3'] }) })
  const stop = await client.event('stopped')
  const frameId = (await topFrame(client, stop)).id
  assert.equal(await evaluate(client, 'step', frameId), '3')
  assert.equal(await evaluate(client, 'layer', frameId), '2')
})

during('ListingFile_IsReadOnlyAndNamedByTheArchitecture', async (client) => {
  const before = createHash('sha256').update(readFileSync(adapter.source)).digest('hex')
  await stopAtFirstLine(client, adapter)
  assert.equal(createHash('sha256').update(readFileSync(adapter.source)).digest('hex'), before)
})

test('DebugClient_FromNpm_DrivesIt', { timeout: 60_000 }, () => daemon(adapter, { listen: true }, async ({ port, token }) => {
  const client = new DebugClient('', '', 'moe')
  client.defaultTimeout = 30_000
  await client.start(port)
  try {
    await client.hitBreakpoint(adapter.launch({ token }), { path: adapter.source, line: adapter.lines[1] })
    const { body: { threads: [{ id: threadId }] } } = await client.threadsRequest()
    const { body: { stackFrames: [frame] } } = await client.stackTraceRequest({ threadId, levels: 1 })
    assert.equal(frame.line, adapter.lines[1])
    assert.equal((await client.evaluateRequest({ expression: 'layer', frameId: frame.id, context: 'watch' })).body.result, '1')
    await client.setBreakpointsRequest({ source: { path: adapter.source }, breakpoints: [] })
    await Promise.all([client.continueRequest({ threadId }), client.waitForEvent('terminated')])
    await client.disconnectRequest({ terminateDebuggee: true })
  } finally {
    await client.stop()
  }
}))
