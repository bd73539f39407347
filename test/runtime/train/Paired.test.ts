/** Another view of the same steps: what an agent would do in silence, or without advice. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { assemble } from "../../../src/runtime/agent/Team.ts"
import type { Team } from "../../../src/runtime/agent/Team.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { add, mean } from "../../../src/runtime/loss/Arithmetic.ts"
import type { Scalar } from "../../../src/runtime/loss/Expression.ts"
import { norm } from "../../../src/runtime/loss/InnerProduct.ts"
import { kl } from "../../../src/runtime/loss/Kl.ts"
import { logProbability } from "../../../src/runtime/loss/LogProbability.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { paired } from "../../../src/runtime/loss/Paired.ts"
import { updateGraph } from "../../../src/runtime/train/UpdateGraph.ts"
import { ai, human, map, team } from "../agent/Teams.ts"
import { numbers } from "../engine/Engines.ts"
import { numericalGradient } from "../graph/finiteDifferences.ts"
import { batch, feedsOf, rows, steps, unclipped } from "./Minibatches.ts"
import type { Feeds } from "./Minibatches.ts"
import { listener, modules } from "./Trainings.ts"

const graphOf = (of: Team, loss: Scalar) =>
  updateGraph("update", {
    team: of,
    objective: Objective.make("paired", { semantics: "p", loss, within: [], freezing: [] }),
    targets: [of.actor, of.speaker, ...(of.protocol === undefined ? [] : [of.protocol])],
    trainCritic: false,
    steps,
    batch,
    valueWeight: 0,
    clipNorm: unclipped
  }).graph

const lossOf = (of: Team, loss: Scalar, feeds: Feeds): number => {
  const node = graphOf(of, loss).outputs["loss"]
  return node === undefined ? Number.NaN : (evaluate([node], feeds)[0]?.[0] ?? Number.NaN)
}

/** A batch in which the acting agent heard a token, or nothing, at every step. */
const heard = (of: Team, seed: number, token: (row: number) => number): Feeds => {
  const feeds = feedsOf(of, seed)
  const { inputs, observationSize } = of.actor
  const input = [...(feeds["actor.input"] ?? [])]
  for (let row = 0; row < rows; row++) {
    for (let k = observationSize; k < inputs; k++) input[row * inputs + k] = k - observationSize === token(row) ? 1 : 0
  }
  return { ...feeds, "actor.input": input }
}

const influence = mean(kl(ai.policy, paired(ai.policy, "silence")))
const all = assemble("test", map, [ai, listener], modules)

describe("a view", () => {
  it.effect("in silence is what it would be had nobody said anything", () =>
    Effect.gen(function* () {
      const of = yield* team
      const silence = of.speaker.symbols.length
      const spoken = heard(of, 1, (row) => row % silence)
      const silent = heard(of, 1, () => silence)
      const there = mean(norm(paired(ai.latent, "silence")))
      assert.strictEqual(lossOf(of, there, spoken), lossOf(of, mean(norm(ai.latent)), silent))
      assert.notStrictEqual(lossOf(of, there, spoken), lossOf(of, mean(norm(ai.latent)), spoken))
      const chosen = mean(paired(logProbability(ai.policy, ai.choice), "silence"))
      assert.strictEqual(lossOf(of, chosen, spoken), lossOf(of, mean(ai.logProb), silent))
      assert.strictEqual(lossOf(of, mean(paired(ai.logProb, "silence")), spoken), lossOf(of, mean(ai.logProb), silent))
      // messages move an agent, and silence does not
      assert.isAbove(lossOf(of, influence, spoken), 1e-4)
      assert.closeTo(lossOf(of, influence, silent), 0, 1e-12)
      // who hears nobody is the same in silence
      assert.closeTo(lossOf(of, mean(kl(human.policy, paired(human.policy, "silence"))), spoken), 0, 1e-12)
    })
  )

  it.effect("unadvised is what it would be had no advice been given", () =>
    Effect.gen(function* () {
      const of = yield* all
      const feeds = feedsOf(of, 2)
      const choices = (given: number) => Array.from({ length: rows }, () => [1 - given, given]).flat()
      const advised = { ...feeds, "instructor.choice": choices(1) }
      const alone = { ...feeds, "instructor.choice": choices(0) }
      const there = mean(norm(paired(listener.latent, "unadvised")))
      assert.strictEqual(lossOf(of, there, advised), lossOf(of, mean(norm(listener.latent)), alone))
      assert.notStrictEqual(lossOf(of, mean(norm(listener.latent)), advised), lossOf(of, there, advised))
    })
  )

  it.effect("has the gradient of finite differences, for both views of one policy", () =>
    Effect.gen(function* () {
      const of = yield* team
      const feeds = heard(of, 3, (row) => row % of.speaker.symbols.length)
      const loss = add(influence, mean(paired(ai.logProb, "silence")))
      const graph = graphOf(of, loss)
      const node = graph.outputs["loss"]
      const moment = graph.updates["ai.first_moment"]
      if (node === undefined || moment === undefined) throw new Error("the graph trains nobody")
      const gradient = Array.from(evaluate([moment], feeds)[0] ?? [], (x) => x / Math.fround(0.1))
      const at = feeds["ai.parameters"] ?? []
      const next = numbers(7)
      for (let k = 0; k < 3; k++) {
        const direction = at.map(() => next())
        const along = (x: number) =>
          evaluate([node], { ...feeds, "ai.parameters": at.map((p, i) => p + x * (direction[i] ?? 0)) })[0]?.[0] ??
          Number.NaN
        const [numerical = Number.NaN] = numericalGradient(([x = Number.NaN]) => along(x), [0], 1e-4)
        const analytic = gradient.reduce((sum, g, i) => sum + g * (direction[i] ?? 0), 0)
        assert.isAbove(Math.abs(numerical), 1e-5)
        assert.closeTo(analytic, numerical, 1e-6 * Math.max(1, Math.abs(numerical)), `direction ${k}`)
      }
    })
  )

  it.effect("in silence trains nobody who speaks by it", () =>
    Effect.gen(function* () {
      const of = yield* all
      const feeds = feedsOf(of, 4)
      const size = (loss: Scalar, group: string) => {
        const moment = graphOf(of, loss).updates[`${group}.first_moment`]
        return moment === undefined
          ? Number.NaN
          : Array.from(evaluate([moment], feeds)[0] ?? []).reduce((sum, x) => sum + Math.abs(x), 0)
      }
      assert.isAbove(size(mean(norm(listener.latent)), "codes"), 0)
      assert.strictEqual(size(mean(norm(paired(listener.latent, "silence"))), "codes"), 0)
      assert.isAbove(size(mean(norm(paired(listener.latent, "silence"))), "human"), 0)
    })
  )
})

describe("an agent that is frozen", () => {
  it.effect("is its prior, whatever it hears", () =>
    Effect.gen(function* () {
      const of = yield* team
      const graph = updateGraph("update", {
        team: of,
        objective: Objective.make("paired", {
          semantics: "p",
          loss: add(mean(kl(human.policy, human.prior)), mean(kl(paired(ai.policy, "silence"), ai.prior))),
          within: [],
          freezing: [ai]
        }),
        targets: [of.speaker],
        trainCritic: false,
        steps,
        batch,
        valueWeight: 0,
        clipNorm: unclipped
      }).graph
      const feeds = feedsOf(of, 5)
      const node = graph.outputs["loss"]
      const whole = node === undefined ? Number.NaN : (evaluate([node], feeds)[0]?.[0] ?? Number.NaN)
      assert.strictEqual(whole, lossOf(of, mean(kl(human.policy, human.prior)), feeds))
    })
  )
})
