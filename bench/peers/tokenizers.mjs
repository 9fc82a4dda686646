// npm tokenizers as the peer of the tokenizer benchmark: prints the number of the text's tokens,
// then for each line `encode` or `decode` the seconds that it took.
// node tokenizers.mjs FOLDER-WITH-node_modules TOKENIZER.JSON TEXT-FILE
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const [packages, file, textFile] = process.argv.slice(2)
const { Tokenizer } = createRequire(join(packages, 'package.json'))('tokenizers')
const tokenizer = Tokenizer.fromFile(file)
const text = readFileSync(textFile, 'utf8')
const ids = (await tokenizer.encode(text)).getIds()
const work = { encode: async () => (await tokenizer.encode(text)).getIds(), decode: () => tokenizer.decode(ids, false) }
console.log(ids.length)
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now()
  await work[line]()
  console.log((performance.now() - start) / 1000)
}
