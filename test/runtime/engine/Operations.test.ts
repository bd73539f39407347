import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import type { Node, Shape } from "../../../src/runtime/graph/Graph.ts"
import { makeGraph } from "../../../src/runtime/graph/Graph.ts"
import * as G from "../../../src/runtime/graph/Operations.ts"
import { agree, engines, filled, numbers, openOn, reference } from "./Engines.ts"

/** `integer` data has ties and zeros; `positive` lies in [0.1, 2.1). */
type Domain = "any" | "positive" | "integer"

interface Case {
  readonly name: string
  readonly inputs: ReadonlyArray<readonly [Shape, Domain]>
  readonly build: (...inputs: ReadonlyArray<Node>) => Node
}

const cases: Array<Case> = []
const add = (name: string, inputs: ReadonlyArray<readonly [Shape, Domain]>, build: Case["build"]) =>
  cases.push({ name, inputs, build })
const unary = (name: string, domain: Domain, apply: (x: Node) => Node) => {
  // Longer than a vector register and no multiple of one.
  for (const shape of [[], [67], [2, 3, 5]]) add(`${name} of [${shape}]`, [[shape, domain]], (x) => apply(node(x)))
}
const node = (x: Node | undefined): Node => {
  if (x === undefined) throw new Error("no such input")
  return x
}

unary("neg", "any", G.neg)
unary("exp", "any", G.exp)
unary("log", "positive", G.log)
unary("sqrt", "positive", G.sqrt)
unary("abs", "any", G.abs)
unary("sign", "integer", G.sign)
unary("tanh", "any", G.tanh)
unary("sigmoid", "any", G.sigmoid)
unary("relu", "any", G.relu)
unary("clip", "any", (x) => G.clip(x, -0.5, 0.25))
unary("clip from below", "any", (x) => G.clip(x, -0.5, Infinity))
unary("stopGradient", "any", (x) => G.add(G.stopGradient(x), x))
unary("withGradient", "any", (x) => G.withGradient(G.exp(x), [x], (g) => [G.mul(g, 3)]))

const binaries = {
  add: G.add,
  sub: G.sub,
  mul: G.mul,
  div: G.div,
  minimum: G.minimum,
  maximum: G.maximum,
  greater: G.greater,
  greaterEqual: G.greaterEqual,
  less: G.less,
  lessEqual: G.lessEqual,
  equal: G.equal
}
for (const [name, apply] of Object.entries(binaries)) {
  const comparison = !["add", "sub", "mul", "div", "minimum", "maximum"].includes(name)
  const domain = comparison ? "integer" : name === "div" ? "positive" : "any"
  const pairs: ReadonlyArray<readonly [Shape, Shape]> = [
    [
      [2, 3],
      [2, 3]
    ],
    [[2, 3], [3]],
    [
      [2, 3],
      [2, 1]
    ],
    [[], [2, 3]],
    [
      [2, 1, 3],
      [4, 1]
    ]
  ]
  for (const [left, right] of pairs) {
    add(
      `${name} of [${left}] and [${right}]`,
      [
        [left, domain],
        [right, domain]
      ],
      (a, b) => apply(node(a), node(b))
    )
  }
}

add(
  "select",
  [
    [[2, 3], "integer"],
    [[3], "any"],
    [[2, 1], "any"]
  ],
  (c, a, b) => G.select(node(c), node(a), node(b))
)
add(
  "select by a comparison",
  [
    [[2, 3], "any"],
    [[2, 3], "any"]
  ],
  (a, b) => {
    const condition = G.greater(node(a), node(b))
    return G.add(G.select(condition, node(a), 0.5), condition)
  }
)
for (const transposeA of [false, true]) {
  for (const transposeB of [false, true]) {
    add(
      `matmul ${transposeA} ${transposeB}`,
      [
        [transposeA ? [5, 7] : [7, 5], "any"],
        [transposeB ? [3, 5] : [5, 3], "any"]
      ],
      (a, b) => G.matmul(node(a), node(b), { transposeA, transposeB })
    )
    add(
      `matmul ${transposeA} ${transposeB} with a bias`,
      [
        [transposeA ? [5, 7] : [7, 5], "any"],
        [transposeB ? [3, 5] : [5, 3], "any"],
        [[3], "any"]
      ],
      (a, b, c) => G.add(G.matmul(node(a), node(b), { transposeA, transposeB }), node(c))
    )
  }
}
add(
  "matmul with a whole bias",
  [
    [[7, 5], "any"],
    [[5, 3], "any"],
    [[7, 3], "any"]
  ],
  (a, b, c) => G.add(node(c), G.matmul(node(a), node(b)))
)
add("transpose", [[[2, 3], "any"]], (x) => G.transpose(node(x)))
add("transpose of three axes", [[[2, 3, 5], "any"]], (x) => G.transpose(node(x), [1, 2, 0]))
add("reshape", [[[2, 6], "any"]], (x) => G.reshape(node(x), [3, 4]))
add("reshape to a scalar", [[[1, 1], "any"]], (x) => G.reshape(node(x), []))
add("broadcast", [[[3, 1], "any"]], (x) => G.broadcast(node(x), [2, 3, 4]))
add("broadcast of a scalar", [[[], "any"]], (x) => G.broadcast(node(x), [2, 3]))
add(
  "concat",
  [
    [[2, 3], "any"],
    [[1, 3], "any"],
    [[4, 3], "any"]
  ],
  (...x) => G.concat(x, 0)
)
for (const domain of ["any", "integer"] as const) {
  const shape = [19, 3]
  add(
    `matchRanks of ${domain} numbers`,
    [
      [shape, domain],
      [shape, domain]
    ],
    (x, y) => G.matchRanks(node(x), node(y))
  )
  add(
    `matchRanks of one column of ${domain} numbers`,
    [
      [[300, 1], domain],
      [[300, 1], domain]
    ],
    (x, y) => G.matchRanks(node(x), node(y))
  )
}
add(
  "concat on the last axis",
  [
    [[2, 3], "any"],
    [[2, 1], "any"]
  ],
  (...x) => G.concat(x, 1)
)
add("slice", [[[5, 4], "any"]], (x) => G.slice(node(x), 0, 1, 4))
add("slices that overlap", [[[5, 4], "any"]], (x) =>
  G.concat([G.slice(node(x), 1, 0, 3), G.slice(node(x), 1, 2, 4)], 1)
)
add("slices with a gap", [[[9, 2], "any"]], (x) => {
  const [a, b, c] = [G.slice(node(x), 0, 1, 3), G.slice(node(x), 0, 4, 6), G.slice(node(x), 0, 6, 8)]
  return G.add(G.mul(a, b), G.exp(c))
})
add("slices that tile", [[[5, 6], "any"]], (x) => {
  const [a, b, c] = [G.slice(node(x), 1, 0, 2), G.slice(node(x), 1, 2, 4), G.slice(node(x), 1, 4, 6)]
  return G.add(G.mul(a, b), G.exp(c))
})
for (const keep of [false, true]) {
  for (const axes of [[0], [1], [0, 2], [0, 1, 2]]) {
    add(`sum over ${axes}, keep ${keep}`, [[[3, 4, 5], "any"]], (x) => G.sum(node(x), { axes, keep }))
    add(`max over ${axes}, keep ${keep}`, [[[3, 4, 5], "any"]], (x) => G.max(node(x), { axes, keep }))
  }
}
add("mean", [[[3, 4], "any"]], (x) => G.mean(node(x)))
unary("softmax after a row", "any", (x) => G.softmax(G.add(G.reshape(x, [1, size(x.shape)]), 1)))
for (const shape of [[5], [4, 7], [2, 3, 4]]) {
  add(`softmax of [${shape}]`, [[shape, "any"]], (x) => G.softmax(G.mul(node(x), 5)))
  add(`logSoftmax of [${shape}]`, [[shape, "any"]], (x) => G.logSoftmax(G.mul(node(x), 5)))
}

function size(shape: Shape): number {
  return shape.reduce((product, axis) => product * axis, 1)
}

const dataOf = (shape: Shape, domain: Domain, next: () => number): Float32Array =>
  filled(shape, () => {
    const x = next()
    return domain === "any" ? 2 * x : domain === "positive" ? 1.1 + x : Math.round(1.5 * x)
  })

describe.each(engines)("operations on %s", (engine) => {
  it.effect.each(cases)("$name, with its gradient", ({ build, inputs, name }) =>
    Effect.gen(function* () {
      const builder = makeBuilder()
      const nodes = inputs.map(([shape], i) => builder.input(`x${i}`, shape))
      const value = build(...nodes)
      const next = numbers(name.length + 31 * inputs.length)
      const weights = builder.constant(filled(value.shape, next), value.shape)
      const outputs = Object.fromEntries(
        gradients(G.sum(G.mul(value, weights)), nodes).map((gradient, i) => [`gradient of x${i}`, gradient])
      )
      const graph = makeGraph(name, { outputs: { value, ...outputs } })
      const feeds = Object.fromEntries(inputs.map(([shape, domain], i) => [`x${i}`, dataOf(shape, domain, next)]))
      const expected = reference(graph, feeds)

      const session = yield* openOn(engine)
      yield* session.load(graph)
      const actual = yield* session.run(name, feeds)
      for (const output of Object.keys(graph.outputs)) agree(actual[output], expected[output], `${name}: ${output}`)
    })
  )
})
