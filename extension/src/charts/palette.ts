// Colours. Ramps are made in OKLab, where equal steps look equal; palette.test holds them against three kinds of colour blindness.

export type Kind = 'light' | 'dark' | 'contrast-dark' | 'contrast-light'

/** What charts take from the workbench's theme. */
export interface Theme {
  kind: Kind
  foreground: string
  muted: string
  background: string
  line: string
  focus: string
  font: string
  /** Hues of experts, in the order in which they are given out: the workbench's six, then the same nearer to the foreground. */
  hues: string[]
  warning: string
  error: string
}

export type Rgb = [number, number, number]

const ENDS: Record<Kind, { low: string; middle: string; high: string }> = {
  light: { low: '#1f5fae', middle: '#f1f1ef', high: '#b4530a' },
  dark: { low: '#55a4f5', middle: '#2d2f33', high: '#f59a3d' },
  'contrast-dark': { low: '#6cb8ff', middle: '#000000', high: '#ffb347' },
  'contrast-light': { low: '#0b4a94', middle: '#ffffff', high: '#934000' },
}

const LEVELS = 32
const ramps = new Map<Kind, string[]>()

/** Colours from `low` (all of it missing) over `middle` (as expected) to `high`: 2 * 32 + 1. */
export function divergingRamp(kind: Kind): string[] {
  let ramp = ramps.get(kind)
  if (!ramp) {
    const [low, middle, high] = [ENDS[kind].low, ENDS[kind].middle, ENDS[kind].high].map((c) => toOklab(parseColour(c))) as [Rgb, Rgb, Rgb]
    ramp = Array.from({ length: 2 * LEVELS + 1 }, (_, i) => css(fromOklab(i < LEVELS ? mix(low, middle, i / LEVELS) : mix(middle, high, (i - LEVELS) / LEVELS))))
    ramps.set(kind, ramp)
  }
  return ramp
}

/** Index into the diverging ramp of a ratio: log scale, 1/4x at one end, 1.0x in the middle, 4x at the other. */
export const ratioLevel = (ratio: number): number => Math.round(LEVELS + LEVELS * Math.max(-1, Math.min(1, Math.log(ratio) / Math.log(4))))

/** Index into the diverging ramp of a difference in -1..1. */
export const differenceLevel = (difference: number): number => Math.round(LEVELS + LEVELS * Math.max(-1, Math.min(1, difference)))

/** `colour` with an opacity of 0..1. */
export function tint(colour: string, opacity: number): string {
  const [r, g, b] = parseColour(colour)
  return `rgba(${Math.round(r * 255)}, ${Math.round(g * 255)}, ${Math.round(b * 255)}, ${Number(opacity.toFixed(3))})`
}

/** A colour on its way to another, 0..1, in OKLab. */
export const blend = (from: string, to: string, at: number): string => css(fromOklab(mix(toOklab(parseColour(from)), toOklab(parseColour(to)), at)))

/** #rgb, #rrggbb, #rrggbbaa, rgb() or rgba() as 0..1; what cannot be read is mid grey. */
export function parseColour(colour: string): Rgb {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(colour.trim())?.[1]
  if (hex) {
    const digits = hex.length < 6 ? [...hex].map((d) => d + d).join('') : hex
    return [0, 2, 4].map((i) => parseInt(digits.slice(i, i + 2), 16) / 255) as Rgb
  }
  const parts = /^rgba?\(([^)]*)\)$/i.exec(colour.trim())?.[1]?.split(/[\s,/]+/).map(Number)
  return parts && parts.length >= 3 && parts.every(Number.isFinite) ? [parts[0]! / 255, parts[1]! / 255, parts[2]! / 255] : [0.5, 0.5, 0.5]
}

/** The opacity of a colour, 0..1. */
export function opacity(colour: string): number {
  const hex = /^#[0-9a-f]{6}([0-9a-f]{2})$/i.exec(colour.trim())?.[1]
  const alpha = hex === undefined ? Number(/^rgba\([^)]*[,/]\s*([\d.]+)\s*\)$/i.exec(colour.trim())?.[1] ?? 1) : parseInt(hex, 16) / 255
  return Math.max(0, Math.min(1, alpha))
}

const css = (c: Rgb) => '#' + c.map((v) => Math.round(255 * Math.max(0, Math.min(1, v))).toString(16).padStart(2, '0')).join('')
const mix = (a: Rgb, b: Rgb, at: number): Rgb => [0, 1, 2].map((i) => a[i]! + (b[i]! - a[i]!) * at) as Rgb
const linear = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
const gamma = (v: number) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055)

/** Relative luminance, 0..1 (WCAG 2). */
export const luminance = (c: Rgb): number => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2])

/** sRGB to OKLab (Ottosson 2020, "A perceptual color space for image processing"). */
export function toOklab(c: Rgb): Rgb {
  const [r, g, b] = c.map(linear) as Rgb
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s]
}

function fromOklab([L, a, b]: Rgb): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map(gamma) as Rgb
}
