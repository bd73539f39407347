/** The arithmetic that a graph needs, counted, and the rate at which this machine does it. */
import { Effect } from "effect"
import { Engine } from "../src/runtime/engine/Engine.ts"
import { makeBuilder } from "../src/runtime/graph/Build.ts"
import type { Graph } from "../src/runtime/graph/Graph.ts"
import { makeGraph, order } from "../src/runtime/graph/Graph.ts"
import { matmul } from "../src/runtime/graph/Operations.ts"
import { sizeOf } from "../src/runtime/graph/Shape.ts"
import * as Meter from "./Meter.ts"

/** Floating-point operations of the matrix products of one run, two for each multiplication and addition; the rest is less than a tenth. */
export const productWork = (graph: Graph): number =>
  order(graph).reduce((sum, { inputs, operation, shape }) => {
    if (operation.kind !== "matmul") return sum
    const [left] = inputs
    const inner = left?.shape[operation.transposeA ? 0 : 1] ?? 0
    return sum + 2 * sizeOf(shape) * inner
  }, 0)

/** The rate of one large product on this thread, in operations per CPU-second: what no graph can be faster than. */
export const productRate = Effect.gen(function* () {
  const session = yield* (yield* Engine).open
  const n = 512
  const g = makeBuilder()
  const product = matmul(g.input("a", [n, n]), g.input("b", [n, n]))
  yield* session.load(makeGraph("product", { outputs: { product } }))
  const feeds = { a: new Float32Array(n * n).fill(1), b: new Float32Array(n * n).fill(0.5) }
  const taken: Array<number> = []
  for (let k = 0; k < 12; k++) {
    const before = Meter.read()
    for (let i = 0; i < 8; i++) yield* session.run("product", feeds)
    taken.push(Meter.since(before).cpu / 8)
  }
  return (2 * n ** 3) / Math.min(...taken)
}).pipe(Effect.scoped)
