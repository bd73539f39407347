/** Teams in which two speak: who hears whom, what each says, and that an update sees what play was. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Agent from "../../../src/runtime/agent/Agent.ts"
import * as Instructor from "../../../src/runtime/agent/Instructor.ts"
import { makePlayer, makeRecord, tokensSent } from "../../../src/runtime/agent/Player.ts"
import type { StepRecord } from "../../../src/runtime/agent/Player.ts"
import { assemble, membersOf, ofEach, silence } from "../../../src/runtime/agent/Team.ts"
import type { Team } from "../../../src/runtime/agent/Team.ts"
import { Engine } from "../../../src/runtime/engine/Engine.ts"
import * as Select from "../../../src/runtime/engine/Select.ts"
import { makeStepOutcome } from "../../../src/runtime/environment/Environment.ts"
import { sum } from "../../../src/runtime/loss/Arithmetic.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { StageError } from "../../../src/runtime/Stage.ts"
import { Field } from "../../cli/fixtures/field.ts"
import { folder } from "../store/Scratch.ts"
import { reference } from "../engine/Engines.ts"
import { train, watch } from "../train/Trainings.ts"

const land = Field.make("land")
const digger = Agent.make("digger", {
  plays: "digger",
  sees: ["hole", "rows.message", "columns.message"],
  policy: Agent.gru(4),
  prior: Agent.uniform
})
const guide = (of: "row" | "column", changes: Partial<Parameters<typeof Agent.make>[1]> = {}) =>
  Agent.make(`${of}s`, {
    plays: `${of}_guide`,
    sees: [of],
    says: of === "row" ? ["A", "B", "C"] : ["V", "W", "X", "Y", "Z"],
    policy: Agent.gru(of === "row" ? 3 : 5),
    prior: Agent.uniform,
    protocol: Agent.table({ literal: 0.9, update: 0.5 }),
    noise: { flip: 0, drift: 0 },
    ...changes
  })
const rows = guide("row")
const columns = guide("column", { sees: ["column", "rows.message"] })
// the order of a file says nothing: the roles do
const three = [columns, digger, rows]
const team = assemble("test", land, three)

/** One step of 64 copies by priors alone, none of whose networks is run. */
const played = (of: Team, noise: (name: string) => number = () => 0) =>
  Effect.gen(function* () {
    const count = 64
    const random = makeRandom(7)
    const worlds = of.environment.worlds({ count, random, stream: "test" })
    worlds.reset(Int32Array.from({ length: count }, (_, i) => i))
    const session = yield* (yield* Engine).open
    const player = yield* makePlayer({
      session,
      team: of,
      worlds,
      noise: ({ name }) => ({ flip: noise(name), drift: 0 }),
      greedy: false,
      learned: new Set(),
      loaded: new Set()
    })
    const record = makeRecord(of, count)
    const draw = (purpose: string, width = 1) => {
      const out = new Float32Array(count * width)
      random.uniform({ stage: "test", purpose, step: 0 }, out)
      return out
    }
    const outcome = makeStepOutcome(count)
    yield* player.step(
      {
        speeches: ofEach(of.speakers, ({ name }) => ({
          intent: draw(`${name}.intent`),
          token: draw(`${name}.token`),
          channel: draw(`${name}.channel`, 2)
        })),
        action: draw("action")
      },
      record,
      outcome
    )
    return record
  }).pipe(Effect.provide(Select.layer("tfjs-cpu")), Effect.scoped)

const oneHot = (width: number, at: number) => Array.from({ length: width }, (_, k) => (k === at ? 1 : 0))
const heardOf = (record: StepRecord, speaker: number, i: number) => record.speeches[speaker]?.heard[i] ?? -1

describe("a team in which two speak", () => {
  it.effect("speaks in the order of the roles, each with its own words, table and inputs", () =>
    Effect.gen(function* () {
      const of = yield* team
      assert.deepStrictEqual(
        membersOf(of).map(({ name }) => name),
        ["rows", "columns", "digger"]
      )
      const [first, second] = of.speakers
      assert.deepStrictEqual(
        [first.inputs, second?.inputs, of.actor.inputs],
        // a token or silence: one of four from rows, one of six from columns
        [3, 3 + 4, 9 + 4 + 6]
      )
      assert.deepStrictEqual(of.actor.ears, [
        { from: 0, offset: 9, width: 4 },
        { from: 1, offset: 13, width: 6 }
      ])
      // four contexts, three intents
      assert.deepStrictEqual([first.tablePrior.length, second?.tablePrior.length], [4 * 3 * 4, 4 * 3 * 6])
    })
  )

  it.effect("hears within a step: the actor both, the second the first, nobody who speaks later", () =>
    Effect.gen(function* () {
      const of = yield* team
      const record = yield* played(of)
      for (let i = 0; i < 64; i++) {
        const [row, column] = [heardOf(record, 0, i), heardOf(record, 1, i)]
        assert.deepStrictEqual(Array.from(record.actorInput.subarray(19 * i + 9, 19 * (i + 1))), [
          ...oneHot(4, row),
          ...oneHot(6, column)
        ])
        assert.deepStrictEqual(
          Array.from(record.speeches[1]?.input.subarray(7 * i + 3, 7 * (i + 1)) ?? []),
          oneHot(4, row)
        )
      }
      // two who draw by themselves agree by chance: a third of the time, not always
      const same = record.speeches[0].intent.filter((intent, i) => intent === record.speeches[1]?.intent[i]).length
      assert.isAbove(same, 8)
      assert.isBelow(same, 40)
      const early = yield* Effect.flip(
        assemble("test", land, [digger, guide("row", { sees: ["row", "columns.message"] }), columns])
      )
      assert.deepStrictEqual(
        early,
        new StageError({
          stage: "test",
          reason: "rows sees columns.message, which nobody gives to a row_guide"
        })
      )
    })
  )

  it.effect("has a channel for each: noise on one leaves the other alone", () =>
    Effect.gen(function* () {
      const of = yield* team
      const record = yield* played(of, (name) => (name === "columns" ? 1 : 0))
      const garbled = (k: number) => {
        const speech = record.speeches[k] ?? assert.fail("nobody")
        const silent = of.speakers[k]?.symbols.length
        return speech.token.filter((token, i) => token !== silent && token !== speech.heard[i]).length
      }
      assert.strictEqual(garbled(0), 0)
      const said = record.speeches[1]?.token.filter((token) => token !== 5).length ?? 0
      assert.isAbove(said, 32)
      assert.strictEqual(garbled(1), said)
    })
  )

  it.effect("can have one of them silenced: the other is heard, and only it is paid for", () =>
    Effect.gen(function* () {
      const of = silence(yield* team, [columns])
      const record = yield* played(of)
      assert.isTrue(record.speeches[1]?.token.every((token) => token === 5))
      assert.isTrue(record.speeches[1]?.heard.every((token) => token === 5))
      assert.isTrue(record.speeches[0].token.some((token) => token !== 3))
      record.speeches[0].token.forEach((token, i) =>
        assert.strictEqual(tokensSent(of, record, i), token === 3 ? 0 : 1, `copy ${i}`)
      )
      // where both speak a step pays for both
      const whole = yield* team
      const loud = yield* played(whole)
      const sent = loud.speeches.map(({ token }, k) => token.map((one) => (one === [3, 5][k] ? 0 : 1)))
      for (let i = 0; i < 64; i++)
        assert.strictEqual(tokensSent(whole, loud, i), (sent[0]?.[i] ?? 0) + (sent[1]?.[i] ?? 0))
    })
  )
})

describe("a training of three", () => {
  const objective = Objective.make("three", {
    semantics: "t",
    loss: sum(...three.map((agent) => ppo(agent, { clip: 0.2, entropy: 0.01 }))),
    within: [],
    freezing: []
  })
  const options = { environment: land, agents: three, objective, rollout: { environments: 8, steps: 6 } } as const

  it.effect("computes in its update the probabilities that play recorded, for all of them", () =>
    Effect.gen(function* () {
      const { curve } = yield* train({ ...options, times: 4, update: { epochs: 1, minibatches: 1 } })
      assert.strictEqual(curve.length, 4)
      for (const row of curve) {
        for (const { name } of three) {
          // before the first step of an update nobody has moved: every ratio is 1
          assert.closeTo(row[`${name}.approximate_kl`] ?? NaN, 0, 1e-6, name)
          assert.strictEqual(row[`${name}.clip_fraction`], 0)
          assert.isAbove(row[`gradient_norm.${name}`] ?? NaN, 0)
        }
      }
    }).pipe(Effect.scoped)
  )

  it.effect("has an instructor whose history holds what its own pupil was heard to say, who speaks second", () =>
    Effect.gen(function* () {
      const coach = Instructor.make("coach", { agent: "columns", hidden: 0, history: 2 })
      const told = guide("column", {
        sees: ["column", "rows.message", "coach.advice"],
        noise: { flip: 0.2, drift: 0.2 }
      })
      const seen = watch()
      yield* train({
        environment: land,
        agents: [told, digger, rows],
        modules: { instructor: coach },
        targets: [rows, told, digger, coach],
        objective: Objective.make("all", {
          semantics: "a",
          loss: sum(
            ppo(rows, { clip: 0.2, entropy: 0.01 }),
            ppo(told, { clip: 0.2, entropy: 0.01 }),
            ppo(digger, { clip: 0.2, entropy: 0.01 }),
            ppo(coach, { clip: 0.2, entropy: 0.01 })
          ),
          within: [],
          freezing: []
        }),
        times: 2,
        rollout: { environments: 16, steps: 5 },
        update: { epochs: 1, minibatches: 1 },
        watch: seen
      })
      // collision, reward, silence or advice, and one of six of columns
      const width = 2 + 2 + 6
      for (const { before, feeds, graph } of seen.runs) {
        const exact = reference(graph, { ...feeds, ...before })
        assert.isBelow(Math.abs(exact["coach.approximate_kl"]?.[0] ?? NaN), 1e-9)
        const [past, inputs, keep] = ["instructor.past", "actor.input", "keep"].map((name) =>
          Array.from(feeds[name] ?? [])
        )
        if (past === undefined || inputs === undefined || keep === undefined) assert.fail("nothing was fed")
        assert.strictEqual(past.length, 5 * 16 * 2 * width)
        let looked = 0
        for (let row = 16; row < 5 * 16; row++) {
          const last = past.slice(row * 2 * width, row * 2 * width + width)
          if (keep[row - 16] === 0)
            assert.deepStrictEqual(
              last,
              Array.from({ length: width }, () => 0)
            )
          else assert.deepStrictEqual(last.slice(4), inputs.slice(19 * (row - 16) + 13, 19 * (row - 15)))
          looked += keep[row - 16] ?? 0
        }
        assert.isAbove(looked, 10)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("that was interrupted ends with the bytes of one that was not", () =>
    Effect.gen(function* () {
      const hexOf = (artifacts: Readonly<Record<string, Uint8Array>>) =>
        Object.fromEntries(Object.entries(artifacts).map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")]))
      const whole = yield* train({ ...options, times: 5 })
      const runs = yield* folder
      let calls = 0
      const error = yield* Effect.flip(
        train({
          ...options,
          times: 5,
          folder: runs,
          checkpointEvery: 2,
          each: () =>
            Effect.suspend(() =>
              ++calls === 4 ? Effect.fail(new StageError({ stage: "train", reason: "interrupted" })) : Effect.void
            )
        })
      )
      assert.strictEqual(error.message, "train: interrupted")
      const resumed = yield* train({ ...options, times: 5, folder: runs, checkpointEvery: 2 })
      assert.deepStrictEqual(hexOf(resumed.artifacts), hexOf(whole.artifacts))
    }).pipe(Effect.scoped)
  )
})
