// The checks against debugpy, an adapter that is not ours, and against debugpy made wrong on purpose: a check that cannot fail proves nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PYTHON, absent, debugpy } from './adapters.mjs'
import { check } from './checks.mjs'
import { conformance } from './conformance.mjs'
import { faults } from './faults.mjs'

const adapter = debugpy()
const reason = absent('debugpy', [PYTHON, '-c', 'import debugpy'])

if (reason) test('debugpy', { skip: !process.env.CI && reason }, () => assert.fail(reason))
else {
  await conformance(adapter)
  for (const [fault, { breaks, says }] of Object.entries(faults)) {
    const broken = { ...adapter, command: [process.execPath, fileURLToPath(new URL('faulty-adapter.mjs', import.meta.url)), fault, ...adapter.command], patience: 3000, endsWithin: 3000 }
    test(`debugpy with ${fault}: check ${breaks} fails`, { timeout: 60_000 }, () => assert.rejects(check(breaks).run(broken), says))
  }
}
