/** Instructors of one kind of advice and of several: their parameters, what they give, what that teaches, what trains them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Instructor from "../../../src/runtime/agent/Instructor.ts"
import type { Layout } from "../../../src/runtime/agent/Network.ts"
import { makePlayer, makeRecord, parametersOf } from "../../../src/runtime/agent/Player.ts"
import { assemble } from "../../../src/runtime/agent/Team.ts"
import type { Learner } from "../../../src/runtime/agent/Team.ts"
import { Engine } from "../../../src/runtime/engine/Engine.ts"
import * as Select from "../../../src/runtime/engine/Select.ts"
import { makeStepOutcome } from "../../../src/runtime/environment/Environment.ts"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { makeGraph } from "../../../src/runtime/graph/Graph.ts"
import { print } from "../../../src/runtime/graph/Print.ts"
import { concat, mul, sigmoid } from "../../../src/runtime/graph/Operations.ts"
import type { Node } from "../../../src/runtime/graph/Graph.ts"
import { mean, multiply, number, sum } from "../../../src/runtime/loss/Arithmetic.ts"
import { entropy } from "../../../src/runtime/loss/Entropy.ts"
import type { LossContext } from "../../../src/runtime/loss/Expression.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { protocolJson } from "../../../src/runtime/play/Pictures.ts"
import { playTeam } from "../../../src/runtime/play/Team.ts"
import { traceTeam } from "../../../src/runtime/play/Trace.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { StageError } from "../../../src/runtime/Stage.ts"
import { updateGraph } from "../../../src/runtime/train/UpdateGraph.ts"
import { numbers, reference } from "../engine/Engines.ts"
import { numericalGradient } from "../graph/finiteDifferences.ts"
import { folder } from "../store/Scratch.ts"
import { batch, feedsOf, steps, unclipped } from "../train/Minibatches.ts"
import { codes, listener, train, watch } from "../train/Trainings.ts"
import { ai, guide, map } from "./Teams.ts"

const random = makeRandom(3)
const layer = Layer.mergeAll(Select.layer("onnx"))

const one = Instructor.make("coach", { agent: "human", hidden: 0 })
const two = Instructor.make("coach", { agent: "human", hidden: 0, kinds: 2 })
const teamOf = (instructor: Instructor.Instructor, speaker = listener) =>
  assemble("test", map, [ai, speaker], { protocol: codes, instructor })

describe("the parameters of an instructor", () => {
  it("of one kind are one logit of advice, whether that is said or not", () => {
    const said = Instructor.make("coach", { agent: "human", hidden: 0, kinds: 1 })
    const entries: Layout["entries"] = [
      {
        name: "advice.weight",
        shape: [36, 1],
        initial: { kind: "orthogonal", gain: 0.01, blocks: 1 },
        offset: 0,
        size: 36
      },
      { name: "advice.bias", shape: [1], initial: { kind: "zeros" }, offset: 36, size: 1 }
    ]
    for (const of of [one, said])
      assert.deepStrictEqual(Instructor.instructorLayout(of, 36), { group: "coach", entries, size: 37 })
  })

  it("of several kinds are a logit each, beside silence that has none", () => {
    const wide = Instructor.make("coach", { agent: "human", hidden: 5, kinds: 3 })
    assert.deepStrictEqual(
      Instructor.instructorLayout(wide, 36).entries.map(({ name, shape }) => [name, shape]),
      [
        ["hidden.weight", [36, 5]],
        ["hidden.bias", [5]],
        ["advice.weight", [5, 3]],
        ["advice.bias", [3]]
      ]
    )
  })

  it.effect("give the speaker an embedding for each kind and for silence", () =>
    Effect.gen(function* () {
      // 28 observations and 3 symbols
      for (const [of, outcomes] of [
        [one, 2],
        [two, 3]
      ] as const) {
        const { speaker } = yield* teamOf(of)
        assert.strictEqual(speaker.adviceSize, outcomes)
        assert.strictEqual(speaker.inputs, 31 + outcomes)
        assert.deepStrictEqual(speaker.layout.entries[0]?.shape, [31 + outcomes, 8])
      }
      const { speaker } = yield* teamOf(two, guide({ sees: ["full", "ai.message"] }))
      assert.deepStrictEqual([speaker.taught, speaker.adviceSize, speaker.inputs], [false, 0, 31])
    })
  )
})

describe("what an instructor decides", () => {
  /** A quantity of an instructor whose logits are given. */
  const at = (logits: ReadonlyArray<number>, build: (context: LossContext) => Node): ReadonlyArray<number> => {
    const g = makeBuilder()
    const node = g.constant(Float32Array.from(logits), [1, logits.length])
    // of a context these quantities read nothing else
    const context: Pick<LossContext, "instructor"> = { instructor: () => node }
    return Array.from(evaluate([build(context as LossContext)], {})[0] ?? [])
  }

  it("is a categorical distribution with silence at logit 0; intervening is all of it but silence", () => {
    const logits = [Math.log(2), Math.log(5)]
    const [intervenes = NaN] = at(logits, (context) => two.intervenes.build(context))
    assert.closeTo(intervenes, 7 / 8, 1e-7)
    const policy = at(logits, (context) => two.policy.build(context).logits[0] ?? context.instructor("coach"))
    for (const [k, expected] of [0, Math.log(2), Math.log(5)].entries())
      assert.closeTo(policy[k] ?? NaN, expected, 1e-7)
    // what hardly ever happens is not lost in 1 - pi(silence)
    const [rarely = NaN] = at([-30, -30], (context) => two.intervenes.build(context))
    assert.closeTo(rarely / (2 * Math.exp(-30)), 1, 1e-5)
  })

  it("of one kind is the graph that it was: a logistic function, and two logits", () => {
    const graphOf = (build: (logit: Node) => Readonly<Record<string, Node>>) => {
      const g = makeBuilder()
      return print(makeGraph("decides", { outputs: build(g.input("logit", [6, 1])), updates: {} }))
    }
    const context = (logit: Node): LossContext => {
      const read: Pick<LossContext, "instructor"> = { instructor: () => logit }
      return read as LossContext
    }
    assert.strictEqual(
      graphOf((logit) => ({
        intervenes: one.intervenes.build(context(logit)),
        policy: one.policy.build(context(logit)).logits[0] ?? logit
      })),
      graphOf((logit) => ({ intervenes: sigmoid(logit), policy: concat([mul(logit, 0), logit], 1) }))
    )
  })
})

/** A team of zero weights but for the biases of its instructor and what the speaker makes of advice, at play in `count` copies. */
const start = Effect.fnUntraced(function* (options: {
  readonly instructor: Instructor.Instructor
  readonly count: number
  readonly biases: ReadonlyArray<number>
  readonly greedy?: boolean
  readonly noise?: { readonly flip: number; readonly drift: number }
}) {
  const { biases, count, greedy = false, instructor, noise = { flip: 0, drift: 0 } } = options
  const team = yield* teamOf(instructor, guide({ sees: listener.sees, noise: { flip: 0, drift: 0 } }))
  const session = yield* (yield* Engine).open
  const part = team.instructor ?? assert.fail("it has an instructor")
  const give = (learner: Learner, at: (name: string, i: number) => number) => {
    const data = new Float32Array(learner.layout.size)
    for (const { name, offset, size } of learner.layout.entries)
      for (let i = 0; i < size; i++) data[offset + i] = at(name, i)
    return session.write(parametersOf(learner), { shape: [data.length], data })
  }
  yield* give(part, (name, i) => (name === "advice.bias" ? (biases[i] ?? 0) : 0))
  yield* give(team.speaker, () => 0)
  const worlds = map.worlds({ count, random, stream: "test" })
  worlds.reset(Int32Array.from({ length: count }, (_, i) => i))
  const player = yield* makePlayer({
    session,
    team,
    worlds,
    noise: () => noise,
    greedy,
    learned: new Set([team.speaker.name, part.name]),
    loaded: new Set()
  })
  yield* player.refresh
  const record = makeRecord(team, count)
  const draw = (purpose: string, n = count) => {
    const out = new Float32Array(n)
    random.uniform({ stage: "test", purpose, step: 0 }, out)
    return out
  }
  const step = (given: { readonly advice?: Float32Array; readonly forced?: Int32Array }) =>
    player.step(
      {
        speeches: [{ intent: draw("intent"), token: draw("token"), channel: draw("channel", 2 * count) }],
        action: draw("action"),
        ...given
      },
      record,
      makeStepOutcome(count)
    )
  return { draw, record, step, team }
})

describe("what an instructor gives", () => {
  it.effect("has the frequencies of its policy, and the log probability with which it was drawn", () =>
    Effect.gen(function* () {
      const count = 4000
      // 1 : 2 : 5
      const { draw, record, step } = yield* start({ instructor: two, count, biases: [Math.log(2), Math.log(5)] })
      yield* step({ advice: draw("advice") })
      for (const [kind, share] of [1 / 8, 2 / 8, 5 / 8].entries()) {
        const given = record.advice.filter((one) => one === kind).length / count
        assert.closeTo(given, share, 3.5 * Math.sqrt((share * (1 - share)) / count), `kind ${kind}`)
        const row = record.advice.indexOf(kind)
        assert.closeTo(record.adviceLogProbability[row] ?? NaN, Math.log(share), 1e-6)
      }
      // by inversion of the cumulative distribution, silence first
      const uniform = draw("advice")
      record.advice.forEach((kind, i) =>
        assert.strictEqual(
          kind,
          [1 / 8, 3 / 8, 1].findIndex((x) => (uniform[i] ?? 1) < x)
        )
      )
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("is what is likeliest where nothing is drawn, and what it is made to give", () =>
    Effect.gen(function* () {
      for (const [biases, likeliest] of [
        [[0.5, 0.7], 2],
        [[0.7, 0.5], 1],
        // likelier than not together, and none of them likelier than silence
        [[-0.1, -0.2], 0]
      ] as const) {
        const { record, step } = yield* start({ instructor: two, count: 3, biases, greedy: true })
        yield* step({})
        assert.deepStrictEqual(Array.from(record.advice), [likeliest, likeliest, likeliest])
        yield* step({ forced: Int32Array.of(2, -1, 0) })
        assert.deepStrictEqual(Array.from(record.advice), [2, likeliest, 0])
      }
      const { record, step } = yield* start({ instructor: one, count: 3, biases: [0.3], greedy: true })
      yield* step({ forced: Int32Array.of(-1, 0, 1) })
      assert.deepStrictEqual(Array.from(record.advice), [1, 0, 1])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("calms the channel whatever its kind", () =>
    Effect.gen(function* () {
      const { record, step, team } = yield* start({
        instructor: two,
        count: 300,
        biases: [0, 0],
        noise: { flip: 1, drift: 0 }
      })
      yield* step({ forced: Int32Array.from({ length: 300 }, (_, i) => i % 3) })
      const spoken = Array.from(record.speeches[0].token.keys()).filter(
        (i) => record.speeches[0].token[i] !== team.speaker.symbols.length
      )
      assert.isAbove(spoken.length, 200)
      for (const i of spoken)
        assert.strictEqual(record.speeches[0].heard[i] === record.speeches[0].token[i], i % 3 !== 0, `copy ${i}`)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

const taught = Objective.make("taught", {
  semantics: "t",
  loss: [
    Objective.summand("ppo(human)", 1, ppo(listener, { clip: 0.2, entropy: 0 })),
    Objective.summand("ppo(ai)", 1, ppo(ai, { clip: 0.2, entropy: 0 })),
    Objective.summand("ppo(coach)", 1, ppo(two, { clip: 0.2, entropy: 0.01 })),
    Objective.summand("teach", 0.05, mean(two.intervenes))
  ],
  within: [],
  freezing: []
})

describe("an instructor of two kinds", () => {
  it.effect("has the gradient of finite differences: PPO, its cost, entropy and probability", () =>
    Effect.gen(function* () {
      const of = yield* teamOf(two)
      const part = of.instructor ?? assert.fail("it has an instructor")
      const loss = sum(
        ppo(two, { clip: 0.2, entropy: 0.05 }),
        multiply(number(0.3), mean(two.intervenes)),
        multiply(number(0.2), mean(entropy(two.policy))),
        mean(two.logProb)
      )
      const { graph } = updateGraph("update", {
        team: of,
        objective: Objective.make("all", { semantics: "a", loss, within: [], freezing: [] }),
        targets: [part],
        trainCritic: false,
        steps,
        batch,
        valueWeight: 0.5,
        clipNorm: unclipped
      })
      const feeds = feedsOf(of, 11)
      const node = graph.outputs["loss"]
      const moment = graph.updates["coach.first_moment"]
      if (node === undefined || moment === undefined) throw new Error("the graph trains nobody")
      const gradient = Array.from(evaluate([moment], feeds)[0] ?? [], (x) => x / Math.fround(0.1))
      const at = feeds["coach.parameters"] ?? []
      assert.strictEqual(gradient.length, part.layout.size)
      const next = numbers(17)
      for (let k = 0; k < 4; k++) {
        const direction = at.map(() => next())
        const along = (x: number) =>
          evaluate([node], { ...feeds, "coach.parameters": at.map((p, i) => p + x * (direction[i] ?? 0)) })[0]?.[0] ??
          NaN
        const [numerical = NaN] = numericalGradient(([x = NaN]) => along(x), [0], 1e-4)
        const analytic = gradient.reduce((total, g, i) => total + g * (direction[i] ?? 0), 0)
        assert.isAbove(Math.abs(numerical), 1e-4)
        assert.closeTo(analytic, numerical, 1e-6 * Math.max(1, Math.abs(numerical)), `direction ${k}`)
      }
    })
  )

  it.effect("learns from the probabilities that it drew with, goes on after an interruption, and ends the same", () =>
    Effect.gen(function* () {
      const seen = watch()
      const options = {
        times: 5,
        agents: [ai, listener],
        modules: { protocol: codes, instructor: two },
        targets: [listener, ai, codes, two],
        objective: taught
      }
      const hex = ({ artifacts }: { readonly artifacts: Readonly<Record<string, Uint8Array>> }) =>
        Object.entries(artifacts).map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")])
      const whole = yield* train({ ...options, watch: seen })
      const [first] = seen.runs
      const given = first?.feeds["instructor.choice"] ?? new Float32Array(0)
      const totals = [0, 1, 2].map((kind) => Array.from(given).filter((x, i) => i % 3 === kind && x === 1).length)
      assert.isTrue(totals.every((count) => count > 0))
      assert.strictEqual(totals.reduce((a, b) => a + b, 0) * 3, given.length)
      // before anything was learned the ratio is 1
      if (first === undefined) assert.fail("nothing was run")
      const exact = reference(first.graph, { ...first.feeds, ...first.before })
      assert.isBelow(Math.abs(exact["coach.approximate_kl"]?.[0] ?? NaN), 1e-9)
      assert.closeTo(exact["term.teach"]?.[0] ?? NaN, 2 / 3, 0.02)
      const runs = yield* folder
      let calls = 0
      const failing = () =>
        Effect.suspend(() =>
          ++calls === 4 ? Effect.fail(new StageError({ stage: "train", reason: "interrupted" })) : Effect.void
        )
      const cut = { ...options, folder: runs, checkpointEvery: 2 }
      assert.strictEqual((yield* Effect.flip(train({ ...cut, each: failing }))).message, "train: interrupted")
      assert.deepStrictEqual(hex(yield* train(cut)), hex(whole))
    }).pipe(Effect.scoped)
  )

  it.effect("is pictured by what it gave in which situation; one of one kind leaves the files that it left", () =>
    Effect.gen(function* () {
      for (const of of [one, two]) {
        const team = yield* teamOf(of)
        const session = yield* (yield* Engine).open
        const part = team.instructor ?? assert.fail("it has an instructor")
        const names = [team.speaker, part]
        for (const learner of names) {
          const data = new Float32Array(learner.layout.size)
          yield* session.write(parametersOf(learner), { shape: [data.length], data })
        }
        const learned = new Set(names.map(({ name }) => name))
        const tracer = traceTeam(team)
        const play = { session, team, learned, loaded: new Set<string>(), episodes: 24, random, greedy: false, tracer }
        const episodes = yield* playTeam(play)
        const trace = tracer.trace()
        const read = team.speaker.inputs
        const width = team.speaker.adviceSize
        // what the guide reads of it stands last
        for (let i = 0; i < trace.inputs.rows; i++) {
          const shown = trace.inputs.speaker.subarray((i + 1) * read - width, (i + 1) * read)
          assert.deepStrictEqual(
            Array.from(shown),
            Array.from({ length: width }, (_, k) => (k === trace.advice[i] ? 1 : 0))
          )
        }
        const record = JSON.parse(
          new TextDecoder().decode(protocolJson([{ team, trace, episodes }], { learned, parameters: new Map() }))
        )
        if (of === one) {
          assert.deepStrictEqual(Object.keys(record), ["symbols", "intents", "contexts", "tables", "used", "codes"])
          continue
        }
        const [{ counts, on, situations }] = record.advice
        assert.strictEqual(on, "map")
        assert.strictEqual(situations.length, 8)
        for (let kind = 0; kind < 3; kind++) {
          const total = counts.reduce((all: number, row: ReadonlyArray<number>) => all + (row[kind] ?? 0), 0)
          assert.strictEqual(total, trace.advice.filter((given) => given === kind).length)
          // of three things that are equally likely
          assert.closeTo(total / trace.rows, 1 / 3, 0.12)
        }
      }
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})
