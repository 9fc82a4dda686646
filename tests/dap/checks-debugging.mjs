// Checks 13 to 27: breakpoints, stops, what is seen there, and time.
import assert from 'node:assert/strict'
import { disconnect, evaluate, launch, picture, resumeToEnd, round, session, setBreakpoints, stack, stopAtFirstLine, topFrame } from './session.mjs'

const rounds = (adapter) => Array.from({ length: adapter.rounds }, (_, index) => index + 1)

/** The rounds in which a run with these breakpoints stops. */
async function roundsThatStop(client, adapter, configure) {
  await launch(client, adapter, { configure })
  return resumeToEnd(client, (stop) => round(client, adapter, stop))
}

/** A run with a logpoint: its output of round 3. */
async function logged(client, adapter) {
  await launch(client, adapter, { configure: () => setBreakpoints(client, adapter, [{ line: adapter.lines[0], logMessage: adapter.logMessage.text }]) })
  assert.equal((await client.anyEvent('stopped', 'terminated')).event, 'terminated', 'a logpoint stopped')
  const output = client.events('output').find(({ body }) => body.output.includes(adapter.logMessage.says(3)))
  assert.ok(output, 'no output has the message of round 3')
  return output
}

/** The variable that can be set, and the reference of what it is in. */
async function settable(client, adapter, stop) {
  for (const { variablesReference } of (await client.ok('scopes', { frameId: (await topFrame(client, stop)).id })).scopes) {
    const found = (await client.ok('variables', { variablesReference })).variables.find(({ name }) => name === adapter.settable.name)
    if (found) return { ...found, parent: variablesReference }
  }
  throw new Error(`no scope has ${adapter.settable.name}`)
}

/** Numbers that are the same in each run (mulberry32). */
function random(state) {
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

export const debugging = [
  {
    number: 13, title: 'setBreakpoints replaces what a source had; as many answers in the same order',
    run: (adapter) => session(adapter, async (client) => {
      const [first, second, third] = adapter.lines
      let before, after
      await launch(client, adapter, {
        configure: async () => {
          before = await setBreakpoints(client, adapter, [{ line: first }, { line: second }])
          after = await setBreakpoints(client, adapter, [{ line: third, condition: adapter.conditions.holds }, { line: second }])
        },
      })
      assert.deepEqual(before.map(({ line }) => line), [first, second])
      assert.deepEqual(after.map(({ line }) => line), [third, second])
      assert.notEqual(after[0].id, after[1].id)
      const stop = await client.event('stopped')
      assert.equal((await topFrame(client, stop)).line, second, 'the breakpoint that was replaced still stops')
    }),
  },
  {
    number: 13, part: 'ids', title: 'a breakpoint that stays keeps its id',
    run: (adapter) => session(adapter, async (client) => {
      const [first, second] = adapter.lines
      const { stop, configured: [before] } = await stopAtFirstLine(client, adapter)
      const after = await setBreakpoints(client, adapter, [{ line: second }, { line: first }])
      assert.equal(after[1].id, before.id)
      assert.notEqual(after[0].id, before.id)
      const again = await setBreakpoints(client, adapter, [{ line: first, condition: adapter.conditions.holds }])
      assert.equal(again[0].id, before.id, 'a condition makes no other breakpoint of it')
      await client.ok('continue', { threadId: stop.body.threadId })
      const next = await client.event('stopped')
      assert.deepEqual(next.body.hitBreakpointIds, [before.id])
    }),
  },
  {
    number: 13, part: 'far', title: 'a line far from anything is answered unverified with a reason',
    run: (adapter) => session(adapter, async (client) => {
      const { configured } = await launch(client, adapter, { configure: () => setBreakpoints(client, adapter, [{ line: 1_000_000 }]) })
      assert.equal(configured[0].verified, false)
      assert.ok(configured[0].message, 'no message says why')
      await client.event('terminated')
    }),
  },
  {
    number: 14, title: 'empty lists clear each kind of breakpoint',
    run: (adapter) => session(adapter, async (client) => {
      const { capabilities, stop } = await stopAtFirstLine(client, adapter)
      if (capabilities.supportsFunctionBreakpoints) {
        const name = adapter.functions[0]
        assert.equal((await client.ok('setFunctionBreakpoints', { breakpoints: [{ name }] })).breakpoints.length, 1)
        assert.deepEqual((await client.ok('setFunctionBreakpoints', { breakpoints: [] })).breakpoints, [])
      }
      if (capabilities.supportsDataBreakpoints) {
        const breakpoints = [{ dataId: (await adapter.data(client, (await topFrame(client, stop)).id)).dataId, accessType: 'read' }]
        assert.equal((await client.ok('setDataBreakpoints', { breakpoints })).breakpoints.length, 1)
        assert.deepEqual((await client.ok('setDataBreakpoints', { breakpoints: [] })).breakpoints, [])
      }
      const filters = (capabilities.exceptionBreakpointFilters ?? []).map(({ filter }) => filter)
      await client.ok('setExceptionBreakpoints', { filters })
      await client.ok('setExceptionBreakpoints', { filters: [] })
      assert.deepEqual(await setBreakpoints(client, adapter, []), [])
      await client.ok('continue', { threadId: stop.body.threadId })
      assert.equal((await client.anyEvent('stopped', 'terminated')).event, 'terminated', 'a breakpoint that was cleared still stops')
    }),
  },
  {
    number: 14, part: 'modes', needs: 'breakpointModes', title: 'an exception filter stops at each decision or once a batch, as its mode says',
    run: (adapter) => adapter.anomalous(async ({ filterId, ...options }) => {
      const stops = async (mode) => {
        const seen = []
        await session(adapter, async (client) => {
          const { capabilities, configured } = await launch(client, adapter, { ...options, configure: () => client.ok('setExceptionBreakpoints', { filters: [], filterOptions: [{ filterId, mode }] }) })
          for (const kind of ['source', 'exception']) assert.ok(capabilities.breakpointModes.filter(({ appliesTo }) => appliesTo.includes(kind)).length > 1, `one mode of ${kind} is no choice`)
          assert.ok(configured.breakpoints[0].verified || client.events('breakpoint').some(({ body }) => body.breakpoint.id === configured.breakpoints[0].id && body.breakpoint.verified))
          seen.push(...await resumeToEnd(client, async (stop) => {
            assert.equal(stop.body.reason, 'exception')
            const { name, line } = await topFrame(client, stop)
            return `${line} ${name}`
          }))
        })
        return seen
      }
      const [batch, decision] = [await stops('batch'), await stops('decision')]
      const lines = (places) => [...new Set(places.map((place) => place.split(' ')[0]))]
      assert.equal(batch.length, lines(batch).length, 'batch stops once a router')
      assert.ok(decision.length > batch.length, 'decision stops at no more rows than batch')
      assert.equal(new Set(decision).size, decision.length)
      assert.deepEqual(lines(decision), lines(batch))
      assert.deepEqual(batch.filter((place) => !decision.includes(place)), [])
    }),
  },
  {
    number: 15, title: 'a breakpoint that binds late is announced with the id it was answered with',
    run: (adapter) => session(adapter, async (client) => {
      await client.ok('initialize', { adapterID: adapter.type, linesStartAt1: true, columnsStartAt1: true })
      await client.event('initialized')
      const answers = [
        ...await setBreakpoints(client, adapter, [{ line: adapter.lines[0] }]),
        ...(await client.ok('setFunctionBreakpoints', { breakpoints: adapter.functions.map((name) => ({ name })) })).breakpoints,
      ]
      await client.ok('configurationDone')
      await client.ok('launch', adapter.launch({}))
      await client.event('stopped')
      const changed = client.events('breakpoint')
      for (const answer of answers.filter(({ verified }) => !verified)) {
        const event = changed.find(({ body }) => body.breakpoint.id === answer.id && body.breakpoint.verified)
        assert.ok(event, `breakpoint ${answer.id} was never announced as bound`)
        assert.equal(event.body.reason, 'changed')
      }
      const unknown = changed.filter(({ body }) => body.reason === 'changed' && !answers.some(({ id }) => id === body.breakpoint.id))
      assert.deepEqual(unknown, [], 'ids that nobody was given')
    }),
  },
  {
    number: 16, title: 'a bad condition is unverified with its position, and never counts as true',
    run: (adapter) => session(adapter, async (client) => {
      const answers = []
      await launch(client, adapter, {
        configure: async () => {
          for (const condition of adapter.conditions.bad) answers.push(...await setBreakpoints(client, adapter, [{ line: adapter.lines[0], condition }]))
        },
      })
      assert.equal((await client.anyEvent('stopped', 'terminated')).event, 'terminated', 'a condition that cannot be read stopped the program')
      for (const answer of answers) {
        assert.equal(answer.verified, false)
        assert.match(answer.message, /column \d+|position \d+|\^/i)
      }
    }),
  },
  {
    number: 16, part: 'good', title: 'a condition stops where it holds and nowhere else',
    run: (adapter) => session(adapter, async (client) => {
      const { holds, holdsIn } = adapter.conditions
      assert.deepEqual(await roundsThatStop(client, adapter, () => setBreakpoints(client, adapter, [{ line: adapter.lines[0], condition: holds }])), holdsIn)
    }),
  },
  {
    number: 17, title: 'hit conditions stop in exactly the rounds that they name',
    run: async (adapter) => {
      for (const [hitCondition, hits] of adapter.hitConditions) {
        await session(adapter, async (client) => {
          const stops = await roundsThatStop(client, adapter, () => setBreakpoints(client, adapter, [{ line: adapter.lines[0], hitCondition }]))
          assert.deepEqual(stops, rounds(adapter).filter(hits), `hitCondition ${hitCondition}`)
        })
      }
    },
  },
  {
    number: 17, part: 'restart', needs: 'supportsRestartRequest', title: 'hit counts begin again after a restart',
    run: (adapter) => session(adapter, async (client) => {
      await launch(client, adapter, { configure: () => setBreakpoints(client, adapter, [{ line: adapter.lines[0], hitCondition: '5' }]) })
      assert.equal(await round(client, adapter, await client.event('stopped')), 5)
      await client.ok('restart', { arguments: adapter.launch({}) })
      assert.equal(await round(client, adapter, await client.event('stopped')), 5)
    }),
  },
  {
    number: 18, title: 'a logpoint writes and never stops',
    run: (adapter) => session(adapter, (client) => logged(client, adapter)),
  },
  {
    number: 18, part: 'source', title: "a logpoint's output says source and line",
    run: (adapter) => session(adapter, async (client) => {
      const { body } = await logged(client, adapter)
      assert.equal(body.source?.path, adapter.source)
      assert.equal(body.line, adapter.lines[0])
    }),
  },
  {
    number: 19, title: 'stopped follows the response of what caused it',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      for (const command of ['next', 'stepIn', 'stepOut', 'continue', 'next', 'continue']) {
        const response = await client.request(command, { threadId: stop.body.threadId })
        assert.ok(response.success, `${command} was refused`)
        assert.ok(client.at(await client.event('stopped')) > client.at(response), `stopped stands before the response to ${command}`)
      }
    }),
  },
  {
    number: 19, part: 'continued', title: 'no continued after a request that says so itself',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      await client.ok('continue', { threadId: stop.body.threadId })
      await client.event('stopped')
      assert.deepEqual(client.events('continued'), [])
    }),
  },
  {
    number: 19, part: 'ids', title: 'a stop at a breakpoint names it in hitBreakpointIds, and no other',
    run: (adapter) => session(adapter, async (client) => {
      const [first, second] = adapter.lines
      const { stop, configured } = await stopAtFirstLine(client, adapter, { configure: () => setBreakpoints(client, adapter, [{ line: first }, { line: second }]) })
      assert.deepEqual(stop.body.hitBreakpointIds, [configured[0].id])
      await client.ok('continue', { threadId: stop.body.threadId })
      assert.deepEqual((await client.event('stopped')).body.hitBreakpointIds, [configured[1].id])
    }),
  },
  {
    number: 20, title: 'stopped always names a thread, and one that threads has',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter, { stopOnEntry: true })
      for (let next = stop, count = 0; count < 5; count++) {
        const { threads } = await client.ok('threads')
        assert.ok(threads.some(({ id }) => id === next.body.threadId), `thread ${next.body.threadId} is none of ${JSON.stringify(threads)}`)
        await client.ok(count % 2 ? 'continue' : 'next', { threadId: next.body.threadId })
        next = await client.event('stopped')
      }
    }),
  },
  {
    number: 21, title: 'pages of the stack make the whole stack; totalFrames stays',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      const page = (args) => client.ok('stackTrace', { threadId: stop.body.threadId, ...args })
      const whole = await page({})
      const shown = ({ name, line, id }) => ({ name, line, id })
      assert.ok(whole.stackFrames.length > 1)
      const pages = []
      for (let startFrame = 0; startFrame < whole.stackFrames.length; startFrame++) {
        const { stackFrames, totalFrames } = await page({ startFrame, levels: 1 })
        assert.equal(stackFrames.length, 1, 'levels: 1')
        assert.equal(totalFrames, whole.totalFrames ?? whole.stackFrames.length)
        pages.push(...stackFrames)
      }
      assert.deepEqual(pages.map(shown), whole.stackFrames.map(shown))
      assert.deepEqual((await page({ startFrame: 0, levels: 0 })).stackFrames.map(shown), whole.stackFrames.map(shown), 'levels 0 means all')
    }),
  },
  {
    number: 21, part: 'end', title: 'a page beyond the end of the stack is empty',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      const { length } = await stack(client, stop.body.threadId)
      assert.deepEqual(await stack(client, stop.body.threadId, { startFrame: length, levels: 20 }), [])
    }),
  },
  {
    number: 22, title: 'children are paged: filter, start and count; beyond the end is empty',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      const { variablesReference, indexedVariables } = await adapter.list(client, (await topFrame(client, stop)).id)
      assert.ok(indexedVariables > 0, 'a long list does not say how many children it has')
      const page = async (args) => (await client.ok('variables', { variablesReference, ...args })).variables.map(({ name, value }) => `${name} = ${value}`)
      const whole = await page({ filter: 'indexed' })
      assert.equal(whole.length, indexedVariables)
      const pages = []
      for (let start = 0; start < indexedVariables; start += 7) pages.push(...await page({ filter: 'indexed', start, count: 7 }))
      assert.deepEqual(pages, whole)
      assert.deepEqual(await page({ filter: 'indexed', start: indexedVariables, count: 5 }), [])
      assert.deepEqual(await page({ filter: 'indexed', start: 2147483000, count: 1000 }), [])
      const named = await page({ filter: 'named' })
      assert.deepEqual(named.filter((child) => whole.includes(child)), [], 'a child is both named and indexed')
      assert.deepEqual(await page({ filter: 'indexed', start: indexedVariables - 3, count: 1_000_000 }), whole.slice(-3))
    }),
  },
  {
    number: 23, title: 'references of a former stop fail cleanly',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      const threadId = stop.body.threadId
      const frameId = (await topFrame(client, stop)).id
      const { scopes } = await client.ok('scopes', { frameId })
      await client.ok('variables', { variablesReference: scopes[0].variablesReference })
      await client.ok('continue', { threadId })
      const next = await client.event('stopped')
      await client.refused('variables', { variablesReference: scopes[0].variablesReference })
      await client.refused('scopes', { frameId })
      await client.refused('evaluate', { expression: adapter.round, frameId, context: 'watch' })
      assert.ok(await round(client, adapter, next) > 0)
    }),
  },
  {
    // Output has no references in any adapter here.
    number: 23, part: 'evaluate', title: 'references of evaluate outlive a continue, with the values that they had',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      const evaluated = async (stop) => (await client.ok('evaluate', { expression: adapter.vector, frameId: (await topFrame(client, stop)).id, context: 'repl' })).variablesReference
      const children = async (variablesReference) => (await client.ok('variables', { variablesReference })).variables.map(({ name, value }) => `${name} = ${value}`)
      const kept = await evaluated(stop)
      const before = await children(kept)
      assert.ok(before.length > 1)
      await client.ok('continue', { threadId: stop.body.threadId })
      const next = await client.event('stopped')
      assert.deepEqual(await children(kept), before)
      assert.notDeepEqual(await children(await evaluated(next)), before, 'the program has not changed it: this says nothing')
      assert.deepEqual(await children(kept), before)
    }),
  },
  {
    number: 24, title: 'a hover changes nothing',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      const frameId = (await topFrame(client, stop)).id
      const before = await picture(client, stop.body.threadId)
      for (const expression of adapter.pure) await evaluate(client, expression, frameId, 'hover')
      for (const expression of adapter.mutating) await client.request('evaluate', { expression, frameId, context: 'hover' })
      assert.equal(await picture(client, stop.body.threadId), before)
      assert.deepEqual(client.events('invalidated'), [])
    }),
  },
  {
    number: 25, title: 'setVariable is announced and read back',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      const before = await settable(client, adapter, stop)
      const changed = await client.ok('setVariable', { variablesReference: before.parent, name: before.name, value: adapter.settable.value })
      if (!adapter.silent) await client.event('invalidated')
      const after = await settable(client, adapter, stop)
      assert.notEqual(after.value, before.value)
      assert.equal(after.value, changed.value)
    }),
  },
  {
    number: 25, part: 'refused', title: 'a value that is refused keeps what was there',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      const before = await settable(client, adapter, stop)
      const { message, body } = await client.refused('setVariable', { variablesReference: before.parent, name: before.name, value: adapter.settable.bad })
      assert.ok(message || body?.error, 'no word why')
      assert.equal((await settable(client, adapter, stop)).value, before.value)
    }),
  },
  {
    number: 26, needs: 'supportsStepBack', title: 'step back is the exact inverse of step, over random walks',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      const threadId = stop.body.threadId
      await setBreakpoints(client, adapter, [])
      const go = async (command) => {
        await client.ok(command, { threadId })
        await client.event('stopped')
        return picture(client, threadId)
      }
      const path = [await picture(client, threadId)]
      const draw = random(20260)
      for (let count = 0; count < 40; count++) {
        if (path.length > 1 && draw(2)) {
          path.pop()
          assert.equal(await go('stepBack'), path.at(-1), `after ${count} moves`)
        } else path.push(await go('next'))
      }
      while (path.length > 1) {
        path.pop()
        assert.equal(await go('stepBack'), path.at(-1))
      }
    }),
  },
  {
    number: 27, needs: 'supportsStepBack', title: 'reverse continue visits the same stops, last first',
    run: (adapter) => session(adapter, async (client) => {
      const breakpoints = [{ line: adapter.lines[0] }, { line: adapter.lines[2], condition: adapter.conditions.fourth }]
      const { stop } = await stopAtFirstLine(client, adapter, { configure: () => setBreakpoints(client, adapter, breakpoints) })
      const threadId = stop.body.threadId
      const place = async (event) => {
        const { line } = await topFrame(client, event)
        return `${await round(client, adapter, event)}:${line}`
      }
      const there = [await place(stop)]
      while (there.length < 20) {
        await client.ok('continue', { threadId })
        there.push(await place(await client.event('stopped')))
      }
      const back = [there.at(-1)]
      while (back.length < there.length) {
        await client.ok('reverseContinue', { threadId })
        back.push(await place(await client.event('stopped')))
      }
      assert.deepEqual(back, there.reverse())
      await disconnect(client, adapter)
    }),
  },
]
