// npm run package [-- TARGET...]: a VSIX a target into artifacts/vsix, all of them where none is named. What goes in is what is copied here, and nothing else.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Target of the VSIX: what .NET calls that platform; null = without a daemon, for those who have one on PATH. */
const targets = { 'linux-x64': 'linux-x64', 'linux-arm64': 'linux-arm64', 'darwin-arm64': 'osx-arm64', 'win32-x64': 'win-x64', universal: null }
/** Documents of each domain in the sample recording. */
const documents = 10

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const out = 'artifacts/vsix'
const run = (command, args, options = {}) => execFileSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', ...options })

const wanted = process.argv.slice(2)
for (const target of wanted) if (!(target in targets)) throw new Error(`no target ${target}; there are ${Object.keys(targets).join(', ')}`)
run(process.execPath, ['extension/build.mjs'], { stdio: 'inherit' })
const recording = recordSample()
for (const target of wanted.length > 0 ? wanted : Object.keys(targets)) pack(target)

function pack(target) {
  const folder = join(out, target)
  rmSync(folder, { recursive: true, force: true })
  const copy = (from, to = from) => cpSync(from, join(folder, to), { recursive: true })
  for (const file of ['README.md', 'LICENSE', 'THIRD-PARTY.md', 'dist', 'l10n', 'extension/media', 'extension/syntaxes', 'samples/olmoe-tiny']) copy(file)
  for (const tag of ['', '.es', '.fr', '.de', '.ja', '.zh-cn']) copy(`package.nls${tag}.json`)
  copy(recording, 'samples/olmoe-tiny.moetrace')
  const { scripts, devDependencies, private: _, ...published } = manifest
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...published, files: ['**'] }, null, 2))
  const daemon = targets[target] === null ? 'no daemon: the one on PATH' : publish(targets[target], join(folder, 'daemon'))
  const file = join(out, `moe-devtools-${target}-${manifest.version}.vsix`)
  run(process.execPath, ['../../../node_modules/@vscode/vsce/vsce', 'package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links',
    '--out', join('..', '..', '..', file), ...(targets[target] === null ? [] : ['--target', target])], { cwd: folder })
  console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB, ${daemon}`)
}

/** Self-contained, compiled ahead and trimmed where the platform's runtime restores; otherwise it needs an installed .NET 10. Returns which. */
function publish(platform, folder) {
  const dotnet = (...how) => run('dotnet', ['publish', 'daemon/Host/Host.csproj', '-c', 'Release', '-r', platform, '-o', folder, '-v', 'quiet', '-nologo', '-nodeReuse:false',
    '-p:GenerateDocumentationFile=false', '-p:DebugType=none', ...how])
  try {
    dotnet('--self-contained', '-p:PublishReadyToRun=true', '-p:PublishTrimmed=true', '-p:TrimMode=partial')
    return 'daemon with its own runtime'
  } catch (error) {
    if (!/error NU1101|error NU1102|error NETSDK1094/.test(error.stdout ?? '')) throw error
    rmSync(folder, { recursive: true, force: true })
    dotnet('--no-self-contained')
    return 'daemon that needs .NET 10: the runtime of this platform does not restore here'
  }
}

/** The sample model over some documents of each domain, recorded by the program of this very build. */
function recordSample() {
  mkdirSync(out, { recursive: true })
  const [dataset, file] = [join(out, 'sample.jsonl'), join(out, 'olmoe-tiny.moetrace')]
  const taken = {}
  const lines = readFileSync('samples/data/eval.jsonl', 'utf8').trim().split('\n').map((line) => JSON.parse(line))
    .filter(({ domain }) => (taken[domain] = (taken[domain] ?? 0) + 1) <= documents)
  writeFileSync(dataset, lines.map(({ id, domain, text }) => JSON.stringify({ id, label: domain, text }) + '\n').join(''))
  rmSync(file, { force: true })
  run('./moe-devtools', ['run', 'samples/olmoe-tiny', '--dataset', dataset, '--record', file])
  return file
}
