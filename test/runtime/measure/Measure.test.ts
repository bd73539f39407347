import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { decodeMeasures, encodeMeasures, estimate, measure } from "../../../src/runtime/measure/Measure.ts"
import type { Episodes } from "../../../src/runtime/environment/Episodes.ts"
import type { Measured } from "../../../src/runtime/measure/Measure.ts"

const episodes: Episodes = {
  success: Uint8Array.of(1, 0, 1, 1),
  steps: Int32Array.of(10, 80, 14, 12),
  collisions: Int32Array.of(0, 30, 1, 1),
  tokens: Int32Array.of(10, 70, 14, 10),
  reward: Float64Array.of(39.5, -233.5, 30.3, 32.5),
  best: Int32Array.of(8, 9, 14, 11)
}

describe("an estimate", () => {
  it("of success is the share of episodes that reached the goal, within Wilson's interval", () => {
    const found = estimate("success", episodes)
    assert.strictEqual(found?.mean, 0.75)
    // scipy.stats.binomtest(3, 4).proportion_ci(0.95, "wilson")
    assert.closeTo(found?.low ?? NaN, 0.30064184258240184, 1e-12)
    assert.closeTo(found?.high ?? NaN, 0.9544127391902995, 1e-12)
  })

  const means: ReadonlyArray<readonly [string, number]> = [
    ["steps", 29],
    ["collisions", 8],
    ["tokens", 26],
    ["reward", -32.8],
    // 2, 71, 0 and 1 beyond the best plan
    ["excess", 18.5]
  ]
  for (const [metric, value] of means) {
    it(`of ${metric} is the mean over all episodes, failures included`, () => {
      const found = estimate(metric, episodes)
      assert.closeTo(found?.mean ?? NaN, value, 1e-12)
      assert.strictEqual(found?.n, 4)
      assert.isTrue(found !== undefined && found.low < found.mean && found.mean < found.high)
    })
  }

  it("of anything else is undefined", () => assert.isUndefined(estimate("happiness", episodes)))
})

const of = { by: "bica", oracle: false, on: "map", choose: "greedy" } as const

describe("measures", () => {
  it.effect("come one for each metric, in order, and read back as they were written", () =>
    Effect.gen(function* () {
      const measures = yield* measure("test", ["steps", "success"], episodes, of)
      assert.deepStrictEqual(
        measures.map(({ metric, n, value }) => [metric, value, n]),
        [
          ["steps", 29, 4],
          ["success", 0.75, 4]
        ]
      )
      assert.deepStrictEqual(yield* decodeMeasures("test", encodeMeasures(measures)), measures)
    })
  )

  it.effect("have null where there is too little data", () =>
    Effect.gen(function* () {
      const single = Object.fromEntries(Object.entries(episodes).map(([name, values]) => [name, values.slice(0, 1)]))
      const measures = yield* measure("test", ["steps"], { ...episodes, ...single }, of)
      const expected: ReadonlyArray<Measured> = [{ metric: "steps", ...of, value: 10, low: null, high: null, n: 1 }]
      assert.deepStrictEqual(measures, expected)
      assert.deepStrictEqual(yield* decodeMeasures("test", encodeMeasures(measures)), expected)
    })
  )

  it.effect("refuse a metric that nothing measures, naming it and the stage", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(measure("test/bica/seed-13", ["success", "happiness"], episodes, of))
      assert.strictEqual(error.message, "test/bica/seed-13: nothing here measures happiness")
    })
  )

  it.effect("refuse what is not measures, naming the stage", () =>
    Effect.gen(function* () {
      for (const text of ["", "{}", `{"measures":[{"metric":"success"}]}`]) {
        const error = yield* Effect.flip(decodeMeasures("test", new TextEncoder().encode(text)))
        assert.match(error.message, /^test: measures.json is not what this version writes/)
      }
    })
  )
})
