/** Power against scipy 1.17: `nct.sf(t.isf(alpha, df), df, effect * sqrt(n))`. */
import { describe, expect, it } from "vitest"
import { critical, effectFor, noncentralAbove, normalBelow, power, seedsFor } from "../../../src/dsl/check/Power.ts"
import { program } from "./Files.ts"

const design = { method: "paired_t", two: true, seeds: 5, alpha: 0.025, effect: 2 } as const

describe("distributions", () => {
  it("normal", () => {
    expect(normalBelow(1.959963984540054)).toBeCloseTo(0.975, 14)
    expect(normalBelow(-5) / 2.866515718791933e-7).toBeCloseTo(1, 12)
    expect(normalBelow(-8) / 6.22096057427174e-16).toBeCloseTo(1, 10)
    expect(normalBelow(4.001)).toBeCloseTo(0.9999684623210665, 14)
    expect([normalBelow(0), normalBelow(-50), normalBelow(50)]).toEqual([0.5, 0, 1])
  })

  it.each([
    [2, 3, 1, 0.25637013159233457],
    [1, 1, 2, 0.848886553084377],
    [3.7, 4, 4.47, 0.7370807022896035],
    [2, 40, 2.5, 0.6915789625025869],
    [2.896459, 8, 0, 0.010000006866439991]
  ])("noncentral t: above %d with %d degrees and noncentrality %d", (at, df, shift, expected) => {
    expect(noncentralAbove(at, df, shift)).toBeCloseTo(expected, 5)
  })
})

describe("critical values", () => {
  it("are those of halving alone, to the last bit, from fewer calls", () => {
    const halving = (above: (x: number) => number, alpha: number): number => {
      let high = 1
      while (above(high) > alpha && high < 1e7) high *= 2
      let low = 0
      for (let k = 0; k < 60; k++) {
        const middle = (low + high) / 2
        if (above(middle) > alpha) low = middle
        else high = middle
      }
      return high
    }
    for (const alpha of [0.25, 0.05, 0.025, 0.01, 0.005]) {
      for (const df of [1, 2, 4, 9, 19, 98]) {
        let calls = 0
        const above = (x: number): number => {
          calls++
          return noncentralAbove(x, df, 0)
        }
        const expected = halving(above, alpha)
        const halved = calls
        calls = 0
        expect(critical(above, alpha), `${alpha} ${df}`).toBe(expected)
        expect(calls).toBeLessThan(halved)
      }
      expect(critical((x) => normalBelow(-x), alpha)).toBe(halving((x) => normalBelow(-x), alpha))
    }
  })
})

describe("power", () => {
  it("of a paired t", () => {
    expect(power(design)).toBeCloseTo(0.9088848641110239, 5)
    expect(power({ ...design, alpha: 0.01 })).toBeCloseTo(0.7274948548974516, 5)
    expect(power({ ...design, seeds: 3 })).toBeCloseTo(0.47074770619294287, 5)
    expect(power({ ...design, two: false, seeds: 10, alpha: 0.05, effect: 0.8 })).toBeCloseTo(0.7544247592493483, 5)
  })

  it("of Welch: two samples have twice the degrees, one has not", () => {
    expect(power({ ...design, method: "welch", seeds: 4, effect: 1.5 })).toBeCloseTo(0.706709825249879, 5)
    expect(power({ ...design, method: "welch", seeds: 4, effect: 1.5, two: false })).toBeCloseTo(0.5327865942664031, 5)
  })

  it("of the bootstrap comes near what a simulation of it gives", () => {
    // 1500 studies of 2000 resamples each: 92.6 %, 98.8 %, and 88.8 % for an effect of 1 and 10 seeds
    expect(Math.abs(power({ ...design, method: "bootstrap", seeds: 3 }) - 0.926)).toBeLessThan(0.03)
    expect(Math.abs(power({ ...design, method: "bootstrap", seeds: 5 }) - 0.988)).toBeLessThan(0.03)
    expect(Math.abs(power({ ...design, method: "bootstrap", seeds: 10, effect: 1 }) - 0.888)).toBeLessThan(0.03)
  })

  it("is none of one seed, nor of a sign flip whose least p is too large", () => {
    expect(power({ ...design, seeds: 1, effect: 1e6 })).toBe(0)
    expect(power({ ...design, method: "sign_flip", alpha: 0.03, effect: 100 })).toBe(0)
    expect(power({ ...design, method: "sign_flip", alpha: 0.04, effect: 100 })).toBeCloseTo(1, 6)
  })

  it("is the level itself where there is no effect", () => {
    expect(power({ ...design, effect: 0 })).toBeCloseTo(0.025, 6)
  })

  it("says how many seeds, and how large an effect", () => {
    const { seeds: _, ...without } = design
    expect(seedsFor({ ...without, alpha: 0.01, effect: 1 }, 0.8, 100)).toBe(13)
    expect(seedsFor({ ...without, method: "welch", effect: 0.8 }, 0.8, 100)).toBe(14)
    expect(seedsFor({ ...without, effect: 0.01 }, 0.8, 100)).toBeUndefined()
    expect(seedsFor({ ...without, effect: 0 }, 0.8, 100)).toBeUndefined()
    const effect = effectFor({ method: "paired_t", two: true, alpha: 0.025, seeds: 5 }, 0.8) ?? 0
    expect(power({ ...design, effect })).toBeGreaterThanOrEqual(0.8)
    expect(power({ ...design, effect: effect * 0.999 })).toBeLessThan(0.8)
    expect(effectFor({ method: "sign_flip", two: true, alpha: 0.01, seeds: 3 }, 0.8)).toBeUndefined()
  })
})

describe("of a file", () => {
  const file = (claim: string) => `use std.ppo
environment map = MapTalk { }
agent ai plays map.navigator { sees heading, human.message policy gru(8) }
agent human plays map.guide { sees full says { N, E, S, W } policy gru(8) prior compass(2) }
objective both = ppo(ai) + ppo(human)
stage train(objective o) { repeat 2 times { rollout 8 environments update human, ai jointly } }
stage test after train { play 256 episodes on map measure success, steps }
study main { seeds 1, 2, 3 }
claim better: ${claim}
`
  const powerOf = (claim: string) => program(file(claim)).claims[0]?.power

  it("the spread of training and the binomial spread of the episodes add up", () => {
    const found = powerOf("success(both) >= 90 % with p < 0.01")
    // 0.1 sqrt(0.9 0.1) by training, and with 256 episodes sqrt(0.03^2 + 0.09 / 256)
    expect(found?.spread).toBeCloseTo(0.03, 12)
    expect(found?.difference).toBeCloseTo(0.06, 12)
    expect(found?.margin).toBeCloseTo(0.03537742924521226, 12)
    expect(found?.power).toBeCloseTo(0.17391266126648203, 5)
  })

  it("what is stated is used", () => {
    expect(powerOf("success(both) >= 90 % with p < 0.01 assuming difference 5 %, spread 1 %")).toMatchObject({
      difference: 0.05,
      spread: 0.01,
      stated: true
    })
    expect(powerOf("steps(both) <= 20 assuming spread 2 steps")).toMatchObject({ difference: 4, spread: 2, margin: 2 })
  })

  it("a share cannot lie beyond all of it", () => {
    expect(powerOf("success(both) >= 99 %")?.difference).toBeCloseTo(0.01, 12)
  })
})
