// Checks 28 to 30: what is cancelled, and how a session ends.
import assert from 'node:assert/strict'
import { VSCODE, disconnect, ends, initialize, initialized, launch, picture, session, stopAtFirstLine } from './session.mjs'

/** What a cancelled request may still take, in ms. */
const CANCELLED_WITHIN = 200

export const ending = [
  {
    number: 28, needs: 'supportsCancelRequest', title: 'cancel answers itself and the request; a cancelled one returns at once',
    run: (adapter) => session(adapter, async (client) => {
      await initialize(client, adapter)
      const launched = client.send('launch', adapter.launch({}))
      await initialized(client, launched)
      const asked = Date.now()
      const [bytes, [cancel]] = client.prepare(['cancel', { requestId: launched }])
      client.write(bytes)
      const [answer, cancelled] = await Promise.all([client.response(launched), client.response(cancel)])
      const took = Date.now() - asked
      assert.equal(answer.success, false)
      assert.equal(answer.message, 'cancelled')
      assert.ok(cancelled)
      assert.ok(took <= CANCELLED_WITHIN, `took ${took} ms`)
      await disconnect(client, adapter)
    }),
  },
  {
    number: 28, part: 'search', needs: 'supportsStepBack', title: 'a search of the past, either way, shows progress; when it is cancelled the session stands where it stood',
    run: (adapter) => session(adapter, async (client) => {
      const threadId = await adapter.standInALongPast(client)
      const there = await picture(client, threadId)
      for (const command of ['continue', 'reverseContinue']) {
        const stops = client.events('stopped').length
        const asked = Date.now()
        const [bytes, [search]] = client.prepare([command, { threadId }], ['cancel', { requestId: client.lastSeq + 1 }])
        client.write(bytes)
        const answer = await client.response(search)
        const took = Date.now() - asked
        assert.equal(answer.success, false, `${command} came to its end`)
        assert.equal(answer.message, 'cancelled')
        assert.ok(took <= CANCELLED_WITHIN, `took ${took} ms`)
        const start = await client.event('progressStart', ({ body }) => body.requestId === search)
        assert.equal(start.body.cancellable, true)
        await client.event('progressEnd', ({ body }) => body.progressId === start.body.progressId)
        assert.equal(await picture(client, threadId), there)
        assert.equal(client.events('stopped').length, stops)
      }
      await disconnect(client, adapter)
    }),
  },
  {
    number: 29, part: 'paused', title: 'disconnect at a stop: gone in 2 s, no orphan',
    run: (adapter) => session(adapter, async (client) => {
      await stopAtFirstLine(client, adapter)
      await disconnect(client, adapter)
    }),
  },
  {
    number: 29, part: 'running', title: 'disconnect while the program runs: gone in 2 s, no orphan',
    run: (adapter) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter, { endless: true })
      await client.ok('setBreakpoints', { source: { path: adapter.source }, breakpoints: [] })
      await client.ok('continue', { threadId: stop.body.threadId })
      await disconnect(client, adapter)
    }),
  },
  {
    number: 29, part: 'loading', title: 'disconnect while launch is under way: gone in 2 s, no orphan',
    run: (adapter) => session(adapter, async (client) => {
      await initialize(client, adapter)
      client.send('launch', adapter.launch({}))
      await disconnect(client, adapter)
    }),
  },
  {
    number: 29, part: 'idle', title: 'disconnect before launch: gone in 2 s',
    run: (adapter) => session(adapter, async (client) => {
      await initialize(client, adapter)
      await disconnect(client, adapter, {})
    }),
  },
  {
    number: 29, part: 'ended', title: 'disconnect after the program has ended',
    run: (adapter) => session(adapter, async (client) => {
      await launch(client, adapter, {})
      await client.event('terminated')
      await disconnect(client, adapter, { terminateDebuggee: false })
      assert.equal(client.events('terminated').length, 1)
    }),
  },
  {
    number: 29, part: 'twice', title: 'a second disconnect does no harm',
    run: (adapter) => session(adapter, async (client) => {
      await stopAtFirstLine(client, adapter)
      const asked = Date.now()
      const [bytes, [first]] = client.prepare(['disconnect', { terminateDebuggee: true }], ['disconnect', { terminateDebuggee: true }])
      client.write(bytes)
      const response = await client.response(first)
      assert.ok(response.success)
      if (adapter.endsAtEof) client.output.end()
      await ends(client, adapter, asked)
    }),
  },
  {
    number: 29, part: 'terminate', needs: 'supportsTerminateRequest', title: 'terminate ends the program, then disconnect the adapter',
    run: (adapter) => session(adapter, async (client) => {
      await stopAtFirstLine(client, adapter)
      await client.ok('terminate', {})
      await client.event('terminated')
      await disconnect(client, adapter, { terminateDebuggee: false })
    }),
  },
  ...['paused', 'running', 'loading'].map((part) => ({
    number: 30, part, title: 'a client that dies within a message: the adapter ends, no orphan',
    run: (adapter) => session(adapter, async (client) => {
      if (part === 'loading') {
        await client.ok('initialize', { adapterID: adapter.type, ...VSCODE })
        client.send('launch', adapter.launch({}))
      } else {
        const { stop } = await stopAtFirstLine(client, adapter, { endless: true })
        if (part === 'running') {
          await client.ok('setBreakpoints', { source: { path: adapter.source }, breakpoints: [] })
          await client.ok('continue', { threadId: stop.body.threadId })
        }
      }
      client.write(Buffer.from('Content-Length: 900\r\n\r\n{"seq": 99, "type": "requ'))
      const died = Date.now()
      client.output.end()
      await ends(client, adapter, died)
    }),
  })),
  {
    number: 30, part: 'recording', title: 'what was recorded before the client died can be read',
    run: (adapter) => adapter.recording((record, verify) => session(adapter, async (client) => {
      const { stop } = await stopAtFirstLine(client, adapter, { record })
      for (let count = 0; count < 3; count++) {
        await client.ok('continue', { threadId: stop.body.threadId })
        await client.event('stopped')
      }
      client.write('Content-Length: 900\r\n\r\n{"seq": 99')
      const died = Date.now()
      client.output.end()
      await ends(client, adapter, died)
      verify()
    })),
  },
]
