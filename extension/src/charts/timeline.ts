// Timeline: one row a layer, one column a metric, all over the same steps. A band spans the smallest and the largest value of the steps under each pixel, so nothing is thinned away.
import type { Chart, Context, Item, Plot } from './chart.ts'
import { tint } from './palette.ts'
import type { Timeline } from './results.ts'

export const METRICS = ['cv', 'entropy', 'margin', 'drops'] as const

export function timeline(result: Timeline, context: Context): Chart {
  const { say, theme, routers } = context
  const { t } = say
  const names: Record<string, string> = { cv: t('load CV'), entropy: t('router entropy'), margin: t('selection margin'), drops: t('drop rate') }
  const metrics = METRICS.filter((metric) => result.series.some((s) => s.metric === metric))
  const { from, to } = result.range
  const rowHeight = Math.max(14, Math.min(96, 460 / Math.max(1, routers.length)))
  const height = rowHeight * routers.length
  const pixels = result.series[0]?.min.data.length ?? 0
  const stepAt = (pixel: number) => Math.min(to, Math.round(from + pixel * result.stepsPerPixel))
  const largest = metrics.map((metric) => Math.max(1e-9, ...result.series.filter((s) => s.metric === metric).map((s) => maximum(s.max.data))))
  const series = (router: number, metric: string) => result.series.find((s) => s.router === router && s.metric === metric)
  const width = 100 / Math.max(1, metrics.length)

  const plot: Plot = {
    kind: 'plot',
    label: t('Metrics of each layer over steps'),
    height: height + 84,
    brushes: true,
    option: {
      animation: false,
      textStyle: { fontFamily: theme.font, color: theme.foreground },
      title: metrics.map((metric, i) => ({ text: names[metric], subtext: t('0 to {0}', say.real(largest[i]!)), left: `${i * width + (i === 0 ? 5 : 1)}%`, top: 0, itemGap: 2, textStyle: { fontSize: 12, fontWeight: 600, color: theme.foreground }, subtextStyle: { fontSize: 11, color: theme.muted } })),
      grid: metrics.map((_, i) => ({ left: i === 0 ? 44 : `${i * width + 1}%`, width: i === 0 ? `${width - 5}%` : `${width - 2}%`, top: 40, height })),
      xAxis: metrics.map((_, i) => ({
        gridIndex: i, type: 'value', min: from, max: Math.max(to, from + 1), minInterval: 1, splitNumber: 3, name: i === 0 ? t('step') : '', nameLocation: 'middle', nameGap: 24, nameTextStyle: { color: theme.muted },
        axisLabel: { color: theme.muted, hideOverlap: true, formatter: (v: number) => say.number(v) }, axisLine: { lineStyle: { color: theme.line } }, splitLine: { lineStyle: { color: theme.line } },
      })),
      yAxis: metrics.map((_, i) => ({
        gridIndex: i, type: 'category', inverse: true, data: routers.map((r) => `L${r.layer}`), axisTick: { show: false }, axisLine: { show: false },
        axisLabel: { show: i === 0, color: theme.muted, interval: 'auto' }, splitLine: { show: true, lineStyle: { color: theme.line } },
      })),
      series: [
        ...metrics.map((metric, i) => ({
          type: 'custom', xAxisIndex: i, yAxisIndex: i, clip: true, silent: true, animation: false, encode: { x: -1, y: 0 }, data: routers.map((_, row) => [row]),
          renderItem: (parameters: { dataIndex: number; coordSys: { x: number; width: number } }, api: { coord(v: [number, number]): [number, number] }) => {
            const s = series(routers[parameters.dataIndex]!.index, metric)
            if (!s) return undefined
            const middle = api.coord([from, parameters.dataIndex])[1]
            const tall = rowHeight - 6
            const y = (value: number) => middle + tall / 2 - (Math.max(0, value) / largest[i]!) * tall
            const x = (pixel: number) => api.coord([Math.min(to, from + pixel * result.stepsPerPixel), parameters.dataIndex])[0]
            return { type: 'group', children: bands(s.min.data, s.max.data, x, y).map((points) => ({ type: 'polygon', shape: { points }, style: { fill: tint(theme.hues[i % theme.hues.length]!, 0.55), stroke: theme.hues[i % theme.hues.length], lineWidth: 1 } })) }
          },
        })),
        ...(metrics.length === 0 ? [] : ['stop', 'anomaly'].map((kind) => ({
          type: 'scatter', name: kind, xAxisIndex: 0, yAxisIndex: 0, symbol: kind === 'stop' ? 'circle' : 'triangle', symbolSize: 9, animation: false,
          itemStyle: { color: kind === 'stop' ? theme.error : theme.warning, borderColor: theme.background, borderWidth: 1 },
          markLine: { silent: true, symbol: 'none', animation: false, label: { show: false }, lineStyle: { color: kind === 'stop' ? theme.error : theme.warning, type: kind === 'stop' ? 'solid' : 'dashed', width: 1, opacity: 0.6 }, data: marksOf(kind).map((m) => ({ xAxis: m.step })) },
          data: marksOf(kind).map((m) => [m.step, Math.max(0, routers.findIndex((r) => r.index === m.router))]),
        }))),
      ],
      brush: { toolbox: [], xAxisIndex: 'all', brushMode: 'single', transformable: false, throttleType: 'debounce', throttleDelay: 200, brushStyle: { color: tint(theme.focus, 0.2), borderColor: theme.focus } },
    },
    lines: routers.map(() => pixels),
    item: place,
    near: (_, x, y) => {
      const row = Math.round(y)
      const pixel = Math.floor((x - from) / result.stepsPerPixel)
      return routers[row] && pixel >= 0 && pixel < pixels ? [row, pixel] : undefined
    },
  }

  return {
    title: finding(),
    notes: [
      t('Each band spans the smallest and largest value of the steps under a pixel; rows share one scale a metric. Entropy is normalised: 0 = one expert, 1 = all alike.'),
      t('Steps {0} to {1} · stops: {2} · anomalies: {3}', from, to, marksOf('stop').length, marksOf('anomaly').length),
      t('Drag over steps to set the window of all tabs.'),
    ],
    figures: [plot],
    table: () => ({
      columns: [{ name: t('layer') }, { name: t('step'), digits: 0 }, ...metrics.flatMap((m) => [{ name: `${names[m]!} ${t('min')}`, digits: 4 }, { name: `${names[m]!} ${t('max')}`, digits: 4 }])],
      rows: routers.flatMap((r) => Array.from({ length: pixels }, (_, pixel) => [`L${r.layer}`, stepAt(pixel), ...metrics.flatMap((m) => [valueAt(r.index, m, 'min', pixel), valueAt(r.index, m, 'max', pixel)])])),
      focus: (line) => ({ router: routers[Math.floor(line / pixels)]!.index, step: stepAt(line % pixels) }),
    }),
  }

  function marksOf(kind: string) {
    return result.marks.filter((m) => m.kind === kind)
  }

  function valueAt(router: number, metric: string, end: 'min' | 'max', pixel: number): number | undefined {
    const value = series(router, metric)?.[end].data[pixel]
    return value === undefined || Number.isNaN(value) ? undefined : value
  }

  function place(row: number, pixel: number): Item | undefined {
    const r = routers[row]
    if (!r || pixel < 0 || pixel >= pixels) return undefined
    const [first, next] = [stepAt(pixel), pixel + 1 < pixels ? stepAt(pixel + 1) : to + 1]
    const here = result.marks.filter((m) => m.step >= first && m.step < next && (m.router === undefined || m.router === r.index))
    return {
      lines: [
        `L${r.layer} · ${next - first > 1 ? t('steps {0} to {1}', first, next - 1) : t('step {0}', first)}`,
        ...metrics.map((metric) => {
          const [low, high] = [valueAt(r.index, metric, 'min', pixel), valueAt(r.index, metric, 'max', pixel)]
          return `${names[metric]!}: ${low === undefined || high === undefined ? t('No data') : low === high ? say.real(low) : `${say.real(low)} … ${say.real(high)}`}`
        }),
        ...here.map((m) => m.text),
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
