import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Model from "../../../../src/runtime/engine/onnx/Model.ts"
import * as Plan from "../../../../src/runtime/engine/Plan.ts"
import { makeBuilder } from "../../../../src/runtime/graph/Build.ts"
import type { Graph } from "../../../../src/runtime/graph/Graph.ts"
import { makeGraph } from "../../../../src/runtime/graph/Graph.ts"
import * as G from "../../../../src/runtime/graph/Operations.ts"
import { recurrent } from "../Networks.ts"

const modelOf = (graph: Graph) => Effect.map(Plan.make("onnx", graph), Model.make)

const lines = (model: Model.Model) =>
  model.nodes.map(({ attributes, inputs, operator, outputs }) => {
    const given = Object.entries(attributes).map(([name, value]) => `; ${name} ${value}`)
    return `${outputs.join(" ")} = ${operator} ${inputs.join(" ")}${given.join("")}`
  })

describe("Model", () => {
  it.effect("writes a layer as one Gemm, and names results after the graph's", () =>
    Effect.gen(function* () {
      const builder = makeBuilder()
      const [w, b] = [builder.state("w", [2, 3]), builder.state("b", [2])]
      const y = G.add(G.matmul(builder.input("x", [4, 3]), w, { transposeB: true }), b)
      const model = yield* modelOf(
        makeGraph("layer", { outputs: { y, again: y }, updates: { b: G.sum(y, { axes: [0] }), w } })
      )
      assert.deepStrictEqual(lines(model), [
        "output:y = Gemm input:x state:w state:b; transB 1",
        "update:b = ReduceSum output:y i0; keepdims 0",
        "output:again = Identity output:y",
        "update:w = Identity state:w"
      ])
      assert.deepStrictEqual(model.initializers, [{ name: "i0", shape: [1], values: BigInt64Array.of(0n) }])
      assert.deepStrictEqual(model.inputs, [
        { name: "input:x", shape: [4, 3] },
        { name: "state:w", shape: [2, 3] },
        { name: "state:b", shape: [2] }
      ])
      assert.deepStrictEqual(
        model.outputs.map(({ name }) => name),
        ["output:y", "output:again", "update:b", "update:w"]
      )
    })
  )

  it.effect("splits what slices take apart", () =>
    Effect.gen(function* () {
      const x = makeBuilder().input("x", [2, 5])
      const [a, b] = [G.slice(x, 1, 0, 2), G.slice(x, 1, 2, 5)]
      const model = yield* modelOf(makeGraph("split", { outputs: { b: G.exp(b), a, c: G.slice(x, 0, 1, 2) } }))
      assert.deepStrictEqual(lines(model), [
        "output:a v0 = Split input:x i0; axis 1",
        "output:b = Exp v0",
        "output:c = Slice input:x i1 i2 i3"
      ])
    })
  )

  it.effect("makes a number of a comparison only where one is read", () =>
    Effect.gen(function* () {
      const builder = makeBuilder()
      const [x, y] = [builder.input("x", [2]), builder.input("y", [2])]
      const greater = G.greater(x, y)
      const chosen = G.select(greater, x, y)
      assert.deepStrictEqual(lines(yield* modelOf(makeGraph("choice", { outputs: { chosen } }))), [
        "v0 = Greater input:x input:y",
        "output:chosen = Where v0 input:x input:y"
      ])
      assert.deepStrictEqual(lines(yield* modelOf(makeGraph("both", { outputs: { chosen, greater } }))), [
        "v0 = Greater input:x input:y",
        "output:greater = Cast v0; to 1",
        "output:chosen = Where v0 input:x input:y"
      ])
    })
  )

  it.effect("is the same, byte for byte, each time it is written", () =>
    Effect.gen(function* () {
      const bytes = Model.encode(yield* modelOf(recurrent("batched").graph))
      assert.deepStrictEqual(Model.encode(yield* modelOf(recurrent("batched").graph)), bytes)
    })
  )
})
