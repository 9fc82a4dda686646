// A real daemon over its real wire, and recordings of the sample models for it to open.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node'
import { repository } from './bundle.mjs'

const program = process.env.MOE_DEVTOOLS ?? join(repository, 'moe-devtools')

/** Two models on the same documents of all six domains; the second one's routing has collapsed. */
const RUNS = { healthy: 'samples/olmoe-tiny', collapsed: 'samples/olmoe-tiny-collapsed' }

/**
 * Starts a daemon, in a folder of its own, with the recordings `healthy` and `collapsed` open.
 * @returns {call, sessions, recordings, on, record, close}; `sessions` are the names' SessionInfos; `record` runs another model and opens its recording.
 */
export async function daemonWithRecordings() {
  const folder = await mkdtemp(join(tmpdir(), 'moe-charts-'))
  const recordings = Object.fromEntries(Object.keys(RUNS).map((name) => [name, join(folder, `${name}.moetrace`)]))
  const dataset = join(folder, 'documents.jsonl')
  execFileSync('sh', ['-c', `awk 'NR % 8 == 1' "${join(repository, 'samples/data/eval.jsonl')}" > "${dataset}"`])
  const run = (model, options, path) => execFileSync(program, ['run', join(repository, model), ...options, '--record', path], { stdio: ['ignore', 'ignore', 'inherit'] })
  for (const [name, model] of Object.entries(RUNS)) run(model, ['--dataset', dataset], recordings[name])

  const endpoint = join(folder, 's')
  const child = spawn(program, ['daemon', '--endpoint', endpoint], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') } })
  const exit = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('dap ')) break
  child.stdout.resume()

  const socket = connect(endpoint)
  await once(socket, 'connect')
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket))
  connection.listen()
  const call = (method, params, token) => connection.sendRequest(method, params, ...(token ? [token] : []))
  await call('initialize', { client: 'tests', version: '0', protocol: 1 })
  const sessions = {}
  for (const [name, path] of Object.entries(recordings)) sessions[name] = await call('recordings/open', { path })
  return {
    call, sessions, recordings,
    on: (method, handle) => connection.onNotification(method, handle),
    async record(name, model, ...options) {
      recordings[name] = join(folder, `${name}.moetrace`)
      run(model, options, recordings[name])
      sessions[name] = await call('recordings/open', { path: recordings[name] })
    },
    async close() {
      await call('shutdown', {})
      connection.dispose()
      await exit
      await rm(folder, { recursive: true })
    },
  }
}
