import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fnv1a, makeRandom } from "../../../src/runtime/random/Random.ts"
import type { Address, Random } from "../../../src/runtime/random/Random.ts"

const address = { stage: "train", purpose: "map", step: 3 }

const kinds = ["uniform", "gumbel", "normal"] as const

const drawn = (random: Random, kind: (typeof kinds)[number], at: Address, n: number, first = 0): Float32Array => {
  const out = new Float32Array(n)
  random[kind](at, out, first)
  return out
}

const wordsOf = (random: Random, at: Address, n: number, first = 0): Array<number> => {
  const out = new Uint32Array(n)
  random.words(at, out, first)
  return Array.from(out)
}

/** Pearson's statistic of counts against equal expectations. */
const chiSquare = (counts: ReadonlyArray<number>): number => {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

// Worked out with big integers from the layout in Random.ts: these bits are a contract.
describe("golden words", () => {
  it("holds the words of an address", () => {
    expect(wordsOf(makeRandom(13), address, 8)).toEqual([
      0xaac47104, 0x7f5aa115, 0x9ed1ff6a, 0xea29ecf0, 0xd6f6c688, 0x27120775, 0x93eb8277, 0x99b8bf40
    ])
  })

  it("uses the whole seed, the whole step and UTF-8 names", () => {
    expect(wordsOf(makeRandom(2 ** 52 + 5), { stage: "é", purpose: "日本", step: 0xffffffff }, 4)).toEqual([
      0x3a735df8, 0x8dbf3e0e, 0xc357ec95, 0xeddc25fd
    ])
  })

  it("holds the last words of a stream", () => {
    expect(wordsOf(makeRandom(13), address, 4, 2 ** 34 - 4)).toEqual([0xc367aef3, 0x9fff6790, 0x0ab23607, 0xdc04b53e])
  })

  it("makes uniforms from the upper bits of the words", () => {
    expect(Array.from(drawn(makeRandom(13), "uniform", address, 4), (u) => u * 2 ** 24)).toEqual([
      11191409, 8346273, 10408447, 15346157
    ])
  })
})

describe("fnv1a", () => {
  it("answers as published", () => {
    expect(fnv1a("")).toBe(0x811c9dc5)
    expect(fnv1a("a")).toBe(0xe40c292c)
    expect(fnv1a("foobar")).toBe(0xbf9cf968)
  })
})

describe("addressing", () => {
  it("fills in pieces as it fills at once", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 9 }),
        (pieces, start) => {
          const random = makeRandom(7)
          const total = pieces.reduce((a, b) => a + b, 0)
          const words = wordsOf(random, address, total, start)
          for (const kind of kinds) {
            const whole = drawn(random, kind, address, total, start)
            let at = 0
            for (const piece of pieces) {
              expect(drawn(random, kind, address, piece, start + at)).toEqual(whole.slice(at, at + piece))
              expect(wordsOf(random, address, piece, start + at)).toEqual(words.slice(at, at + piece))
              at += piece
            }
          }
        }
      ),
      { numRuns: 30, seed: 1 }
    )
  })

  it("does not depend on what was drawn before", () => {
    const used = makeRandom(7)
    drawn(used, "normal", { stage: "test", purpose: "x", step: 0 }, 333)
    expect(wordsOf(used, address, 10)).toEqual(wordsOf(makeRandom(7), address, 10))
  })

  it("gives other words at another seed, stage, purpose or step", () => {
    const streams = [
      wordsOf(makeRandom(7), address, 4),
      wordsOf(makeRandom(8), address, 4),
      wordsOf(makeRandom(7 + 2 ** 32), address, 4),
      wordsOf(makeRandom(7), { ...address, stage: "test" }, 4),
      wordsOf(makeRandom(7), { ...address, purpose: "noise" }, 4),
      wordsOf(makeRandom(7), { ...address, step: 4 }, 4),
      // The two names are hashed apart: moving a letter from one to the other is another address.
      wordsOf(makeRandom(7), { ...address, stage: "trainm", purpose: "ap" }, 4),
      wordsOf(makeRandom(7), { ...address, stage: "map", purpose: "train" }, 4)
    ]
    expect(new Set(streams.flat()).size).toBe(32)
  })

  it("refuses what has no address", () => {
    expect(() => makeRandom(-1)).toThrow(RangeError)
    expect(() => makeRandom(0.5)).toThrow(RangeError)
    expect(() => makeRandom(2 ** 53)).toThrow(RangeError)
    expect(() => wordsOf(makeRandom(1), { ...address, step: -1 }, 1)).toThrow(RangeError)
    expect(() => wordsOf(makeRandom(1), { ...address, step: 2 ** 32 }, 1)).toThrow(RangeError)
    expect(() => wordsOf(makeRandom(1), address, 1, -1)).toThrow(RangeError)
    expect(() => wordsOf(makeRandom(1), address, 5, 2 ** 34 - 4)).toThrow(RangeError)
  })
})

// Seeds are fixed, so these either always hold or always fail. Bounds are about four standard errors.
describe("distributions", () => {
  const n = 200_000

  it("uniform numbers are odd multiples of 2^-24 strictly inside (0, 1)", () => {
    const u = drawn(makeRandom(1), "uniform", address, n)
    expect(u.every((x) => x > 0 && x < 1 && (x * 2 ** 24) % 2 === 1)).toBe(true)
  })

  it("uniform numbers fill 64 bins evenly and neighbours are independent", () => {
    const u = drawn(makeRandom(2), "uniform", address, n)
    const counts = Array.from({ length: 64 }, () => 0)
    const pairs = Array.from({ length: 64 }, () => 0)
    for (let i = 0; i < n; i++) {
      counts[Math.floor(u[i]! * 64)]! += 1
      if (i % 2 === 1) {
        pairs[Math.floor(u[i - 1]! * 8) * 8 + Math.floor(u[i]! * 8)]! += 1
      }
    }
    // 99.9 % quantile of chi-square with 63 degrees of freedom: 103.4.
    expect(chiSquare(counts)).toBeLessThan(103.4)
    expect(chiSquare(pairs)).toBeLessThan(103.4)
    expect(Math.abs(u.reduce((a, b) => a + b, 0) / n - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n))
  })

  it("the same position of successive steps is evenly distributed", () => {
    const counts = Array.from({ length: 16 }, () => 0)
    const one = new Float32Array(1)
    const random = makeRandom(3)
    for (let step = 0; step < 20_000; step++) {
      random.uniform({ ...address, step }, one)
      counts[Math.floor(one[0]! * 16)]! += 1
    }
    // 99.9 % quantile with 15 degrees of freedom: 37.7.
    expect(chiSquare(counts)).toBeLessThan(37.7)
  })

  it("Gumbel numbers have mean 0.5772 and variance pi^2 / 6", () => {
    const g = drawn(makeRandom(4), "gumbel", address, n)
    const mean = g.reduce((a, b) => a + b, 0) / n
    const variance = g.reduce((a, b) => a + (b - mean) ** 2, 0) / n
    expect(mean).toBeCloseTo(0.5772, 1)
    expect(Math.abs(mean - 0.5772)).toBeLessThan(0.012)
    expect(Math.abs(variance - Math.PI ** 2 / 6)).toBeLessThan(0.035)
  })

  it("normal numbers have the moments 0, 1, 0, 3 and neighbours are uncorrelated", () => {
    const z = drawn(makeRandom(5), "normal", address, n)
    const moment = (k: number): number => z.reduce((a, b) => a + b ** k, 0) / n
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n))
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n))
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n))
    let product = 0
    for (let i = 0; i < n; i += 2) {
      product += z[i]! * z[i + 1]!
    }
    expect(Math.abs(product / (n / 2))).toBeLessThan(4 / Math.sqrt(n / 2))
  })

  it("permutations hold every number once and all 24 orders of four come equally often", () => {
    const random = makeRandom(6)
    const counts = new Map<string, number>()
    for (let step = 0; step < 24_000; step++) {
      const order = random.permutation({ ...address, step }, 4).join("")
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    // 99.9 % quantile with 23 degrees of freedom: 49.7.
    expect(chiSquare(Array.from(counts.values()))).toBeLessThan(49.7)
    expect(Array.from(random.permutation(address, 1000)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i)
    )
    expect(random.permutation(address, 0)).toEqual(new Int32Array(0))
    expect(random.permutation(address, 1)).toEqual(new Int32Array([0]))
  })
})
