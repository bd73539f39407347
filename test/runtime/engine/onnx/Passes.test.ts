import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fuseBias, joinSlices } from "../../../../src/runtime/engine/onnx/Passes.ts"
import * as Plan from "../../../../src/runtime/engine/Plan.ts"
import { makeBuilder } from "../../../../src/runtime/graph/Build.ts"
import type { Node } from "../../../../src/runtime/graph/Graph.ts"
import { makeGraph } from "../../../../src/runtime/graph/Graph.ts"
import * as G from "../../../../src/runtime/graph/Operations.ts"

const planOf = (outputs: Readonly<Record<string, Node>>) => Plan.make("onnx", makeGraph("g", { outputs }))

describe("fuseBias", () => {
  const builder = makeBuilder()
  const product = G.matmul(builder.input("x", [4, 3]), builder.input("w", [3, 2]))

  const fuses = (bias: Node, others: Readonly<Record<string, Node>> = {}) =>
    Effect.map(planOf({ y: G.add(product, bias), ...others }), (plan) => [...fuseBias(plan).values()])

  it.effect("takes a row and a whole matrix, on either side", () =>
    Effect.gen(function* () {
      const row = builder.input("row", [2])
      const matrix = builder.input("matrix", [4, 2])
      assert.deepStrictEqual(yield* fuses(row), [{ product, bias: row }])
      assert.deepStrictEqual(yield* fuses(matrix), [{ product, bias: matrix }])
      const plan = yield* planOf({ y: builder.node({ kind: "binary", name: "add" }, [matrix, product], [4, 2]) })
      assert.deepStrictEqual([...fuseBias(plan).values()], [{ product, bias: matrix }])
    })
  )

  it.effect("leaves what broadcasts otherwise", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* fuses(builder.input("column", [4, 1])), [])
      assert.deepStrictEqual(yield* fuses(builder.input("higher", [5, 4, 2])), [])
      assert.deepStrictEqual(yield* fuses(builder.input("one", [1])), [])
    })
  )

  it.effect("leaves a product that something else reads", () =>
    Effect.gen(function* () {
      const row = builder.input("row", [2])
      assert.deepStrictEqual(yield* fuses(row, { product }), [])
      assert.deepStrictEqual(yield* fuses(row, { other: G.exp(product) }), [])
    })
  )
})

describe("joinSlices", () => {
  /** Slices of [6, 9] by [axis, start, end]; those that were joined, as their positions in the list. */
  const joined = (...bounds: ReadonlyArray<readonly [number, number, number]>) =>
    Effect.gen(function* () {
      const x = makeBuilder().input("x", [6, 9])
      const slices = bounds.map((bound) => G.slice(x, ...bound))
      const plan = yield* planOf(Object.fromEntries(slices.map((slice, i) => [`y${i}`, slice])))
      const tilings = [...new Set(joinSlices(plan).values())]
      return tilings.map(({ axis, pieces }) => ({
        axis,
        pieces: pieces.map(({ length, node }) => (node === undefined ? `${length} unread` : slices.indexOf(node)))
      }))
    })

  it.effect("joins pieces from start to end, in whatever order they are made", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* joined([1, 3, 6], [1, 6, 9], [1, 0, 3]), [{ axis: 1, pieces: [2, 0, 1] }])
      assert.deepStrictEqual(yield* joined([0, 0, 1], [0, 1, 6]), [{ axis: 0, pieces: [0, 1] }])
    })
  )

  it.effect("joins each axis for itself", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* joined([0, 0, 2], [1, 0, 4], [0, 2, 6], [1, 4, 9]), [
        { axis: 0, pieces: [0, 2] },
        { axis: 1, pieces: [1, 3] }
      ])
    })
  )

  it.effect("leaves pieces with a gap or an end missing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* joined([1, 0, 3], [1, 4, 9]), [])
      assert.deepStrictEqual(yield* joined([1, 0, 3], [1, 3, 8]), [])
      assert.deepStrictEqual(yield* joined([1, 1, 9]), [])
      assert.deepStrictEqual(yield* joined([0, 0, 2], [1, 2, 9]), [])
    })
  )

  it.effect("fills gaps between three or more pieces that make up half of the whole", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* joined([1, 1, 3], [1, 3, 5], [1, 6, 8]), [
        { axis: 1, pieces: ["1 unread", 0, 1, "1 unread", 2, "1 unread"] }
      ])
      assert.deepStrictEqual(yield* joined([1, 0, 7], [1, 0, 2], [1, 2, 4], [1, 4, 7]), [
        { axis: 1, pieces: [1, 2, 3, "2 unread"] }
      ])
      assert.deepStrictEqual(yield* joined([1, 0, 1], [1, 2, 3], [1, 4, 5]), [])
    })
  )

  it.effect("leaves out slices that overlap the tiling, and finds the way round them", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* joined([1, 0, 5], [1, 0, 3], [1, 3, 9], [1, 2, 4]), [{ axis: 1, pieces: [1, 2] }])
      assert.deepStrictEqual(yield* joined([1, 0, 2], [1, 0, 5], [1, 5, 9]), [{ axis: 1, pieces: [1, 2] }])
    })
  )
})
