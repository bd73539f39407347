import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Team } from "../../../src/runtime/agent/Team.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { statesOf } from "../../../src/runtime/graph/Graph.ts"
import type { Objective } from "../../../src/runtime/loss/Objective.ts"
import * as ObjectiveModule from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { updateGraph } from "../../../src/runtime/train/UpdateGraph.ts"
import type { UpdateGraph } from "../../../src/runtime/train/UpdateGraph.ts"
import * as Agent from "../../../src/runtime/agent/Agent.ts"
import { team } from "../agent/Teams.ts"
import { numbers } from "../engine/Engines.ts"
import { numericalGradient } from "../graph/finiteDifferences.ts"
import { batch, feedsOf, steps, unclipped } from "./Minibatches.ts"
import type { Feeds } from "./Minibatches.ts"
import { bica, oneWay } from "./Trainings.ts"

const make = (
  of: Team,
  options: {
    readonly objective?: Objective
    readonly targets?: ReadonlyArray<"ai" | "human">
    readonly trainCritic?: boolean
    readonly clipNorm?: number
  } = {}
): UpdateGraph => {
  const members = { ai: of.actor, human: of.speaker }
  return updateGraph("update", {
    team: of,
    objective: options.objective ?? bica,
    targets: (options.targets ?? ["human", "ai"]).map((name) => members[name]),
    trainCritic: options.trainCritic ?? true,
    steps,
    batch,
    valueWeight: 0.5,
    clipNorm: options.clipNorm ?? unclipped
  })
}

const run = ({ graph }: UpdateGraph, feeds: Feeds): Readonly<Record<string, Float64Array>> => {
  const results = Object.entries({ ...graph.outputs, ...graph.updates })
  const values = evaluate(
    results.map(([, node]) => node),
    feeds
  )
  return Object.fromEntries(results.map(([name], i) => [name, values[i] ?? new Float64Array()]))
}

/** The gradient of a group, from its first moment after one step from 0. */
const gradientOf = (values: Readonly<Record<string, Float64Array>>, group: string): ReadonlyArray<number> =>
  Array.from(values[`${group}.first_moment`] ?? [], (x) => x / Math.fround(0.1))

const lossAt = ({ graph }: UpdateGraph, feeds: Feeds): number => {
  const { loss } = graph.outputs
  return loss === undefined ? NaN : (evaluate([loss], feeds)[0]?.[0] ?? NaN)
}

const scalar = (values: Readonly<Record<string, Float64Array>>, name: string): number => values[name]?.[0] ?? NaN

const closeTo = (found: ReadonlyArray<number>, expected: ReadonlyArray<number>, tolerance: number, what: string) => {
  assert.strictEqual(found.length, expected.length, what)
  const largest = Math.max(...expected.map(Math.abs))
  assert.isAbove(largest, 0, what)
  for (const [i, x] of found.entries()) assert.closeTo(x, expected[i] ?? NaN, tolerance * largest, `${what}[${i}]`)
}

describe("the gradient of an update", () => {
  it.effect("is that of finite differences, for every group along random directions", () =>
    Effect.gen(function* () {
      const of = yield* team
      const graph = make(of)
      const feeds = feedsOf(of, 1)
      const values = run(graph, feeds)
      // both budgets must be broken for their gradients to be seen
      assert.isAbove(scalar(values, "budget.ai_drift"), 0.001)
      assert.isAbove(scalar(values, "budget.human_drift"), 0.001)
      const next = numbers(99)
      for (const group of ["ai", "human", "critic"]) {
        const at = feeds[`${group}.parameters`] ?? []
        const gradient = gradientOf(values, group)
        for (let k = 0; k < 3; k++) {
          const direction = at.map(() => next())
          const along = (x: number) =>
            lossAt(graph, { ...feeds, [`${group}.parameters`]: at.map((p, i) => p + x * (direction[i] ?? NaN)) })
          const [numerical = NaN] = numericalGradient(([x = NaN]) => along(x), [0], 1e-4)
          const analytic = gradient.reduce((sum, g, i) => sum + g * (direction[i] ?? NaN), 0)
          assert.closeTo(analytic, numerical, 1e-6 * Math.max(1, Math.abs(numerical)), `${group}, direction ${k}`)
        }
      }
    })
  )

  it.effect("has in every pass of the alternation the part that it has jointly", () =>
    Effect.gen(function* () {
      const of = yield* team
      const feeds = feedsOf(of, 2)
      const jointly = run(make(of), feeds)
      const first = run(make(of, { targets: ["human"], trainCritic: true }), feeds)
      const second = run(make(of, { targets: ["ai"], trainCritic: false }), feeds)
      closeTo(gradientOf(first, "human"), gradientOf(jointly, "human"), 1e-12, "human")
      closeTo(gradientOf(first, "critic"), gradientOf(jointly, "critic"), 1e-12, "critic")
      closeTo(gradientOf(second, "ai"), gradientOf(jointly, "ai"), 1e-12, "ai")
      assert.deepStrictEqual(
        Object.keys(first).filter((name) => name.startsWith("ai.") && name.endsWith("moment")),
        []
      )
      assert.deepStrictEqual(
        Object.keys(second).filter((name) => /^(human|critic)\..*moment$/.test(name)),
        []
      )
    })
  )

  it.effect("of a budget grows with its multiplier, and is none at 0", () =>
    Effect.gen(function* () {
      const of = yield* team
      const feeds = feedsOf(of, 3)
      const graph = make(of)
      const at = (multiplier: number) => gradientOf(run(graph, { ...feeds, "multiplier.ai_drift": [multiplier] }), "ai")
      const [none, one, three] = [at(0), at(1), at(3)]
      const pull = one.map((x, i) => x - (none[i] ?? NaN))
      closeTo(
        three.map((x, i) => x - (none[i] ?? NaN)),
        pull.map((x) => 3 * x),
        1e-9,
        "three times the multiplier"
      )
      const unbounded = gradientOf(run(make(of, { objective: { ...bica, within: [] } }), feeds), "ai")
      closeTo(none, unbounded, 1e-12, "a multiplier of 0 and no budget")
    })
  )
})

describe("a budget's hinge", () => {
  const quantityAt = (bound: number) => {
    const [first] = bica.within
    return first === undefined ? [] : [{ ...first, atMost: bound }]
  }

  it.effect("pulls where the mean is above the bound, and nowhere below, though single steps are above it", () =>
    Effect.gen(function* () {
      const of = yield* team
      const feeds = { ...feedsOf(of, 3), "multiplier.ai_drift": [2] }
      const without = run(make(of, { objective: { ...bica, within: [] } }), feeds)
      const at = (bound: number) => run(make(of, { objective: { ...bica, within: quantityAt(bound) } }), feeds)
      const measured = scalar(at(0), "budget.ai_drift")
      const gradient = (bound: number) => gradientOf(at(bound), "ai")
      const free = gradientOf(without, "ai")
      // lambda (mean - bound) above it: the gradient is that of the mean, whatever the bound
      closeTo(gradient(measured * 0.9), gradient(measured * 0.1), 1e-12, "above the bound")
      assert.isTrue(gradient(measured * 0.9).some((x, i) => Math.abs(x - (free[i] ?? NaN)) > 1e-6))
      assert.closeTo(
        scalar(at(measured * 0.9), "loss") - scalar(without, "loss"),
        2 * (measured - Math.fround(measured * 0.9)),
        1e-9
      )
      // just above the mean of six steps that differ: the largest of them is above the bound, and nothing pulls
      assert.deepStrictEqual(gradient(measured * 1.001), free)
      assert.strictEqual(scalar(at(measured * 1.001), "loss"), scalar(without, "loss"))
    })
  )
})

describe("the loss of an update", () => {
  it.effect("is the objective's, the penalties and the weighted error of the critic", () =>
    Effect.gen(function* () {
      const of = yield* team
      const values = run(make(of), feedsOf(of, 4))
      const expected =
        scalar(values, "ai.surrogate") -
        0.01 * scalar(values, "ai.entropy") +
        scalar(values, "human.surrogate") -
        0.01 * scalar(values, "human.entropy") +
        0.7 * (scalar(values, "budget.ai_drift") - 0.0001) +
        1.3 * (scalar(values, "budget.human_drift") - 0.0001) +
        0.5 * scalar(values, "value")
      assert.closeTo(scalar(values, "loss"), expected, 1e-7)
    })
  )

  it.effect("refuses an agent who is not in the team", () =>
    Effect.gen(function* () {
      const of = yield* team
      const coach = Agent.make("coach", { plays: "guide", sees: [], policy: Agent.gru(4), prior: Agent.uniform })
      const objective = ObjectiveModule.make("taught", {
        semantics: "c",
        loss: ppo(coach, { clip: 0.2, entropy: 0 }),
        within: [],
        freezing: []
      })
      assert.throws(() => make(of, { objective }), /taught reads coach, who is not in the team/)
    })
  )
})

describe("plasticity", () => {
  const tableOf = (of: Team, vector: ReadonlyArray<number>) => {
    const entry = of.speaker.layout.entries.find(({ name }) => name === "table")
    return entry === undefined ? [] : vector.slice(entry.offset, entry.offset + entry.size)
  }

  it.effect("changes no value", () =>
    Effect.gen(function* () {
      const of = yield* team
      const graph = make(of)
      const feeds = feedsOf(of, 5)
      const plastic = run(graph, feeds)
      const rigid = run(graph, { ...feeds, "speaker.plastic": [0, 0, 0, 0, 0, 0] })
      for (const name of graph.readings)
        if (!name.startsWith("gradient_norm")) assert.strictEqual(scalar(rigid, name), scalar(plastic, name), name)
    })
  )

  it.effect("leaves the table without gradient where no step trains it, and the rest of the speaker as it was", () =>
    Effect.gen(function* () {
      const of = yield* team
      const graph = make(of)
      const feeds = feedsOf(of, 5)
      const plastic = gradientOf(run(graph, feeds), "human")
      const rigid = gradientOf(run(graph, { ...feeds, "speaker.plastic": [0, 0, 0, 0, 0, 0] }), "human")
      assert.isTrue(tableOf(of, rigid).every((x) => x === 0))
      assert.isTrue(tableOf(of, plastic).some((x) => x !== 0))
      const size = of.speaker.layout.size - 208
      closeTo(rigid.slice(0, size), plastic.slice(0, size), 1e-12, "outside the table")
    })
  )

  it.effect("trains the row of the table that a plastic step used, and no other", () =>
    Effect.gen(function* () {
      const of = yield* team
      const feeds = feedsOf(of, 5)
      const one = gradientOf(run(make(of), { ...feeds, "speaker.plastic": [0, 0, 1, 0, 0, 0] }), "human")
      const used = (feeds["speaker.row"] ?? []).slice(2 * 16, 3 * 16).indexOf(1)
      const moved = new Set(tableOf(of, one).flatMap((x, i) => (x === 0 ? [] : [Math.floor(i / 13)])))
      assert.deepStrictEqual([...moved], [used])
    })
  )
})

describe("a frozen agent", () => {
  it.effect("has no parameters in the graph, and the other learns on", () =>
    Effect.gen(function* () {
      const of = yield* team
      const made = make(of, { objective: oneWay })
      const names = statesOf(made.graph).flatMap(({ operation }) =>
        operation.kind === "state" ? [operation.name] : []
      )
      assert.deepStrictEqual(
        names.filter((name) => name.startsWith("human")),
        []
      )
      assert.isTrue(gradientOf(run(made, feedsOf(of, 6)), "ai").some((x) => x !== 0))
    })
  )
})

describe("one step", () => {
  /** Adam as Kingma & Ba write it, one number at a time. */
  const plainAdam = (gradients: ReadonlyArray<number>, rate: number, start: number) => {
    let p = start
    let m = 0
    let v = 0
    gradients.forEach((g, k) => {
      const t = k + 1
      m = 0.9 * m + 0.1 * g
      v = 0.999 * v + 0.001 * g * g
      p -= (rate * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-5)
    })
    return { m, p, v }
  }

  it.effect("is Adam's, moments carried on, for three steps in a row", () =>
    Effect.gen(function* () {
      const of = yield* team
      const graph = make(of)
      const start = feedsOf(of, 7)
      let feeds: Feeds = start
      const gradients: Record<string, Array<ReadonlyArray<number>>> = { ai: [], human: [], critic: [] }
      for (const t of [1, 2, 3]) {
        const corrections = Object.fromEntries(
          Object.keys(gradients).flatMap((name) => [
            [`first_correction.${name}`, [1 / (1 - 0.9 ** t)]],
            [`second_correction.${name}`, [1 / (1 - 0.999 ** t)]]
          ])
        )
        const next = run(graph, { ...feeds, ...corrections })
        for (const [name, list] of Object.entries(gradients)) {
          const before = feeds[`${name}.first_moment`] ?? []
          const after = next[`${name}.first_moment`] ?? []
          list.push(Array.from(after, (m, i) => (m - Math.fround(0.9) * (before[i] ?? NaN)) / Math.fround(0.1)))
        }
        feeds = {
          ...feeds,
          ...Object.fromEntries(Object.keys(graph.graph.updates).map((name) => [name, Array.from(next[name] ?? [])]))
        }
      }
      for (const [name, list] of Object.entries(gradients)) {
        const parameters = start[`${name}.parameters`] ?? []
        const expected = parameters.map((p, i) =>
          plainAdam(
            list.map((gradient) => gradient[i] ?? NaN),
            0.004,
            p
          )
        )
        closeTo(
          feeds[`${name}.parameters`] ?? [],
          expected.map(({ p }) => p),
          1e-7,
          `${name}.parameters`
        )
        const moved = (now: ReadonlyArray<number>) => now.map((p, i) => p - (parameters[i] ?? NaN))
        closeTo(moved(feeds[`${name}.parameters`] ?? []), moved(expected.map(({ p }) => p)), 1e-5, `${name}: way`)
        closeTo(
          feeds[`${name}.first_moment`] ?? [],
          expected.map(({ m }) => m),
          1e-6,
          `${name}.first_moment`
        )
        closeTo(
          feeds[`${name}.second_moment`] ?? [],
          expected.map(({ v }) => v),
          1e-6,
          `${name}.second_moment`
        )
      }
    })
  )

  it.effect("scales all groups by one factor when their common norm is above the bound", () =>
    Effect.gen(function* () {
      const of = yield* team
      const feeds = feedsOf(of, 8)
      const free = run(make(of), feeds)
      const groups = ["ai", "human", "critic"]
      const norm = Math.sqrt(groups.flatMap((group) => gradientOf(free, group)).reduce((sum, g) => sum + g * g, 0))
      assert.closeTo(scalar(free, "gradient_norm"), norm, 1e-9 * norm)
      const held = run(make(of, { clipNorm: norm / 4 }), feeds)
      for (const group of groups) {
        const quarter = gradientOf(free, group).map((g) => g / 4)
        closeTo(gradientOf(held, group), quarter, 1e-6, group)
        closeTo(
          Array.from(held[`${group}.second_moment`] ?? [], (x) => x / 0.001),
          quarter.map((g) => g * g),
          1e-6,
          group
        )
      }
      // what is reported is the norm before clipping
      assert.closeTo(scalar(held, "gradient_norm"), norm, 1e-9 * norm)
      const loose = run(make(of, { clipNorm: norm * 1.01 }), feeds)
      for (const group of groups) closeTo(gradientOf(loose, group), gradientOf(free, group), 1e-12, group)
    })
  )
})
