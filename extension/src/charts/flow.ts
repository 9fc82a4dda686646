// Flow: which experts of a layer send their tokens to which of another (first choices), or which tokens go to which experts. Width = tokens.
import type { Chart, Context, Focus } from './chart.ts'
import type { Flow } from '../daemon/contract.ts'
import { expertName } from './say.ts'
import { tint } from './palette.ts'
import { visible } from './tokens.ts'

export function flow(result: Flow, context: Context): Chart {
  const { say, theme, routers } = context
  const { t } = say
  const layerOf = (router: number | undefined) => routers.find((r) => r.index === router)?.layer ?? 0
  const used = new Set(result.links.flatMap((l) => [l.source, l.target]))
  const nodes = result.nodes.filter((n) => used.has(n.id))
  const byId = new Map(nodes.map((n, i) => [n.id, { ...n, i }]))
  const links = result.links.filter((l) => l.count > 0)
  const sums = { out: new Map<string, number>(), in: new Map<string, number>() }
  for (const l of links) {
    sums.out.set(l.source, (sums.out.get(l.source) ?? 0) + l.count)
    sums.in.set(l.target, (sums.in.get(l.target) ?? 0) + l.count)
  }
  const label = (id: string) => {
    const n = byId.get(id)
    if (n?.token !== undefined) return `“${visible(n.token)}”`
    return n?.expert === undefined ? t('others') : expertName(layerOf(n.router), n.expert)
  }
  const focusOf = (id: string): Focus => {
    const n = byId.get(id)
    return { ...(n?.router === undefined ? {} : { router: n.router }), ...(n?.expert === undefined ? {} : { expert: n.expert }) }
  }
  const hue = (id: string) => {
    const n = byId.get(id)
    return n?.expert === undefined ? theme.muted : theme.hues[n.expert % theme.hues.length]!
  }
  const ordered = [...links].sort((a, b) => b.count - a.count)

  return {
    title: finding(),
    notes: [
      t('Width = tokens, first choices only. Tokens: {0}. Steps {1} to {2}.', result.tokens, result.range?.from ?? 0, result.range?.to ?? 0),
      ...(result.others > 0 ? [t('Merged as “others” because they are small: {0}', result.others)] : []),
    ],
    figures: [
      {
        kind: 'plot',
        label: t('Flow of tokens'),
        height: Math.max(320, Math.min(900, 30 * Math.max(nodes.filter((n) => sums.out.has(n.id)).length, nodes.filter((n) => sums.in.has(n.id)).length))),
        option: {
          animation: false,
          textStyle: { fontFamily: theme.font },
          series: [
            {
              type: 'sankey', left: 8, right: 110, top: 8, bottom: 8, nodeGap: 9, nodeWidth: 12, draggable: false, layoutIterations: 32, emphasis: { focus: 'adjacency' }, labelLayout: { hideOverlap: true },
              label: { color: theme.foreground, fontSize: 12, textBorderWidth: 0 },
              data: nodes.map((n) => ({ name: n.id, itemStyle: { color: hue(n.id), borderColor: theme.kind.startsWith('contrast') ? theme.foreground : 'transparent', borderWidth: theme.kind.startsWith('contrast') ? 1 : 0 }, label: { formatter: label(n.id) } })),
              links: links.map((l) => ({ source: l.source, target: l.target, value: l.count, lineStyle: { color: tint(hue(byId.get(l.source)?.token === undefined ? l.source : l.target), 0.4), curveness: 0.5, opacity: 1 } })),
            },
          ],
        },
        lines: [ordered.length],
        item: (_, i) => ordered[i] && item(ordered[i]),
        at: (_, data) => (links[data] ? [0, ordered.indexOf(links[data])] : undefined),
        mark: (_, i) => ({ seriesIndex: 0, dataIndex: links.indexOf(ordered[i]!) }),
      },
    ],
    table: () => ({
      columns: [{ name: t('from') }, { name: t('to') }, { name: t('tokens'), digits: 0 }, { name: t('share of from'), digits: 4 }, { name: t('share of to'), digits: 4 }],
      rows: ordered.map((l) => [label(l.source), label(l.target), l.count, l.count / sums.out.get(l.source)!, l.count / sums.in.get(l.target)!]),
      focus: (i) => focusOf(ordered[i]!.target),
    }),
  }

  function item(l: { source: string; target: string; count: number }) {
    return {
      lines: [
        `${label(l.source)} → ${label(l.target)}`,
        t('tokens: {0}', l.count),
        t('{0} of what leaves {1}', say.percent(l.count / sums.out.get(l.source)!), label(l.source)),
        t('{0} of what reaches {1}', say.percent(l.count / sums.in.get(l.target)!), label(l.target)),
      ],
      focus: focusOf(l.target).expert === undefined ? focusOf(l.source) : focusOf(l.target),
    }
  }

  /** The link that takes most of what leaves its source, among sources with enough tokens. */
  function finding(): string {
    let strongest: { l: (typeof links)[number]; share: number } | undefined
    for (const l of links) {
      const share = l.count / sums.out.get(l.source)!
      if (byId.get(l.target)?.expert === undefined || sums.out.get(l.source)! < Math.max(20, result.tokens / 200)) continue
      if (!strongest || share > strongest.share) strongest = { l, share }
    }
    return strongest ? t('{0} sends {1} of its tokens to {2}', label(strongest.l.source), say.percent(strongest.share), label(strongest.l.target)) : t('Flow of tokens')
  }
}
