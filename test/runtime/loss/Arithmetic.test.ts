import { describe, expect, it } from "vitest"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import * as A from "../../../src/runtime/loss/Arithmetic.ts"
import * as Schedule from "../../../src/runtime/train/Schedule.ts"
import { expectGradients } from "../graph/finiteDifferences.ts"
import { contextOf, quantity, valueOf } from "./Contexts.ts"

const x = quantity("x", [3, 1])
const y = quantity("y", [3, 1])
const rounded = (values: ArrayLike<number>) => Array.from(values, (value) => Math.round(value * 1e6) / 1e6)

/** The value and the gradients of its total. */
const examine = (of: A.Value, feeds: Readonly<Record<string, ReadonlyArray<number>>>) => {
  const { builder, context } = contextOf({ rows: 3 })
  const variables = Object.keys(feeds).map((name) => builder.input(name, [3, 1]))
  const nodes = [of.build(context), ...gradients(A.total(of).build(context), variables)]
  const [value = [], ...slopes] = evaluate(nodes, feeds).map(rounded)
  return { value, slopes }
}

describe("functions of one quantity", () => {
  const cases: ReadonlyArray<
    readonly [string, A.Value, ReadonlyArray<number>, ReadonlyArray<number>, ReadonlyArray<number>]
  > = [
    ["negate", A.negate(x), [2, 0, -3], [-2, -0, 3], [-1, -1, -1]],
    ["exp", A.exp(x), [0, 1, -1], [1, 2.718282, 0.367879], [1, 2.718282, 0.367879]],
    ["log", A.log(x), [1, 2, 0.5], [0, 0.693147, -0.693147], [1, 0.5, 2]],
    ["sqrt", A.sqrt(x), [4, 1, 0.25], [2, 1, 0.5], [0.25, 0.5, 1]],
    ["abs", A.abs(x), [2, -3, 0.5], [2, 3, 0.5], [1, -1, 1]],
    ["square", A.square(x), [2, -3, 0.5], [4, 9, 0.25], [4, -6, 1]],
    ["hinge", A.hinge(x), [2, -3, 0.5], [2, 0, 0.5], [1, 0, 1]],
    ["clip", A.clip(x, -1, 0.25), [2, -3, 0.125], [0.25, -1, 0.125], [0, 0, 1]],
    ["stopGradient", A.stopGradient(x), [2, -3, 0.5], [2, -3, 0.5], [0, 0, 0]],
    ["mean", A.mean(x), [2, -3, 4], [1], [0.333333, 0.333333, 0.333333]],
    ["total", A.total(x), [2, -3, 4], [3], [1, 1, 1]]
  ]
  it.each(cases)("%s", (_, of, feed, value, slope) => {
    const found = examine(of, { x: feed })
    expect(found.value).toEqual(value)
    expect(found.slopes[0]).toEqual(slope)
  })
})

describe("functions of two quantities", () => {
  const feed = { x: [2, -3, 0.5], y: [4, 0.5, -2] }
  const cases: ReadonlyArray<
    readonly [string, A.Value, ReadonlyArray<number>, ReadonlyArray<number>, ReadonlyArray<number>]
  > = [
    ["add", A.add(x, y), [6, -2.5, -1.5], [1, 1, 1], [1, 1, 1]],
    ["subtract", A.subtract(x, y), [-2, -3.5, 2.5], [1, 1, 1], [-1, -1, -1]],
    ["multiply", A.multiply(x, y), [8, -1.5, -1], [4, 0.5, -2], [2, -3, 0.5]],
    ["divide", A.divide(x, y), [0.5, -6, -0.25], [0.25, 2, -0.5], [-0.125, 12, -0.125]],
    ["minimum", A.minimum(x, y), [2, -3, -2], [1, 1, 0], [0, 0, 1]],
    ["maximum", A.maximum(x, y), [4, 0.5, 0.5], [0, 0, 1], [1, 1, 0]]
  ]
  it.each(cases)("%s", (_, of, value, first, second) => {
    const found = examine(of, feed)
    expect(found.value).toEqual(value)
    expect(found.slopes).toEqual([first, second])
  })
})

describe("kinds", () => {
  it("two numbers give a number; a value per step with anything gives a value per step", () => {
    const one = A.number(1)
    expect(A.add(one, one).kind).toBe("scalar")
    expect(A.add(x, one).kind).toBe("tensor")
    expect(A.multiply(one, x).kind).toBe("tensor")
    expect(A.exp(one).kind).toBe("scalar")
    expect(A.clip(x, 0, 1).kind).toBe("tensor")
    expect(A.mean(x).kind).toBe("scalar")
    expect(A.total(x).kind).toBe("scalar")
  })

  it("a number meets every step", () => {
    expect(examine(A.subtract(A.number(1), x), { x: [2, -3, 0.5] })).toEqual({
      value: [-1, 4, 0.5],
      slopes: [[-1, -1, -1]]
    })
  })

  it("reduces over elements too", () => {
    const { context } = contextOf({ rows: 2 })
    const wide = quantity("wide", [2, 2])
    expect(valueOf(A.mean(wide).build(context), { wide: [1, 2, 3, 6] })).toBe(3)
    expect(valueOf(A.total(wide).build(context), { wide: [1, 2, 3, 6] })).toBe(12)
  })

  it("sums losses", () => {
    const { context } = contextOf({ rows: 3 })
    expect(valueOf(A.sum(A.number(1.5), A.number(-4), A.number(8)).build(context), {})).toBe(5.5)
    expect(valueOf(A.sum(A.number(1.5)).build(context), {})).toBe(1.5)
  })
})

describe("a scheduled weight", () => {
  it("is fed by the host, one feed for each weight, and scales value and gradient", () => {
    const { builder, context, schedules } = contextOf({ rows: 3 })
    const from = Schedule.linear(1, 0, 4)
    const by = Schedule.geometric(1, 0.3, 0.95)
    const loss = A.add(
      A.multiply(A.scheduled(from), A.mean(x)),
      A.multiply(A.scheduled(by), A.mean(A.square(x)))
    ).build(context)
    expect(schedules).toEqual([from, by])
    const feeds = { x: [1, 2, 3], "schedule.0": [0.75], "schedule.1": [0.5] }
    // 0.75 * 2 + 0.5 * 14 / 3
    expect(valueOf(loss, feeds)).toBeCloseTo(3.8333333333333335, 12)
    const [slope = []] = evaluate(gradients(loss, [builder.input("x", [3, 1])]), feeds)
    expect(rounded(slope)).toEqual([0.583333, 0.916667, 1.25])
  })
})

it("a composite has the gradient of finite differences", () => {
  const { builder, context } = contextOf({ rows: 3 })
  const term = A.sum(
    A.mean(A.divide(A.exp(A.negate(x)), A.sqrt(A.square(y)))),
    A.multiply(A.number(0.3), A.mean(A.maximum(x, A.minimum(y, A.number(0.25))))),
    A.total(A.abs(A.subtract(A.log(A.add(A.square(x), A.number(1))), A.hinge(y)))),
    A.mean(A.multiply(A.clip(x, -1, 1), y))
  )
  const variables = [builder.input("x", [3, 1]), builder.input("y", [3, 1])]
  expectGradients(term.build(context), variables, { x: [0.4, -1.7, 2.2], y: [1.1, -0.6, 0.9] })
})
