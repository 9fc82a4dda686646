// Load: layer x expert against fair share, C/N assignments an expert. Margins: how uneven a layer is (CV), and what an expert's index carries over all layers.
import { EMPTY, HATCHED, realExperts, type Chart, type Context } from './chart.ts'
import { ratioLevel } from './palette.ts'
import type { Loads } from '../daemon/contract.ts'
import { expertName } from './say.ts'
import { wilson } from './wilson.ts'

export function load(result: Loads, context: Context): Chart {
  const { say, routers, focus } = context
  const { t } = say
  const widest = Math.max(0, ...routers.map((r) => r.experts))
  const levels = new Uint8Array(routers.length * widest).fill(EMPTY)
  const starts: number[] = []
  const totals = new Float64Array(routers.length)
  const perExpert = new Float64Array(widest)
  const layersOf = new Float64Array(widest)
  const counts = result.counts.data
  const metrics = new Map(result.routers.map((m) => [m.router, m]))
  let at = 0
  for (const [row, router] of routers.entries()) {
    starts.push(at)
    let total = 0
    const real = realExperts(router)
    for (let e = 0; e < real; e++) total += counts[at + e]!
    totals[row] = total
    const dead = new Set(metrics.get(router.index)?.dead)
    for (let e = 0; total > 0 && e < real; e++) {
      const count = counts[at + e]!
      levels[row * widest + e] = count === 0 || dead.has(e) ? HATCHED : ratioLevel((count * real) / total)
      perExpert[e]! += (count * real) / total
      layersOf[e]!++
    }
    at += router.experts
  }
  const ratio = (row: number, e: number) => (totals[row]! > 0 && e < realExperts(routers[row]!) ? (counts[starts[row]! + e]! * realExperts(routers[row]!)) / totals[row]! : undefined)
  const cvs = routers.map((r) => metrics.get(r.index)?.cv ?? 0)
  const widestCv = Math.max(1, ...cvs)
  const reasons: Record<string, string> = { size: t('size limit'), age: t('age limit'), queue: t('no room while it ran'), duplicate: t('came twice'), redacted: t('redacted') }
  const means = [...perExpert].map((sum, e) => sum / Math.max(1, layersOf[e]!))
  const widestMean = Math.max(1, ...means)

  return {
    title: finding(),
    notes: [
      t('Load against fair share: 1.0x = every expert of the layer gets the same number of tokens.'),
      t('Steps {0} to {1} · tokens: {2}', result.from ?? 0, result.to ?? 0, Math.max(0, ...result.tokens.data)),
      ...zeroExperts(),
      ...(result.paddingUnknown ? [`! ${t('which rows are padding is not known: these counts and loads may hold some')}`] : []),
      ...result.missing.map((m) => `! ${t('Missing decisions: {0} (steps {1} to {2}; {3})', m.rows, m.firstStep, m.lastStep, reasons[m.reason] ?? m.reason)}`),
    ],
    figures: [
      {
        kind: 'cells',
        label: t('Load of each expert in each layer'),
        rows: routers.map((r) => `L${r.layer}`),
        columns: Array.from({ length: widest }, (_, e) => `E${e}`),
        rowTitle: t('layer'),
        columnTitle: t('expert'),
        levels,
        ramp: 'ratio',
        legend: [t('{0} or less', '¼x'), say.ratio(1), t('{0} or more', '4x')],
        rowBars: { title: 'CV', lengths: cvs.map((cv) => cv / widestCv), texts: cvs.map((cv) => say.fixed(cv, 2)) },
        columnBars: { title: t('mean'), lengths: means.map((m) => m / widestMean), texts: means.map((m) => say.ratio(m)) },
        square: false,
        text: (row, e) => say.ratio(ratio(row, e) ?? 0),
        item,
        selected: selected(),
      },
    ],
    table: () => ({
      columns: [{ name: t('layer') }, { name: t('expert') }, { name: t('load'), unit: 'x', digits: 3 }, { name: t('tokens'), digits: 0 }, { name: t('share'), digits: 4 }],
      rows: routers.flatMap((r, row) =>
        Array.from({ length: r.experts }, (_, e) => [`L${r.layer}`, `E${e}`, ratio(row, e), counts[starts[row]! + e]!, totals[row] && e < realExperts(r) ? counts[starts[row]! + e]! / totals[row]! : undefined]),
      ),
      focus: (line) => {
        let row = routers.length - 1
        while (row > 0 && starts[row]! > line) row--
        return { router: routers[row]!.index, expert: line - starts[row]! }
      },
    }),
  }

  function item(row: number, e: number) {
    const router = routers[row]
    if (!router || e >= router.experts) return undefined
    const count = counts[starts[row]! + e]!
    const load = ratio(row, e)
    const tokens = result.tokens.data[row] ?? 0
    const [low, high] = wilson(count, tokens)
    const dead = metrics.get(router.index)?.dead.includes(e)
    return {
      lines: [
        expertName(router.layer, e) + (load === undefined ? '' : `  ${say.ratio(load)}`),
        ...(e >= realExperts(router) ? [t('zero expert (identity)')] : load === undefined ? [t('No data')] : []),
        ...(dead ? [t('dead: zero tokens are not chance here')] : count === 0 ? [t('no token')] : []),
        t('{0} of {1} tokens', count, tokens),
        ...(tokens > 0 ? [t('share {0}, interval {1} to {2}', say.percent(count / tokens), say.percent(low), say.percent(high))] : []),
      ],
      focus: { router: router.index, expert: e },
    }
  }

  /** Their slots are counted apart: what a layer saves. */
  function zeroExperts(): string[] {
    return routers.filter((r) => realExperts(r) < r.experts).map((r) => {
      const [identities, others] = [metrics.get(r.index)?.identityAssignments ?? 0, metrics.get(r.index)?.assignments ?? 0]
      return t('Layer {0}: E{1} to E{2} are zero experts (identity) and have no load; {3} of its slots go to them.', r.layer, realExperts(r), r.experts - 1, say.percent(identities / Math.max(1, identities + others)))
    })
  }

  function selected(): [number, number] | undefined {
    const row = routers.findIndex((r) => r.index === focus.router)
    return row >= 0 && focus.expert !== undefined ? [row, focus.expert] : undefined
  }

  /** Dead experts first, then a layer that uses few experts, then the largest load. */
  function finding(): string {
    const dead = result.routers.filter((m) => m.dead.length > 0).sort((a, b) => b.dead.length - a.dead.length)[0]
    const name = (router: number) => routers.find((r) => r.index === router)
    const deadIn = dead && name(dead.router)
    if (dead && deadIn) {
      const [sum, all] = [result.routers.reduce((n, m) => n + m.dead.length, 0), routers.reduce((n, r) => n + realExperts(r), 0)]
      return t('Dead experts: {0} of {1}; most in layer {2}, {3} of {4}', sum, all, deadIn.layer, dead.dead.length, realExperts(deadIn))
    }
    let narrowest: { row: number; few: number; share: number; factor: number } | undefined
    let hottest: { row: number; expert: number; load: number } | undefined
    for (const [row, r] of routers.entries()) {
      if (!(totals[row]! > 0)) continue
      const real = realExperts(r)
      const ofLayer = Float64Array.from(counts.subarray(starts[row], starts[row]! + real))
      const sorted = ofLayer.slice().sort()
      const few = Math.max(1, Math.round(real / 8))
      const share = sorted.slice(-few).reduce((sum, count) => sum + count, 0) / totals[row]!
      const factor = (share * real) / few
      if (factor > (narrowest?.factor ?? 2.5)) narrowest = { row, few, share, factor }
      const load = (sorted[real - 1]! * real) / totals[row]!
      if (load > (hottest?.load ?? 0)) hottest = { row, expert: ofLayer.indexOf(sorted[real - 1]!), load }
    }
    if (narrowest) return t('Layer {0} sends {1} of its load to {2} of {3} experts', routers[narrowest.row]!.layer, say.percent(narrowest.share), narrowest.few, realExperts(routers[narrowest.row]!))
    if (!hottest) return t('Load of each expert in each layer')
    return hottest.load > 1.5
      ? t('{0} carries most: {1} of its fair share', expertName(routers[hottest.row]!.layer, hottest.expert), say.ratio(hottest.load))
      : t('Loads are even: no expert above {0} of its fair share', say.ratio(hottest.load))
  }
}
