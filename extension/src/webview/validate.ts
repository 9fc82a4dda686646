// Checks what came from another process, once, at the door. A shape is a function that returns its argument with a type, or throws with the path to what is wrong.

export type Shape<T> = (value: unknown, path: string) => T
export type Of<S> = S extends Shape<infer T> ? T : never

/** What does not have the shape that was agreed on; the message names the place. */
export class Malformed extends Error {}

const wrong = (path: string, wanted: string, value: unknown): never => {
  throw new Malformed(`${path}: ${wanted} expected, not ${value === null ? 'null' : typeof value}`)
}

export const text: Shape<string> = (value, path) => (typeof value === 'string' ? value : wrong(path, 'text', value))
export const number: Shape<number> = (value, path) => (typeof value === 'number' && Number.isFinite(value) ? value : wrong(path, 'a number', value))
export const integer: Shape<number> = (value, path) => (Number.isSafeInteger(value) ? (value as number) : wrong(path, 'an integer', value))
export const boolean: Shape<boolean> = (value, path) => (typeof value === 'boolean' ? value : wrong(path, 'true or false', value))
export const anything: Shape<unknown> = (value) => value

export const list = <T>(item: Shape<T>): Shape<T[]> => (value, path) =>
  Array.isArray(value) ? value.map((element, i) => item(element, `${path}[${i}]`)) : wrong(path, 'a list', value)

/** Absent, undefined and null are all "unknown". */
export const maybe = <T>(shape: Shape<T>): Shape<T | undefined> => (value, path) => (value === undefined || value === null ? undefined : shape(value, path))

export const one = <const T extends string>(...words: T[]): Shape<T> => (value, path) =>
  words.includes(value as T) ? (value as T) : wrong(path, words.join(' | '), value)

/** Known keys are checked and kept; keys that a newer side adds are left out. */
export const object = <S extends Record<string, Shape<unknown>>>(shapes: S): Shape<{ [K in keyof S]: Of<S[K]> }> => (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(path, 'an object', value)
  const given = value as Record<string, unknown>
  return Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, shape(given[key], `${path}.${key}`)])) as { [K in keyof S]: Of<S[K]> }
}

export const record = <T>(item: Shape<T>): Shape<Record<string, T>> => (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(path, 'an object', value)
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, item(element, `${path}.${key}`)]))
}

/** One of several messages, told apart by their `type`. */
export const variant = <S extends Record<string, Shape<unknown>>>(shapes: S): Shape<{ [K in keyof S]: { type: K } & Of<S[K]> }[keyof S]> => (value, path) => {
  const type = (value as { type?: unknown } | null | undefined)?.type
  const shape = typeof type === 'string' && Object.hasOwn(shapes, type) ? shapes[type] : undefined
  return (shape ? { type, ...(shape(value, path) as object) } : wrong(`${path}.type`, Object.keys(shapes).join(' | '), type)) as { [K in keyof S]: { type: K } & Of<S[K]> }[keyof S]
}

export type Numbers = Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array

/** A tensor as the extension posts it: C order; counts (64 bits on the wire) are float64, exact below 2^53. */
export interface Tensor {
  shape: number[]
  data: Numbers
}

const isNumbers = (data: unknown): data is Numbers =>
  data instanceof Uint8Array || data instanceof Int16Array || data instanceof Int32Array || data instanceof Float32Array || data instanceof Float64Array

/** A tensor of `rank` dimensions whose data are as long as its shape says. */
export const tensor = (rank: number): Shape<Tensor> => (value, path) => {
  const { shape, data } = object({ shape: list(integer), data: anything })(value, path)
  if (shape.length !== rank) wrong(path, `a tensor of rank ${rank}`, value)
  if (!isNumbers(data) || data.length !== shape.reduce((size, n) => size * n, 1)) return wrong(`${path}.data`, `numbers of shape [${shape.join(', ')}]`, data)
  return { shape, data }
}
