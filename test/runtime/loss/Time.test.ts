import { describe, expect, it } from "vitest"
import {
  mean,
  multiply,
  number,
  power,
  stopGradient,
  where,
  greater,
  less,
  equal,
  add
} from "../../../src/runtime/loss/Arithmetic.ts"
import type { Scalar, Tensor } from "../../../src/runtime/loss/Expression.ts"
import {
  everyCopy,
  everyStep,
  largest,
  least,
  over,
  quantile,
  varianceOf
} from "../../../src/runtime/loss/Reduction.ts"
import { at, ema, lag } from "../../../src/runtime/loss/Time.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { expectGradients } from "../graph/finiteDifferences.ts"
import { contextOf, quantity, valueOf } from "./Contexts.ts"

// four steps of two copies, time-major; the second copy's first episode ends with its second step
const feeds = { x: [1, 10, 2, 20, 4, 50, 8, 70], keep: [1, 1, 1, 0, 1, 1, 1, 1] }
const x = quantity("x", [8, 1])
const context = () => contextOf({ rows: 8, steps: 4 })
const numbers = (value: Tensor, given: Readonly<Record<string, ReadonlyArray<number>>> = feeds) =>
  Array.from(evaluate([value.build(context().context)], given)[0] ?? [])
const single = (value: Scalar, given: Readonly<Record<string, ReadonlyArray<number>>> = feeds) =>
  valueOf(value.build(context().context), given)
const expectFlow = (loss: Scalar, given = feeds) => {
  const { builder, context: made } = context()
  expectGradients(loss.build(made), [builder.input("x", [8, 1])], given)
}

describe("lag", () => {
  it("goes back in the same episode, and holds its first step where there is none before", () => {
    expect(numbers(lag(x, 1))).toEqual([1, 10, 1, 10, 2, 50, 4, 50])
    expect(numbers(lag(x, 2))).toEqual([1, 10, 1, 10, 1, 50, 2, 50])
    expect(numbers(lag(x, 60))).toEqual([1, 10, 1, 10, 1, 50, 1, 50])
  })

  it("has the gradient of finite differences", () => {
    expectFlow(mean(power(lag(x, 2), 2)))
  })

  it("refuses a value that has no steps", () => {
    expect(() => lag(quantity("z", [3, 1]), 1).build(context().context)).toThrow("4 steps")
  })
})

describe("ema", () => {
  it("forgets half in its half life, and begins anew with an episode", () => {
    // half life 1: y_t = (y_(t-1) + x_t) / 2
    expect(numbers(ema(x, 1))).toEqual([1, 10, 1.5, 15, 2.75, 50, 5.375, 60])
  })

  it("has the gradient of finite differences", () => {
    expectFlow(mean(power(ema(x, 3), 2)))
  })
})

describe("at", () => {
  it("is one step of every copy", () => {
    expect(numbers(at(x, 2))).toEqual([4, 50])
    expectFlow(mean(power(at(x, 1), 2)))
  })

  it("refuses a step beyond the segment", () => {
    expect(() => at(x, 4).build(context().context)).toThrow("no step 4")
  })
})

describe("over an axis", () => {
  it("leaves a row for each copy, each step or each row", () => {
    expect(numbers(over("mean", x, "time"))).toEqual([3.75, 37.5])
    expect(numbers(over("total", x, "env"))).toEqual([11, 22, 54, 78])
    expect(numbers(over("largest", x, "time"))).toEqual([8, 70])
    expect(numbers(over("least", x, "env"))).toEqual([1, 2, 4, 8])
    // of 10, 20, 50, 70 about 37.5: (756.25 + 306.25 + 156.25 + 1056.25) / 4
    expect(numbers(over("variance", x, "time"))).toEqual([7.1875, 568.75])
    const wide = quantity("w", [8, 3])
    const w = Array.from({ length: 24 }, (_, i) => i)
    expect(numbers(over("mean", wide, "component"), { ...feeds, w })).toEqual([1, 4, 7, 10, 13, 16, 19, 22])
    expect(numbers(over("mean", wide, "time"), { ...feeds, w })).toEqual([9, 10, 11, 12, 13, 14])
    expect(numbers(over("mean", over("mean", wide, "time"), "env"), { ...feeds, w })).toEqual([10.5, 11.5, 12.5])
  })

  it("and is repeated along it again", () => {
    expect(numbers(everyStep(over("mean", x, "time")))).toEqual([3.75, 37.5, 3.75, 37.5, 3.75, 37.5, 3.75, 37.5])
    expect(numbers(everyCopy(over("mean", x, "env")))).toEqual([5.5, 5.5, 11, 11, 27, 27, 39, 39])
  })

  it("has the gradients of finite differences", () => {
    for (const reduction of ["mean", "total", "variance", "least", "largest"] as const) {
      expectFlow(mean(power(over(reduction, x, "time"), 2)))
      expectFlow(mean(power(everyCopy(over(reduction, x, "env")), 2)))
    }
  })
})

describe("over everything", () => {
  it("variance, least and largest", () => {
    // 7985 / 8 - (165 / 8)^2, of the population
    expect(single(varianceOf(x))).toBeCloseTo(572.734375, 9)
    expect(single(least(x))).toBe(1)
    expect(single(largest(x))).toBe(70)
    expectFlow(varianceOf(x))
    expectFlow(multiply(largest(x), least(x)))
  })

  it("a quantile is one of the values, and trains nothing", () => {
    expect([0, 0.125, 0.13, 0.5, 1].map((share) => single(quantile(x, share)))).toEqual([1, 1, 2, 8, 70])
    // 0.3 x 10 is not exactly 3 in binary: the third of ten all the same
    const ten = quantity("ten", [10, 1])
    const found = valueOf(quantile(ten, 0.3).build(contextOf({ rows: 10 }).context), {
      ten: [9, 3, 1, 4, 0, 5, 8, 2, 6, 7]
    })
    expect(found).toBe(2)
    const { builder, context: made } = context()
    const [gradient] = evaluate(gradients(quantile(x, 0.5).build(made), [builder.input("x", [8, 1])]), feeds)
    expect(Array.from(gradient ?? [])).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })
})

describe("choosing", () => {
  it("compares, and takes one side or the other", () => {
    expect(numbers(greater(x, number(8)))).toEqual([0, 1, 0, 1, 0, 1, 0, 1])
    expect(numbers(less(x, number(2)))).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
    expect(numbers(equal(x, number(2)))).toEqual([0, 0, 1, 0, 0, 0, 0, 0])
    expect(numbers(where(greater(x, number(8)), number(0), x))).toEqual([1, 0, 2, 0, 4, 0, 8, 0])
    expectFlow(mean(where(greater(x, number(8.5)), multiply(x, x), add(x, number(3)))))
  })

  it("no gradient flows through what is stopped", () => {
    const { builder, context: made } = context()
    const loss = mean(multiply(stopGradient(x), x)).build(made)
    const [gradient] = evaluate(gradients(loss, [builder.input("x", [8, 1])]), feeds)
    expect(Array.from(gradient ?? [])).toEqual(feeds.x.map((each) => each / 8))
  })
})
