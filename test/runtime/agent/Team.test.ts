import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Agent from "../../../src/runtime/agent/Agent.ts"
import { assemble } from "../../../src/runtime/agent/Team.ts"
import { ai, guide, human, map, navigator, team } from "./Teams.ts"

const refusal = (agents: ReadonlyArray<Agent.Agent>) =>
  assemble("train", map, agents).pipe(
    Effect.flip,
    Effect.map((error) => error.message)
  )

describe("a team", () => {
  it.effect("has the sizes that follow from roles, sight and networks", () =>
    Effect.gen(function* () {
      const { actor, criticLayout, speaker } = yield* team
      const { symbols, tablePrior } = speaker
      // 16 around, 4 headings, 4 last actions, 1 last collision; then 12 symbols and silence
      assert.deepStrictEqual([actor.observationSize, actor.hears, actor.inputs, actor.choices], [25, true, 38, 4])
      assert.deepStrictEqual(
        [speaker.observationSize, speaker.hears, speaker.inputs, speaker.choices],
        [28, false, 28, 4]
      )
      assert.deepStrictEqual(actor.observes, ["egocentric", "heading", "last_action", "last_collision"])
      // encoder 38 x 8 + 8, gru 2 (8 x 24 + 24), head 8 x 4 + 4
      assert.strictEqual(actor.layout.size, 312 + 432 + 36)
      // and a table of 4 contexts, 4 intents and 13 tokens
      assert.strictEqual(speaker.layout.size, 232 + 432 + 36 + 208)
      // 25 + 28 + 1 inputs: 54 x 64 + 64, 64 x 64 + 64, 64 + 1
      assert.strictEqual(criticLayout.size, 3520 + 4160 + 65)
      assert.strictEqual(symbols.length, 12)
      assert.strictEqual(tablePrior.length, 208)
    })
  )

  it.effect("does not depend on the order of its agents", () =>
    Effect.gen(function* () {
      const { actor, speaker } = yield* assemble("train", map, [human, ai])
      assert.deepStrictEqual([actor.agent.name, speaker.agent.name], ["ai", "human"])
    })
  )

  it.effect("of an actor who does not listen hears nothing", () =>
    Effect.gen(function* () {
      const { actor } = yield* assemble("train", map, [navigator({ sees: ["heading"] }), human])
      assert.deepStrictEqual([actor.hears, actor.inputs], [false, 4])
    })
  )

  const refusals: ReadonlyArray<readonly [string, ReadonlyArray<Agent.Agent>, RegExp]> = [
    ["nobody to speak", [ai], /no agent plays a role of MapTalk that speaks/],
    ["nobody to act", [human], /no agent plays a role of MapTalk that acts/],
    ["fewer symbols than intents", [ai, guide({ says: ["N", "E", "S"] })], /human has 3 symbols for 4 intents/],
    [
      "two in one role",
      [ai, human, Agent.make("other", { plays: "guide", sees: ["full"], policy: Agent.gru(4), prior: Agent.uniform })],
      /other plays guide, which is taken/
    ],
    [
      "a prior by a rule that the role does not have",
      [ai, guide({ prior: Agent.rule("sextant", 1) })],
      /human plays guide, which has no rule sextant/
    ],
    [
      "a prior by a rule for who acts",
      [navigator({ prior: Agent.rule("compass", 1) }), human],
      /ai plays navigator, which has no rule compass/
    ],
    [
      "a speaker who listens",
      [ai, guide({ sees: ["full", "ai.message"] })],
      /human sees ai.message, which nobody gives/
    ],
    [
      "a message from nobody",
      [navigator({ sees: ["heading", "coach.advice"] }), human],
      /ai sees coach.advice, which nobody gives/
    ]
  ]
  for (const [fault, agents, message] of refusals) {
    it.effect(`refuses ${fault}, naming the stage`, () =>
      Effect.gen(function* () {
        const found = yield* refusal(agents)
        assert.match(found, message)
        assert.isTrue(found.startsWith("train: "))
      })
    )
  }
})
