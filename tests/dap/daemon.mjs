// A daemon of ours that listens on sockets in a folder of its own, and on a port if asked.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inFolder } from './adapters.mjs'
import { Client } from './client.mjs'
import { using } from './session.mjs'

/** Runs `body` with {endpoint, dap, host, port, token, exit, process, log}: paths of the sockets, and the port's address, as the daemon prints them. */
export const daemon = (adapter, { listen = false } = {}, body) => inFolder(async (folder) => {
  const endpoint = join(folder, 's')
  const child = spawn(adapter.program, ['daemon', '--endpoint', endpoint, ...(listen ? ['--listen', '127.0.0.1:0'] : [])], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const about = { endpoint, process: child, log: '', exit: new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal }))) }
  child.stderr.on('data', (text) => { about.log += text })
  const lines = createInterface({ input: child.stdout })
  try {
    let missing = listen ? 3 : 2
    for await (const line of lines) {
      const [, kind, place, token] = /^(rpc|dap) (\S+)(?: token (\S+))?$/.exec(line) ?? assert.fail(`the daemon prints a line that is no address: ${line}`)
      if (token) Object.assign(about, { host: place.split(':')[0], port: Number(place.split(':')[1]), token })
      else if (kind === 'dap') about.dap = place
      if (--missing === 0) break
    }
    assert.equal(missing, 0, `the daemon ended: ${about.log}`)
    await body(about)
  } finally {
    try { process.kill(-child.pid, 'SIGKILL') } catch { /* it has ended */ }
    await about.exit
  }
})

/** Runs `body` with a client of a daemon. */
export const connected = async (address, body) => using(await Client.connect(address), body)
