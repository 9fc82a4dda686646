// Together: how often two experts are chosen for the same token, against chance. Similar experts lie side by side (the daemon's order).
import { EMPTY, HATCHED, type Chart, type Context } from './chart.ts'
import { ratioLevel } from './palette.ts'
import type { Together } from '../daemon/contract.ts'
import { expertName } from './say.ts'

export function together(result: Together, between: { a: number; b: number }, context: Context): Chart {
  const { say, routers, focus } = context
  const { t } = say
  const layer = (router: number) => routers.find((r) => r.index === router)?.layer ?? 0
  const [la, lb] = [layer(between.a), layer(between.b)]
  const same = between.a === between.b
  const [rows, columns] = [result.orderA, result.orderB]
  const wide = result.counts.shape[1]!
  const lift = (a: number, b: number) => result.lift.data[a * wide + b]!
  const count = (a: number, b: number) => result.counts.data[a * wide + b]!
  const levels = new Uint8Array(rows.length * columns.length)
  let strongest: { a: number; b: number; lift: number } | undefined
  for (const [i, a] of rows.entries())
    for (const [j, b] of columns.entries()) {
      const value = lift(a, b)
      levels[i * columns.length + j] = Number.isNaN(value) || (same && a === b) ? EMPTY : value === 0 ? HATCHED : ratioLevel(value)
      if (count(a, b) >= 20 && !(same && a === b) && value > (strongest?.lift ?? 0)) strongest = { a, b, lift: value }
    }

  return {
    title: !strongest
      ? t('Experts chosen together')
      : strongest.lift < 1.2
        ? t('No pair is chosen together much more often than chance: at most {0}', say.ratio(strongest.lift))
        : same
          ? t('E{0} and E{1} of layer {2} are chosen together {3} as often as chance', strongest.a, strongest.b, la, say.ratio(strongest.lift))
          : t('{0} is followed by {1} {2} as often as chance', expertName(la, strongest.a), expertName(lb, strongest.b), say.ratio(strongest.lift)),
    notes: [
      t('1.0x = chance: as often as if both were chosen independently. Similar experts are neighbours. Hatched: never together.'),
      t('Tokens: {0}. Steps {1} to {2}.', result.tokens, result.range?.from ?? 0, result.range?.to ?? 0),
    ],
    figures: [
      {
        kind: 'cells',
        label: t('Experts chosen together'),
        rows: rows.map((e) => `E${e}`),
        columns: columns.map((e) => `E${e}`),
        rowTitle: t('layer {0}', la),
        columnTitle: t('layer {0}', lb),
        levels,
        ramp: 'ratio',
        legend: [t('{0} or less', '¼x'), say.ratio(1), t('{0} or more', '4x')],
        square: true,
        item: (i, j) => {
          const [a, b] = [rows[i], columns[j]]
          if (a === undefined || b === undefined) return undefined
          if (same && a === b) return { lines: [expertName(la, a), t('tokens: {0}', count(a, a))], focus: { router: between.a, expert: a } }
          return { lines: [`${expertName(la, a)} + ${expertName(lb, b)}  ${say.ratio(lift(a, b))}`, t('tokens: {0}', count(a, b)), t('chance = {0}', say.ratio(1))], focus: { router: between.b, expert: b } }
        },
        selected: selected(),
      },
    ],
    table: () => {
      const pairs = rows.flatMap((a) => columns.filter((b) => !same || a < b).map((b) => ({ a, b }))).sort((x, y) => lift(y.a, y.b) - lift(x.a, x.b))
      return {
        columns: [{ name: t('expert') }, { name: t('with') }, { name: t('lift'), unit: 'x', digits: 3 }, { name: t('tokens'), digits: 0 }],
        rows: pairs.map(({ a, b }) => [expertName(la, a), expertName(lb, b), lift(a, b), count(a, b)]),
        focus: (i) => ({ router: between.b, expert: pairs[i]!.b }),
      }
    },
  }

  function selected(): [number, number] | undefined {
    if (focus.expert === undefined || focus.router !== between.b) return undefined
    const [i, j] = [same ? rows.indexOf(focus.expert) : 0, columns.indexOf(focus.expert)]
    return i >= 0 && j >= 0 ? [i, j] : undefined
  }
}
