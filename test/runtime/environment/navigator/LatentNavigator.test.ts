/** Stages of the navigator: what is fitted, stopped, taken up again, and what plays with it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import * as Select from "../../../../src/runtime/engine/Select.ts"
import { encoderDefaults } from "../../../../src/runtime/environment/navigator/Encoder.ts"
import * as LatentNavigator from "../../../../src/runtime/environment/navigator/LatentNavigator.ts"
import type { FitOptions } from "../../../../src/runtime/environment/navigator/LatentNavigator.ts"
import { Progress } from "../../../../src/runtime/Progress.ts"
import type { Event } from "../../../../src/runtime/Progress.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"
import { StageError, StageRun } from "../../../../src/runtime/Stage.ts"
import * as FileStore from "../../../../src/runtime/store/FileStore.ts"
import { Store } from "../../../../src/runtime/store/Store.ts"
import { folder } from "../../store/Scratch.ts"

const given: FitOptions = {
  model: "encoder",
  updates: 24,
  resolution: "halved",
  pool: 1000,
  latents: 6,
  beta: 4,
  batch: 32,
  rate: 0.001,
  checkpointEvery: 8
}

type Files = Record<string, Uint8Array>

/** Runs the program of a stage in `runs`. */
const staged = Effect.fnUntraced(function* <E, R>(
  program: Effect.Effect<void, E, R>,
  options: {
    readonly runs: string
    readonly label: string
    readonly updates?: number
    readonly upstream?: Readonly<Record<string, Files>>
    readonly report?: (event: Event) => Effect.Effect<void>
  }
) {
  const artifacts: Files = {}
  const store = yield* Store
  const run = yield* store.open(options.runs, "r")
  const folder = yield* run.stage({ label: options.label, key: "b".repeat(64) })
  yield* program.pipe(
    Effect.provideService(
      StageRun,
      StageRun.of({
        name: options.label,
        label: options.label,
        seed: 3,
        random: makeRandom(3),
        address: "train/0",
        folder,
        ...(options.updates === undefined ? {} : { updates: options.updates }),
        upstream: options.upstream ?? {},
        artifact: (name, bytes) => Effect.sync(() => void (artifacts[name] = bytes))
      })
    ),
    Effect.provideService(Progress, Progress.of({ report: options.report ?? (() => Effect.void) }))
  )
  return artifacts
}, Effect.scoped)

const layer = Layer.mergeAll(Select.layer("onnx"), FileStore.layer)
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)
const hexOf = (files: Files) =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")]))

describe("a fit", () => {
  it.effect(
    "that is stopped keeps what it has, and ends with the bytes of one that was not",
    () =>
      Effect.gen(function* () {
        const whole = yield* staged(LatentNavigator.fit(given), { runs: yield* folder, label: "encode" })
        assert.deepStrictEqual(Object.keys(whole).sort(), ["curve.csv", "encoder.json", "encoder.safetensors"])
        const runs = yield* folder
        // stopped in the thirteenth update: between two checkpoints
        const exit = yield* Effect.exit(
          staged(LatentNavigator.fit(given), {
            runs,
            label: "encode",
            report: (event) => (event._tag === "Update" && event.update === 13 ? Effect.interrupt : Effect.void)
          })
        )
        assert.isTrue(Exit.hasInterrupts(exit))
        let from = -1
        const again = yield* staged(LatentNavigator.fit(given), {
          runs,
          label: "encode",
          report: (event) =>
            Effect.sync(() => {
              if (event._tag === "StageStarted") from = event.from
            })
        })
        assert.isAtLeast(from, 8)
        assert.isBelow(from, 24)
        assert.deepStrictEqual(hexOf(again), hexOf(whole))
        // the beginning alone has the same beginning, since its schedules are those of the whole
        const beginning = yield* staged(LatentNavigator.fit(given), {
          runs: yield* folder,
          label: "encode",
          updates: 3
        })
        const rows = (files: Files) => text(files["curve.csv"]).trimEnd().split("\n")
        assert.deepStrictEqual(rows(beginning), rows(whole).slice(0, 4))
      }).pipe(Effect.provide(layer), Effect.scoped),
    120_000
  )
})

describe("a play", () => {
  const shapes = LatentNavigator.make("shapes", {
    clicks: 10,
    catalogue: 256,
    shifts: { fixed: { person: { attentionRate: 0, trustRate: 0 } } }
  })
  const play = (by: ReadonlyArray<string>) =>
    LatentNavigator.play({ episodes: 2, on: [shapes, shapes.shifts.fixed], by, measure: ["mean_score", "human_drift"] })

  it.effect(
    "needs an encoder, and people who exist; what it measures does not depend on who else plays",
    () =>
      Effect.gen(function* () {
        const runs = yield* folder
        const missing = yield* Effect.flip(staged(play(["random"]), { runs, label: "explore" }))
        assert.deepStrictEqual(
          missing,
          new StageError({ stage: "explore", reason: "it plays with an encoder, but no stage before it fits one" })
        )
        const encode = yield* staged(LatentNavigator.fit({ ...given, beta: 0.1 }), { runs, label: "encode" })
        const upstream = { encode }
        const nobody = yield* Effect.flip(staged(play(["everybody"]), { runs, label: "explore", upstream }))
        assert.deepStrictEqual(nobody, new StageError({ stage: "explore", reason: "nobody plays as everybody" }))
        const both = yield* staged(play(["random", "human_alone"]), { runs, label: "both", upstream })
        const alone = yield* staged(play(["human_alone"]), { runs, label: "alone", upstream })
        const measured = (files: Files) =>
          JSON.parse(text(files["measures.json"])).measures.filter((one: { by: string }) => one.by === "human_alone")
        assert.strictEqual(measured(both).length, 4)
        assert.deepStrictEqual(measured(both), measured(alone))
      }).pipe(Effect.provide(layer), Effect.scoped),
    120_000
  )

  it("has the defaults that the declaration states, and so does the model", () => {
    const camel = (name: string) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    const named = (value: unknown): unknown =>
      typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [camel(name), named(inner)]))
        : value
    const declared = Object.fromEntries(shapes.declaration.parameters.map((one) => [one.name, named(one.default)]))
    assert.deepStrictEqual({ ...LatentNavigator.make("plain").parameters }, declared)
    const { batch, beta, latents, pool, rate } = encoderDefaults
    const model = Object.fromEntries(
      (shapes.declaration.models ?? []).flatMap(({ parameters }) => parameters.map((one) => [one.name, one.default]))
    )
    assert.deepStrictEqual(model, {
      resolution: { choice: "halved", arguments: {} },
      pool,
      latents,
      beta,
      batch,
      rate
    })
  })

  it("inherits in a shift what it does not state, and refuses what no session has", () => {
    assert.deepStrictEqual(shapes.shifts.fixed.parameters.person, {
      attentionRate: 0,
      budget: 0.05,
      trustRate: 0,
      noise: 0.3,
      lapse: 0.05
    })
    assert.strictEqual(shapes.shifts.fixed.parameters.clicks, 10)
    assert.throws(() => LatentNavigator.make("shapes", { clicks: 9 }), "a session has 10 to 1000 clicks, not 9")
    assert.throws(() => LatentNavigator.make("shapes", { suggestions: 9 }), "2 to 8 places are suggested, not 9")
    assert.throws(() => LatentNavigator.make("shapes", { catalogue: 100 }), "a catalogue has 256 to 16384 images")
  })
})
