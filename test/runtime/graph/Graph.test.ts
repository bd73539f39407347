import { describe, expect, it } from "vitest"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { inputsOf, makeGraph, order, statesOf } from "../../../src/runtime/graph/Graph.ts"
import { GraphError } from "../../../src/runtime/graph/GraphError.ts"
import * as G from "../../../src/runtime/graph/Operations.ts"
import { print } from "../../../src/runtime/graph/Print.ts"

/** One step of gradient descent on a linear model. */
const descent = (dead: boolean) => {
  const b = makeBuilder()
  if (dead) G.exp(b.input("unused", [7]))
  const w = b.state("model.w", [3, 1])
  const x = b.input("x", [4, 3])
  if (dead) G.tanh(x)
  const error = G.sub(G.matmul(x, w), b.input("y", [4, 1]))
  const loss = G.mean(G.square(error))
  const [dw] = gradients(loss, [w])
  if (dw === undefined) throw new Error("one gradient")
  return makeGraph("descent", {
    outputs: { loss },
    updates: { "model.w": G.sub(w, G.mul(dw, 0.1)) }
  })
}

describe("makeGraph", () => {
  it("refuses a graph without results", () => {
    expect(() => makeGraph("empty", {})).toThrow("graph empty: A graph needs an output or an update.")
  })

  it("refuses nodes of two builders", () => {
    const x = makeBuilder().input("x", [])
    const y = makeBuilder().input("y", [])
    expect(() => makeGraph("mixed", { outputs: { x, y } })).toThrow("Results come from different builders.")
  })

  it("refuses updates of unknown states and of another shape", () => {
    const b = makeBuilder()
    const x = b.input("x", [2])
    b.state("s", [3])
    expect(() => makeGraph("g", { updates: { t: x } })).toThrow(
      'graph g of [2]: The update names the state "t", which the builder does not know.'
    )
    expect(() => makeGraph("g", { updates: { x } })).toThrow(GraphError)
    expect(() => makeGraph("g", { updates: { s: x } })).toThrow(
      'graph g of [3], [2]: The update of the state "s" has another shape than the state.'
    )
  })
})

describe("order", () => {
  it("lists every live node once, after its inputs", () => {
    const nodes = order(descent(true))
    expect(new Set(nodes).size).toBe(nodes.length)
    for (const [position, node] of nodes.entries()) {
      for (const input of node.inputs) expect(nodes.indexOf(input)).toBeLessThan(position)
    }
    expect(nodes.some((node) => node.operation.kind === "unary")).toBe(false)
  })

  it("keeps nodes that only a pullback reads out of the graph until differentiation asks", () => {
    const b = makeBuilder()
    const x = b.input("x", [2])
    const value = G.withGradient(G.exp(x), [G.tanh(b.input("y", [2]))], (g) => [g])
    expect(inputsOf(makeGraph("g", { outputs: { value } }))).toEqual([x])
  })
})

describe("inputsOf and statesOf", () => {
  it("list what a run reads and writes", () => {
    const graph = descent(true)
    expect(inputsOf(graph).map((node) => [node.operation.kind, node.shape])).toEqual([
      ["input", [4, 3]],
      ["input", [4, 1]]
    ])
    expect(statesOf(graph).map((node) => node.shape)).toEqual([[3, 1]])
  })

  it("count states that are only written", () => {
    const b = makeBuilder()
    const state = b.state("hidden", [2])
    const graph = makeGraph("write", { updates: { hidden: b.input("x", [2]) } })
    expect(statesOf(graph)).toEqual([state])
    expect(order(graph)).not.toContain(state)
  })
})

describe("print", () => {
  const expected = `graph descent
input x [4, 3]
input y [4, 1]
state model.w [3, 1]
%0 [4, 1] = matmul(input:x, state:model.w)
%1 [4, 1] = sub(%0, input:y)
%2 [4, 1] = mul(%1, %1)
%3 [] = sum(%2, axes [0, 1])
%4 [] = div(%3, 4)
%5 [4, 1] = mul(0.25, %1)
%6 [4, 1] = add(%5, %5)
%7 [3, 1] = matmul(input:x, %6, transposeA)
%8 [3, 1] = mul(%7, 0.1)
%9 [3, 1] = sub(state:model.w, %8)
output loss = %4
update model.w = %9
`
  it("writes one line per live node, the same whatever else was built", () => {
    expect(print(descent(false))).toBe(expected)
    expect(print(descent(true))).toBe(expected)
  })

  it("shortens long constants and writes float32 numbers so that they read back", () => {
    const b = makeBuilder()
    const numbers = [0.1, 1 / 3, 16777217, 1e-45, -0, 1e10]
    const text = print(makeGraph("c", { outputs: { c: b.constant(numbers, [6]) } }))
    expect(text).toContain("constant(0.1, 0.33333334, 16777216, 1.4013e-45, -0, 10000000000)")
    const written = /constant\((.*)\)/.exec(text)?.[1]?.split(", ").map(Number) ?? []
    expect(written.map(Math.fround)).toEqual(Array.from(new Float32Array(numbers)))
    const long = b.constant(
      Array.from({ length: 20 }, (_, i) => i),
      [4, 5]
    )
    expect(print(makeGraph("c", { outputs: { long } }))).toContain(
      "%0 [4, 5] = constant(0, 1, 2, 3, 4, 5, 6, 7, ... 20 in all)"
    )
  })
})
