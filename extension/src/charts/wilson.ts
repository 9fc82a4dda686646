/** Wilson's interval of a rate (Wilson 1927) at 95 %: what `count` of `total` may come to in the long run. */
export function wilson(count: number, total: number): [number, number] {
  if (total === 0) return [0, 1]
  const z = 1.959963984540054
  const p = count / total
  const scale = 1 + (z * z) / total
  const middle = (p + (z * z) / (2 * total)) / scale
  const half = (z * Math.sqrt((p * (1 - p)) / total + (z * z) / (4 * total * total))) / scale
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}
