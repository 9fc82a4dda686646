// Writes daemon/Checkpoints/Tokenizers/Unicode/tables.txt: what the reference (npm `tokenizers`) knows of Unicode, asked of the
// reference itself, because each of its parts has tables of another Unicode version.
// Run: node tests/node/make-unicode-tables.mjs (after npm install in tests/node); takes about a minute.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { Tokenizer } = createRequire(import.meta.url)(process.argv[2] ?? 'tokenizers')
const OUT = new URL('../../daemon/Checkpoints/Tokenizers/Unicode/tables.txt', import.meta.url)
const scalars = []
for (let c = 0; c < 0x110000; c++) if (c < 0xd800 || c > 0xdfff) scalars.push(c)
const chr = (c) => String.fromCodePoint(c)
const cps = (s) => Array.from(s, (x) => x.codePointAt(0))
const hex = (c) => c.toString(16).toUpperCase()
const BATCH = 20000

// ---------------------------------------------------------------- asking

const alphabet = []
for (let b = 0, n = 0; b < 256; b++) alphabet.push((b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae ? b : 256 + n++)
const byteOf = new Map(alphabet.map((c, b) => [chr(c), b]))
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }
const load = (parts) => Tokenizer.fromString(JSON.stringify({ version: '1.0', truncation: null, padding: null, added_tokens: [],
  normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...parts }))

function normalizer(normalizer) {
  const vocab = Object.fromEntries(alphabet.map((c, b) => [chr(c), b]))
  const tok = load({ normalizer, pre_tokenizer: byteLevel, model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null,
    end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, vocab, merges: [] } })
  return async (text) => Buffer.from((await tok.encode(text)).getTokens().map((t) => byteOf.get(t))).toString('utf8')
}

/** What each text becomes; the texts are asked together, with a control character between that no normalizer joins to anything. */
async function each(normalize, texts, mark = '\n') {
  const out = []
  for (let at = 0; at < texts.length; at += BATCH) out.push(...(await normalize(texts.slice(at, at + BATCH).join(mark))).split(mark))
  if (out.length !== texts.length) throw new Error(`${texts.length} asked, ${out.length} answered`)
  return out
}

function pieces(pre_tokenizer) {
  const tok = load({ pre_tokenizer, model: { type: 'WordLevel', vocab: { '[UNK]': 0 }, unk_token: '[UNK]' } })
  return async (text) => (await tok.encode(text)).getOffsets()
}

/** Code points that the pre-tokenizer cuts away. */
async function members(pre_tokenizer, points = scalars) {
  const cut = pieces(pre_tokenizer)
  const found = []
  for (let at = 0; at < points.length; at += BATCH) {
    const chunk = points.slice(at, at + BATCH)
    let from = 0
    for (const [start, end] of [...(await cut(String.fromCodePoint(...chunk))), [chunk.length, chunk.length]]) {
      found.push(...chunk.slice(from, start))
      from = end
    }
  }
  return found
}
const split = (pattern) => ({ type: 'Split', pattern: { Regex: pattern }, behavior: 'Removed', invert: false })

// ---------------------------------------------------------------- writing

const lines = []
function set(name, points) {
  const out = []
  let from = -1
  let to = -2
  const flush = () => { if (from >= 0) out.push(from === to ? hex(from) : `${hex(from)}-${hex(to)}`) }
  for (const c of [...points].sort((a, b) => a - b)) {
    if (c === to + 1) to = c
    else { flush(); from = to = c }
  }
  flush()
  lines.push(`set ${name}: ${out.join(' ')}`)
  console.error(name, points.length)
}
const map = (name, rows) => { lines.push(`map ${name}: ${rows.map((r) => r.map(hex).join('+')).join(' ')}`); console.error(name, rows.length) }

// ---------------------------------------------------------------- classes of regexes (Oniguruma)

for (const name of ['L', 'Lu', 'Ll', 'Lt', 'Lm', 'Lo', 'M', 'Mn', 'Mc', 'Me', 'N', 'Nd', 'Nl', 'No', 'P', 'Pc', 'Pd', 'Ps', 'Pe', 'Pi', 'Pf', 'Po',
  'S', 'Sm', 'Sc', 'Sk', 'So', 'Z', 'Zs', 'Zl', 'Zp', 'C', 'Cc', 'Cf', 'Cn', 'Co', 'Alphabetic', 'Emoji', 'Extended_Pictographic', 'Common', 'Inherited', 'Latin', 'Greek', 'Cyrillic', 'Armenian', 'Hebrew', 'Arabic', 'Syriac', 'Thaana', 'Devanagari', 'Bengali',
  'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Thai', 'Lao', 'Tibetan', 'Myanmar', 'Georgian',
  'Hangul', 'Ethiopic', 'Cherokee', 'Khmer', 'Mongolian', 'Hiragana', 'Katakana', 'Bopomofo', 'Han', 'Yi', 'Braille', 'Tifinagh']) {
  set(`p ${name}`, await members(split(`\\p{${name}}`)))
}
set('regex w', await members(split('\\w')))
set('regex s', await members(split('\\s')))

// ---------------------------------------------------------------- classes of the other parts (Rust's own, and two crates)

const white = await members({ type: 'WhitespaceSplit' })
set('white', white)
set('punctuation', await members({ type: 'Punctuation', behavior: 'Removed' }))
{
  const cut = pieces({ type: 'Digits', individual_digits: false })
  const numeric = []
  for (let at = 0; at < scalars.length; at += BATCH) {
    const chunk = scalars.slice(at, at + BATCH)
    const found = new Set((await cut(chunk.map((c) => `a1${chr(c)}`).join('') + 'a')).filter(([s, e]) => e - s === 2 && s % 3 === 1).map(([s]) => (s - 1) / 3))
    numeric.push(...chunk.filter((_, i) => found.has(i)))
  }
  set('numeric', numeric)
  const words = pieces({ type: 'Whitespace' })
  const word = []
  for (let at = 0; at < scalars.length; at += BATCH) {
    const chunk = scalars.slice(at, at + BATCH)
    const found = new Set((await words(chunk.map((c) => `a${chr(c)}a `).join(''))).filter(([s, e]) => e - s === 3 && s % 4 === 0).map(([s]) => s / 4))
    word.push(...chunk.filter((_, i) => found.has(i)))
  }
  set('word', word)
}
{
  const rest = scalars.filter((c) => c !== 10)
  const gone = async (n) => { const got = await each(normalizer(n), rest.map(chr)); return rest.filter((_, i) => got[i] === '') }
  set('accents', await gone({ type: 'StripAccents' }))
  const bert = { type: 'BertNormalizer', clean_text: false, handle_chinese_chars: false, strip_accents: false, lowercase: false }
  set('bert-nonspacing', await gone({ ...bert, strip_accents: true }))
  const clean = normalizer({ ...bert, clean_text: true })
  const kept = new Set(cps(await clean(rest.map(chr).join(''))))
  const spaces = await Promise.all(white.map((c) => clean(`x${chr(c)}y`))) // white space that is also a control goes too
  set('bert-control', [...rest.filter((c) => !kept.has(c) && !white.includes(c)), ...white.filter((_, i) => spaces[i] === 'xy')])
  const lower = await each(normalizer({ type: 'Lowercase' }), rest.map(chr))
  map('lowercase', rest.flatMap((c, i) => (lower[i] === chr(c) ? [] : [[c, ...cps(lower[i])]])))
}

// ---------------------------------------------------------------- normal forms

{
  const nfd = normalizer({ type: 'NFD' })
  const nfc = normalizer({ type: 'NFC' })
  const rest = scalars.filter((c) => c !== 10 && !(c >= 0xac00 && c <= 0xd7a3))
  const canonical = await each(nfd, rest.map(chr))
  const compatible = await each(normalizer({ type: 'NFKD' }), rest.map(chr))
  const decomposed = rest.flatMap((c, i) => (canonical[i] === chr(c) ? [] : [[c, ...cps(canonical[i])]]))
  map('canonical', decomposed)
  map('compatible', rest.flatMap((c, i) => (compatible[i] === canonical[i] ? [] : [[c, ...cps(compatible[i])]])))
  const back = await each(nfc, decomposed.map(([, ...d]) => String.fromCodePoint(...d)))
  const primary = decomposed.filter((row, i) => row.length > 2 && back[i] === chr(row[0]))
  const heads = await each(nfc, primary.map((row) => String.fromCodePoint(...row.slice(1, -1))))
  map('compose', primary.map((row, i) => [cps(heads[i])[0], row.at(-1), row[0]]))

  // Combining classes: one character of each class to compare with; two marks change places where the first has the greater class.
  const ofClass = { 1: 0x334, 7: 0x93c, 8: 0x3099, 9: 0x94d, 10: 0x5b0, 11: 0x5b1, 12: 0x5b2, 13: 0x5b3, 14: 0x5b4, 15: 0x5b5, 16: 0x5b6, 17: 0x5b7, 18: 0x5b8,
    19: 0x5b9, 20: 0x5bb, 21: 0x5bc, 22: 0x5bd, 23: 0x5bf, 24: 0x5c1, 25: 0x5c2, 26: 0xfb1e, 27: 0x64b, 28: 0x64c, 29: 0x64d, 30: 0x64e, 31: 0x64f, 32: 0x650,
    33: 0x651, 34: 0x652, 35: 0x670, 36: 0x711, 84: 0xc55, 91: 0xc56, 103: 0xe38, 107: 0xe48, 118: 0xeb8, 122: 0xec8, 129: 0xf71, 130: 0xf72, 132: 0xf74,
    202: 0x321, 214: 0x1dce, 216: 0x31b, 218: 0x302a, 220: 0x316, 222: 0x59a, 224: 0x302e, 226: 0x1d16d, 228: 0x5ae, 230: 0x301, 232: 0x315, 233: 0x35c, 234: 0x35d, 240: 0x345 }
  const whole = rest.filter((c, i) => canonical[i] === chr(c))
  const swapped = async (pairs) => (await each(nfd, pairs.map((p) => String.fromCodePoint(...p)))).map((s, i) => cps(s)[0] !== pairs[i][0])
  const above = await swapped(whole.map((c) => [c, 0x334]))
  const below = await swapped(whole.map((c) => [0x345, c]))
  const marks = whole.filter((_, i) => above[i] || below[i])
  const classes = Object.entries(ofClass).map(([n, c]) => [Number(n), c])
  const after = await swapped(marks.flatMap((m) => classes.map(([, r]) => [m, r])))
  const before = await swapped(marks.flatMap((m) => classes.map(([, r]) => [r, m])))
  for (const [j, [n]] of classes.entries()) {
    set(`ccc ${n}`, marks.filter((_, i) => !after[i * classes.length + j] && !before[i * classes.length + j]))
  }
}

// ---------------------------------------------------------------- scripts of UnicodeScripts

{
  const cut = pieces({ type: 'Sequence', pretokenizers: [{ type: 'CharDelimiterSplit', delimiter: '\u0001' }, { type: 'UnicodeScripts' }] })
  const rest = scalars.filter((c) => c !== 1)
  const any = new Set(rest)
  for (let at = 0; at < rest.length; at += BATCH) {
    const chunk = rest.slice(at, at + BATCH)
    for (const [s] of await cut(chunk.map(chr).join('\u0001'))) any.delete(chunk[s / 2])
  }
  any.add(1) // what it is cannot be asked this way; settled below
  const runs = []
  const real = rest.filter((c) => !any.has(c))
  for (let at = 0; at < real.length; at += BATCH) {
    const chunk = real.slice(at, at + BATCH)
    for (const [s, e] of await cut(String.fromCodePoint(...chunk))) runs.push(chunk.slice(s, e))
  }
  const scripts = []
  for (const run of runs) {
    const same = scripts.length === 0 ? [] : await cut(scripts.map((s) => chr(s[0]) + chr(run[0])).join('\u0001'))
    const hit = same.find(([s, e]) => e - s === 2)
    if (hit) scripts[hit[0] / 3].push(...run)
    else scripts.push([...run])
  }
  const cutOne = pieces({ type: 'UnicodeScripts' })
  if ((await cutOne('\u0001\u0002')).length === 1) { any.delete(1); scripts.find((s) => s.includes(2)).push(1) }
  scripts.forEach((s, i) => set(`script ${i}`, s))
}

// ---------------------------------------------------------------- grapheme clusters, as the Precompiled normalizer meets them

/** A precompiled charsmap (sentencepiece: a Darts double array, then the replacements) of a few rules. */
function charsmap(rules) {
  const blob = []
  const root = { next: new Map() }
  for (const [from, to] of rules) {
    let node = root
    for (const b of Buffer.from(from)) {
      if (!node.next.has(b)) node.next.set(b, { next: new Map() })
      node = node.next.get(b)
    }
    node.value = blob.length
    blob.push(...Buffer.from(to), 0)
  }
  const units = new Array(1 << 16).fill(0)
  const used = new Set([0])
  const place = (node, at) => {
    const labels = [...node.next.keys(), ...(node.value === undefined ? [] : [0])]
    let base = 256
    while (labels.some((l) => used.has(base ^ l))) base++
    labels.forEach((l) => used.add(base ^ l))
    units[at] |= ((at ^ base) << 10) | (node.value === undefined ? 0 : 1 << 8)
    if (node.value !== undefined) units[base] = (node.value | 0x80000000) >>> 0
    for (const [label, child] of node.next) {
      units[base ^ label] = label
      place(child, base ^ label)
    }
  }
  place(root, 0)
  const out = Buffer.alloc(4 + units.length * 4 + blob.length)
  out.writeUInt32LE(units.length * 4, 0)
  units.forEach((u, i) => out.writeUInt32LE(u >>> 0, 4 + i * 4))
  Buffer.from(blob).copy(out, 4 + units.length * 4)
  return out.toString('base64')
}
{
  const norm = normalizer({ type: 'Precompiled', precompiled_charsmap: charsmap([['A', 'a'], ['\u00a9', 'c'], ['\u0915', 'k']]) })
  const points = scalars.filter((c) => c !== 10 && c !== 13 && (c < 0x3400 || (c >= 0xa000 && c < 0xac00) || (c >= 0xd7b0 && c < 0xe000) || (c >= 0xf900 && c < 0x20000) || (c >= 0xe0000 && c < 0xe1000)))
  const ask = async (make) => { const got = await each(norm, points.map((c) => make(chr(c)))); return (test) => points.filter((c, i) => test(got[i], chr(c))) }
  const accent = '\u0301'
  const joins = new Set((await ask((c) => `A${c}`))((s) => s === 'a'))
  const kept = (s) => s.endsWith(accent)
  const extend = (await ask((c) => `\u2764${c}\u200d\u00a9${accent}`))(kept).filter((c) => joins.has(c))
  set('gcb extend', extend)
  set('gcb spacing', [...joins].filter((c) => !extend.includes(c)))
  set('gcb prepend', (await ask((c) => `${c}A${accent}`))(kept))
  set('gcb pictographic', (await ask((c) => `${c}\u200d\u00a9${accent}`))(kept))
  set('incb consonant', (await ask((c) => `${c}\u094d\u0915${accent}`))(kept))
  set('incb linker', (await ask((c) => `\u0915${c}\u0915${accent}`))(kept).filter((c) => joins.has(c)))
  set('incb extend', (await ask((c) => `\u0915${c}\u094d\u0915${accent}`))(kept).filter((c) => joins.has(c)))
}

writeFileSync(OUT, lines.join('\n') + '\n')
