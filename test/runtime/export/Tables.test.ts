import { describe, expect, it } from "vitest"
import {
  claimsCsv,
  csv,
  curveColumns,
  curveScalars,
  measuredScalars,
  measuresCsv
} from "../../../src/runtime/export/Tables.ts"
import { parseCurve } from "../../../src/runtime/verify/Evidence.ts"

const value = {
  stage: "test",
  metric: "success",
  by: "bica",
  oracle: false,
  on: "map",
  choose: "greedy" as const,
  seed: 13,
  value: 0.5,
  low: 0.25,
  high: 0.75,
  n: 16
}

describe("CSV", () => {
  it("quotes what would break a row, and nothing else", () => {
    expect(
      csv(
        ["a", "b"],
        [
          ["x,y", 'say "x"'],
          ["line\nline", null],
          [true, -0.5]
        ]
      )
    ).toBe('a,b\n"x,y","say ""x"""\n"line\nline",\ntrue,-0.5\n')
  })

  it("has a row for each value, empty where nothing could be measured", () => {
    expect(
      measuresCsv([value, { ...value, seed: 14, value: null, low: null, high: null, n: 0, variant: "no_bridge" }])
    ).toBe(
      "stage,metric,by,oracle,on,choose,seed,value,low,high,n,variant\n" +
        "test,success,bica,false,map,greedy,13,0.5,0.25,0.75,16,\n" +
        "test,success,bica,false,map,greedy,14,,,,0,no_bridge\n"
    )
    expect(claimsCsv({ near: { verdict: "holds", margin: { mean: 1, low: 0.5, high: null, n: 2 } } })).toBe(
      "claim,verdict,margin,low,high,n\nnear,holds,1,0.5,,2\n"
    )
  })
})

describe("a curve", () => {
  const curve = parseCurve("update,success,budget.ai\n0,,0.125\n1,1,0.25\n")

  it("keeps gaps as gaps", () => {
    expect(curveColumns(curve)).toEqual({ update: [0, 1], success: [null, 1], "budget.ai": [0.125, 0.25] })
  })

  it("gives scalars over updates counted from 1, grouped by what stands before the dot", () => {
    expect(curveScalars(curve)).toEqual([
      { tag: "success", step: 2, value: 1 },
      { tag: "budget/ai", step: 1, value: 0.125 },
      { tag: "budget/ai", step: 2, value: 0.25 }
    ])
  })
})

it("measured values are scalars that name who was measured where; what is undefined is none", () => {
  expect(
    measuredScalars([
      value,
      { ...value, by: "planner", oracle: true, choose: "sampled", on: "dense" },
      { ...value, value: null },
      { ...value, variant: "no_bridge" }
    ])
  ).toEqual([
    { tag: "measured/success of bica on map", step: 0, value: 0.5 },
    { tag: "measured/success of planner (oracle) on dense (sampled)", step: 0, value: 0.5 },
    { tag: "measured/success of bica, no_bridge on map", step: 0, value: 0.5 }
  ])
})
