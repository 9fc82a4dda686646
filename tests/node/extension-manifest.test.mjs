// The manifest of the editor extension against its sources and texts.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { staleTranslations } from '../../extension/l10n.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const text = readFileSync(join(root, 'package.json'), 'utf8')
const { contributes } = JSON.parse(text)
const texts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8'))
const sources = readdirSync(join(root, 'extension/src'), { recursive: true }).filter((file) => file.endsWith('.ts')).map((file) => readFileSync(join(root, 'extension/src', file), 'utf8')).join('\n')
const declared = contributes.commands.map(({ command }) => command)

test('Texts_AreThoseOfTheManifest', () => {
  assert.deepEqual(Object.keys(texts).sort(), [...new Set([...text.matchAll(/%([\w.]+)%/g)].map(([, key]) => key))].sort())
})

test('Labels_AreTranslated', () => {
  const views = Object.values(contributes.views ?? {}).flat()
  const containers = Object.values(contributes.viewsContainers ?? {}).flat()
  for (const [what, label] of [
    ...contributes.commands.map(({ command, title }) => [command, title]), ...views.map(({ id, name }) => [id, name]), ...containers.map(({ id, title }) => [id, title]),
    ...Object.entries(contributes.configuration.properties).map(([name, { markdownDescription }]) => [name, markdownDescription]),
  ]) assert.match(label ?? '', /^%[\w.]+%$/, `${what} has no text in package.nls.json`)
})

test('Translations_AreNotStale', () => {
  assert.deepEqual(staleTranslations(), [])
})

test('Commands_AreDeclaredAndThere', () => {
  const registered = [...sources.matchAll(/\b(?:command|registerCommand)\(\s*'(?:moe\.)?(\w+)'/g)].map(([, name]) => `moe.${name}`)
  const asked = contributes.debuggers.flatMap(({ variables }) => Object.values(variables ?? {}))          // by ${command:...} in launch.json
  assert.deepEqual(registered.sort(), [...declared, ...asked].sort())
  const used = [...sources.matchAll(/'(moe\.\w+)'/g)].map(([, name]) => name).concat(Object.values(contributes.menus ?? {}).flat().map(({ command }) => command).filter(Boolean))
  const settings = Object.keys(contributes.configuration.properties)
  const known = [...declared, ...settings, ...Object.values(contributes.views ?? {}).flat().map(({ id }) => id), 'moe.daemon', 'moe.charts']       // the status item, the panel
  assert.deepEqual(used.filter((name) => !known.includes(name)), [])
})
