// An editor that is not VS Code: Emacs with dap-mode, as Debian has them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { absent, inFolder, moe } from './adapters.mjs'

const adapter = moe()
const reason = absent('emacs', ['emacs', '--version']) ?? absent('dap-mode', ['emacs', '--batch', '-f', 'package-initialize', '-l', 'dap-mode'])

test('Emacs_DapMode_LaunchesStopsEvaluatesAndEnds', { skip: (!process.env.CI && reason) || false, timeout: 120_000 }, () => inFolder((home) => {
  assert.equal(reason, null)
  const { status, stdout, stderr } = spawnSync('emacs', ['--batch', '-f', 'package-initialize', '-l', fileURLToPath(new URL('emacs-client.el', import.meta.url)),
    adapter.program, adapter.model, adapter.source, String(adapter.lines[1])], { encoding: 'utf8', env: { ...process.env, HOME: home, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(process.env.HOME, '.cache') } })
  assert.equal(status, 0, stdout + stderr)
  const said = stdout.trim().split('\n')
  assert.match(said[0], /^frame: token /)
  assert.deepEqual(said.filter((line) => !line.startsWith('frame')), [`line: ${adapter.lines[1]}`, 'step: 1', `line: ${adapter.lines[1]}`, 'step: 2', 'ended: yes'])
}))
