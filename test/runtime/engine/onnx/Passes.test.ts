import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Model from "../../../../src/runtime/engine/onnx/Model.ts"
import { fuseBias, joinSlices, turnNarrow } from "../../../../src/runtime/engine/onnx/Passes.ts"
import * as Plan from "../../../../src/runtime/engine/Plan.ts"
import { makeBuilder } from "../../../../src/runtime/graph/Build.ts"
import { gradients } from "../../../../src/runtime/graph/Differentiate.ts"
import type { Node } from "../../../../src/runtime/graph/Graph.ts"
import { makeGraph } from "../../../../src/runtime/graph/Graph.ts"
import * as G from "../../../../src/runtime/graph/Operations.ts"
import { agree, filled, numbers, openOn, reference } from "../Engines.ts"
import type { Values } from "../Engines.ts"

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

describe("turnNarrow", () => {
  /** A policy's loss and its gradients: 256 rows of 3 choices from 5 inputs. */
  const loss = () => {
    const builder = makeBuilder()
    const [rows, inputs, choices] = [256, 5, 3]
    const w = builder.state("w", [inputs, choices])
    const b = builder.state("b", [choices])
    const logits = concatenated(builder.input("x", [rows, inputs]), (x) => G.add(G.matmul(x, w), b))
    const chosen = builder.input("chosen", [rows, choices])
    const logP = G.logSoftmax(G.add(logits, builder.input("prior", [rows, choices])))
    const ratio = G.exp(G.sub(G.sum(G.mul(logP, chosen), { axes: [1], keep: true }), builder.input("old", [rows, 1])))
    const advantage = builder.input("advantage", [rows, 1])
    const surrogate = G.minimum(G.mul(ratio, advantage), G.mul(G.clip(ratio, 0.8, 1.2), advantage))
    const entropy = G.neg(G.sum(G.mul(G.softmax(logits), logP), { axes: [1], keep: true }))
    const best = G.select(
      G.equal(logits, G.max(logits, { axes: [1], keep: true })),
      logits,
      builder.constant([0, 1, 2], [3])
    )
    const value = G.add(G.neg(G.mean(surrogate)), G.mul(G.mean(G.add(entropy, G.mean(best))), 0.01))
    const [dw, db] = gradients(value, [w, b])
    if (dw === undefined || db === undefined) throw new Error("no gradient")
    return makeGraph("loss", { outputs: { value, logits, ratio, best }, updates: { w: dw, b: db } })
  }
  const concatenated = (x: Node, f: (rows: Node) => Node) =>
    G.concat([f(G.slice(x, 0, 0, 128)), f(G.slice(x, 0, 128, 256))], 0)
  const operators = (model: Model.Model, name: string) => model.nodes.filter(({ operator }) => operator === name).length

  it.effect("turns a loss and transposes nothing but what is handed out", () =>
    Effect.gen(function* () {
      const plan = yield* Plan.make("onnx", loss())
      const before = Model.make(plan, { without: ["turnNarrow"] })
      const after = Model.make(plan)
      assert.deepStrictEqual([operators(before, "LogSoftmax"), operators(after, "LogSoftmax")], [1, 0])
      assert.deepStrictEqual([operators(before, "Transpose"), operators(after, "Transpose")], [0, 2])
      assert.include(Model.show(before), "Gemm(v0, state:w, state:b)")
      assert.include(Model.show(after), "state:w, v0, ")
      assert.deepStrictEqual(
        after.inputs.flatMap(({ name, shape, turned }) => (turned === true ? [[name, ...shape]] : [])),
        [
          ["input:prior", 3, 256],
          ["input:chosen", 3, 256],
          ["input:old", 1, 256],
          ["input:advantage", 1, 256]
        ]
      )
    })
  )

  it.effect("leaves what would have to be transposed for less than it spares, and wide or few rows", () =>
    Effect.gen(function* () {
      const x = makeBuilder().input("x", [256, 4])
      const turned = (node: Node) => Effect.map(planOf({ y: node }), (plan) => turnNarrow(plan).size)
      assert.strictEqual(yield* turned(G.exp(x)), 0)
      assert.strictEqual(yield* turned(G.logSoftmax(makeBuilder().input("x", [64, 4]))), 0)
      assert.strictEqual(yield* turned(G.logSoftmax(makeBuilder().input("x", [256, 40]))), 0)
      assert.isAbove(yield* turned(G.sum(G.logSoftmax(x), { axes: [0] })), 0)
    })
  )

  it.effect("leaves every number where it was, also where there is none", () =>
    Effect.gen(function* () {
      const graph = loss()
      const next = numbers(7)
      const feeds: Record<string, Float32Array> = {
        x: filled([256, 5], next),
        w: filled([5, 3], next),
        b: filled([3], next),
        chosen: Float32Array.from({ length: 768 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0)),
        prior: filled([256, 3], next).map((x) => 30 * x),
        old: filled([256, 1], next),
        advantage: filled([256, 1], next)
      }
      const check = Effect.fnUntraced(function* (given: Values) {
        const session = yield* openOn("onnx")
        yield* session.write("w", { shape: [5, 3], data: given.w ?? new Float32Array() })
        yield* session.write("b", { shape: [3], data: given.b ?? new Float32Array() })
        yield* session.load(graph)
        const { w: _w, b: _b, ...inputs } = given
        const outputs = yield* session.run("loss", inputs)
        const expected = reference(graph, given)
        const actual = { ...outputs, w: yield* session.read("w"), b: yield* session.read("b") }
        for (const [name, data] of Object.entries(expected)) agree(actual[name as keyof typeof actual], data, name)
      }, Effect.scoped)
      yield* check(feeds)
      // a NaN in one row is that row's, and then everybody's by the mean
      yield* check({ ...feeds, x: feeds.x?.with(11, NaN) ?? new Float32Array() })
      yield* check({ ...feeds, prior: feeds.prior?.with(5, -Infinity) ?? new Float32Array() })
    })
  )
})
