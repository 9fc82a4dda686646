// faulty-adapter.mjs FAULT COMMAND...: an adapter with a fault put into what it sends or gets.
import { spawn } from 'node:child_process'
import { faults, faultsOfOurs } from './faults.mjs'
import { FrameReader, frame } from './framing.mjs'

const [name, command, ...args] = process.argv.slice(2)
const fault = { receive: (message) => [message], send: (message) => [message], write: frame, seq: (count) => count, ends: true, ...(faults[name] ?? faultsOfOurs[name]) }
const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
const memory = {}
let count = 0

/** Forwards messages; `pass` gives those that go on in place of one, and `answer` lets a fault speak for the other side. */
function forward(from, pass, to) {
  const reader = new FrameReader()
  from.on('data', (chunk) => reader.push(chunk).forEach((message) => pass(message, memory).forEach(to)))
}

function send(message) {
  process.stdout.write(fault.write({ ...message, seq: fault.seq(++count) }, memory))
}

forward(child.stdout, fault.send, send)
forward(process.stdin, (message) => fault.receive(message, memory, send), (message) => child.stdin.write(frame(message)))
process.stdin.on('end', () => child.stdin.end())
process.stdout.on('error', () => {})
child.stdin.on('error', () => {})
child.on('exit', (code) => { if (fault.ends) process.exit(code ?? 1) })
if (!fault.ends) setInterval(() => {}, 1 << 30)
