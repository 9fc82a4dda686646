// Bulk numbers of the daemon, `{dtype, shape, base64}` little-endian, become typed arrays once, here, and travel to pages as such.
import { integer, list, Malformed, type Numbers } from '../webview/validate.ts'

const READERS: Record<string, (view: DataView) => Numbers> = {
  u8: (v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength),
  i16: (v) => read(new Int16Array(v.byteLength / 2), (i) => v.getInt16(2 * i, true)),
  i32: (v) => read(new Int32Array(v.byteLength / 4), (i) => v.getInt32(4 * i, true)),
  i64: (v) => read(new Float64Array(v.byteLength / 8), (i) => Number(v.getBigInt64(8 * i, true))),
  f32: (v) => read(new Float32Array(v.byteLength / 4), (i) => v.getFloat32(4 * i, true)),
  f64: (v) => read(new Float64Array(v.byteLength / 8), (i) => v.getFloat64(8 * i, true)),
}

function read<A extends Numbers>(into: A, at: (i: number) => number): A {
  for (let i = 0; i < into.length; i++) into[i] = at(i)
  return into
}

/** Replaces each `{dtype, shape, base64}` of a result from the daemon by a `Tensor`, once; everything else stays. */
export function decodeTensors(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeTensors)
  if (typeof value !== 'object' || value === null) return value
  const { dtype, shape, base64 } = value as Record<string, unknown>
  if (typeof dtype === 'string' && typeof base64 === 'string') {
    const reader = READERS[dtype]
    if (!reader) throw new Malformed(`tensor: dtype ${dtype} is unknown`)
    const bytes = Buffer.from(base64, 'base64')
    return { shape: list(integer)(shape, 'tensor.shape'), data: reader(new DataView(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))) }
  }
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, decodeTensors(element)]))
}
