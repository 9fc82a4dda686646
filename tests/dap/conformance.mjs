// Registers the checks as tests of an adapter. A check that does not apply is a skip that says why; one that the adapter is known to fail must fail.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checks, key } from './checks.mjs'
import { initialize, session } from './session.mjs'

/** An adapter is known to let these waits expire, so they need not be long. */
const KNOWN_TO_HANG = 1500

export async function conformance(adapter, { timeout = 120_000 } = {}) {
  let capabilities = {}
  await session(adapter, async (client) => { capabilities = await initialize(client, adapter) }).catch(() => {}) // check 01 says what is wrong
  for (const check of checks) {
    const name = key(check)
    const skip = adapter.skips[name] ?? (check.needs && !capabilities[check.needs] && !adapter.capabilities?.includes(check.needs) ? `${adapter.name} has no ${check.needs}` : false)
    const fails = adapter.fails[name]
    test(`${adapter.name}: check ${name}: ${check.title}${fails ? ' (must fail)' : ''}`, { skip, timeout }, async () => {
      if (fails) await assert.rejects(check.run({ ...adapter, patience: KNOWN_TO_HANG }), fails)
      else await check.run(adapter)
    })
  }
}
