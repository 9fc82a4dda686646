import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Failure } from './failure.ts'

export type Origin = 'setting' | 'bundled' | 'path'

export interface Place {
  readonly path: string
  readonly origin: Origin
}

const program = process.platform === 'win32' ? 'moe-devtools.exe' : 'moe-devtools'

/**
 * The setting, or else the binary in the extension, or else the first on PATH. A setting that names nothing is a failure and not a reason to look further: whoever
 * set it wants that program.
 * @throws Failure
 */
export function find(setting: string, extensionFolder: string, pathVariable: string | undefined): Place {
  if (setting !== '') {
    if (!isFile(setting)) throw new Failure('notFound', setting)
    return { path: setting, origin: 'setting' }
  }
  const bundled = join(extensionFolder, 'daemon', program)
  if (isFile(bundled)) return { path: bundled, origin: 'bundled' }
  for (const folder of (pathVariable ?? '').split(delimiter)) {
    const path = join(folder, program)
    if (folder !== '' && isFile(path) && isExecutable(path)) return { path, origin: 'path' }
  }
  throw new Failure('nowhere', program)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
