// Words and numbers of the charts, in the reader's language. The English sentence is the key of its translation, as in the daemon.

export interface Say {
  locale: string
  /** The translation of a sentence, `{0}` standing for the first argument, with numbers as the locale writes them. */
  t: (sentence: string, ...args: (string | number)[]) => string
  /** A number with at most `digits` behind the point. */
  number(value: number, digits?: number): string
  /** A number with exactly `digits` behind the point, for columns of numbers. */
  fixed(value: number, digits: number): string
  /** A number with two or three digits that say something. */
  real(value: number): string
  /** Load against fair share, `2.4x`. */
  ratio(value: number): string
  percent(value: number): string
}

export function say(locale: string, bundle: Record<string, string>): Say {
  const formats = new Map<string, Intl.NumberFormat>()
  const format = (value: number, options: Intl.NumberFormatOptions) => {
    const key = JSON.stringify(options)
    let known = formats.get(key)
    if (!known) formats.set(key, (known = new Intl.NumberFormat(locale, options)))
    return known.format(value)
  }
  const number = (value: number, digits = 0) => format(value, { maximumFractionDigits: digits })
  return {
    locale,
    number,
    fixed: (value, digits) => format(value, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    t: (sentence, ...args) =>
      (bundle[sentence] ?? sentence).replace(/\{(\d+)\}/g, (_, i: string) => {
        const argument = args[Number(i)]
        return typeof argument === 'number' ? number(argument) : argument ?? ''
      }),
    real: (value) => (Math.abs(value) >= 100 ? number(value) : format(value, { maximumSignificantDigits: Math.abs(value) < 0.01 ? 1 : Math.abs(value) < 0.1 ? 2 : 3 })),
    ratio: (value) => (value >= 10 ? number(value) : value >= 0.1 || value === 0 ? format(value, { minimumFractionDigits: 1, maximumFractionDigits: 1 }) : format(value, { maximumSignificantDigits: 1, maximumFractionDigits: 4 })) + 'x',
    percent: (value) => format(value, { style: 'percent', maximumFractionDigits: value !== 0 && Math.abs(value) < 0.1 ? 1 : 0 }),
  }
}

/** An expert in prose. */
export const expertName = (layer: number, expert: number): string => `L${layer}·E${expert}`
