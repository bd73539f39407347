import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { jensenShannon, rowDivergences } from "../../../../src/runtime/measure/estimator/JensenShannon.ts"
import { entry, fromRows, matrix, zeros } from "../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import { mixed, mixtureFor, visitedDivergence } from "../../../../src/runtime/measure/estimator/MessagePerturbation.ts"
import { answers } from "../../../../src/runtime/measure/estimator/ProtocolConvergence.ts"
import { topographicSimilarity } from "../../../../src/runtime/measure/estimator/TopographicSimilarity.ts"
import { quadratic } from "./Data.ts"

const distribution = (size: number) =>
  fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: size, maxLength: size })
    .filter((weights) => weights.some((weight) => weight > 1e-3))
    .map((weights) => weights.map((weight) => weight / weights.reduce((a, b) => a + b, 0)))

describe("jensenShannon", () => {
  it("agrees with scipy", () => {
    // scipy.spatial.distance.jensenshannon(p, q, base=2) ** 2
    expect(jensenShannon([0.5, 0.5], [1, 0])).toBeCloseTo(0.3112781244591328, 13)
    expect(jensenShannon([0.1, 0.2, 0.7], [0.3, 0.3, 0.4])).toBeCloseTo(0.07489355896415409, 13)
    expect(jensenShannon([1, 0], [0, 1])).toBe(1)
  })

  it("is symmetric, in [0, 1], and 0 for equal distributions", () => {
    fc.assert(
      fc.property(distribution(5), distribution(5), (p, q) => {
        const j = jensenShannon(p, q)
        expect(j).toBeCloseTo(jensenShannon(q, p), 12)
        expect(j).toBeGreaterThanOrEqual(0)
        expect(j).toBeLessThanOrEqual(1)
        expect(jensenShannon(p, p)).toBe(0)
      })
    )
  })

  it("is undefined for what is no distribution", () => {
    expect(jensenShannon([0.5, 0.4], [0.5, 0.5])).toBeNaN()
    expect(jensenShannon([1.5, -0.5], [0.5, 0.5])).toBeNaN()
    expect(jensenShannon([Number.NaN, 1], [0.5, 0.5])).toBeNaN()
    expect(jensenShannon([], [])).toBeNaN()
    expect(() => jensenShannon([1], [0.5, 0.5])).toThrow(RangeError)
  })

  it("is taken row by row, undefined where a row is no distribution", () => {
    const p = fromRows([
      [1, 0],
      [0.5, 0.5],
      [Number.NaN, 0]
    ])
    const q = fromRows([
      [0, 1],
      [0.5, 0.5],
      [0, 1]
    ])
    expect(rowDivergences(p, q)).toEqual(Float64Array.of(1, 0, Number.NaN))
    expect(rowDivergences(zeros(0, 2), zeros(0, 2))).toEqual(new Float64Array(0))
    expect(() => rowDivergences(p, zeros(3, 3))).toThrow(RangeError)
  })
})

describe("answers", () => {
  it("look ahead three steps, the present one among them, within the episode", () => {
    const found = answers({
      episode: [1, 1, 1, 1, 1, 1, 2, 2],
      heading: [0, 1, 1, 2, 3, 3, 2, 2],
      advanced: [0, 0, 1, 0, 0, 0, 1, 0]
    })
    // steps 0 to 2 are answered by the one at step 2, steps 3 to 5 of the episode by none, the next episode by its own
    expect(found).toEqual(Int32Array.of(1, 1, 1, 4, 4, 4, 2, 4))
  })
})

describe("topographicSimilarity", () => {
  const euclidean = (a: Matrix) => (i: number, j: number) =>
    Math.hypot(...Array.from({ length: a.columns }, (_, k) => entry(a, i, k) - entry(a, j, k)))
  const differ = (a: Matrix) => (i: number, j: number) => (entry(a, i, 0) === entry(a, j, 0) ? 0 : 1)
  const meanings = quadratic(9, 2, 1)
  const tokens = matrix(9, 1, [0, 1, 2, 0, 3, 1, 2, 2, 0])

  it("agrees with scipy", () => {
    // spearmanr(pdist(Q(9, 2, 1)), pdist(tokens, "hamming"))
    expect(topographicSimilarity(9, euclidean(meanings), differ(tokens))).toBeCloseTo(0.050672109352037385, 12)
  })

  it("is 1 for a message that copies the meaning", () => {
    expect(topographicSimilarity(9, euclidean(meanings), euclidean(meanings))).toBeCloseTo(1, 12)
    // distance in a number line reversed is the same distance
    const line = matrix(4, 1, [0, 1, 3, 7])
    expect(topographicSimilarity(4, euclidean(line), euclidean(matrix(4, 1, [7, 6, 4, 0])))).toBeCloseTo(1, 12)
  })

  it("is undefined for a constant message and below three items", () => {
    expect(topographicSimilarity(9, euclidean(meanings), differ(zeros(9, 1)))).toBeNaN()
    expect(topographicSimilarity(2, euclidean(meanings), differ(tokens))).toBeNaN()
    expect(topographicSimilarity(3, euclidean(meanings), () => Number.NaN)).toBeNaN()
  })
})

describe("mixtureFor", () => {
  const p = fromRows([
    [0.7, 0.1, 0.1, 0.1],
    [0.25, 0.25, 0.4, 0.1]
  ])
  const order = [1, 2, 3, 0]

  it("mixes with the permuted symbols", () => {
    expect(Array.from(mixed(p, order, 0.5).data)).toEqual(
      [0.4, 0.1, 0.1, 0.4, 0.25, 0.325, 0.25, 0.175].map((x) => expect.closeTo(x, 12))
    )
    expect(mixed(p, order, 0)).toEqual(p)
    expect(() => mixed(p, [0, 1, 2, 2], 0.5)).toThrow(RangeError)
    expect(() => mixed(p, [0, 1, 2], 0.5)).toThrow(RangeError)
  })

  it("finds the weight that brentq finds", () => {
    // scipy.optimize.brentq on the visit-averaged KL (visits 3 and 1) less 0.02
    const found = mixtureFor(p, order, [3, 1])
    expect(found.weight).toBeCloseTo(0.1206589667212603, 12)
    expect(found.divergence).toBeCloseTo(0.02, 12)
    expect(visitedDivergence(mixed(p, order, 1), p, [3, 1])).toBeCloseTo(0.9452707417136018, 12)
  })

  it("takes all of the permutation where that is a little too small", () => {
    // KL((.45, .55) || (.55, .45)) = .1 ln(.55 / .45) = .0200671; (.456, .544): .088 ln(.544 / .456) = .0155279
    expect(mixtureFor(fromRows([[0.456, 0.544]]), [1, 0], [1])).toEqual({
      weight: 1,
      divergence: expect.closeTo(0.0155279, 6)
    })
    expect(mixtureFor(fromRows([[0.46, 0.54]]), [1, 0], [1]).weight).toBeNaN()
  })

  it("is undefined where nothing changes, nothing was visited, or a symbol is missing", () => {
    expect(mixtureFor(fromRows([[0.25, 0.25, 0.25, 0.25]]), order, [1]).weight).toBeNaN()
    expect(mixtureFor(p, [0, 1, 2, 3], [1, 1]).weight).toBeNaN()
    expect(mixtureFor(p, order, [0, 0]).weight).toBeNaN()
    expect(mixtureFor(fromRows([[1, 0, 0, 0]]), order, [1]).weight).toBeNaN()
  })

  it("hits the target for any protocol that allows it", () => {
    fc.assert(
      fc.property(distribution(6), fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), (row, permutation) => {
        const smooth = matrix(
          1,
          6,
          row.map((x) => 0.9 * x + 0.1 / 6)
        )
        const found = mixtureFor(smooth, permutation, [1])
        const most = visitedDivergence(mixed(smooth, permutation, 1), smooth, [1])
        if (most >= 0.02) expect(found.divergence).toBeCloseTo(0.02, 9)
        else if (most < 0.0149) expect(found.weight).toBeNaN()
      })
    )
  })
})
