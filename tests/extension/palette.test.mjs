// Ramps must say the same to people who see colours differently, on light and on dark.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './bundle.mjs'

const { divergingRamp, parseColour, toOklab, luminance, ratioLevel, tint, opacity } = await load('charts/palette.ts')

/** How full protanopia, deuteranopia and tritanopia change linear RGB (Machado, Oliveira and Fernandes 2009, severity 1.0). */
const SEEN = {
  everyone: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
const gamma = (v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055)
const seen = (colour, matrix) => {
  const rgb = parseColour(colour).map(linear)
  return toOklab(matrix.map((row) => gamma(Math.max(0, Math.min(1, row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2])))))
}
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])

for (const kind of ['light', 'dark', 'contrast-dark', 'contrast-light'])
  for (const [eyes, matrix] of Object.entries(SEEN))
    test(`the diverging ramp, ${kind}, ${eyes}: three distinct ends, and each step away from the middle is farther`, () => {
      const ramp = divergingRamp(kind).map((colour) => seen(colour, matrix))
      const middle = ramp[32]
      assert.ok(distance(ramp[0], ramp[64]) > 0.15, `ends ${distance(ramp[0], ramp[64])}`)
      assert.ok(distance(ramp[0], middle) > 0.25 && distance(ramp[64], middle) > 0.25)
      for (let i = 1; i <= 32; i++) {
        assert.ok(distance(ramp[32 - i], middle) > distance(ramp[33 - i], middle) - 1e-3, `below, ${i}`)
        assert.ok(distance(ramp[32 + i], middle) > distance(ramp[31 + i], middle) - 1e-3, `above, ${i}`)
      }
    })

test('the middle of the ramp is near the background, so that only what deviates stands out', () => {
  assert.ok(luminance(parseColour(divergingRamp('light')[32])) > 0.8)
  assert.ok(luminance(parseColour(divergingRamp('dark')[32])) < 0.05)
})

test('a ratio is shown on a log scale from a quarter to four times', () => {
  assert.deepEqual([0, 0.1, 0.25, 0.5, 1, 2, 4, 9].map(ratioLevel), [0, 0, 0, 16, 32, 48, 64, 64])
})

test('colours of the workbench are read in each of their forms', () => {
  assert.deepEqual(parseColour('#1a85ff'), [26 / 255, 133 / 255, 1])
  assert.deepEqual(parseColour('#fff'), [1, 1, 1])
  assert.deepEqual(parseColour('rgba(255, 0, 51, 0.5)'), [1, 0, 0.2])
  assert.equal(opacity('#ffffff80'), 128 / 255)
  assert.equal(opacity(tint('#ffffff', 0.25)), 0.25)
  assert.equal(opacity('#123456'), 1)
})
