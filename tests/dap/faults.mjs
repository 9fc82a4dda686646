// Faults of adapters, each with the check that must notice it and what this must say. `send` gets what the adapter sends and returns what goes out,
// `receive` gets what the client sends; both may keep things in `memory`.
import { frame } from './framing.mjs'

const is = (name) => (message) => (message.type === 'event' ? message.event : message.type === 'response' ? message.command : undefined) === name
const request = (command) => (message) => message.type === 'request' && message.command === command
const when = (test, change) => (message, memory) => (test(message) ? [change(message, memory)].flat() : [message])
const body = (change) => (message) => ({ ...message, body: { ...message.body, ...change(message.body ?? {}) } })
const success = (message, body) => ({ type: 'response', request_seq: message.seq, command: message.command, success: true, ...(body && { body }) })
const output = (text, more = {}) => ({ type: 'event', event: 'output', body: { category: 'console', output: text, ...more } })
const latin = (message) => {
  const text = JSON.stringify(message)
  return Buffer.from(`Content-Length: ${text.length}\r\n\r\n${text}`)
}

/** Lets one request do the work of another. */
const instead = (asked, done) => ({
  receive: (message, memory) => {
    if (!request(asked)(message)) return [message]
    memory[message.seq] = asked
    return [{ ...message, command: done, arguments: { threadId: 1, ...message.arguments } }]
  },
  send: (message, memory) => {
    if (message.type !== 'response' || !memory[message.request_seq]) return [message]
    const { body: unused, ...rest } = message
    return [{ ...rest, command: memory[message.request_seq] }]
  },
})

/** Faults that are put into debugpy. */
export const faults = {
  'an unknown key': { breaks: '02', says: /additional properties 'supportsTerminateDebuggee'/, send: when(is('initialize'), body(() => ({ supportsTerminateDebuggee: true }))) },
  'an unknown event': { breaks: '02', says: /no event 'paused'/, send: when(is('stopped'), (message) => [{ type: 'event', event: 'paused' }, message]) },
  'a number as text': { breaks: '02', says: /threadId must be integer/, send: when(is('stopped'), body(({ threadId }) => ({ threadId: String(threadId) }))) },
  'a reference beyond 2^31': { breaks: '23', says: /variablesReference must be <= 2147483647/, send: when(is('scopes'), body(({ scopes }) => ({ scopes: scopes.map((scope) => ({ ...scope, variablesReference: 2 ** 31 })) }))) },
  'a required key left out': { breaks: '23', says: /must have required property 'expensive'/, send: when(is('scopes'), body(({ scopes }) => ({ scopes: scopes.map(({ expensive, ...scope }) => scope) }))) },
  'a body where there is none': { breaks: '06', says: /is no ConfigurationDoneResponse/, send: when(is('configurationDone'), body(() => ({ verified: true }))) },
  'a seq left out': { breaks: '02', says: /seq: 9 follows 7/, seq: (count) => (count < 8 ? count : count + 1) },
  'seq from 0': { breaks: '02', says: /seq: 0 follows 0|seq must be >= 1/, seq: (count) => count - 1 },
  'a response twice': { breaks: '03', says: /answered twice/, send: when(is('threads'), (message) => [message, message]) },
  'a response never': { breaks: '03', says: /no response to scopes/, send: when(is('scopes'), () => []) },
  'a response to nobody': { breaks: '03', says: /nobody asked/, send: when(is('threads'), (message) => [{ ...message, request_seq: 5000 }, message]) },
  'a wrong command': { breaks: '03', says: /its response says scopes/, send: when((message) => is('variables')(message) && !message.success, (message) => ({ ...message, command: 'scopes' })) },
  'a length in characters': { breaks: '04', says: /not DAP/, write: latin },
  'silence at bad input': { breaks: '05 no type', says: /no response to threads/, receive: (message, memory) => ((memory.silent ||= !message.type) ? [] : [message]) },
  'death at an unknown command': { breaks: '06', says: /the adapter ended/, receive: when(request('noSuchCommand'), () => process.exit(1)) },
  'text on stdout': { breaks: '07', says: /not a header/, write: (message) => (is('terminated')(message) ? Buffer.concat([Buffer.from('debug: end\n'), frame(message)]) : frame(message)) },
  'text after the last message': { breaks: '07', says: /not a header/, write: (message) => (is('disconnect')(message) ? Buffer.concat([frame(message), Buffer.from('bye\n')]) : frame(message)) },
  'output that is lost': { breaks: '07', says: /did not match/, send: when(is('output'), (message) => (message.body.output.includes('sum') ? [] : message)) },
  'a second initialize': {
    breaks: '08 twice', says: /initialize .* must be refused/,
    receive: (message, memory, send) => (request('initialize')(message) && memory.initialized ? (send(success(message, {})), []) : ((memory.initialized ||= request('initialize')(message)), [message])),
  },
  'answers before initialize': { breaks: '08 before', says: /threads .* must be refused/, send: when(is('threads'), (message) => ({ ...success(message, { threads: [] }), request_seq: message.request_seq })) },
  'initialized too early': { breaks: '09', says: /initialized stands before|1 !== 2|2 !== 1/, send: when(is('initialize'), (message) => [{ type: 'event', event: 'initialized' }, message]) },
  'launch answered at once': { breaks: '10 launch first', says: /launch was answered before/, receive: (message, memory, send) => (request('launch')(message) ? (send(success(message)), [message]) : [message]), send: when(is('launch'), () => []) },
  'progress for all': { breaks: '11', says: /progressStart/, send: when(is('configurationDone'), (message) => [message, { type: 'event', event: 'progressStart', body: { progressId: '1', title: 'Loading' } }]) },
  'colours for all': { breaks: '11', says: /ANSI/, send: when(is('configurationDone'), (message) => [message, output('\u001b[31mred')]) },
  'breakpoints in another order': { breaks: '13', says: /Expected values/, send: when(is('setBreakpoints'), body(({ breakpoints }) => ({ breakpoints: breakpoints.toReversed() }))) },
  'breakpoints that add up': {
    breaks: '13', says: /was replaced still stops/,
    receive: (message, memory) => {
      if (!request('setBreakpoints')(message)) return [message]
      const { arguments: args } = message
      memory.breakpoints = [...args.breakpoints, ...(memory.breakpoints ?? [])]
      memory.count = args.breakpoints.length
      return [{ ...message, arguments: { ...args, breakpoints: memory.breakpoints } }]
    },
    send: (message, memory) => (is('setBreakpoints')(message) ? [body(({ breakpoints }) => ({ breakpoints: breakpoints.slice(0, memory.count) }))(message)] : [message]),
  },
  'empty lists ignored': {
    breaks: '14', says: /was cleared still stops/,
    receive: (message, memory, send) => (request('setBreakpoints')(message) && message.arguments.breakpoints.length === 0 ? (send(success(message, { breakpoints: [] })), []) : [message]),
  },
  'a hit condition off by one': {
    breaks: '17', says: /hitCondition 5/,
    receive: when(request('setBreakpoints'), (message) => ({ ...message, arguments: { ...message.arguments, breakpoints: message.arguments.breakpoints.map((breakpoint) => ({ ...breakpoint, hitCondition: '6' })) } })),
  },
  'a condition ignored': {
    breaks: '16 good', says: /Expected values/,
    receive: when(request('setBreakpoints'), (message) => ({ ...message, arguments: { ...message.arguments, breakpoints: message.arguments.breakpoints.map(({ line }) => ({ line })) } })),
  },
  'a logpoint that stops': {
    breaks: '18', says: /a logpoint stopped/,
    receive: when(request('setBreakpoints'), (message) => ({ ...message, arguments: { ...message.arguments, breakpoints: message.arguments.breakpoints.map(({ line }) => ({ line })) } })),
  },
  'a logpoint that is silent': { breaks: '18', says: /no output has the message/, send: when(is('output'), (message) => (message.body.output.includes('round') ? [] : message)) },
  'stopped before its response': {
    breaks: '19', says: /stopped stands before/,
    send: (message, memory) => {
      if (is('next')(message)) return (memory.held = message), []
      return is('stopped')(message) && memory.held ? [message, memory.held, ...(memory.held = undefined, [])] : [message]
    },
  },
  'an unknown hitBreakpointId': { breaks: '20', says: /hitBreakpointIds has 4711/, send: when(is('stopped'), body(() => ({ hitBreakpointIds: [4711] }))) },
  'stopped without a thread': { breaks: '20', says: /stopped: names no thread/, send: when(is('stopped'), body(() => ({ threadId: undefined }))) },
  'an unknown thread': { breaks: '20', says: /thread 99 is none of/, send: when(is('stopped'), body(() => ({ threadId: 99 }))) },
  'a totalFrames that changes': { breaks: '21', says: /Expected values/, send: when(is('stackTrace'), body(({ stackFrames }) => ({ totalFrames: stackFrames.length }))) },
  'stack pages ignored': { breaks: '21', says: /levels: 1/, receive: when(request('stackTrace'), (message) => ({ ...message, arguments: { threadId: message.arguments.threadId } })) },
  'a hover that runs': { breaks: '24', says: /Expected values/, receive: when(request('evaluate'), (message) => ({ ...message, arguments: { ...message.arguments, context: 'repl' } })) },
  'a change that is not made': {
    breaks: '25', says: /Expected/,
    receive: (message, memory, send) => (request('setVariable')(message) ? (send(success(message, { value: message.arguments.value })), []) : [message]),
  },
  'no end': { breaks: '29 paused', says: /the adapter still runs/, ends: false },
  'no end after a broken message': { breaks: '30 paused', says: /the adapter still runs/, ends: false },
}

/** Faults that are put into our adapter, for checks that debugpy does not pass without one. */
export const faultsOfOurs = {
  'lines from 1 for all': { breaks: '12 lines', says: /!==|no event stopped/, receive: when(request('initialize'), (message) => ({ ...message, arguments: { ...message.arguments, linesStartAt1: true } })) },
  'new ids for all': { breaks: '13 ids', says: /!==|breakpoint/, send: (message, memory) => (is('setBreakpoints')(message) ? [body(({ breakpoints }) => ({ breakpoints: breakpoints.map((item) => ({ ...item, id: memory.id = (memory.id ?? 100) + 1 })) }))(message)] : [message]) },
  'silence about late breakpoints': { breaks: '15', says: /never announced as bound/, send: when(is('breakpoint'), () => []) },
  'bad conditions taken': { breaks: '16', says: /true !== false/, send: when(is('setBreakpoints'), body(({ breakpoints }) => ({ breakpoints: breakpoints.map((item) => ({ ...item, verified: true })) }))) },
  'hit counts that go on': { breaks: '17 restart', says: /no event stopped|ended before/, ...instead('restart', 'continue') },
  'log messages from nowhere': { breaks: '18 source', says: /undefined/, send: when(is('output'), body(() => ({ source: undefined, line: undefined }))) },
  'hits of nobody': { breaks: '19 ids', says: /undefined/, send: when(is('stopped'), body(() => ({ hitBreakpointIds: undefined }))) },
  'pages ignored': { breaks: '22', says: /Expected values/, receive: when(request('variables'), (message) => ({ ...message, arguments: { ...message.arguments, start: undefined, count: undefined } })) },
  'references that live for ever': { breaks: '23', says: /variables .* must be refused/, send: when((message) => is('variables')(message) && !message.success, ({ message, ...response }) => ({ ...response, success: true, body: { variables: [] } })) },
  'references that all end': {
    breaks: '23 evaluate', says: /variables was refused/,
    receive: (message, memory, send) => {
      memory.goesOn ||= request('continue')(message)
      if (!request('variables')(message) || !memory.goesOn) return [message]
      return send({ ...success(message, { error: { id: 1, format: 'gone' } }), success: false, message: 'gone' }), []
    },
  },
  'evaluated values that follow the model': {
    breaks: '23 evaluate', says: /Expected values/,
    receive: (message, memory) => ((memory.goesOn ||= request('continue')(message)), [message]),
    send: (message, memory) => [is('variables')(message) && memory.goesOn ? body(({ variables }) => ({ variables: variables.map((variable) => ({ ...variable, value: `${variable.value}1` })) }))(message) : message],
  },
  'a mode ignored': {
    breaks: '14 modes', says: /decision stops at no more rows/,
    receive: when(request('setExceptionBreakpoints'), (message) => ({ ...message, arguments: { filters: [], filterOptions: message.arguments.filterOptions.map(({ filterId }) => ({ filterId })) } })),
  },
  'a mode for source breakpoints alone': {
    breaks: '14 modes', says: /one mode of exception is no choice/,
    send: when(is('initialize'), body(({ breakpointModes }) => ({ breakpointModes: breakpointModes.map((mode) => ({ ...mode, appliesTo: ['source'] })) }))),
  },
  'any value taken': { breaks: '25 refused', says: /setVariable .* must be refused/, receive: when(request('setVariable'), (message) => ({ ...message, arguments: { ...message.arguments, value: '2' } })) },
  'a step back that goes forward': { breaks: '26', says: /after \d+ moves/, ...instead('stepBack', 'next') },
  'a way back that goes forward': { breaks: '27', says: /Expected values|no event stopped/, ...instead('reverseContinue', 'continue') },
  'cancel without effect': { breaks: '28', says: /no response to launch/, receive: (message, memory, send) => (request('cancel')(message) ? (send(success(message)), []) : [message]) },
  'searches that go on': { breaks: '28 search', says: /came to its end/, receive: (message, memory, send) => (request('cancel')(message) ? (send(success(message)), []) : [message]) },
  'terminate without an end': { breaks: '29 terminate', says: /no event terminated/, send: when(is('terminated'), () => []) },
}
