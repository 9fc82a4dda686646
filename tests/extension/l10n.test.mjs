// Every sentence of the charts is translated, with the placeholders that it has. A sentence is a literal in t('…').
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { repository } from './bundle.mjs'

const source = join(repository, 'extension/src')
const files = readdirSync(source, { recursive: true }).filter((file) => file.endsWith('.ts'))
const calls = files.flatMap((file) => [...readFileSync(join(source, file), 'utf8').matchAll(/(?<!\w)t\(\s*('(?:[^'\\]|\\.)*')?/g)].map((m) => ({ file, literal: m[1] })))
const sentences = [...new Set(calls.map((call) => call.literal).filter(Boolean).map((literal) => literal.slice(1, -1).replaceAll("\\'", "'")))].sort()
const placeholders = (text) => [...text.matchAll(/\{\d+\}/g)].map((m) => m[0]).sort()

test('sentences are literals, or no translator could find them', () => {
  const hidden = calls.filter((call) => !call.literal).map((call) => call.file)
  assert.deepEqual(hidden, [])
})

test('no sentence needs a plural form', () => {
  assert.deepEqual(sentences.filter((sentence) => /\(s\)|(?<!of )\{\d+\} (stop|anomal|expert|layer|step)s?\b(?! \{)/.test(sentence)), [])
})

for (const name of readdirSync(join(repository, 'l10n')).sort())
  test(`${name} has the sentences of the extension`, () => {
    const bundle = JSON.parse(readFileSync(join(repository, 'l10n', name), 'utf8'))
    assert.deepEqual(sentences.filter((sentence) => !bundle[sentence]), [])
    assert.deepEqual(sentences.filter((sentence) => placeholders(sentence).join() !== placeholders(bundle[sentence]).join()), [])
  })
