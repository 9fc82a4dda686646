// What stands at a router's line of a source: from results of the daemon to text. Knows no editor.
import type { Say } from '../charts/say.ts'
import type { AnomalyNote, RouterDescription } from '../daemon/contract.ts'
import { anomalyName, type Known } from '../views/experts.ts'

/** "layers 0–3 · load CV 0.21–0.84 · entropy 0.31–0.77": one value where all are alike, no part of which nothing is known. */
export function lens(known: Known, routers: readonly RouterDescription[], say: Say): string {
  const { t } = say
  const layers = [...new Set(routers.map(({ layer }) => layer))]
  const values = (of: 'cv' | 'entropy') => routers.map(({ index }) => known.loads?.routers[index]?.[of]).filter((value) => value !== undefined)
  const span = (all: readonly number[]) => {
    const [least, most] = [say.fixed(Math.min(...all), 2), say.fixed(Math.max(...all), 2)]
    return least === most ? least : `${least}–${most}`
  }
  const [cv, entropy] = [values('cv'), values('entropy')]
  return [
    layers.length === 1 ? t('layer {0}', layers[0]!) : t('layers {0}', runs(layers)),
    ...(cv.length === 0 ? [] : [t('load CV {0}', span(cv))]),
    ...(entropy.length === 0 ? [] : [t('entropy {0}', span(entropy))]),
    ...(cv.length === 0 && entropy.length === 0 ? [t('no data')] : []),
  ].join(' · ')
}

/** `0–3, 5` */
export function runs(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b)
  const parts: string[] = []
  for (let first = 0; first < sorted.length;) {
    let last = first
    while (sorted[last + 1] === sorted[last]! + 1) last++
    parts.push(first === last ? String(sorted[first]) : `${sorted[first]}–${sorted[last]}`)
    first = last + 1
  }
  return parts.join(', ')
}

/** What a diagnostic says; where a line is that of several routers it names the one. */
export function anomalyMessage(anomaly: AnomalyNote, router: RouterDescription, isOneOfMany: boolean): string {
  return `${isOneOfMany ? `${router.name}: ` : ''}${anomalyName(anomaly.id)}: ${anomaly.facts}`
}
