/** Messages that are never sent: not said, not paid for, not heard. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { initialise } from "../../../src/runtime/agent/Network.ts"
import { makePlayer, makeRecord, parametersOf } from "../../../src/runtime/agent/Player.ts"
import { assemble, silence } from "../../../src/runtime/agent/Team.ts"
import { makeStepOutcome } from "../../../src/runtime/environment/Environment.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { openOn } from "../engine/Engines.ts"
import { codes, listener } from "../train/Trainings.ts"
import { human, map, navigator } from "./Teams.ts"

const random = makeRandom(3)
const count = 128
const ai = navigator()

/** Plays some steps of a team with fresh weights for `learned`, and what its agents said, heard and earned. */
const played = Effect.fnUntraced(function* (options: {
  readonly learned: ReadonlyArray<string>
  readonly silenced: ReadonlyArray<string>
  readonly protocol?: boolean
}) {
  const session = yield* openOn("onnx")
  const speaker = options.protocol === true ? { ...listener, sees: ["full", "ai.message"] } : human
  const team = silence(
    yield* assemble("test", map, [ai, speaker], options.protocol === true ? { protocol: codes } : {}),
    options.silenced.map((name) => ({ name }))
  )
  for (const learner of [team.speaker, team.actor, team.protocol]) {
    if (learner === undefined || !options.learned.includes(learner.name)) continue
    const data = initialise(learner.layout, random, "test")
    yield* session.write(parametersOf(learner), { shape: [data.length], data })
  }
  const worlds = map.worlds({ count, random, stream: "test" })
  const episodes = Int32Array.from({ length: count }, (_, i) => i)
  worlds.reset(episodes)
  const player = yield* makePlayer({
    session,
    team,
    worlds,
    noise: () => ({ flip: 0.5, drift: 0.5 }),
    greedy: false,
    learned: new Set(options.learned),
    loaded: new Set()
  })
  yield* player.refresh
  const record = makeRecord(team, count)
  const outcome = makeStepOutcome(count)
  const said = { tokens: new Set<number>(), heard: new Set<number>(), codes: new Set<number>() }
  const intents: Array<number> = []
  let reward = 0
  let most = 0
  for (let t = 0; t < 4; t++) {
    const draw = (purpose: string, n = count) => {
      const out = new Float32Array(n)
      random.uniform({ stage: "test", purpose, step: t }, out)
      return out
    }
    yield* player.step(
      {
        speeches: [{ intent: draw("intent"), token: draw("token"), channel: draw("channel", 2 * count) }],
        action: draw("action")
      },
      record,
      outcome
    )
    for (let i = 0; i < count; i++) {
      said.tokens.add(record.speeches[0].token[i] ?? -1)
      said.heard.add(record.speeches[0].heard[i] ?? -1)
      said.codes.add(record.message[i] ?? -1)
      reward += outcome.reward[i] ?? 0
      // a step that neither collides nor arrives costs 1, and every token something more
      if (outcome.collided[i] === 0 && outcome.done[i] === 0) most = Math.max(most, -(outcome.reward[i] ?? 0))
    }
    intents.push(...record.speeches[0].intent)
    worlds.reset(episodes, outcome.done)
    player.restart(outcome.done)
  }
  return { ...said, intents, reward, most, silence: team.speaker.symbols.length, tensors: yield* session.tensorCount }
})

describe("a silenced agent", () => {
  it.effect("says nothing, costs nothing, and is not heard, whatever the channel does", () =>
    Effect.gen(function* () {
      const quiet = yield* played({ learned: ["ai"], silenced: ["human"] })
      assert.deepStrictEqual([...quiet.tokens], [quiet.silence])
      assert.deepStrictEqual([...quiet.heard], [quiet.silence])
      assert.strictEqual(quiet.most, 1)
      const loud = yield* played({ learned: ["ai"], silenced: [] })
      assert.isAbove(loud.tokens.size, 4)
      assert.closeTo(loud.most, 1.05, 1e-6)
    }).pipe(Effect.scoped)
  )

  it.effect("that is frozen too is not computed: it has no intents", () =>
    Effect.gen(function* () {
      const quiet = yield* played({ learned: ["ai"], silenced: ["human"] })
      assert.deepStrictEqual(new Set(quiet.intents), new Set([0]))
      assert.strictEqual((yield* played({ learned: [], silenced: ["human"] })).tensors, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("leaves the agent that hears nothing in the same world: the same draws decide", () =>
    Effect.gen(function* () {
      const once = yield* played({ learned: ["ai"], silenced: ["human"] })
      const again = yield* played({ learned: ["ai"], silenced: ["human"] })
      assert.strictEqual(once.reward, again.reward)
    }).pipe(Effect.scoped)
  )
})

describe("a silenced protocol", () => {
  it.effect("sends no codes, named itself or by its agent", () =>
    Effect.gen(function* () {
      const learned = ["ai", "human", "codes"]
      assert.isAbove((yield* played({ learned, silenced: [], protocol: true })).codes.size, 1)
      for (const name of ["codes", "ai"]) {
        const quiet = yield* played({ learned, silenced: [name], protocol: true })
        assert.deepStrictEqual([...quiet.codes], [0])
        assert.isAbove(quiet.tokens.size, 4)
      }
    }).pipe(Effect.scoped)
  )
})
