// Our tokenizers against the reference implementation itself (npm `tokenizers`) on seeded random Unicode, for every tokenizer of
// the fixtures. SEED and COUNT (texts a tokenizer) can be set in the environment.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const { Tokenizer } = createRequire(import.meta.url)(process.env.TOKENIZERS_PACKAGE ?? 'tokenizers')
const repository = fileURLToPath(new URL('../..', import.meta.url))
const fixtures = join(repository, 'tests/fixtures/tokenizers')
const program = process.env.MOE_DEVTOOLS ?? join(repository, 'moe-devtools')
const folders = readdirSync(fixtures, { recursive: true }).filter((f) => f.endsWith('tokenizer.json')).map((f) => join(f, '..')).sort()
const seed = Number(process.env.SEED ?? 20260)
const count = Number(process.env.COUNT ?? 0)

before(() => {
  execFileSync(program, ['tokenize', '--help'], { stdio: ['ignore', 'ignore', 'inherit'] }) // builds it where it must be built
})

/** A small generator of numbers (mulberry32): the same seed gives the same texts on every machine. */
function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const BLOCKS = [[0x20, 0x7e], [0x20, 0x7e], [0x0, 0x1f], [0x7f, 0x24f], [0x300, 0x36f], [0x370, 0x52f], [0x590, 0x6ff], [0x900, 0xdff], [0xe00, 0x11ff], [0x1e00, 0x20cf],
  [0x2000, 0x206f], [0x2100, 0x2bff], [0x3000, 0x33ff], [0x4e00, 0x9fff], [0xa000, 0xd7ff], [0xac00, 0xd7a3], [0xf900, 0xfffd], [0x10000, 0x1135f], [0x16a00, 0x16fff],
  [0x1d000, 0x1d7ff], [0x1e000, 0x1efff], [0x1f000, 0x1faff], [0x20000, 0x323af], [0xe0000, 0xe01ef], [0, 0x10ffff]]
const PARTS = [' ', ' ', '  ', '\n', '\r\n', '\t', '\u00a0', '\u3000', '\u200b', '\u200d', '\u0301', '\u0323', "'s", "'LL", '12345', '!?', '\u00e9', 'e\u0301', '\u017f', '\u1112\u1161\u11ab',
  '\uac00', '\ufb01', '\ufffd', 'HTTPServer', 'camelCase', 'the quiet router', '\u4e2d\u6587', '\u3072\u30ab', '\ud83d\ude42', '\ud83d\udc69\u200d\ud83d\ude80', '\u2581', '_', '-', '<0x41>']

function texts(rng, own, howMany) {
  const pick = (list) => list[Math.floor(rng() * list.length)]
  return Array.from({ length: howMany }, () => {
    let text = ''
    for (let n = 1 + Math.floor(rng() * 14); n > 0; n--) {
      const kind = rng()
      if (kind < 0.35) text += pick(PARTS)
      else if (kind < 0.55 && own.length > 0) text += pick(own)
      else {
        const [low, high] = pick(BLOCKS)
        for (let k = 1 + Math.floor(rng() * 4); k > 0; k--) {
          const c = low + Math.floor(rng() * (high - low + 1))
          if (c < 0xd800 || c > 0xdfff) text += String.fromCodePoint(c)
        }
      }
    }
    return text
  })
}

async function ours(file, lines) {
  const child = spawn(program, ['tokenize', file, '--lines', '--json'])
  const [chunks, errors] = [[], []]
  child.stdout.on('data', (c) => chunks.push(c))
  child.stderr.on('data', (c) => errors.push(c)) // repeats the texts that are refused; stdout has them as lines of kind "error"
  child.stdin.end(lines.map((l) => JSON.stringify(l) + '\n').join(''))
  await new Promise((resolve) => child.on('close', resolve))
  const answers = Buffer.concat(chunks).toString('utf8').split('\n').slice(0, -1).map((l) => JSON.parse(l))
  assert.equal(answers.length, lines.length, Buffer.concat(errors).toString('utf8'))
  return answers
}

async function compare(file, inputs) {
  const answers = await ours(file, inputs)
  const reference = Tokenizer.fromFile(file)
  for (const [i, text] of inputs.entries()) {
    let expected
    try {
      const encoding = await reference.encode(text)
      expected = { kind: 'tokens', ids: encoding.getIds(), tokens: encoding.getTokens(), offsets: encoding.getOffsets(), special_tokens_mask: encoding.getSpecialTokensMask(),
        decoded: await reference.decode(encoding.getIds(), false) }
    } catch (error) {
      assert.equal(answers[i].kind, 'error', `${JSON.stringify(text)}: the reference fails (${error.message}), ours does not`)
      continue
    }
    assert.deepEqual(answers[i], expected, JSON.stringify(text))
  }
}

for (const [index, folder] of folders.entries()) {
  test(`${folder} equals the reference`, async () => {
    const file = join(fixtures, folder, 'tokenizer.json')
    const json = JSON.parse(readFileSync(file, 'utf8'))
    const own = json.added_tokens.map((t) => t.content)
    if (!Array.isArray(json.model.vocab)) own.push(...Object.keys(json.model.vocab).filter((_, i) => i % 7 === 0))
    await compare(file, texts(random(seed + index), own, count || (folder.startsWith('features') ? 40 : 300)))
  })
}

const PATTERNS = ['^.', '.$', '\\A.', '.\\z', '.\\Z', '\\b', '\\B.', 'a*?b', 'a{2}?', 'a{,2}', 'a{1,2}?', '(?:ab|a)(?:bc)?', '[a-c&&[^b]]+', '[^a-c&&[^b]]', '[a[bc]]', '[\\w-]+',
  '[a\\-z]', '[[:digit:]a]+', '[[:alpha:]]+', '\\h+', '\\H', '\\W+', '\\D', '(?<=a)b', '(?<!a|bc)b', '(?<=^|a)b', '(?=ab)', '(?!ab).', '(?>a|ab)c?', 'a?+b', '(?i:[sdmt]|ll|ve|k)', '(?i)a|b', 'x(?i)a|b',
  '(?m:.)', '(?#note)a', '(-)\\1*', '\\p{Lu}\\p{Ll}*', '\\p{^L}', '\\P{N}+', '\\p{Hiragana}+|\\p{Katakana}+', '\\p{Han}', '[\\p{P}\\p{S}]+', '\\u00e9|\\x{301}|\\x41', '(a|b|)c', 'a|', '[-a]', '[a-]', '\\s*$', '(?:\\r?\\n)+(?!\\r?\\n)']

test('regular expressions equal the reference', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'patterns-'))
  const rng = random(seed - 1)
  const own = ['a', 'b', 'c', 'ab', 'abc', 'aa', '-', '--', '\n', '\r\n', ' ', '\n\n', 'S', 'k', "'s", 'LL', '7', '\u212a']
  try {
    for (const [i, pattern] of PATTERNS.entries()) {
      const file = join(folder, `${i}.json`)
      writeFileSync(file, JSON.stringify({ version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null,
        pre_tokenizer: { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }, post_processor: null, decoder: null,
        model: { type: 'WordLevel', vocab: { '[UNK]': 0 }, unk_token: '[UNK]' } }))
      const short = Array.from({ length: 60 }, () => Array.from({ length: 1 + Math.floor(rng() * 9) }, () => own[Math.floor(rng() * own.length)]).join(''))
      await compare(file, [...short, ...texts(rng, own, 20)]).catch((error) => { throw new Error(`${pattern}: ${error.message}`) })
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
