import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { Failure } from './failure.ts'
import { lastLine, needsDotnet, spawnFailure } from './probe.ts'

/** Milliseconds until the daemon has to listen, and to end once it was asked to. */
const startPatience = 20_000
const endPatience = 2_000

/** A daemon that runs. Its stdin is held open: when this process goes, in whatever way, the daemon sees the end and goes too. */
export class DaemonProcess {
  readonly endpoint: string
  readonly pid: number
  /** How it ended, in words. */
  readonly ended: Promise<string>
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>

  private constructor(endpoint: string, child: ChildProcessByStdio<Writable, Readable, Readable>, ended: Promise<string>) {
    this.endpoint = endpoint
    this.pid = child.pid ?? 0
    this.ended = ended
    this.#child = child
  }

  get dapEndpoint(): string {
    return `${this.endpoint}.dap`
  }

  /**
   * Starts `path` and waits until it listens.
   * @param log Takes what it writes to stderr, a line a call.
   * @throws Failure
   */
  static async start(path: string, log: (line: string) => void): Promise<DaemonProcess> {
    const endpoint = newEndpoint()
    let said = ''
    let child
    try {
      child = spawn(path, ['daemon', '--endpoint', endpoint, '--until-eof'], { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true })
    } catch (error) {
      throw spawnFailure(error as NodeJS.ErrnoException, path)
    }
    child.stdin.on('error', () => { /* the daemon has gone: its exit says so */ })
    createInterface({ input: child.stderr }).on('line', (line) => { said = `${said}${line}\n`.slice(-4_000); log(line) })
    const ended = new Promise<string>((resolve) => child.on('exit', (code, signal) => {
      removeSocketFiles(endpoint)
      const last = lastLine(said)
      resolve((signal ?? `exit code ${code}`) + (last === '' ? '' : `: ${last}`))
    }))
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => { child.kill('SIGKILL'); reject(new Failure('silent', path)) }, startPatience)
      const settle = (settled: () => void) => { clearTimeout(timer); settled() }
      child.on('error', (error) => settle(() => reject(spawnFailure(error, path))))
      void ended.then((how) => settle(() => reject(new Failure(needsDotnet(said) ? 'noDotnet' : 'ended', path, how))))
      createInterface({ input: child.stdout }).on('line', (line) => { if (line.startsWith('dap ')) settle(resolve) })
    })
    return new DaemonProcess(endpoint, child, ended)
  }

  /** Ends it, and its sessions, and waits for that. */
  async stop(): Promise<void> {
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), endPatience)
    await this.ended
    clearTimeout(timer)
  }

  /** Ends it without asking. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

/** Short: the path of a socket may have about 100 bytes, and the daemon makes longer ones of it. */
function newEndpoint(): string {
  const name = `moe-${randomBytes(6).toString('hex')}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(process.env['XDG_RUNTIME_DIR'] || tmpdir(), name)
}

/** A daemon that was killed leaves its sockets behind. */
function removeSocketFiles(endpoint: string): void {
  if (process.platform === 'win32') return
  for (const file of [endpoint, `${endpoint}.dap`]) rmSync(file, { force: true })
}
