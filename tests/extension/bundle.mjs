// TypeScript of the extension for node: bundled by the extension's own bundler, imported from a file that is deleted again.
import { build } from 'esbuild'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const repository = fileURLToPath(new URL('../..', import.meta.url))
const source = join(repository, 'extension/src')

/** Everything that the files, paths in extension/src, export. */
export async function load(...files) {
  const folder = await mkdtemp(join(tmpdir(), 'moe-bundle-'))
  try {
    const outfile = join(folder, 'bundle.mjs')
    const contents = files.map((file) => `export * from ${JSON.stringify(join(source, file))}`).join('\n')
    await build({ stdin: { contents, resolveDir: source }, bundle: true, outfile, format: 'esm', platform: 'node', logLevel: 'warning', banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" } })
    return await import(pathToFileURL(outfile).href)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The page of the charts as the extension ships it. */
export async function pageFiles() {
  const { outputFiles } = await build({
    entryPoints: [{ in: join(source, 'webview/main.ts'), out: 'charts' }, { in: join(source, 'webview/charts.css'), out: 'charts' }],
    outdir: '/', write: false, bundle: true, format: 'iife', target: 'chrome120', minify: true, logLevel: 'warning',
  })
  return Object.fromEntries(outputFiles.map((file) => [file.path, file.contents]))
}
