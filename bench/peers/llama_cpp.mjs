// llama.cpp as a peer of the engine: prints what it is, then answers each line {"prompt": [ids], "tokens": n} with
// {"prefill": ms to the first token, "token": ms for each after it, "first": its id}. Greedy, as much context as the first argument says.
// node llama_cpp.mjs MODEL.GGUF THREADS CONTEXT
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { getLlama, LlamaLogLevel } from 'node-llama-cpp'

const [modelPath, threads, contextSize] = process.argv.slice(2)
const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, maxThreads: +threads, logLevel: LlamaLogLevel.error })
const model = await llama.loadModel({ modelPath, useMmap: true, gpuLayers: 0 })
const context = await model.createContext({ contextSize: +contextSize, batchSize: 512, threads: +threads, sequences: 1 })
const sequence = context.getSequence()
const variant = readFileSync('/proc/self/maps', 'utf8').match(/libggml-cpu-(\w+)\.so/)?.[1]
console.log(`llama.cpp ${llama.llamaCppRelease.release} (${variant})`)

for await (const line of createInterface({ input: process.stdin })) {
  const { prompt, tokens } = JSON.parse(line)
  await sequence.clearHistory()
  const times = [performance.now()]
  let first
  for await (const id of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    first ??= id
    times.push(performance.now())
    if (times.length > tokens) break
  }
  console.log(JSON.stringify({ prefill: times[1] - times[0], token: (times.at(-1) - times[1]) / Math.max(1, tokens - 1), first }))
}
process.exit(0)
