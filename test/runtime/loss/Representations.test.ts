import { describe, expect, it } from "vitest"
import { mean } from "../../../src/runtime/loss/Arithmetic.ts"
import type { Scalar, Tensor } from "../../../src/runtime/loss/Expression.ts"
import { hsic, independenceCriterion } from "../../../src/runtime/loss/IndependenceCriterion.ts"
import { cosine, dot, norm } from "../../../src/runtime/loss/InnerProduct.ts"
import { cka } from "../../../src/runtime/loss/KernelAlignment.ts"
import { mmd } from "../../../src/runtime/loss/MaximumMeanDiscrepancy.ts"
import { mse } from "../../../src/runtime/loss/MeanSquaredError.ts"
import { sinkhorn, sinkhornDivergence } from "../../../src/runtime/loss/Sinkhorn.ts"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { expectGradients } from "../graph/finiteDifferences.ts"
import { contextOf, quantity, valueOf } from "./Contexts.ts"

// expected numbers are numpy's and scipy's (cdist; log-domain Sinkhorn run to convergence)
const feeds = {
  x: [0.5, 1.2, -0.3, 0.8, 1.1, -0.7, 0.2, 0.4, -1, 0.1, 0.7, -1.5],
  y: [1, 0.3, 0.4, 1.9, -0.2, -0.6, 1.3, 0.9, -0.8, 0.5, 0.1, -1.1]
}
const x = quantity("x", [6, 2])
const y = quantity("y", [6, 2])

const rowsOf = (value: Tensor, given = feeds) => {
  const node = value.build(contextOf({ rows: 6 }).context)
  expect(node.shape).toEqual([6, 1])
  return Array.from(evaluate([node], given)[0] ?? [])
}
const valueAt = (value: Scalar, given = feeds) => valueOf(value.build(contextOf({ rows: 6 }).context), given)
const expectRows = (value: Tensor, expected: ReadonlyArray<number>) =>
  rowsOf(value).forEach((each, i) => expect(each).toBeCloseTo(expected[i] ?? NaN, 10))
const expectFlow = (loss: Scalar) => {
  const { builder, context } = contextOf({ rows: 6 })
  expectGradients(
    loss.build(context),
    ["x", "y"].map((name) => builder.input(name, [6, 2])),
    feeds
  )
}
const moved = (data: ReadonlyArray<number>, by: number) => data.map((each) => each + by)
const scaled = (data: ReadonlyArray<number>, by: number) => data.map((each) => each * by)

describe("row by row", () => {
  it("mse, cosine, dot and norm", () => {
    expectRows(mse(x, y), [0.53, 0.85, 0.85, 0.73, 0.1, 0.26])
    expectRows(
      cosine(x, y),
      [
        0.6336389271463001, 0.8439096062775072, 0.24253562503633289, 0.8768124086713187, 0.8965267153275627,
        0.9407478840311481
      ]
    )
    expectRows(dot(x, y), [0.86, 1.4, 0.2, 0.62, 0.85, 1.72])
    expectRows(
      norm(x),
      [1.3, 0.8544003745317532, 1.3038404810405297, 0.447213595499958, 1.004987562112089, 1.6552945357246849]
    )
  })

  it("have the gradients of finite differences", () => {
    expectFlow(mean(mse(x, y)))
    expectFlow(mean(cosine(x, y)))
    expectFlow(mean(dot(x, y)))
    expectFlow(mean(norm(x)))
  })

  it("are finite where a vector is 0, with a finite gradient", () => {
    const zero = { ...feeds, x: Array.from({ length: 12 }, () => 0) }
    expect(rowsOf(cosine(x, y), zero)).toEqual([0, 0, 0, 0, 0, 0])
    const { builder, context } = contextOf({ rows: 6 })
    for (const loss of [mean(norm(x)), mean(cosine(x, y))]) {
      const [gradient] = evaluate(gradients(loss.build(context), [builder.input("x", [6, 2])]), zero)
      expect(Array.from(gradient ?? [NaN]).every(Number.isFinite)).toBe(true)
    }
  })
})

describe("mmd", () => {
  it("is the mean kernel within less that across", () => {
    expect(valueAt(mmd(x, y))).toBeCloseTo(0.06343383065708741, 10)
  })

  it("is 0 between equal samples, grows with a shift, and does not see the scale", () => {
    const same = { x: feeds.x, y: feeds.x }
    expect(valueAt(mmd(x, y), same)).toBeCloseTo(0, 12)
    const near = valueAt(mmd(x, y), { x: feeds.x, y: moved(feeds.x, 0.5) })
    const far = valueAt(mmd(x, y), { x: feeds.x, y: moved(feeds.x, 2) })
    expect(near).toBeGreaterThan(0)
    expect(far).toBeGreaterThan(near)
    expect(valueAt(mmd(x, y), { x: scaled(feeds.x, 7), y: scaled(feeds.y, 7) })).toBeCloseTo(valueAt(mmd(x, y)), 9)
  })

  it("has the gradient of finite differences", () => {
    expectFlow(mmd(x, y))
  })
})

describe("cka", () => {
  it("is Kornblith's ratio, 1 for a rotation with a shift, 0 where one side does not vary", () => {
    expect(valueAt(cka(x, y))).toBeCloseTo(0.7055034371604313, 9)
    const turned = feeds.x.flatMap((each, i) => (i % 2 === 0 ? [-(feeds.x[i + 1] ?? 0) * 3 + 1, each * 3 - 2] : []))
    expect(valueAt(cka(x, y), { x: feeds.x, y: turned })).toBeCloseTo(1, 9)
    expect(valueAt(cka(x, y), { x: feeds.x, y: Array.from({ length: 12 }, () => 4) })).toBe(0)
  })

  it("has the gradient of finite differences", () => {
    expectFlow(cka(x, y))
  })
})

describe("hsic", () => {
  it("is tr(KHLH) / (n - 1)^2", () => {
    expect(valueAt(hsic(x, y))).toBeCloseTo(0.11621022991080532, 9)
  })

  it("is 0 where one side does not vary, and undefined for one row", () => {
    expect(valueAt(hsic(x, y), { x: feeds.x, y: Array.from({ length: 12 }, () => 4) })).toBeCloseTo(0, 12)
    const builder = makeBuilder()
    const one = independenceCriterion(builder.input("x", [1, 2]), builder.input("y", [1, 2]))
    expect(valueOf(one, { x: [1, 2], y: [3, 4] })).toBeNaN()
  })

  it("has the gradient of finite differences", () => {
    expectFlow(hsic(x, y))
  })
})

describe("sinkhorn", () => {
  it("comes to the converged divergence", () => {
    const builder = makeBuilder()
    const node = (steps: number) => sinkhornDivergence(builder.input("x", [6, 2]), builder.input("y", [6, 2]), steps)
    expect(valueOf(node(300), feeds)).toBeCloseTo(0.7057836481600928, 8)
    // twenty steps are enough for two digits here
    expect(Math.abs(valueAt(sinkhorn(x, y)) - 0.7057836481600928)).toBeLessThan(0.01)
  })

  it("is 0 between equal samples, and the squared length of a large shift", () => {
    expect(valueAt(sinkhorn(x, y), { x: feeds.x, y: feeds.x })).toBeCloseTo(0, 5)
    const far = valueAt(sinkhorn(x, y), { x: feeds.x, y: moved(feeds.x, 30) })
    expect(far / (2 * 30 ** 2)).toBeCloseTo(1, 2)
  })

  it("has the gradient of finite differences when it has converged", () => {
    const builder = makeBuilder()
    const inputs = [builder.input("x", [3, 1]), builder.input("y", [3, 1])]
    const [a, b] = inputs
    if (a === undefined || b === undefined) throw new Error("two inputs")
    expectGradients(sinkhornDivergence(a, b, 120), inputs, { x: [0.1, 0.9, 0.4], y: [1.6, 0.2, 2.2] })
  })
})
