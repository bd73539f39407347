import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { assemble } from "../../../src/runtime/agent/Team.ts"
import type { Team } from "../../../src/runtime/agent/Team.ts"
import { Engine } from "../../../src/runtime/engine/Engine.ts"
import * as Select from "../../../src/runtime/engine/Select.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import type { Node } from "../../../src/runtime/graph/Graph.ts"
import { add, logSoftmax, mean, mul, square, sub, tanh } from "../../../src/runtime/graph/Operations.ts"
import type { LossContext } from "../../../src/runtime/loss/Expression.ts"
import { scalar } from "../../../src/runtime/loss/Expression.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { adam } from "../../../src/runtime/train/Adam.ts"
import * as Schedule from "../../../src/runtime/train/Schedule.ts"
import { groupOf, updateGraph } from "../../../src/runtime/train/UpdateGraph.ts"
import type { UpdateGraph } from "../../../src/runtime/train/UpdateGraph.ts"
import { ai, map } from "../agent/Teams.ts"
import { numbers } from "../engine/Engines.ts"
import { batch, feedsOf, steps, unclipped } from "./Minibatches.ts"
import type { Feeds } from "./Minibatches.ts"
import { bridge, coach, codes, listener, modules, train, watch } from "./Trainings.ts"

/** The order of BiCA's Algorithm 1. */
const order = ["human", "ai", "codes", "bridge", "coach"] as const

/** What each of the five decides at the steps of a minibatch. */
const decisions = (context: LossContext): Readonly<Record<(typeof order)[number], Node>> => ({
  human: logSoftmax(context.policy("human").logits[0] ?? context.advantage),
  ai: logSoftmax(context.policy("ai").logits[0] ?? context.advantage),
  codes: logSoftmax(context.protocol("codes").codeLogits),
  bridge: context.mapped("bridge", context.latent("human")),
  coach: tanh(context.instructor("coach"))
})

/**
 * A game of one step: each side wants its decision at a place of its own (an input), and the sides' mean distances pull on each other:
 * sum_X mean |r_X|^2 + 0.3 sum_(X, Y next to each other) mean(r_X) mean(r_Y). Its one stationary point in the decisions is r = 0.
 */
const game = Objective.make("game", {
  semantics: "g",
  loss: scalar((context) => {
    const found = decisions(context)
    const apart = order.map((name) => {
      context.record(`decision.${name}`, mean(found[name]))
      return sub(found[name], found[name].builder.input(`place.${name}`, found[name].shape))
    })
    const own = apart.map((r) => mean(square(r)))
    const pulls = apart.slice(1).map((r, i) => mul(mul(mean(r), mean(apart[i] ?? r)), 0.3))
    return [...own, ...pulls].reduce((a, b) => add(a, b))
  }),
  within: [],
  freezing: []
})

const learnersOf = (of: Team) =>
  [of.speaker, of.actor, of.protocol, of.mapper, of.instructor].flatMap((part) => (part === undefined ? [] : [part]))

/** The update code, for all at once or for each in turn; the critic has no part in the game. */
const graphsOf = (of: Team, jointly: boolean): ReadonlyArray<UpdateGraph> => {
  const learners = learnersOf(of)
  return (jointly ? [learners] : learners.map((one) => [one])).map((targets) =>
    updateGraph(`update.${targets.map(({ name }) => name).join("+")}`, {
      team: of,
      objective: game,
      targets,
      trainCritic: false,
      steps,
      batch,
      valueWeight: 0.5,
      clipNorm: unclipped
    })
  )
}

const evaluated = ({ graph }: UpdateGraph, feeds: Feeds, of: "updates" | "outputs" = "updates") => {
  const entries = Object.entries(graph[of])
  const values = evaluate(
    entries.map(([, node]) => node),
    feeds
  )
  return Object.fromEntries(entries.map(([name], i) => [name, Array.from(values[i] ?? [])]))
}

/** Where the five are now, as places: nobody wants to be elsewhere. */
const placesAt = (graphs: ReadonlyArray<UpdateGraph>, feeds: Feeds): Feeds => {
  const [{ graph }] = [graphs[0] ?? assert.fail("no graph")]
  const nodes = new Map<string, Node>()
  const open = Object.values(graph.outputs)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [left, right] = next.inputs
    // the differences of the game: a decision less its place
    if (right?.operation.kind === "input" && right.operation.name.startsWith("place.") && left !== undefined)
      nodes.set(right.operation.name, left)
    open.push(...next.inputs)
    if (nodes.size === order.length) break
  }
  const values = evaluate([...nodes.values()], feeds)
  return Object.fromEntries([...nodes.keys()].map((name, i) => [name, Array.from(values[i] ?? [])]))
}

describe("one after the other and all at once", () => {
  const make = assemble("test", map, [ai, listener], modules)

  it.effect(
    "rest at the same points: where the joint gradient is 0 no step moves anybody, and elsewhere both move the same",
    () =>
      Effect.gen(function* () {
        const of = yield* make
        const [joint, apart] = [graphsOf(of, true), graphsOf(of, false)]
        const feeds = feedsOf(of, 21)
        const at = { ...feeds, ...placesAt(joint, feeds) }
        const jointly = evaluated(joint[0] ?? assert.fail("no graph"), at)
        for (const { layout, parameters } of learnersOf(of).map(groupOf)) {
          assert.isTrue(
            jointly[`${layout.group}.first_moment`]?.every((x) => x === 0),
            layout.group
          )
          assert.deepStrictEqual(jointly[parameters], at[parameters], layout.group)
        }
        for (const graph of apart) {
          for (const [name, values] of Object.entries(evaluated(graph, at)))
            assert.deepStrictEqual(values, at[name], name)
        }
        // and where somebody is moved away, each pass has its part of the joint gradient: none rests where the joint update does not
        const next = numbers(5)
        const away = {
          ...at,
          ...Object.fromEntries(
            order.map((name) => [`place.${name}`, (at[`place.${name}`] ?? []).map((x) => x + 0.1 * next())])
          )
        }
        const together = evaluated(joint[0] ?? assert.fail("no graph"), away)
        apart.forEach((graph, i) => {
          const moment = `${order[i]}.first_moment`
          const found = evaluated(graph, away)[moment] ?? []
          const expected = together[moment] ?? []
          assert.isTrue(
            expected.some((x) => Math.abs(x) > 1e-6),
            moment
          )
          found.forEach((x, k) => assert.closeTo(x, expected[k] ?? NaN, 1e-12, `${moment}[${k}]`))
        })
      })
  )

  it.effect("come to the same point from nearby", () =>
    Effect.gen(function* () {
      const of = yield* make
      const feeds = feedsOf(of, 22)
      const engine = yield* Engine
      const session = yield* engine.open
      const all = [graphsOf(of, true), graphsOf(of, false)]
      const places = placesAt(all[0] ?? [], feeds)
      const learners = learnersOf(of).map(groupOf)
      for (const graphs of all) {
        const next = numbers(6)
        for (const { first, layout, parameters, second } of learners) {
          const shape = [layout.size]
          // near the point at which everybody is where it wants to be
          const data = Float32Array.from(feeds[parameters] ?? [], (x) => x + 0.05 * next())
          yield* session.write(parameters, { shape, data })
          for (const name of [first, second]) yield* session.write(name, { shape, data: new Float32Array(layout.size) })
        }
        for (const { graph } of graphs) yield* session.load(graph)
        const rounds = 200
        const losses: Array<number> = []
        for (let n = 1; n <= rounds; n++) {
          for (const { graph, inputs } of graphs) {
            const changing: Record<string, ReadonlyArray<number>> = { rate: [0.01 * (1 - n / (rounds + 1))] }
            for (const { layout } of learners) {
              changing[`first_correction.${layout.group}`] = [1 / (1 - adam.first ** n)]
              changing[`second_correction.${layout.group}`] = [1 / (1 - adam.second ** n)]
            }
            const given = { ...feeds, ...places, ...changing }
            const { loss } = yield* session.run(
              graph.name,
              Object.fromEntries(inputs.map((name) => [name, Float32Array.from(given[name] ?? [])]))
            )
            losses.push(loss?.[0] ?? NaN)
          }
        }
        const [start = NaN] = losses
        const end = losses.at(-1) ?? NaN
        assert.isAbove(start, 1e-4)
        // r = 0 for every side, where alone the loss is 0
        assert.isBelow(end, 1e-3 * start)
      }
    }).pipe(Effect.scoped, Effect.provide(Select.layer("onnx")))
  )

  it.effect("go through human, ai, protocol, mapper and instructor in this order, each with the others held", () =>
    Effect.gen(function* () {
      const surrogate = { clip: 0.2, entropy: 0 }
      const seen = watch()
      const options = {
        agents: [ai, listener],
        modules,
        targets: [listener, ai, codes, bridge, coach],
        objective: Objective.make("bica", {
          semantics: "b",
          loss: [
            Objective.summand("ppo(ai)", 1, ppo(ai, surrogate)),
            Objective.summand("ppo(human)", 1, ppo(listener, surrogate)),
            Objective.summand("ppo(coach)", 1, ppo(coach, surrogate)),
            Objective.summand(
              "rep",
              1,
              scalar((context) => mean(square(context.mapped("bridge", context.latent("human")))))
            )
          ],
          within: [],
          freezing: []
        }),
        watch: seen
      }
      const update = { epochs: 1, minibatches: 1, rate: Schedule.constant(0.01) }
      yield* train({ ...options, times: 2, update: { ...update, jointly: false } })
      const moved = seen.runs.map(({ after }) =>
        Object.keys(after).flatMap((name) => (name.endsWith(".parameters") ? [name.replace(".parameters", "")] : []))
      )
      assert.deepStrictEqual(
        moved,
        [...order, ...order].map((name) => (name === "human" ? [name, "critic"] : [name]))
      )
      const latest = new Map<string, Float32Array>()
      for (const { after, before } of seen.runs) {
        // what is held is as the passes before have left it
        for (const [name, values] of Object.entries(before))
          if (name.endsWith(".parameters") && latest.has(name)) assert.deepStrictEqual(values, latest.get(name), name)
        for (const [name, values] of Object.entries(after)) {
          if (!name.endsWith(".parameters")) continue
          latest.set(name, values)
          assert.notDeepEqual(values, before[name], name)
        }
      }
      const once = watch()
      yield* train({ ...options, watch: once, times: 1, update: { ...update, jointly: true } })
      assert.deepStrictEqual(
        once.runs.map(({ after }) => Object.keys(after).filter((name) => name.endsWith(".parameters")).length),
        [6]
      )
    }).pipe(Effect.scoped)
  )
})
