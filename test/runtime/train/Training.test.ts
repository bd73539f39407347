import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { add, log, mean, multiply, number, scheduled, sqrt, sum } from "../../../src/runtime/loss/Arithmetic.ts"
import * as Budget from "../../../src/runtime/loss/Budget.ts"
import { entropy } from "../../../src/runtime/loss/Entropy.ts"
import { kl } from "../../../src/runtime/loss/Kl.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import type { Event } from "../../../src/runtime/Progress.ts"
import type { Failure } from "../../../src/runtime/Stage.ts"
import { decode } from "../../../src/runtime/store/Safetensors.ts"
import * as Schedule from "../../../src/runtime/train/Schedule.ts"
import type { Training } from "../../../src/runtime/train/Training.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import * as Agent from "../../../src/runtime/agent/Agent.ts"
import { ai, human, map, navigator } from "../agent/Teams.ts"
import { agree, engines, reference } from "../engine/Engines.ts"
import { bica, oneWay, train, watch } from "./Trainings.ts"
import type { Result } from "./Trainings.ts"

const once = { epochs: 1, minibatches: 1 } as const

const weightsOf = (result: Result) =>
  Effect.map(
    Effect.fromResult(decode(result.artifacts["weights.safetensors"] ?? new Uint8Array())),
    ({ tensors }) => tensors
  )

/** The largest distance between two arrays, relative to the largest number of the second. */
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  assert.strictEqual(a.length, b.length)
  let worst = 0
  let largest = 0
  for (let i = 0; i < b.length; i++) {
    worst = Math.max(worst, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)))
    largest = Math.max(largest, Math.abs(b[i] ?? NaN))
  }
  return worst / largest
}

describe("a fresh rollout", () => {
  for (const engine of engines) {
    it.effect(
      `is given the probabilities that it was drawn with, for both agents: the ratio is 1; and is learned from exactly (${engine})`,
      () =>
        Effect.gen(function* () {
          const seen = watch()
          // episodes of four steps: some end with the rollout, so that the next one begins without memory
          const environment = MapTalk.make("map", { ...map.parameters, horizon: 4 })
          const { curve } = yield* train({ engine, environment, times: 2, update: once, watch: seen })
          assert.strictEqual(seen.runs.length, 2)
          for (const { after, before, feeds, graph, outputs } of seen.runs) {
            const exact = reference(graph, { ...feeds, ...before })
            for (const name of ["ai", "human"]) {
              // the advantage has mean 0, so with a ratio of 1 there is nothing to gain yet
              assert.isBelow(Math.abs(exact[`${name}.approximate_kl`]?.[0] ?? NaN), 1e-9)
              assert.isBelow(Math.abs(exact[`${name}.surrogate`]?.[0] ?? NaN), 1e-6)
            }
            // the whole update is what the graph says in double precision
            for (const [name, found] of Object.entries({ ...outputs, ...after })) {
              // sums over rows of opposite sign: relative to the size of a row, which is 1
              if (found.length === 1)
                assert.closeTo(
                  found[0] ?? NaN,
                  exact[name]?.[0] ?? NaN,
                  1e-5 * Math.max(1, Math.abs(exact[name]?.[0] ?? NaN)),
                  name
                )
              else agree(found, exact[name], name)
            }
          }
          // as the engine sees it, in float32
          for (const row of curve) {
            for (const name of ["ai", "human"]) {
              assert.isBelow(Math.abs(row[`${name}.approximate_kl`] ?? NaN), 1e-7)
              assert.isBelow(Math.abs(row[`${name}.surrogate`] ?? NaN), 1e-5)
            }
          }
        }).pipe(Effect.scoped)
    )
  }

  it.effect("is one no longer after an epoch", () =>
    Effect.gen(function* () {
      const { curve } = yield* train({ times: 2, update: { epochs: 2, minibatches: 1 } })
      for (const name of ["ai", "human"]) assert.isAbove(curve[1]?.[`${name}.approximate_kl`] ?? NaN, 1e-7)
    }).pipe(Effect.scoped)
  )

  it.effect("covers whole episodes: what ends is counted, and so is what succeeds", () =>
    Effect.gen(function* () {
      // 20 updates of 4 steps: every copy ends at least three episodes of at most 20 steps
      const { curve } = yield* train({ times: 20, update: once })
      const ended = curve.reduce((total, row) => total + (row.episodes ?? NaN), 0)
      assert.isAtLeast(ended, 24)
      // an episode is as long as it was played, also the first one of a copy, which begins at an age
      let played = 0
      for (const row of curve) {
        played += row.episodes === 0 ? 0 : (row.length ?? NaN) * (row.episodes ?? NaN)
        assert.isAtMost(played, (row.steps ?? NaN) + 1e-6)
      }
      for (const row of curve) {
        assert.strictEqual(Number.isNaN(row.success ?? NaN), row.episodes === 0)
        if (row.episodes !== 0)
          assert.isTrue((row.success ?? NaN) >= 0 && (row.success ?? NaN) <= 1 && (row.length ?? NaN) <= 20)
      }
      assert.deepStrictEqual(
        curve.map(({ steps }) => steps),
        curve.map((_, i) => 32 * (i + 1))
      )
    }).pipe(Effect.scoped)
  )
})

describe("an update", () => {
  it.effect("agrees between the engines: weights, curve and budgets", () =>
    Effect.gen(function* () {
      const [first, ...others] = yield* Effect.forEach(engines, (engine) => train({ engine, times: 1 }))
      if (first === undefined) return assert.fail("no engine")
      const expected = yield* weightsOf(first)
      for (const other of others) {
        const found = yield* weightsOf(other)
        assert.deepStrictEqual(Object.keys(found), Object.keys(expected))
        for (const [name, tensor] of Object.entries(expected)) {
          // a number that starts at 0 is nothing but one step of Adam, which divides by the gradient: looser by that much
          const loose = name.endsWith("bias") ? 1e-3 : 1e-5
          assert.isBelow(distance(found[name]?.data ?? [], tensor.data), loose, name)
        }
        for (const [name, x] of Object.entries(first.curve[0] ?? {})) {
          const y = other.curve[0]?.[name] ?? NaN
          if (Number.isNaN(x)) assert.isNaN(y)
          else assert.closeTo(y, x, 1e-5 * Math.max(1, Math.abs(x)), name)
        }
      }
    }).pipe(Effect.scoped)
  )

  it.effect("feeds Adam its step and the rate of the update", () =>
    Effect.gen(function* () {
      const seen = watch()
      yield* train({
        times: 3,
        update: { epochs: 2, minibatches: 1, rate: Schedule.linear(0.004, 0.001, 3) },
        watch: seen
      })
      const fed = (name: string) => seen.runs.map(({ feeds }) => feeds[name]?.[0] ?? NaN)
      for (const group of ["ai", "human", "critic"]) {
        fed(`first_correction.${group}`).forEach((x, i) => assert.closeTo(x, 1 / (1 - 0.9 ** (i + 1)), 1e-5))
        fed(`second_correction.${group}`).forEach((x, i) => assert.closeTo(x, 1 / (1 - 0.999 ** (i + 1)), 1e-3))
      }
      fed("rate").forEach((x, i) => assert.closeTo(x, [0.004, 0.004, 0.003, 0.003, 0.002, 0.002][i] ?? NaN, 1e-8))
    }).pipe(Effect.scoped)
  )

  it.effect("goes through every copy once in an epoch, in another order each time", () =>
    Effect.gen(function* () {
      const seen = watch()
      yield* train({ times: 1, update: { epochs: 2, minibatches: 2 }, watch: seen })
      const advantages = (k: number) => Array.from(seen.runs[k]?.feeds.advantage ?? [])
      const first = [...advantages(0), ...advantages(1)]
      const second = [...advantages(2), ...advantages(3)]
      assert.strictEqual(first.length, 32)
      assert.notDeepEqual(first, second)
      assert.deepStrictEqual([...first].sort(), [...second].sort())
      // standardised over the whole rollout, not over the minibatch
      assert.closeTo(
        first.reduce((a, b) => a + b, 0),
        0,
        1e-5
      )
      assert.closeTo(
        first.reduce((a, b) => a + b * b, 0),
        32,
        1e-3
      )
      assert.isAbove(Math.abs(advantages(0).reduce((a, b) => a + b, 0)), 1e-3)
    }).pipe(Effect.scoped)
  )

  it.effect("one after the other moves every target with the others as they are by then", () =>
    Effect.gen(function* () {
      const seen = watch()
      yield* train({ times: 1, agents: [human, ai], update: { ...once, jointly: false }, watch: seen })
      assert.strictEqual(seen.runs.length, 2)
      const [first, second] = seen.runs
      assert.deepStrictEqual(
        Object.keys(first?.after ?? {}).filter((name) => name.endsWith(".parameters")),
        ["human.parameters", "critic.parameters"]
      )
      assert.deepStrictEqual(
        Object.keys(second?.after ?? {}).filter((name) => name.endsWith(".parameters")),
        ["ai.parameters"]
      )
      assert.notDeepEqual(first?.after["human.parameters"], first?.before["human.parameters"])
      assert.deepStrictEqual(second?.before["human.parameters"], first?.after["human.parameters"])
    }).pipe(Effect.scoped)
  )

  it.effect("may be followed by one of another kind: each has its own bound on the gradient", () =>
    Effect.gen(function* () {
      const seen = watch()
      const rate = Schedule.constant(0)
      yield* train({
        times: 1,
        watch: seen,
        body: (training) =>
          Effect.gen(function* () {
            yield* training.rollout({ environments: 8, steps: 4, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
            yield* training.update([ai, human], { jointly: true, ...once, rate, clipNorm: 1000 })
            yield* training.update([ai, human], { jointly: true, ...once, rate, clipNorm: 0.001 })
          })
      })
      const sizes = seen.runs.map(({ after, before }) => {
        const groups = ["ai", "human", "critic"]
        const gradient = groups.flatMap((group) => {
          const old = before[`${group}.first_moment`] ?? []
          return Array.from(after[`${group}.first_moment`] ?? [], (x, i) => (x - 0.9 * (old[i] ?? NaN)) / 0.1)
        })
        return Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0))
      })
      assert.closeTo(sizes[0] ?? NaN, seen.runs[0]?.outputs.gradient_norm?.[0] ?? NaN, 1e-3)
      assert.closeTo(sizes[1] ?? NaN, 0.001, 1e-5)
    }).pipe(Effect.scoped)
  )

  it.effect("needs a rollout before it, and a copy for every minibatch", () =>
    Effect.gen(function* () {
      const options = { jointly: true, epochs: 1, minibatches: 1, rate: Schedule.constant(0.001), clipNorm: 1 }
      const early = yield* Effect.flip(train({ times: 1, body: (training) => training.update([ai], options) }))
      assert.match(early.message, /train\/bica\/seed-13: an update needs a rollout before it/)
      const thin = yield* Effect.flip(train({ times: 1, update: { minibatches: 9 } }))
      assert.match(thin.message, /8 environments cannot be divided into 9 minibatches/)
    }).pipe(Effect.scoped)
  )
})

describe("a scheduled weight", () => {
  it.effect("is fed with its value at the update", () =>
    Effect.gen(function* () {
      const seen = watch()
      const objective = Objective.make("weighed", {
        semantics: "s",
        loss: sum(
          ppo(ai, { clip: 0.2, entropy: 0 }),
          multiply(scheduled(Schedule.linear(1, 0, 2)), mean(entropy(ai.policy))),
          multiply(scheduled(Schedule.geometric(1, 0.3, 0.5)), mean(entropy(human.policy)))
        ),
        within: [],
        freezing: []
      })
      yield* train({ times: 3, objective, update: once, watch: seen })
      assert.deepStrictEqual(
        seen.runs.map(({ feeds }) => feeds["schedule.0"]?.[0]),
        [1, 0.5, 0]
      )
      assert.deepStrictEqual(
        seen.runs.map(({ feeds }) => feeds["schedule.1"]?.[0]),
        [1, 0.5, Math.fround(0.3)]
      )
    }).pipe(Effect.scoped)
  )
})

describe("dual ascent", () => {
  it.effect("moves every multiplier by its violation in the last epoch, and the next update is fed with it", () =>
    Effect.gen(function* () {
      const seen = watch()
      const { curve } = yield* train({ times: 4, watch: seen })
      for (const name of ["ai_drift", "human_drift"]) {
        let multiplier = 0.2
        curve.forEach((row, update) => {
          const fed = seen.runs.slice(update * 4, update * 4 + 4).map(({ feeds }) => feeds[`multiplier.${name}`]?.[0])
          assert.deepStrictEqual(
            fed,
            Array.from({ length: 4 }, () => Math.fround(multiplier))
          )
          const lastEpoch = seen.runs
            .slice(update * 4 + 2, update * 4 + 4)
            .map(({ outputs }) => outputs[`budget.${name}`]?.[0] ?? NaN)
          const quantity = lastEpoch.reduce((a, b) => a + b) / 2
          assert.strictEqual(row[`budget.${name}`], quantity)
          multiplier = Math.max(0, multiplier + 0.05 * (quantity - 0.0001))
          assert.strictEqual(row[`multiplier.${name}`], multiplier)
        })
      }
    }).pipe(Effect.scoped)
  )

  it.effect("is told with every update", () =>
    Effect.gen(function* () {
      const events: Array<Event> = []
      const { curve } = yield* train({ times: 2, events })
      const told = events.flatMap((event) => (event._tag === "Update" ? [event] : []))
      assert.deepStrictEqual(
        told.map(({ update, updates, steps }) => [update, updates, steps]),
        [
          [1, 2, 32],
          [2, 2, 64]
        ]
      )
      assert.deepStrictEqual(
        told[1]?.duals.map(({ bound, name, quantity, unit, value }) => [name, value, quantity, bound, unit]),
        ["ai_drift", "human_drift"].map((name) => [
          name,
          curve[1]?.[`multiplier.${name}`],
          curve[1]?.[`budget.${name}`],
          0.0001,
          "nats"
        ])
      )
    }).pipe(Effect.scoped)
  )

  it.effect("of a broken budget holds the policy nearer to its prior", () =>
    Effect.gen(function* () {
      const drift = (start: number) => {
        const budget = Budget.make("drift", {
          quantity: mean(kl(ai.policy, ai.prior)),
          atMost: 0,
          unit: "nats",
          by: Budget.dual({ rate: 0.001, start })
        })
        const objective = Objective.make("held", {
          semantics: "s",
          loss: ppo(ai, { clip: 0.2, entropy: 0 }),
          within: [budget],
          freezing: [human]
        })
        return Effect.map(
          train({
            times: 15,
            objective,
            rollout: { environments: 16, steps: 8 },
            update: { rate: Schedule.constant(0.01) }
          }),
          ({ curve }) => curve.at(-1)?.["budget.drift"] ?? NaN
        )
      }
      assert.isBelow(yield* drift(20), 0.25 * (yield* drift(0)))
    }).pipe(Effect.scoped)
  )
})

describe("a budget that binds", () => {
  it.effect("is held to within 5 % of its bound, where the policy would go far beyond it", () =>
    Effect.gen(function* () {
      const atMost = 0.25
      const held = (within: Objective.Objective["within"]) =>
        Effect.map(
          train({
            times: 150,
            objective: Objective.make("held", {
              semantics: "h",
              loss: [
                Objective.summand("ppo(ai)", 1, ppo(ai, { clip: 0.2, entropy: 0 })),
                Objective.summand("drift", 0, mean(kl(ai.policy, ai.prior)))
              ],
              within,
              freezing: [human]
            }),
            rollout: { environments: 16, steps: 8 },
            update: { epochs: 2, minibatches: 1, rate: Schedule.linear(0.01, 0.002, 150) }
          }),
          ({ curve }) => {
            const last = curve.slice(-50)
            const over = (name: string) => last.reduce((sum, row) => sum + (row[name] ?? NaN), 0) / last.length
            return { drift: over("term.drift"), multiplier: over("multiplier.drift") }
          }
        )
      const free = yield* held([])
      assert.isAbove(free.drift, 2 * atMost)
      const bound = yield* held([
        Budget.make("drift", {
          quantity: mean(kl(ai.policy, ai.prior)),
          atMost,
          unit: "nats",
          by: Budget.dual({ rate: 0.3 })
        })
      ])
      assert.isAbove(bound.multiplier, 0)
      assert.isAtMost(Math.abs(bound.drift - atMost), 0.05 * atMost)
    }).pipe(Effect.scoped)
  )
})

describe("a frozen human", () => {
  it.effect("has no parameters, in the session or in the weights, and its budgeted drift is 0", () =>
    Effect.gen(function* () {
      const seen = watch()
      const result = yield* train({
        times: 2,
        objective: { ...bica, freezing: [human] },
        watch: seen,
        each: () =>
          Effect.gen(function* () {
            const missing = yield* Effect.exit(seen.session?.read("human.parameters") ?? Effect.void)
            assert.strictEqual(missing._tag, "Failure")
          })
      })
      const names = Object.keys(yield* weightsOf(result))
      assert.deepStrictEqual([...new Set(names.map((name) => name.split(".")[0]))].sort(), ["ai", "critic"])
      for (const row of result.curve)
        assert.deepStrictEqual([row["budget.human_drift"], row["human.approximate_kl"]], [0, 0])
      for (const { after, feeds } of seen.runs) {
        for (const name of [...Object.keys(after), ...Object.keys(feeds)])
          assert.isFalse(name.startsWith("human") || name.endsWith(".human"), name)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("does not change how the others start", () =>
    Effect.gen(function* () {
      const still = { ...once, rate: Schedule.constant(0) }
      const both = yield* Effect.flatMap(train({ times: 1, update: still }), weightsOf)
      const one = yield* Effect.flatMap(train({ times: 1, update: still, objective: oneWay }), weightsOf)
      for (const [name, tensor] of Object.entries(one)) assert.deepStrictEqual(tensor, both[name], name)
    }).pipe(Effect.scoped)
  )
})

describe("memory", () => {
  for (const engine of engines) {
    it.effect(`holds as many tensors after 20 updates as after the first (${engine})`, () =>
      Effect.gen(function* () {
        const seen = watch()
        const counts: Array<number> = []
        yield* train({
          engine,
          times: 20,
          rollout: { environments: 4, steps: 2 },
          update: { epochs: 1, minibatches: 2 },
          watch: seen,
          each: () => Effect.map(seen.session?.tensorCount ?? Effect.succeed(NaN), (count) => void counts.push(count))
        })
        assert.strictEqual(counts.length, 20)
        assert.isAbove(counts[0] ?? NaN, 10)
        assert.deepStrictEqual(
          counts,
          counts.map(() => counts[0])
        )
      }).pipe(Effect.scoped)
    )
  }
})

describe("divergence", () => {
  const objective = (loss: Parameters<typeof Objective.make>[1]["loss"], within: Objective.Objective["within"] = []) =>
    Objective.make("lost", { semantics: "l", loss, within, freezing: [] })
  const lost = (of: Objective.Objective) =>
    train({ times: 5, objective: of, update: once }).pipe(Effect.flip, Effect.scoped)
  const task = ppo(ai, { clip: 0.2, entropy: 0.01 })

  it.effect("in the loss stops the stage with the update and the value", () =>
    Effect.gen(function* () {
      // the root of 2, 1, 0 and then of -1, whose update is the fourth
      const error = yield* lost(objective(sum(task, sqrt(scheduled(Schedule.linear(2, -1, 3))))))
      assert.strictEqual(error._tag, "Diverged")
      assert.deepInclude(error, { stage: "train/lost/seed-13", update: 3, quantity: "loss", value: "NaN" })
      assert.strictEqual(error.message, "train/lost/seed-13: loss became NaN at update 3; the last checkpoint is kept")
    })
  )

  it.effect("to infinity does too", () =>
    Effect.gen(function* () {
      const error = yield* lost(objective(sum(task, log(scheduled(Schedule.linear(2, 0, 2))))))
      assert.deepInclude(error, { _tag: "Diverged", update: 2, quantity: "loss", value: "-Infinity" })
    })
  )

  it.effect("names the part of the loss that it came from", () =>
    Effect.gen(function* () {
      const budget = Budget.make("drift", {
        quantity: add(mean(kl(ai.policy, ai.prior)), log(scheduled(Schedule.linear(1, -1, 2)))),
        atMost: 1,
        unit: "nats",
        by: Budget.dual({ rate: 0.3 })
      })
      const error = yield* lost(objective(task, [budget]))
      assert.deepInclude(error, { _tag: "Diverged", update: 1, quantity: "budget.drift", value: "-Infinity" })
    })
  )

  it.effect("of a gradient whose loss is finite is seen in its norm", () =>
    Effect.gen(function* () {
      // a divergence near 0 times 1e30 is finite, the squares of its gradient are not
      const error = yield* lost(objective(sum(task, multiply(number(1e30), mean(kl(ai.policy, ai.prior))))))
      assert.deepInclude(error, { _tag: "Diverged", quantity: "gradient_norm.ai" })
    })
  )
})

describe("learning", () => {
  it.effect("raises success on a small open map well above where it starts", () =>
    Effect.gen(function* () {
      const { curve } = yield* train({
        times: 30,
        rollout: { environments: 48, steps: 16 },
        update: { rate: Schedule.linear(0.01, 0.001, 30) }
      })
      const share = (rows: Result["curve"]) => {
        const ended = rows.reduce((total, row) => total + (row.episodes ?? 0), 0)
        return (
          rows.reduce((total, row) => total + (row.episodes === 0 ? 0 : (row.episodes ?? 0) * (row.success ?? 0)), 0) /
          ended
        )
      }
      const before = share(curve.slice(0, 5))
      const after = share(curve.slice(-5))
      assert.isBelow(before, 0.4)
      assert.isAbove(after, before + 0.2)
      assert.isAbove(curve.at(-1)?.reward ?? NaN, curve[0]?.reward ?? NaN)
    }).pipe(Effect.scoped)
  )
})

describe("a stage", () => {
  const twice = (training: Training): Effect.Effect<void, Failure> =>
    Effect.asVoid(training.rollout({ environments: 4, steps: 4, discount: 0.99, trace: 0.95, valueWeight: 0.5 }))

  it.effect("rolls out one number of copies", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(train({ times: 1, each: twice }))
      assert.match(error.message, /a stage rolls out one number of environments/)
    }).pipe(Effect.scoped)
  )

  it.effect("refuses an objective that reads an agent of another team", () =>
    Effect.gen(function* () {
      const other = { ...ai, name: "robot" }
      const error = yield* Effect.flip(
        train({
          times: 1,
          objective: Objective.make("o", {
            semantics: "o",
            loss: ppo(other, { clip: 0.2, entropy: 0 }),
            within: [],
            freezing: []
          })
        })
      )
      assert.match(error.message, /train\/o\/seed-13: the objective o reads robot, who is not in the team/)
    }).pipe(Effect.scoped)
  )
})

it.effect("an agent without memory is trained beside one with: its update sees what play recorded", () =>
  Effect.gen(function* () {
    const forgetful = navigator({ policy: Agent.mlp(8) })
    const result = yield* train({ agents: [forgetful, human], times: 3, update: once })
    const { curve } = result
    for (const row of curve) {
      assert.closeTo(row["ai.approximate_kl"] ?? NaN, 0, 1e-6)
      assert.isAbove(row["gradient_norm.ai"] ?? NaN, 0)
    }
    const tensors = yield* weightsOf(result)
    assert.deepStrictEqual(
      Object.keys(tensors).filter((name) => name.startsWith("ai.")),
      ["encoder.bias", "encoder.weight", "head.bias", "head.weight", "second.bias", "second.weight"].map(
        (x) => `ai.${x}`
      )
    )
  }).pipe(Effect.scoped)
)
