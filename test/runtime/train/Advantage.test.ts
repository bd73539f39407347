import { describe, expect, it } from "vitest"
import { generalisedAdvantage, standardise } from "../../../src/runtime/train/Advantage.ts"

describe("generalised advantage", () => {
  /** Three steps of two copies; the first copy's episode ends after its second step. */
  const rollout = {
    reward: Float32Array.of(1, 0, 4, 1, 3, 1),
    done: Float32Array.of(0, 0, 1, 0, 0, 0),
    values: Float32Array.of(4, 0, 2, 2, 8, 4, 16, 8),
    environments: 2
  }

  it("sums discounted errors backwards, and nothing passes the end of an episode", () => {
    const { advantage, returns } = generalisedAdvantage({ ...rollout, discount: 0.5, trace: 0.5 })
    // copy 0: step 2: 3 + 8 - 8 = 3; step 1 ends: 4 - 2 = 2; step 0: 1 + 1 - 4 = -2, and 0.25 * 2
    // copy 1: step 2: 1 + 4 - 4 = 1; step 1: 1 + 2 - 2 = 1, and 0.25 * 1; step 0: 0 + 1 - 0 = 1, and 0.25 * 1.25
    expect(Array.from(advantage)).toEqual([-1.5, 1.3125, 2, 1.25, 3, 1])
    expect(Array.from(returns)).toEqual([2.5, 1.3125, 4, 3.25, 11, 5])
  })

  it("with trace 0 is the one-step error, with trace 1 the discounted return less the value", () => {
    const short = generalisedAdvantage({ ...rollout, discount: 0.5, trace: 0 })
    expect(Array.from(short.advantage)).toEqual([-2, 1, 2, 1, 3, 1])
    const long = generalisedAdvantage({ ...rollout, discount: 0.5, trace: 1 })
    // copy 0: 1 + 0.5 * 4; 4; 3 + 0.5 * 16.  copy 1: 0.5 + 0.25 + 0.125 * 8; 1 + 0.5 + 0.25 * 8; 1 + 0.5 * 8
    expect(Array.from(long.returns)).toEqual([3, 1.75, 4, 3.5, 11, 5])
  })

  it("ends at the last step as at any other", () => {
    const { advantage } = generalisedAdvantage({
      reward: Float32Array.of(5),
      done: Float32Array.of(1),
      values: Float32Array.of(2, 1000),
      environments: 1,
      discount: 0.99,
      trace: 0.95
    })
    expect(Array.from(advantage)).toEqual([3])
  })
})

describe("standardising", () => {
  it("gives mean 0 and deviation 1, of the population", () => {
    const values = Float32Array.of(1, 2, 3, 4)
    standardise(values)
    // 1.5 / sqrt(1.25) and 0.5 / sqrt(1.25)
    const expected = [-1.3416408, -0.4472136, 0.4472136, 1.3416408]
    expected.forEach((x, i) => expect(values[i]).toBeCloseTo(x, 6))
  })

  it("of equal values is 0", () => {
    const values = Float32Array.of(7, 7, 7)
    standardise(values)
    expect(Array.from(values)).toEqual([0, 0, 0])
  })

  it("keeps small differences on a high level", () => {
    const values = Float32Array.of(10_000, 10_001)
    standardise(values)
    expect(Array.from(values)).toEqual([-1, 1])
  })
})
