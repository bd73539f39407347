import { describe, expect, it } from "vitest"
import { palette } from "../../src/cli/Screen.ts"
import type { SummedUp } from "../../src/runtime/measure/Summary.ts"
import { table, verdicts } from "../../src/cli/Table.ts"

const plain = palette(false)
const isFraction = (metric: string) => metric === "success"

const row = (fields: Partial<SummedUp> & Pick<SummedUp, "metric" | "by">): SummedUp => ({
  stage: "test",
  oracle: false,
  on: "map",
  choose: "greedy",
  overSeeds: { mean: 0.5, low: null, high: null, n: 1 },
  seeds: [{ seed: 13, value: 0.5, low: 0.4, high: 0.6, n: 2048 }],
  ...fields
})

describe("the table of a run", () => {
  it("shows the interval over episodes of one seed, and over seeds of several", () => {
    const several = {
      overSeeds: { mean: 0.97345, low: 0.96, high: 0.98, n: 2 },
      seeds: [
        { seed: 13, value: 0.96, low: 0.95, high: 0.97, n: 2048 },
        { seed: 42, value: 0.98, low: 0.97, high: 0.99, n: 2048 }
      ]
    }
    expect(table([row({ metric: "success", by: "one" })], isFraction, plain)).toEqual([
      "on map  1 seed, 2,048 episodes each; 95 % intervals over episodes",
      "       success",
      "  one  50.0 % [40.0, 60.0]"
    ])
    expect(table([row({ metric: "success", by: "one", ...several })], isFraction, plain)).toEqual([
      "on map  2 seeds, 2,048 episodes each; 95 % intervals over seeds",
      "       success",
      "  one  97.3 % [96.0, 98.0]"
    ])
  })

  it("shows four decimals of a score that is no share", () => {
    const seeds = [{ seed: 13, value: 0.00346, low: 0.0031, high: 0.00415, n: 2048 }]
    expect(table([row({ metric: "reliability", by: "one", seeds })], isFraction, plain)[2]).toBe(
      "  one  0.0035 [0.0031, 0.0042]"
    )
  })

  it("folds the columns that a narrow terminal has no room for", () => {
    const rows = ["success", "steps", "tokens"].map((metric) => row({ metric, by: "one" }))
    expect(table(rows, isFraction, plain, 47)).toEqual([
      "on map  1 seed, 2,048 episodes each; 95 % intervals over episodes",
      "       success              steps",
      "  one  50.0 % [40.0, 60.0]  0.50 [0.40, 0.60]",
      "       tokens",
      "  one  0.50 [0.40, 0.60]"
    ])
    expect(table(rows, isFraction, plain, 1)).toHaveLength(1 + 3 * 2)
  })

  it("puts objectives and oracles of one condition together, a dash where nothing is defined", () => {
    const steps = { overSeeds: { mean: null, low: null, high: null, n: 0 } }
    const undefinedSeed = [{ seed: 13, value: null, low: null, high: null, n: 2048 }]
    const rows = [
      row({ metric: "success", by: "one" }),
      row({ metric: "steps", by: "one", ...steps, seeds: undefinedSeed }),
      row({ metric: "success", by: "one", on: "dense" }),
      row({
        metric: "steps",
        by: "planner",
        oracle: true,
        stage: "oracles",
        seeds: [{ seed: 13, value: 8.554, low: -0.001, high: 8.6, n: 8192 }]
      })
    ]
    expect(table(rows, isFraction, plain)).toEqual([
      "on map  1 seed, 2,048 to 8,192 episodes each; 95 % intervals over episodes",
      "                    success              steps",
      "  one               50.0 % [40.0, 60.0]  -",
      "  planner (oracle)                       8.55 [0.00, 8.60]",
      "",
      "on dense  1 seed, 2,048 episodes each; 95 % intervals over episodes",
      "       success",
      "  one  50.0 % [40.0, 60.0]"
    ])
  })

  it("shows a verdict per claim with the margin that is left", () => {
    const claims = [
      { claim: "mutual", verdict: "holds", margin: { mean: 0.1234, low: 0.1, high: 0.15, n: 3 }, evidence: [] },
      {
        claim: "near_optimal",
        verdict: "undecided",
        margin: { mean: -0.5, low: null, high: null, n: 1 },
        evidence: []
      },
      { claim: "other", verdict: "never run", margin: { mean: null, low: null, high: null, n: 0 }, evidence: [] }
    ] as const
    expect(verdicts(claims, plain)).toEqual([
      "holds      mutual        margin 0.123 [0.100, 0.150] over 3 seeds",
      "undecided  near_optimal  margin -0.500 over 1 seed",
      "never run  other"
    ])
  })
})
