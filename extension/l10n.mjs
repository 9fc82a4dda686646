// npm run l10n: writes package.nls.<tag>.json from package.nls.json, whose texts are English, and l10n/bundle.l10n.<tag>.json, which translates each English text.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const read = (file) => readFileSync(join(root, file), 'utf8')
const english = Object.entries(JSON.parse(read('package.nls.json')))

/** What a person can read of the extension: the texts of its manifest, and what its sources hand to `l10n.t`, or the charts' `t`, as a literal. */
export function sentences() {
  const sources = readdirSync(join(root, 'extension/src'), { recursive: true }).filter((file) => file.endsWith('.ts')).map((file) => read(join('extension/src', file)))
  const calls = sources.flatMap((source) => [...source.matchAll(/\bt\(\s*'((?:[^'\\\n]|\\.)*)'/g)].map(([, text]) => text.replaceAll(/\\(.)/g, '$1')))
  return [...new Set([...english.map(([, text]) => text), ...calls])]
}

/** {tag, bundle} of each language. */
const bundles = () => readdirSync(join(root, 'l10n')).flatMap((name) => /^bundle\.l10n\.(.+)\.json$/.exec(name)?.[1] ?? [])
  .map((tag) => ({ tag, bundle: JSON.parse(read(`l10n/bundle.l10n.${tag}.json`)) }))

const manifest = (bundle) => JSON.stringify(Object.fromEntries(english.map(([key, text]) => [key, bundle[text] ?? text])), null, 2) + '\n'

/** Why a person would read English, or what was said once; empty = they would not. */
export function staleTranslations() {
  const current = (file) => { try { return read(file) } catch { return '' } }
  return bundles().flatMap(({ tag, bundle }) => [
    ...sentences().filter((text) => !(text in bundle)).map((text) => `l10n/bundle.l10n.${tag}.json lacks ${JSON.stringify(text)}`),
    ...(current(`package.nls.${tag}.json`) === manifest(bundle) ? [] : [`package.nls.${tag}.json is stale: run npm run l10n`]),
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { tag, bundle } of bundles()) writeFileSync(join(root, `package.nls.${tag}.json`), manifest(bundle))
  const stale = staleTranslations()
  for (const line of stale) console.error(line)
  process.exit(stale.length > 0 ? 1 : 0)
}
