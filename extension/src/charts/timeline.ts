// Timeline: one row a layer, one column a metric, all over the same steps. A band spans the smallest and the largest value of the steps under each pixel, so nothing is thinned away.
import type { Chart, Context, Item } from './chart.ts'
import type { Timeline } from '../daemon/contract.ts'

export const METRICS = ['cv', 'entropy', 'margin', 'drops'] as const

export function timeline(result: Timeline, context: Context): Chart {
  const { say, routers } = context
  const { t } = say
  const names: Record<string, string> = { cv: t('load CV'), entropy: t('router entropy'), margin: t('selection margin'), drops: t('drop rate') }
  const metrics = METRICS.filter((metric) => result.series.some((s) => s.metric === metric))
  const { from, to } = result.range ?? { from: 0, to: 0 }
  const pixels = result.series[0]?.min.data.length ?? 0
  const stepAt = (pixel: number) => Math.min(to, Math.round(from + pixel * result.stepsPerPixel))
  const largest = metrics.map((metric) => Math.max(...result.series.filter((s) => s.metric === metric).map((s) => maximum(s.max.data))))
  const all = new Map(result.series.map((s) => [`${s.router} ${s.metric}`, s]))
  const series = (router: number, metric: string) => all.get(`${router} ${metric}`)

  return {
    title: finding(),
    notes: [
      t('Each band spans the smallest and largest value of the steps under a pixel; rows share one scale a metric. Entropy is normalised: 0 = one expert, 1 = all alike.'),
      t('Steps {0} to {1} · stops: {2} · anomalies: {3}', from, to, times('stop'), times('anomaly')),
      t('Drag over steps to set the window of all tabs.'),
    ],
    figures: [
      {
        kind: 'bands',
        label: t('Metrics of each layer over steps'),
        rows: routers.map((r) => `L${r.layer}`),
        columns: metrics.map((metric, i) => ({ title: names[metric]!, note: largest[i] === 0 ? t('always {0}', 0) : t('0 to {0}', say.real(largest[i]!)), top: largest[i] || 1 })),
        axis: t('step'),
        from,
        to,
        stepsPerPlace: result.stepsPerPixel,
        places: pixels,
        values: (row, column) => {
          const s = series(routers[row]!.index, metrics[column]!)
          return s && { min: s.min.data, max: s.max.data }
        },
        marks: result.marks.map((m) => ({ step: m.step, kind: m.kind, row: routers.findIndex((r) => r.index === m.router) })),
        item: place,
        selected: selected(),
      },
    ],
    table: () => ({
      columns: [{ name: t('layer') }, { name: t('step'), digits: 0 }, ...metrics.flatMap((m) => [{ name: `${names[m]!} ${t('min')}`, digits: 4 }, { name: `${names[m]!} ${t('max')}`, digits: 4 }])],
      rows: routers.flatMap((r) => Array.from({ length: pixels }, (_, pixel) => [`L${r.layer}`, stepAt(pixel), ...metrics.flatMap((m) => [valueAt(r.index, m, 'min', pixel), valueAt(r.index, m, 'max', pixel)])])),
      focus: (line) => ({ router: routers[Math.floor(line / pixels)]!.index, step: stepAt(line % pixels) }),
    }),
  }

  function selected(): [number, number] | undefined {
    const { step, router } = context.focus
    const row = routers.findIndex((r) => r.index === router)
    return step === undefined || step < from || step > to || row < 0 ? undefined : [row, Math.floor((step - from) / result.stepsPerPixel)]
  }

  function times(kind: string) {
    return result.marks.reduce((sum, m) => sum + (m.kind === kind ? m.times : 0), 0)
  }

  function valueAt(router: number, metric: string, end: 'min' | 'max', pixel: number): number | undefined {
    const value = series(router, metric)?.[end].data[pixel]
    return value === undefined || Number.isNaN(value) ? undefined : value
  }

  function place(row: number, pixel: number): Item | undefined {
    const r = routers[row]
    if (!r || pixel < 0 || pixel >= pixels) return undefined
    const [first, next] = [stepAt(pixel), pixel + 1 < pixels ? stepAt(pixel + 1) : to + 1]
    const here = result.marks.filter((m) => m.step >= first && m.step < next && m.router === r.index)
    return {
      lines: [
        `L${r.layer} · ${next - first > 1 ? t('steps {0} to {1}', first, next - 1) : t('step {0}', first)}`,
        ...metrics.map((metric) => {
          const [low, high] = [valueAt(r.index, metric, 'min', pixel), valueAt(r.index, metric, 'max', pixel)]
          return `${names[metric]!}: ${low === undefined || high === undefined ? t('No data') : low === high ? say.real(low) : `${say.real(low)} … ${say.real(high)}`}`
        }),
        ...here.map((m) => (m.times > 1 ? `${m.text} (${say.number(m.times)})` : m.text)),
      ],
      focus: { router: r.index, step: first },
    }
  }

  /** The metric of a layer whose last tenth of the window differs most from its first tenth. */
  function finding(): string {
    let most: { layer: number; metric: string; before: number; after: number; change: number } | undefined
    for (const r of routers)
      for (const metric of metrics) {
        const s = series(r.index, metric)
        const tenth = Math.max(1, Math.floor(pixels / 10))
        if (!s || pixels < 10) continue
        const before = mean(s.min.data, s.max.data, 0, tenth)
        const after = mean(s.min.data, s.max.data, pixels - tenth, pixels)
        if (before === undefined || after === undefined) continue
        const change = Math.abs(after - before) / Math.max(Math.abs(before), Math.abs(after), 1e-9)
        if (!most || change > most.change) most = { layer: r.layer, metric, before, after, change }
      }
    if (!most) return t('Metrics of each layer over steps')
    if (most.change < 0.2) return t('Nothing moved: every metric of every layer ends within {0} of where it began', say.percent(0.2))
    return t('Layer {0}: {1} went from {2} to {3}', most.layer, names[most.metric]!, say.real(most.before), say.real(most.after))
  }
}

/** Outlines of the stretches that have data: along the largest values and back along the smallest. */
export function bands(min: ArrayLike<number>, max: ArrayLike<number>, x: (pixel: number) => number, y: (value: number) => number): [number, number][][] {
  const stretches: [number, number][][] = []
  for (let start = 0; start < min.length; start++) {
    if (Number.isNaN(min[start]!)) continue
    let end = start
    while (end < min.length && !Number.isNaN(min[end]!)) end++
    const points: [number, number][] = []
    for (let i = start; i < end; i++) points.push([x(i), y(max[i]!)])
    if (end - start === 1) points.push([x(end), y(max[start]!)], [x(end), y(min[start]!)])
    for (let i = end - 1; i >= start; i--) points.push([x(i), y(min[i]!)])
    stretches.push(points)
    start = end
  }
  return stretches
}

function maximum(values: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) if (values[i]! > largest) largest = values[i]!
  return largest
}

function mean(min: ArrayLike<number>, max: ArrayLike<number>, from: number, to: number): number | undefined {
  let sum = 0
  let count = 0
  for (let i = from; i < to; i++) {
    if (Number.isNaN(min[i]!)) continue
    sum += (min[i]! + max[i]!) / 2
    count++
  }
  return count ? sum / count : undefined
}
