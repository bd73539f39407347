import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { actionTowards } from "../../../src/runtime/environment/maptalk/Oracles.ts"
import { playOracle } from "../../../src/runtime/environment/OraclePlay.ts"
import { mapLatents, messageProbabilities, replay } from "../../../src/runtime/play/Replay.ts"
import { playTeam } from "../../../src/runtime/play/Team.ts"
import type { Variant } from "../../../src/runtime/play/Team.ts"
import { traceOracle, traceTeam } from "../../../src/runtime/play/Trace.ts"
import type { Caps, Trace } from "../../../src/runtime/play/Trace.ts"
import { map, random, whole } from "./Whole.ts"

const play = Effect.fnUntraced(function* (
  options: {
    readonly episodes?: number
    readonly caps?: Caps
    readonly variant?: Variant
    readonly greedy?: boolean
  } = {}
) {
  const all = yield* whole()
  const tracer = traceTeam(all.team, options.caps)
  const common = {
    ...all,
    learned: all.trained.learned,
    episodes: options.episodes ?? 30,
    greedy: options.greedy ?? true,
    ...(options.variant === undefined ? {} : { variant: options.variant })
  }
  const counted = yield* playTeam({ ...common, tracer })
  return { ...all, common, counted, trace: tracer.trace() }
})

/** Rows of episode `number`. */
const rowsOf = (trace: Trace, number: number) =>
  Array.from(trace.episode.keys()).filter((i) => trace.episode[i] === number)

describe("a trace", () => {
  it.effect("changes nothing of what is played, and holds each step that counts once", () =>
    Effect.gen(function* () {
      const { common, counted, trace } = yield* play({ greedy: false })
      const untraced = yield* playTeam(common)
      assert.deepStrictEqual(counted, untraced)
      assert.strictEqual(trace.episodes, 30)
      for (let e = 0; e < 30; e++) {
        const rows = rowsOf(trace, e)
        assert.strictEqual(rows.length, counted.steps[e])
        assert.deepStrictEqual(
          rows.map((i) => trace.t[i]),
          rows.map((_, t) => t)
        )
        assert.strictEqual(
          rows.reduce((sum, i) => sum + (trace.collided[i] ?? 0), 0),
          counted.collisions[e]
        )
        assert.strictEqual(
          rows.reduce((sum, i) => sum + (trace.token[i] === 12 ? 0 : 1) + (trace.message[i] === 0 ? 0 : 1), 0),
          counted.tokens[e]
        )
      }
    })
  )

  it.effect("tells where the navigator stands, what it does there and what comes of it", () =>
    Effect.gen(function* () {
      const { counted, trace } = yield* play()
      const dx = [0, 1, 0, -1]
      const dy = [-1, 0, 1, 0]
      for (let e = 0; e < 16; e++) {
        const scene = trace.scenes[e]
        const rows = rowsOf(trace, e)
        rows.forEach((i, t) => {
          const [x, y, h] = [trace.x[i] ?? -1, trace.y[i] ?? -1, trace.heading[i] ?? -1]
          const [ax, ay] = [x + (dx[h] ?? 0), y + (dy[h] ?? 0)]
          const walled = ax < 0 || ay < 0 || ax > 4 || ay > 4 || scene?.blocked[ay * 5 + ax] === 1
          assert.strictEqual(trace.ahead[i], walled ? 1 : 0)
          const forward = trace.action[i] === 0
          assert.strictEqual(trace.collided[i], forward && walled ? 1 : 0)
          assert.strictEqual(trace.advanced[i], forward && !walled ? 1 : 0)
          const next = rows[t + 1]
          const [nx, ny] = forward && !walled ? [ax, ay] : [x, y]
          if (next === undefined) {
            const there = nx === scene?.goal[0] && ny === scene?.goal[1]
            assert.strictEqual(counted.success[e], there ? 1 : 0)
            return
          }
          const turn = trace.action[i] === 1 ? 3 : trace.action[i] === 2 ? 1 : 0
          assert.deepStrictEqual([trace.x[next], trace.y[next], trace.heading[next]], [nx, ny, (h + turn) % 4])
          // going on as the plan says is among the best choices, staying is not
          const planned = actionTowards(trace.best[i] ?? 0, h)
          assert.strictEqual(((trace.optimal[i] ?? 0) >> planned) & 1, 1)
          assert.strictEqual(((trace.optimal[i] ?? 0) >> 3) & 1, 0)
        })
      }
    })
  )

  it.effect("holds whole episodes from the first on, within its caps", () =>
    Effect.gen(function* () {
      const { counted, trace } = yield* play({ caps: { rows: 150, inputRows: 40 } })
      const all = yield* play()
      let fit = 0
      let sum = 0
      while (sum + (counted.steps[fit] ?? 0) <= 150) sum += counted.steps[fit++] ?? 0
      assert.strictEqual(trace.episodes, fit)
      assert.strictEqual(trace.rows, sum)
      assert.deepStrictEqual(trace.action, all.trace.action.slice(0, sum))
      let read = 0
      for (let e = 0; read + (counted.steps[e] ?? 0) <= 40; e++) read += counted.steps[e] ?? 0
      assert.strictEqual(trace.inputs.rows, read)
      const width = all.trace.inputs.actor.length / all.trace.rows
      assert.deepStrictEqual(trace.inputs.actor, all.trace.inputs.actor.slice(0, read * width))
    })
  )

  it.effect("is the same whatever the number of copies that are stepped together", () =>
    Effect.gen(function* () {
      const few = yield* play({ episodes: 3, greedy: false })
      const many = yield* play({ episodes: 30, greedy: false })
      assert.deepStrictEqual(few.trace.action, many.trace.action.slice(0, few.trace.rows))
      assert.deepStrictEqual(
        few.trace.inputs.speaker,
        many.trace.inputs.speaker.slice(0, few.trace.inputs.speaker.length)
      )
    })
  )
})

describe("a policy replayed on what it read", () => {
  it.effect("chooses again what it chose, from memory that starts anew in each episode", () =>
    Effect.gen(function* () {
      const { session, team, trace, trained } = yield* play()
      const run = (member: typeof team.actor, inputs: Float32Array) =>
        replay({
          session,
          member,
          parameters: trained.parameters.get(member.name) ?? new Float32Array(0),
          inputs,
          episode: trace.episode
        })
      const actor = yield* run(team.actor, trace.inputs.actor)
      const speaker = yield* run(team.speaker, trace.inputs.speaker)
      const likeliest = (row: Float32Array) => row.indexOf(Math.max(...row))
      for (let i = 0; i < trace.rows; i++) {
        assert.strictEqual(likeliest(actor.logits.subarray(4 * i, 4 * i + 4)), trace.action[i])
        const intent = speaker.logits
          .subarray(4 * i, 4 * i + 4)
          .map((x, k) => x + (trace.inputs.speakerPrior[4 * i + k] ?? 0))
        assert.strictEqual(likeliest(intent), trace.intent[i])
        const before = actor.before.subarray(8 * i, 8 * i + 8)
        const earlier = trace.t[i] === 0 ? new Float32Array(8) : actor.states.subarray(8 * i - 8, 8 * i)
        assert.deepStrictEqual(before, earlier)
      }
    })
  )

  it.effect("is mapped by the mapper: x W + b by a loop", () =>
    Effect.gen(function* () {
      const { session, team, trained } = yield* whole()
      const { mapper } = team
      if (mapper === undefined) return assert.fail("no mapper")
      const parameters = (trained.parameters.get("bridge") ?? new Float32Array(0)).slice()
      parameters.fill(0.5, 64)
      const latents = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i))
      const image = yield* mapLatents({ session, mapper, parameters, latents, from: 8 })
      for (let r = 0; r < 2; r++) {
        for (let c = 0; c < 8; c++) {
          let sum = 0.5
          for (let k = 0; k < 8; k++) sum += (latents[8 * r + k] ?? 0) * (parameters[8 * k + c] ?? 0)
          assert.closeTo(image[8 * r + c] ?? NaN, sum, 1e-5)
        }
      }
    })
  )

  it.effect("says what it says with the probabilities with which it is seen to", () =>
    Effect.gen(function* () {
      const { session, team, trace, trained } = yield* play({ episodes: 400, variant: { drawsMessages: true } })
      const { protocol } = team
      if (protocol === undefined) return assert.fail("no protocol")
      const rows = trace.inputs.rows
      const p = yield* messageProbabilities({
        session,
        protocol,
        parameters: trained.parameters.get("codes") ?? new Float32Array(0),
        contexts: trace.inputs.context,
        rows
      })
      const expected = [0, 0, 0]
      const seen = [0, 0, 0]
      for (let i = 0; i < rows; i++) {
        for (let k = 0; k < 3; k++) expected[k] = (expected[k] ?? 0) + (p[3 * i + k] ?? 0) / rows
        const said = trace.message[i] ?? 0
        seen[said] = (seen[said] ?? 0) + 1 / rows
      }
      assert.isAbove(rows, 3000)
      // a share of 3000 draws has a standard error below 0.0092
      expected.forEach((share, k) => assert.closeTo(seen[k] ?? NaN, share, 0.035))
    })
  )
})

describe("a variant of a play", () => {
  it.effect("exchanges the token that was drawn, as often as it should and for what it should", () =>
    Effect.gen(function* () {
      const becomes = Int32Array.from({ length: 13 }, (_, m) => (m + 1) % 13)
      const plain = yield* play({ variant: { drawsMessages: true } })
      const always = yield* play({ variant: { drawsMessages: true, token: { becomes, weight: 1 } } })
      const half = yield* play({ episodes: 400, variant: { token: { becomes, weight: 0.5 } } })
      // all begin alike; what is said in the first step differs by the exchange alone
      const first = (trace: Trace, of: Int32Array) => Array.from(of).filter((_, i) => trace.t[i] === 0)
      assert.deepStrictEqual(
        first(always.trace, always.trace.token),
        first(plain.trace, plain.trace.token).map((m) => (m + 1) % 13)
      )
      assert.deepStrictEqual(first(always.trace, always.trace.intent), first(plain.trace, plain.trace.intent))
      // where the likeliest is said, a token that is not the intent's was exchanged
      const exchanged = Array.from(half.trace.token).filter((m, i) => m !== half.trace.intent[i]).length
      assert.closeTo(exchanged / half.trace.rows, 0.5, 0.05)
    })
  )

  it.effect("exchanges the message of the AI before the guide hears it", () =>
    Effect.gen(function* () {
      const becomes = Int32Array.of(1, 2, 0)
      const plain = yield* play({ episodes: 100, variant: { drawsMessages: true } })
      const always = yield* play({ episodes: 100, variant: { drawsMessages: true, message: { becomes, weight: 1 } } })
      const never = yield* play({ episodes: 100, variant: { drawsMessages: true, message: { becomes, weight: 0 } } })
      assert.deepStrictEqual(never.trace.message, plain.trace.message)
      assert.deepStrictEqual(never.trace.action, plain.trace.action)
      const first = (trace: Trace) => Array.from(trace.message).filter((_, i) => trace.t[i] === 0)
      assert.deepStrictEqual(
        first(always.trace),
        first(plain.trace).map((m) => becomes[m])
      )
      const width = 28 + 3 + 2
      always.trace.t.forEach((_, i) => {
        const heard = always.trace.inputs.speaker.subarray(i * width + 28, i * width + 31)
        assert.strictEqual(heard.indexOf(1), always.trace.message[i])
      })
    })
  )

  it.effect("with other draws meets the same maps", () =>
    Effect.gen(function* () {
      const one = yield* play({ greedy: false })
      const other = yield* play({ greedy: false, variant: { draws: 1 } })
      assert.deepStrictEqual(other.trace.scenes, one.trace.scenes)
      assert.deepStrictEqual(other.counted.best, one.counted.best)
      assert.notDeepEqual(other.trace.action, one.trace.action)
    })
  )

  it.effect("that is literal says the intent and turns to what was last heard", () =>
    Effect.gen(function* () {
      const { trace } = yield* play({ variant: { literal: true } })
      let following = -1
      for (let i = 0; i < trace.rows; i++) {
        if (trace.t[i] === 0) following = -1
        assert.strictEqual(trace.token[i], trace.intent[i])
        assert.strictEqual(trace.message[i], 0)
        const heard = trace.heard[i] ?? 0
        if (heard < 4) following = heard
        const apart = (following - (trace.heading[i] ?? 0) + 4) % 4
        assert.strictEqual(trace.action[i], following < 0 ? 3 : apart === 0 ? 0 : apart === 1 ? 2 : 1)
      }
    })
  )
})

describe("an oracle's trace", () => {
  const oracle = (name: string, flip: number) => {
    const tracer = traceOracle(map)
    const counted = playOracle(map, name, { episodes: 40, random, stream: "play", noise: { flip, drift: 0 }, tracer })
    return { counted, trace: tracer.trace() }
  }

  it("of the direction protocol says the planner's direction, and is followed", () => {
    const { counted, trace } = oracle("direction_protocol", 0)
    assert.deepStrictEqual(trace.intent, trace.best)
    assert.deepStrictEqual(trace.token, trace.intent)
    assert.strictEqual(
      trace.rows,
      counted.steps.reduce((a, b) => a + b, 0)
    )
    trace.action.forEach((action, i) =>
      assert.strictEqual(action, actionTowards(trace.intent[i] ?? 0, trace.heading[i] ?? 0))
    )
    assert.isTrue(trace.entropy.every((nats) => nats === 0))
  })

  it("of the planner guides nobody; of the random one has ln 4 nats", () => {
    assert.isTrue(oracle("planner", 0).trace.intent.every((intent) => intent === -1))
    const { trace } = oracle("random", 0)
    assert.isTrue(trace.entropy.every((nats) => nats === Math.fround(Math.log(4))))
    assert.strictEqual(trace.inputs.rows, 0)
  })
})
