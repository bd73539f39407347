import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import type { Builder, Node } from "../../../src/runtime/graph/Graph.ts"
import { makeGraph } from "../../../src/runtime/graph/Graph.ts"
import * as G from "../../../src/runtime/graph/Operations.ts"
import { print } from "../../../src/runtime/graph/Print.ts"
import { rules } from "../../../src/runtime/graph/Simplify.ts"

const feeds = {
  x: [1.5, -2, 0, NaN, Infinity, -0.1],
  y: [0.3, -1, 7],
  one: [3]
}

type Build = (x: Node, b: Builder) => Node

/** What each rule makes of an instance of its pattern: the whole graph, in its printed form. */
const cases: ReadonlyArray<readonly [rule: string, build: Build, simplified: string]> = [
  ["foldConstants", (_, b) => G.add(b.constant([1, 2, 3], [3]), 0.5), "%0 [3] = constant(1.5, 2.5, 3.5)"],
  ["foldConstants", (_, b) => G.exp(G.div(b.scalar(1), 3)), "output 1.3956125"],
  ["foldConstants", (_, b) => G.mul(b.scalar(0), b.scalar(Infinity)), "output NaN"],
  ["foldConstants", (_, b) => G.div(b.scalar(0), 0), "output NaN"],
  ["foldConstants", (_, b) => G.log(b.constant([0, -1], [2])), "%0 [2] = constant(-Infinity, NaN)"],
  ["foldConstants", (_, b) => G.transpose(b.constant([1, 2, 3, 4], [2, 2])), "%0 [2, 2] = constant(1, 3, 2, 4)"],
  ["foldConstants", (_, b) => G.reshape(b.constant([1, 2], [2]), [1, 2]), "%0 [1, 2] = constant(1, 2)"],
  ["addZero", (x) => G.add(x, 0), "output input:x"],
  ["addZero", (x) => G.add(0, x), "output input:x"],
  ["addZero", (x) => G.sub(x, 0), "output input:x"],
  ["addZero", (x, b) => G.add(x, b.constant([0, 0, 0], [3])), "output input:x"],
  ["zeroMinus", (x) => G.sub(0, x), "%0 [2, 3] = neg(input:x)"],
  ["multiplyByOne", (x) => G.mul(x, 1), "output input:x"],
  ["multiplyByOne", (x) => G.mul(1, x), "output input:x"],
  ["multiplyByOne", (x) => G.div(x, 1), "output input:x"],
  ["multiplyByMinusOne", (x) => G.mul(x, -1), "%0 [2, 3] = neg(input:x)"],
  ["multiplyByMinusOne", (x) => G.mul(-1, x), "%0 [2, 3] = neg(input:x)"],
  ["multiplyByMinusOne", (x) => G.div(x, -1), "%0 [2, 3] = neg(input:x)"],
  ["negateTwice", (x) => G.neg(G.neg(x)), "output input:x"],
  ["addNegated", (x, b) => G.add(x, G.neg(b.input("y", [3]))), "%0 [2, 3] = sub(input:x, input:y)"],
  ["addNegated", (x, b) => G.add(G.neg(b.input("y", [3])), x), "%0 [2, 3] = sub(input:x, input:y)"],
  ["addNegated", (x, b) => G.sub(x, G.neg(b.input("y", [3]))), "%0 [2, 3] = add(input:x, input:y)"],
  ["impliedBroadcast", (x, b) => G.mul(x, G.broadcast(b.input("y", [3]), [2, 3])), "%0 [2, 3] = mul(input:x, input:y)"],
  [
    "impliedBroadcast",
    (x, b) => G.select(x, G.broadcast(b.input("y", [3]), [2, 3]), G.broadcast(b.input("one", []), [2, 3])),
    "%0 [2, 3] = select(input:x, input:y, input:one)"
  ],
  ["sameShape", (x) => G.reshape(x, [2, 3]), "output input:x"],
  ["sameShape", (x) => G.broadcast(x, [2, 3]), "output input:x"],
  ["reshapeOfReshape", (x) => G.reshape(G.reshape(x, [6]), [3, 2]), "%0 [3, 2] = reshape(input:x)"],
  [
    "reshapeOfFill",
    (_, b) => G.reshape(G.broadcast(b.input("one", []), [4]), [2, 2]),
    "%0 [2, 2] = broadcast(input:one)"
  ],
  [
    "broadcastOfBroadcast",
    (_, b) => G.broadcast(G.broadcast(b.input("y", [3]), [1, 3]), [2, 2, 3]),
    "%0 [2, 2, 3] = broadcast(input:y)"
  ],
  ["identityTranspose", (x) => G.transpose(x, [0, 1]), "output input:x"],
  [
    "transposeOfTranspose",
    (x) => G.transpose(G.transpose(G.reshape(x, [1, 2, 3]), [1, 2, 0]), [1, 0, 2]),
    "%0 [1, 2, 3] = reshape(input:x)\n%1 [3, 2, 1] = transpose(%0, [2, 1, 0])"
  ],
  ["matmulOfTranspose", (x) => G.matmul(G.transpose(x), x), "%0 [3, 3] = matmul(input:x, input:x, transposeA)"],
  ["matmulOfTranspose", (x) => G.matmul(x, G.transpose(x)), "%0 [2, 2] = matmul(input:x, input:x, transposeB)"],
  [
    "matmulOfTranspose",
    (x) => G.matmul(G.transpose(x), G.transpose(x), { transposeA: true }),
    "%0 [2, 2] = matmul(input:x, input:x, transposeB)"
  ],
  ["wholeSlice", (x) => G.slice(x, 1, 0, 3), "output input:x"],
  ["sliceOfSlice", (x) => G.slice(G.slice(x, 1, 1, 3), 1, 1, 2), "%0 [2, 1] = slice(input:x, axis 1, 2:3)"],
  ["sliceOfConcat", (x) => G.slice(G.concat([G.exp(x), x], 0), 0, 2, 4), "output input:x"],
  ["sliceOfConcat", (x) => G.slice(G.concat([x, x], 1), 1, 4, 6), "%0 [2, 2] = slice(input:x, axis 1, 1:3)"],
  [
    "sliceOfConcat",
    (x, b) => G.slice(G.concat([x, b.input("row", [1, 3]), x, x], 0), 0, 2, 5),
    "%0 [3, 3] = concat(input:row, input:x, axis 0)"
  ],
  ["concatOfOne", (x) => G.concat([x], 0), "output input:x"],
  [
    "concatOfConcat",
    (x, b) => G.concat([x, G.concat([x, b.input("row", [1, 3])], 0)], 0),
    "%0 [5, 3] = concat(input:x, input:x, input:row, axis 0)"
  ],
  [
    "concatOfSlices",
    (x) =>
      G.concat(
        [0, 1, 2].map((i) => G.slice(x, 1, i, i + 1)),
        1
      ),
    "output input:x"
  ],
  [
    "concatOfSlices",
    (x) => G.concat([G.slice(x, 1, 0, 1), G.slice(x, 1, 1, 2), G.slice(x, 1, 0, 2)], 1),
    "%0 [2, 2] = slice(input:x, axis 1, 0:2)\n%1 [2, 4] = concat(%0, %0, axis 1)"
  ],
  ["reduceOfOnes", (x) => G.sum(G.reshape(x, [2, 1, 3]), { axes: [1] }), "output input:x"],
  ["reduceOfOnes", (x) => G.max(x, { axes: [] }), "output input:x"],
  ["stopGradientTwice", (x) => G.stopGradient(G.stopGradient(x)), "%0 [2, 3] = stopGradient(input:x)"],
  ["stopGradientTwice", (_, b) => G.stopGradient(b.scalar(2)), "output 2"]
]

const same = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
  a.length === b.length && a.every((value, i) => value === b[i] || (Number.isNaN(value) && Number.isNaN(b[i])))

const body = (node: Node): string => {
  const lines = print(makeGraph("g", { outputs: { out: node } }))
    .trimEnd()
    .split("\n")
  const nodes = lines.filter((line) => line.startsWith("%"))
  return nodes.length > 0 ? nodes.join("\n") : (lines.at(-1) ?? "").replace("out = ", "")
}

describe("rules", () => {
  it("are all covered below", () => {
    expect(new Set(cases.map(([rule]) => rule))).toEqual(new Set(rules.map((rule) => rule.name)))
  })

  it.each(cases)("%s %#", (_, build, simplified) => {
    const values = [true, false].map((simplify) => {
      const b = makeBuilder({ simplify })
      const node = build(b.input("x", [2, 3]), b)
      return {
        node,
        data: Array.from(evaluate([node], { ...feeds, row: [1, 2, 3] }, { precision: "float32" })[0] ?? [])
      }
    })
    const [with_, without] = values
    if (with_ === undefined || without === undefined) throw new Error("two builds")
    expect(same(with_.data, without.data), `${with_.data} against ${without.data}`).toBe(true)
    expect(with_.node.shape).toEqual(without.node.shape)
    expect(body(with_.node)).toBe(simplified)
    expect(body(without.node)).not.toBe(simplified)
  })

  it("leave alone what would change a shape or hide a NaN", () => {
    const b = makeBuilder()
    const y = b.input("y", [3])
    expect(body(G.add(y, b.constant(new Float32Array(6), [2, 3])))).toContain("add(input:y")
    expect(body(G.mul(b.constant(new Float32Array(6).fill(1), [2, 3]), y))).toContain("mul(")
    expect(body(G.mul(y, 0))).toBe("%0 [3] = mul(input:y, 0)")
    expect(body(G.div(0, y))).toBe("%0 [3] = div(0, input:y)")
    expect(body(G.sub(y, y))).toBe("%0 [3] = sub(input:y, input:y)")
    expect(body(G.div(y, y))).toBe("%0 [3] = div(input:y, input:y)")
    expect(Array.from(evaluate([G.mul(y, 0)], { y: [NaN, Infinity, 1] })[0] ?? [])).toEqual([NaN, NaN, 0])
  })

  it("do not fold constants of many elements", () => {
    const b = makeBuilder()
    const big = b.constant(new Float32Array(5000).fill(2), [5000])
    expect(G.exp(big).operation.kind).toBe("unary")
  })
})

/** Random graphs: each step applies an operation to earlier nodes; steps that do not type are left out. */
const steps: ReadonlyArray<(a: Node, c: Node) => Node> = [
  G.add,
  G.sub,
  G.mul,
  (a) => G.div(a, -1),
  (a) => G.div(a, 3),
  G.minimum,
  G.greater,
  (a) => G.neg(a),
  (a) => G.relu(a),
  (a) => G.exp(a),
  (a, c) => G.select(G.greater(a, 0), a, c),
  (a) => G.transpose(a),
  (a, c) => G.matmul(a, c),
  (a, c) => G.matmul(a, c, { transposeA: true }),
  (a, c) => G.concat([a, c], 0),
  (a, c) => G.concat([a, c], -1),
  (a) => G.slice(a, 0, 0, 1),
  (a) => G.slice(a, -1, 1, 2),
  (a) => G.slice(a, -1, 0, 1),
  (a) => G.reshape(a, [1, ...a.shape]),
  (a) => G.reshape(a, [a.shape.reduce((x, y) => x * y, 1)]),
  (a) => G.broadcast(a, [2, 3]),
  (a) => G.broadcast(a, [2, ...a.shape]),
  (a) => G.sum(a, { axes: [0] }),
  (a) => G.max(a, { axes: [-1], keep: true }),
  (a) => G.softmax(a),
  (a) => G.stopGradient(a)
]

describe("random graphs", () => {
  const grow = (simplify: boolean, program: ReadonlyArray<readonly [number, number, number]>): ReadonlyArray<Node> => {
    const b = makeBuilder({ simplify })
    const nodes = [
      b.input("x", [2, 3]),
      b.input("y", [3]),
      b.input("one", []),
      ...[0, 1, -1, 2, Infinity].map(b.scalar),
      b.constant([0, 0, 0], [3]),
      b.constant([1, 1, 1, 1, 1, 1], [2, 3])
    ]
    // Positions must mean the same in both builds, so a step that does not type repeats a node.
    for (const [step, i, j] of program) {
      const f = steps[step % steps.length]
      const a = nodes[nodes.length - 1 - (i % nodes.length)]
      const c = nodes[nodes.length - 1 - (j % nodes.length)]
      if (f === undefined || a === undefined || c === undefined) continue
      try {
        const node = f(a, c)
        nodes.push(node.shape.reduce((x, y) => x * y, 1) > 64 ? a : node)
      } catch {
        nodes.push(a)
      }
    }
    return nodes
  }

  it("have the same numbers with and without the rules, and never more nodes", () => {
    let fewer = 0
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(200), fc.nat(30), fc.nat(30)), { minLength: 5, maxLength: 25 }),
        (program) => {
          const simplified = grow(true, program)
          const plain = grow(false, program)
          const values = evaluate(simplified, feeds, { precision: "float32" })
          const expected = evaluate(plain, feeds, { precision: "float32" })
          for (const [index, value] of values.entries()) {
            expect(simplified[index]?.shape).toEqual(plain[index]?.shape)
            expect(same(Array.from(value), Array.from(expected[index] ?? [])), `node ${index}`).toBe(true)
          }
          if (new Set(simplified).size < new Set(plain).size) fewer++
        }
      ),
      { seed: 99, numRuns: 300 }
    )
    expect(fewer).toBeGreaterThan(100)
  })
})
