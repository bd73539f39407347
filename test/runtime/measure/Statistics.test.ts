import { describe, expect, it } from "vitest"
import { bootstrap, mean, normal, wilson } from "../../../src/runtime/measure/Statistics.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"

const random = makeRandom(0)

describe("Wilson's interval", () => {
  // the values of scipy.stats.binomtest(k, n).proportion_ci(0.95, "wilson")
  const cases: ReadonlyArray<readonly [number, number, number, number]> = [
    [8, 10, 0.4901624715366418, 0.9433178485456248],
    [0, 10, 0, 0.27753279986288926],
    [10, 10, 0.7224672001371109, 1],
    [1990, 2048, 0.9635647653948115, 0.9780284516125232],
    [1, 1, 0.20654931437723745, 1]
  ]
  it.each(cases)("of %i in %i", (successes, n, low, high) => {
    const found = wilson(successes, n)
    expect(found.mean).toBe(successes / n)
    expect(found.n).toBe(n)
    expect(found.low).toBeCloseTo(low, 12)
    expect(found.high).toBeCloseTo(high, 12)
    expect(found.low).toBeGreaterThanOrEqual(0)
    expect(found.high).toBeLessThanOrEqual(1)
  })

  it("of nothing is not a number", () => expect(wilson(0, 0)).toEqual({ mean: NaN, low: NaN, high: NaN, n: 0 }))
})

describe("the normal interval", () => {
  it("is mean and 1.96 standard errors, the deviation with n - 1", () => {
    // scipy.stats.norm.interval(0.95, mean, std(ddof=1) / sqrt(n))
    const found = normal([1, 2, 3, 4])
    expect([found.mean, found.n]).toEqual([2.5, 4])
    expect(found.low).toBeCloseTo(1.23484868811834, 12)
    expect(found.high).toBeCloseTo(3.76515131188166, 12)
    const steps = normal(Int32Array.of(80, 12, 12, 80, 20))
    expect(steps.low).toBeCloseTo(9.303677582040617, 11)
    expect(steps.high).toBeCloseTo(72.29632241795937, 11)
  })

  it("has no width where all agree and no bounds below two values", () => {
    expect(normal([3, 3, 3])).toEqual({ mean: 3, low: 3, high: 3, n: 3 })
    expect(normal([3])).toEqual({ mean: 3, low: NaN, high: NaN, n: 1 })
    expect(normal([])).toEqual({ mean: NaN, low: NaN, high: NaN, n: 0 })
  })
})

it("the mean of nothing is not a number", () => {
  expect(mean([])).toBeNaN()
  expect(mean([1, 2, 6])).toBe(3)
})

/** The quantile of the bootstrap distribution itself: the means of all n^n resamples, listed. */
const exact = (values: ReadonlyArray<number>, q: number): number => {
  let sums: ReadonlyArray<number> = [0]
  for (const _ of values) sums = sums.flatMap((sum) => values.map((value) => sum + value))
  const means = sums.map((sum) => sum / values.length).sort((a, b) => a - b)
  return means[Math.round(q * (means.length - 1))] ?? NaN
}

describe("the bootstrap over seeds", () => {
  it("of two values runs from the one to the other, and is their mean at a low level", () => {
    // a quarter of the resamples are 0, half 0.5, a quarter 1
    expect(bootstrap([0, 1], random)).toEqual({ mean: 0.5, low: 0, high: 1, n: 2 })
    expect(bootstrap([0, 1], random, 0.4)).toEqual({ mean: 0.5, low: 0.5, high: 0.5, n: 2 })
  })

  it("of three values has the quantiles of the 27 resamples", () => {
    // P(mean = 0) = 1/27 and P(mean <= 1/3) = 4/27
    expect(bootstrap([0, 1, 2], random)).toEqual({ mean: 1, low: 0, high: 2, n: 3 })
    const found = bootstrap([2, 0, 1], random, 0.9)
    expect(found.low).toBeCloseTo(1 / 3, 12)
    expect(found.high).toBeCloseTo(5 / 3, 12)
  })

  it("of five values has the quantiles of all 3125 resamples", () => {
    const values = [0.91, 0.95, 0.97, 0.99, 0.96]
    for (const level of [0.9, 0.95]) {
      const found = bootstrap(values, random, level)
      // the exact means lie 0.002 apart there
      expect(Math.abs(found.low - exact(values, (1 - level) / 2))).toBeLessThan(0.0021)
      expect(Math.abs(found.high - exact(values, (1 + level) / 2))).toBeLessThan(0.0021)
    }
    expect(bootstrap(values, random).mean).toBeCloseTo(0.956, 12)
  })

  it("has no width where all agree and no bounds below two values", () => {
    expect(bootstrap([0.5, 0.5, 0.5], random)).toEqual({ mean: 0.5, low: 0.5, high: 0.5, n: 3 })
    expect(bootstrap([0.5], random)).toEqual({ mean: 0.5, low: NaN, high: NaN, n: 1 })
    expect(bootstrap([], random)).toEqual({ mean: NaN, low: NaN, high: NaN, n: 0 })
  })

  it("gives the same interval whenever it is asked", () => {
    const values = [0.91, 0.95, 0.97, 0.99, 0.96]
    expect(bootstrap(values, makeRandom(3))).toEqual(bootstrap(values, makeRandom(3)))
  })
})
