import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Plan from "../../../src/runtime/engine/Plan.ts"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import type { Node } from "../../../src/runtime/graph/Graph.ts"
import { makeGraph } from "../../../src/runtime/graph/Graph.ts"
import * as G from "../../../src/runtime/graph/Operations.ts"

describe("Plan", () => {
  it.effect("puts every needed node once, after what it reads", () =>
    Effect.gen(function* () {
      const builder = makeBuilder()
      const x = builder.input("x", [2])
      const w = builder.state("w", [2])
      const product = G.mul(x, w)
      G.exp(product)
      const graph = makeGraph("g", { outputs: { y: G.add(product, G.tanh(product)) }, updates: { w: product } })
      const plan = yield* Plan.make("onnx", graph)
      assert.deepStrictEqual(
        plan.steps.map(({ node: { operation } }) => ("name" in operation ? operation.name : operation.kind)),
        ["x", "w", "mul", "tanh", "add"]
      )
      assert.deepStrictEqual(plan.inputs, [{ name: "x", shape: [2], size: 2 }])
      assert.deepStrictEqual(plan.states, [{ name: "w", shape: [2], size: 2 }])
      // By the addition, by tanh and by the update.
      assert.strictEqual(plan.readers.get(product), 3)
    })
  )

  it.effect("steps over nodes that pass their value on", () =>
    Effect.gen(function* () {
      const builder = makeBuilder({ simplify: false })
      const x = builder.input("x", [2, 3])
      const y = G.withGradient(G.slice(G.reshape(G.stopGradient(x), [2, 3]), 0, 0, 2), [x], () => [undefined])
      const plan = yield* Plan.make("onnx", makeGraph("g", { outputs: { y, z: G.exp(y) } }))
      assert.deepStrictEqual(
        plan.steps.map(({ node }) => node.operation.kind),
        ["input", "unary"]
      )
      assert.strictEqual(plan.outputs[0]?.node, x)
      assert.deepStrictEqual(plan.steps[1]?.inputs, [x])
    })
  )

  it.effect("reads what a concatenation was made of instead of cutting it out again, behind a gradient as well", () =>
    Effect.gen(function* () {
      const builder = makeBuilder({ simplify: false })
      const x = builder.input("x", [2, 3])
      const y = builder.input("y", [1, 3])
      const both = G.concat([x, G.exp(y)], 0)
      const whole = G.withGradient(both, [x], () => [undefined])
      const cut = {
        same: G.tanh(G.slice(whole, 0, 2, 3)),
        across: G.tanh(G.slice(whole, 0, 1, 3)),
        part: G.tanh(G.slice(whole, 0, 0, 1)),
        other: G.tanh(G.slice(whole, 1, 0, 1))
      }
      const plan = yield* Plan.make("onnx", makeGraph("g", { outputs: cut }))
      const read = Object.fromEntries(
        plan.outputs.map(({ name, node }) => [
          name,
          plan.steps.find((step) => step.node === node)?.inputs[0]?.operation.kind
        ])
      )
      assert.deepStrictEqual(read, { same: "unary", across: "slice", part: "slice", other: "slice" })
    })
  )

  it.effect("orders a chain of 100,000 nodes", () =>
    Effect.gen(function* () {
      const builder = makeBuilder()
      let x: Node = builder.input("x", [])
      for (let i = 0; i < 50_000; i++) x = G.exp(G.tanh(x))
      assert.strictEqual((yield* Plan.make("onnx", makeGraph("g", { outputs: { x } }))).steps.length, 100_001)
    })
  )

  it.effect("refuses an update that does not fit its state", () =>
    Effect.gen(function* () {
      const builder = makeBuilder()
      const w = builder.state("w", [3])
      // makeGraph refuses it as well; a graph may be put together without it.
      const graph = { name: "g", outputs: { y: w }, updates: { w: G.sum(w) } }
      const error = yield* Effect.flip(Plan.make("onnx", graph))
      assert.strictEqual(error.message, `onnx: graph g: state "w" has shape [3], its update has []`)
    })
  )
})
