import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { meanOfDefined, weightedMeanOfDefined } from "../../../../src/runtime/measure/estimator/Aggregate.ts"
import { bas } from "../../../../src/runtime/measure/estimator/Bas.ts"
import {
  behaviouralSensitivity,
  disabledSide,
  sideSensitivity
} from "../../../../src/runtime/measure/estimator/BehaviouralSensitivity.ts"
import {
  brierDecomposition,
  expectedCalibrationError
} from "../../../../src/runtime/measure/estimator/CalibrationError.ts"
import { ccm } from "../../../../src/runtime/measure/estimator/Ccm.ts"
import { cognitiveEfficiency } from "../../../../src/runtime/measure/estimator/CognitiveEfficiency.ts"
import { kappaOf } from "../../../../src/runtime/measure/estimator/CohenKappa.ts"
import { countPairs } from "../../../../src/runtime/measure/estimator/Symbols.ts"
import { synergisticStability } from "../../../../src/runtime/measure/estimator/SynergisticStability.ts"
import { synergy } from "../../../../src/runtime/measure/estimator/Synergy.ts"

describe("means of what is defined", () => {
  it("drop the rest and count", () => {
    expect(meanOfDefined([0.2, NaN, 0.6])).toEqual({ value: 0.4, defined: 2, parts: 3 })
    expect(meanOfDefined([NaN, NaN])).toEqual({ value: NaN, defined: 0, parts: 2 })
    expect(meanOfDefined([])).toEqual({ value: NaN, defined: 0, parts: 0 })
    expect(
      weightedMeanOfDefined([
        { value: 1, weight: 3 },
        { value: 0, weight: 1 }
      ]).value
    ).toBe(0.75)
  })
})

describe("expectedCalibrationError", () => {
  it("is worked out by hand", () => {
    // bin (9/15, 10/15]: two rows at .65, one correct: |1 - 1.3|; bin (13/15, 14/15]: three at .9, all correct: |3 -
    // 2.7|
    expect(expectedCalibrationError([0.65, 0.65, 0.9, 0.9, 0.9], [1, 0, 1, 1, 1])).toBeCloseTo(0.6 / 5, 12)
  })

  it("puts a bound into the bin below it", () => {
    // .5 and .5 + 1e-9 with two bins: apart, each off by a half; together they would cancel
    expect(expectedCalibrationError([0.5, 0.5 + 1e-9], [0, 1], 2)).toBeCloseTo(0.5, 8)
    expect(expectedCalibrationError([0.5, 0.5 - 1e-9], [0, 1], 2)).toBeCloseTo(0, 8)
    expect(expectedCalibrationError([0, 1], [0, 1])).toBe(0)
  })

  it("takes a float32 sum a little above 1, no other number above it", () => {
    expect(expectedCalibrationError([1 + 1e-7], [1])).toBeCloseTo(0, 6)
    expect(() => expectedCalibrationError([1.1], [1])).toThrow(RangeError)
    expect(() => expectedCalibrationError([-0.1], [1])).toThrow(RangeError)
  })

  it("is undefined without rows or with NaN", () => {
    expect(expectedCalibrationError([], [])).toBeNaN()
    expect(expectedCalibrationError([0.5, NaN], [1, 1])).toBeNaN()
    expect(expectedCalibrationError([0.5], [NaN])).toBeNaN()
    expect(() => expectedCalibrationError([0.5], [])).toThrow(RangeError)
  })
})

describe("brierDecomposition", () => {
  const once = () => 1
  const series = (n: number) => ({
    confidence: Array.from({ length: n }, (_, i) => ((i * 37) % 101) / 100),
    correct: Array.from({ length: n }, (_, i) => ((i * i) % 7 < 3 ? 1 : 0)),
    group: Array.from({ length: n }, (_, i) => Math.floor(i / 5))
  })

  it("is worked out by hand", () => {
    // two bins: means .3 and .75, shares 1/2 and 1; share of all 3/4
    const found = brierDecomposition([0.2, 0.4, 0.6, 0.9], [0, 1, 1, 1], [0, 1, 2, 3], 2)(once)
    expect(found.brier).toBeCloseTo((0.04 + 0.36 + 0.16 + 0.01) / 4, 14)
    expect(found.reliability).toBeCloseTo((0.04 + 0.0625) / 2, 14)
    expect(found.resolution).toBeCloseTo(0.0625, 14)
    expect(found.uncertainty).toBeCloseTo(0.1875, 14)
    expect(found.variance).toBeCloseTo((0.01 + 0.0225) / 2, 14)
    expect(found.covariance).toBeCloseTo(0.05 / 2, 14)
  })

  it("is what numpy finds of 40 rows, bin by bin", () => {
    const { confidence, correct, group } = series(40)
    const found = brierDecomposition(confidence, correct, group)(once)
    expect(found).toEqual({
      brier: expect.closeTo(0.39995, 11),
      reliability: expect.closeTo(0.242547916667, 11),
      resolution: expect.closeTo(0.041041666667, 11),
      uncertainty: expect.closeTo(0.199375, 11),
      variance: expect.closeTo(0.000402083333, 11),
      covariance: expect.closeTo(0.000666666667, 11)
    })
  })

  it("adds up exactly, whatever the weights, and a weight is a repetition", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.double({ min: 0, max: 1, noNaN: true }),
            fc.integer({ min: 0, max: 1 }),
            fc.integer({ min: 0, max: 3 })
          ),
          { minLength: 1, maxLength: 60 }
        ),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 }),
        (rows, times) => {
          const of = (all: typeof rows) =>
            brierDecomposition(
              all.map(([f]) => f),
              all.map(([, y]) => y),
              all.map(([, , k]) => k)
            )
          const weighted = of(rows)((k) => times[k] ?? 0)
          const repeated = of(rows.flatMap((row) => Array.from({ length: times[row[2]] ?? 0 }, () => row)))(once)
          const { brier, covariance, reliability, resolution, uncertainty, variance } = weighted
          expect(reliability - resolution + uncertainty + variance - 2 * covariance).toBeCloseTo(brier, 12)
          for (const name of ["brier", "reliability", "resolution", "uncertainty", "variance", "covariance"] as const) {
            expect(weighted[name]).toBeCloseTo(repeated[name], 12)
          }
        }
      )
    )
  })

  it("of forecasts that never vary has no resolution and nothing within bins; of a perfect one nothing is left", () => {
    const constant = brierDecomposition([0.8, 0.8, 0.8, 0.8], [1, 1, 0, 1], [0, 0, 0, 0])(once)
    expect(constant.reliability).toBeCloseTo(0.0025, 14)
    expect(constant.resolution).toBe(0)
    expect(constant.variance).toBe(0)
    expect(constant.covariance).toBeCloseTo(0, 15)
    const perfect = brierDecomposition([0, 1, 1], [0, 1, 1], [0, 0, 0])(once)
    expect(perfect.brier).toBe(0)
    expect(perfect.resolution).toBeCloseTo(perfect.uncertainty, 15)
  })

  it("is undefined without rows that count, and with NaN", () => {
    expect(brierDecomposition([], [], [])(once).brier).toBeNaN()
    expect(brierDecomposition([0.5], [1], [0])(() => 0).uncertainty).toBeNaN()
    expect(brierDecomposition([0.5, NaN], [1, 1], [0, 0])(once).reliability).toBeNaN()
    expect(() => brierDecomposition([0.5], [1], [])).toThrow(RangeError)
    expect(() => brierDecomposition([1.5], [1], [0])).toThrow(RangeError)
  })
})

describe("synergisticStability", () => {
  const good = { success: 1, collisionRate: 0, calibrationError: 0 }
  const bad = { success: 0, collisionRate: 1, calibrationError: 1 }

  it("is in [0, 1] and averages shifts", () => {
    expect(synergisticStability([good]).value).toBe(1)
    expect(synergisticStability([bad]).value).toBe(0)
    expect(synergisticStability([good, bad, { success: 0.9, collisionRate: 0.1, calibrationError: 0.2 }])).toEqual({
      value: expect.closeTo((1 + 0 + 2.6 / 3) / 3, 12),
      defined: 3,
      parts: 3
    })
  })

  it("drops a shift without calibration and is undefined without any", () => {
    expect(synergisticStability([good, { ...bad, calibrationError: NaN }])).toEqual({ value: 1, defined: 1, parts: 2 })
    expect(synergisticStability([]).value).toBeNaN()
  })
})

describe("cognitiveEfficiency", () => {
  const baseline = { success: 0.95, steps: 30, tokens: 9 }

  it("compares steps and tokens", () => {
    // .5 (30 / 20 + 10 / 5) = 1.75
    const found = cognitiveEfficiency({ success: 0.9, steps: 20, tokens: 4 }, baseline)
    expect(found.ratio).toBeCloseTo(1.75, 12)
    expect(found.share).toBeCloseTo(1.75 / 2.75, 12)
    expect(cognitiveEfficiency(baseline, baseline)).toEqual({ ratio: 1, share: 0.5 })
  })

  it("is undefined unless both succeed", () => {
    expect(cognitiveEfficiency({ ...baseline, success: 0.899 }, baseline).ratio).toBeNaN()
    expect(cognitiveEfficiency(baseline, { ...baseline, success: 0.5 }).share).toBeNaN()
    expect(cognitiveEfficiency(baseline, { ...baseline, success: NaN }).share).toBeNaN()
  })
})

describe("bas", () => {
  const parts = {
    mutualPredictability: 0.6,
    behaviouralSensitivity: 0.1,
    representationCompatibility: 0.8,
    synergisticStability: 0.9,
    cognitiveEfficiency: 0.5
  }

  it("is the mean of what is defined", () => {
    expect(bas(parts)).toEqual({ value: expect.closeTo(0.58, 12), defined: 5, parts: 5 })
    expect(bas({ ...parts, cognitiveEfficiency: NaN })).toEqual({
      value: expect.closeTo(0.6, 12),
      defined: 4,
      parts: 5
    })
  })
})

describe("kappa", () => {
  const kappa = (a: ReadonlyArray<number>, b: ReadonlyArray<number>, choices: number) =>
    kappaOf(countPairs(a, b, choices, choices), choices)

  it("agrees with the textbook case", () => {
    // 20 both yes, 15 both no, 5 and 10 apart: p_o .7, p_e .5
    const a = [...Array<number>(25).fill(1), ...Array<number>(25).fill(0)]
    const b = [
      ...Array<number>(20).fill(1),
      ...Array<number>(5).fill(0),
      ...Array<number>(10).fill(1),
      ...Array<number>(15).fill(0)
    ]
    expect(kappa(a, b, 2)).toBeCloseTo(0.4, 12)
  })

  it("is 1 for agreement, 0 for a constant rater, undefined for two", () => {
    expect(kappa([0, 1, 2, 3], [0, 1, 2, 3], 4)).toBe(1)
    expect(kappa([0, 1, 2, 3], [2, 2, 2, 2], 4)).toBe(0)
    expect(kappa([2, 2], [2, 2], 4)).toBeNaN()
    expect(kappa([], [], 4)).toBeNaN()
    expect(() => kappa([4], [0], 4)).toThrow(RangeError)
  })

  it("is symmetric and in [-1, 1]", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 1 }), (pairs) => {
        const a = pairs.map(([u]) => u)
        const b = pairs.map(([, v]) => v)
        const found = kappa(a, b, 3)
        fc.pre(!Number.isNaN(found))
        expect(found).toBeCloseTo(kappa(b, a, 3), 12)
        expect(found).toBeLessThanOrEqual(1)
        expect(found).toBeGreaterThanOrEqual(-1)
      })
    )
  })
})

describe("synergy", () => {
  it("weighs what a team gains and whether it agrees", () => {
    const found = synergy({ team: 0.97, aiAlone: 0.9, humanAlone: 0.8, kappa: 0.5 })
    expect(found.gain).toBeCloseTo(0.7, 12)
    expect(found.synergy).toEqual({ value: expect.closeTo(0.7 * 0.7 + 0.3 * 0.5, 12), defined: 2, parts: 2 })
  })

  it("has nothing to gain beside a perfect member, and loses nothing below 0", () => {
    expect(synergy({ team: 1, aiAlone: 0.5, humanAlone: 0.9995, kappa: -0.2 })).toEqual({
      synergy: { value: 0, defined: 2, parts: 2 },
      gain: 0,
      agreement: 0
    })
    expect(synergy({ team: 0.5, aiAlone: 0.9, humanAlone: 0.8, kappa: 0 }).gain).toBe(0)
  })

  it("drops a part that is missing", () => {
    expect(synergy({ team: 0.95, aiAlone: NaN, humanAlone: 0.8, kappa: 0.25 }).synergy).toEqual({
      value: 0.25,
      defined: 1,
      parts: 2
    })
    expect(synergy({ team: NaN, aiAlone: 1, humanAlone: 0.8, kappa: NaN }).synergy.value).toBeNaN()
  })
})

describe("ccm", () => {
  it("is the mean of the parts that are defined", () => {
    expect(ccm({ diversity: 0.9, synergy: 0.3 })).toEqual({ value: expect.closeTo(0.6, 12), defined: 2, parts: 2 })
    expect(ccm({ diversity: NaN, synergy: 0.3 })).toEqual({ value: 0.3, defined: 1, parts: 2 })
  })
})

describe("sideSensitivity", () => {
  const runs = {
    success: 0.9,
    perturbed: [0.8, 0.8, 0.8, 0.8, 0.9, 0.9, 0.9, 1],
    reseeded: [0.91, 0.89],
    meanLength: 16,
    divergence: 0.02
  }

  it("compares the change with the largest possible one", () => {
    // mean |change| (4 x .1 + .1) / 8 = .0625 less a floor of .01, of sqrt(16 x .02 / 2) = .4
    const found = sideSensitivity(runs)
    expect(found.bound).toBeCloseTo(0.4, 12)
    expect(found.excess).toBeCloseTo(0.0525, 12)
    expect(found.sensitivity).toBeCloseTo(0.0525 / 0.4, 12)
    expect(found.change).toBeCloseTo(-0.3 / 8, 12)
  })

  it("is 0 below the noise floor and at most 1", () => {
    expect(sideSensitivity({ ...runs, reseeded: [0.7] }).sensitivity).toBe(0)
    const broken = sideSensitivity({ ...runs, perturbed: Array<number>(8).fill(0), reseeded: [0.9], meanLength: 1000 })
    expect([broken.bound, broken.sensitivity]).toEqual([1, expect.closeTo(0.9, 12)])
    expect(sideSensitivity({ ...runs, perturbed: Array<number>(8).fill(0), meanLength: 1 }).sensitivity).toBe(1)
  })

  it("is undefined with seven permutations, no floor, or no perturbation", () => {
    expect(sideSensitivity({ ...runs, perturbed: runs.perturbed.slice(1) }).sensitivity).toBeNaN()
    expect(sideSensitivity({ ...runs, reseeded: [] }).sensitivity).toBeNaN()
    expect(sideSensitivity({ ...runs, divergence: NaN }).sensitivity).toBeNaN()
    expect(sideSensitivity({ ...runs, divergence: 0 }).sensitivity).toBeNaN()
    expect(sideSensitivity({ ...runs, perturbed: [...runs.perturbed, NaN] }).sensitivity).toBeNaN()
  })

  it("averages the sides, a disabled one as 0 and an undefined one not at all", () => {
    const one = sideSensitivity(runs)
    expect(behaviouralSensitivity([one, disabledSide])).toEqual({ value: one.sensitivity / 2, defined: 2, parts: 2 })
    const undefinedSide = sideSensitivity({ ...runs, perturbed: [] })
    expect(behaviouralSensitivity([one, undefinedSide])).toEqual({ value: one.sensitivity, defined: 1, parts: 2 })
  })
})
