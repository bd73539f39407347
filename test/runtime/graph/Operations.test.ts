import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import type { Builder, Node } from "../../../src/runtime/graph/Graph.ts"
import { makeGraph } from "../../../src/runtime/graph/Graph.ts"
import { GraphError } from "../../../src/runtime/graph/GraphError.ts"
import * as G from "../../../src/runtime/graph/Operations.ts"
import { print } from "../../../src/runtime/graph/Print.ts"
import { sizeOf } from "../../../src/runtime/graph/Shape.ts"
import { expectGradients } from "./finiteDifferences.ts"

interface Fed {
  readonly shape: ReadonlyArray<number>
  readonly data: ReadonlyArray<number>
}

/** The values of an operation on fed tensors. */
const run = (build: (...nodes: ReadonlyArray<Node>) => Node, ...fed: ReadonlyArray<Fed>) => {
  const b = makeBuilder()
  const node = build(...fed.map(({ shape }, index) => b.input(`x${index}`, shape)))
  const feeds = Object.fromEntries(fed.map(({ data }, index) => [`x${index}`, data]))
  return { shape: node.shape, data: Array.from(evaluate([node], feeds)[0] ?? []) }
}

const vector = (...data: ReadonlyArray<number>): Fed => ({ shape: [data.length], data })

type One = (x: Node) => Node
type Two = (a: Node, b: Node) => Node

const one =
  (f: One) =>
  (...nodes: ReadonlyArray<Node>): Node => {
    const [x] = nodes
    if (x === undefined) throw new Error("one operand")
    return f(x)
  }

const two =
  (f: Two) =>
  (...nodes: ReadonlyArray<Node>): Node => {
    const [a, b] = nodes
    if (a === undefined || b === undefined) throw new Error("two operands")
    return f(a, b)
  }

describe("elementwise values", () => {
  const cases: ReadonlyArray<readonly [string, One, ReadonlyArray<number>, ReadonlyArray<number>]> = [
    ["neg", G.neg, [1, -2, 0.5], [-1, 2, -0.5]],
    ["exp", G.exp, [0, 1, -1], [1, 2.718281828459045, 0.36787944117144233]],
    ["log", G.log, [1, Math.E, 1e-38, 0], [0, 1, -87.49823353377374, -Infinity]],
    ["sqrt", G.sqrt, [0, 4, 2], [0, 2, 1.4142135623730951]],
    ["abs", G.abs, [-3, 0, 2], [3, 0, 2]],
    ["sign", G.sign, [-3, 0, 2], [-1, 0, 1]],
    ["tanh", G.tanh, [0, 1, -100], [0, 0.7615941559557649, -1]],
    ["sigmoid", G.sigmoid, [0, 2, -1000, 1000], [0.5, 0.8807970779778823, 0, 1]],
    ["relu", G.relu, [-1, 0, 3], [0, 0, 3]],
    ["square", G.square, [-3, 0, 0.5], [9, 0, 0.25]],
    ["clip", (x) => G.clip(x, -1, 2), [-3, -1, 0.5, 2, 7], [-1, -1, 0.5, 2, 2]],
    ["clip above only", (x) => G.clip(x, -Infinity, 2), [-3, 7], [-3, 2]],
    ["stopGradient", G.stopGradient, [1, 2], [1, 2]]
  ]
  it.each(cases)("%s", (_, f, data, expected) => {
    const result = run(one(f), vector(...data))
    expect(result.shape).toEqual([data.length])
    expect(result.data).toHaveLength(expected.length)
    for (const [i, value] of expected.entries()) expect(result.data[i]).toBeCloseTo(value, 12)
  })

  const binaries: ReadonlyArray<readonly [string, Two, ReadonlyArray<number>]> = [
    ["add", G.add, [3, 4, 1]],
    ["sub", G.sub, [-1, 0, -5]],
    ["mul", G.mul, [2, 4, -6]],
    ["div", G.div, [0.5, 1, -2 / 3]],
    ["minimum", G.minimum, [1, 2, -2]],
    ["maximum", G.maximum, [2, 2, 3]],
    ["greater", G.greater, [0, 0, 0]],
    ["greaterEqual", G.greaterEqual, [0, 1, 0]],
    ["less", G.less, [1, 0, 1]],
    ["lessEqual", G.lessEqual, [1, 1, 1]],
    ["equal", G.equal, [0, 1, 0]]
  ]
  it.each(binaries)("%s", (_, f, expected) => {
    expect(run(two(f), vector(1, 2, -2), vector(2, 2, 3)).data).toEqual(expected)
  })

  it.each(binaries)("%s of a node and a number is that of a node and a scalar", (_, f, expected) => {
    const b = makeBuilder()
    const operation = f as (a: G.Operand, b: G.Operand) => Node
    const x = b.input("x", [1])
    expect(operation(x, 2)).toBe(operation(x, b.scalar(2)))
    expect(Array.from(evaluate([operation(1, b.input("y", []))], { y: [2] })[0] ?? [])).toEqual([expected[0]])
  })

  it("comparisons with NaN are 0, minimum and maximum keep it", () => {
    for (const f of [G.greater, G.greaterEqual, G.less, G.lessEqual, G.equal]) {
      expect(run(two(f), vector(NaN), vector(1)).data).toEqual([0])
    }
    for (const f of [G.minimum, G.maximum]) expect(run(two(f), vector(NaN), vector(1)).data).toEqual([NaN])
  })

  it("select takes from the branch where the condition is not 0, and broadcasts all three", () => {
    const b = makeBuilder()
    const condition = b.input("c", [2, 1])
    const node = G.select(condition, b.input("x", [3]), -1)
    expect(node.shape).toEqual([2, 3])
    expect(Array.from(evaluate([node], { c: [0, 1], x: [5, 6, 7] })[0] ?? [])).toEqual([-1, -1, -1, 5, 6, 7])
  })

  it("clip refuses bounds that enclose nothing", () => {
    const x = makeBuilder().input("x", [2])
    expect(() => G.clip(x, 1, 0)).toThrow("clip of [2]: The bounds 1 and 0 enclose nothing.")
    expect(() => G.clip(x, NaN, 0)).toThrow(GraphError)
  })
})

describe("broadcasting", () => {
  const shape = (a: ReadonlyArray<number>, c: ReadonlyArray<number>) => {
    const b = makeBuilder()
    return G.add(b.input("a", a), b.input("c", c)).shape
  }

  it("aligns at the last axis and stretches axes of size 1", () => {
    expect(shape([2, 3], [3])).toEqual([2, 3])
    expect(shape([2, 1], [3])).toEqual([2, 3])
    expect(shape([4, 1, 3], [2, 1])).toEqual([4, 2, 3])
    expect(shape([], [2, 2])).toEqual([2, 2])
    expect(shape([1], [])).toEqual([1])
    expect(shape([1, 1], [1])).toEqual([1, 1])
  })

  it("refuses shapes that disagree", () => {
    expect(() => shape([2, 3], [2])).toThrow("add of [2, 3], [2]: The shapes do not broadcast against each other.")
    expect(() => shape([2, 3], [3, 3])).toThrow(GraphError)
    const b = makeBuilder()
    expect(() => G.select(b.input("c", [2]), b.input("t", [3]), 0)).toThrow("select of [2], [3], []")
  })

  it("repeats values", () => {
    expect(run(two(G.sub), { shape: [2, 1], data: [10, 20] }, vector(1, 2, 3))).toEqual({
      shape: [2, 3],
      data: [9, 8, 7, 19, 18, 17]
    })
    expect(
      run(
        one((x) => G.broadcast(x, [2, 2, 3])),
        { shape: [2, 1], data: [1, 2] }
      ).data
    ).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2])
  })

  it("broadcast refuses what x does not stretch to", () => {
    const x = makeBuilder().input("x", [2, 3])
    expect(() => G.broadcast(x, [2, 1])).toThrow("broadcast of [2, 3], [2, 1]: The first shape does not broadcast")
    expect(() => G.broadcast(x, [3])).toThrow(GraphError)
    expect(() => G.broadcast(x, [0, 2, 3])).toThrow(GraphError)
  })
})

describe("matmul", () => {
  const a = { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }
  const at = { shape: [3, 2], data: [1, 4, 2, 5, 3, 6] }
  const c = { shape: [3, 2], data: [1, 0, -1, 2, 0.5, 1] }
  const ct = { shape: [2, 3], data: [1, -1, 0.5, 0, 2, 1] }
  // Row 0: 1 - 2 + 1.5 = 0.5; 4 + 3 = 7. Row 1: 4 - 5 + 3 = 2; 10 + 6 = 16.
  const product = { shape: [2, 2], data: [0.5, 7, 2, 16] }

  it("multiplies, with either operand read transposed", () => {
    expect(
      run(
        two((x, y) => G.matmul(x, y)),
        a,
        c
      )
    ).toEqual(product)
    expect(
      run(
        two((x, y) => G.matmul(x, y, { transposeA: true })),
        at,
        c
      )
    ).toEqual(product)
    expect(
      run(
        two((x, y) => G.matmul(x, y, { transposeB: true })),
        a,
        ct
      )
    ).toEqual(product)
    expect(
      run(
        two((x, y) => G.matmul(x, y, { transposeA: true, transposeB: true })),
        at,
        ct
      )
    ).toEqual(product)
  })

  it("refuses other ranks and inner sizes that differ", () => {
    const b = makeBuilder()
    const x = b.input("x", [2, 3])
    expect(() => G.matmul(x, x)).toThrow("matmul of [2, 3], [2, 3]: The inner sizes 3 and 2 differ.")
    expect(() => G.matmul(x, x, { transposeA: true, transposeB: true })).toThrow(GraphError)
    expect(() => G.matmul(x, b.input("v", [3]))).toThrow("matmul of [2, 3], [3]: Both operands must have two axes.")
  })
})

describe("layout", () => {
  const x = { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }

  it("transpose permutes axes", () => {
    expect(
      run(
        one((y) => G.transpose(y)),
        x
      )
    ).toEqual({ shape: [3, 2], data: [1, 4, 2, 5, 3, 6] })
    const cube = { shape: [1, 2, 3], data: x.data }
    expect(
      run(
        one((y) => G.transpose(y, [2, 0, 1])),
        cube
      )
    ).toEqual({ shape: [3, 1, 2], data: [1, 4, 2, 5, 3, 6] })
    const y = makeBuilder().input("y", [2, 3])
    expect(() => G.transpose(y, [0, 0])).toThrow("transpose of [2, 3]: [0, 0] is not a permutation of the axes.")
    expect(() => G.transpose(y, [0])).toThrow(GraphError)
  })

  it("reshape keeps the order of the numbers", () => {
    expect(
      run(
        one((y) => G.reshape(y, [3, 1, 2])),
        x
      )
    ).toEqual({ shape: [3, 1, 2], data: x.data })
    const y = makeBuilder().input("y", [2, 3])
    expect(() => G.reshape(y, [4])).toThrow("reshape of [2, 3], [4]: 6 numbers do not fill a shape of 4.")
    expect(() => G.reshape(y, [-1, 6])).toThrow(GraphError)
  })

  it("concat lays tensors side by side along any axis", () => {
    const y = { shape: [2, 1], data: [7, 8] }
    expect(
      run(
        two((a, c) => G.concat([a, c, c], 1)),
        x,
        y
      )
    ).toEqual({
      shape: [2, 5],
      data: [1, 2, 3, 7, 7, 4, 5, 6, 8, 8]
    })
    expect(
      run(
        one((a) => G.concat([a, a], -2)),
        x
      ).data
    ).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
    const b = makeBuilder()
    expect(() => G.concat([b.input("p", [2, 3]), b.input("q", [3, 3])], 1)).toThrow(
      "concat of [2, 3], [3, 3]: The shapes differ elsewhere than on axis 1."
    )
    expect(() => G.concat([b.input("p", [2, 3]), b.input("r", [2])], 0)).toThrow(GraphError)
    expect(() => G.concat([b.input("p", [2, 3])], 2)).toThrow("concat of [2, 3]: There is no axis 2.")
    expect(() => G.concat([], 0)).toThrow(GraphError)
  })

  it("slice takes a non-empty part", () => {
    expect(
      run(
        one((y) => G.slice(y, 1, 1, 3)),
        x
      )
    ).toEqual({ shape: [2, 2], data: [2, 3, 5, 6] })
    expect(
      run(
        one((y) => G.slice(y, -2, 1, 2)),
        x
      )
    ).toEqual({ shape: [1, 3], data: [4, 5, 6] })
    const y = makeBuilder().input("y", [2, 3])
    for (const [start, end] of [
      [1, 1],
      [2, 1],
      [0, 4],
      [-1, 2],
      [0.5, 2]
    ] as const) {
      expect(() => G.slice(y, 1, start, end)).toThrow(
        `slice of [2, 3]: ${start}:${end} is not a non-empty part of axis 1 of size 3.`
      )
    }
    expect(() => G.slice(y, 2, 0, 1)).toThrow("There is no axis 2.")
  })
})

describe("reductions", () => {
  const x = { shape: [2, 3], data: [1, 5, 3, 4, 2, 6] }

  it("sum", () => {
    expect(
      run(
        one((y) => G.sum(y)),
        x
      )
    ).toEqual({ shape: [], data: [21] })
    expect(
      run(
        one((y) => G.sum(y, { keep: true })),
        x
      )
    ).toEqual({ shape: [1, 1], data: [21] })
    expect(
      run(
        one((y) => G.sum(y, { axes: [0] })),
        x
      )
    ).toEqual({ shape: [3], data: [5, 7, 9] })
    expect(
      run(
        one((y) => G.sum(y, { axes: [-1], keep: true })),
        x
      )
    ).toEqual({ shape: [2, 1], data: [9, 12] })
    expect(
      run(
        one((y) => G.sum(y, { axes: [1, 0] })),
        x
      )
    ).toEqual({ shape: [], data: [21] })
    expect(
      run(
        one((y) => G.sum(y, { axes: [] })),
        x
      )
    ).toEqual(x)
  })

  it("max", () => {
    expect(
      run(
        one((y) => G.max(y)),
        x
      )
    ).toEqual({ shape: [], data: [6] })
    expect(
      run(
        one((y) => G.max(y, { axes: [1] })),
        x
      )
    ).toEqual({ shape: [2], data: [5, 6] })
    expect(
      run(
        one((y) => G.max(y, { axes: [0], keep: true })),
        x
      )
    ).toEqual({ shape: [1, 3], data: [4, 5, 6] })
  })

  it("mean divides by the number of elements summed", () => {
    expect(
      run(
        one((y) => G.mean(y)),
        x
      )
    ).toEqual({ shape: [], data: [3.5] })
    expect(
      run(
        one((y) => G.mean(y, { axes: [0], keep: true })),
        x
      )
    ).toEqual({ shape: [1, 3], data: [2.5, 3.5, 4.5] })
  })

  it("of a scalar is the scalar", () => {
    const scalar = { shape: [], data: [4] }
    for (const f of [G.sum, G.max, G.mean])
      expect(
        run(
          one((y) => f(y)),
          scalar
        )
      ).toEqual(scalar)
  })

  it("refuse axes that are not there or named twice", () => {
    const y = makeBuilder().input("y", [2, 3])
    expect(() => G.sum(y, { axes: [2] })).toThrow("sum of [2, 3]: There is no axis 2.")
    expect(() => G.max(y, { axes: [0, -2] })).toThrow("max of [2, 3]: An axis of [0, 0] is named twice.")
    expect(() => G.mean(y, { axes: [0.5] })).toThrow(GraphError)
  })
})

describe("softmax and logSoftmax", () => {
  it("normalise the last axis", () => {
    const result = run(one(G.softmax), { shape: [2, 2], data: [0, Math.log(3), 5, 5] })
    expect(result.data[0]).toBeCloseTo(0.25, 12)
    expect(result.data[1]).toBeCloseTo(0.75, 12)
    expect(result.data.slice(2)).toEqual([0.5, 0.5])
    const logarithm = run(one(G.logSoftmax), { shape: [1, 2], data: [0, Math.log(3)] })
    expect(logarithm.data[0]).toBeCloseTo(-1.3862943611198906, 12)
    expect(logarithm.data[1]).toBeCloseTo(-0.2876820724517809, 12)
  })

  it("do not overflow", () => {
    expect(run(one(G.softmax), vector(1000, 1000)).data).toEqual([0.5, 0.5])
    expect(run(one(G.logSoftmax), vector(-1000, 0)).data).toEqual([-1000, 0])
  })

  it("refuse a scalar", () => {
    const x = makeBuilder().input("x", [])
    expect(() => G.softmax(x)).toThrow("softmax of []: A scalar has no last axis.")
    expect(() => G.logSoftmax(x)).toThrow(GraphError)
  })
})

describe("printed forms", () => {
  const cases: ReadonlyArray<readonly [(x: Node, b: Builder) => Node, string]> = [
    [(x) => G.neg(x), "%0 [2, 3] = neg(input:x)"],
    [(x) => G.exp(x), "%0 [2, 3] = exp(input:x)"],
    [(x) => G.log(x), "%0 [2, 3] = log(input:x)"],
    [(x) => G.sqrt(x), "%0 [2, 3] = sqrt(input:x)"],
    [(x) => G.abs(x), "%0 [2, 3] = abs(input:x)"],
    [(x) => G.sign(x), "%0 [2, 3] = sign(input:x)"],
    [(x) => G.tanh(x), "%0 [2, 3] = tanh(input:x)"],
    [(x) => G.sigmoid(x), "%0 [2, 3] = sigmoid(input:x)"],
    [(x) => G.relu(x), "%0 [2, 3] = relu(input:x)"],
    [(x) => G.square(x), "%0 [2, 3] = mul(input:x, input:x)"],
    [(x) => G.add(x, 0.1), "%0 [2, 3] = add(input:x, 0.1)"],
    [(x) => G.sub(2, x), "%0 [2, 3] = sub(2, input:x)"],
    [(x) => G.div(x, 3), "%0 [2, 3] = div(input:x, 3)"],
    [(x) => G.minimum(x, 1e-8), "%0 [2, 3] = min(input:x, 1e-8)"],
    [(x) => G.maximum(x, -1), "%0 [2, 3] = max(input:x, -1)"],
    [(x) => G.greater(x, 0), "%0 [2, 3] = greater(input:x, 0)"],
    [(x) => G.greaterEqual(x, 0), "%0 [2, 3] = greaterEqual(input:x, 0)"],
    [(x) => G.less(x, 0), "%0 [2, 3] = less(input:x, 0)"],
    [(x) => G.lessEqual(x, 0), "%0 [2, 3] = lessEqual(input:x, 0)"],
    [(x) => G.equal(x, 0), "%0 [2, 3] = equal(input:x, 0)"],
    [(x) => G.select(x, 1, x), "%0 [2, 3] = select(input:x, 1, input:x)"],
    [(x) => G.clip(x, 0.8, Infinity), "%0 [2, 3] = clip(input:x, 0.8, Infinity)"],
    [(x) => G.matmul(x, x, { transposeB: true }), "%0 [2, 2] = matmul(input:x, input:x, transposeB)"],
    [(x) => G.matmul(x, x, { transposeA: true }), "%0 [3, 3] = matmul(input:x, input:x, transposeA)"],
    [(x) => G.transpose(x), "%0 [3, 2] = transpose(input:x, [1, 0])"],
    [(x) => G.reshape(x, [6]), "%0 [6] = reshape(input:x)"],
    [(x) => G.broadcast(x, [1, 2, 3]), "%0 [1, 2, 3] = broadcast(input:x)"],
    [(x) => G.concat([x, x], 1), "%0 [2, 6] = concat(input:x, input:x, axis 1)"],
    [(x) => G.slice(x, 1, 0, 2), "%0 [2, 2] = slice(input:x, axis 1, 0:2)"],
    [(x) => G.sum(x), "%0 [] = sum(input:x, axes [0, 1])"],
    [(x) => G.max(x, { axes: [1], keep: true }), "%0 [2, 1] = max(input:x, axes [1], keep)"],
    [(x) => G.mean(x, { axes: [1] }), "%0 [2] = sum(input:x, axes [1])\n%1 [2] = div(%0, 3)"],
    [(x) => G.softmax(x), "%0 [2, 3] = softmax(input:x)"],
    [(x) => G.logSoftmax(x), "%0 [2, 3] = logSoftmax(input:x)"],
    [(x) => G.stopGradient(x), "%0 [2, 3] = stopGradient(input:x)"],
    [(x) => G.withGradient(G.exp(x), [x], (g) => [g]), "%0 [2, 3] = exp(input:x)\n%1 [2, 3] = withGradient(%0)"],
    [(x, b) => G.add(x, b.constant([1, -0, 0.3], [3])), "%0 [3] = constant(1, -0, 0.3)\n%1 [2, 3] = add(input:x, %0)"]
  ]
  it.each(cases)("%#: %s", (build, expected) => {
    const b = makeBuilder()
    const node = build(b.input("x", [2, 3]), b)
    const body = print(makeGraph("g", { outputs: { y: node } }))
      .split("\n")
      .slice(2, -2)
      .join("\n")
    expect(body).toBe(expected)
  })
})

/** Numbers that are at least `gap` apart and away from 0, in random order: no kink is within reach of a finite difference. */
const apart = (size: number, gap = 0.05) =>
  fc
    .tuple(
      fc.shuffledSubarray(
        Array.from({ length: 4 * size }, (_, i) => (i - 2 * size + 0.5) * gap),
        {
          minLength: size,
          maxLength: size
        }
      ),
      fc.double({ min: -0.01, max: 0.01, noNaN: true })
    )
    .map(([points, jitter]) => points.map((point) => point + jitter))

/** The weights make a scalar whose gradient tells every element of the result from every other. */
const weigh = (node: Node): Node =>
  G.sum(
    G.mul(
      node,
      node.builder.constant(
        Array.from({ length: sizeOf(node.shape) }, (_, i) => ((i * 7) % 11) / 4 - 1.125),
        node.shape
      )
    )
  )

const checkAt = (
  shapes: ReadonlyArray<ReadonlyArray<number>>,
  build: (...nodes: ReadonlyArray<Node>) => Node,
  runs: number,
  shift = 0
) => {
  const total = shapes.reduce((count, shape) => count + sizeOf(shape), 0)
  for (const simplify of [true, false]) {
    const b = makeBuilder({ simplify })
    const inputs = shapes.map((shape, index) => b.input(`x${index}`, shape))
    const loss = weigh(build(...inputs))
    fc.assert(
      fc.property(apart(total), (points) => {
        let start = 0
        const feeds = Object.fromEntries(
          shapes.map((shape, index) => {
            const end = start + sizeOf(shape)
            const data = points.slice(start, end).map((value) => value + shift)
            start = end
            return [`x${index}`, data]
          })
        )
        expectGradients(loss, inputs, feeds)
      }),
      { seed: 20250, numRuns: runs, endOnFailure: true }
    )
  }
}

describe("gradients against finite differences", () => {
  const unaries: ReadonlyArray<readonly [string, One, number]> = [
    ["neg", G.neg, 0],
    ["exp", G.exp, 0],
    ["log", G.log, 2],
    ["sqrt", G.sqrt, 2],
    ["abs", G.abs, 0],
    ["sign", G.sign, 0],
    ["tanh", G.tanh, 0],
    ["sigmoid", G.sigmoid, 0],
    ["relu", G.relu, 0],
    ["square", G.square, 0],
    ["clip", (x) => G.clip(x, -0.2, 0.25), 0],
    ["softmax", G.softmax, 0],
    ["logSoftmax", G.logSoftmax, 0],
    ["sum", (x) => G.sum(x), 0],
    ["sum over rows", (x) => G.sum(x, { axes: [0] }), 0],
    ["sum over columns", (x) => G.sum(x, { axes: [1] }), 0],
    ["sum keeping axes", (x) => G.sum(x, { axes: [1], keep: true }), 0],
    ["square of sums", (x) => G.square(G.sum(x, { axes: [1] })), 0],
    ["max", (x) => G.max(x), 0],
    ["max over rows", (x) => G.max(x, { axes: [0] }), 0],
    ["max over columns", (x) => G.max(x, { axes: [1] }), 0],
    ["max keeping axes", (x) => G.max(x, { axes: [1], keep: true }), 0],
    ["mean", (x) => G.mean(x), 0],
    ["mean over columns", (x) => G.mean(x, { axes: [1] }), 0],
    ["reshape", (x) => G.reshape(x, [3, 2, 1]), 0],
    ["transpose", (x) => G.transpose(x), 0],
    ["transpose of rank 3", (x) => G.exp(G.transpose(G.reshape(x, [1, 2, 3]), [2, 0, 1])), 0],
    ["broadcast", (x) => G.broadcast(x, [4, 2, 3]), 0],
    ["broadcast of a column", (x) => G.broadcast(G.sum(x, { axes: [1], keep: true }), [3, 2, 5]), 0],
    ["slice", (x) => G.slice(x, 1, 1, 2), 0],
    ["concat", (x) => G.concat([G.exp(x), x, x], 1), 0],
    ["select", (x) => G.select(G.greater(x, 0.1), G.exp(x), G.square(x)), 0],
    ["matmul with itself", (x) => G.matmul(x, x, { transposeB: true }), 0]
  ]
  it.each(unaries)("%s", (_, f, shift) => {
    checkAt([[2, 3]], one(f), 8, shift)
  })

  const binaries: ReadonlyArray<readonly [string, Two, number]> = [
    ["add", G.add, 0],
    ["sub", G.sub, 0],
    ["mul", G.mul, 0],
    ["div", G.div, 3],
    ["minimum", G.minimum, 0],
    ["maximum", G.maximum, 0],
    ["select", (a, b) => G.select(G.less(a, b), a, G.mul(b, 2)), 0]
  ]
  const shapes: ReadonlyArray<readonly [ReadonlyArray<number>, ReadonlyArray<number>]> = [
    [
      [2, 3],
      [2, 3]
    ],
    [[2, 3], [3]],
    [
      [1, 3],
      [2, 3]
    ],
    [[2, 1], [3]],
    [[], [2, 2]],
    [
      [2, 2, 1],
      [1, 2]
    ],
    [[1], []],
    [[1, 1], [2]]
  ]
  it.each(binaries.flatMap(([name, f, shift]) => shapes.map(([a, b]) => [name, a, b, f, shift] as const)))(
    "%s of %j and %j",
    (_, a, b, f, shift) => checkAt([a, b], two(f), 3, shift)
  )

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true]
  ])("matmul, transposed %s and %s", (transposeA, transposeB) => {
    checkAt(
      [transposeA ? [3, 2] : [2, 3], transposeB ? [4, 3] : [3, 4]],
      two((a, b) => G.matmul(a, b, { transposeA, transposeB })),
      5
    )
  })

  it("log of tiny numbers", () => {
    const b = makeBuilder()
    const x = b.input("x", [2])
    expectGradients(G.sum(G.log(x)), [x], { x: [1e-6, 3e-6] }, 1e-9)
    expect(Array.from(evaluate(gradients(G.sum(G.log(x)), [x]), { x: [2 ** -100, 1] })[0] ?? [])).toEqual([2 ** 100, 1])
  })

  it("random shapes broadcast against each other", () => {
    const axis = fc.constantFrom(1, 2, 3)
    const masks = fc.array(fc.record({ size: axis, a: fc.boolean(), b: fc.boolean() }), { maxLength: 3 })
    fc.assert(
      fc.property(masks, fc.nat(3), fc.nat(3), (axes, dropA, dropB) => {
        const a = axes.map((entry) => (entry.a ? entry.size : 1)).slice(dropA)
        const b = axes.map((entry) => (entry.b ? entry.size : 1)).slice(dropB)
        checkAt(
          [a, b],
          two((x, y) => G.mul(G.tanh(x), G.exp(G.sub(y, x)))),
          1
        )
      }),
      { seed: 7, numRuns: 30, endOnFailure: true }
    )
  })
})
