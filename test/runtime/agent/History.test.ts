/** What an instructor sees of the past: what stands in it, when it begins anew, and that it is learned from as it was seen. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Instructor from "../../../src/runtime/agent/Instructor.ts"
import { initialise } from "../../../src/runtime/agent/Network.ts"
import { makePlayer, makeRecord, parametersOf } from "../../../src/runtime/agent/Player.ts"
import { assemble, learnersOf, teamPastSize } from "../../../src/runtime/agent/Team.ts"
import { Engine } from "../../../src/runtime/engine/Engine.ts"
import * as Select from "../../../src/runtime/engine/Select.ts"
import { makeStepOutcome } from "../../../src/runtime/environment/Environment.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { mean, multiply, number, sum } from "../../../src/runtime/loss/Arithmetic.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { StageError } from "../../../src/runtime/Stage.ts"
import { updateGraph } from "../../../src/runtime/train/UpdateGraph.ts"
import { numbers, reference } from "../engine/Engines.ts"
import { numericalGradient } from "../graph/finiteDifferences.ts"
import { folder } from "../store/Scratch.ts"
import { batch, feedsOf, steps, unclipped } from "../train/Minibatches.ts"
import { codes, listener, train, watch } from "../train/Trainings.ts"
import { ai, guide, map } from "./Teams.ts"

const coachOf = (kinds: number, history: number) =>
  Instructor.make("coach", { agent: "human", hidden: 0, kinds, history })
const teamOf = (instructor: Instructor.Instructor) =>
  assemble("test", map, [ai, listener], { protocol: codes, instructor })
const [one, two] = [coachOf(1, 3), coachOf(2, 2)]

/** Episodes of four steps, so that some end within a rollout of four. */
const short = MapTalk.make("map", { ...map.parameters, horizon: 4 })

const objectiveOf = (coach: Instructor.Instructor) =>
  Objective.make("taught", {
    semantics: "t",
    loss: [
      Objective.summand("ppo(human)", 1, ppo(listener, { clip: 0.2, entropy: 0 })),
      Objective.summand("ppo(ai)", 1, ppo(ai, { clip: 0.2, entropy: 0 })),
      Objective.summand("ppo(coach)", 1, ppo(coach, { clip: 0.2, entropy: 0.01 })),
      Objective.summand("teach", 0.05, mean(coach.intervenes))
    ],
    within: [],
    freezing: []
  })

const optionsOf = (coach: Instructor.Instructor) => ({
  environment: short,
  agents: [ai, listener],
  modules: { protocol: codes, instructor: coach },
  targets: [listener, ai, codes, coach],
  objective: objectiveOf(coach)
})

describe("the past", () => {
  it("is the last steps, the newest first: collision, reward, advice and token, zeros before the first", () => {
    // two kinds and silence, two symbols and silence: 2 + 3 + 3 numbers a step
    const past = Instructor.makePast(two, 2, 2)
    assert.strictEqual(Instructor.pastSize(two, 2), 16)
    assert.deepStrictEqual(
      Array.from(past.data),
      Array.from({ length: 32 }, () => 0)
    )
    past.note(1, { collided: 1, reward: -0.5, advice: 2, heard: 0 })
    assert.deepStrictEqual(Array.from(past.data.subarray(16)), [1, -0.5, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    past.note(1, { collided: 0, reward: 0.25, advice: 0, heard: 2 })
    assert.deepStrictEqual(Array.from(past.data.subarray(16)), [0, 0.25, 1, 0, 0, 0, 0, 1, 1, -0.5, 0, 0, 1, 1, 0, 0])
    // the oldest goes
    past.note(1, { collided: 0, reward: 2, advice: 1, heard: 1 })
    assert.deepStrictEqual(Array.from(past.data.subarray(16)), [0, 2, 0, 1, 0, 0, 1, 0, 0, 0.25, 1, 0, 0, 0, 0, 1])
    past.note(0, { collided: 1, reward: 1, advice: 1, heard: 1 })
    past.forget(1)
    assert.deepStrictEqual(Array.from(past.data), [1, 1, 0, 1, 0, 0, 1, 0].concat(Array.from({ length: 24 }, () => 0)))
  })

  it.effect("widens the first layer of the instructor and nothing else; without it everything is what it was", () =>
    Effect.gen(function* () {
      const [none, some] = [yield* teamOf(coachOf(2, 0)), yield* teamOf(two)]
      // 2 + 3 kinds with silence + 13 tokens with silence, twice
      assert.strictEqual(teamPastSize(some), 2 * (2 + 3 + 13))
      assert.strictEqual(teamPastSize(none), 0)
      const width = (of: typeof none) => of.instructor?.layout.entries[0]?.shape[0] ?? NaN
      assert.strictEqual(width(some), width(none) + 36)
      assert.deepStrictEqual(
        none.instructor?.layout,
        (yield* teamOf(Instructor.make("coach", { agent: "human", hidden: 0, kinds: 2 }))).instructor?.layout
      )
      assert.deepStrictEqual(some.speaker, none.speaker)
      assert.deepStrictEqual(some.actor, none.actor)
      assert.strictEqual(makeRecord(none, 6).past.length, 0)
    })
  )

  it.effect("at play is what happened, and nothing of the episode before", () =>
    Effect.gen(function* () {
      for (const coach of [one, two]) {
        const count = 5
        const team = yield* assemble("test", short, [ai, guide({ sees: listener.sees })], {
          protocol: codes,
          instructor: coach
        })
        const session = yield* (yield* Engine).open
        const random = makeRandom(11)
        for (const learner of learnersOf(team)) {
          const data = initialise(learner.layout, random, "weights").map((x) => 3 * x)
          yield* session.write(parametersOf(learner), { shape: [data.length], data })
        }
        const worlds = short.worlds({ count, random, stream: "test" })
        const episodes = Int32Array.from({ length: count }, (_, i) => i)
        worlds.reset(episodes)
        // so that episodes end at different steps
        worlds.elapsed.set([0, 1, 2, 3, 0])
        const player = yield* makePlayer({
          session,
          team,
          worlds,
          noise: () => ({ flip: 0.2, drift: 0.2 }),
          greedy: false,
          learned: new Set(learnersOf(team).map(({ name }) => name)),
          loaded: new Set()
        })
        yield* player.refresh
        const record = makeRecord(team, count)
        const outcome = makeStepOutcome(count)
        const tokens = team.speaker.symbols.length + 1
        const outcomes = Instructor.outcomesOf(coach)
        /** What a step was, as it is told in the module's words. */
        const told: Array<Array<ReadonlyArray<number>>> = Array.from({ length: count }, () => [])
        const width = 2 + outcomes + tokens
        let given = 0
        for (let t = 0; t < 9; t++) {
          const draw = (purpose: string, n = count) => {
            const out = new Float32Array(n)
            random.uniform({ stage: "test", purpose, step: t }, out)
            return out
          }
          yield* player.step(
            {
              speeches: [{ intent: draw("intent"), token: draw("token"), channel: draw("channel", 2 * count) }],
              action: draw("action"),
              codeNoise: draw("code", count * 4),
              symbolNoise: draw("symbol", count * 3),
              advice: draw("advice"),
              ...(t === 3 ? { forced: Int32Array.from({ length: count }, (_, i) => i % outcomes) } : {})
            },
            record,
            outcome
          )
          for (let i = 0; i < count; i++) {
            const expected = (told[i] ?? []).slice(0, coach.history).flat()
            const seen = Array.from(record.past.subarray(i * coach.history * width, (i + 1) * coach.history * width))
            assert.deepStrictEqual(
              seen,
              expected.concat(Array.from({ length: seen.length - expected.length }, () => 0))
            )
            if (t === 3) assert.strictEqual(record.advice[i], i % outcomes)
            given += record.advice[i] ?? 0
            told[i]?.unshift([
              outcome.collided[i] ?? NaN,
              Math.fround((outcome.reward[i] ?? NaN) * short.rewardScale),
              ...Array.from({ length: outcomes }, (_, k) => (k === record.advice[i] ? 1 : 0)),
              ...Array.from({ length: tokens }, (_, k) => (k === record.speeches[0].heard[i] ? 1 : 0))
            ])
            if (outcome.done[i] === 1) told[i] = []
          }
          worlds.reset(episodes, outcome.done)
          player.restart(outcome.done)
        }
        assert.isAbove(given, 0)
      }
    }).pipe(Effect.scoped, Effect.provide(Select.layer("onnx")))
  )
})

describe("an instructor with a history", () => {
  it.effect("learns from what it saw: the ratio of a fresh rollout is 1, also after the first update", () =>
    Effect.gen(function* () {
      for (const coach of [one, two]) {
        const seen = watch()
        yield* train({
          ...optionsOf(coach),
          times: 3,
          rollout: { environments: 8, steps: 6 },
          update: { epochs: 1, minibatches: 1, rate: { kind: "constant", value: 0.05 } },
          watch: seen
        })
        assert.strictEqual(seen.runs.length, 3)
        for (const { before, feeds, graph } of seen.runs) {
          const past = feeds["instructor.past"] ?? new Float32Array(0)
          assert.isTrue(past.some((x) => x !== 0))
          const exact = reference(graph, { ...feeds, ...before })
          assert.isBelow(Math.abs(exact["coach.approximate_kl"]?.[0] ?? NaN), 1e-9)
          // the weights of the past take part in it
          const without = reference(graph, { ...feeds, ...before, "instructor.past": new Float32Array(past.length) })
          assert.notStrictEqual(without["coach.approximate_kl"]?.[0], exact["coach.approximate_kl"]?.[0])
        }
      }
    }).pipe(Effect.scoped)
  )

  it.effect("has the gradient of finite differences, weights of the past included", () =>
    Effect.gen(function* () {
      for (const coach of [one, two]) {
        const of = yield* teamOf(coach)
        const part = of.instructor ?? assert.fail("it has an instructor")
        const loss = sum(ppo(coach, { clip: 0.2, entropy: 0.05 }), multiply(number(0.3), mean(coach.intervenes)))
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
        const inputs = part.layout.entries[0]?.shape[0] ?? 0
        const from = (inputs - teamPastSize(of)) * coach.kinds
        const next = numbers(17)
        for (let k = 0; k < 3; k++) {
          // along the weights of the past alone
          const direction = at.map((_, i) => (i >= from && i < inputs * coach.kinds ? next() : 0))
          const along = (x: number) =>
            evaluate([node], { ...feeds, "coach.parameters": at.map((p, i) => p + x * (direction[i] ?? 0)) })[0]?.[0] ??
            NaN
          const [numerical = NaN] = numericalGradient(([x = NaN]) => along(x), [0], 1e-4)
          const analytic = gradient.reduce((total, g, i) => total + g * (direction[i] ?? 0), 0)
          assert.isAbove(Math.abs(numerical), 1e-4)
          assert.closeTo(analytic, numerical, 1e-6 * Math.max(1, Math.abs(numerical)), `direction ${k}`)
        }
      }
    })
  )

  it.effect("goes on after an interruption with the past that it had, and ends the same", () =>
    Effect.gen(function* () {
      const hex = ({ artifacts }: { readonly artifacts: Readonly<Record<string, Uint8Array>> }) =>
        Object.entries(artifacts).map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")])
      for (const coach of [one, two]) {
        // three steps of episodes of up to twenty: the past reaches over the end of a rollout
        const options = { ...optionsOf(coach), environment: map, times: 6, rollout: { environments: 8, steps: 3 } }
        const whole = yield* train(options)
        const runs = yield* folder
        let calls = 0
        const failing = () =>
          Effect.suspend(() =>
            ++calls === 4 ? Effect.fail(new StageError({ stage: "train", reason: "interrupted" })) : Effect.void
          )
        const cut = { ...options, folder: runs, checkpointEvery: 2 }
        assert.strictEqual((yield* Effect.flip(train({ ...cut, each: failing }))).message, "train: interrupted")
        assert.deepStrictEqual(hex(yield* train(cut)), hex(whole))
      }
    }).pipe(Effect.scoped)
  )
})
