// npm run l10n: writes package.nls.<tag>.json from package.nls.json, whose texts are English, and l10n/bundle.l10n.<tag>.json, which translates each English text.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'))

/** {file, text} of each language's manifest; `missing` has the lines that a bundle lacks. */
function translated() {
  const english = Object.entries(read('package.nls.json'))
  const missing = []
  const files = readdirSync(join(root, 'l10n')).map((name) => /^bundle\.l10n\.(.+)\.json$/.exec(name)?.[1]).filter(Boolean).map((tag) => {
    const bundle = read(`l10n/bundle.l10n.${tag}.json`)
    for (const [, text] of english) if (!(text in bundle)) missing.push(`l10n/bundle.l10n.${tag}.json lacks ${JSON.stringify(text)}`)
    return { file: `package.nls.${tag}.json`, text: JSON.stringify(Object.fromEntries(english.map(([key, text]) => [key, bundle[text] ?? text])), null, 2) + '\n' }
  })
  return { files, missing }
}

/** Why the files are not what the bundles say; empty = they are. */
export function staleTranslations() {
  const { files, missing } = translated()
  const current = (file) => { try { return readFileSync(join(root, file), 'utf8') } catch { return '' } }
  return [...missing, ...files.filter(({ file, text }) => current(file) !== text).map(({ file }) => `${file} is stale: run npm run l10n`)]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { files, missing } = translated()
  for (const line of missing) console.error(line)
  for (const { file, text } of files) writeFileSync(join(root, file), text)
  process.exit(missing.length > 0 ? 1 : 0)
}
