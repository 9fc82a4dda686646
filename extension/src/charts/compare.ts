// Compare: two runs over the same tokens. How far they choose alike, layer by layer; where they part first; which experts gained and lost.
import { EMPTY, type Chart, type Context } from './chart.ts'
import { differenceLevel } from './palette.ts'
import type { Comparison } from '../daemon/contract.ts'
import { expertName } from './say.ts'
import { visible } from './tokens.ts'

export function compare(result: Comparison, names: { a: string; b: string }, context: Context): Chart {
  const { say, theme, routers, focus } = context
  const { t } = say
  const layers = result.routers.map((r) => ({ ...r, layer: routers.find((x) => x.index === r.router)?.layer ?? 0 }))
  const widest = Math.max(0, ...layers.map((l) => l.countsA.data.length))
  const sums = layers.map((l) => [total(l.countsA.data), total(l.countsB.data)] as const)
  /** Change of load, in fair shares. */
  const change = (row: number, e: number) => {
    const l = layers[row]!
    const [a, b] = sums[row]!
    return e < l.countsA.data.length && a > 0 && b > 0 ? (l.countsB.data[e]! / b - l.countsA.data[e]! / a) * l.countsA.data.length : undefined
  }
  const levels = new Uint8Array(layers.length * widest)
  for (let row = 0; row < layers.length; row++)
    for (let e = 0; e < widest; e++) {
      const c = change(row, e)
      levels[row * widest + e] = c === undefined ? EMPTY : differenceLevel(c / 2)
    }
  const signed = (value: number) => (value > 0 ? '+' : value < 0 ? '−' : '') + say.fixed(Math.abs(value), 1)
  const bars = [['agreement', t('agreement (shared experts / k)'), theme.hues[0]!], ['jaccard', 'Jaccard', theme.hues[1]!]] as const
  const first = result.first
  const firstLayer = first && (routers.find((r) => r.index === first.router)?.layer ?? 0)

  return {
    title: result.differing === 0 ? t('Both runs choose the same experts for every token') : t('{0} of tokens take another expert in at least one layer', say.percent(result.differing)),
    notes: [
      t('{0} against {1}, tokens aligned: {2}', names.a, names.b, result.tokens),
      ...(result.onlyInA + result.onlyInB + result.afterDivergence > 0 ? [t('Not compared: tokens of one run alone: {0}, generated after the texts part: {1}', result.onlyInA + result.onlyInB, result.afterDivergence)] : []),
      ...(result.notCompared.length > 0 ? [t('Routers of one run alone: {0}', result.notCompared.join(', '))] : []),
      ...(first
        ? [
            first.margin === undefined
              ? t('They part first at step {0}, row {1}, layer {2}, “{3}”', first.step, first.row, firstLayer!, visible(first.token))
              : t('They part first at step {0}, row {1}, layer {2}, “{3}”, where the margin was {4}', first.step, first.row, firstLayer!, visible(first.token), say.real(first.margin)),
          ]
        : []),
    ],
    figures: [
      {
        kind: 'plot',
        label: t('Agreement of each layer'),
        height: Math.max(110, Math.min(600, 56 + layers.length * 36)),
        option: {
          animation: false,
          textStyle: { fontFamily: theme.font, color: theme.foreground },
          legend: { top: 0, left: 40, textStyle: { color: theme.foreground }, data: bars.map((b) => b[1]) },
          grid: { left: 44, right: 56, top: 28, bottom: 24 },
          xAxis: { type: 'value', min: 0, max: 1, axisLabel: { color: theme.muted, formatter: (v: number) => say.percent(v) }, splitLine: { lineStyle: { color: theme.line } } },
          yAxis: { type: 'category', inverse: true, data: layers.map((l) => `L${l.layer}`), axisTick: { show: false }, axisLabel: { color: theme.muted }, axisLine: { lineStyle: { color: theme.line } } },
          series: bars.map(([key, name, colour], i) => ({
            type: 'bar', name, barGap: '10%', barCategoryGap: '30%', itemStyle: { color: colour, ...(theme.kind.startsWith('contrast') ? { borderColor: theme.foreground, borderWidth: 1, decal: i ? { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: 0.8 } : undefined } : {}) },
            label: { show: layers.length <= 16, position: 'right', color: theme.foreground, formatter: ({ value }: { value: number }) => say.percent(value) },
            data: layers.map((l) => l[key] ?? null),
          })),
        },
        lines: layers.map(() => 1),
        item: (row) => {
          const l = layers[row]
          return l && { lines: [t('layer {0}', l.layer), ...(l.agreement === undefined ? [t('No data')] : [t('agreement {0}', say.percent(l.agreement)), `Jaccard ${say.real(l.jaccard ?? 0)}`, t('tokens that differ: {0}', say.percent(l.differing ?? 0))])], focus: { router: l.router } }
        },
        at: (_, row) => [row, 0],
        mark: (row) => ({ seriesIndex: 0, dataIndex: row }),
      },
      {
        kind: 'cells',
        label: t('Change of load, {0} to {1}', names.a, names.b),
        rows: layers.map((l) => `L${l.layer}`),
        columns: Array.from({ length: widest }, (_, e) => `E${e}`),
        rowTitle: t('layer'),
        columnTitle: t('expert'),
        levels,
        ramp: 'difference',
        legend: [t('{0} fair shares', '−2'), t('as before'), t('{0} fair shares', '+2')],
        square: false,
        text: (row, e) => signed(change(row, e) ?? 0),
        item: (row, e) => {
          const l = layers[row]
          const c = l && change(row, e)
          if (!l || c === undefined) return undefined
          const load = (counts: ArrayLike<number>, sum: number) => say.ratio((counts[e]! * counts.length) / sum)
          return { lines: [expertName(l.layer, e), `${names.a}: ${load(l.countsA.data, sums[row]![0])}`, `${names.b}: ${load(l.countsB.data, sums[row]![1])}`], focus: { router: l.router, expert: e } }
        },
        selected: focus.expert !== undefined && layers.some((l) => l.router === focus.router) ? [layers.findIndex((l) => l.router === focus.router), focus.expert] : undefined,
      },
    ],
    table: () => ({
      columns: [{ name: t('layer') }, { name: t('expert') }, { name: t('agreement'), digits: 4 }, { name: 'Jaccard', digits: 4 }, { name: `${t('load')} ${names.a}`, unit: 'x', digits: 3 }, { name: `${t('load')} ${names.b}`, unit: 'x', digits: 3 }],
      rows: layers.flatMap((l, row) =>
        Array.from(l.countsA.data, (count, e) => [`L${l.layer}`, `E${e}`, l.agreement, l.jaccard, sums[row]![0] ? (count * l.countsA.data.length) / sums[row]![0] : undefined, sums[row]![1] ? (l.countsB.data[e]! * l.countsB.data.length) / sums[row]![1] : undefined]),
      ),
      focus: (line) => {
        let row = 0
        while (line >= layers[row]!.countsA.data.length) line -= layers[row++]!.countsA.data.length
        return { router: layers[row]!.router, expert: line }
      },
    }),
  }
}

function total(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum
}
