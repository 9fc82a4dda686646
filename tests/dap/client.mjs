// A client without convenience: it sends what it is told, keeps every message in the order of its arrival, and waits for messages, never for time.
// Each message from the adapter is held against the schema and the rules of the protocol; the first that breaks one fails whatever waits, and `close`.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import net from 'node:net'
import { FrameReader, frame } from './framing.mjs'
import { validator } from './schema.mjs'

/** How long a message may take before a wait gives up, in ms. It ends what hangs; no test passes because of it. */
export const PATIENCE = Number(process.env.MOE_DAP_PATIENCE ?? 60_000)

const validators = new Map()
const MARK = 'MOE_DAP_TEST'

export class Client {
  /** Messages of both sides in order: {out, message}. */
  timeline = []
  problems = []
  stderr = ''
  /** Ids of the breakpoints that the adapter has answered or announced. */
  breakpointIds = new Set()
  /** Answers to the adapter's own requests, by command; without one they are refused. */
  reverse = {}

  #seq = 0
  #lastSeq = 0
  #asked = new Map()
  #waiters = new Set()
  #seen = new Map()
  #reader = new FrameReader()
  #ended = false
  #leaving = false

  /**
   * `custom` names events of the adapter's own, `tolerated` says which problems of an adapter are known and not looked for,
   * `patience` is for waits that an adapter is known to let expire.
   */
  constructor(input, output, { custom = [], tolerated = () => false, patience = PATIENCE } = {}) {
    const key = custom.join()
    if (!validators.has(key)) validators.set(key, validator({ custom }))
    this.validate = validators.get(key)
    this.tolerated = tolerated
    this.patience = patience
    this.output = output
    output.on('error', () => {}) // an adapter that is gone is seen at its stdout
    /** Resolves when the adapter's side of the wire has ended. */
    this.end = new Promise((resolve) => {
      input.on('data', (chunk) => this.#receive(chunk))
      input.on('error', () => {})
      input.on('close', () => {
        this.#ended = true
        if (this.#reader.rest.length > 0 && !this.#leaving) this.#problem(`the wire ends within a message: ${JSON.stringify(this.#reader.rest.toString())}`)
        this.#wake()
        resolve()
      })
    })
  }

  /** An adapter that talks over its stdin and stdout. Whatever it starts carries a mark in its environment, so that orphans are found. */
  static spawn([command, ...args], { cwd, env, ...options } = {}) {
    const mark = randomUUID()
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env, [MARK]: mark }, detached: true, stdio: 'pipe' })
    const client = new Client(child.stdout, child.stdin, options)
    client.child = child
    client.mark = mark
    child.stderr.on('data', (text) => { client.stderr += text })
    /** {code, signal} of the adapter's process. */
    client.exit = new Promise((resolve, reject) => {
      child.on('exit', (code, signal) => resolve({ code, signal }))
      child.on('error', reject)
    })
    client.exit.catch((error) => client.#problem(`the adapter does not start: ${error.message}`))
    return client
  }

  /** An adapter that listens: {path} or {host, port}. */
  static async connect(address, options) {
    const socket = net.connect(address)
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const client = new Client(socket, socket, options)
    client.socket = socket
    return client
  }

  /** Sends a request and returns its `seq`. */
  send(command, args) {
    const message = { seq: ++this.#seq, type: 'request', command, ...(args !== undefined && { arguments: args }) }
    this.#note(message)
    this.output.write(frame(message))
    return message.seq
  }

  /** Number of the last message that was sent. */
  get lastSeq() { return this.#seq }

  /** Requests as one piece of bytes, for a test that cuts or glues them itself. Returns [bytes, seqs]. */
  prepare(...requests) {
    const messages = requests.map(([command, args]) => ({ seq: ++this.#seq, type: 'request', command, arguments: args }))
    messages.forEach((message) => this.#note(message))
    return [Buffer.concat(messages.map(frame)), messages.map((message) => message.seq)]
  }

  #note(message) {
    this.#asked.set(message.seq, { command: message.command, answers: 0 })
    this.timeline.push({ out: true, message })
  }

  write(bytes) { this.output.write(bytes) }

  /** The response to a request that was sent, whether or not it says success. */
  response(seq, patience) {
    return this.wait(`response to ${this.#asked.get(seq)?.command} (seq ${seq})`, (message) => message.type === 'response' && message.request_seq === seq, 0, patience)
  }

  request(command, args, patience) { return this.response(this.send(command, args), patience) }

  /** The body of a response that must say success. */
  async ok(command, args) {
    const response = await this.request(command, args)
    if (!response.success) throw new Error(`${command} was refused: ${refusal(response)}`)
    return response.body ?? {}
  }

  /** The refusal of a request that must not succeed. */
  async refused(command, args) {
    const response = await this.request(command, args)
    if (response.success) throw new Error(`${command} ${JSON.stringify(args)} must be refused, and was answered ${JSON.stringify(response)}`)
    return response
  }

  /** The next event of that name which no call has returned yet. */
  async event(name, accept = () => true, patience) {
    const since = this.#seen.get(name) ?? 0
    const message = await this.wait(`event ${name}`, (message) => message.type === 'event' && message.event === name && accept(message), since, patience)
    this.#seen.set(name, this.at(message) + 1)
    return message
  }

  /** The first of several events, none of which a call has returned yet. */
  async anyEvent(...names) {
    const fresh = (message) => message.type === 'event' && names.includes(message.event) && this.at(message) >= (this.#seen.get(message.event) ?? 0)
    const message = await this.wait(`one of ${names.join(', ')}`, fresh)
    this.#seen.set(message.event, this.at(message) + 1)
    return message
  }

  /** Place of a message in the timeline. */
  at(message) { return this.timeline.findIndex((entry) => entry.message === message) }

  events(name) { return this.timeline.filter(({ out, message }) => !out && message.type === 'event' && (!name || message.event === name)).map(({ message }) => message) }

  wait(what, accept, since = 0, patience = this.patience) {
    return new Promise((resolve, reject) => {
      let next = since
      const waiter = () => {
        if (this.problems.length > 0) return done(reject, new Error(this.problems[0]))
        for (; next < this.timeline.length; next++) {
          const { out, message } = this.timeline[next]
          if (!out && accept(message)) return done(resolve, message)
        }
        if (this.#ended) done(reject, new Error(`the adapter ended before a ${what}\n${this.story()}`))
      }
      const watchdog = setTimeout(() => done(reject, new Error(`no ${what} within ${patience} ms\n${this.story()}`)), patience)
      const done = (settle, value) => {
        clearTimeout(watchdog)
        this.#waiters.delete(waiter)
        settle(value)
      }
      this.#waiters.add(waiter)
      waiter()
    })
  }

  /** The last messages and what the adapter printed, for a failure. */
  story(count = 12) {
    const lines = this.timeline.slice(-count).map(({ out, message }) => `  ${out ? '->' : '<-'} ${JSON.stringify(message).slice(0, 400)}`)
    return [...lines, ...(this.stderr ? ['  stderr: ' + this.stderr.slice(-1500)] : [])].join('\n')
  }

  #receive(chunk) {
    try {
      for (const message of this.#reader.push(chunk)) this.#accept(message)
    } catch (error) {
      this.#problem(`not DAP: ${error.message}`)
    }
    this.#wake()
  }

  #accept(message) {
    this.timeline.push({ out: false, message })
    for (const wrong of this.validate(message)) this.#problem(`schema: ${wrong}: ${JSON.stringify(message).slice(0, 300)}`)
    if (message?.seq !== this.#lastSeq + 1) this.#problem(`seq: ${message?.seq} follows ${this.#lastSeq}: ${JSON.stringify(message).slice(0, 300)}`)
    this.#lastSeq = message?.seq
    if (message?.type === 'response') this.#answer(message)
    if (message?.type === 'request') this.#reply(message)
    if (message?.event === 'stopped') this.#stopped(message.body)
    if (message?.type === 'event' && message.event === 'breakpoint') this.breakpointIds.add(message.body.breakpoint.id)
    if (message?.type === 'response' && Array.isArray(message.body?.breakpoints)) message.body.breakpoints.forEach(({ id }) => this.breakpointIds.add(id))
  }

  #answer(message) {
    const asked = this.#asked.get(message.request_seq)
    if (!asked) return this.#problem(`answer: nobody asked for ${JSON.stringify(message).slice(0, 300)}`)
    if (asked.command !== message.command) this.#problem(`answer: request ${message.request_seq} was ${asked.command}, its response says ${message.command}`)
    if (++asked.answers > 1) this.#problem(`answer: request ${message.request_seq} (${asked.command}) was answered twice`)
  }

  #stopped(body) {
    if (body?.threadId === undefined) this.#problem('stopped: names no thread')
    for (const id of body?.hitBreakpointIds ?? []) if (!this.breakpointIds.has(id)) this.#problem(`stopped: hitBreakpointIds has ${id}, which is no breakpoint`)
  }

  #reply(message) {
    const body = this.reverse[message.command]?.(message.arguments)
    const response = { seq: ++this.#seq, type: 'response', request_seq: message.seq, command: message.command, success: body !== undefined, ...(body && { body }) }
    this.timeline.push({ out: true, message: response })
    this.output.write(frame(response))
  }

  #problem(text) { if (!this.tolerated(text)) this.problems.push(text) }

  #wake() { for (const waiter of [...this.#waiters]) waiter() }

  /** Requests that have no answer yet. */
  get unanswered() { return [...this.#asked].filter(([, { answers }]) => answers === 0).map(([seq, { command }]) => `${command} (seq ${seq})`) }

  /** Processes that the adapter, or a process of it, started and that still run. */
  leftOver() {
    if (!existsSync('/proc/self/environ')) return []
    return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && this.#owns(pid)).map((pid) => Number(pid))
  }

  #owns(pid) {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${MARK}=${this.mark}`) && !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    } catch {
      return false // ended meanwhile, or another user's
    }
  }

  /** Ends everything, and throws what the adapter did wrong at any time. */
  async close() {
    this.#leaving = true // whoever is killed may be within a message
    if (this.child) {
      for (const pid of this.leftOver()) try { process.kill(pid, 'SIGKILL') } catch { /* ended meanwhile */ }
      await this.exit.catch(() => {})
    }
    this.socket?.destroy()
    await this.end
    if (this.problems.length > 0) throw new Error(this.problems.join('\n'))
  }
}

export function refusal(response) {
  const error = response.body?.error
  const text = error?.format?.replace(/\{(\w+)\}/g, (whole, name) => error.variables?.[name] ?? whole)
  return text ?? response.message ?? ''
}
