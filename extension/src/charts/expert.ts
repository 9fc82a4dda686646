// Expert: what one expert is for. Counts stand beside every rate, and what is too rare says so.
import { realExperts, type Chart, type Context, type Listing } from './chart.ts'
import { tint } from './palette.ts'
import type { Dossier } from '../daemon/contract.ts'
import { expertName } from './say.ts'
import { bands } from './timeline.ts'
import { visible } from './tokens.ts'

export function expert(result: Dossier, context: Context): Chart {
  const { say, theme, routers } = context
  const { t } = say
  const { from, to } = result.range ?? { from: 0, to: 0 }
  const layer = (router: number) => routers.find((r) => r.index === router)?.layer ?? 0
  const here = routers.find((r) => r.index === result.router)
  const name = expertName(layer(result.router), result.expert)
  const chance = here ? here.k / here.experts : 0
  const domains = [...result.domains].sort((a, b) => b.share - a.share)
  const topPmi = Math.max(1e-9, ...result.topTokens.map((x) => x.pmi))
  const line = (text: string) => text.replace(/\s*\n\s*/g, '⏎')
  const tooFew = t('Too few: less than {0} occurrences', result.minimumCount)
  const steps = result.timeline.min.data.length
  const stepAt = (i: number) => Math.round(from + i * result.timeline.stepsPerPixel)
  const top = Math.max(1.2, ...Array.from(result.timeline.max.data).filter(Number.isFinite))

  const partners = (label: string, empty: string, of: Dossier['partners']): Listing => {
    const widest = Math.max(2, ...of.map((p) => p.lift))
    return {
      kind: 'listing', label, empty,
      columns: [t('expert'), t('lift'), t('tokens')],
      rows: of.map((p) => ({ cells: [expertName(layer(p.router), p.expert), say.ratio(p.lift), `${say.number(p.count)} · ${say.percent(p.share)}`], bar: p.lift / widest, chance: 1 / widest, focus: { router: p.router, expert: p.expert } })),
    }
  }

  return {
    title: finding(),
    notes: [
      here && result.expert >= realExperts(here)
        ? t('{0}: zero expert (identity) · {1} of {2} tokens · share {3}, interval {4} to {5}', name, result.count, result.tokens, say.percent(result.share ?? 0), say.percent(result.interval[0] ?? 0), say.percent(result.interval[1] ?? 1))
        : t('{0}: {1} of fair share · {2} of {3} tokens · share {4}, interval {5} to {6}', name, say.ratio(result.utilization ?? 0), result.count, result.tokens, say.percent(result.share ?? 0), say.percent(result.interval[0] ?? 0), say.percent(result.interval[1] ?? 1)),
      t('Steps {0} to {1}', from, to),
    ],
    figures: [
      {
        kind: 'listing', label: t('Domains: share of their tokens that come here'), empty: t('The rows of this recording have no labels.'),
        columns: [t('domain'), t('share'), t('tokens')],
        rows: domains.map((d) => ({ cells: [d.label || t('no label'), say.percent(d.share), t('{0} of {1}', d.count, d.tokens)], bar: d.share, interval: [d.interval[0] ?? 0, d.interval[1] ?? 1], chance })),
      },
      {
        kind: 'listing', label: t('Tokens it is chosen for more than chance (PMI, nats)'), empty: tooFew,
        columns: [t('token'), 'PMI', t('chosen')],
        rows: result.topTokens.map((x) => ({ cells: [visible(x.text), say.real(x.pmi), t('{0} of {1}', x.count, x.occurrences)], bar: Math.max(0, x.pmi) / topPmi })),
      },
      partners(t('Chosen together with, in layer {0}', layer(result.router)), tooFew, result.partners),
      ...(here && routers.indexOf(here) + 1 < routers.length ? [partners(t('Followed by, in the next layer'), tooFew, result.next)] : []),
      ...(result.similar
        ? [{
            kind: 'listing' as const, label: t('Similar router rows (cosine)'), empty: t('No data'), columns: [t('expert'), t('cosine'), ''],
            rows: result.similar.map((s) => ({ cells: [expertName(layer(result.router), s.expert), say.real(s.cosine), ''], bar: Math.max(0, s.cosine), focus: { router: result.router, expert: s.expert } })),
          }]
        : []),
      {
        kind: 'listing', label: t('Examples in context'), empty: t('No token chose this expert.'),
        columns: [t('before'), t('token'), t('after'), t('weight')], link: 1, concordance: true,
        rows: result.examples.map((e) => ({ cells: [line(e.before).slice(-26), visible(e.token), line(e.after).slice(0, 26), e.weight === undefined ? '–' : say.real(e.weight)], focus: { step: e.step, pass: e.pass, row: e.row, router: result.router, expert: result.expert } })),
      },
      {
        kind: 'plot',
        label: t('Load over steps'),
        height: 150,
        option: {
          animation: false,
          textStyle: { fontFamily: theme.font, color: theme.foreground },
          grid: { left: 48, right: 16, top: 28, bottom: 40 },
          xAxis: { type: 'value', min: from, max: Math.max(to, from + 1), minInterval: 1, name: t('step'), nameLocation: 'middle', nameGap: 24, nameTextStyle: { color: theme.muted }, axisLabel: { color: theme.muted, hideOverlap: true }, axisLine: { lineStyle: { color: theme.line } }, splitLine: { show: false } },
          yAxis: { type: 'value', min: 0, max: top, splitNumber: 2, name: t('load'), nameTextStyle: { color: theme.muted }, axisLabel: { color: theme.muted, formatter: (v: number) => say.ratio(v) }, splitLine: { lineStyle: { color: theme.line } } },
          series: [{
            type: 'custom', silent: true, clip: true, animation: false, encode: { x: 0, y: 1 }, data: [[from, 0]],
            markLine: { silent: true, symbol: 'none', animation: false, label: { show: false }, lineStyle: { color: theme.muted, type: 'dashed' }, data: [{ yAxis: 1 }] },
            renderItem: (_: unknown, api: { coord(v: [number, number]): [number, number] }) => {
              const x = (i: number) => api.coord([Math.min(to, from + i * result.timeline.stepsPerPixel), 0])[0]
              const y = (v: number) => api.coord([from, v])[1]
              return { type: 'group', children: bands(result.timeline.min.data, result.timeline.max.data, x, y).map((points) => ({ type: 'polygon', shape: { points }, style: { fill: tint(theme.hues[0]!, 0.5), stroke: theme.hues[0], lineWidth: 1 } })) }
            },
          }],
        },
        lines: [steps],
        item: (_, i) => {
          const [low, high] = [result.timeline.min.data[i], result.timeline.max.data[i]]
          const unknown = low === undefined || high === undefined || Number.isNaN(low)
          return { lines: [t('step {0}', stepAt(i)), unknown ? t('No data') : low === high ? say.ratio(low) : `${say.ratio(low)} … ${say.ratio(high)}`], focus: { router: result.router, expert: result.expert, step: stepAt(i) } }
        },
        near: (_, x) => {
          const i = Math.floor((x - from) / result.timeline.stepsPerPixel)
          return i >= 0 && i < steps ? [0, i] : undefined
        },
      },
    ],
    table: () => ({
      columns: [{ name: t('what') }, { name: t('name') }, { name: t('tokens'), digits: 0 }, { name: t('of'), digits: 0 }, { name: t('value'), digits: 4 }, { name: t('unit') }],
      rows: [
        ...domains.map((d) => [t('domain'), d.label, d.count, d.tokens, d.share, t('share')]),
        ...result.topTokens.map((x) => [t('token'), visible(x.text), x.count, x.occurrences, x.pmi, 'PMI']),
        ...[...result.partners, ...result.next].map((p) => [p.router === result.router ? t('together') : t('next layer'), expertName(layer(p.router), p.expert), p.count, result.count, p.lift, t('lift')]),
      ],
    }),
  }

  /** The domain that comes here most, where its interval lies above chance; else the token; else how much it carries. */
  function finding(): string {
    if (result.count === 0) return t('{0} got none of {1} tokens', name, result.tokens)
    const domain = domains[0]
    if (domain?.label && (domain.interval[0] ?? 0) > 1.5 * chance) return t('{0} takes {1} of {2} tokens (chance {3})', name, say.percent(domain.share), domain.label, say.percent(chance))
    const token = result.topTokens[0]
    if (token && token.count / token.occurrences > 0.5) return t('{0} is chosen for {1} of “{2}”', name, say.percent(token.count / token.occurrences), visible(token.text))
    return t('{0} carries {1} of its fair share and prefers no domain', name, say.ratio(result.utilization ?? 0))
  }
}
