import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Noise } from "../../../src/runtime/agent/Agent.ts"
import { policyStep } from "../../../src/runtime/agent/Network.ts"
import { hiddenOf, makePlayer, makeRecord, parametersOf, recordAt } from "../../../src/runtime/agent/Player.ts"
import type { StepDraws } from "../../../src/runtime/agent/Player.ts"
import type { Member } from "../../../src/runtime/agent/Team.ts"
import { makeStepOutcome } from "../../../src/runtime/environment/Environment.ts"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { numbers, openOn } from "../engine/Engines.ts"
import { hidden, map, team } from "./Teams.ts"

const random = makeRandom(7)
const clean: Noise = { flip: 0, drift: 0 }

/** A vector of zeros but for the named parameters. */
const vectorOf = (member: Member, given: Readonly<Record<string, (i: number) => number>>): Float32Array => {
  const vector = new Float32Array(member.layout.size)
  for (const { name, offset, size } of member.layout.entries) {
    for (let i = 0; i < size; i++) vector[offset + i] = given[name]?.(i) ?? 0
  }
  return vector
}

const start = Effect.fnUntraced(function* (options: {
  readonly count: number
  readonly learned?: {
    readonly ai?: Readonly<Record<string, (i: number) => number>>
    readonly human?: Readonly<Record<string, (i: number) => number>>
  }
  readonly greedy?: boolean
  readonly noise?: Noise
}) {
  const { count, learned = {} } = options
  const session = yield* openOn("onnx")
  const assembled = yield* team
  const members = { ai: assembled.actor, human: assembled.speaker }
  const names: Array<string> = []
  const give = Effect.fnUntraced(function* (
    name: "ai" | "human",
    parameters: Readonly<Record<string, (i: number) => number>>
  ) {
    names.push(name)
    const data = vectorOf(members[name], parameters)
    yield* session.write(parametersOf(members[name]), { shape: [data.length], data })
  })
  if (learned.ai !== undefined) yield* give("ai", learned.ai)
  if (learned.human !== undefined) yield* give("human", learned.human)
  const worlds = map.worlds({ count, random, stream: "test" })
  const episodes = Int32Array.from({ length: count }, (_, i) => i)
  worlds.reset(episodes)
  const player = yield* makePlayer({
    session,
    team: assembled,
    worlds,
    noise: () => options.noise ?? clean,
    greedy: options.greedy ?? false,
    learned: new Set(names),
    loaded: new Set()
  })
  yield* player.refresh
  const record = makeRecord(assembled, count)
  const outcome = makeStepOutcome(count)
  const draws = (t: number): StepDraws => {
    const draw = (purpose: string, n = count) => {
      const out = new Float32Array(n)
      random.uniform({ stage: "test", purpose, step: t }, out)
      return out
    }
    return {
      speeches: [{ intent: draw("intent"), token: draw("token"), channel: draw("channel", 2 * count) }],
      action: draw("action")
    }
  }
  const step = (t: number) => player.step(draws(t), record, outcome)
  const goOn = () => {
    worlds.reset(episodes, outcome.done)
    player.restart(outcome.done)
  }
  const advice = () => {
    const out = new Int32Array(count)
    worlds.advise("guide", "compass", out)
    return out
  }
  return { session, player, worlds, record, outcome, step, goOn, advice, ...assembled }
})

/** ln softmax(logits)[k], by a loop of its own. */
const logShare = (logits: ReadonlyArray<number>, k: number) =>
  (logits[k] ?? NaN) - Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0))

describe("frozen agents", () => {
  it.effect("follow their prior exactly, and no network is run", () =>
    Effect.gen(function* () {
      const { advice, goOn, record, session, step } = yield* start({ count: 64 })
      const other = Math.log(0.1 / 12)
      for (let t = 0; t < 5; t++) {
        const advised = advice()
        yield* step(t)
        for (let i = 0; i < 64; i++) {
          const prior = [0, 1, 2, 3].map((k) => (k === advised[i] ? 2.2 : 0))
          const intent = record.speeches[0].intent[i] ?? -1
          assert.deepStrictEqual(
            Array.from(record.speeches[0].prior.subarray(4 * i, 4 * i + 4)),
            prior.map(Math.fround)
          )
          const said = record.speeches[0].token[i] === intent ? Math.log(0.9) : other
          assert.closeTo(record.speeches[0].logProbability[i] ?? NaN, logShare(prior, intent) + said, 2e-6)
          assert.closeTo(record.actorLogProbability[i] ?? NaN, -Math.log(4), 1e-6)
          assert.closeTo(record.actorEntropy[i] ?? NaN, Math.log(4), 1e-6)
        }
        goOn()
      }
      assert.strictEqual(yield* session.tensorCount, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("choose with the prior's frequencies", () =>
    Effect.gen(function* () {
      const { advice, record, step } = yield* start({ count: 4000 })
      const advised = advice()
      yield* step(0)
      const share = (counted: (i: number) => boolean) =>
        Array.from({ length: 4000 }, (_, i) => i).filter(counted).length / 4000
      // e^2.2 / (e^2.2 + 3) = 0.7505; four standard errors are 0.027
      assert.closeTo(
        share((i) => record.speeches[0].intent[i] === advised[i]),
        0.7505,
        0.027
      )
      assert.closeTo(
        share((i) => record.speeches[0].token[i] === record.speeches[0].intent[i]),
        0.9,
        0.019
      )
      for (const action of [0, 1, 2, 3])
        assert.closeTo(
          share((i) => record.action[i] === action),
          0.25,
          0.028
        )
    }).pipe(Effect.scoped)
  )

  it.effect("when greedy, follow the rule to the letter and say so", () =>
    Effect.gen(function* () {
      const { advice, record, step } = yield* start({ count: 32, greedy: true })
      const advised = advice()
      yield* step(0)
      assert.deepStrictEqual(record.speeches[0].intent, advised)
      assert.deepStrictEqual(record.speeches[0].token, advised)
    }).pipe(Effect.scoped)
  )
})

describe("hearing", () => {
  it.effect("puts what the channel gave behind the observation, one-hot, and nothing of the step before", () =>
    Effect.gen(function* () {
      const { actor, goOn, record, step } = yield* start({ count: 64, noise: { flip: 0.5, drift: 0 } })
      let corrupted = 0
      for (let t = 0; t < 4; t++) {
        yield* step(t)
        for (let i = 0; i < 64; i++) {
          const message = Array.from(record.actorInput.subarray(i * actor.inputs + 25, (i + 1) * actor.inputs))
          assert.deepStrictEqual(
            message,
            Array.from({ length: 13 }, (_, k) => (k === record.speeches[0].heard[i] ? 1 : 0))
          )
          if (record.speeches[0].heard[i] !== record.speeches[0].token[i]) corrupted++
        }
        goOn()
      }
      // half of 256, four standard errors are 32
      assert.closeTo(corrupted, 128, 32)
    }).pipe(Effect.scoped)
  )
})

describe("the row of the protocol table", () => {
  it.effect("tells whether the last step collided, for an actor who never knows", () =>
    Effect.gen(function* () {
      const { goOn, outcome, player, record, step } = yield* start({ count: 64 })
      let before = new Uint8Array(64)
      const seen = new Set<number>()
      for (let t = 0; t < 12; t++) {
        yield* step(t)
        for (let i = 0; i < 64; i++) {
          const context = 2 * (before[i] ?? 0) + 1
          assert.strictEqual(record.speeches[0].row[i], 4 * context + (record.speeches[0].intent[i] ?? 0))
          seen.add(context)
        }
        goOn()
        before = outcome.collided.map((collided, i) => (outcome.done[i] === 1 ? 0 : collided))
        assert.deepStrictEqual(player.carried.collided, before)
      }
      assert.deepStrictEqual([...seen].sort(), [1, 3])
    }).pipe(Effect.scoped)
  )

  it.effect("tells whether the actor was uncertain: above 0.5 nat, and before its first step", () =>
    Effect.gen(function* () {
      // always forward: 3 e^-20 of doubt
      const { goOn, outcome, record, step } = yield* start({
        count: 64,
        learned: { ai: { "head.bias": (i) => (i === 0 ? 20 : 0) } }
      })
      let before = new Uint8Array(64)
      let fresh = new Uint8Array(64).fill(1)
      const seen = new Set<number>()
      for (let t = 0; t < 12; t++) {
        yield* step(t)
        for (let i = 0; i < 64; i++) {
          const context = fresh[i] === 1 ? 1 : 2 * (before[i] ?? 0)
          assert.strictEqual(record.speeches[0].row[i], 4 * context + (record.speeches[0].intent[i] ?? 0))
          assert.strictEqual(record.action[i], 0)
          seen.add(context)
        }
        before = outcome.collided.slice()
        fresh = outcome.done.slice()
        goOn()
      }
      assert.deepStrictEqual([...seen].sort(), [0, 1, 2])
    }).pipe(Effect.scoped)
  )
})

describe("learned agents", () => {
  it.effect("choose from the prior plus the network's residual", () =>
    Effect.gen(function* () {
      const bias = [1.5, -0.5, 0, 0.25]
      const { advice, record, step } = yield* start({
        count: 32,
        learned: { human: { "head.bias": (i) => bias[i] ?? NaN } }
      })
      const advised = advice()
      yield* step(0)
      for (let i = 0; i < 32; i++) {
        const logits = bias.map((b, k) => b + (k === advised[i] ? 2.2 : 0))
        const intent = record.speeches[0].intent[i] ?? -1
        const said = record.speeches[0].token[i] === intent ? Math.log(0.9) : Math.log(0.1 / 12)
        assert.closeTo(record.speeches[0].logProbability[i] ?? NaN, logShare(logits, intent) + said, 2e-6)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("speak from the table as it was when last refreshed, and silence is free", () =>
    Effect.gen(function* () {
      const { outcome, player, record, session, speaker, step } = yield* start({
        count: 16,
        learned: { human: {} },
        greedy: true
      })
      yield* step(0)
      assert.deepStrictEqual(record.speeches[0].token, record.speeches[0].intent)
      const data = vectorOf(speaker, { table: (i) => (i % 13 === 12 ? 100 : 0) })
      yield* session.write(parametersOf(speaker), { shape: [data.length], data })
      yield* step(1)
      assert.deepStrictEqual(record.speeches[0].token, record.speeches[0].intent)
      assert.closeTo(Math.max(...outcome.reward.filter((_, i) => outcome.done[i] === 0)), -1.05, 1e-6)
      yield* player.refresh
      yield* step(2)
      assert.isTrue(record.speeches[0].token.every((token) => token === 12))
      assert.strictEqual(Math.max(...outcome.reward.filter((_, i) => outcome.done[i] === 0)), -1)
    }).pipe(Effect.scoped)
  )

  it.effect("forget what they remember when restarted, and only then", () =>
    Effect.gen(function* () {
      const next = numbers(5)
      const everything = () => next() * 0.7
      const names = [
        "encoder.weight",
        "encoder.bias",
        "gru.input.weight",
        "gru.input.bias",
        "gru.recurrent.weight",
        "gru.recurrent.bias",
        "head.weight"
      ]
      const { actor, player, record, session, step } = yield* start({
        count: 2,
        learned: { ai: Object.fromEntries(names.map((name) => [name, everything])) }
      })
      yield* step(0)
      yield* step(1)
      const held = yield* player.memory(actor)
      player.restart(Uint8Array.of(1, 0))
      assert.deepStrictEqual(Array.from(player.carried.keep), [0, 1])
      assert.deepStrictEqual([player.carried.collided[0], player.carried.entropy[0]], [0, 1])
      const memory = yield* player.memory(actor)
      assert.deepStrictEqual(
        memory,
        held.map((x, i) => (i < hidden ? 0 : x))
      )
      assert.isTrue(held.every((x) => x !== 0))
      yield* step(2)

      const g = makeBuilder()
      const { logits, states } = policyStep(
        actor.layout,
        g.state("w", [actor.layout.size]),
        g.input("observation", [2, actor.inputs]),
        g.input("hidden", [2, hidden])
      )
      const [expected = [], wished = []] = evaluate([states, logits], {
        w: yield* session.read(parametersOf(actor)),
        observation: record.actorInput,
        hidden: memory
      })
      const found = yield* session.read(hiddenOf(actor, 2))
      for (const [i, x] of found.entries()) assert.closeTo(x, expected[i] ?? NaN, 1e-6)
      for (const i of [0, 1]) {
        assert.closeTo(
          record.actorLogProbability[i] ?? NaN,
          logShare(Array.from(wished).slice(4 * i, 4 * i + 4), record.action[i] ?? -1),
          1e-6
        )
      }
      // once restarted it remembers again
      assert.deepStrictEqual(Array.from(player.carried.keep), [1, 1])
      assert.deepStrictEqual(yield* player.memory(actor), found)
    }).pipe(Effect.scoped)
  )
})

it.effect("a record of many steps is written step by step in place", () =>
  Effect.gen(function* () {
    const record = makeRecord(yield* team, 6)
    const second = recordAt(record, 1, 2)
    second.speeches[0].intent.set([7, 8])
    second.speeches[0].prior.fill(5)
    assert.deepStrictEqual(Array.from(record.speeches[0].intent), [0, 0, 7, 8, 0, 0])
    assert.deepStrictEqual(
      Array.from(record.speeches[0].prior).flatMap((x, i) => (x === 5 ? [i] : [])),
      [8, 9, 10, 11, 12, 13, 14, 15]
    )
    assert.strictEqual(second.actorInput.length, 2 * 38)
  })
)
