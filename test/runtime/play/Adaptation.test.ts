import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { initialise } from "../../../src/runtime/agent/Network.ts"
import { assemble } from "../../../src/runtime/agent/Team.ts"
import type { Learner, Modules, Team } from "../../../src/runtime/agent/Team.ts"
import type { Agent } from "../../../src/runtime/agent/Agent.ts"
import * as Instructor from "../../../src/runtime/agent/Instructor.ts"
import { Engine } from "../../../src/runtime/engine/Engine.ts"
import * as Select from "../../../src/runtime/engine/Select.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { jensenShannon } from "../../../src/runtime/measure/estimator/JensenShannon.ts"
import { adaptationMetrics, measureAdaptation } from "../../../src/runtime/play/Adaptation.ts"
import { branches } from "../../../src/runtime/play/Branches.ts"
import { playTeam } from "../../../src/runtime/play/Team.ts"
import { traceTeam } from "../../../src/runtime/play/Trace.ts"
import { loadWeights } from "../../../src/runtime/play/Weights.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { StageRun } from "../../../src/runtime/Stage.ts"
import * as FileStore from "../../../src/runtime/store/FileStore.ts"
import { encode } from "../../../src/runtime/store/Safetensors.ts"
import { Store } from "../../../src/runtime/store/Store.ts"
import type { StoredTensor } from "../../../src/runtime/store/Store.ts"
import { ai, guide, human, map } from "../agent/Teams.ts"
import { folder } from "../store/Scratch.ts"
import { coach, codes, listener, modules } from "../train/Trainings.ts"

const random = makeRandom(7)
const layer = Layer.mergeAll(Select.layer("onnx"), FileStore.layer)

/** What changes of a group's parameters: by the name of an entry, what each number becomes. */
type Change = Readonly<Record<string, Readonly<Record<string, (x: number, i: number) => number>>>>

const learnersOf = (of: Team): ReadonlyArray<Learner> =>
  [of.speaker, of.actor, of.protocol, of.instructor, of.mapper].flatMap((part) => (part === undefined ? [] : [part]))

/** The weights of a team as they are drawn, with changes. */
const weightsOf = (of: Team, change: Change = {}) => {
  const tensors: Record<string, StoredTensor> = {}
  for (const { layout } of learnersOf(of)) {
    const vector = initialise(layout, random, "train/0")
    for (const { name, offset, shape, size } of layout.entries) {
      const become = change[layout.group]?.[name] ?? ((x: number) => x)
      tensors[`${layout.group}.${name}`] = { shape, data: vector.slice(offset, offset + size).map(become) }
    }
  }
  return Effect.orDie(Effect.fromResult(encode(tensors)))
}

const objective = (freezing: ReadonlyArray<{ readonly name: string }> = []) =>
  Objective.make("bica", { semantics: "b", loss: ppo(ai, { clip: 0.2, entropy: 0 }), within: [], freezing })

/** A team of given weights at play after a training that gave them. */
const played = Effect.fnUntraced(function* (options: {
  readonly agents: ReadonlyArray<Agent>
  readonly modules?: Modules
  readonly freezing?: ReadonlyArray<{ readonly name: string }>
  readonly final?: Change
  readonly initial?: Change
  readonly late?: Change
  readonly without?: ReadonlyArray<string>
  readonly metrics?: ReadonlyArray<string>
  readonly episodes?: number
}) {
  const environment = MapTalk.make("map", { ...map.parameters, obstacles: { low: 0.1, high: 0.2 } })
  const team = yield* assemble("test", environment, options.agents, options.modules)
  const artifacts = {
    "weights.safetensors": yield* weightsOf(team, options.final),
    "weights.initial.safetensors": yield* weightsOf(team, options.initial),
    "weights.late.safetensors": yield* weightsOf(team, options.late ?? options.final)
  }
  const store = yield* Store
  const run = yield* store.open(yield* folder, "r")
  const stage = StageRun.of({
    name: "test",
    label: "test",
    seed: 7,
    random,
    address: "train/1",
    folder: yield* run.stage({ label: "test", key: "b".repeat(64) }),
    upstream: {
      train: Object.fromEntries(Object.entries(artifacts).filter(([name]) => options.without?.includes(name) !== true))
    },
    artifact: () => Effect.void
  })
  const engine = yield* Engine
  const session = yield* engine.open
  const loaded = new Set<string>()
  return yield* Effect.gen(function* () {
    const trained = yield* loadWeights(session, team, objective(options.freezing))
    const tracer = traceTeam(team)
    const play = { session, loaded, episodes: options.episodes ?? 48, random, greedy: true }
    const episodes = yield* playTeam({ ...play, team, learned: trained.learned, tracer })
    const measuring = { ...play, team, trained, trace: tracer.trace(), metrics: options.metrics ?? adaptationMetrics }
    const found = yield* measureAdaptation(measuring)
    return { ...measuring, counted: episodes, found, of: (name: string) => found.get(name)?.mean }
  }).pipe(Effect.provideService(StageRun, stage))
})

describe("adaptation of a team", () => {
  it.effect("that is as it began is 0 on both sides, and worth nothing", () =>
    Effect.gen(function* () {
      const { found, of } = yield* played({ agents: [ai, listener], modules, episodes: 8 })
      assert.deepStrictEqual([...found.keys()].sort(), [...adaptationMetrics].sort())
      for (const name of ["mutual_adaptation", "human_adaptation", "ai_adaptation", "human_gain", "ai_gain"])
        assert.strictEqual(of(name), 0, name)
      assert.strictEqual(of("protocol_stability"), 1)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("whose guide was frozen is 0 mutually, whatever the AI has learned", () =>
    Effect.gen(function* () {
      const { of } = yield* played({
        agents: [ai, human],
        freezing: [human],
        final: { ai: { "head.weight": (x) => 300 * x } }
      })
      assert.isAbove(of("ai_adaptation") ?? NaN, 0.01)
      for (const name of ["human_adaptation", "mutual_adaptation", "human_gain"]) assert.strictEqual(of(name), 0, name)
      assert.strictEqual(of("protocol_stability"), 1)
      assert.isNaN(of("teaching_effectiveness"))
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("of the guide's table alone has the divergence of the marginal messages", () =>
    Effect.gen(function* () {
      // no residual over a uniform prior of intents; the table is literal (90 %) now and was uniform
      const literal = Math.log(0.9) - Math.log(0.1 / 12)
      const zero = { "head.weight": () => 0, "head.bias": () => 0 }
      const uniform = (_: number, i: number) => (i % 13 === Math.floor(i / 13) % 4 ? -literal : 0)
      const { of } = yield* played({
        agents: [ai, guide({ prior: { kind: "uniform" } })],
        final: { human: { ...zero, table: () => 0 } },
        initial: { human: { ...zero, table: uniform } },
        late: { human: { ...zero, table: uniform } }
      })
      const other = 0.1 / 12
      const now = Array.from({ length: 13 }, (_, m) => (m < 4 ? 0.25 * 0.9 + 0.75 * other : other))
      const expected = jensenShannon(now, Array<number>(13).fill(1 / 13))
      assert.isAbove(expected, 0.1)
      assert.closeTo(of("human_adaptation") ?? NaN, expected, 1e-6)
      // row by row the protocol has changed more than its marginal
      const rows = jensenShannon(
        Array.from({ length: 13 }, (_, m) => (m === 0 ? 0.9 : other)),
        Array<number>(13).fill(1 / 13)
      )
      assert.closeTo(of("protocol_stability") ?? NaN, 1 - rows, 1e-6)
      assert.strictEqual(of("ai_adaptation"), 0)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("is undefined where the training kept no earlier weights", () =>
    Effect.gen(function* () {
      const { of } = yield* played({
        agents: [ai, human],
        without: ["weights.initial.safetensors", "weights.late.safetensors"]
      })
      for (const name of ["mutual_adaptation", "human_gain", "ai_gain", "protocol_stability", "protocol_convergence"])
        assert.isNaN(of(name), name)
      assert.isFalse(Number.isNaN(of("representation_alignment")))
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("changes nothing of the weights that are played with", () =>
    Effect.gen(function* () {
      const options = {
        agents: [ai, listener],
        modules,
        final: { ai: { "head.weight": (x: number) => 300 * x }, human: { "head.weight": (x: number) => 300 * x } },
        metrics: ["human_gain", "ai_gain"]
      }
      const one = yield* played(options)
      const again = yield* playTeam({ ...one, learned: one.trained.learned })
      assert.deepStrictEqual(again, one.counted)
      const share = one.counted.success.reduce((a, b) => a + b, 0) / 48
      assert.isTrue(Math.abs(one.of("ai_gain") ?? NaN) <= Math.max(share, 1 - share))
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("knowledge transfer", () => {
  it.effect("is 0 where the AI's encoder does not look at what it hears, and large where it keeps nothing else", () =>
    Effect.gen(function* () {
      const { layout, observationSize } = (yield* assemble("test", map, [ai, human])).actor
      const hidden = layout.entries.find(({ name }) => name === "encoder.weight")?.shape[1] ?? 0
      const metrics = ["knowledge_transfer"]
      const ignoring = (x: number, i: number) => (Math.floor(i / hidden) >= observationSize ? 0 : x)
      // unit k of the encoder is the direction k, heard, and nothing else
      const directions = (_: number, i: number) => (Math.floor(i / hidden) - observationSize === i % hidden ? 3 : 0)
      const deaf = yield* played({ agents: [ai, human], metrics, final: { ai: { "encoder.weight": ignoring } } })
      assert.strictEqual(deaf.of("knowledge_transfer"), 0)
      const hearing = yield* played({ agents: [ai, human], metrics, final: { ai: { "encoder.weight": directions } } })
      // the guide says the compass through a little noise, which is nearly the best direction on a map of few obstacles
      assert.isAbove(hearing.of("knowledge_transfer") ?? NaN, 0.5)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("branches", () => {
  // the guide's encoder has the advice in its last two rows; it takes no notice of it
  const unmoved = Effect.map(assemble("test", map, [ai, listener], modules), ({ speaker }) => {
    const entry = speaker.layout.entries.find(({ name }) => name === "encoder.weight")
    const [inputs = 0, hidden = 0] = entry?.shape ?? []
    return { "encoder.weight": (x: number, i: number) => (Math.floor(i / hidden) >= inputs - 2 ? 0 : x) }
  })
  const points = [0, 1, 2, 3].map((episode) => ({ episode, t: episode, advice: 1 }))

  it.effect("of advice that changes nothing have equal returns, those of the play that they branch from", () =>
    Effect.gen(function* () {
      const quiet = guide({ sees: listener.sees, noise: { flip: 0, drift: 0 } })
      const one = yield* played({
        agents: [ai, quiet],
        modules: { protocol: codes, instructor: coach },
        final: { human: yield* unmoved, ai: { "head.weight": (x) => 300 * x } },
        metrics: []
      })
      const noise = { flip: 0, drift: 0 }
      const found = yield* branches({ ...one, learned: one.trained.learned, noise, points })
      assert.strictEqual(found.treated.length, 32)
      assert.deepStrictEqual(found.treated, found.control)
      assert.deepStrictEqual(
        Array.from(found.episode),
        Array.from({ length: 32 }, (_, k) => Math.floor(k / 8))
      )
      // without noise every branch is the play itself: from its first step the whole reward
      assert.closeTo(found.control[0] ?? NaN, one.counted.reward[0] ?? NaN, 1e-4)
      for (const k of [1, 7]) assert.strictEqual(found.control[k], found.control[0])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("meet advice that calms the channel: with certain noise advice is all that lets a token through", () =>
    Effect.gen(function* () {
      const quiet = guide({ sees: listener.sees, noise: { flip: 0, drift: 0 } })
      const one = yield* played({
        agents: [ai, quiet],
        modules: { protocol: codes, instructor: coach },
        // the AI does what it hears in a way of its own: other tokens, other actions
        final: { human: yield* unmoved, ai: { "head.weight": (x) => 300 * x, "encoder.weight": (x) => 3 * x } },
        metrics: []
      })
      const found = yield* branches({ ...one, learned: one.trained.learned, noise: { flip: 1, drift: 0 }, points })
      assert.notDeepEqual(found.treated, found.control)
      const again = yield* branches({ ...one, learned: one.trained.learned, noise: { flip: 1, drift: 0 }, points })
      assert.deepStrictEqual(again, found)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect(
    "are of the kind of advice that was given: one that changes nothing is worth nothing, whatever another does",
    () =>
      Effect.gen(function* () {
        const quiet = guide({ sees: listener.sees, noise: { flip: 0, drift: 0 } })
        const several = Instructor.make("coach", { agent: "human", hidden: 0, kinds: 2 })
        const { speaker } = yield* assemble("test", map, [ai, quiet], { protocol: codes, instructor: several })
        const entry = speaker.layout.entries.find(({ name }) => name === "encoder.weight")
        const [inputs = 0, width = 0] = entry?.shape ?? []
        // silence and the first kind are as nothing to the guide, the second turns its head
        const row = (x: number, i: number) => {
          const k = Math.floor(i / width)
          return k === inputs - 1 ? 30 * x : k >= inputs - 3 ? 0 : x
        }
        const one = yield* played({
          agents: [ai, quiet],
          modules: { protocol: codes, instructor: several },
          final: {
            human: { "encoder.weight": row, "head.weight": (x) => 300 * x },
            ai: { "head.weight": (x) => 300 * x, "encoder.weight": (x) => 3 * x }
          },
          metrics: []
        })
        const noise = { flip: 0, drift: 0 }
        const of = (advice: number) =>
          branches({
            ...one,
            learned: one.trained.learned,
            noise,
            points: points.map((point) => ({ ...point, advice }))
          })
        const first = yield* of(1)
        assert.deepStrictEqual(first.treated, first.control)
        const second = yield* of(2)
        assert.deepStrictEqual(second.control, first.control)
        assert.notDeepEqual(second.treated, second.control)
      }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("hold what follows from an advice in the history of who gave it, and share the history before it", () =>
    Effect.gen(function* () {
      const quiet = guide({ sees: listener.sees, noise: { flip: 0, drift: 0 } })
      const play = Effect.fnUntraced(function* (history: number) {
        const several = Instructor.make("coach", { agent: "human", hidden: 0, kinds: 2, history })
        const { instructor, speaker } = yield* assemble("test", map, [ai, quiet], {
          protocol: codes,
          instructor: several
        })
        const width = speaker.layout.entries.find(({ name }) => name === "encoder.weight")?.shape[1] ?? NaN
        const inputs = speaker.layout.entries.find(({ name }) => name === "encoder.weight")?.shape[0] ?? NaN
        // silence and the first kind are as nothing to the guide, the second turns its head
        const heard = (x: number, i: number) => {
          const k = Math.floor(i / width)
          return k === inputs - 1 ? 30 * x : k >= inputs - 3 ? 0 : x
        }
        // who advised a step ago gives the second kind, and nothing else ever
        const rows = instructor?.layout.entries[0]?.shape[0] ?? NaN
        const past = rows - Instructor.pastSize(several, speaker.symbols.length)
        const weight = (_: number, i: number) => (i === (past + 3) * 2 + 1 || i === (past + 4) * 2 + 1 ? 20 : 0)
        const one = yield* played({
          agents: [ai, quiet],
          modules: { protocol: codes, instructor: several },
          final: {
            human: { "encoder.weight": heard, "head.weight": (x) => 300 * x },
            ai: { "head.weight": (x) => 300 * x, "encoder.weight": (x) => 3 * x },
            coach: { "advice.weight": weight, "advice.bias": () => -10 }
          },
          metrics: []
        })
        const noise = { flip: 0, drift: 0 }
        return {
          one,
          found: yield* branches({ ...one, learned: one.trained.learned, noise, points })
        }
      })
      // the first kind changes nothing where nobody remembers that it was given
      const forgetful = yield* play(0)
      assert.deepStrictEqual(forgetful.found.treated, forgetful.found.control)
      const { found, one } = yield* play(1)
      assert.notDeepEqual(found.treated, found.control)
      // nobody advises unless it is forced: without advice every branch is the play itself
      assert.closeTo(found.control[0] ?? NaN, one.counted.reward[0] ?? NaN, 1e-4)
      assert.deepStrictEqual(found.control, forgetful.found.control)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("are made where the instructor advises, and effectiveness is undefined where it never does", () =>
    Effect.gen(function* () {
      const metrics = ["teaching_effectiveness"]
      const biased = (by: number) => ({ coach: { "advice.bias": () => by } })
      const silent = yield* played({ agents: [ai, listener], modules, metrics, episodes: 8, final: biased(-5) })
      assert.isNaN(silent.of("teaching_effectiveness"))
      const eager = yield* played({ agents: [ai, listener], modules, metrics, episodes: 8, final: biased(5) })
      const { mean = NaN, n = NaN } = eager.found.get("teaching_effectiveness") ?? {}
      assert.isTrue(mean >= 0 && mean <= 1)
      // eight pairs at each state of eight episodes of at most 20 steps
      assert.strictEqual(n % 8, 0)
      assert.isAbove(n, 8 * 8)
      assert.isAtMost(n, 8 * 8 * 20)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})
