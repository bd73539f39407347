/** Metrics of modules: what they are given, what is made of their numbers, and what ends a stage. */
import { Effect } from "effect"
import { assert, describe, it } from "@effect/vitest"
import type { Episodes } from "../../../src/runtime/environment/Episodes.ts"
import { make, measureOwn, named } from "../../../src/runtime/measure/CodeMetric.ts"
import type { Named, Play } from "../../../src/runtime/measure/CodeMetric.ts"
import type { Trace } from "../../../src/runtime/play/Trace.ts"

const episodes: Episodes = {
  success: Uint8Array.of(1, 0, 1, 1),
  steps: Int32Array.of(2, 3, 1, 2),
  collisions: Int32Array.of(0, 1, 0, 0),
  tokens: Int32Array.of(2, 0, 1, 1),
  reward: Float64Array.of(48, -8, 49, 48),
  best: Int32Array.of(2, 2, 1, 1)
}

const column = (...values: ReadonlyArray<number>) => Int32Array.from(values)
const flags = (...values: ReadonlyArray<number>) => Uint8Array.from(values)

/** The steps of the first three episodes. */
const trace: Trace = {
  rows: 6,
  episodes: 3,
  episode: column(0, 0, 1, 1, 1, 2),
  t: column(0, 1, 0, 1, 2, 0),
  intent: column(0, 1, 2, 2, 2, 3),
  row: column(0, 1, 2, 2, 2, 3),
  token: column(0, 1, 2, 2, 2, 1),
  heard: column(0, 1, 2, 2, 2, 1),
  message: column(0, 0, 0, 0, 0, 0),
  advice: column(0, 0, 0, 0, 0, 0),
  action: column(0, 0, 1, 1, 1, 0),
  entropy: Float32Array.of(0, 0, 1, 1, 1, 0),
  collided: flags(0, 0, 1, 0, 0, 0),
  advanced: flags(1, 1, 0, 1, 1, 1),
  x: column(0, 1, 0, 0, 1, 2),
  y: column(0, 0, 0, 0, 0, 0),
  heading: column(1, 1, 0, 1, 1, 1),
  ahead: flags(0, 0, 1, 0, 0, 0),
  best: column(1, 1, 1, 1, 1, 1),
  optimal: column(1, 1, 2, 1, 1, 1),
  scenes: [],
  others: [],
  inputs: {
    rows: 0,
    speaker: new Float32Array(0),
    speakerPrior: new Float32Array(0),
    actor: new Float32Array(0),
    context: new Float32Array(0)
  }
}

const play: Play = {
  on: "map",
  horizon: 3,
  symbols: ["N", "E"],
  others: [],
  intents: ["N", "E", "S", "W"],
  actions: ["forward", "left"],
  codes: 0,
  episodes,
  trace
}

const measured = (metric: Named["metric"], of: Play = play) =>
  Effect.map(measureOwn("test", [named("own.it", metric)], of), (found) => found.get("own.it"))

const faultOf = (metric: Named["metric"]) => Effect.map(Effect.flip(measured(metric)), (error) => error.reason)

describe("a metric of a module", () => {
  it.effect("is the mean of one number per episode, with the interval of a mean", () =>
    Effect.gen(function* () {
      const found = yield* measured(
        make({ doc: "", unit: "tokens", reads: "counts", each: ({ steps, tokens }) => tokens / steps })
      )
      // 1, 0, 1, 0.5: mean 0.625, s = sqrt(0.6875 / 3)
      const half = (1.959963984540054 * Math.sqrt(0.6875 / 3)) / 2
      assert.deepStrictEqual(found, { mean: 0.625, low: 0.625 - half, high: 0.625 + half, n: 4 })
    })
  )

  it.effect("leaves out the episodes for which it is undefined, and is undefined without any", () =>
    Effect.gen(function* () {
      const when = (kept: (steps: number) => boolean) =>
        measured(
          make({ doc: "", unit: "none", reads: "counts", each: ({ steps }) => (kept(steps) ? steps : Number.NaN) })
        )
      const found = yield* when((steps) => steps !== 3)
      assert.deepStrictEqual([found?.n, found?.mean], [3, 5 / 3])
      assert.deepStrictEqual(yield* when(() => false), { mean: Number.NaN, low: Number.NaN, high: Number.NaN, n: 0 })
    })
  )

  it.effect("has Wilson's interval where every number of a share is 0 or 1", () =>
    Effect.gen(function* () {
      const found = yield* measured(
        make({ doc: "", unit: "fraction", reads: "counts", each: ({ success }) => (success ? 1 : 0) })
      )
      // 3 of 4: centre (0.75 + z^2/8) / (1 + z^2/4)
      assert.deepStrictEqual([found?.mean, found?.n], [0.75, 4])
      assert.closeTo(found?.low ?? 0, 0.3006, 1e-4)
      assert.closeTo(found?.high ?? 0, 0.9544, 1e-4)
    })
  )

  it.effect("reads the steps of the episodes that the trace holds, and is left out where there is none", () =>
    Effect.gen(function* () {
      const wavering = make({
        doc: "",
        unit: "steps",
        reads: "steps",
        each: ({ trace }) => trace.filter((step, t) => t > 0 && step.intent !== trace[t - 1]?.intent).length
      })
      const found = yield* measured(wavering)
      assert.deepStrictEqual([found?.mean, found?.n], [1 / 3, 3])
      assert.isUndefined(yield* measured(wavering, { ...play, trace: undefined }))
    })
  )

  it.effect("of all episodes together has no interval below twenty of them, and the jackknife's above", () =>
    Effect.gen(function* () {
      const silence = make({
        doc: "",
        unit: "fraction",
        reads: "steps",
        whole: (all, { symbols }) => {
          const tokens = all.flatMap(({ trace }) => trace.map(({ token }) => token))
          return tokens.filter((token) => token === symbols.length).length / tokens.length
        }
      })
      assert.deepStrictEqual(yield* measured(silence), { mean: 0.5, low: Number.NaN, high: Number.NaN, n: 3 })
      // forty episodes of one step, every other pair silent: groups of four, two silent in each half of the groups
      const many = 40
      const ones = column(...Array.from({ length: many }, () => 1))
      const longer: Play = {
        ...play,
        episodes: {
          success: flags(...ones),
          steps: ones,
          collisions: ones,
          tokens: ones,
          reward: Float64Array.from(ones),
          best: ones
        },
        trace: {
          ...trace,
          rows: many,
          episodes: many,
          episode: column(...Array.from({ length: many }, (_, k) => k)),
          token: column(...Array.from({ length: many }, (_, k) => (Math.floor(k / 2) % 2 === 0 ? 2 : 0)))
        }
      }
      const found = yield* measured(silence, longer)
      // even groups are silent, odd ones are not: without one of them 16 or 20 of 36
      const squares = 10 * ((20 - 16) / 2 / 36) ** 2
      const half = 1.959963984540054 * Math.sqrt(0.9 * squares)
      assert.strictEqual(found?.mean, 0.5)
      assert.closeTo(found?.low ?? 0, 0.5 - half, 1e-12)
      assert.closeTo(found?.high ?? 0, 0.5 + half, 1e-12)
    })
  )

  it.effect("ends the stage where it leaves its bounds, is no number, or changes its mind", () =>
    Effect.gen(function* () {
      const one = (each: () => number) => make({ doc: "", unit: "fraction", reads: "counts", each })
      assert.strictEqual(
        yield* faultOf(one(() => 1.5)),
        "own.it, on map: it gives 1.5 for episode 0, and says of itself that it is never above 1"
      )
      assert.strictEqual(
        yield* faultOf(make({ doc: "", unit: "none", minimum: 2, reads: "counts", each: ({ number }) => 2 - number })),
        "own.it, on map: it gives 1 for episode 1, and says of itself that it is never below 2"
      )
      assert.strictEqual(
        yield* faultOf(make({ doc: "", unit: "none", reads: "counts", whole: () => Number.POSITIVE_INFINITY })),
        "own.it, on map: it gives Infinity for 4 episodes"
      )
      let calls = 0
      assert.strictEqual(
        yield* faultOf(one(() => calls++ / 100)),
        "own.it, on map: it gives 0 and then 0.04 for the same episode: it is no function of what was played"
      )
    })
  )

  it.effect("cannot change what another one reads", () =>
    Effect.gen(function* () {
      const meddling = make({
        doc: "",
        unit: "none",
        reads: "steps",
        each: ({ trace }) => Object.assign(trace[0] ?? {}, { intent: 9 }).intent
      })
      assert.include(yield* faultOf(meddling), "read only")
    })
  )
})
