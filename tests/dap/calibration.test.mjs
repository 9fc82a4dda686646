// The checks against debugpy, an adapter that is not ours, and against debugpy made wrong on purpose: a check that cannot fail proves nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PYTHON, absent, debugpy } from './adapters.mjs'
import { conformance, faulty } from './conformance.mjs'
import { faults } from './faults.mjs'

const adapter = debugpy()
const reason = absent('debugpy', [PYTHON, '-c', 'import debugpy'])

if (reason) test('debugpy', { skip: !process.env.CI && reason }, () => assert.fail(reason))
else {
  await conformance(adapter)
  faulty(adapter, faults)
}
