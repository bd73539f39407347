import { describe, expect, it } from "vitest"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { GraphError } from "../../../src/runtime/graph/GraphError.ts"
import {
  add,
  clip,
  concat,
  matmul,
  max,
  mul,
  reshape,
  slice,
  sub,
  sum,
  tanh,
  transpose,
  withGradient
} from "../../../src/runtime/graph/Operations.ts"

describe("makeBuilder", () => {
  it("gives equal operations on equal inputs one node", () => {
    const b = makeBuilder()
    const x = b.input("x", [2, 2])
    const y = b.state("y", [2, 2])
    expect(b.input("x", [2, 2])).toBe(x)
    expect(add(x, y)).toBe(add(x, y))
    expect(tanh(add(x, y))).toBe(tanh(add(x, y)))
    expect(matmul(x, y, { transposeA: true })).toBe(matmul(x, y, { transposeA: true }))
    expect(mul(x, 0.1)).toBe(mul(x, 0.1))
    expect(b.constant([1, 2, 3], [3])).toBe(b.constant(new Float32Array([1, 2, 3]), [3]))
  })

  it("takes the operands of commutative operations in any order", () => {
    const b = makeBuilder()
    const x = b.input("x", [2])
    const y = b.input("y", [2])
    expect(add(y, x)).toBe(add(x, y))
    expect(mul(y, x)).toBe(mul(x, y))
    expect(sub(y, x)).not.toBe(sub(x, y))
  })

  it("keeps apart what differs in an attribute, a shape, a bit or a pullback", () => {
    const b = makeBuilder()
    const x = b.input("x", [4, 4])
    const different = [
      matmul(x, x),
      matmul(x, x, { transposeA: true }),
      matmul(x, x, { transposeB: true }),
      transpose(x),
      reshape(x, [16]),
      reshape(x, [2, 8]),
      slice(x, 0, 0, 2),
      slice(x, 1, 0, 2),
      slice(x, 0, 0, 3),
      concat([x, x], 0),
      concat([x, x], 1),
      clip(x, 0, 1),
      clip(x, 0, 2),
      sum(x, { axes: [0] }),
      sum(x, { axes: [1] }),
      sum(x, { axes: [0], keep: true }),
      max(x, { axes: [0] }),
      withGradient(x, [x], (g) => [g]),
      withGradient(x, [x], (g) => [g]),
      b.constant([0], [1]),
      b.constant([-0], [1]),
      b.constant([0], [1, 1]),
      b.constant([NaN], [1])
    ]
    expect(new Set(different).size).toBe(different.length)
    expect(b.constant([NaN], [1])).toBe(b.constant([NaN], [1]))
    expect(b.constant([-0], [1])).toBe(b.constant([-0], [1]))
  })

  it("numbers nodes in order of creation, inputs before what reads them", () => {
    const b = makeBuilder()
    const x = b.input("x", [])
    const y = b.state("y", [])
    const z = add(x, y)
    expect([x.id, y.id, z.id, tanh(z).id, add(x, y).id]).toEqual([0, 1, 2, 3, 2])
  })

  it("copies constants and rounds them to float32", () => {
    const b = makeBuilder()
    const data = [0.1, 2]
    const node = b.constant(data, [2])
    data[0] = 7
    expect(node.operation).toEqual({ kind: "constant", data: new Float32Array([0.1, 2]) })
    expect(b.scalar(0.1)).toBe(b.scalar(Math.fround(0.1)))
  })

  it("refuses a name with two shapes or two meanings", () => {
    const b = makeBuilder()
    b.input("x", [2])
    b.state("s", [3])
    expect(() => b.input("x", [3])).toThrow("input x of [2], [3]: It was declared with another shape before.")
    expect(() => b.state("s", [1, 3])).toThrow(GraphError)
    expect(() => b.state("x", [2])).toThrow("state x of [2]: The name belongs to an input already.")
    expect(() => b.input("s", [3])).toThrow(GraphError)
    expect(b.stateShape("s")).toEqual([3])
    expect(b.stateShape("x")).toBeUndefined()
  })

  it("refuses empty axes, fractions and constants that do not fill their shape", () => {
    const b = makeBuilder()
    expect(() => b.input("x", [2, 0])).toThrow("Every axis must have a whole, positive size.")
    expect(() => b.state("s", [1.5])).toThrow(GraphError)
    expect(() => b.constant([1, 2, 3], [2])).toThrow("constant of [2]: The shape holds 2 numbers and 3 were given.")
  })

  it("refuses to mix nodes of two builders", () => {
    const x = makeBuilder().input("x", [2])
    const y = makeBuilder().input("y", [2])
    expect(() => add(x, y)).toThrow("add of [2], [2]: The operands come from different builders.")
    expect(() => add(1, 2)).toThrow("add: At least one operand must be a node.")
  })
})
