import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Played } from "../../../src/runtime/engine/Rows.ts"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { makeGraph } from "../../../src/runtime/graph/Graph.ts"
import * as G from "../../../src/runtime/graph/Operations.ts"
import { engines, openOn } from "./Engines.ts"

const floats = (...values: ReadonlyArray<number>) => Float32Array.from(values)

/** Two steps of three copies, two numbers and one choice of three. */
const numbers = (add: number): Played => ({
  name: "numbers",
  data: floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12).map((x) => x + add),
  steps: 2,
  copies: 3,
  width: 2
})
const choices: Played = { name: "choices", data: Int32Array.of(0, 1, 2, 2, 1, 0), steps: 2, copies: 3, width: 3 }

/** Hands out what it is fed with, and counts its runs. */
const echo = () => {
  const builder = makeBuilder()
  const x = builder.input("x", [4, 2])
  const y = builder.input("y", [4, 3])
  const n = builder.state("n", [1])
  // a product too, since an executor may take an input on its side then
  const product = G.matmul(G.transpose(x), y)
  return makeGraph("echo", { outputs: { x: G.mul(x, 1), y: G.mul(y, 1), product, n }, updates: { n: G.add(n, 1) } })
}

describe.each(engines)("rows of what was played, on %s", (engine) => {
  it.effect("are those of the chosen copies, step by step, and one-hot where they are choices", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      yield* session.load(echo())
      yield* session.write("n", { shape: [1], data: floats(0) })
      const of = numbers(0)
      const first = yield* session.run("echo", {
        x: { of, chosen: Int32Array.of(2, 0) },
        y: { of: choices, chosen: Int32Array.of(2, 0) }
      })
      assert.deepStrictEqual(first.x, floats(5, 6, 1, 2, 11, 12, 7, 8))
      assert.deepStrictEqual(first.y, floats(0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1))
      // x' y, by hand: columns of x where the choice is 0, 1 and 2
      assert.deepStrictEqual(first.product, floats(12, 0, 12, 14, 0, 14))
      const second = yield* session.run("echo", {
        x: { of, chosen: Int32Array.of(1, 1) },
        y: { of: choices, chosen: Int32Array.of(0, 1) }
      })
      assert.deepStrictEqual(second.x, floats(3, 4, 3, 4, 9, 10, 9, 10))
      // what is played next has the same name
      const third = yield* session.run("echo", {
        x: { of: numbers(100), chosen: Int32Array.of(2, 0) },
        y: { of: choices, chosen: Int32Array.of(2, 0) }
      })
      assert.deepStrictEqual(third.x, floats(105, 106, 101, 102, 111, 112, 107, 108))
    })
  )

  it.effect("stay where they are until something else is played, and nothing else is kept of them", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      yield* session.load(echo())
      yield* session.write("n", { shape: [1], data: floats(0) })
      const counts: Array<number> = []
      for (let k = 0; k < 4; k++) {
        const of = numbers(k >> 1)
        yield* session.run("echo", {
          x: { of, chosen: Int32Array.of(0, 1) },
          y: { of: choices, chosen: Int32Array.of(0, 1) }
        })
        counts.push(yield* session.tensorCount)
      }
      assert.deepStrictEqual(new Set(counts).size, 1)
    })
  )

  it.effect("are refused where they are too many", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      yield* session.load(echo())
      yield* session.write("n", { shape: [1], data: floats(0) })
      const error = yield* Effect.flip(
        session.run("echo", { x: { of: numbers(0), chosen: Int32Array.of(0, 1, 2) }, y: new Float32Array(12) })
      )
      assert.strictEqual(error.reason, 'input "x" [4, 2] takes 8 numbers, 12 were fed')
    })
  )

  it.effect("runs that are read later have followed each other, and release what they gave", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      yield* session.load(echo())
      yield* session.write("n", { shape: [1], data: floats(0) })
      const feeds = { x: new Float32Array(8), y: new Float32Array(12) }
      yield* session.run("echo", feeds)
      const before = yield* session.tensorCount
      const reads = yield* Effect.forEach([0, 1, 2], () => session.submit("echo", feeds))
      assert.deepStrictEqual(yield* session.read("n"), floats(4))
      const said = yield* Effect.forEach(reads, (read) => Effect.map(read, ({ n }) => n?.[0]))
      assert.deepStrictEqual(said, [1, 2, 3])
      assert.strictEqual(yield* session.tensorCount, before)
    })
  )
})
