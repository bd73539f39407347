import { describe, expect, it } from "vitest"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { mean, square } from "../../../src/runtime/loss/Arithmetic.ts"
import * as Budget from "../../../src/runtime/loss/Budget.ts"
import { expectGradients } from "../graph/finiteDifferences.ts"
import { contextOf, quantity, valueOf } from "./Contexts.ts"

const build = (atMost: number) => {
  const { builder, context } = contextOf({ rows: 2 })
  const budget = Budget.make("drift", {
    quantity: mean(quantity("x", [2, 1])),
    atMost,
    unit: "nats",
    by: Budget.dual({ rate: 0.05 })
  })
  const multiplier = builder.input("multiplier", [])
  const held = Budget.penalty(budget, multiplier, context)
  const [slope, toMultiplier] = gradients(held.penalty, [builder.input("x", [2, 1]), multiplier])
  if (slope === undefined || toMultiplier === undefined) throw new Error("no gradient")
  return { ...held, slope, toMultiplier }
}

describe("the penalty of a budget", () => {
  it("is the multiplier times what the mean is above the bound: the hinge is outside the mean", () => {
    const { penalty, quantity } = build(1)
    const feeds = { x: [0, 2.5], multiplier: [0.5] }
    expect(valueOf(quantity, feeds)).toBe(1.25)
    // hinges inside the mean would give 0.5 * 0.75
    expect(valueOf(penalty, feeds)).toBe(0.125)
  })

  it("pulls in proportion to the multiplier", () => {
    const { slope } = build(1)
    const pull = (multiplier: number) =>
      Array.from(evaluate([slope], { x: [0, 2.5], multiplier: [multiplier] })[0] ?? [])
    expect(pull(0)).toEqual([0, 0])
    expect(pull(0.5)).toEqual([0.25, 0.25])
    expect(pull(2)).toEqual([1, 1])
  })

  it("has no value and no gradient below the bound and on it", () => {
    const { penalty, slope, toMultiplier } = build(1)
    for (const x of [
      [0.5, 1],
      [0, 2]
    ]) {
      const [value, pull, rise] = evaluate([penalty, slope, toMultiplier], { x, multiplier: [3] })
      expect(Array.from(value ?? [])).toEqual([0])
      expect(Array.from(pull ?? [])).toEqual([0, 0])
      expect(Array.from(rise ?? [])).toEqual([0])
    }
  })

  it("has the gradient of finite differences", () => {
    const { builder, context } = contextOf({ rows: 2 })
    const budget = Budget.make("effort", {
      quantity: mean(square(quantity("x", [2, 1]))),
      atMost: 0.3,
      unit: "nats",
      by: Budget.dual({ rate: 1 })
    })
    const { penalty } = Budget.penalty(budget, builder.input("multiplier", []), context)
    const variables = [builder.input("x", [2, 1]), builder.input("multiplier", [])]
    expectGradients(penalty, variables, { x: [0.7, -0.4], multiplier: [1.7] })
    expectGradients(penalty, variables, { x: [0.3, -0.4], multiplier: [1.7] })
  })
})

describe("dual ascent", () => {
  const by = Budget.dual({ rate: 0.1 })

  it("starts at 0 unless told otherwise", () => {
    expect(by.start).toBe(0)
    expect(Budget.dual({ rate: 0.1, start: 2 })).toEqual({ rate: 0.1, start: 2 })
  })

  it("climbs by the rate times the violation", () => expect(Budget.ascend(by, 0.5, 1.3, 1)).toBeCloseTo(0.53, 12))
  it("falls while the budget is kept, by the whole slack", () =>
    expect(Budget.ascend(by, 0.5, 0.2, 1)).toBeCloseTo(0.42, 12))
  it("stays where the budget is met exactly", () => expect(Budget.ascend(by, 0.5, 1, 1)).toBe(0.5))
  it("never goes below 0", () => expect(Budget.ascend(by, 0.01, 0, 1)).toBe(0))
  it("climbs again from 0", () => expect(Budget.ascend(by, 0, 1.5, 1)).toBeCloseTo(0.05, 12))
})
