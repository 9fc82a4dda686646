// Registers the checks as tests of an adapter. A check that does not apply is a skip that says why; one that the adapter is known to fail must fail.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { check, checks, key } from './checks.mjs'
import { initialize, session } from './session.mjs'

/** An adapter is known to let these waits expire, so they need not be long. */
const KNOWN_TO_HANG = 1500

export async function conformance(adapter, { timeout = 120_000 } = {}) {
  let capabilities = {}
  await session(adapter, async (client) => { capabilities = await initialize(client, adapter) }).catch(() => {}) // check 01 says what is wrong
  for (const item of checks) {
    const name = key(item)
    const skip = adapter.skips[name] ?? (item.needs && !capabilities[item.needs] && !adapter.capabilities?.includes(item.needs) ? `${adapter.name} has no ${item.needs}` : false)
    const fails = adapter.fails[name]
    test(`${adapter.name}: check ${name}: ${item.title}${fails ? ' (must fail)' : ''}`, { skip, timeout }, async () => {
      if (fails) await assert.rejects(item.run({ ...adapter, patience: KNOWN_TO_HANG }), fails)
      else await item.run(adapter)
    })
  }
}

/** Registers a test a fault: with it in the adapter, the check that must notice it fails. */
export function faulty(adapter, faults) {
  for (const [fault, { breaks, says }] of Object.entries(faults)) {
    const command = [process.execPath, fileURLToPath(new URL('faulty-adapter.mjs', import.meta.url)), fault, ...adapter.command]
    test(`${adapter.name} with ${fault}: check ${breaks} fails`, { timeout: 60_000 }, () => assert.rejects(check(breaks).run({ ...adapter, command, patience: 3000, endsWithin: 3000 }), says))
  }
}
