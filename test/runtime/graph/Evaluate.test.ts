import { describe, expect, it } from "vitest"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import * as G from "../../../src/runtime/graph/Operations.ts"

describe("evaluate", () => {
  it("rounds every node to float32 when asked, feeds included", () => {
    const b = makeBuilder()
    const x = b.input("x", [])
    const y = G.sub(G.add(x, 1), 1)
    const [wide] = evaluate([y], { x: [1e-9] })
    const [narrow] = evaluate([y], { x: [1e-9] }, { precision: "float32" })
    expect(wide?.[0]).toBeCloseTo(1e-9, 15)
    expect(narrow?.[0]).toBe(0)
    expect(evaluate([x], { x: [0.1] }, { precision: "float32" })[0]?.[0]).toBe(0.10000000149011612)
  })

  it("reads states like inputs and gives nodes in the order asked for", () => {
    const b = makeBuilder()
    const x = b.input("x", [2])
    const s = b.state("s", [2])
    expect(evaluate([G.mul(x, s), s, x], { x: [1, 2], s: [3, 4] }).map((value) => Array.from(value))).toEqual([
      [3, 8],
      [3, 4],
      [1, 2]
    ])
  })

  it("refuses a missing feed and one of the wrong length", () => {
    const x = makeBuilder().input("x", [2])
    expect(() => evaluate([x], {})).toThrow('input of [2]: "x" needs 2 numbers and was fed nothing.')
    expect(() => evaluate([x], { x: [1] })).toThrow('"x" needs 2 numbers and was fed 1.')
  })
})
