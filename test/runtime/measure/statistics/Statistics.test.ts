import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { bootstrapOf } from "../../../../src/runtime/measure/statistics/Bootstrap.ts"
import { cohenD, cohenDOfSamples } from "../../../../src/runtime/measure/statistics/CohenD.ts"
import { holm } from "../../../../src/runtime/measure/statistics/Holm.ts"
import { interquartileMean } from "../../../../src/runtime/measure/statistics/InterquartileMean.ts"
import { pairedT } from "../../../../src/runtime/measure/statistics/PairedT.ts"
import { sample } from "../../../../src/runtime/measure/statistics/Sample.ts"
import { signFlip } from "../../../../src/runtime/measure/statistics/SignFlip.ts"
import { spearman } from "../../../../src/runtime/measure/statistics/Spearman.ts"
import { cumulativeT, intervalT } from "../../../../src/runtime/measure/statistics/StudentT.ts"
import { varghaDelaney } from "../../../../src/runtime/measure/statistics/VarghaDelaney.ts"
import { welch } from "../../../../src/runtime/measure/statistics/Welch.ts"
import { bootstrap } from "../../../../src/runtime/measure/Statistics.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"

// Reference values: scipy 1.17.1, the call in a comment beside each.
const left = [0.91, 0.95, 0.88, 0.97, 0.93]
const right = [0.85, 0.72, 0.8, 0.9, 0.77]
const random = makeRandom(13)

describe("Student's t", () => {
  it("has the tails of scipy.stats.t, the far ones to relative precision", () => {
    // scipy.stats.t.cdf
    const reference = [
      [-1, 1, 0.25],
      [-2.5, 4, 0.03338327240599407],
      [-12, 4.4, 7.900049301651018e-5],
      [-0.001, 30, 0.49960436788324253],
      [-40, 7, 7.951089992425182e-10],
      [-40, 4.5, 3.224782606460499e-7],
      [-1000, 12, 3.3677548353459407e-31]
    ]
    for (const [t = 0, df = 0, p = 0] of reference) expect(cumulativeT(t, df) / p).toBeCloseTo(1, 10)
    expect(cumulativeT(-1.3, 6.5)).toBeCloseTo(0.1188983330021931, 12)
    expect(cumulativeT(1.3, 6.5)).toBeCloseTo(0.8811016669978069, 12)
    expect([cumulativeT(-Infinity, 3), cumulativeT(0, 3), cumulativeT(Infinity, 3)]).toEqual([0, 0.5, 1])
    expect(cumulativeT(1, 0)).toBeNaN()
    expect(cumulativeT(NaN, 3)).toBeNaN()
  })

  it("has the quantiles of scipy.stats.t.ppf", () => {
    const reference = [
      [0.95, 4, 2.7764451051977934],
      [0.95, 4.5, 2.6589123472044034],
      [0.95, 5.37, 2.518211793371368],
      [0.99, 1, 63.656741162871526],
      [0.9, 1000, 1.6463788172854643]
    ]
    for (const [level = 0, df = 0, t = 0] of reference) expect(intervalT(level, df)).toBeCloseTo(t, 9)
    expect([intervalT(0, 4), intervalT(1, 4), intervalT(0.95, 0), intervalT(NaN, 4)]).toEqual([NaN, NaN, NaN, NaN])
  })
})

describe("pairedT", () => {
  it("agrees with scipy.stats.ttest_rel", () => {
    const found = pairedT(left.map((value, i) => value - (right[i] ?? NaN)))
    expect(found.mean).toBeCloseTo(0.12, 12)
    expect(found.t).toBeCloseTo(3.6685070430944577, 11)
    expect(found.pGreater).toBeCloseTo(0.010709630599508838, 12)
    expect(found.pLess).toBeCloseTo(0.9892903694004912, 12)
    expect(found.low).toBeCloseTo(0.02918010822661611, 11)
    expect(found.high).toBeCloseTo(0.2108198917733839, 11)
    const narrow = pairedT(
      left.map((value, i) => (right[i] ?? NaN) - value),
      0.5
    )
    expect(narrow.pGreater).toBeCloseTo(0.9892903694004912, 12)
    expect(narrow.low).toBeCloseTo(-0.1442288345229799, 11)
  })

  it("keeps the digits of a p that is next to nothing", () => {
    // 40 standard errors from 0: s / sqrt(n) of these is sqrt(3), seven degrees of freedom
    const far = [-7, -5, -3, -1, 1, 3, 5, 7].map((value) => value + 40 * Math.sqrt(3))
    expect(pairedT(far).pGreater / 7.951089992425182e-10).toBeCloseTo(1, 8)
    expect(pairedT(far.map((value) => -value)).pLess / 7.951089992425182e-10).toBeCloseTo(1, 8)
  })

  it("is undefined below two differences and without spread", () => {
    expect(pairedT([0.1, 0.1, 0.1])).toEqual({
      mean: expect.closeTo(0.1, 12),
      t: NaN,
      pGreater: NaN,
      pLess: NaN,
      low: NaN,
      high: NaN
    })
    expect(pairedT([2])).toEqual({ mean: 2, t: NaN, pGreater: NaN, pLess: NaN, low: NaN, high: NaN })
    expect(pairedT([]).mean).toBeNaN()
    expect(pairedT([1, NaN, 2]).pGreater).toBeNaN()
  })
})

describe("welch", () => {
  it("agrees with scipy.stats.ttest_ind(equal_var=False)", () => {
    const found = welch(left, right)
    expect(found.difference).toBeCloseTo(0.12, 12)
    expect(found.t).toBeCloseTo(3.4384095303675135, 11)
    expect(found.df).toBeCloseTo(5.885762121458578, 11)
    expect(found.p).toBeCloseTo(0.01425422838580883, 12)
    expect(found.pGreater).toBeCloseTo(0.007127114192904415, 12)
    expect(found.low).toBeCloseTo(0.03419973469524236, 11)
    expect(found.high).toBeCloseTo(0.20580026530475742, 11)
    expect(welch(right, left).pGreater).toBeCloseTo(1 - 0.007127114192904415, 12)
  })

  it("works with variance on one side", () => {
    // t of the other side alone: mean 2, s = 1, n = 3 against 0: 2 sqrt 3, two degrees of freedom
    const found = welch([1, 2, 3], [0, 0, 0, 0])
    expect(found.t).toBeCloseTo(2 * Math.sqrt(3), 12)
    expect(found.df).toBeCloseTo(2, 12)
  })

  it("is undefined with one value or without variance", () => {
    expect(welch([1], [1, 2]).t).toBeNaN()
    expect(welch([], []).difference).toBeNaN()
    const constant = welch([0.1, 0.1, 0.1], [0.3, 0.3, 0.3])
    expect([constant.t, constant.p, constant.low]).toEqual([NaN, NaN, NaN])
    expect(constant.difference).toBeCloseTo(-0.2, 12)
  })
})

describe("cohenD", () => {
  it("pools variances by degrees of freedom", () => {
    // (mean_l - mean_r) / sqrt(((n_l - 1) v_l + (n_r - 1) v_r) / (n_l + n_r - 2)) with numpy
    expect(cohenD(left, right)).toBeCloseTo(2.1746411288782475, 12)
    expect(cohenD([...left, 0.5, 0.99], right)).toBeCloseTo(0.48836610465916624, 12)
    expect(cohenD(right, left)).toBeCloseTo(-2.1746411288782475, 12)
  })

  it("reproduces a published value from means and deviations", () => {
    // 85.5 +- 4.5 against 70.3 +- 5.7, published as 2.97
    const d = cohenDOfSamples({ n: 5, mean: 85.5, variance: 4.5 ** 2 }, { n: 5, mean: 70.3, variance: 5.7 ** 2 })
    expect(Math.abs(d - 2.97)).toBeLessThan(0.02)
  })

  it("is undefined without variance or with one value", () => {
    expect(cohenD([0.1, 0.1, 0.1], [0.7, 0.7, 0.7])).toBeNaN()
    expect(cohenD([1], [2])).toBeNaN()
    expect(cohenD([1], [2, 3])).toBeNaN()
    expect(sample([0.1, 0.1, 0.1]).variance).toBe(0)
    expect(sample([NaN, NaN]).variance).toBeNaN()
  })
})

describe("interquartileMean", () => {
  it("agrees with scipy.stats.trim_mean(., 0.25)", () => {
    expect(interquartileMean(left)).toBeCloseTo(0.93, 12)
    expect(interquartileMean([3, 1, 100, 2, 4, -50, 5, 6, 7])).toBe(4)
    expect(interquartileMean([2, 4])).toBe(3)
  })

  it("is undefined of nothing and of NaN", () => {
    expect(interquartileMean([])).toBeNaN()
    expect(interquartileMean([1, 2, 3, 4, NaN])).toBeNaN()
  })
})

describe("superiority", () => {
  it("is U over its maximum", () => {
    // scipy.stats.mannwhitneyu([1, 2, 3, 4], [2, 2, 5]).statistic / 12
    expect(varghaDelaney([1, 2, 3, 4], [2, 2, 5])).toBeCloseTo(0.4166666666666667, 12)
    expect(varghaDelaney(left, left)).toBe(0.5)
    expect(varghaDelaney([2, 3], [0, 1])).toBe(1)
    expect(varghaDelaney([], [1])).toBeNaN()
    expect(varghaDelaney([NaN], [1])).toBeNaN()
  })

  it("of x over y and of y over x add up to 1", () => {
    const values = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(values, values, (x, y) => {
        expect(varghaDelaney(x, y) + varghaDelaney(y, x)).toBeCloseTo(1, 12)
      })
    )
  })
})

describe("holm", () => {
  it("is worked out by hand", () => {
    // sorted .01, .02, .03, .04: times 4, 3, 2, 1, then not decreasing
    expect(holm([0.04, 0.01, 0.03, 0.02])).toEqual([0.06, 0.04, 0.06, 0.06].map((p) => expect.closeTo(p, 12)))
    expect(holm([0.6, 0.7])).toEqual([1, 1])
    expect(holm([])).toEqual([])
  })

  it("counts a claim that could not be tested", () => {
    expect(holm([0.01, NaN, 0.2])).toEqual([expect.closeTo(0.03, 12), NaN, expect.closeTo(0.4, 12)])
  })

  it("keeps the order of p, and never lowers one", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 }), (p) => {
        const adjusted = holm(p)
        adjusted.forEach((q, i) => {
          expect(q).toBeGreaterThanOrEqual(p[i] ?? NaN)
          expect(q).toBeLessThanOrEqual(1)
          p.forEach((other, j) => {
            if (other < (p[i] ?? NaN)) expect(adjusted[j] ?? NaN).toBeLessThanOrEqual(q)
          })
        })
      })
    )
  })
})

describe("bootstrapOf", () => {
  const average = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length
  const of = (values: ReadonlyArray<number>) => bootstrapOf(values, average, random, { purpose: "paired bootstrap" })

  it("is the statistic with an interval of resampled values", () => {
    // all 5^5 = 3125 resamples enumerated: the 2.5 % and 97.5 % quantiles of their means are .068 and .184
    const found = of([0.06, 0.23, 0.08, 0.07, 0.16])
    expect(found.mean).toBeCloseTo(0.12, 12)
    expect(found.n).toBe(5)
    expect(found.low).toBeCloseTo(0.068, 2)
    expect(found.high).toBeCloseTo(0.184, 2)
    expect(of([0.06, 0.23, 0.08, 0.07, 0.16])).toEqual(found)
  })

  it("has no width where all agree", () => {
    expect(of([0.25, 0.25, 0.25])).toEqual({ mean: 0.25, low: 0.25, high: 0.25, n: 3 })
  })

  it("leaves values out that are NaN", () => {
    expect(of([1, NaN])).toEqual({ mean: 1, low: NaN, high: NaN, n: 1 })
    expect(of([])).toEqual({ mean: NaN, low: NaN, high: NaN, n: 0 })
  })

  it("bootstraps other statistics, and the mean as the mean's own bootstrap does", () => {
    const found = bootstrapOf(left, interquartileMean, random, { purpose: "iqm" })
    expect(found.mean).toBeCloseTo(0.93, 12)
    expect(found.low).toBeGreaterThan(0.88 - 1e-12)
    expect(found.high).toBeLessThan(0.97 + 1e-12)
    expect(found.low).toBeLessThan(0.93)
    expect(found.high).toBeGreaterThan(0.93)
    const own = bootstrap(left, random)
    const other = bootstrapOf(left, average, random, { purpose: "bootstrap" })
    expect(other.low).toBeCloseTo(own.low, 12)
    expect(other.high).toBeCloseTo(own.high, 12)
    const wide = bootstrapOf(left, average, random, { purpose: "bootstrap", level: 0.99 })
    expect(wide.high - wide.low).toBeGreaterThan(other.high - other.low)
  })
})

describe("signFlip", () => {
  it("agrees with scipy.stats.permutation_test(permutation_type='samples')", () => {
    expect(
      signFlip(
        left.map((value, i) => value - (right[i] ?? NaN)),
        random
      )
    ).toEqual({ pGreater: 1 / 32, p: 2 / 32, exact: true })
    expect(signFlip([0.3, -0.1, 0.2, 0.25, -0.05, 0.4], random)).toEqual({ pGreater: 0.0625, p: 0.125, exact: true })
  })

  it("is 1 for differences of 0 and undefined for none", () => {
    expect(signFlip([0, 0, 0], random)).toEqual({ pGreater: 1, p: 1, exact: true })
    expect(signFlip([], random).p).toBeNaN()
    expect(signFlip([1, NaN], random).p).toBeNaN()
  })

  it("draws patterns where there are too many", () => {
    // 20 differences of 1, 1 of which points the other way: patterns with at most one minus, 21 of 2^20
    const found = signFlip([...Array<number>(19).fill(1), -1], random)
    expect(found.exact).toBe(false)
    expect(found.pGreater).toBeGreaterThan(0)
    expect(found.pGreater).toBeLessThan(0.0003)
    // symmetric differences: half of the patterns and the ties, (1 + C(20, 10) / 2^20) / 2 = 0.588
    const even = signFlip(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 1 : -1)),
      random
    )
    expect(even.pGreater).toBeCloseTo(0.588, 2)
    expect(even.p).toBe(1)
  })
})

describe("spearman", () => {
  it("shares ranks among equals", () => {
    // scipy.stats.spearmanr; the ranks are 4, 1, 4, 2, 4 and 3, 1, 5, 4, 2
    expect(spearman([3, 1, 3, 2, 3], [3, 1, 5, 4, 2])).toBeCloseTo(0.4472135954999579, 12)
    expect(spearman([1, 2, 2, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.7631578947368421, 12)
  })

  it("is 1 for any rising relation and -1 for any falling one", () => {
    expect(spearman([1, 2, 3, 10], [0.1, 5, 6, 1e9])).toBeCloseTo(1, 12)
    expect(spearman([1, 2, 3, 10], [4, 3, 2, -1])).toBeCloseTo(-1, 12)
  })

  it("is undefined for a constant, one pair, and NaN", () => {
    expect(spearman([1, 2, 3], [4, 4, 4])).toBeNaN()
    expect(spearman([1], [2])).toBeNaN()
    expect(spearman([1, NaN, 3], [1, 2, 3])).toBeNaN()
    expect(() => spearman([1], [])).toThrow(RangeError)
  })
})
