// What every check does: start an adapter, bring a session to its first stop, look around, end it.
import assert from 'node:assert/strict'
import { Client, refusal } from './client.mjs'

/** How long an adapter may take to end after it is told to, in ms: a promise of the adapter, so here time is what is tested. */
export const ENDS_WITHIN = 2000

/** What VS Code says about itself. */
export const VSCODE = {
  clientID: 'vscode', clientName: 'Visual Studio Code', locale: 'en', pathFormat: 'path', linesStartAt1: true, columnsStartAt1: true,
  supportsVariableType: true, supportsVariablePaging: true, supportsRunInTerminalRequest: true, supportsProgressReporting: true,
  supportsInvalidatedEvent: true, supportsMemoryReferences: true, supportsMemoryEvent: true, supportsArgsCanBeInterpretedByShell: true,
  supportsStartDebuggingRequest: true, supportsANSIStyling: true,
}

/** Runs `body` with a client of a fresh adapter. Whatever happens the adapter ends, and what it did wrong is thrown. */
export const session = (adapter, body) => using(Client.spawn(adapter.command, adapter), body)

/** Runs `body` with `client`, which is closed whatever happens; what its adapter did wrong is thrown. */
export async function using(client, body) {
  try {
    await body(client)
  } catch (error) {
    await client.close().catch(() => {})
    throw error
  }
  await client.close()
}

export function initialize(client, adapter, about = VSCODE) {
  return client.ok('initialize', { adapterID: adapter.type, ...about })
}

/** VS Code's order: launch, then breakpoints when the adapter says `initialized`, then configurationDone; only now launch is answered. */
export async function launch(client, adapter, { about, configure = async () => {}, ...options } = {}) {
  const capabilities = await initialize(client, adapter, about)
  const launched = client.send('launch', adapter.launch(options))
  await initialized(client, launched)
  const configured = await configure(client)
  await client.ok('configurationDone')
  succeeded(await client.response(launched))
  return { capabilities, configured }
}

/** Waits for `initialized`; a launch that is refused before it would never send one. */
export function initialized(client, launched) {
  return Promise.race([client.event('initialized'), client.response(launched).then((response) => { succeeded(response); return new Promise(() => {}) })])
}

export function succeeded(response) {
  assert.ok(response.success, `${response.command} was refused: ${refusal(response)}`)
}

export async function setBreakpoints(client, adapter, breakpoints) {
  const { breakpoints: answers } = await client.ok('setBreakpoints', { source: { path: adapter.source }, breakpoints })
  return answers
}

/** Stopped at the first hit of the adapter's first line, in every round. */
export async function stopAtFirstLine(client, adapter, options = {}) {
  const started = await launch(client, adapter, { configure: () => setBreakpoints(client, adapter, [{ line: adapter.lines[0] }]), ...options })
  return { ...started, stop: await client.event('stopped') }
}

export async function stack(client, threadId, args = {}) {
  return (await client.ok('stackTrace', { threadId, ...args })).stackFrames
}

export async function topFrame(client, stop) {
  const [frame] = await stack(client, stop.body.threadId, { startFrame: 0, levels: 1 })
  return frame
}

export async function evaluate(client, expression, frameId, context = 'watch') {
  return (await client.ok('evaluate', { expression, frameId, context })).result
}

/** In which round of the program the stop is. */
export async function round(client, adapter, stop) {
  return Number(await evaluate(client, adapter.round, (await topFrame(client, stop)).id))
}

/** Resumes from each stop with `command` until the program ends; `look` sees each stop, the first one included. */
export async function resumeToEnd(client, look = async () => {}, { stop, command = 'continue' } = {}) {
  const seen = []
  for (;;) {
    const event = stop ?? await client.anyEvent('stopped', 'terminated')
    stop = undefined
    if (event.event === 'terminated') return seen
    seen.push(await look(event))
    await client.ok(command, { threadId: event.body.threadId })
  }
}

/** All that can be seen at a stop, as text: frames, scopes, and variables two levels deep, without references, which are new at each stop. */
export async function picture(client, threadId, depth = 2) {
  const lines = []
  const show = async (reference, depth, indent) => {
    if (reference === 0 || depth === 0) return
    for (const variable of (await client.ok('variables', { variablesReference: reference, start: 0, count: 100 })).variables) {
      lines.push(`${indent}${variable.name} = ${variable.value}`)
      await show(variable.variablesReference, depth - 1, indent + '  ')
    }
  }
  for (const frame of await stack(client, threadId)) {
    lines.push(`${frame.name} at ${frame.source?.name}:${frame.line}`)
    for (const scope of (await client.ok('scopes', { frameId: frame.id })).scopes) {
      lines.push(` ${scope.name}`)
      if (!scope.expensive) await show(scope.variablesReference, depth, '  ')
    }
  }
  return lines.join('\n')
}

/** Disconnects; the adapter and all that it started must be gone in time. */
export async function disconnect(client, adapter, args = { terminateDebuggee: true }) {
  const response = client.send('disconnect', args)
  const asked = Date.now()
  await client.response(response)
  if (adapter.endsAtEof) client.output.end()
  await ends(client, adapter, asked)
}

/** Waits for the end of the adapter's process and holds it against its promise: in time, by itself, without orphans. */
export async function ends(client, adapter, since) {
  const limit = adapter.endsWithin ?? ENDS_WITHIN
  const late = Symbol('late')
  let timer
  const result = await Promise.race([client.exit, new Promise((resolve) => { timer = setTimeout(resolve, since + limit - Date.now(), late) })])
  clearTimeout(timer)
  if (result === late) throw new Error(`the adapter still runs ${limit} ms after it was told to end\n${client.story()}`)
  assert.equal(result.signal, null, `the adapter was ended by ${result.signal}: ${client.stderr}`)
  await client.end
  await orphansEnd(client, since + limit)
  return result
}

/** What the adapter started ends with it. A process that has been told to end may need a moment to be gone. */
async function orphansEnd(client, deadline) {
  let orphans = client.leftOver()
  while (orphans.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10)) // the kernel has no event for it
    orphans = client.leftOver()
  }
  assert.deepEqual(orphans, [], 'processes that outlive the adapter')
}
