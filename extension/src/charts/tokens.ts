// Tokens: the text itself, every token tinted by its first expert in one layer. Strength is the weight; an underline is a narrow margin.
import type { Chart, Context, Token } from './chart.ts'
import type { TokenPage as TokenRows } from '../daemon/contract.ts'
import { expertName } from './say.ts'

/** Under this distance of the last chosen score to the first not chosen a small change of arithmetic may flip the choice. */
export const NARROW = 0.001
/** Up to so many experts each has a hue of its own; beyond, only those that are pinned, or the busiest. */
const FEW = 12
const BUSIEST = 6

export interface TokenChoices {
  router: number
  pinned: readonly number[]
  /** The same rows of another run, to compare with. */
  other?: { name: string; rows: TokenRows } | undefined
}

export function tokens(rows: TokenRows, { router, pinned, other }: TokenChoices, context: Context): Chart {
  const { say, routers, focus, theme } = context
  const { t } = say
  const layer = routers.find((r) => r.index === router)
  const experts = layer?.experts ?? 0
  const count = rows.text.length
  const firsts = new Float64Array(experts)
  for (let i = 0; i < count; i++) {
    const e = rows.experts.data[i * rows.experts.shape[1]!]!
    if (e >= 0 && e < experts) firsts[e]!++
  }
  const busiest = Array.from({ length: experts }, (_, e) => e).filter((e) => firsts[e]! > 0).sort((a, b) => firsts[b]! - firsts[a]!)
  const coloured = pinned.length > 0 ? pinned.slice(0, theme.hues.length) : experts <= FEW ? Array.from({ length: experts }, (_, e) => e) : busiest.slice(0, BUSIEST)
  const hueOf = (expert: number) => (coloured.includes(expert) ? coloured.indexOf(expert) : undefined)
  const matching = other && new Map(other.rows.text.map((_, i) => [key(other.rows, i), i]))
  /** Whether the other run chose other experts for the same token; it may not have come to it. */
  const differs = matching && rows.text.map((_, i) => {
    const j = matching.get(key(rows, i))
    return j !== undefined && !sameSet(rows, i, other.rows, j)
  })
  const differing = new Set(rows.text.map((_, i) => (differs?.[i] ? key(rows, i) : '')))
  const narrow = Array.from(rows.margin.data).filter((m) => m < NARROW).length

  return {
    title: finding(),
    notes: [
      t('Tint = first expert in layer {0}, strength = its weight, underline = margin under {1}. Tokens shown: {2}.', layer?.layer ?? 0, say.real(NARROW), count),
      ...(pinned.length > 0 ? [t('Pinned experts have hues, the rest is grey.')] : experts <= FEW ? [] : [t('The busiest experts have hues, the rest is grey. Click one below to pin it.')]),
    ],
    figures: [
      {
        kind: 'tokens',
        label: t('Text, token by token'),
        runs: other
          ? [{ tokens: run(rows) }, { heading: other.name, tokens: run(other.rows) }]
          : [{ tokens: run(rows) }],
        legend: [...new Set([...coloured, ...busiest])].slice(0, 16).map((e) => ({ text: `E${e}`, hue: hueOf(e), expert: e, share: count ? firsts[e]! / count : 0 })),
      },
    ],
    table: () => ({
      columns: [{ name: t('step'), digits: 0 }, { name: t('row'), digits: 0 }, { name: t('position'), digits: 0 }, { name: t('token') }, { name: t('experts') }, { name: t('weight'), digits: 3 }, { name: t('margin'), digits: 4 }, { name: t('router entropy'), digits: 3 }, { name: t('label') }],
      rows: rows.text.map((text, i) => [rows.step.data[i], rows.row.data[i], known(rows.position.data[i]!), visible(text ?? ''), chosen(rows, i).map((c) => `E${c.expert}`).join(' '), chosen(rows, i)[0]?.weight, finite(rows.margin.data[i]), finite(rows.entropy.data[i]), rows.label[i] ?? '']),
      focus: (i) => at(rows, i),
    }),
  }

  function run(of: TokenRows): Token[] {
    return of.text.map((text, i) => {
      const [first] = chosen(of, i)
      const starts = i === 0 || of.sequence.data[i] !== of.sequence.data[i - 1] || (of.position.data[i]! >= 0 && of.position.data[i]! <= of.position.data[i - 1]!)
      const place = at(of, i)
      return {
        text: visible(text ?? ''),
        tag: first ? `${first.expert}` : '–',
        hue: first && hueOf(first.expert),
        strength: first ? Math.max(0, Math.min(1, first.weight)) : 0,
        narrow: of.margin.data[i]! < NARROW,
        differs: differing.has(key(of, i)),
        startsSequence: starts ? of.label[i] ?? '' : undefined,
        selected: place.step === focus.step && place.row === focus.row && (place.pass ?? 0) === (focus.pass ?? place.pass ?? 0),
        item: {
          get lines() {
            return [
              `“${visible(text ?? '')}” · ${t('step {0}', of.step.data[i]!)} · ${of.position.data[i]! >= 0 ? t('position {0}', of.position.data[i]!) : t('row {0}', of.row.data[i]!)}`,
              ...chosen(of, i).map((c) => `${expertName(layer?.layer ?? 0, c.expert)}  ${say.real(c.weight)}`),
              ...(finite(of.margin.data[i]) === undefined ? [] : [t('margin {0}', say.real(of.margin.data[i]!))]),
              ...(finite(of.entropy.data[i]) === undefined ? [] : [t('entropy {0}', say.real(of.entropy.data[i]!))]),
              ...(of.changed.data[i] ? [t('changed by an intervention')] : []),
              ...(differing.has(key(of, i)) ? [t('the other run chooses other experts')] : []),
            ]
          },
          focus: { ...place, expert: first?.expert },
        },
      }
    })
  }

  function at(of: TokenRows, i: number) {
    return { step: of.step.data[i], pass: of.pass.data[i], row: of.row.data[i], router }
  }

  function finding(): string {
    if (count === 0) return t('Text, token by token')
    if (differs) return t('Layer {0}: {1} of tokens take other experts in the other run', layer?.layer ?? 0, say.percent(differs.filter(Boolean).length / count))
    if (narrow / count > 0.25) return t('Layer {0}: {1} of tokens are chosen by a margin under {2}', layer?.layer ?? 0, say.percent(narrow / count), say.real(NARROW))
    const top = busiest[0]
    return top === undefined ? t('Text, token by token') : t('Layer {0}: E{1} is first choice of {2} of tokens', layer?.layer ?? 0, top, say.percent(firsts[top]! / count))
  }
}

/** Experts of a token with their weights; empty slots (-1) are left out. */
export function chosen(rows: TokenRows, i: number): { expert: number; weight: number }[] {
  const slots = rows.experts.shape[1]!
  const found = []
  for (let s = 0; s < slots; s++) {
    const expert = rows.experts.data[i * slots + s]!
    if (expert >= 0) found.push({ expert, weight: rows.weights.data[i * slots + s]! })
  }
  return found
}

/** Undefined where it is -1, unknown. */
const known = (position: number) => position >= 0 ? position : undefined

/** A token of a run over the same text. */
const key = (rows: TokenRows, i: number) => `${rows.sequence.data[i]} ${known(rows.position.data[i]!) ?? `row ${rows.row.data[i]}`} ${rows.text[i]}`

function sameSet(a: TokenRows, i: number, b: TokenRows, j: number): boolean {
  const others = new Set(chosen(b, j).map((c) => c.expert))
  const own = chosen(a, i)
  return own.length === others.size && own.every((c) => others.has(c.expert))
}

const finite = (value: number | undefined) => (value === undefined || !Number.isFinite(value) ? undefined : value)

/** White space that would not be seen, made visible. */
export const visible = (text: string): string => text.replace(/^ | $/g, '·').replace(/\n/g, '⏎').replace(/\t/g, '⇥') || '∅'
