import { describe, expect, it } from "vitest"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { depends, gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import type { Node } from "../../../src/runtime/graph/Graph.ts"
import { makeGraph, order } from "../../../src/runtime/graph/Graph.ts"
import { GraphError } from "../../../src/runtime/graph/GraphError.ts"
import * as G from "../../../src/runtime/graph/Operations.ts"
import { print } from "../../../src/runtime/graph/Print.ts"
import { expectGradients } from "./finiteDifferences.ts"

const gradientAt = (build: (x: Node) => Node, data: ReadonlyArray<number>): ReadonlyArray<number> => {
  const b = makeBuilder()
  const x = b.input("x", [data.length])
  return Array.from(evaluate(gradients(G.sum(build(x)), [x]), { x: data })[0] ?? [])
}

describe("gradients at kinks", () => {
  it("relu and abs have slope 0 at 0", () => {
    expect(gradientAt(G.relu, [-1, 0, 2])).toEqual([0, 0, 1])
    expect(gradientAt(G.abs, [-1, 0, 2])).toEqual([-1, 0, 1])
  })

  it("clip passes on its bounds", () => {
    expect(gradientAt((x) => G.clip(x, -1, 2), [-2, -1, 0, 2, 3])).toEqual([0, 1, 1, 1, 0])
  })

  it("the first of two equal operands takes the gradient of minimum and maximum", () => {
    for (const f of [G.minimum, G.maximum]) {
      const b = makeBuilder()
      const x = b.input("x", [1])
      const y = b.input("y", [1])
      const found = evaluate(gradients(G.sum(f(x, y)), [x, y]), { x: [2], y: [2] })
      expect(found.map((value) => value[0])).toEqual([1, 0])
    }
  })

  it("equal largest elements share the gradient of max", () => {
    expect(gradientAt((x) => G.max(x), [3, 1, 3, 3, 0])).toEqual([1 / 3, 0, 1 / 3, 1 / 3, 0])
  })

  it("comparisons, sign and conditions pass nothing", () => {
    expect(gradientAt((x) => G.add(G.greater(x, 0), G.add(G.equal(x, 1), G.sign(x))), [1, -1])).toEqual([0, 0])
    expect(gradientAt((x) => G.select(x, G.mul(x, 3), G.mul(x, 5)), [0, 2])).toEqual([5, 3])
  })

  it("a branch not taken does not pass infinities or NaN to the other", () => {
    const b = makeBuilder()
    const x = b.input("x", [2])
    const y = b.input("y", [2])
    const loss = G.sum(G.mul(G.select(b.constant([0, 1], [2]), x, y), b.constant([Infinity, 2], [2])))
    expect(evaluate(gradients(loss, [x, y]), { x: [1, 1], y: [1, 1] }).map((value) => Array.from(value))).toEqual([
      [0, 2],
      [Infinity, 0]
    ])
  })
})

describe("gradients", () => {
  it("of x y + x by hand", () => {
    const b = makeBuilder()
    const x = b.input("x", [])
    const y = b.input("y", [])
    const [dx, dy] = gradients(G.add(G.mul(x, y), x), [x, y])
    if (dx === undefined || dy === undefined) throw new Error("two gradients")
    expect(evaluate([dx, dy], { x: [3], y: [5] }).map((value) => value[0])).toEqual([6, 3])
  })

  it("of a variable itself is 1, and 0 without a path", () => {
    const b = makeBuilder()
    const x = b.input("x", [])
    const y = b.state("y", [2, 2])
    const z = b.input("z", [])
    expect(gradients(x, [x, y])).toEqual([b.scalar(1), b.constant([0, 0, 0, 0], [2, 2])])
    expect(gradients(G.mul(G.stopGradient(x), z), [x, z])).toEqual([b.scalar(0), G.stopGradient(x)])
  })

  it("adds up all paths", () => {
    // x + x^2 + x e^x: slope 1 + 2x + (1 + x) e^x
    const [slope] = gradientAt((x) => G.add(G.add(x, G.mul(x, x)), G.mul(x, G.exp(x))), [0.5])
    expect(slope).toBeCloseTo(1 + 1 + 1.5 * Math.exp(0.5), 12)
  })

  it("is taken at a node in the middle as well as through it", () => {
    const b = makeBuilder()
    const x = b.input("x", [2])
    const h = G.tanh(x)
    const loss = G.sum(G.mul(h, h))
    const [dh, dx] = evaluate(gradients(loss, [h, x]), { x: [0.5, -1] })
    for (const [i, value] of [0.5, -1].entries()) {
      const tanh = Math.tanh(value)
      expect(dh?.[i]).toBeCloseTo(2 * tanh, 12)
      expect(dx?.[i]).toBeCloseTo(2 * tanh * (1 - tanh * tanh), 12)
    }
  })

  it("is itself differentiable: x^3 has slope 3x^2 and curvature 6x", () => {
    const b = makeBuilder()
    const x = b.input("x", [])
    const [slope] = gradients(G.mul(x, G.mul(x, x)), [x])
    if (slope === undefined) throw new Error("one gradient")
    const [curvature] = gradients(slope, [x])
    if (curvature === undefined) throw new Error("one gradient")
    expect(evaluate([slope, curvature], { x: [2] }).map((value) => value[0])).toEqual([12, 12])
  })

  it("refuses a loss that is no scalar, and variables that later nodes may read past", () => {
    const b = makeBuilder()
    const x = b.input("x", [2])
    expect(() => gradients(x, [x])).toThrow("gradients of [2]: Only a scalar has a gradient.")
    expect(() => gradients(G.sum(x), [G.reshape(x, [1, 2])])).toThrow("A reshape is no variable")
    expect(() => gradients(G.sum(x), [G.neg(x)])).toThrow(GraphError)
    expect(() => depends(x, b.scalar(2))).toThrow("A constant is no variable")
  })

  it("does not overflow the stack on long chains", () => {
    const b = makeBuilder()
    const x = b.input("x", [])
    let y = x
    for (let i = 0; i < 20000; i++) y = G.add(G.mul(y, 0.5), 1)
    const [slope] = gradients(y, [x])
    if (slope === undefined) throw new Error("one gradient")
    expect(evaluate([slope], { x: [1] })[0]?.[0]).toBe(0)
    expect(depends(y, x)).toBe(true)
  })
})

describe("withGradient", () => {
  it("goes on from its pullback into `of`, not into its input", () => {
    const b = makeBuilder()
    const x = b.input("x", [2])
    const y = b.input("y", [2])
    const h = G.exp(y)
    const value = G.withGradient(G.square(x), [h], (g) => [G.mul(g, 10)])
    const found = evaluate(gradients(G.sum(value), [x, y]), { x: [1, 2], y: [0, 1] })
    expect(Array.from(found[0] ?? [])).toEqual([0, 0])
    expect(found[1]?.[0]).toBeCloseTo(10, 12)
    expect(found[1]?.[1]).toBeCloseTo(10 * Math.E, 12)
    expect(Array.from(evaluate([value], { x: [1, 2], y: [0, 1] })[0] ?? [])).toEqual([1, 4])
  })

  it("passes nothing where the pullback is undefined", () => {
    const b = makeBuilder()
    const x = b.input("x", [])
    const y = b.input("y", [])
    const value = G.withGradient(G.mul(x, y), [x, y], (g) => [undefined, g])
    expect(gradients(value, [x, y])).toEqual([b.scalar(0), b.scalar(1)])
  })

  it("asks for the pullback once, with the whole gradient", () => {
    const b = makeBuilder()
    const x = b.input("x", [3])
    const asked: Array<Node> = []
    const value = G.withGradient(G.exp(x), [x], (g) => {
      asked.push(g)
      return [g]
    })
    const loss = G.sum(G.add(G.mul(value, 2), G.mul(value, value)))
    expect(Array.from(evaluate(gradients(loss, [x]), { x: [0, 0, 0] })[0] ?? [])).toEqual([4, 4, 4])
    expect(asked).toHaveLength(1)
  })

  it("refuses gradients of the wrong number or shape", () => {
    const b = makeBuilder()
    const x = b.input("x", [3])
    const loss = (pullback: (g: Node) => ReadonlyArray<Node | undefined>) => G.sum(G.withGradient(x, [x], pullback))
    expect(() =>
      gradients(
        loss(() => []),
        [x]
      )
    ).toThrow("The pullback gave 0 gradients for 1 nodes.")
    expect(() =>
      gradients(
        loss((g) => [G.sum(g)]),
        [x]
      )
    ).toThrow("withGradient of [3], []: The pullback gave a gradient of another shape than its node.")
  })
})

describe("depends", () => {
  const b = makeBuilder()
  const x = b.input("x", [2])
  const y = b.state("y", [2])

  it("follows differentiable paths only", () => {
    expect(depends(G.sum(G.mul(G.tanh(x), y)), x)).toBe(true)
    expect(depends(G.sum(G.mul(G.tanh(x), y)), y)).toBe(true)
    expect(depends(G.tanh(x), y)).toBe(false)
    expect(depends(G.mul(G.stopGradient(x), y), x)).toBe(false)
    expect(depends(G.mul(G.greater(x, 0), y), x)).toBe(false)
    expect(depends(G.mul(G.sign(x), y), x)).toBe(false)
    expect(depends(G.select(x, y, 0), x)).toBe(false)
    expect(depends(G.select(x, y, 0), y)).toBe(true)
    expect(depends(x, x)).toBe(true)
  })

  it("follows withGradient into `of`", () => {
    const value = G.withGradient(G.exp(x), [y], (g) => [g])
    expect(depends(value, y)).toBe(true)
    expect(depends(value, x)).toBe(false)
  })
})

describe("economy", () => {
  const text = (loss: Node, variable: Node) =>
    print(makeGraph("g", { outputs: { d: gradients(loss, [variable])[0] ?? loss } }))
      .split("\n")
      .filter((line) => line.startsWith("%"))

  it("the gradient of a broadcast operand is one sum", () => {
    const b = makeBuilder()
    const bias = b.state("bias", [3])
    const weights = b.input("w", [4, 3])
    expect(text(G.sum(G.mul(G.add(b.input("x", [4, 3]), bias), weights)), bias)).toEqual([
      "%0 [3] = sum(input:w, axes [0])"
    ])
    const column = b.state("column", [4, 1])
    expect(text(G.sum(G.mul(G.add(b.input("x", [4, 3]), column), weights)), column)).toEqual([
      "%0 [4, 1] = sum(input:w, axes [1], keep)"
    ])
  })

  it("the gradient of a matrix product reads its operands through flags", () => {
    const b = makeBuilder()
    const w = b.state("w", [3, 2])
    const g = b.input("g", [4, 2])
    expect(text(G.sum(G.mul(G.matmul(b.input("x", [4, 3]), w), g)), w)).toEqual([
      "%0 [3, 2] = matmul(input:x, input:g, transposeA)"
    ])
    const wt = b.state("wt", [2, 3])
    expect(text(G.sum(G.mul(G.matmul(b.input("x", [4, 3]), G.transpose(wt)), g)), wt)).toEqual([
      "%0 [2, 3] = matmul(input:g, input:x, transposeA)"
    ])
  })

  it("slices that tile a tensor give one concat", () => {
    const b = makeBuilder()
    const x = b.input("x", [2, 6])
    const parts = [G.tanh, G.exp, G.sigmoid].map((f, i) => f(G.slice(x, 1, 2 * i, 2 * i + 2)))
    const lines = text(G.sum(G.concat(parts, 0)), x)
    expect(lines.filter((line) => line.includes("concat("))).toHaveLength(1)
    expect(lines.at(-1)).toMatch(/^%\d+ \[2, 6\] = concat\(%\d+, %\d+, %\d+, axis 1\)$/)
    expect(lines.filter((line) => line.includes("add("))).toEqual([])
  })

  it("slices that leave gaps are padded once, and overlapping ones are laid in layers", () => {
    const b = makeBuilder()
    const x = b.input("x", [6])
    const squares = (start: number, end: number) => G.sum(G.square(G.slice(x, 0, start, end)))
    const loss = G.add(G.add(squares(1, 2), squares(3, 4)), G.add(squares(0, 2), squares(2, 5)))
    const d = gradients(loss, [x])
    // Each slice covers: x0 once, x1 twice, x2 once, x3 twice, x4 once, x5 never.
    expect(Array.from(evaluate(d, { x: [1, 2, 3, 4, 5, 6] })[0] ?? [])).toEqual([2, 8, 6, 16, 10, 0])
    const lines = text(loss, x)
    expect(lines.filter((line) => line.includes("concat("))).toHaveLength(2)
    expect(lines.filter((line) => line.includes("= add("))).toHaveLength(1 + 4)
  })

  it("slices along two axes add up", () => {
    const b = makeBuilder()
    const x = b.input("x", [2, 2])
    const loss = G.add(G.sum(G.exp(G.slice(x, 0, 0, 1))), G.sum(G.square(G.slice(x, 1, 1, 2))))
    expectGradients(loss, [x], { x: [0.1, 0.7, -0.4, 1.2] })
  })

  it("holds no dead nodes", () => {
    const b = makeBuilder()
    const x = b.input("x", [2, 2])
    G.exp(x)
    const graph = makeGraph("g", { outputs: { y: G.tanh(x) } })
    expect(order(graph).map((node) => node.operation.kind)).toEqual(["input", "unary"])
  })
})

describe("a two-layer perceptron with a PPO-like loss", () => {
  it("has the gradients of finite differences", () => {
    const b = makeBuilder()
    const random = (count: number, scale: number, phase: number) =>
      Array.from({ length: count }, (_, i) => scale * Math.sin(1.7 * i * i + phase))
    const [w1, b1, w2, b2] = [b.state("w1", [4, 5]), b.state("b1", [5]), b.state("w2", [5, 3]), b.state("b2", [3])]
    const x = b.input("x", [6, 4])
    const chosen = b.input("chosen", [6, 3])
    const advantage = b.input("advantage", [6, 1])
    const logits = G.add(G.matmul(G.tanh(G.add(G.matmul(x, w1), b1)), w2), b2)
    const logProb = G.sum(G.mul(G.logSoftmax(logits), chosen), { axes: [1], keep: true })
    const ratio = G.exp(G.sub(logProb, b.input("old", [6, 1])))
    const objective = G.minimum(G.mul(ratio, advantage), G.mul(G.clip(ratio, 0.8, 1.2), advantage))
    const entropy = G.neg(G.sum(G.mul(G.softmax(logits), G.logSoftmax(logits)), { axes: [1], keep: true }))
    const loss = G.sub(G.neg(G.mean(objective)), G.mul(0.01, G.mean(entropy)))
    expectGradients(
      loss,
      [w1, b1, w2, b2, x],
      {
        w1: random(20, 0.5, 0),
        b1: random(5, 0.2, 1),
        w2: random(15, 0.6, 2),
        b2: random(3, 0.1, 3),
        x: random(24, 1, 4),
        chosen: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1],
        advantage: [1, -0.5, 2, -1, 0.3, 0.7],
        old: [-1.1, -1.6, -0.7, -1.3, -0.9, -2]
      },
      1e-4
    )
  })
})
