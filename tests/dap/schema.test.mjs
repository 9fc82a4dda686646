// The schema itself: what it derives, and that it refuses what it must.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameReader, frame } from './framing.mjs'
import { derive, validator } from './schema.mjs'

const validate = validator()
const response = (command, body) => ({ seq: 1, type: 'response', request_seq: 1, success: true, command, ...(body && { body }) })
const event = (event, body) => ({ seq: 1, type: 'event', event, ...(body && { body }) })

test('Declarations_AllMessages_HaveASchema', () => {
  const { definitions, commands, events } = derive()
  assert.equal(commands.length, 45)
  assert.equal(events.length, 17)
  const capital = (word) => word[0].toUpperCase() + word.slice(1)
  for (const name of [...commands.map((word) => capital(word) + 'Response'), ...events.map((word) => capital(word) + 'Event')]) assert.ok(definitions[name], name)
  const open = Object.entries(definitions).filter(([, { type, additionalProperties }]) => type === 'object' && additionalProperties !== false).map(([name]) => name)
  assert.deepEqual(open.sort(), ['AttachRequestArguments', 'LaunchRequestArguments'])
})

for (const message of [
  response('threads', { threads: [{ id: 1, name: 'rank 0' }] }), response('launch'), response('launch', {}), event('initialized'), event('exited', { exitCode: -1 }),
  event('progressUpdate', { progressId: '1', percentage: 12.5 }), event('output', { output: 'x', data: { any: 'thing' } }), response('dataBreakpointInfo', { dataId: null, description: 'x' }),
  { ...response('launch', { error: { id: 7, format: '{a}', variables: { a: 'b' } } }), success: false }, { seq: 3, type: 'request', command: 'startDebugging', arguments: { request: 'attach', configuration: { a: 1 } } },
  event('stopped', { reason: 'a reason of its own', threadId: 1 }), response('initialize', { breakpointModes: [{ mode: 'batch', label: 'Batch', appliesTo: ['source', 'a kind of its own'] }] }),
]) test(`Good_${message.event ?? message.command}_IsAccepted ${JSON.stringify(message.body ?? '')}`, () => assert.deepEqual(validate(message), []))

for (const [message, says] of [
  [null, /no object/], [[], /no object/], [{ seq: 1, type: 'reply' }, /no reply/], [event('paused'), /no event 'paused'/], [response('noSuchCommand'), /no response/],
  [{ ...event('initialized'), seq: 0 }, /seq must be >= 1/], [{ ...event('initialized'), seq: 1.5 }, /seq must be integer/], [{ ...event('initialized'), time: 1 }, /'time'/],
  [response('initialize', { supportsTerminateDebuggee: true }), /'supportsTerminateDebuggee'/], [response('launch', { x: 1 }), /'x'/], [event('initialized', { x: 1 }), /'x'/],
  [response('scopes', { scopes: [{ name: 'Locals', variablesReference: 1 }] }), /expensive/], [response('variables', { variables: [{ name: 'a', value: 1, variablesReference: 0 }] }), /value must be string/],
  [response('variables', { variables: [{ name: 'a', value: '1', variablesReference: 2147483648 }] }), /<= 2147483647/], [response('variables', { variables: [{ name: 'a', value: '1', variablesReference: -1 }] }), />= 0/],
  [event('progressUpdate', { progressId: '1', percentage: 101 }), /<= 100/], [response('threads'), /body/], [{ ...response('threads'), success: false }, /body/],
  [response('stackTrace', { stackFrames: [{ id: 1, name: 'a', line: 1, column: 1, presentationHint: 'loud' }] }), /presentationHint/], [event('stopped', { reason: 'step', hitBreakpointIds: ['1'] }), /integer/],
  [{ ...response('launch', { error: 'broken' }), success: false }, /error must be object/], [{ seq: 1, type: 'request', command: 'evaluate' }, /no request/],
]) test(`Bad_${message?.event ?? message?.command}_IsRefused ${says}`, () => assert.match(validate(message).join('\n'), says))

test('Frames_HoweverCut_AreTheSame', () => {
  const messages = [{ a: 1 }, { text: 'aé中😀' }, {}]
  const bytes = Buffer.concat(messages.map(frame))
  for (let first = 0; first <= bytes.length; first++) {
    for (const second of [first, first + 1, first + 17]) {
      const reader = new FrameReader()
      const read = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)].flatMap((part) => reader.push(part))
      assert.deepEqual(read, messages)
      assert.equal(reader.rest.length, 0)
    }
  }
})

for (const text of ['hello', '\nContent-Length: 2\r\n\r\n{}', 'Content-Length: 2\n\n{}', 'content-length: 2\r\n\r\n{}', 'Content-Length: 2\r\nX: 1\r\n\r\n{}', 'Content-Length: 3\r\n\r\n{}C', 'Content-Length: 2\r\n\r\n{}x'])
  test(`Bytes_ThatAreNoMessage_AreRefused ${JSON.stringify(text)}`, () => assert.throws(() => new FrameReader().push(Buffer.from(text)), /not a header|does not frame JSON/))
