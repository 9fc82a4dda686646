// How long the charts page takes to draw a change of a session of 64 layers x 256 experts, in headless Chromium: node bench/charts.mjs
// From the daemon's answer in the page to the last drawing command: the chart's numbers, its words, the canvas. Counts and curves are drawn at random: what is drawn costs the same.
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { openPage } from '../tests/extension/page.mjs'

const LAYERS = 64
const EXPERTS = 256
const STEPS = 280 // about as many as a column has pixels
const REDRAWS = 60

const wire = (array, shape) => ({ dtype: { Float32Array: 'f32', Float64Array: 'f64', BigInt64Array: 'i64' }[array.constructor.name], shape: shape ?? [array.length], base64: Buffer.from(array.buffer).toString('base64') })
const counts = () => BigInt64Array.from({ length: LAYERS * EXPERTS }, () => (Math.random() < 0.02 ? 0n : BigInt(Math.ceil(20 * Math.exp(3 * Math.random())))))
const curve = () => {
  let value = 0.5
  return Float32Array.from({ length: STEPS }, () => (value = Math.abs(value + 0.1 * (Math.random() - 0.5))))
}

const answers = {
  'session/model': () => ({ routers: Array.from({ length: LAYERS }, (_, i) => ({ index: i, name: `model.layers.${i}.mlp.gate`, aliases: [], stack: 'decoder', layer: i, ordinal: 0, experts: EXPERTS, k: 8, rule: '' })) }),
  'session/loads': () => ({
    from: 1, to: STEPS, entropyTo: STEPS, missing: [], tokens: wire(new BigInt64Array(LAYERS).fill(100_000n)), counts: wire(counts()),
    routers: Array.from({ length: LAYERS }, (_, router) => ({ router, assignments: 800_000, cv: Math.random(), zeroExperts: 0, dead: [], cold: [], hot: [] })),
  }),
  'session/timeline': () => ({
    range: { from: 1, to: STEPS }, stepsPerPixel: 1, marks: [],
    series: Array.from({ length: LAYERS }, (_, router) => ['cv', 'entropy', 'margin', 'drops'].map((metric) => {
      const min = curve()
      return { router, metric, min: wire(min), max: wire(min.map((v) => v + 0.1 * Math.random())) }
    })).flat(),
  }),
}

async function redraws(chart, tab) {
  await chart.page.evaluate(() => {
    globalThis.redraws = []
    globalThis.observer = new PerformanceObserver((list) => { for (const entry of list.getEntries()) globalThis.redraws.push(entry.duration) })
    globalThis.observer.observe({ entryTypes: ['measure'] })
  })
  await chart.tab(tab)
  for (let revision = 2; await chart.page.evaluate(() => globalThis.redraws.length) <= REDRAWS; revision++) {
    await chart.post({ type: 'sessions', sessions: [{ ...session, revision }] })
    await chart.settled()
  }
  return await chart.page.evaluate(() => { globalThis.observer.disconnect(); return globalThis.redraws.slice(1) })
}

/** The same cells as a heat map of ECharts, with its fastest settings. */
async function echartsHeatmap() {
  const { outputFiles } = await build({
    stdin: { resolveDir: process.cwd(), contents: "import * as echarts from 'echarts/core'; import { HeatmapChart } from 'echarts/charts'; import { GridComponent, VisualMapComponent } from 'echarts/components'; import { CanvasRenderer } from 'echarts/renderers'; echarts.use([HeatmapChart, GridComponent, VisualMapComponent, CanvasRenderer]); globalThis.echarts = echarts" },
    bundle: true, write: false, format: 'iife', minify: true,
  })
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
  const page = await browser.newPage({ viewport: { width: 1100, height: 760 } })
  await page.setContent('<div id="box"></div>')
  await page.addScriptTag({ content: outputFiles[0].text })
  const times = await page.evaluate(([layers, experts, redraws]) => {
    const chart = globalThis.echarts.init(document.getElementById('box'), null, { width: 1060, height: 600 })
    const axis = (length) => ({ type: 'category', data: Array.from({ length }, (_, i) => i) })
    chart.setOption({ animation: false, xAxis: axis(experts), yAxis: axis(layers), visualMap: { show: false, min: 0, max: 4 }, series: [{ type: 'heatmap', progressive: 0, animation: false, silent: true, data: [] }] })
    return Array.from({ length: redraws }, () => {
      const data = []
      for (let row = 0; row < layers; row++) for (let column = 0; column < experts; column++) data.push([column, row, 4 * Math.random()])
      const begin = performance.now()
      chart.setOption({ series: [{ data }] })
      chart.getZr().flush()
      return performance.now() - begin
    })
  }, [LAYERS, EXPERTS, REDRAWS])
  await browser.close()
  return times.slice(1)
}

const session = { id: 'live', kind: 'checkpoint', source: 'model', name: 'model', state: 'running', step: STEPS, decisions: 0, interventions: 0, revision: 1 }
const summary = (times) => {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(1)
  return `${at(0.5)} ms (${at(0)}-${at(0.95)})`
}

const chart = await openPage({ call: async (method) => answers[method](), sessions: [session] })
console.log(`| redraw, ${LAYERS} layers x ${EXPERTS} experts | median (least-95 %) | aim |\n|---|---|---|`)
for (const tab of ['load', 'timeline']) console.log(`| ${tab} | ${summary(await redraws(chart, tab))} | <= 16 |`)
await chart.close()
console.log(`| the same cells as a heat map of ECharts | ${summary(await echartsHeatmap())} | |`)
