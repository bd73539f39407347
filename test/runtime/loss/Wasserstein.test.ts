import { describe, expect, it } from "vitest"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { sum, square } from "../../../src/runtime/graph/Operations.ts"
import { slicedWasserstein, thin } from "../../../src/runtime/loss/Wasserstein.ts"
import { expectGradients } from "../graph/finiteDifferences.ts"

const noise = (length: number, from: number) => Array.from({ length }, (_, i) => Math.sin((i + from) * 12.9898) * 2)

describe("slicedWasserstein", () => {
  const b = makeBuilder()
  const x = b.input("x", [7, 3])
  const y = b.input("y", [7, 3])
  const directions = b.input("directions", [3, 2])
  const distance = slicedWasserstein(x, y, directions)
  const feeds = { x: noise(21, 1), y: noise(21, 50), directions: [0.6, 0, 0.8, -0.6, 0, 0.8] }

  it("is the mean squared distance of the sorted projections, times the dimension", () => {
    const project = (rows: ReadonlyArray<number>, r: number) =>
      Array.from({ length: 7 }, (_, i) =>
        [0, 1, 2].reduce((dot, k) => dot + (rows[3 * i + k] ?? NaN) * (feeds.directions[2 * k + r] ?? NaN), 0)
      ).sort((p, q) => p - q)
    let expected = 0
    for (const r of [0, 1]) {
      const right = project(feeds.y, r)
      for (const [j, value] of project(feeds.x, r).entries()) expected += (3 / 14) * (value - (right[j] ?? NaN)) ** 2
    }
    expect(evaluate([distance], feeds)[0]?.[0]).toBeCloseTo(expected, 12)
  })

  it("is the square of a shift along the one direction of a line, and 0 for a sample in another order", () => {
    const c = makeBuilder()
    const line = slicedWasserstein(c.input("x", [4, 1]), c.input("y", [4, 1]), c.constant([1], [1, 1]))
    const value = (x: ReadonlyArray<number>, y: ReadonlyArray<number>) => evaluate([line], { x, y })[0]?.[0]
    expect(value([3, 1, 2, 1], [2.5, 4.5, 2.5, 3.5])).toBe(2.25)
    expect(value([3, 1, 2, 1], [1, 1, 2, 3])).toBe(0)
  })

  it("has the gradient of finite differences on both sides and for the directions", () => {
    expectGradients(distance, [x, y, directions], feeds)
  })
})

describe("thin", () => {
  it("keeps evenly spaced rows, the first of each group, and leaves out what does not fill one", () => {
    const b = makeBuilder()
    const x = b.input("x", [11, 2])
    const few = thin(x, 3)
    const values = Array.from({ length: 22 }, (_, i) => i)
    expect(few.shape).toEqual([3, 2])
    expect(Array.from(evaluate([few], { x: values })[0] ?? [])).toEqual([0, 1, 6, 7, 12, 13])
    expectGradients(sum(square(few)), [x], { x: values })
    expect(thin(x, 11)).toBe(x)
    expect(thin(x, 20)).toBe(x)
  })
})
