// The JSON-RPC service of a daemon: a connection that has introduced itself.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { frame, FrameReader } from './framing.mjs'

/** Runs `body` with `call(method, params)`, which gives the answer. */
export async function rpc(about, body) {
  const socket = net.connect({ path: about.endpoint })
  await once(socket, 'connect')
  const reader = new FrameReader()
  const waiting = new Map()
  socket.on('data', (chunk) => {
    for (const message of reader.push(chunk)) waiting.get(message.id)?.(message)
  })
  let last = 0
  const call = (method, params = {}) => new Promise((resolve) => {
    waiting.set(++last, resolve)
    socket.write(frame({ jsonrpc: '2.0', id: last, method, params }))
  })
  try {
    assert.equal((await call('initialize', { client: 'tests', version: '1', protocol: 1 })).error, undefined)
    return await body(call)
  } finally {
    socket.destroy()
  }
}
