// A pinned expert across tokens: one block a token, as high as the weight that the token gave it.
import type { Say } from '../charts/say.ts'
import type { TokenPage } from '../daemon/contract.ts'

export interface Chosen {
  readonly at: { readonly step: number, readonly pass: number, readonly row: number }
  /** -1 = unknown. */
  readonly position: number
  readonly text: string | null
  /** NaN where it is not recorded. */
  readonly weight: number
}

export interface Strip {
  readonly blocks: string
  readonly words: string
  readonly tokens: number
  readonly chosen: readonly Chosen[]
}

const BLOCKS = '▁▂▃▄▅▆▇█'

export function strip(page: TokenPage, expert: number, say: Say): Strip {
  const slots = page.experts.shape[1] ?? 0
  const tokens = page.step.data.length
  let blocks = ''
  const chosen: Chosen[] = []
  for (let row = 0; row < tokens; row++) {
    const slot = page.experts.data.subarray(row * slots, (row + 1) * slots).indexOf(expert)
    const weight = slot < 0 ? 0 : page.weights.data[row * slots + slot] ?? NaN
    blocks += slot < 0 ? BLOCKS[0] : BLOCKS[Number.isNaN(weight) ? 4 : Math.max(1, Math.min(7, Math.ceil(weight * 7)))]
    if (slot >= 0) {
      chosen.push({
        at: { step: page.step.data[row] ?? 0, pass: page.pass.data[row] ?? 0, row: page.row.data[row] ?? 0 },
        position: page.position.data[row] ?? -1, text: page.text[row] ?? null, weight,
      })
    }
  }
  const examples = chosen.slice(-5).map((token) => `${shown(token.text)} ${Number.isNaN(token.weight) ? '' : say.real(token.weight)}`.trim())
  return {
    blocks, tokens, chosen,
    words: [say.t('chosen by {0} of the last {1} tokens', chosen.length, tokens), ...examples].join(', '),
  }
}

/** A token by its position, or by its row where that is unknown. */
export const placed = (say: Say, position: number | undefined, row: number, text: string | null): string =>
  position !== undefined && position >= 0 ? say.t('token {0} {1}', position, shown(text)) : say.t('row {0} {1}', row, shown(text))

/** As stops show it: spaces and ends of lines can be seen. */
export const shown = (text: string | null): string => text === null ? '?' : `"${text.replaceAll(' ', '·').replaceAll('\n', '⏎')}"`
