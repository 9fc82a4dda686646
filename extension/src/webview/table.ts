import type { Focus, Table } from '../charts/chart.ts'
import type { Say } from '../charts/say.ts'
import { h } from './dom.ts'

const AT_ONCE = 500

/** The chart as a table: every number with its unit in the header, rows that open what they are about. */
export function tableElement(table: Table, title: string, say: Say, open: (focus: Focus) => void): HTMLElement {
  const body = h('tbody')
  const more = h('button', { type: 'button', class: 'secondary', click: () => append() })
  let shown = 0
  const append = () => {
    for (const end = Math.min(table.rows.length, shown + AT_ONCE); shown < end; shown++) {
      const row = shown
      body.append(
        h('tr', {}, ...table.rows[row]!.map((value, c) => {
          const column = table.columns[c]
          const text = typeof value === 'number' ? say.number(value, column?.digits ?? 3) : value ?? '–'
          return h('td', { class: typeof value === 'number' ? 'number' : undefined }, c === 0 && table.focus ? h('button', { type: 'button', class: 'link', click: () => open(table.focus!(row)) }, text) : text)
        })),
      )
    }
    more.hidden = shown >= table.rows.length
    more.textContent = say.t('Show more rows ({0} of {1})', shown, table.rows.length)
  }
  append()
  return h('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': title },
    h('table', {}, h('caption', {}, title), h('thead', {}, h('tr', {}, ...table.columns.map((c) => h('th', { scope: 'col', class: c.digits === undefined ? undefined : 'number' }, c.unit ? `${c.name} [${c.unit}]` : c.name)))), body),
    more,
  )
}
