import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as Bica from "../../../src/runtime/index.ts"
import * as Onnx from "../../../src/runtime/engine/onnx/OnnxEngine.ts"
import type { Event } from "../../../src/runtime/Progress.ts"
import * as FileStore from "../../../src/runtime/store/FileStore.ts"
import { ai, guide, human, map, navigator } from "../agent/Teams.ts"
import { folder } from "../store/Scratch.ts"

const ppo = { clip: 0.2, entropy: 0.01 }

/** A pipeline as a compiled one is written; `interruptAt` fails that update of the first training. */
const pipelineOf = (
  changes: {
    readonly name?: string
    readonly seeds?: ReadonlyArray<number>
    readonly episodes?: number
    readonly interruptAt?: number
    readonly freezing?: ReadonlyArray<Bica.Agent.Agent>
    readonly players?: ReadonlyArray<Bica.Agent.Agent>
    readonly measure?: ReadonlyArray<string>
  } = {}
) => {
  const {
    episodes = 40,
    interruptAt,
    measure = ["success", "steps", "excess"],
    name = "bica",
    seeds = [13, 42]
  } = changes
  const bica = Bica.Objective.make(name, {
    semantics: "b",
    loss: Bica.sum(Bica.ppo(ai, ppo), Bica.ppo(human, ppo)),
    within: [],
    freezing: []
  })
  const oneWay = Bica.Objective.make("one_way", {
    semantics: "o",
    loss: Bica.ppo(ai, ppo),
    within: [],
    freezing: changes.freezing ?? [human]
  })
  const open = Bica.MapTalk.make("map", {
    ...map.parameters,
    shifts: { loud: { noise: { human: { flip: 1, drift: 0 } } }, five: { grid: { width: 5, height: 5 } } }
  })
  let updates = 0
  const train = Bica.Stage.make("train", {
    semantics: "t",
    after: [],
    agents: [ai, human],
    environment: open,
    forEach: "objective",
    program: Effect.fn("train")(function* (objective: Bica.Objective.Objective) {
      const training = yield* Bica.Training.begin({ environment: open, agents: [ai, human], objective })
      yield* training.repeat(
        { times: 4, checkpointEvery: 1 },
        Effect.gen(function* () {
          yield* training.rollout({ environments: 8, steps: 8, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
          yield* training.update([human, ai], {
            jointly: true,
            epochs: 1,
            minibatches: 2,
            rate: Bica.Schedule.constant(0.004),
            clipNorm: 0.5
          })
          yield* training.ascend
          if (++updates === interruptAt)
            return yield* new Bica.Stage.StageError({ stage: "train", reason: "interrupted" })
        })
      )
      yield* training.end
    })
  })
  const test = Bica.Stage.make("test", {
    semantics: `p${episodes}`,
    after: [train],
    agents: [ai, human],
    environment: open,
    forEach: "objective",
    program: Effect.fn("test")(function* (objective: Bica.Objective.Objective) {
      const on = [open, open.shifts.loud, open.shifts.five]
      yield* Bica.Play.team({
        episodes,
        on,
        agents: changes.players ?? [ai, human],
        objective,
        choose: "greedy",
        measure
      })
    })
  })
  const oracles = Bica.Stage.make("oracles", {
    semantics: "q",
    after: [],
    agents: [ai, human],
    environment: open,
    forEach: "seed",
    program: Effect.fn("oracles")(function* () {
      yield* Bica.Play.oracles({
        episodes: 40,
        on: [open],
        by: ["random", "planner"],
        agents: [ai, human],
        measure: ["success", "steps", "excess"]
      })
    })
  })
  const measured = Bica.Claim.measured
  const claim = (
    title: string,
    left: Bica.Claim.Measurement,
    relation: Bica.Claim.Relation,
    right: Bica.Claim.Measurement
  ) => Bica.Claim.make(title, { left, relation, right, test: Bica.Claim.confidence(0.95) })
  return Bica.Pipeline.make("small", {
    stages: [train, test, oracles],
    objectives: [bica, oneWay],
    studies: [Bica.Study.make("main", { seeds, compare: [bica, oneWay] })],
    claims: [
      claim("planner_plans", measured("excess", Bica.Claim.oracle("planner")), "<=", Bica.Claim.number(0)),
      claim("planner_loses", measured("steps", Bica.Claim.oracle("planner")), ">", measured("steps", bica)),
      claim("never_asked", measured("tokens", bica), ">", Bica.Claim.number(0)),
      claim("measured_on_a_shift", measured("steps", bica, open.shifts.five), ">", Bica.Claim.number(1))
    ]
  })
}

const execute = (pipeline: Bica.Pipeline.Pipeline, runs: string, events: Array<Event> = []) =>
  Bica.Pipeline.execute(pipeline, {
    runs,
    record: { "pipeline.bica": new TextEncoder().encode("// the file\n") }
  }).pipe(
    Effect.provideService(
      Bica.Progress.Progress,
      Bica.Progress.Progress.of({ report: (event) => Effect.sync(() => void events.push(event)) })
    ),
    Effect.provide(Layer.mergeAll(Onnx.layer, FileStore.layer))
  )

const ended = (events: ReadonlyArray<Event>) =>
  events.flatMap((event) => (event._tag === "StageEnded" ? [[event.label, event.cached] as const] : []))

const verdicts = (summary: Bica.Pipeline.Summary) =>
  Object.fromEntries(summary.claims.map(({ claim, verdict }) => [claim, verdict]))

/** Every file of the runs that ended, as text of bytes, without what tells the time. */
const artifactsOf = (run: string) =>
  Object.fromEntries(
    readdirSync(run, { recursive: true, withFileTypes: true })
      .filter(
        (entry) => entry.isFile() && /^(weights\.safetensors|curve\.csv|measures\.json|claims\.json)$/.test(entry.name)
      )
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(run.length + 1), readFileSync(file).toString("hex")])
  )

describe("a run", () => {
  it.effect("measures every team and oracle over seeds, and judges the claims", () =>
    Effect.gen(function* () {
      const summary = yield* execute(pipelineOf(), yield* folder)
      const success = summary.measures.filter(({ metric }) => metric === "success")
      assert.deepStrictEqual(
        success.map(({ by, on, oracle, seeds, stage }) => [stage, by, oracle, on, seeds.map(({ seed }) => seed)]),
        [
          ...["bica", "one_way"].flatMap((by) =>
            ["map", "map.loud", "map.five"].map((on) => ["test", by, false, on, [13, 42]])
          ),
          ...["random", "planner"].map((by) => ["oracles", by, true, "map", [13, 42]])
        ]
      )
      for (const { overSeeds, seeds } of summary.measures) {
        assert.strictEqual(overSeeds.n, 2)
        assert.closeTo(overSeeds.mean, ((seeds[0]?.value ?? NaN) + (seeds[1]?.value ?? NaN)) / 2, 1e-12)
        assert.deepStrictEqual(
          seeds.map(({ n }) => n),
          [40, 40]
        )
      }
      // the same maps and draws, another channel
      const steps = (on: string) =>
        summary.measures.find((row) => row.metric === "steps" && row.by === "one_way" && row.on === on)?.overSeeds.mean
      assert.notStrictEqual(steps("map.loud"), steps("map"))
      const planner = summary.measures
        .filter(({ by }) => by === "planner")
        .map(({ metric, overSeeds }) => [metric, overSeeds.mean])
      assert.deepStrictEqual(
        planner.filter(([metric]) => metric !== "steps"),
        [
          ["success", 1],
          ["excess", 0]
        ]
      )
      assert.deepStrictEqual(verdicts(summary), {
        planner_plans: "holds",
        planner_loses: "fails",
        never_asked: "never run",
        measured_on_a_shift: "holds"
      })
      const written: unknown = JSON.parse(readFileSync(join(summary.folder, "claims.json"), "utf8"))
      assert.deepStrictEqual(
        written,
        JSON.parse(JSON.stringify({ claims: summary.claims }, (_, x: unknown) => (Number.isNaN(x) ? null : x)))
      )
      assert.strictEqual(readFileSync(join(summary.folder, "pipeline.bica"), "utf8"), "// the file\n")
    }).pipe(Effect.scoped)
  )

  it.effect("does not run again what has ended, and gives the same; a change runs only what it concerns", () =>
    Effect.gen(function* () {
      const runs = yield* folder
      const seeds = [13]
      const first = yield* execute(pipelineOf({ seeds }), runs)
      const before = artifactsOf(first.folder)
      const again: Array<Event> = []
      const second = yield* execute(pipelineOf({ seeds }), runs, again)
      assert.deepStrictEqual(second, first)
      assert.strictEqual(ended(again).length, 5)
      assert.isTrue(ended(again).every(([, cached]) => cached))
      assert.deepStrictEqual(artifactsOf(second.folder), before)

      const changed: Array<Event> = []
      yield* execute(pipelineOf({ seeds, episodes: 20 }), runs, changed)
      assert.deepStrictEqual(
        ended(changed).filter(([, cached]) => !cached),
        [
          ["test/bica/seed-13", false],
          ["test/one_way/seed-13", false]
        ]
      )

      // a name is no part of a key: nothing runs, and what was measured is reported under the name of today
      const renamed: Array<Event> = []
      const third = yield* execute(pipelineOf({ seeds, name: "mutual" }), runs, renamed)
      assert.isTrue(ended(renamed).every(([, cached]) => cached))
      assert.deepStrictEqual(verdicts(third), verdicts(first))
      assert.deepStrictEqual(
        third.measures,
        first.measures.map((row) =>
          row.by === "bica"
            ? { ...row, by: "mutual", seeds: row.seeds.map((seed) => ({ ...seed, by: "mutual" })) }
            : row
        )
      )
    }).pipe(Effect.scoped)
  )

  it.effect("that was interrupted ends with the bytes of one that was not", () =>
    Effect.gen(function* () {
      const whole = yield* execute(pipelineOf({ seeds: [13] }), yield* folder)
      const runs = yield* folder
      // in the second update of the second training
      const error = yield* Effect.flip(execute(pipelineOf({ seeds: [13], interruptAt: 6 }), runs))
      assert.strictEqual(error.message, "train: interrupted")
      const events: Array<Event> = []
      const resumed = yield* execute(pipelineOf({ seeds: [13] }), runs, events)
      assert.deepStrictEqual(
        ended(events).filter(([, cached]) => cached),
        [
          ["train/bica/seed-13", true],
          ["test/bica/seed-13", true]
        ]
      )
      // of the two trainings one is taken from the run before, the other goes on after its first update
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "StageStarted" && event.updates > 0 ? [event.from] : [])),
        [1]
      )
      assert.deepStrictEqual(artifactsOf(resumed.folder), artifactsOf(whole.folder))
    }).pipe(Effect.scoped)
  )
})

describe("playing a team", () => {
  const failure = (changes: Parameters<typeof pipelineOf>[0]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(execute(pipelineOf({ seeds: [13], ...changes }), yield* folder))
      return error.message
    }).pipe(Effect.scoped)

  it.effect("refuses weights of another network", () =>
    Effect.map(failure({ players: [navigator({ policy: Bica.Agent.gru(16) }), guide()] }), (message) =>
      assert.match(message, /^test\/bica\/seed-13: the weights that were trained have 1 of the 8 parameters of ai/)
    )
  )

  it.effect("refuses an agent that was not trained and is not frozen", () =>
    Effect.map(failure({ players: [{ ...ai, name: "robot" }, human] }), (message) =>
      assert.match(message, /^test\/bica\/seed-13: the weights that were trained have 0 of the 8 parameters of robot/)
    )
  )

  it.effect("refuses a metric that nothing measures", () =>
    Effect.map(failure({ measure: ["happiness"] }), (message) =>
      assert.strictEqual(message, "test/bica/seed-13: nothing here measures happiness")
    )
  )
})
