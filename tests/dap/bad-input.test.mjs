// What clients get wrong, over stdio and sockets: the session survives or ends cleanly in time, and other clients do not notice.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import net from 'node:net'
import { test } from 'node:test'
import { find, moe } from './adapters.mjs'
import { Client } from './client.mjs'
import { connected, daemon } from './daemon.mjs'
import { rpc } from './rpc.mjs'
import { ENDS_WITHIN, VSCODE, evaluate, initialize, launch, picture, round, session, setBreakpoints, stack, stopAtFirstLine, topFrame } from './session.mjs'

const adapter = moe()
const during = (name, body) => test(name, { timeout: 60_000 }, () => session(adapter, body))
const listening = (name, options, body) => test(name, { timeout: 90_000 }, () => daemon(adapter, options, body))

/** Asks for each, and names all that are not refused. */
async function allRefused(client, requests) {
  const taken = []
  for (const [command, args] of requests) {
    const { success, message } = await client.request(command, args)
    if (success || !message) taken.push(`${command} ${JSON.stringify(args)}`)
  }
  assert.deepEqual(taken, [])
}

/** All that a server sends until it closes the connection. */
async function rawly(address, bytes) {
  const socket = net.connect(address)
  await once(socket, 'connect')
  let received = ''
  socket.on('data', (chunk) => { received += chunk })
  const asked = Date.now()
  socket.write(bytes)
  await once(socket, 'close')
  return { received, took: Date.now() - asked }
}

for (const [name, bytes] of Object.entries({
  HttpPost: 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}', HttpGet: 'GET / HTTP/1.1\r\n\r\n', TlsHello: Buffer.from('1603010200010001fc0303', 'hex'),
  HugeLength: 'Content-Length: 4294967296\r\n\r\n', NegativeLength: 'Content-Length: -1\r\n\r\n', HeaderWithoutEnd: 'Content-Length: ' + '1'.repeat(100_000), Zeros: Buffer.alloc(100_000),
})) {
  listening(`Port_${name}_IsClosedWithoutAnAnswer`, { listen: true }, async (about) => {
    const { received, took } = await rawly({ host: about.host, port: about.port }, bytes)
    assert.doesNotMatch(received, /HTTP|"success":true/)
    assert.ok(took <= ENDS_WITHIN, `took ${took} ms`)
    await connected({ path: about.dap }, (client) => initialize(client, adapter))
  })
  during(`Stdio_${name}_EndsTheAdapter`, async (client) => {
    await initialize(client, adapter)
    const asked = Date.now()
    client.write(bytes)
    const { signal } = await client.exit
    assert.equal(signal, null)
    assert.ok(Date.now() - asked <= ENDS_WITHIN)
    assert.notEqual(client.stderr.trim(), '')
    assert.doesNotMatch(client.stderr, /Unhandled exception|^\s+at /m)
  })
}

listening('Port_WithoutOrWithAWrongToken_AnswersOnlyInitialize', { listen: true }, async (about) => {
  for (const token of [undefined, '', 'wrong', about.token.slice(0, -1), 7, null]) {
    await connected({ host: about.host, port: about.port }, async (client) => {
      await initialize(client, adapter)
      for (const [command, args] of [['threads'], ['evaluate', { expression: '1', context: 'repl' }], ['loadedSources'], ['setBreakpoints', { source: { path: adapter.source }, breakpoints: [] }]]) {
        assert.equal((await client.request(command, args).catch(() => ({ success: false }))).success, false, `${command} was answered`)
      }
    })
    await connected({ host: about.host, port: about.port }, async (client) => {
      await initialize(client, adapter)
      const response = await client.request('launch', adapter.launch({ token })).catch(() => ({ success: false }))
      assert.equal(response.success, false)
    })
  }
  await connected({ host: about.host, port: about.port }, async (client) => {
    await launch(client, adapter, { token: about.token })
    await client.event('terminated')
  })
})

test('Port_OfAnotherMachine_IsRefused', () => session({ ...adapter, command: [adapter.program, 'daemon', '--listen', '0.0.0.0:0'] }, async (client) => {
  assert.equal((await client.exit).code, 2)
  assert.match(client.stderr, /MOE\d{4}/)
}))

listening('Sockets_AreTheirUsersAlone', {}, async (about) => {
  for (const path of [about.endpoint, about.dap]) assert.equal((statSync(path).mode & 0o777).toString(8), '600', path)
})

listening('SecondClient_HasASessionOfItsOwn', {}, (about) => connected({ path: about.dap }, async (first) => {
  await connected({ path: about.dap }, async (second) => {
    const [one, two] = await Promise.all([stopAtFirstLine(first, adapter), stopAtFirstLine(second, adapter)])
    await second.ok('continue', { threadId: two.stop.body.threadId })
    const next = await second.event('stopped')
    assert.equal(await round(second, adapter, next), 2)
    assert.equal(await evaluate(first, adapter.round, (await topFrame(first, one.stop)).id), '1')
    assert.equal(first.events('continued').length, 0)
  })
  await first.ok('disconnect', {})
}))

listening('ClientDiesWithinAMessage_OthersGoOn', {}, (about) => connected({ path: about.dap }, async (survivor) => {
  const { stop } = await stopAtFirstLine(survivor, adapter)
  for (const state of ['paused', 'running', 'loading']) {
    const victim = await Client.connect({ path: about.dap })
    if (state === 'loading') {
      await initialize(victim, adapter)
      victim.send('launch', adapter.launch({}))
    } else {
      const { stop } = await stopAtFirstLine(victim, adapter, { endless: true })
      if (state === 'running') {
        await setBreakpoints(victim, adapter, [])
        await victim.ok('continue', { threadId: stop.body.threadId })
      }
    }
    victim.write('Content-Length: 500\r\n\r\n{"seq": 1')
    await victim.close()
    await survivor.ok('threads')
  }
  await survivor.ok('continue', { threadId: stop.body.threadId })
  assert.equal(await round(survivor, adapter, await survivor.event('stopped')), 2)
  await noSessions(about, 1)
}))

/** Asks the daemon until it has that many sessions: what a client has left behind must go. */
const noSessions = (about, wanted) => rpc(about, async (call) => {
  for (const deadline = Date.now() + ENDS_WITHIN; ;) {
    const sessions = (await call('sessions/list')).result
    if (sessions.length === wanted) break
    assert.ok(Date.now() < deadline, `sessions that are left: ${JSON.stringify(sessions)}`)
  }
})

listening('Terminated_WithClients_EndsInTimeAndRemovesItsSockets', {}, (about) => connected({ path: about.dap }, async (client) => {
  await stopAtFirstLine(client, adapter, { endless: true })
  const asked = Date.now()
  about.process.kill('SIGTERM')
  const { signal } = await about.exit
  assert.equal(signal, null, 'the daemon handles SIGTERM')
  assert.ok(Date.now() - asked <= ENDS_WITHIN, `took ${Date.now() - asked} ms`)
  assert.throws(() => statSync(about.dap), /ENOENT/)
}))

listening('RpcMask_ShowsInDapAsInvalidated', {}, (about) => connected({ path: about.dap }, async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  const before = await evaluate(client, 'selected_experts', (await topFrame(client, stop)).id)
  await rpc(about, async (call) => {
    const [{ id }] = (await call('sessions/list')).result
    const answer = await call('session/intervene', { session: id, changes: '*: mask 2' })
    assert.equal(answer.error, undefined)
    await client.event('invalidated')
    assert.equal((await call('session/interventions', { session: id })).result.length, 1)
  })
  assert.ok(before)
}))

during('ChildrenByTheMillion_AreAnsweredWithWhatIsThere', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  const rows = await find(client, (await topFrame(client, stop)).id, 'Router', 'rows')
  for (const [start, count] of [[0, 1_000_000], [0, 2147483647], [2147483647, 2147483647], [-1, -1], [0, 0]]) {
    const response = await client.request('variables', { variablesReference: rows.variablesReference, filter: 'indexed', start, count })
    if (response.success) assert.ok(response.body.variables.length <= rows.indexedVariables)
  }
  const [bytes, seqs] = client.prepare(...Array.from({ length: 2000 }, () => ['variables', { variablesReference: rows.variablesReference, start: 0, count: 1_000_000 }]))
  client.write(bytes)
  for (const seq of seqs) assert.equal((await client.response(seq)).body.variables.length, rows.indexedVariables)
})

during('StaleAndInventedIds_AreRefused_AndTheSessionLives', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  const threadId = stop.body.threadId
  const frameId = (await topFrame(client, stop)).id
  await client.ok('continue', { threadId })
  const next = await client.event('stopped')
  await allRefused(client, [
    ['stackTrace', { threadId: 99 }], ['scopes', { frameId }], ['scopes', { frameId: 2147483647 }], ['variables', { variablesReference: 2147483647 }],
    ['variables', { variablesReference: 0 }], ['evaluate', { expression: 'step', frameId, context: 'watch' }], ['setVariable', { variablesReference: 424242, name: 'k', value: '1' }], ['restartFrame', { frameId }],
    ['stepInTargets', { frameId }], ['goto', { threadId, targetId: 424242 }], ['source', { sourceReference: 424242 }], ['exceptionInfo', { threadId: 99 }],
  ])
  assert.equal(await round(client, adapter, next), 2)
})

for (const [command, args] of [['continue', { threadId: 99 }], ['next', { threadId: 99 }], ['stepIn', { threadId: 1, targetId: 424242 }], ['stepOut', { threadId: -1 }], ['pause', { threadId: 99 }]]) {
  during(`InventedId_Of_${command}_IsRefused`, async (client) => {
    await stopAtFirstLine(client, adapter)
    await client.refused(command, args)
  })
}

during('Arguments_MissingOrOfWrongTypes_AreRefused', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  const threadId = stop.body.threadId
  await allRefused(client, [
    ['stackTrace', {}], ['stackTrace', { threadId: 'one' }], ['stackTrace', null], ['stackTrace', []], ['scopes', { frameId: {} }], ['variables', { variablesReference: '1' }], ['variables', { variablesReference: 1e300 }], ['variables', { variablesReference: 1.5 }],
    ['evaluate', {}], ['evaluate', { expression: 7 }], ['setBreakpoints', {}], ['setBreakpoints', { source: 'a', breakpoints: [] }], ['setBreakpoints', { source: { path: adapter.source }, breakpoints: {} }],
    ['setBreakpoints', { source: { path: adapter.source }, breakpoints: [{ line: 'x' }] }], ['setFunctionBreakpoints', { breakpoints: [{}] }], ['setDataBreakpoints', { breakpoints: [{ dataId: 7 }] }], ['setVariable', { variablesReference: 1 }],
    ['setExceptionBreakpoints', {}], ['setExceptionBreakpoints', { filters: [7] }], ['readMemory', { memoryReference: 'x' }], ['completions', { text: 'x' }], ['goto', { threadId }], ['launch', adapter.launch({})],
  ])
  assert.ok((await picture(client, threadId)).length > 0)
})

during('Breakpoints_ByTheTenThousand_AreAnswered', async (client) => {
  const breakpoints = Array.from({ length: 10_000 }, (_, index) => ({ line: index + 1 }))
  const { configured } = await launch(client, adapter, { configure: () => setBreakpoints(client, adapter, breakpoints) })
  assert.equal(configured.length, breakpoints.length)
  assert.deepEqual(configured.filter(({ verified }) => verified).slice(0, 3).map(({ line }) => line), adapter.lines)
  await client.event('stopped')
})

during('Expressions_DeepOrLong_AreRefused', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter)
  const frameId = (await topFrame(client, stop)).id
  for (const expression of ['('.repeat(100_000), '!'.repeat(100_000), '1' + '+1'.repeat(100_000), 'load('.repeat(50_000), '"', '\u0000', 'x'.repeat(1_000_000)]) {
    for (const context of ['watch', 'hover', 'repl']) await client.request('evaluate', { expression, frameId, context })
  }
  assert.equal(await evaluate(client, 'step', frameId), '1')
})

during('RequestsWhileRunning_AreRefused_NotLeftOpen', async (client) => {
  const { stop } = await stopAtFirstLine(client, adapter, { endless: true })
  const threadId = stop.body.threadId
  await setBreakpoints(client, adapter, [])
  await client.ok('continue', { threadId })
  for (const [command, args] of [['stackTrace', { threadId }], ['next', { threadId }], ['evaluate', { expression: 'step', context: 'watch' }], ['stepBack', { threadId }], ['exceptionInfo', { threadId }]]) await client.refused(command, args)
  await client.ok('pause', { threadId })
  const paused = await client.event('stopped')
  assert.ok((await stack(client, paused.body.threadId)).length > 0)
})

during('Initialize_Nonsense_IsRefusedOrIgnored', async (client) => {
  for (const args of [undefined, null, [], 'x', { adapterID: 7 }, { pathFormat: 'dos' }, { linesStartAt1: 'yes' }]) {
    const response = await client.request('initialize', args)
    if (response.success) return // a client may say less than the schema asks for; a second initialize is check 08
  }
  await initialize(client, adapter, VSCODE)
})
