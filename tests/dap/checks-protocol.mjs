// Checks 1 to 12: messages, their order, and what a client says about itself.
import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { frame } from './framing.mjs'
import { VSCODE, disconnect, evaluate, initialize, initialized, launch, picture, resumeToEnd, session, setBreakpoints, stack, stopAtFirstLine, succeeded, topFrame } from './session.mjs'

/** A client that can do nothing beyond the protocol's defaults. */
const POOREST = { clientID: 'poorest' }

/** Longer in UTF-8 than in UTF-16, with characters of one to four bytes. */
const UNICODE = 'aé中😀'

/** Asks for everything that a client may ask for at a stop. Whether an answer is a success depends on the adapter; that it is well-formed does not. */
async function tour(client, adapter, stop) {
  const threadId = stop.body.threadId
  await client.ok('threads')
  const [frame] = await stack(client, threadId)
  await picture(client, threadId)
  const { scopes } = await client.ok('scopes', { frameId: frame.id })
  const variablesReference = scopes[0].variablesReference
  const { variables } = await client.ok('variables', { variablesReference })
  const here = { frameId: frame.id }
  const source = { path: adapter.source }
  const asked = [
    ...['watch', 'repl', 'hover', 'clipboard', 'variables'].flatMap((context) => [['evaluate', { ...here, context, expression: adapter.round }], ['evaluate', { ...here, context, expression: 'no such thing (' }]]),
    ['completions', { ...here, text: adapter.round.slice(0, 1), column: 2 }],
    ['breakpointLocations', { source, line: 1, endLine: 1000 }],
    ['source', { source, sourceReference: 0 }], ['loadedSources'], ['modules', { startModule: 0, moduleCount: 3 }], ['modules', {}],
    ['exceptionInfo', { threadId }], ['stepInTargets', here], ['gotoTargets', { source, line: adapter.lines[0] }],
    ['setVariable', { variablesReference, name: 'no such name', value: '1' }], ['setExpression', { ...here, expression: 'no such name', value: '1' }],
    ...variables.slice(0, 5).map(({ name }) => ['dataBreakpointInfo', { variablesReference, name }]),
    ...variables.filter(({ memoryReference }) => memoryReference).map(({ memoryReference }) => ['readMemory', { memoryReference, count: 16 }]),
    ['readMemory', { memoryReference: 'no such memory', count: 16 }], ['disassemble', { memoryReference: '0', instructionCount: 2 }], ['locations', { locationReference: 1 }],
    ['setFunctionBreakpoints', { breakpoints: [] }], ['setDataBreakpoints', { breakpoints: [] }], ['setExceptionBreakpoints', { filters: [] }], ['setInstructionBreakpoints', { breakpoints: [] }],
    ['cancel', { requestId: 1_000_000 }], ['cancel', {}], ['goto', { threadId, targetId: 1_000_000 }], ['restartFrame', here], ['terminateThreads', { threadIds: [] }],
  ]
  for (const [command, args] of asked) await client.request(command, args)
}

export const protocol = [
  {
    number: 1, title: 'every message is one of the protocol, without unknown keys',
    run: (adapter) => session({ ...adapter, tolerated: undefined }, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      await tour(client, adapter, stop)
      await disconnect(client, adapter)
    }),
  },
  {
    number: 2, title: 'seq is 1, 2, 3 ... while answers and output are written at once',
    run: (adapter) => session(adapter, async (client) => {
      const log = { line: adapter.lines[0], logMessage: adapter.logMessage.text }
      const { stop } = await stopAtFirstLine(client, adapter, { configure: () => setBreakpoints(client, adapter, [log, { line: adapter.lines[1], condition: adapter.conditions.holds }]) })
      await setBreakpoints(client, adapter, [log])
      const [bytes, seqs] = client.prepare(['continue', { threadId: stop.body.threadId }], ...Array.from({ length: 200 }, () => ['threads']))
      client.write(bytes)
      await Promise.all(seqs.map((seq) => client.response(seq)))
      await client.event('terminated')
      const numbers = client.timeline.filter(({ out }) => !out).map(({ message }) => message.seq)
      assert.deepEqual(numbers, numbers.map((_, index) => index + 1))
      assert.ok(client.events('output').length > 0, 'nothing was written beside the answers')
    }),
  },
  {
    number: 3, title: 'each request has exactly one response, with its request_seq and command',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter)
      const threadId = stop.body.threadId
      const [bytes, seqs] = client.prepare(
        ['threads'], ['noSuchCommand', {}], ['stackTrace', { threadId: 987654 }], ['variables', { variablesReference: 987654 }], ['scopes', { frameId: 987654 }],
        ['evaluate', { expression: '((' }], ['stackTrace', { threadId }], ['setVariable', {}], ['variables', {}], ['next', { threadId }])
      client.write(bytes)
      await Promise.all(seqs.map((seq) => client.response(seq)))
      await client.event('stopped')
      await disconnect(client, adapter)
      assert.deepEqual(client.unanswered, [])
    }),
  },
  {
    number: 4, title: 'Content-Length counts bytes of UTF-8; single bytes and glued messages are read',
    run: (adapter) => session(adapter, async (client) => {
      const [bytes, [seq]] = client.prepare(['initialize', { adapterID: adapter.type, ...VSCODE, clientName: UNICODE }])
      for (const byte of bytes) {
        client.write(Buffer.of(byte))
        await nextTurn()
      }
      succeeded(await client.response(seq))
      const launched = client.send('launch', adapter.launch({}))
      await initialized(client, launched)
      const [glued, seqs] = client.prepare(['setBreakpoints', { source: { path: adapter.source }, breakpoints: [{ line: adapter.lines[0] }] }], ['threads'], ['configurationDone'])
      client.write(glued.subarray(0, 7))
      await nextTurn()
      client.write(glued.subarray(7))
      for (const seq of seqs) await client.response(seq)
      succeeded(await client.response(launched))
      const stop = await client.event('stopped')
      const echo = await adapter.unicode(client, (await topFrame(client, stop)).id, UNICODE)
      assert.ok(echo.includes(UNICODE), `${UNICODE} came back as ${echo}`)
    }),
  },
  ...[
    ['json', 'Content-Length: 9\r\n\r\n{"seq": 1'], ['no object', 'Content-Length: 4\r\n\r\nnull'], ['no type', 'Content-Length: 2\r\n\r\n{}'], ['utf-8', Buffer.from('Content-Length: 4\r\n\r\n"\xff\xfe"', 'latin1')],
    ['header', 'Content-Longth: 2\r\n\r\n{}'], ['length', 'Content-Length: -2\r\n\r\n{}'], ['huge', 'Content-Length: 99999999999\r\n\r\n{}'], ['no length', '\r\n\r\n{}'],
    ['wrong kind', frame({ seq: 9, type: 'response', request_seq: 77, command: 'runInTerminal', success: true })], ['wrong types', frame({ seq: 'x', type: 'request', command: 7, arguments: [] })],
  ].map(([part, bytes]) => ({
    number: 5, part, title: 'malformed input is logged, and the adapter goes on or ends cleanly',
    run: (adapter) => session(adapter, async (client) => {
      await initialize(client, adapter)
      client.write(bytes)
      const seq = client.send('threads')
      const result = await Promise.race([client.response(seq).catch((error) => error), client.exit])
      if (result instanceof Error && !/the adapter ended/.test(result.message)) throw result
      if (result.type !== 'response') {
        const { signal } = await client.exit
        assert.equal(signal, null, `ended by ${signal}`)
        assert.ok(client.stderr.trim() !== '' || client.events('output').length > 0, 'the adapter ended without a word')
        assert.deepEqual(client.leftOver(), [])
      }
    }),
  })),
  {
    number: 6, title: 'an unknown command is refused and the session lives',
    run: (adapter) => session(adapter, async (client) => {
      await initialize(client, adapter)
      await client.refused('noSuchCommand', { x: 1 })
      const launched = client.send('launch', adapter.launch({ stopOnEntry: true }))
      await initialized(client, launched)
      await client.ok('configurationDone')
      const stop = await client.event('stopped')
      await client.refused('noSuchCommand')
      assert.ok((await stack(client, stop.body.threadId)).length > 0)
    }),
  },
  {
    number: 7, title: 'nothing but DAP on stdout, to its last byte; what the program prints is output',
    run: (adapter) => session(adapter, async (client) => {
      await launch(client, adapter, {})
      await client.event('terminated')
      await disconnect(client, adapter)
      const printed = client.events('output').filter(({ body }) => body.category !== 'telemetry').map(({ body }) => body.output).join('')
      assert.match(printed, adapter.prints)
    }),
  },
  {
    number: 8, part: 'before', title: 'requests before initialize are refused',
    run: (adapter) => session(adapter, async (client) => {
      for (const [command, args] of [['threads'], ['launch', adapter.launch({})], ['setBreakpoints', { source: { path: adapter.source }, breakpoints: [] }]]) await client.refused(command, args)
      await initialize(client, adapter)
    }),
  },
  {
    number: 8, part: 'twice', title: 'a second initialize is refused',
    run: (adapter) => session(adapter, async (client) => {
      await initialize(client, adapter)
      await client.refused('initialize', { adapterID: adapter.type, ...VSCODE })
      const { stop } = await stopped(client, adapter)
      assert.ok(stop)
    }),
  },
  {
    number: 9, title: 'initialized comes once, after the response to initialize',
    run: (adapter) => session(adapter, async (client) => {
      const seq = client.send('initialize', { adapterID: adapter.type, ...VSCODE })
      const response = await client.response(seq)
      const launched = client.send('launch', adapter.launch({}))
      await initialized(client, launched)
      await client.ok('configurationDone')
      await client.event('terminated')
      const events = client.events('initialized')
      assert.equal(events.length, 1)
      assert.ok(client.at(events[0]) > client.at(response), 'initialized stands before the response to initialize')
    }),
  },
  {
    number: 10, part: 'launch first', title: 'launch, breakpoints, configurationDone: launch is answered last',
    run: (adapter) => session(adapter, async (client) => {
      await initialize(client, adapter)
      const launched = client.send('launch', adapter.launch({}))
      await initialized(client, launched)
      await setBreakpoints(client, adapter, [{ line: adapter.lines[0] }])
      await client.ok('threads').catch(() => {}) // a round trip more: a launch that is answered too early has its answer by now
      const early = client.timeline.some(({ out, message }) => !out && message.request_seq === launched)
      assert.equal(early, false, 'launch was answered before configurationDone')
      await client.ok('configurationDone')
      succeeded(await client.response(launched))
      await client.event('stopped')
    }),
  },
  {
    number: 10, part: 'configured first', title: 'breakpoints, configurationDone, launch',
    run: (adapter) => session(adapter, async (client) => {
      await initialize(client, adapter)
      await client.event('initialized')
      await setBreakpoints(client, adapter, [{ line: adapter.lines[0] }])
      await client.ok('configurationDone')
      await client.ok('launch', adapter.launch({}))
      const stop = await client.event('stopped')
      assert.equal((await topFrame(client, stop)).line, adapter.lines[0])
    }),
  },
  {
    number: 11, title: 'a client without capabilities gets nothing that it did not ask for',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter, { about: POOREST })
      const frameId = (await topFrame(client, stop)).id
      await evaluate(client, adapter.round, frameId)
      await adapter.change?.(client, frameId)
      await setBreakpoints(client, adapter, [])
      await resumeToEnd(client, undefined, { stop })
      await disconnect(client, adapter)
      const unwanted = client.timeline.filter(({ out, message }) => !out && (message.type === 'request' || /^(progress\w+|invalidated|memory)$/.test(message.event ?? '')))
      assert.deepEqual(unwanted.map(({ message }) => message.event ?? message.command), [])
      const coloured = client.timeline.filter(({ out, message }) => !out && JSON.stringify(message).includes('\\u001b'))
      assert.deepEqual(coloured, [], 'ANSI escapes')
      const typed = client.timeline.flatMap(({ message }) => message.body?.variables ?? []).filter(({ type }) => type !== undefined)
      assert.deepEqual(typed.slice(0, 1), [], 'types of variables without supportsVariableType')
    }),
  },
  {
    number: 12, part: 'lines', title: 'linesStartAt1 false: lines count from 0, both ways',
    run: async (adapter) => {
      const stops = []
      for (const linesStartAt1 of [true, false]) {
        await session(adapter, async (client) => {
          const line = adapter.lines[0] - (linesStartAt1 ? 0 : 1)
          const { stop, configured } = await stopAtFirstLine(client, adapter, { about: { ...VSCODE, linesStartAt1 }, configure: () => setBreakpoints(client, adapter, [{ line }]) })
          assert.equal(configured[0].line, line)
          stops.push(await topFrame(client, stop))
        })
      }
      assert.equal(stops[1].line, stops[0].line - 1)
      assert.equal(stops[1].name, stops[0].name)
    },
  },
  {
    number: 12, part: 'columns', title: 'columnsStartAt1 false: columns count from 0',
    run: async (adapter) => {
      const columns = []
      for (const columnsStartAt1 of [true, false]) {
        await session(adapter, async (client) => {
          const { stop } = await stopAtFirstLine(client, adapter, { about: { ...VSCODE, columnsStartAt1 } })
          columns.push((await topFrame(client, stop)).column)
        })
      }
      assert.equal(columns[1], columns[0] - 1)
    },
  },
  {
    number: 12, part: 'uri', title: 'pathFormat uri is understood and answered',
    run: (adapter) => session(adapter, async (client) => {
      const path = new URL('file://' + adapter.source).href
      const { stop } = await stopAtFirstLine(client, adapter, {
        about: { ...VSCODE, pathFormat: 'uri' }, configure: () => client.ok('setBreakpoints', { source: { path }, breakpoints: [{ line: adapter.lines[0] }] }),
      })
      assert.equal((await topFrame(client, stop)).source.path, path)
    }),
  },
]

/** A session whose client has been initialized already, at its first stop. */
async function stopped(client, adapter) {
  const launched = client.send('launch', adapter.launch({ stopOnEntry: true }))
  await initialized(client, launched)
  await client.ok('configurationDone')
  return { stop: await client.event('stopped') }
}
