import { spawn } from 'node:child_process'
import { Failure } from './failure.ts'

/** Milliseconds. A cold start from a slow disk takes a second or two. */
const patience = 10_000

/**
 * Asks the program for its version, and waits for the answer: a file that is there need not be our program, nor one that starts.
 * @param wanted The version of this extension; major and minor have to be the same.
 * @throws Failure
 */
export async function probe(path: string, wanted: string): Promise<string> {
  const said = await run(path, ['--version'])
  const version = /^moe-devtools (\d+\.\d+\.\S+)\s*$/.exec(said)?.[1]
  if (version === undefined) throw new Failure('corrupt', path, lastLine(said))
  if (series(version) !== series(wanted)) throw new Failure('wrongVersion', path, version)
  return version
}

const series = (version: string) => version.split('.').slice(0, 2).join('.')

const firstLine = (text: string) => text.trim().split('\n')[0] ?? ''

export const lastLine = (text: string) => text.trim().split('\n').at(-1)?.trim() ?? ''

/** True where a program says that it needs a .NET that is not there: the host of a framework-dependent build, or the script of a clone. */
export const needsDotnet = (said: string) => /You must install or update \.NET|You must install \.NET|\.NET SDK \d+ is needed|libhostfxr/.test(said)

/** What a failed `spawn` says of the file. */
export function spawnFailure(error: NodeJS.ErrnoException, path: string): Failure {
  return new Failure(error.code === 'EACCES' ? 'notExecutable' : error.code === 'ENOENT' ? 'notFound' : 'corrupt', path, error.message)
}

function run(path: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = ''
    let err = ''
    const fail = (error: NodeJS.ErrnoException) => reject(spawnFailure(error, path))
    try {
      const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
      // What it has started may hold its streams open: nobody waits for that.
      const timer = setTimeout(() => { child.kill('SIGKILL'); reject(new Failure('silent', path)) }, patience)
      child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text })
      child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text })
      child.on('error', (error) => { clearTimeout(timer); fail(error) })
      child.on('close', (code, signal) => {
        clearTimeout(timer)
        if (needsDotnet(err + out)) reject(new Failure('noDotnet', path, firstLine(err)))
        else if (code !== 0) reject(new Failure('corrupt', path, lastLine(err) || (signal ?? `exit code ${code}`)))
        else resolve(out)
      })
    } catch (error) {
      fail(error as NodeJS.ErrnoException)
    }
  })
}
