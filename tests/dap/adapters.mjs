// The adapters that the checks run against. Each says how it starts, what its program offers to a check, and which checks do not apply to it and why.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch, stack } from './session.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
export const repository = join(here, '..', '..')
export const PYTHON = '/usr/bin/python3'

/** Line numbers, from 1, of a text's lines that contain `part`. */
const linesWith = (text, part) => text.split('\n').flatMap((line, index) => (line.includes(part) ? [index + 1] : []))

/** A variable of a scope of a frame. */
export async function find(client, frameId, scope, name) {
  const { scopes } = await client.ok('scopes', { frameId })
  const { variables } = await client.ok('variables', { variablesReference: scopes.find((item) => item.name === scope).variablesReference })
  return variables.find((variable) => variable.name === name)
}

/** Why something that a suite needs is not there, or null. `./test` says what it could not install; by hand it is looked for. */
export function absent(name, probe) {
  const line = (process.env.MOE_TEST_MISSING ?? '').split('\n').find((line) => line.startsWith(name + '\t'))
  if (line) return line.split('\t')[1]
  try {
    execFileSync(probe[0], probe.slice(1), { stdio: 'ignore' })
    return null
  } catch {
    return `${name} is missing`
  }
}

/** Debian's debugpy: a known adapter, by which the suite shows that it can pass and fail. */
export function debugpy() {
  const source = join(here, 'subject.py')
  const text = readFileSync(source, 'utf8')
  const line = (part) => linesWith(text, part)[0]
  return {
    name: 'debugpy',
    type: 'python',
    command: [PYTHON, '-m', 'debugpy.adapter'],
    env: { PYDEVD_DISABLE_FILE_VALIDATION: '1' },
    custom: ['debugpySockets', 'debugpyWaitingForServer'],
    endsWithin: 10_000,        // it promises nothing: how long it took on a busy machine
    // A capability of its own, refusals without a body, and telemetry of two threads that may overtake each other at the start. Check 01 tolerates nothing.
    tolerated: (problem) => /'supportsDebuggerProperties'|is no ErrorResponse: \/ must have required property 'body'|^seq: [1-4] follows [0-4]:/.test(problem),
    endsAtEof: true,
    silent: true,
    launch: ({ stopOnEntry = false, endless = false, refused = false } = {}) => ({
      type: 'python', request: 'launch', console: 'internalConsole', redirectOutput: true, justMyCode: true, python: [PYTHON],
      program: refused ? join(here, 'no such file.py') : source, args: [endless ? '-1' : '21'], stopOnEntry,
    }),
    source,
    lines: [line('total = total + n'), line('total = total + 0'), line('return total')],
    functions: ['add'],
    rounds: 21,
    round: 'n',
    prints: /the sum is 231/,
    unicode: async (client, frameId, text) => (await client.ok('evaluate', { expression: JSON.stringify(text), frameId, context: 'watch' })).result,
    conditions: { holds: 'n == 7', holdsIn: [7], bad: ['n >', 'n == = 3'] },
    hitConditions: [['5', (n) => n === 5], ['>18', (n) => n > 18], ['%10', (n) => n % 10 === 0], ['>=20', (n) => n >= 20], ['<3', (n) => n < 3]],
    logMessage: { text: 'round {n}', says: (n) => `round ${n}` },
    pure: ['n', 'total', 'n + total'],
    mutating: ['total = 12345'],
    settable: { name: 'total', value: '1000', bad: 'no such name' },
    vector: 'list(range(n, n + 3))',
    list: async (client, frameId) => client.ok('evaluate', { expression: 'list(range(300))', frameId, context: 'watch' }),
    skips: {
      '05 wrong types': 'debugpy writes why it ended, or ends before it has: both were seen',
      '15': 'debugpy takes no breakpoints before launch',
      '25 refused': 'debugpy takes any expression as a value',
      '30 recording': 'debugpy records nothing',
    },
    // What is wrong with debugpy 1.6, or is more than it promises: here the check must fail, and with these words.
    fails: {
      '01': /supportsDebuggerProperties/,
      ...Object.fromEntries(['json', 'no object', 'no type', 'utf-8', 'header', 'length', 'huge', 'no length'].map((part) => [`05 ${part}`, /no response to threads/])),
      '10 configured first': /no event initialized/,
      '12 lines': /'<module>'/,
      '12 columns': /1 !== 0/,
      '12 uri': /"pathFormat" must be one of: \['path'\]/,
      '13 ids': /2 !== 0/,
      '13 far': /true !== false/,
      '16': /true !== false/,
      '18 source': /undefined/,
      '19 ids': /undefined/,
      '19 continued': /event: 'continued'/,
      '22': /does not say how many children/,
      '23': /variables .* must be refused/,
      '23 evaluate': /variables was refused/,
    },
  }
}

export const ANNA = 'One morning, Anna went to the garden with her friend Tom. Anna was hungry, so'

/** Ours, over a model that comes with the repository. `MOE_DEVTOOLS` names another build. */
export function moe() {
  const program = process.env.MOE_DEVTOOLS ?? join(repository, 'moe-devtools')
  const model = join(repository, 'samples/olmoe-tiny')
  const run = (...args) => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()
  const source = run('inspect', model, '--listing')
  return {
    name: 'moe',
    type: 'moe',
    run,
    program,
    model,
    command: [program, 'dap', '--stdio'],
    capabilities: ['supportsStepBack', 'supportsRestartRequest', 'supportsCancelRequest', 'supportsTerminateRequest'],
    // A dataset keeps it busy for longer than any check that wants it running.
    launch: ({ stopOnEntry = false, endless = false, ...more } = {}) => ({
      type: 'moe', request: 'launch', model, stopOnEntry,
      ...(endless ? { dataset: join(repository, 'samples/data/calibration.jsonl') } : { prompt: ANNA, maxNewTokens: 21 }), ...more,
    }),
    source,
    lines: linesWith(readFileSync(source, 'utf8'), 'mlp.gate  router').slice(0, 3),
    functions: ['model.layers.*.mlp.gate', 'L1'],
    rounds: 21,
    round: 'step',
    prints: /she ate/,
    unicode: async (client, frameId, text) => (await client.ok('evaluate', { expression: JSON.stringify(text), frameId, context: 'watch' })).result,
    conditions: { holds: 'step == 7', holdsIn: [7], fourth: 'step % 4 == 0', bad: ['entropy >', 'step == = 3', 'no_such_name > 1', 'selected(99)'] },
    hitConditions: [['5', (n) => n === 5], ['==6', (n) => n === 6], ['>18', (n) => n > 18], ['>=20', (n) => n >= 20], ['<3', (n) => n < 3], ['<=2', (n) => n <= 2], ['%10', (n) => n % 10 === 0]],
    logMessage: { text: 'round {step}', says: (n) => `round ${n}` },
    pure: ['step', 'entropy', 'position + 1', 'load(0)', 'routing_weights'],
    settable: { name: 'k', value: '2', bad: 'no such number' },
    vector: 'router_logits',
    list: (client, frameId) => find(client, frameId, 'Router', 'rows'),
    // The routing of another checkpoint is imposed on the model, which would have chosen otherwise in many rows of its prefill.
    anomalous: (body) => inFolder((folder) => {
      const forceRouting = join(folder, 'collapsed.moetrace')
      run('run', join(repository, 'samples/olmoe-tiny-collapsed'), '--prompt', ANNA, '--max-new-tokens', '0', '--record', forceRouting)
      return body({ filterId: 'replay_mismatch', forceRouting, maxNewTokens: 0 })
    }),
    data: async (client, frameId) => client.ok('dataBreakpointInfo', { variablesReference: (await find(client, frameId, 'Router', 'loads')).variablesReference, name: 'E3' }),
    change: (client, frameId) => client.ok('evaluate', { expression: 'mask 2', frameId, context: 'repl' }),
    /** The end of a long run, and back to its middle; nothing that is recorded holds what the breakpoints ask for. */
    standInALongPast: async (client) => {
      const never = ['* if entropy > 0.99999', '* if load(2, 3) > 3.99', 'L1 if any(weightOf(3) > 0.99999) hits >1000']
      const attributes = { type: 'moe', request: 'launch', model, dataset: join(repository, 'samples/data/eval.jsonl'), holdAtEnd: true, breakpoints: never }
      await launch(client, { launch: () => attributes })
      const { body: { threadId } } = await client.event('stopped', undefined, 60_000)
      const [{ source, line }] = await stack(client, threadId)
      const { targets } = await client.ok('gotoTargets', { source, line })
      await client.ok('goto', { threadId, targetId: targets[targets.length >> 1].id })
      await client.event('stopped')
      return threadId
    },
    mutating: ['mask 0', 'always mask 1', 'force 3,7', 'restart', 'continue', 'break L1'],
    recording: (body) => inFolder(async (folder) => {
      const file = join(folder, 'session.moetrace')
      await body(file, () => run('trace', 'verify', file))
    }),
    skips: {},
    fails: {},
  }
}

/** Runs `body` with a folder that is gone afterwards. */
export async function inFolder(body) {
  const folder = mkdtempSync(join(tmpdir(), 'moe-dap-'))
  try {
    return await body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
