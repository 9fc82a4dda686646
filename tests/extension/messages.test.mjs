// What crosses a process is checked on both sides: messages, tensors, links, and what the page kept.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './bundle.mjs'

const { fromPage, toPage, ShapeError, parse, tensor, toQuery, fromQuery, ChartsHost, state, fresh, narrowed, noFocus } = await load(
  'webview/messages.ts', 'daemon/shape.ts', 'webview/state.ts', 'views/chartsLink.ts', 'views/chartsHost.ts')

const wire = (dtype, shape, array) => ({ dtype, shape, base64: Buffer.from(array.buffer).toString('base64') })

const plain = (value) => JSON.parse(JSON.stringify(value))

test('a message of the page is taken, and an unknown key of it left out', () => {
  assert.deepEqual(parse(fromPage, { type: 'cancel', id: 3, extra: 1 }, 'm'), { type: 'cancel', id: 3 })
})

for (const [what, message, place] of [
  ['nothing', undefined, /^m\.type/],
  ['an unknown type', { type: 'eval' }, /^m\.type/],
  ['a prototype key as type', { type: 'constructor' }, /^m\.type/],
  ['a method that is not for the page', { type: 'ask', id: 1, method: 'shutdown', params: {} }, /^m\.method/],
  ['a text for a number', { type: 'cancel', id: '3' }, /^m\.id/],
  ['a number that is none', { type: 'focus', session: 's', go: true, focus: { step: NaN } }, /^m\.focus\.step/],
])
  test(`a message is refused with its place: ${what}`, () => assert.throws(() => parse(fromPage, message, 'm'), (error) => error instanceof ShapeError && place.test(error.message)))

test('the page refuses what the extension should not send', () => {
  assert.throws(() => parse(toPage, { type: 'start', locale: 'en', bundle: { a: 1 } }, 'm'), ShapeError)
})

test('a tensor becomes a typed array once, and is checked again where a page gets it', () => {
  for (const [dtype, array, read] of [
    ['f32', Float32Array.of(1.5, -2), Float32Array.of(1.5, -2)], ['i64', BigInt64Array.of(-1n, 2n ** 40n), Float64Array.of(-1, 2 ** 40)], ['u8', Uint8Array.of(7, 8), Uint8Array.of(7, 8)],
  ]) {
    const decoded = parse(tensor(dtype), wire(dtype, [2], array), 't')
    assert.deepEqual(decoded, { shape: [2], data: read })
    assert.equal(parse(tensor(dtype), decoded, 't').data, decoded.data)
  }
})

for (const [what, shape, value] of [
  ['shape and data disagree', tensor('f32'), { shape: [3], data: Float32Array.of(1, 2) }],
  ['axes are too few', tensor('f32', 2), { shape: [2], data: Float32Array.of(1, 2) }],
  ['data are plain numbers', tensor('f32'), { shape: [2], data: [1, 2] }],
  ['data are of another type', tensor('f32'), { shape: [2], data: Float64Array.of(1, 2) }],
])
  test(`a page refuses a tensor whose ${what}`, () => assert.throws(() => parse(shape, value, 't'), ShapeError))

test('a link says a place and is read back', () => {
  const link = { tab: 'expert', session: 'session-1', recording: '/a folder/run.moetrace', from: 1, to: 40, focus: { step: 3, pass: 0, router: 2, row: 14, expert: 11 } }
  assert.deepEqual(fromQuery(toQuery(link)), link)
  assert.equal(fromQuery('').focus, undefined)
})

for (const query of ['tab=passwords', 'step=-1', 'router=2e9', 'expert=1%3Balert'])
  test(`a link that says nothing possible is refused: ${query}`, () => assert.throws(() => fromQuery(query), ShapeError))

test('what the page kept is taken back, and anything else is a fresh start', () => {
  const kept = { ...plain(fresh()), tab: 'tokens', page: { way: 'from', step: 4, pass: 0, row: 0 } }
  assert.deepEqual(parse(state, kept, 'state'), kept)
  assert.throws(() => parse(state, { tab: 'nowhere' }, 'state'), ShapeError)
})

test('a focus keeps what is not below the change', () => {
  const at = { step: 3, pass: 0, router: 2, row: 14, expert: 11 }
  assert.deepEqual(narrowed(at, { expert: 5 }), { ...at, expert: 5 })
  assert.deepEqual(narrowed(at, { router: 1 }), { ...at, router: 1, expert: undefined })
  assert.deepEqual(narrowed(at, { step: 4 }), { ...at, step: 4, pass: undefined, row: undefined })
  assert.deepEqual(narrowed(noFocus(), at), at)
})

test('the host answers with the id of the question, cancels what is not waited for, and says why there is no answer', async () => {
  const posted = []
  const logged = []
  let finish
  const host = new ChartsHost({
    call: (method, params, token) => new Promise((resolve, reject) => {
      if (params.session === 'none') reject(new Error('there is no session "none".'))
      else if (params.session === 'slow') token.onCancellationRequested(() => { finish(); reject(new Error('cancelled')) })
      else resolve({ routers: [] })
    }),
    post: (message) => posted.push(message),
    act: () => assert.fail('nothing to do for the editor'),
    explain: (error) => ({ facts: error.message, whatToDo: 'Open one.' }),
    log: (line) => logged.push(line),
  })
  host.receive({ type: 'ask', id: 1, method: 'session/model', params: { session: 'a' } })
  host.receive({ type: 'ask', id: 2, method: 'session/model', params: { session: 'none' } })
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(posted, [{ type: 'answer', id: 1, result: { routers: [] } }, { type: 'refused', id: 2, facts: 'there is no session "none".', whatToDo: 'Open one.' }])

  const cancelled = new Promise((resolve) => { finish = resolve })
  host.receive({ type: 'ask', id: 3, method: 'session/model', params: { session: 'slow' } })
  host.receive({ type: 'cancel', id: 3 })
  await cancelled
  host.receive('garbage')
  assert.match(logged[0], /message\.type/)
  assert.equal(posted.length, 2)
})
