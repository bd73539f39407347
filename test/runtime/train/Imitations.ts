/** Imitations of the small team, and what comes after them. */
import { Effect, Layer } from "effect"
import type { Agent } from "../../../src/runtime/agent/Agent.ts"
import type { Modules } from "../../../src/runtime/agent/Team.ts"
import * as Select from "../../../src/runtime/engine/Select.ts"
import { Progress } from "../../../src/runtime/Progress.ts"
import type { Event } from "../../../src/runtime/Progress.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { StageRun } from "../../../src/runtime/Stage.ts"
import type { Failure } from "../../../src/runtime/Stage.ts"
import * as FileStore from "../../../src/runtime/store/FileStore.ts"
import { decode } from "../../../src/runtime/store/Safetensors.ts"
import { Store } from "../../../src/runtime/store/Store.ts"
import * as Imitation from "../../../src/runtime/train/Imitation.ts"
import * as Schedule from "../../../src/runtime/train/Schedule.ts"
import { ai, human, map } from "../agent/Teams.ts"
import { folder as scratch } from "../store/Scratch.ts"
import { tableOf } from "./Trainings.ts"

export type Files = Readonly<Record<string, Uint8Array>>

/** Imitates with the small team. `each` runs after every update. */
export const imitate = Effect.fnUntraced(function* (options: {
  readonly updates: number
  readonly loss?: number
  readonly teacher?: Imitation.Teacher
  readonly pupil?: Agent
  readonly agents?: ReadonlyArray<Agent>
  readonly modules?: Modules
  readonly engine?: Select.Choice
  readonly environments?: number
  readonly steps?: number
  readonly epochs?: number
  readonly rate?: number
  readonly checkpointEvery?: number
  readonly folder?: string
  readonly upstream?: Readonly<Record<string, Files>>
  readonly each?: () => Effect.Effect<void, Failure>
  readonly events?: Array<Event>
  /** Where only the beginning of trainings is run. */
  readonly beginning?: number
}) {
  const { agents = [ai, human], events, loss, pupil = human } = options
  const runs = options.folder ?? (yield* scratch)
  const artifacts: Record<string, Uint8Array> = {}
  yield* Effect.gen(function* () {
    const store = yield* Store
    const run = yield* store.open(runs, "r")
    const folder = yield* run.stage({ label: "prior/seed-13", key: "c".repeat(64) })
    const stage = StageRun.of({
      name: "prior",
      label: "prior/seed-13",
      seed: 13,
      random: makeRandom(13),
      address: "train/0",
      folder,
      ...(options.beginning === undefined ? {} : { updates: options.beginning }),
      upstream: options.upstream ?? {},
      artifact: (name, bytes) => Effect.sync(() => void (artifacts[name] = bytes))
    })
    yield* Effect.gen(function* () {
      const imitation = yield* Imitation.begin({
        environment: map,
        agents,
        pupil,
        teacher: options.teacher ?? Imitation.rule("planner", { scale: 100, errs: 0.3 }),
        ...(options.modules === undefined ? {} : { modules: options.modules })
      })
      yield* imitation.until(
        {
          updates: options.updates,
          checkpointEvery: options.checkpointEvery ?? 1000,
          ...(loss === undefined ? {} : { loss })
        },
        Effect.gen(function* () {
          yield* imitation.rollout({ environments: options.environments ?? 8, steps: options.steps ?? 4 })
          yield* imitation.update({
            epochs: options.epochs ?? 2,
            minibatches: 2,
            rate: Schedule.constant(options.rate ?? 0.004),
            clipNorm: 0.5
          })
          yield* options.each?.() ?? Effect.void
        })
      )
      yield* imitation.end
    }).pipe(
      Effect.provideService(StageRun, stage),
      Effect.provideService(Progress, Progress.of({ report: (event) => Effect.sync(() => void events?.push(event)) }))
    )
  }).pipe(Effect.scoped, Effect.provide(Layer.mergeAll(Select.layer(options.engine ?? "onnx"), FileStore.layer)))
  const files: Files = artifacts
  return {
    files,
    curve: tableOf(new TextDecoder().decode(files["curve.csv"])),
    came: JSON.parse(new TextDecoder().decode(files["imitation.json"])) as Readonly<Record<string, unknown>>
  }
})

/** The tensors of a safetensors file by name. */
export const tensorsIn = (bytes: Uint8Array | undefined) =>
  Effect.map(Effect.orDie(Effect.fromResult(decode(bytes ?? new Uint8Array(0)))), ({ tensors }) =>
    Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Array.from(data)]))
  )
