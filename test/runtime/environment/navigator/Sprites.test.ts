import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  bitmap,
  draw,
  drawAll,
  drawFactors,
  imageCount,
  indexOf,
  levels,
  normalised,
  render,
  sizes
} from "../../../../src/runtime/environment/navigator/Sprites.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"

const area = (factors: ReadonlyArray<number>) => bitmap(factors).reduce((a, b) => a + b, 0)
const shapes = [0, 1, 2]
const scales = [0, 1, 2, 3, 4, 5]
const orientations = Array.from({ length: 40 }, (_, c) => c)

describe("a sprite", () => {
  it("is the same to the last pixel as another program draws it, in all shapes, scales and orientations", () => {
    const packed = Buffer.alloc((3 * 6 * 40 * 64 * 64) / 8)
    let bit = 0
    for (const shape of shapes)
      for (const scale of scales)
        for (const orientation of orientations)
          for (const pixel of bitmap([shape, scale, orientation, 5, 20])) {
            packed[bit >> 3] = (packed[bit >> 3] ?? 0) | (pixel << (7 - (bit & 7)))
            bit++
          }
    expect(createHash("sha256").update(packed).digest("hex")).toBe(
      "29a86db84f128cab1046d8ed4ccf75e4c2c36c79f27d5c8560b67cb1d142ebdf"
    )
  })

  it("has an area of 329, 263 and 266 pixels at scale 1, as a mean over the orientations", () => {
    const means = shapes.map(
      (shape) => orientations.slice(0, 39).reduce((total, c) => total + area([shape, 5, c, 5, 20]), 0) / 39
    )
    expect(means.map(Math.round)).toEqual([329, 263, 266])
  })

  it("is 19 x 19 pixels if it is a square that is not turned, wherever it is", () => {
    for (const [x, y] of [
      [0, 0],
      [31, 0],
      [7, 22]
    ] as const) {
      const image = bitmap([0, 5, 0, x, y])
      // the centre is the pixel (16 + x, 16 + y), the edges 9.05 from it
      const inside = (i: number, j: number) => Math.abs(i - 16 - y) <= 9 && Math.abs(j - 16 - x) <= 9
      expect(image.every((pixel, k) => pixel === (inside(Math.floor(k / 64), k % 64) ? 1 : 0))).toBe(true)
    }
  })

  it("looks the same after a full turn: orientations 0 and 39", () => {
    for (const shape of shapes)
      for (const scale of scales) {
        expect(bitmap([shape, scale, 39, 3, 30])).toEqual(bitmap([shape, scale, 0, 3, 30]))
        // and not after one class
        expect(bitmap([shape, scale, 1, 3, 30])).not.toEqual(bitmap([shape, scale, 0, 3, 30]))
      }
  })

  it("stays off the border in all corners", () => {
    for (const shape of shapes)
      for (const orientation of orientations)
        for (const [x, y] of [
          [0, 0],
          [0, 31],
          [31, 0],
          [31, 31]
        ] as const) {
          const image = bitmap([shape, 5, orientation, x, y])
          for (let i = 0; i < 64; i++)
            expect([image[i], image[63 * 64 + i], image[64 * i], image[64 * i + 63]]).toEqual([0, 0, 0, 0])
        }
  })

  it("points up if it is a heart that is not turned: its two humps are above its tip", () => {
    const image = bitmap([2, 5, 0, 10, 10])
    const row = (i: number) => image.subarray(64 * i, 64 * (i + 1)).reduce((a, b) => a + b, 0)
    const rows = Array.from({ length: 64 }, (_, i) => i).filter((i) => row(i) > 0)
    expect(row(rows[0] ?? 0)).toBeGreaterThan(row(rows.at(-1) ?? 0))
  })

  it("is at half the size the mean of blocks of four, not thresholded", () => {
    // at scale .5 the edges are 4.525 from the centre: rows and columns 12 to 20 of 64, so 6 to 9 of 32 and half of 10
    const image = render([0, 0, 0, 0, 0], 32)
    const row = (i: number) => Array.from(image.subarray(32 * i + 5, 32 * i + 12))
    expect(row(5)).toEqual([0, 0, 0, 0, 0, 0, 0])
    expect(row(6)).toEqual([0, 1, 1, 1, 1, 0.5, 0])
    expect(row(10)).toEqual([0, 0.5, 0.5, 0.5, 0.5, 0.25, 0])
    expect(row(11)).toEqual([0, 0, 0, 0, 0, 0, 0])
    expect(image.reduce((a, b) => a + b, 0)).toBe(81 / 4)
    expect(render([0, 0, 0, 0, 0], 64).reduce((a, b) => a + b, 0)).toBe(81)
    expect([levels(32), levels(64)]).toEqual([4, 1])
  })
})

describe("factors", () => {
  it("are numbered with the last one counting fastest", () => {
    expect(imageCount).toBe(737_280)
    expect(indexOf([1, 2, 3, 4, 5])).toBe(245_760 + 2 * 40_960 + 3 * 1024 + 4 * 32 + 5)
    expect(indexOf([2, 5, 39, 31, 31])).toBe(737_279)
  })

  it("are from 0 to 1 when normalised, but for the shape", () => {
    expect(Array.from(normalised([2, 5, 39, 31, 0]))).toEqual([2, 1, 1, 1, 0])
    expect(Array.from(normalised([1, 1, 13, 0, 31]))).toEqual([1, 0.2, 1 / 3, 0, 1])
  })

  it("that are none are refused by name", () => {
    expect(() => bitmap([0, 6, 0, 0, 0])).toThrow("scale has classes 0 to 5, not 6")
    expect(() => indexOf([0, 0, 0.5, 0, 0])).toThrow("orientation has classes 0 to 39, not 0.5")
    expect(() => normalised([0, 0, 0, 0])).toThrow("y has classes 0 to 31, not undefined")
  })
})

describe("random factors", () => {
  const random = makeRandom(11)
  const address = { stage: "stage", purpose: "pool", step: 0 }

  it("follow from seed and address alone, and begin alike however many there are", () => {
    const many = drawFactors(random, address, 3000)
    expect(drawFactors(makeRandom(11), address, 1500)).toEqual(many.subarray(0, 7500))
    expect(drawFactors(random, { ...address, step: 1 }, 3000)).not.toEqual(many)
  })

  it("take every class about equally often", () => {
    const factors = drawFactors(random, address, 20_000)
    sizes.forEach((size, k) => {
      const counts = new Float64Array(size)
      for (let i = k; i < factors.length; i += 5) counts[factors[i] ?? -1]!++
      const expected = 20_000 / size
      // five standard deviations of a count
      for (const count of counts) expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected))
    })
  })

  it("pass over what is taken and take what they draw", () => {
    const free = drawFactors(random, address, 100)
    const first = indexOf(free.subarray(0, 5))
    const taken = new Set([first])
    const factors = drawFactors(random, address, 99, taken)
    expect(factors).toEqual(free.subarray(5))
    expect(taken.size).toBe(100)
    expect(() => drawFactors(random, address, 737_200, taken)).toThrow("are not left")
  })

  it("are drawn one after the other", () => {
    const factors = Int32Array.from([0, 0, 0, 0, 0, 2, 3, 7, 31, 5])
    const images = drawAll(factors, 32)
    expect(images.subarray(0, 1024)).toEqual(draw([0, 0, 0, 0, 0], 32))
    expect(images.subarray(1024)).toEqual(draw([2, 3, 7, 31, 5], 32))
  })
})
