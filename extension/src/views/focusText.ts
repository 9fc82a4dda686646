// What a person types to go somewhere: `s3 l2 t14 e11` or `step 3 layer 2`, in any order, each part at most once; parts that are left out stay as they are.
export interface Wanted {
  readonly step?: number
  readonly layer?: number
  /** Its position in its sequence, as stops name it. */
  readonly token?: number
  readonly rank?: number
  readonly expert?: number
}

const PARTS = { s: 'step', l: 'layer', t: 'token', r: 'rank', e: 'expert' } as const

/** Undefined where it is not of this form. */
export function parseFocus(text: string): Wanted | undefined {
  const wanted: { -readonly [K in keyof Wanted]: Wanted[K] } = {}
  const rest = text.toLowerCase().replaceAll(/\b(s|l|t|r|e|step|layer|token|rank|expert)\s*[=:]?\s*(\d{1,15})(?![\w.])/g, (whole, name: string, digits: string) => {
    const part = PARTS[name[0] as keyof typeof PARTS]
    if (wanted[part] !== undefined) return whole
    wanted[part] = Number(digits)
    return ''
  })
  return /^[\s,;·]*$/.test(rest) && Object.keys(wanted).length > 0 ? wanted : undefined
}
