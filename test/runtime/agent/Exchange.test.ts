/** What the agents of a whole team exchange within a step, and what of it trains the table (MAPTALK, section 0). */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Agent from "../../../src/runtime/agent/Agent.ts"
import { initialise } from "../../../src/runtime/agent/Network.ts"
import { makePlayer, makeRecord, parametersOf } from "../../../src/runtime/agent/Player.ts"
import { assemble } from "../../../src/runtime/agent/Team.ts"
import { makeStepOutcome } from "../../../src/runtime/environment/Environment.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import * as Select from "../../../src/runtime/engine/Select.ts"
import { Engine } from "../../../src/runtime/engine/Engine.ts"
import { mean } from "../../../src/runtime/loss/Arithmetic.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { ai, guide, map } from "./Teams.ts"
import { bridge, coach, codes, listener, modules, train, watch } from "../train/Trainings.ts"

const random = makeRandom(3)
const layer = Layer.mergeAll(Select.layer("onnx"))

/** A whole team of untrained weights at play in `count` copies, on a map where it bumps into things. */
const start = Effect.fnUntraced(function* (options: {
  readonly count: number
  readonly speaker?: Agent.Agent
  readonly noise: Agent.Noise
}) {
  const { count, noise, speaker = listener } = options
  const environment = MapTalk.make("map", { ...map.parameters, obstacles: { low: 0.2, high: 0.3 }, horizon: 12 })
  const team = yield* assemble("test", environment, [ai, speaker], modules)
  const engine = yield* Engine
  const session = yield* engine.open
  const learned = new Set<string>()
  for (const part of [team.speaker, team.actor, team.protocol, team.instructor]) {
    if (part === undefined) continue
    learned.add(part.name)
    const data = initialise(part.layout, random, "test")
    yield* session.write(parametersOf(part), { shape: [data.length], data })
  }
  const worlds = environment.worlds({ count, random, stream: "test" })
  const episodes = Int32Array.from({ length: count }, (_, i) => i)
  worlds.reset(episodes)
  const player = yield* makePlayer({
    session,
    team,
    worlds,
    noise: () => noise,
    greedy: false,
    learned,
    loaded: new Set()
  })
  yield* player.refresh
  const record = makeRecord(team, count)
  const outcome = makeStepOutcome(count)
  const step = (t: number) => {
    const draw = (kind: "uniform" | "gumbel", purpose: string, n = count) => {
      const out = new Float32Array(n)
      random[kind]({ stage: "test", purpose, step: t }, out)
      return out
    }
    return player.step(
      {
        speeches: [
          {
            intent: draw("uniform", "intent"),
            token: draw("uniform", "token"),
            channel: draw("uniform", "channel", 2 * count)
          }
        ],
        action: draw("uniform", "action"),
        codeNoise: draw("gumbel", "code", 4 * count),
        symbolNoise: draw("gumbel", "symbol", 3 * count),
        advice: draw("uniform", "advice")
      },
      record,
      outcome
    )
  }
  return { environment, episodes, outcome, player, record, step, team, worlds }
})

describe("the context of the AI's message", () => {
  it.effect("is eq. 4 of what happened before: observation, last entropy, five collisions, reward less its mean", () =>
    Effect.gen(function* () {
      const count = 6
      const { environment, episodes, outcome, player, record, step, team, worlds } = yield* start({
        count,
        noise: listener.noise
      })
      const { inputs, observationSize } = team.actor
      const past = Array.from({ length: count }, () => ({
        entropy: 1,
        collisions: [] as Array<number>,
        rewards: [] as Array<number>
      }))
      let collided = 0
      let restarted = 0
      for (let t = 0; t < 30; t++) {
        yield* step(t)
        for (let i = 0; i < count; i++) {
          const { collisions, entropy, rewards } = past[i] ?? assert.fail("no copy")
          const last = (of: ReadonlyArray<number>, k: number) => of[of.length - 1 - k] ?? 0
          const window = [0, 1, 2, 3, 4]
          const average = window.reduce((sum, k) => sum + last(rewards, k), 0) / 5
          const expected = [
            ...record.actorInput.subarray(i * inputs, i * inputs + observationSize),
            entropy,
            ...window.map((k) => last(collisions, k)),
            last(rewards, 0) - average
          ]
          const width = expected.length
          const found = Array.from(record.context.subarray(i * width, (i + 1) * width))
          assert.strictEqual(record.context.length, count * width)
          expected.forEach((x, k) => assert.closeTo(found[k] ?? NaN, x, 1e-6, `step ${t}, copy ${i}, number ${k}`))
          // what this step did is in the next one's context, and in none before it
          collisions.push(outcome.collided[i] ?? 0)
          rewards.push((outcome.reward[i] ?? 0) * environment.rewardScale)
          collided += outcome.collided[i] ?? 0
          past[i] = { entropy: record.actorEntropy[i] ?? NaN, collisions, rewards }
          if (outcome.done[i] !== 1) continue
          restarted++
          past[i] = { entropy: 1, collisions: [], rewards: [] }
        }
        worlds.reset(episodes, outcome.done)
        player.restart(outcome.done)
      }
      assert.isAbove(collided, 5)
      assert.isAbove(restarted, 3)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("advice", () => {
  it.effect(
    "brings the channel's noise down to the guide's own under a shift, and leaves a calmer channel as it is",
    () =>
      Effect.gen(function* () {
        const clean = { flip: 0, drift: 0 }
        const count = 400
        const heard = Effect.fnUntraced(function* (own: Agent.Noise, noise: Agent.Noise) {
          const { record, step, team } = yield* start({
            count,
            speaker: guide({ sees: listener.sees, noise: own }),
            noise
          })
          yield* step(0)
          const silence = team.speaker.symbols.length
          const share = (advice: number) => {
            const rows = Array.from(record.speeches[0].token.keys()).filter(
              (i) => record.advice[i] === advice && record.speeches[0].token[i] !== silence
            )
            assert.isAbove(rows.length, 50)
            return rows.filter((i) => record.speeches[0].heard[i] !== record.speeches[0].token[i]).length / rows.length
          }
          return { silent: share(0), advised: share(1) }
        })
        // a shift replaces every token; the guide itself says clearly
        assert.deepStrictEqual(yield* heard(clean, { flip: 1, drift: 0 }), { silent: 1, advised: 0 })
        // a guide that garbles everything is not made clearer
        assert.deepStrictEqual(yield* heard({ flip: 1, drift: 0 }, { flip: 1, drift: 0 }), { silent: 1, advised: 1 })
        assert.deepStrictEqual(yield* heard({ flip: 1, drift: 0 }, clean), { silent: 0, advised: 0 })
      }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("what trains the table", () => {
  /** Plastic steps and advice of a small training in which every event trains. */
  const plasticity = Effect.fnUntraced(function* (freezing: ReadonlyArray<{ readonly name: string }>) {
    const seen = watch()
    const frozen = new Set(freezing.map(({ name }) => name))
    const parts = [codes, bridge, coach].filter(({ name }) => !frozen.has(name))
    const eager = guide({ sees: listener.sees, protocol: Agent.table({ literal: 0.9, update: 1 }) })
    yield* train({
      times: 2,
      agents: [ai, eager],
      modules,
      targets: [eager, ai, ...parts],
      objective: Objective.make("taught", {
        semantics: "t",
        loss: [
          Objective.summand("ppo(human)", 1, ppo(eager, { clip: 0.2, entropy: 0 })),
          Objective.summand("ppo(ai)", 1, ppo(ai, { clip: 0.2, entropy: 0 })),
          ...(frozen.has("coach") ? [] : [Objective.summand("teach", 1, mean(coach.intervenes))])
        ],
        within: [],
        freezing
      }),
      update: { epochs: 1, minibatches: 1 },
      watch: seen
    })
    return seen.runs.map(({ feeds }) => ({
      plastic: Array.from(feeds["speaker.plastic"] ?? []),
      advised: Array.from(feeds["instructor.choice"] ?? []).filter((_, i) => i % 2 === 1)
    }))
  })

  it.effect("is a step with advice, where no message is sent", () =>
    Effect.gen(function* () {
      for (const { advised, plastic } of yield* plasticity([codes, bridge])) {
        assert.deepStrictEqual(plastic, advised)
        const count = plastic.reduce((a, b) => a + b, 0)
        assert.isTrue(count > 0 && count < plastic.length)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("is none without messages and advice, and with messages more than the advised", () =>
    Effect.gen(function* () {
      for (const { plastic } of yield* plasticity([codes, bridge, coach])) assert.isTrue(plastic.every((x) => x === 0))
      for (const { advised, plastic } of yield* plasticity([bridge])) {
        assert.isTrue(advised.every((x, i) => x <= (plastic[i] ?? 0)))
        assert.isAbove(
          plastic.reduce((a, b) => a + b, 0),
          advised.reduce((a, b) => a + b, 0)
        )
      }
    }).pipe(Effect.scoped)
  )
})
