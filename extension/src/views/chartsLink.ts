// Links to a place in the charts: `vscode://PUBLISHER.moe-devtools/charts?tab=expert&recording=...&router=2&expert=11`.
import { link, type Link } from '../webview/messages.ts'
import { parse, ShapeError } from '../daemon/shape.ts'

const PLACE = ['step', 'pass', 'router', 'row', 'expert'] as const
const NUMBERS = new Set<string>([...PLACE, 'from', 'to'])

export function toQuery({ focus, ...rest }: Link): string {
  const known = Object.entries({ ...rest, ...focus }).filter((entry): entry is [string, string | number] => entry[1] !== undefined)
  return new URLSearchParams(known.map(([key, value]): [string, string] => [key, String(value)])).toString()
}

/** @throws ShapeError where a value cannot be what its name says. */
export function fromQuery(query: string): Link {
  const given: Record<string, unknown> = {}
  for (const [key, value] of new URLSearchParams(query)) {
    if (NUMBERS.has(key) && !/^\d{1,15}$/.test(value)) throw new ShapeError(`${key}: a whole number expected`)
    given[key] = NUMBERS.has(key) ? Number(value) : value
  }
  const focus = PLACE.some((key) => key in given) ? Object.fromEntries(PLACE.map((key) => [key, given[key]])) : undefined
  return parse(link, { ...given, focus }, 'link')
}
