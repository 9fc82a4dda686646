/**
 * What a message has to look like, said once: a shape checks a value that came over a wire and gives it its type. Unknown fields of an object are left out of the value, so that
 * a newer daemon can say more; `parseStrictly` refuses them.
 */
export interface Shape<T> {
  read(value: unknown, at: string, strict: boolean): T
}

export type Infer<S> = S extends Shape<infer T> ? T : never

/** A message does not look as it has to. */
export class ShapeError extends Error {}

export const parse = <T>(shape: Shape<T>, value: unknown, name: string): T => shape.read(value, name, false)

export const parseStrictly = <T>(shape: Shape<T>, value: unknown, name: string): T => shape.read(value, name, true)

export const text: Shape<string> = primitive('string')
export const flag: Shape<boolean> = primitive('boolean')
export const number: Shape<number> = primitive('number')

export const whole: Shape<number> = {
  read(value, at) {
    return Number.isSafeInteger(value) ? value as number : fail(value, at, 'a whole number')
  },
}

export const nothing: Shape<null> = {
  read(value, at) {
    return value === null ? null : fail(value, at, 'null')
  },
}

export function word<const W extends string>(...words: readonly W[]): Shape<W> {
  return { read: (value, at) => words.find((w) => w === value) ?? fail(value, at, `one of ${words.join(', ')}`) }
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return { read: (value, at, strict) => value === null ? null : shape.read(value, at, strict) }
}

export function list<T>(of: Shape<T>): Shape<readonly T[]> {
  return { read: (value, at, strict) => Array.isArray(value) ? value.map((item, i) => of.read(item, `${at}[${i}]`, strict)) : fail(value, at, 'a list') }
}

interface Optional<T> extends Shape<T> {
  readonly optional: true
}

/** A field that may be absent. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: true, read: shape.read.bind(shape) }
}

type Fields = Readonly<Record<string, Shape<unknown>>>
type Needed<F extends Fields> = { [K in keyof F]: F[K] extends Optional<unknown> ? never : K }[keyof F]
type ObjectOf<F extends Fields> = { readonly [K in Needed<F>]: Infer<F[K]> } & { readonly [K in Exclude<keyof F, Needed<F>>]?: Infer<F[K]> | undefined }

export function object<F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  return {
    read(value, at, strict) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(value, at, 'an object')
      const given = value as Readonly<Record<string, unknown>>
      if (strict) for (const name of Object.keys(given)) if (!(name in fields)) fail(given[name], `${at}.${name}`, 'a field that is known')
      const read: Record<string, unknown> = {}
      for (const [name, shape] of Object.entries(fields)) {
        if (given[name] === undefined && 'optional' in shape) continue
        read[name] = shape.read(given[name], `${at}.${name}`, strict)
      }
      return read as ObjectOf<F>
    },
  }
}

/** Values of any names. */
export function record<T>(of: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    read(value, at, strict) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(value, at, 'an object')
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, of.read(item, `${at}.${name}`, strict)]))
    },
  }
}

/** Whatever it is: another shape checks it. */
export const unchecked: Shape<unknown> = { read: (value) => value }

type Variant<V extends Readonly<Record<string, Shape<object>>>> = { [K in keyof V]: { readonly type: K } & Infer<V[K]> }[keyof V]

/** One of several messages, told apart by their `type`. */
export function variant<V extends Readonly<Record<string, Shape<object>>>>(variants: V): Shape<Variant<V>> {
  return {
    read(value, at, strict) {
      const type = (value as { readonly type?: unknown } | null | undefined)?.type
      const shape = typeof type === 'string' && Object.hasOwn(variants, type) ? variants[type] : undefined
      if (shape === undefined) return fail(type, `${at}.type`, `one of ${Object.keys(variants).join(', ')}`)
      const { type: _, ...fields } = value as Record<string, unknown>
      return { type, ...shape.read(fields, at, strict) } as Variant<V>
    },
  }
}

const arrays = { u8: Uint8Array, i32: Int32Array, f32: Float32Array, f64: Float64Array } as const

interface Arrays {
  readonly u8: Uint8Array<ArrayBuffer>
  readonly i32: Int32Array<ArrayBuffer>
  /** As numbers, which are exact up to 2^53: more than is ever counted here. */
  readonly i64: Float64Array<ArrayBuffer>
  readonly f32: Float32Array<ArrayBuffer>
  readonly f64: Float64Array<ArrayBuffer>
}

/** Numbers in C order. */
export interface Tensor<D extends keyof Arrays = keyof Arrays> {
  readonly shape: readonly number[]
  readonly data: Arrays[D]
}

const wire = object({ dtype: text, shape: list(whole), base64: text })

/** `{dtype, shape, base64}`, little-endian, as the daemon sends it; or what was read from that, as pages get it. */
export function tensor<D extends keyof Arrays>(dtype: D, rank = 1): Shape<Tensor<D>> {
  return {
    read(value, at, strict) {
      const given = (value as { readonly data?: unknown } | null | undefined)?.data
      if (given instanceof (dtype === 'i64' ? Float64Array : arrays[dtype as keyof typeof arrays])) {
        const { shape } = object({ shape: list(whole) }).read(value, at, false)
        return shape.length === rank && given.length === size(shape) ? { shape, data: given as Arrays[D] } : fail(shape, `${at}.shape`, `${rank} axes of ${given.length} values`)
      }
      const sent = wire.read(value, at, strict)
      if (sent.dtype !== dtype || sent.shape.length !== rank) return fail(value, at, `a tensor of ${dtype} with ${rank} axes`)
      const bytes = Uint8Array.from(atob(sent.base64), (c) => c.charCodeAt(0)).buffer
      const data = dtype === 'i64' ? Float64Array.from(new BigInt64Array(bytes), Number) : new arrays[dtype as keyof typeof arrays](bytes)
      if (data.length !== size(sent.shape)) return fail(value, at, 'a tensor with as many values as its shape says')
      return { shape: sent.shape, data: data as Arrays[D] }
    },
  }
}

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

function primitive<T>(type: 'string' | 'boolean' | 'number'): Shape<T> {
  return { read: (value, at) => typeof value === type ? value as T : fail(value, at, `a ${type}`) }
}

function fail(value: unknown, at: string, wanted: string): never {
  throw new ShapeError(`${at} is ${value === undefined ? 'missing' : JSON.stringify(value)?.slice(0, 80)} and should be ${wanted}`)
}
