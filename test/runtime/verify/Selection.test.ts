import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Bica from "../../../src/runtime/index.ts"
import { ai, human, map } from "../agent/Teams.ts"

const objective = Bica.Objective.make("bica", {
  semantics: "b",
  loss: Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }),
  within: [],
  freezing: []
})

const stage = (name: string, after: ReadonlyArray<Bica.Stage.Stage>) =>
  Bica.Stage.make(name, {
    semantics: name,
    after,
    agents: [ai, human],
    environment: map,
    forEach: "objective",
    program: () => Effect.void
  })

const train = stage("train", [])
const more = stage("more", [train])
const test = stage("test", [more])
const other = stage("other", [train])
const pipeline = Bica.Pipeline.make("chain", {
  stages: [other, test, more, train],
  objectives: [objective],
  studies: [Bica.Study.make("main", { seeds: [1, 2], compare: [objective] })],
  claims: []
})

const planned = (selection: Bica.Pipeline.Selection) => Bica.Pipeline.plan(pipeline, selection, "class")

describe("a selection", () => {
  it.effect("of stages holds those that they come after, with the keys that they have in the whole", () =>
    Effect.gen(function* () {
      const whole = yield* planned({})
      const part = yield* planned({ only: ["test/bica/seed-2"] })
      assert.deepStrictEqual(
        part.map(({ identity }) => identity.label),
        ["train/bica/seed-2", "more/bica/seed-2", "test/bica/seed-2"]
      )
      for (const { identity } of part) assert.isTrue(whole.some((job) => job.identity.key === identity.key))
    })
  )

  it.effect("of the first updates shares no key with the whole, nor with another number of updates", () =>
    Effect.gen(function* () {
      const jobs = [yield* planned({}), yield* planned({ updates: 2 }), yield* planned({ updates: 3 })].flat()
      assert.strictEqual(new Set(jobs.map(({ identity }) => identity.key)).size, 3 * 8)
    })
  )
})
