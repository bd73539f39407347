import { describe, expect, it } from "vitest"
import * as Claim from "../../../src/runtime/Claim.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import { judgeAll } from "../../../src/runtime/Judgement.ts"
import type { Lookup } from "../../../src/runtime/Judgement.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { number as constant } from "../../../src/runtime/loss/Arithmetic.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"

const objective = (name: string) =>
  Objective.make(name, { semantics: name, loss: constant(0), within: [], freezing: [] })
const bica = objective("bica")
const oneWay = objective("one_way")
const map = MapTalk.make("map", { shifts: { dense: { obstacles: { low: 0.35, high: 0.45 } } } })

const judgeOne = (claim: Claim.Claim, seeds: ReadonlyArray<number>, lookup: Lookup) => {
  const [found] = judgeAll([claim], seeds, lookup, makeRandom(0))
  if (found === undefined) throw new Error("no judgement")
  return found
}

/** Judges `x relation bound` where the seeds 1, 2, ... measured `values`. */
const judge = (values: ReadonlyArray<number>, relation: Claim.Relation, bound: number, level = 0.95) =>
  judgeOne(
    Claim.make("c", {
      left: Claim.measured("x", bica),
      relation,
      right: Claim.number(bound),
      test: Claim.confidence(level)
    }),
    values.map((_, i) => i + 1),
    (seed) => values[seed - 1] ?? NaN
  )

describe("the verdict", () => {
  it("holds when the whole interval is on the claimed side", () => {
    expect(judge([0.3, 0.5, 0.4], ">", 0.2).verdict).toBe("holds")
    expect(judge([0.3, 0.5, 0.4], "<", 0.6).verdict).toBe("holds")
    expect(judge([0.3, 0.5, 0.4], ">=", 0.2).verdict).toBe("holds")
    expect(judge([0.3, 0.5, 0.4], "<=", 0.6).verdict).toBe("holds")
  })

  it("fails when it is on the other side", () => {
    expect(judge([0.3, 0.5, 0.4], ">", 0.6).verdict).toBe("fails")
    expect(judge([0.3, 0.5, 0.4], "<", 0.2).verdict).toBe("fails")
    expect(judge([0.3, 0.5, 0.4], ">=", 0.6).verdict).toBe("fails")
    expect(judge([0.3, 0.5, 0.4], "<=", 0.2).verdict).toBe("fails")
  })

  it("is undecided when it is on both", () => {
    for (const relation of [">", ">=", "<", "<="] as const)
      expect(judge([0.3, 0.5, 0.4], relation, 0.41).verdict).toBe("undecided")
  })

  it("tells equal from less: all seeds on the bound", () => {
    expect(judge([0.5, 0.5, 0.5], ">", 0.5).verdict).toBe("fails")
    expect(judge([0.5, 0.5, 0.5], "<", 0.5).verdict).toBe("fails")
    expect(judge([0.5, 0.5, 0.5], ">=", 0.5).verdict).toBe("holds")
    expect(judge([0.5, 0.5, 0.5], "<=", 0.5).verdict).toBe("holds")
  })

  it("tells equal from less at the edge of the interval", () => {
    // the interval of these three is [0, 2] at 95 %, as in the test of the bootstrap
    expect(judge([1, 0, 2], ">", 0).verdict).toBe("undecided")
    expect(judge([1, 0, 2], ">=", 0).verdict).toBe("holds")
    expect(judge([1, 0, 2], "<", 0).verdict).toBe("fails")
    expect(judge([1, 0, 2], "<=", 0).verdict).toBe("undecided")
  })

  it("follows the level: one seed in three on the wrong side", () => {
    // resamples with a mean of 0 or less are 4 in 27, those with less than 1/3 no more
    expect(judge([-1, 2, 3], ">", 0, 0.9).verdict).toBe("undecided")
    expect(judge([-1, 2, 3], ">", 0, 0.5).verdict).toBe("holds")
  })

  it("is undecided from one seed, however clear it looks, and with no seed it was never run", () => {
    expect(judge([0.99], ">", 0).verdict).toBe("undecided")
    expect(judge([], ">", 0).verdict).toBe("never run")
    expect(judge([NaN, NaN], ">", 0)).toMatchObject({ verdict: "undecided", note: "undefined for every seed" })
  })

  it("rests on the seeds that were measured only, and says which", () => {
    const found = judge([0.3, NaN, 0.4], ">", 0)
    expect(found.verdict).toBe("holds")
    expect(found.evidence).toEqual([
      { seed: 1, left: 0.3, right: 0 },
      { seed: 3, left: 0.4, right: 0 }
    ])
    expect(judge([0.3, NaN], ">", 0).verdict).toBe("undecided")
  })

  it("comes with the margin in the claimed direction", () => {
    const found = judge([1, 0, 2], "<", 3)
    expect(found.margin).toEqual({ mean: 2, low: 1, high: 3, n: 3 })
    expect(found.claim).toBe("c")
  })
})

describe("measured values", () => {
  /** What was asked for, and an answer for each. */
  const asking = () => {
    const asked: Array<readonly [number, string, Claim.Subject, string | undefined]> = []
    const answers: Readonly<Record<string, number>> = { bica: 0.9, one_way: 0.5, planner: 10 }
    const lookup: Lookup = (seed, metric, by, on) => {
      asked.push([seed, metric, by, on])
      return (answers[by.name] ?? NaN) + seed / 100
    }
    return { asked, lookup }
  }

  it("are asked for by metric, subject and place", () => {
    const { asked, lookup } = asking()
    judgeOne(
      Claim.make("c", {
        left: Claim.measured("steps", bica, map.shifts.dense),
        relation: "<=",
        right: Claim.times(Claim.number(1.1), Claim.measured("steps", Claim.oracle("planner"))),
        test: Claim.confidence(0.95)
      }),
      [13],
      lookup
    )
    expect(new Set(asked.map((each) => JSON.stringify(each)))).toEqual(
      new Set([
        JSON.stringify([13, "steps", { oracle: false, name: "bica" }, "map.dense"]),
        JSON.stringify([13, "steps", { oracle: true, name: "planner" }, undefined])
      ])
    )
  })

  it("are combined seed by seed", () => {
    const value = (left: Claim.Measurement) => {
      const found = judgeOne(
        Claim.make("c", { left, relation: ">", right: Claim.number(0), test: Claim.confidence(0.95) }),
        [0, 10],
        asking().lookup
      )
      return found.evidence.map((row) => Math.round(row.left * 1e9) / 1e9)
    }
    const a = Claim.measured("success", bica)
    const b = Claim.measured("success", oneWay)
    expect(value(Claim.minus(a, b))).toEqual([0.4, 0.4])
    expect(value(Claim.plus(a, b))).toEqual([1.4, 1.6])
    expect(value(Claim.times(a, b))).toEqual([0.45, 0.6])
    expect(value(Claim.divide(a, b))).toEqual([1.8, 1.666666667])
    expect(value(Claim.minus(Claim.number(2), Claim.minus(a, b)))).toEqual([1.6, 1.6])
  })

  it("are compared within a seed: a small, steady gain counts although seeds differ more", () => {
    const level: Readonly<Record<number, number>> = { 1: 0.2, 2: 0.6, 3: 0.95 }
    const found = judgeOne(
      Claim.make("c", {
        left: Claim.minus(Claim.measured("success", bica), Claim.measured("success", oneWay)),
        relation: ">",
        right: Claim.number(0),
        test: Claim.confidence(0.95)
      }),
      [1, 2, 3],
      (seed, _, by) => (level[seed] ?? NaN) + (by.name === "bica" ? 0.01 : 0)
    )
    expect(found.verdict).toBe("holds")
  })
})
