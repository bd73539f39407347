import { assert, describe, it } from "@effect/vitest"
import { regressions } from "../../bench/Regression.ts"
import type { Ratio, Result } from "../../bench/Result.ts"
import { spread } from "../../bench/Spread.ts"
import { productWork } from "../../bench/Work.ts"
import { makeBuilder } from "../../src/runtime/graph/Build.ts"
import { makeGraph } from "../../src/runtime/graph/Graph.ts"
import { add, matmul, tanh } from "../../src/runtime/graph/Operations.ts"

const ratio = (what: string, values: ReadonlyArray<number>, better?: "more" | "less"): Ratio => ({
  what,
  above: `${what}.above`,
  below: `${what}.below`,
  ...(better === undefined ? {} : { better }),
  ...spread(values)
})

const result = (...ratios: ReadonlyArray<Ratio>): Result => ({
  format: "bica-bench/1",
  began: "2026-01-02T03:04:05.000Z",
  quick: false,
  rounds: 3,
  machine: { platform: "p", processor: "p", cores: 2, instructions: "i", memory: 1, loadBefore: null },
  engine: { name: "onnx", version: "1", numericClass: "c", device: "d", threads: 1 },
  versions: {},
  configuration: {
    environments: 1,
    steps: 1,
    epochs: 1,
    minibatches: 1,
    hidden: [],
    block: 1,
    warmUp: 0,
    episodes: 1
  },
  measures: [],
  ratios
})

const worse = (before: Ratio, now: Ratio) => regressions(result(before), result(now), 0.25).map(({ worse }) => worse)

describe("a result held to an earlier one", () => {
  it("names a speed that has fallen and a cost that has risen by more than a quarter", () => {
    assert.deepStrictEqual(worse(ratio("speed", [2, 2, 2], "more"), ratio("speed", [1, 1, 1], "more")), [2])
    assert.deepStrictEqual(worse(ratio("cost", [10, 10, 10], "less"), ratio("cost", [15, 15, 15], "less")), [1.5])
  })

  it("is content with what is better, nearly as good, or has no better way", () => {
    assert.deepStrictEqual(worse(ratio("speed", [1, 1, 1], "more"), ratio("speed", [2, 2, 2], "more")), [])
    assert.deepStrictEqual(worse(ratio("speed", [1.2, 1.2, 1.2], "more"), ratio("speed", [1, 1, 1], "more")), [])
    assert.deepStrictEqual(worse(ratio("shape", [2, 2, 2]), ratio("shape", [1, 1, 1])), [])
  })

  it("takes a round as good as any before for noise", () => {
    assert.deepStrictEqual(worse(ratio("speed", [1.9, 2, 2], "more"), ratio("speed", [1, 1, 2], "more")), [])
    assert.deepStrictEqual(worse(ratio("speed", [1.9, 2, 2], "more"), ratio("speed", [1, 1, 1.8], "more")), [2])
  })

  it("passes over what only one of them has", () => {
    assert.deepStrictEqual(worse(ratio("speed", [2], "more"), ratio("other", [1], "more")), [])
  })
})

describe("the work of a graph", () => {
  it("is two operations for each product of two numbers, on any side", () => {
    const g = makeBuilder()
    const [x, w] = [g.input("x", [5, 3]), g.state("w", [3, 2])]
    const y = tanh(add(matmul(x, w), 1))
    // 5 x 3 x 2 products forward, and as many for the gradient of w
    const dw = matmul(x, y, { transposeA: true })
    assert.strictEqual(productWork(makeGraph("work", { outputs: { y, dw } })), 120)
  })
})
