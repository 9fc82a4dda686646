// Sentences of the extension can be found and translated. That each bundle has them all is tested with the manifest.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sentences } from '../../extension/l10n.mjs'
import { repository } from './bundle.mjs'

test('sentences are literals, or no translator could find them', () => {
  const source = join(repository, 'extension/src')
  const hidden = readdirSync(source, { recursive: true }).filter((file) => file.endsWith('.ts')).filter((file) => /(?<!\w)t\((?!\s*')/.test(readFileSync(join(source, file), 'utf8')))
  assert.deepEqual(hidden, [])
})

test('no sentence needs a plural form', () => {
  assert.deepEqual(sentences().filter((sentence) => /\(s\)|(?<!of )\{\d+\} (stop|anomal|expert|layer|step)s?\b(?! \{)/.test(sentence)), [])
})
