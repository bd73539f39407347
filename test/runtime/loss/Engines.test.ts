/** Every function of the language on every engine: value and gradient through a whole update, as compiled from its example. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { operators, primitives } from "../../../src/declaration/Primitives.ts"
import { assemble } from "../../../src/runtime/agent/Team.ts"
import { statesOf } from "../../../src/runtime/graph/Graph.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { updateGraph } from "../../../src/runtime/train/UpdateGraph.ts"
import * as compiled from "../../golden/good/primitives.ts"
import { agree, engines, numbers, openOn, reference } from "../engine/Engines.ts"
import { batch, feedsOf, rows, steps, unclipped } from "../train/Minibatches.ts"

const parts = compiled.all.loss.filter((part) => part.name?.startsWith("by_") === true)
const every = [...operators, ...primitives]
/** The terms of each group of functions, in the order of the tables: so they stand in the file. */
const groups = Map.groupBy(parts, (_, i) => every[i]?.group ?? "none")

it("there is a term for every function and operator", () => {
  assert.strictEqual(parts.length, every.length)
})

const made = Effect.gen(function* () {
  const { ai, bridge, coach, codes, human, map } = compiled
  const team = yield* assemble("test", map, [ai, human], { protocol: codes, instructor: coach, mapper: bridge })
  const next = numbers(77)
  const list = (n: number) => Array.from({ length: n }, next)
  const feeds = { ...feedsOf(team, 5), reward: list(rows), value: list(rows) }
  const learners = [team.speaker, team.actor, team.protocol, team.instructor, team.mapper].flatMap((part) => part ?? [])
  return [...groups].map(([name, loss]) => {
    const update = updateGraph(name, {
      team,
      objective: Objective.make(name, { semantics: name, loss, within: [], freezing: [] }),
      targets: learners,
      trainCritic: false,
      steps,
      batch,
      valueWeight: 0.5,
      clipNorm: unclipped
    })
    const directions = Object.fromEntries(
      update.directions.map(({ count, d, input }) => {
        const columns = list(count * d)
        const length = (c: number) => Math.hypot(...columns.filter((_, i) => i % count === c))
        return [input, columns.map((x, i) => x / length(i % count))]
      })
    )
    const given = {
      ...feeds,
      ...directions,
      ...Object.fromEntries(update.schedules.map(({ input }) => [input, [0.8]]))
    }
    return { name, graph: update.graph, inputs: update.inputs, given }
  })
})

describe.each(engines)("on %s", (engine) => {
  it.effect("every function has the value and the gradient of the interpreter in float64", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      const written = new Set<string>()
      for (const { given, graph, inputs, name } of yield* made) {
        const feeds = Object.fromEntries(
          Object.entries(given).map(([input, data]): [string, Float32Array] => [input, Float32Array.from(data)])
        )
        for (const state of statesOf(graph)) {
          const operation = state.operation
          if (operation.kind !== "state") continue
          const data = feeds[operation.name]
          if (data === undefined) throw new Error(`no ${operation.name}`)
          written.add(operation.name)
          yield* session.write(operation.name, { shape: state.shape, data })
        }
        yield* session.load(graph)
        const expected = reference(graph, feeds)
        const found = yield* session.run(
          name,
          Object.fromEntries(inputs.flatMap((input) => (feeds[input] === undefined ? [] : [[input, feeds[input]]])))
        )
        for (const reading of Object.keys(graph.outputs).filter((each) => each.startsWith("term."))) {
          assert.isTrue(Number.isFinite(expected[reading]?.[0]), reading)
          agree(found[reading], expected[reading], reading)
        }
        // the first moment after one step from 0 is a tenth of the gradient
        for (const state of Object.keys(graph.updates).filter((each) => each.endsWith("first_moment")))
          agree(yield* session.read(state), expected[state], `${name}: ${state}`)
      }
      assert.isAbove(written.size, 0)
    })
  )
})
