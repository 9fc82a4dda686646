// Logits: how the router's raw scores lie, chosen against not chosen, on bins that all layers share; below, the z-loss over steps.
import type { Chart, Context, Plot } from './chart.ts'
import { tint } from './palette.ts'
import type { Logits } from '../daemon/contract.ts'
import { bands } from './timeline.ts'

export function logits(result: Logits, router: number, context: Context): Chart {
  const { say, theme, routers } = context
  const { t } = say
  const { from, to } = result.range ?? { from: 0, to: 0 }
  const shown = result.routers.find((r) => r.router === router)
  const layer = (index: number) => routers.find((r) => r.index === index)?.layer ?? 0
  const edges = result.edges.data
  const bins = Math.max(0, edges.length - 1)
  const [yes, no] = [theme.hues[0]!, theme.muted]
  const contrast = theme.kind.startsWith('contrast')
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0)
  const totals = shown && { chosen: sum(shown.chosen.data), notChosen: sum(shown.notChosen.data) }
  const share = (kind: 'chosen' | 'notChosen', i: number) => (shown && totals![kind] > 0 ? shown[kind].data[i]! / totals![kind] : 0)
  const overlaps = result.routers.map((r) => ({ router: r.router, overlap: overlap(r.chosen.data, r.notChosen.data) })).filter((o): o is { router: number; overlap: number } => o.overlap !== undefined)
  const steps = shown?.zMin.data.length ?? 0
  const stepAt = (i: number) => Math.round(from + i * result.stepsPerPixel)
  const zTop = Math.max(1e-9, ...(shown ? Array.from(shown.zMax.data).filter(Number.isFinite) : [0]))
  const axis = { axisLabel: { color: theme.muted, hideOverlap: true }, axisLine: { lineStyle: { color: theme.line } }, splitLine: { lineStyle: { color: theme.line } }, nameTextStyle: { color: theme.muted } }

  const plot: Plot = {
    kind: 'plot',
    label: t('Histogram of router logits'),
    height: 460,
    option: {
      animation: false,
      textStyle: { fontFamily: theme.font, color: theme.foreground },
      legend: { top: 0, right: 16, textStyle: { color: theme.foreground }, inactiveColor: theme.muted, data: [t('chosen'), t('not chosen')] },
      grid: [{ left: 64, right: 16, top: 40, height: 220 }, { left: 64, right: 16, top: 330, height: 90 }],
      xAxis: [
        { ...axis, type: 'value', gridIndex: 0, min: edges[0], max: edges[bins], name: shown?.column ?? '', nameLocation: 'middle', nameGap: 28, axisLabel: { ...axis.axisLabel, showMinLabel: false, showMaxLabel: false } },
        { ...axis, type: 'value', gridIndex: 1, min: from, max: Math.max(to, from + 1), minInterval: 1, name: t('step'), nameLocation: 'middle', nameGap: 26 },
      ],
      yAxis: [
        { ...axis, type: 'value', gridIndex: 0, axisLine: { onZero: false }, name: t('share of its kind'), nameTextStyle: { color: theme.muted, align: 'left' }, axisLabel: { ...axis.axisLabel, formatter: (v: number) => say.percent(v) } },
        { ...axis, type: 'value', gridIndex: 1, name: t('z-loss'), min: 0, splitNumber: 2, nameTextStyle: { color: theme.muted, align: 'left' } },
      ],
      series: [
        ...(['notChosen', 'chosen'] as const).map((kind) => ({
          type: 'custom', name: kind === 'chosen' ? t('chosen') : t('not chosen'), xAxisIndex: 0, yAxisIndex: 0, clip: true, animation: false,
          itemStyle: { color: kind === 'chosen' ? yes : no },
          encode: { x: [0, 1], y: 2 },
          data: Array.from({ length: bins }, (_, i) => [edges[i], edges[i + 1], share(kind, i)]),
          renderItem: (_: unknown, api: { value(i: number): number; coord(v: [number, number]): [number, number] }) => {
            const [left, top] = api.coord([api.value(0), api.value(2)])
            const [right, base] = api.coord([api.value(1), 0])
            const colour = kind === 'chosen' ? yes : no
            return { type: 'rect', shape: { x: left, y: top, width: Math.max(1, right - left - 1), height: base - top }, style: { fill: tint(colour, kind === 'chosen' ? 0.75 : 0.45), stroke: contrast ? colour : 'none', lineWidth: 1, lineDash: kind === 'chosen' ? 'solid' : [3, 2] } }
          },
        })),
        {
          type: 'custom', xAxisIndex: 1, yAxisIndex: 1, clip: true, silent: true, animation: false, encode: { x: 0, y: 1 }, data: [[from, 0], [to, zTop]],
          renderItem: (parameters: { dataIndex: number }, api: { coord(v: [number, number]): [number, number] }) => {
            if (!shown || parameters.dataIndex > 0) return undefined
            const x = (i: number) => api.coord([Math.min(to, from + i * result.stepsPerPixel), 0])[0]
            const y = (v: number) => api.coord([from, v])[1]
            return { type: 'group', children: bands(shown.zMin.data, shown.zMax.data, x, y).map((points) => ({ type: 'polygon', shape: { points }, style: { fill: tint(yes, 0.5), stroke: yes, lineWidth: 1 } })) }
          },
        },
      ],
    },
    lines: [bins, steps],
    item: (line, i) =>
      line === 0
        ? { lines: [t('logit {0} to {1}', say.real(edges[i]!), say.real(edges[i + 1]!)), t('chosen: {0}', shown?.chosen.data[i] ?? 0), t('not chosen: {0}', shown?.notChosen.data[i] ?? 0)], focus: { router } }
        : { lines: [t('step {0}', stepAt(i)), `${t('z-loss')} ${say.real(shown?.zMin.data[i] ?? 0)} … ${say.real(shown?.zMax.data[i] ?? 0)}`], focus: { router, step: stepAt(i) } },
    near: (grid, x) => {
      const place = grid === 0 ? Math.floor(((x - edges[0]!) / (edges[bins]! - edges[0]!)) * bins) : Math.floor((x - from) / result.stepsPerPixel)
      return place >= 0 && place < (grid === 0 ? bins : steps) ? [grid, place] : undefined
    },
  }

  return {
    title: finding(),
    notes: [
      t('{0} of layer {1}: chosen and not chosen experts, each as shares of its own kind; bins are the same in all layers.', shown?.column ?? '', layer(router)),
      ...(shown && shown.notFinite > 0 ? [`! ${t('Values that are NaN or infinite: {0}', shown.notFinite)}`] : []),
      ...(shown?.derived ? [t('≈ derived: the model itself does not compute this column')] : []),
      t('Steps {0} to {1} · tokens: {2}', from, to, totals ? Math.round(totals.chosen / Math.max(1, routers.find((r) => r.index === router)?.k ?? 1)) : 0),
    ],
    figures: [plot],
    table: () => ({
      columns: [{ name: t('layer') }, { name: t('from'), digits: 3 }, { name: t('to'), digits: 3 }, { name: t('chosen'), digits: 0 }, { name: t('not chosen'), digits: 0 }],
      rows: result.routers.flatMap((r) => Array.from({ length: bins }, (_, i) => [`L${layer(r.router)}`, edges[i]!, edges[i + 1]!, r.chosen.data[i]!, r.notChosen.data[i]!])),
      focus: (line) => ({ router: result.routers[Math.floor(line / bins)]!.router }),
    }),
  }

  function finding(): string {
    const here = overlaps.find((o) => o.router === router)
    if (!here) return t('Histogram of router logits')
    const widest = overlaps.reduce((a, b) => (b.overlap > a.overlap ? b : a))
    return widest.router === router
      ? t('Layer {0}: logits of chosen and not chosen experts overlap by {1}, the most of all layers', layer(router), say.percent(here.overlap))
      : t('Layer {0}: logits of chosen and not chosen experts overlap by {1}; most in layer {2}, {3}', layer(router), say.percent(here.overlap), layer(widest.router), say.percent(widest.overlap))
  }
}

/** Shared area of two histograms, each scaled to 1. */
export function overlap(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  let [sumA, sumB, shared] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    sumA += a[i]!
    sumB += b[i]!
  }
  if (sumA === 0 || sumB === 0) return undefined
  for (let i = 0; i < a.length; i++) shared += Math.min(a[i]! / sumA, b[i]! / sumB)
  return shared
}
