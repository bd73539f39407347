import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { mean, negate } from "../../../src/runtime/loss/Arithmetic.ts"
import { entropy } from "../../../src/runtime/loss/Entropy.ts"
import { kl } from "../../../src/runtime/loss/Kl.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { farthest, move, tangentOf, weightAt } from "../../../src/runtime/train/Hypergradient.ts"
import * as Schedule from "../../../src/runtime/train/Schedule.ts"
import { updateGraph } from "../../../src/runtime/train/UpdateGraph.ts"
import { ai, human, team } from "../agent/Teams.ts"
import { batch, feedsOf, steps } from "./Minibatches.ts"
import type { Feeds } from "./Minibatches.ts"
import { train } from "./Trainings.ts"

const learned = Objective.hypergradient({ rate: 0.1, start: 0.3 })
const task = { clip: 0.2, entropy: 0.01 }
const objective = Objective.make("weighed", {
  semantics: "w",
  loss: [
    Objective.summand("ppo(ai)", 1, ppo(ai, task)),
    Objective.summand("ppo(human)", 0.5, ppo(human, task)),
    Objective.summand("near", learned, mean(kl(ai.policy, ai.prior)))
  ],
  within: [],
  freezing: []
})

/** Two steps on two minibatches, in double precision; `weight` is the weight in the first one. */
const twoSteps = Effect.fnUntraced(function* (clipNorm: number) {
  const of = yield* team
  const { graph } = updateGraph("update", {
    team: of,
    objective,
    targets: [of.speaker, of.actor],
    trainCritic: true,
    steps,
    batch,
    valueWeight: 0.5,
    clipNorm
  })
  const run = (feeds: Feeds) => {
    const results = Object.entries({ ...graph.outputs, ...graph.updates })
    const values = evaluate(
      results.map(([, node]) => node),
      feeds
    )
    return Object.fromEntries(results.map(([name], i) => [name, Array.from(values[i] ?? [])]))
  }
  const groups = [of.actor, of.speaker].map(({ layout }) => layout)
  const tangents = Object.fromEntries(groups.map(({ group, size }) => [tangentOf(group, "near"), Array(size).fill(0)]))
  const [one, two] = [feedsOf(of, 11), feedsOf(of, 12)]
  return (weight: number) => {
    // moments from an earlier step, so that Adam's second moment is not that of this gradient alone
    const started = run({ ...one, ...tangents, "weight.near": [0.3] })
    const carried = Object.fromEntries(
      Object.keys(graph.updates).map((name) => [
        name,
        name.endsWith(".parameters") ? (one[name] ?? []) : (started[name] ?? [])
      ])
    )
    const first = run({ ...one, ...carried, "weight.near": [weight] })
    const after = Object.fromEntries(Object.keys(graph.updates).map((name) => [name, first[name] ?? []]))
    const second = run({ ...two, ...after, "weight.near": [weight] })
    return { first, second, groups: groups.map(({ group }) => group) }
  }
})

describe("the derivative with respect to a learned weight", () => {
  for (const [what, clipNorm] of [
    ["not clipped", 1e6],
    ["clipped", 0.05]
  ] as const) {
    it.effect(`is that of finite differences through the step that was made, ${what}`, () =>
      Effect.gen(function* () {
        const at = yield* twoSteps(clipNorm)
        const apart = 1e-4
        const [below, here, above] = [at(0.3 - apart), at(0.3), at(0.3 + apart)]
        assert.strictEqual((here.first["gradient_norm"]?.[0] ?? NaN) > clipNorm, what === "clipped")
        for (const group of here.groups) {
          // what the step was worth per unit of the weight, number by number
          const tangent = here.first[tangentOf(group, "near")] ?? []
          const largest = Math.max(...tangent.map(Math.abs))
          // the weighed term trains the navigator; the guide's step hangs on it through the common clipping alone
          assert.strictEqual(largest > 0, group === "ai" || what === "clipped")
          tangent.forEach((found, i) => {
            const name = `${group}.parameters`
            const numerical = ((above.first[name]?.[i] ?? NaN) - (below.first[name]?.[i] ?? NaN)) / (2 * apart)
            assert.closeTo(found, numerical, 1e-4 * largest, `${name}[${i}]`)
          })
        }
        // the task on the next minibatch, of which the learned summand is no part
        const taskAt = ({ second }: typeof here) =>
          (second["term.ppo(ai)"]?.[0] ?? NaN) + 0.5 * (second["term.ppo(human)"]?.[0] ?? NaN)
        const numerical = (taskAt(above) - taskAt(below)) / (2 * apart)
        assert.isAbove(Math.abs(numerical), 1e-5)
        assert.closeTo(here.second["hypergradient.near"]?.[0] ?? NaN, numerical, 1e-3 * Math.abs(numerical))
      })
    )
  }

  it("moves the logarithm of the weight downhill, whatever its sign, within bounds", () => {
    // d/d omega = w h: 0.3 * 2 = 0.6, times the rate 0.1
    assert.closeTo(move(learned, Math.log(0.3), 2), Math.log(0.3) - 0.06, 1e-12)
    const negative = Objective.hypergradient({ rate: 0.1, start: -0.3 })
    assert.closeTo(weightAt(negative, Math.log(0.3)), -0.3, 1e-12)
    // a larger weight, that is one nearer to 0, would lower the loss: w falls in size
    assert.closeTo(move(negative, Math.log(0.3), -2), Math.log(0.3) - 0.06, 1e-12)
    assert.closeTo(weightAt(learned, move(learned, Math.log(0.3), 1e9)), 0.3 / farthest, 1e-12)
    assert.closeTo(weightAt(learned, move(learned, Math.log(0.3), -1e9)), 0.3 * farthest, 1e-9)
  })
})

describe("a training with learned weights", () => {
  const spread = mean(entropy(ai.policy))
  const options = {
    objective: Objective.make("spread", {
      semantics: "s",
      loss: [
        Objective.summand("calm", 1, spread),
        Objective.summand("with", Objective.hypergradient({ rate: 20, start: 0.1 }), spread),
        Objective.summand("against", Objective.hypergradient({ rate: 20, start: 0.1 }), negate(spread)),
        Objective.summand("less", Objective.hypergradient({ rate: 20, start: -0.1 }), spread)
      ],
      within: [],
      freezing: [human]
    }),
    rollout: { environments: 8, steps: 4 },
    update: { rate: Schedule.constant(0.01) }
  } as const

  it.effect("gives weight to what helps the task and takes it from what hinders it", () =>
    Effect.gen(function* () {
      const { curve } = yield* train({ ...options, times: 12 })
      const [first, last] = [curve[0], curve.at(-1)]
      const rise = (name: string) => (last?.[`weight.${name}`] ?? NaN) / (first?.[`weight.${name}`] ?? NaN)
      assert.isAbove(rise("with"), 1.05)
      assert.isBelow(rise("against"), 0.95)
      // a weight below 0 on the task's own loss hinders it too, and keeps its sign
      assert.isBelow(rise("less"), 0.95)
      assert.isBelow(last?.["weight.less"] ?? NaN, 0)
      assert.strictEqual(last?.["weight.calm"], 1)
      assert.isBelow(last?.["hypergradient.with"] ?? NaN, 0)
      assert.isAbove(last?.["hypergradient.against"] ?? NaN, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("with a rate near 0 ends as with the weights that they start from", () =>
    Effect.gen(function* () {
      const weigh = (weight: number | Objective.Weight) => ({
        ...options,
        objective: Objective.make("one", {
          semantics: "o",
          loss: [
            Objective.summand("ppo(ai)", 1, ppo(ai, task)),
            Objective.summand("near", weight, mean(kl(ai.policy, ai.prior)))
          ],
          within: [],
          freezing: [human]
        })
      })
      const fixed = yield* train({ ...weigh(0.25), times: 3 })
      const slow = yield* train({ ...weigh(Objective.hypergradient({ rate: 1e-30, start: 0.25 })), times: 3 })
      fixed.curve.forEach((row, i) => {
        for (const name of ["loss", "term.near", "gradient_norm", "gradient_norm.ai"])
          assert.closeTo(slow.curve[i]?.[name] ?? NaN, row[name] ?? NaN, 1e-6, `${name} at ${i}`)
      })
    }).pipe(Effect.scoped)
  )
})
