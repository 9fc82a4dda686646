// npm run build: checks types and translations, then bundles the extension into dist/.
import { execFileSync } from 'node:child_process'
import { build } from 'esbuild'
import { staleTranslations } from './l10n.mjs'

const stale = staleTranslations()
if (stale.length > 0) {
  console.error(stale.join('\n'))
  process.exit(1)
}
for (const project of ['extension', 'extension/src/webview']) execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], { stdio: 'inherit' })
await build({
  entryPoints: { main: 'extension/src/main.ts' },
  outdir: 'dist', bundle: true, platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'], minify: true, sourcemap: true, sourcesContent: false, logLevel: 'warning',
})
await build({
  entryPoints: [{ in: 'extension/src/webview/main.ts', out: 'charts' }, { in: 'extension/src/webview/charts.css', out: 'charts' }],
  outdir: 'dist', bundle: true, format: 'iife', target: 'chrome120', minify: true, logLevel: 'warning',
})
