import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeChannel } from "../../../src/runtime/agent/Channel.ts"
import { symbols } from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"

const channel = makeChannel(symbols)
const clean = { flip: 0, drift: 0 }

/** How often each token is heard, as a share of `n`, when `token` is sent. */
const shares = (token: number, noise: { flip: number; drift: number }, n = 40_000): Array<number> => {
  const uniforms = new Float32Array(2 * n)
  makeRandom(5).uniform({ stage: "test", purpose: "channel", step: token }, uniforms)
  const heard = new Int32Array(n)
  channel.transmit(new Int32Array(n).fill(token), noise, uniforms, heard)
  const counts = Array.from({ length: channel.silence + 1 }, () => 0)
  for (const one of heard) {
    counts[one]! += 1
  }
  return counts.map((count) => count / n)
}

describe("MapTalk's vocabulary", () => {
  it("has twelve symbols, four of them counts, and silence after them", () => {
    expect([channel.symbols.length, channel.silence]).toEqual([12, 12])
    expect(channel.counts).toEqual([4, 5, 6, 7])
  })
})

describe("hear", () => {
  it("hears what is said through a clean channel", () => {
    for (let token = 0; token <= 12; token++) {
      expect(channel.hear(token, clean, 0.000001, 0.000001)).toBe(token)
    }
  })

  it("never corrupts silence", () => {
    expect(channel.hear(12, { flip: 1, drift: 1 }, 0.5, 0.5)).toBe(12)
  })

  it("replaces by the other symbols in order of the second number", () => {
    const heard = (token: number): Array<number> =>
      Array.from({ length: 11 }, (_, k) => channel.hear(token, { flip: 0.1, drift: 1 }, 0.05, (k + 0.5) / 11))
    expect(heard(0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(heard(5)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11])
    expect(heard(11)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    // The largest number that a uniform stream gives.
    expect(channel.hear(11, { flip: 1, drift: 0 }, 0.5, 1 - 2 ** -24)).toBe(10)
    expect(channel.hear(0, { flip: 1, drift: 0 }, 0.5, 1 - 2 ** -24)).toBe(11)
  })

  it("drifts counts down, up or not at all, and holds at the ends", () => {
    const drift = (token: number, second: number): number => channel.hear(token, { flip: 0.1, drift: 0.2 }, 0.5, second)
    expect([4, 5, 6, 7].map((token) => drift(token, 0.05))).toEqual([4, 4, 5, 6])
    expect([4, 5, 6, 7].map((token) => drift(token, 0.15))).toEqual([5, 6, 7, 7])
    expect([4, 5, 6, 7].map((token) => drift(token, 0.25))).toEqual([4, 5, 6, 7])
    expect([0, 3, 8, 11, 12].map((token) => drift(token, 0.05))).toEqual([0, 3, 8, 11, 12])
  })
})

describe("transmit", () => {
  it("flips a direction with probability eps to each other symbol alike", () => {
    const heard = shares(1, { flip: 0.11, drift: 0.5 })
    heard.forEach((share, token) =>
      // Four standard errors: sqrt(0.01 / 40000) = 0.0005, sqrt(0.1 / 40000) = 0.0016.
      expect(Math.abs(share - (token === 12 ? 0 : token === 1 ? 0.89 : 0.01))).toBeLessThan(
        token === 1 ? 0.0064 : 0.002
      )
    )
  })

  it("drifts a count only when it was not flipped", () => {
    // Count 2 (token 5): flipped 11 %, 1 % to each other; else drifts 20 %: 8.9 % to each neighbour, and 71.2 % stay.
    const heard = shares(5, { flip: 0.11, drift: 0.2 })
    expect(Math.abs(heard[4]! - 0.099)).toBeLessThan(0.006)
    expect(Math.abs(heard[5]! - 0.712)).toBeLessThan(0.009)
    expect(Math.abs(heard[6]! - 0.099)).toBeLessThan(0.006)
    expect(Math.abs(heard[7]! - 0.01)).toBeLessThan(0.002)
    // Count 4 (token 7) holds at the end: 71.2 % + 8.9 % stay.
    expect(Math.abs(shares(7, { flip: 0.11, drift: 0.2 })[7]! - 0.801)).toBeLessThan(0.008)
  })

  it("hears each token with its own two numbers", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.integer({ min: 0, max: 12 }),
            fc.double({ min: 0, max: 0.999, noNaN: true }),
            fc.double({ min: 0, max: 0.999, noNaN: true })
          )
        ),
        (said) => {
          const noise = { flip: 0.4, drift: 0.6 }
          const uniforms = Float32Array.from(said.flatMap(([, first, second]) => [first, second]))
          const sent = Int32Array.from(said, ([token]) => token)
          const heard = new Int32Array(said.length)
          channel.transmit(sent, noise, uniforms, heard)
          said.forEach(([token], i) => {
            expect(heard[i]).toBe(channel.hear(token, noise, uniforms[2 * i]!, uniforms[2 * i + 1]!))
            expect(heard[i]).toBeGreaterThanOrEqual(0)
            expect(heard[i]! === 12).toBe(token === 12)
          })
          expect(sent).toEqual(Int32Array.from(said, ([token]) => token))
        }
      ),
      { numRuns: 100, seed: 1 }
    )
  })
})

describe("other vocabularies", () => {
  it("order their counts by value, wherever they stand", () => {
    const own = makeChannel(["9", "go", "2", "12", "5"])
    expect(own.counts).toEqual([2, 4, 0])
    const up = [0, 1, 2, 3, 4].map((token) => own.hear(token, { flip: 0, drift: 1 }, 0.5, 0.9))
    expect(up).toEqual([0, 1, 4, 3, 0])
  })

  it("cannot flip a symbol that has no other", () => {
    expect(makeChannel(["hm"]).hear(0, { flip: 1, drift: 1 }, 0.5, 0.5)).toBe(0)
  })

  it("hold each symbol once", () => {
    expect(() => makeChannel(["N", "E", "N"])).toThrow(RangeError)
  })
})
