import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { conventionStability, slopePerRound } from "../../../../src/runtime/measure/estimator/Entrainment.ts"

describe("the slope over rounds", () => {
  it("is that of the least-squares line", () => {
    // about the centre 1.5: (-1.5) 9 + (-0.5) 7 + 0.5 * 8 + 1.5 * 4 = -7, over 2 (1.5^2 + 0.5^2) = 5
    expect(slopePerRound([9, 7, 8, 4])).toBeCloseTo(-1.4, 12)
    expect(slopePerRound([6, 5, 4, 3, 2, 1])).toBe(-1)
    expect(slopePerRound([3, 3, 3])).toBe(0)
    expect(slopePerRound([3])).toBeNaN()
    expect(slopePerRound([])).toBeNaN()
  })

  it("is not moved by what is added to all rounds, and grows with their unit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 2, maxLength: 9 }),
        fc.integer({ min: -50, max: 50 }),
        (values, by) => {
          const slope = slopePerRound(values)
          expect(slopePerRound(values.map((value) => 3 * value + by))).toBeCloseTo(3 * slope, 9)
        }
      )
    )
  })
})

describe("the stability of a convention", () => {
  it("is what the words of two rounds have in common", () => {
    // P = (1/2, 1/2), Q = (1, 0), m = (3/4, 1/4):
    // KL(P || m) = (ln(2/3) + ln 2) / 2 = 0.143841, KL(Q || m) = ln(4/3) = 0.287682, half their sum over ln 2 is 0.311278
    const half = [2, 2, 0]
    const one = [7, 0, 0]
    expect(conventionStability([half, one])).toBeCloseTo(0.688722, 6)
    expect(conventionStability([one, half])).toBeCloseTo(0.688722, 6)
    // shares, not counts
    expect(conventionStability([half, [50, 50, 0]])).toBe(1)
    expect(conventionStability([half, [0, 0, 4]])).toBe(0)
  })

  it("is the mean over rounds, without those that say nothing", () => {
    const [a, b, nothing] = [
      [4, 0],
      [0, 1],
      [0, 0]
    ] as const
    expect(conventionStability([a, a, b])).toBe(0.5)
    expect(conventionStability([a, a, nothing, b, b])).toBe(1)
    expect(conventionStability([a, nothing, a])).toBeNaN()
    expect(conventionStability([a])).toBeNaN()
    expect(conventionStability([])).toBeNaN()
  })
})
