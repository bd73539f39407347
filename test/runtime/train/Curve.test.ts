import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mean, multiply, number, sum } from "../../../src/runtime/loss/Arithmetic.ts"
import { cca } from "../../../src/runtime/loss/CanonicalCorrelation.ts"
import { entropy } from "../../../src/runtime/loss/Entropy.ts"
import { kl } from "../../../src/runtime/loss/Kl.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import * as Schedule from "../../../src/runtime/train/Schedule.ts"
import { ai, human } from "../agent/Teams.ts"
import { bica, bridge, coach, codes, listener, modules, train, watch } from "./Trainings.ts"
import type { Result } from "./Trainings.ts"

const surrogate = { clip: 0.2, entropy: 0.01 }

describe("the learning curve", () => {
  const whole = {
    agents: [ai, listener],
    modules,
    targets: [listener, ai, codes, bridge, coach],
    objective: Objective.make("whole", {
      semantics: "w",
      loss: [
        Objective.summand("ppo(ai)", 1, ppo(ai, surrogate)),
        Objective.summand("ppo(human)", 1, ppo(listener, surrogate)),
        Objective.summand("ppo(coach)", 1, ppo(coach, { clip: 0.2, entropy: 0 })),
        Objective.summand("ib", 0.25, mean(kl(codes.messageGivenCode, codes.message))),
        Objective.summand("rep", Schedule.linear(1, 0, 4), cca(bridge.map(listener.latent), ai.latent)),
        Objective.summand("teach", -0.5, mean(coach.intervenes))
      ],
      within: bica.within,
      freezing: []
    }),
    update: { epochs: 1, minibatches: 1, rate: Schedule.linear(0.004, 0.002, 2) }
  }

  it.effect("has a column for everything that an update measures, and its sums are right", () =>
    Effect.gen(function* () {
      const seen = watch()
      const { curve } = yield* train({ ...whole, times: 3, watch: seen })
      const names = ["ai", "human", "coach"]
      assert.deepStrictEqual(
        Object.keys(curve[0] ?? {}).sort(),
        [
          "update",
          "steps",
          "episodes",
          "success",
          "length",
          "reward",
          "explained_variance",
          "loss",
          "value",
          "gradient_norm",
          "rate",
          "temperature.codes",
          ...names.flatMap((name) =>
            ["surrogate", "entropy", "approximate_kl", "clip_fraction"].map((what) => `${name}.${what}`)
          ),
          ...["ppo(ai)", "ppo(human)", "ppo(coach)", "ib", "rep", "teach"].flatMap((term) => [
            `term.${term}`,
            `weight.${term}`
          ]),
          ...["ai_drift", "human_drift"].flatMap((budget) => [
            `budget.${budget}`,
            `bound.${budget}`,
            `multiplier.${budget}`
          ]),
          ...["ai", "human", "critic", "codes", "bridge", "coach"].map((group) => `gradient_norm.${group}`)
        ].sort()
      )
      curve.forEach((row, k) => {
        const of = (name: string) => row[name] ?? NaN
        assert.strictEqual(of("bound.ai_drift"), 0.0001)
        assert.strictEqual(of("weight.ib"), 0.25)
        assert.strictEqual(of("weight.rep"), [1, 0.75, 0.5][k])
        assert.strictEqual(of("weight.teach"), -0.5)
        assert.strictEqual(of("temperature.codes"), [1, 0.5, 0.3][k])
        assert.closeTo(of("rate"), [0.004, 0.003, 0.002][k] ?? NaN, 1e-12)
        assert.closeTo(of("term.ppo(ai)"), of("ai.surrogate") - 0.01 * of("ai.entropy"), 1e-6)
        const terms = ["ppo(ai)", "ppo(human)", "ppo(coach)", "ib", "rep", "teach"]
        const weighted = terms.map((term) => of(`weight.${term}`) * of(`term.${term}`)).reduce((a, b) => a + b)
        // the penalties of the update, with the multipliers that it was fed
        const held = ["ai_drift", "human_drift"].map((name) => {
          const multiplier = k === 0 ? 0.2 : (curve[k - 1]?.[`multiplier.${name}`] ?? NaN)
          return multiplier * Math.max(0, of(`budget.${name}`) - 0.0001)
        })
        assert.closeTo(of("loss"), weighted + held.reduce((a, b) => a + b) + 0.5 * of("value"), 1e-5)
        const parts = ["ai", "human", "critic", "codes", "bridge", "coach"].map((g) => of(`gradient_norm.${g}`) ** 2)
        assert.closeTo(
          of("gradient_norm") ** 2,
          parts.reduce((a, b) => a + b),
          1e-4 * of("gradient_norm") ** 2
        )
        assert.isTrue(parts.every((x) => x > 0))
      })
      // the critic before any update explains nothing of the returns that it has not seen
      const [{ feeds }] = [seen.runs[0] ?? assert.fail("no update")]
      const returns = Array.from(feeds["returns"] ?? [])
      const average = returns.reduce((a, b) => a + b) / returns.length
      const variance = returns.reduce((a, b) => a + (b - average) ** 2, 0) / returns.length
      // the mean squared error is at least the variance of what is not explained
      assert.isAtMost((1 - (curve[0]?.["explained_variance"] ?? NaN)) * variance, (curve[0]?.["value"] ?? NaN) + 1e-6)
    }).pipe(Effect.scoped)
  )

  it.effect("counts ratios outside the clip", () =>
    Effect.gen(function* () {
      // no ratio has moved when an epoch begins; after one step of this size many have
      const still = yield* train({ times: 1, update: { epochs: 1, minibatches: 1 } })
      assert.strictEqual(still.curve[0]?.["ai.clip_fraction"], 0)
      const moved = yield* train({
        times: 1,
        update: { epochs: 2, minibatches: 1, rate: Schedule.constant(0.2), clipNorm: 100 }
      })
      const share = moved.curve[0]?.["ai.clip_fraction"] ?? NaN
      assert.isAbove(share, 0.2)
      assert.isAtMost(share, 1)
      assert.closeTo(share * 32, Math.round(share * 32), 1e-4)
    }).pipe(Effect.scoped)
  )

  it.effect("of a loss of one expression has no names for its parts", () =>
    Effect.gen(function* () {
      const objective = Objective.make("plain", {
        semantics: "p",
        loss: sum(ppo(ai, surrogate), multiply(number(0.1), mean(entropy(ai.policy)))),
        within: [],
        freezing: [human]
      })
      const { curve } = yield* train({ times: 1, objective })
      assert.deepStrictEqual(
        Object.keys(curve[0] ?? {}).filter((name) => /^(term|weight)\b/.test(name)),
        []
      )
    }).pipe(Effect.scoped)
  )
})

describe("the names of a loss's parts", () => {
  it.effect(
    "are labels: another name, or none, gives the same weights and the same numbers in every other column",
    () =>
      Effect.gen(function* () {
        const task = ppo(ai, surrogate)
        const spread = mean(entropy(ai.policy))
        const lossOf = (name: string) => [Objective.summand("ppo(ai)", 1, task), Objective.summand(name, -0.3, spread)]
        const losses = [lossOf("calm"), lossOf("wide"), sum(task, multiply(number(-0.3), spread))]
        const [one, other, plain] = yield* Effect.forEach(losses, (loss) =>
          train({
            times: 3,
            objective: Objective.make("named", { semantics: "n", loss, within: [], freezing: [human] })
          })
        )
        if (one === undefined || other === undefined || plain === undefined) return assert.fail("three trainings")
        const weights = (result: Result) => result.artifacts["weights.safetensors"]
        assert.deepStrictEqual(weights(other), weights(one))
        assert.deepStrictEqual(weights(plain), weights(one))
        one.curve.forEach((row, k) => {
          const { "term.calm": term, "weight.calm": weight, ...rest } = row
          const { "term.wide": wide, "weight.wide": widely, ...others } = other.curve[k] ?? {}
          assert.deepStrictEqual(others, rest)
          assert.deepStrictEqual([wide, widely], [term, weight])
          for (const [name, x] of Object.entries(plain.curve[k] ?? {})) assert.deepStrictEqual(x, row[name], name)
        })
      }).pipe(Effect.scoped)
  )
})

describe("minibatches that do not divide the environments", () => {
  it.effect("differ by one and leave nobody out", () =>
    Effect.gen(function* () {
      const seen = watch()
      yield* train({ times: 1, update: { epochs: 1, minibatches: 3 }, watch: seen })
      assert.deepStrictEqual(
        seen.runs.map(({ feeds }) => feeds["advantage"]?.length),
        [12, 12, 8]
      )
      const all = seen.runs.flatMap(({ feeds }) => Array.from(feeds["advantage"] ?? []))
      assert.closeTo(
        all.reduce((a, b) => a + b * b, 0),
        32,
        1e-3
      )
    }).pipe(Effect.scoped)
  )
})

describe("the weights that a training keeps beside the last ones", () => {
  const hex = (result: Result, name: string) => Buffer.from(result.artifacts[name] ?? []).toString("hex")
  const rate = Schedule.constant(0.004)

  it.effect("are those that it began with and those after nine tenths of its updates", () =>
    Effect.gen(function* () {
      const ten = yield* train({ times: 10, update: { rate } })
      const nine = yield* train({ times: 9, update: { rate } })
      const still = yield* train({ times: 1, update: { rate: Schedule.constant(0) } })
      assert.strictEqual(hex(ten, "weights.late.safetensors"), hex(nine, "weights.safetensors"))
      assert.strictEqual(hex(ten, "weights.initial.safetensors"), hex(still, "weights.safetensors"))
      assert.notStrictEqual(hex(ten, "weights.late.safetensors"), hex(ten, "weights.safetensors"))
      // nine tenths of one update are none
      assert.strictEqual(hex(still, "weights.late.safetensors"), hex(still, "weights.initial.safetensors"))
    }).pipe(Effect.scoped)
  )
})
