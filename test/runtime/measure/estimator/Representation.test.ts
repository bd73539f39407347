import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { heldOutCanonicalCorrelation } from "../../../../src/runtime/measure/estimator/CanonicalCorrelation.ts"
import { diversity } from "../../../../src/runtime/measure/estimator/Diversity.ts"
import { splitByEpisode } from "../../../../src/runtime/measure/estimator/EpisodeSplit.ts"
import { gaussianWasserstein } from "../../../../src/runtime/measure/estimator/GaussianWasserstein.ts"
import { medianGaussianKernel, normalisedHsic, unbiasedHsic } from "../../../../src/runtime/measure/estimator/Hsic.ts"
import { applyMap, leastSquaresMap } from "../../../../src/runtime/measure/estimator/LeastSquaresMap.ts"
import {
  entry,
  fromRows,
  multiply,
  takeRows,
  transpose
} from "../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import { linearCka, representationAlignment } from "../../../../src/runtime/measure/estimator/LinearCka.ts"
import { representationCompatibility } from "../../../../src/runtime/measure/estimator/RepresentationCompatibility.ts"
import { affine, beside, column, constant, episodes, gaussian, plus, quadratic, rotation } from "./Data.ts"

const from = (a: Matrix, first: number, count: number) =>
  takeRows(
    a,
    Array.from({ length: count }, (_, i) => first + i)
  )

describe("gaussianWasserstein", () => {
  it("is worked out by hand in one dimension", () => {
    // means 0 and 3, variances 2 and 8: 9 + 2 + 8 - 2 sqrt(16) = 11, of at most 19
    const found = gaussianWasserstein(fromRows([[-1], [1]]), fromRows([[1], [5]]))
    expect(found.squared).toBeCloseTo(11, 12)
    expect(found.normalised).toBeCloseTo(11 / 19, 12)
  })

  it("agrees with scipy.linalg.sqrtm of the product of covariances", () => {
    // X = Q(40, 3, 1); Y = 1.5 Q(50, 3, 2) + 0.3; np.cov; trace(sqrtm(S1 @ S2))
    const found = gaussianWasserstein(quadratic(40, 3, 1), affine(quadratic(50, 3, 2), 1.5, 0.3))
    expect(found.squared).toBeCloseTo(0.2646896346667975, 10)
    expect(found.normalised).toBeCloseTo(0.2552992479653784, 10)
  })

  it("is 0 for equal samples, the squared shift for shifted ones", () => {
    const x = gaussian(200, 8, 1)
    expect(gaussianWasserstein(x, x).squared).toBeCloseTo(0, 10)
    expect(gaussianWasserstein(x, affine(x, 1, 0.5)).squared).toBeCloseTo(8 * 0.25, 9)
  })

  it("is symmetric, in [0, 1], and the same after a common rotation", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.double({ min: 0.1, max: 4, noNaN: true }), (seed, scale) => {
        const x = gaussian(20, 4, seed)
        const y = affine(gaussian(25, 4, seed + 1000), scale, scale)
        const { normalised } = gaussianWasserstein(x, y)
        expect(normalised).toBeGreaterThanOrEqual(0)
        expect(normalised).toBeLessThanOrEqual(1)
        expect(gaussianWasserstein(y, x).normalised).toBeCloseTo(normalised, 9)
        expect(gaussianWasserstein(multiply(x, rotation(4)), multiply(y, rotation(4))).normalised).toBeCloseTo(
          normalised,
          9
        )
      }),
      { numRuns: 30 }
    )
  })

  it("works with constants, and is undefined where there is nothing to normalise by", () => {
    const x = fromRows([
      [-1, 0],
      [1, 0]
    ])
    // a point against a Gaussian: everything has to move
    expect(gaussianWasserstein(x, constant(5, [3, 4]))).toEqual({ squared: 27, normalised: 1 })
    expect(gaussianWasserstein(constant(3, [1, 2]), constant(3, [1, 2])).normalised).toBeNaN()
  })

  it("is undefined below two rows and for NaN", () => {
    expect(gaussianWasserstein(fromRows([[1]]), fromRows([[1], [2]])).squared).toBeNaN()
    expect(gaussianWasserstein(fromRows([[1], [Number.NaN]]), fromRows([[1], [2]])).squared).toBeNaN()
    expect(() => gaussianWasserstein(fromRows([[1]]), fromRows([[1, 2]]))).toThrow(RangeError)
  })
})

// X = Q(n, 4, 2); Y = [X0 + .5 Q(n,1,9), X1 - X2 + 2 Q(n,1,11), Q(n,1,13)]
const related = (n: number) => {
  const x = quadratic(n, 4, 2)
  const difference = plus(column(x, 1), affine(column(x, 2), -1, 0))
  const y = beside(
    plus(column(x, 0), affine(quadratic(n, 1, 9), 0.5, 0)),
    plus(difference, affine(quadratic(n, 1, 11), 2, 0)),
    quadratic(n, 1, 13)
  )
  return { x, y }
}

const halved = ({ x, y }: { readonly x: Matrix; readonly y: Matrix }, steps: number) => {
  const { fit, heldOut } = splitByEpisode(episodes(x.rows, steps))
  return [
    { x: takeRows(x, fit), y: takeRows(y, fit) },
    { x: takeRows(x, heldOut), y: takeRows(y, heldOut) }
  ] as const
}

describe("heldOutCanonicalCorrelation", () => {
  it("agrees with the generalised eigenproblem of scipy", () => {
    // scipy.linalg.eigh(Sxy Sy^-1 Syx, Sx) on the even episodes of 10, np.corrcoef on the odd ones: 0.889, 0.505, 0.112
    const [fit, heldOut] = halved(related(400), 10)
    expect(heldOutCanonicalCorrelation(fit, heldOut)).toBeCloseTo(0.5021865125481987, 8)
    expect(heldOutCanonicalCorrelation(fit, heldOut, 2)).toBeCloseTo(0.697243455537868, 8)
  })

  it("is 1 for a rotation and near 0 for unrelated latents", () => {
    const x = gaussian(2000, 16, 3)
    const turned = multiply(x, rotation(16))
    const [fit, heldOut] = halved({ x, y: turned }, 10)
    expect(heldOutCanonicalCorrelation(fit, heldOut)).toBeCloseTo(1, 3)
    const [fitNoise, heldOutNoise] = halved({ x, y: gaussian(2000, 16, 4) }, 10)
    expect(heldOutCanonicalCorrelation(fitNoise, heldOutNoise)).toBeLessThan(0.05)
  })

  it("does not depend on rotations, shifts and common scales of a side", () => {
    const { x, y } = related(400)
    const [fit, heldOut] = halved(
      { x: affine(multiply(x, rotation(4)), 30, 5), y: affine(multiply(y, rotation(3)), 0.1, -2) },
      10
    )
    expect(heldOutCanonicalCorrelation(fit, heldOut)).toBeCloseTo(0.5021865125481987, 8)
  })

  it("is 0 where a side does not vary and undefined where a half is missing", () => {
    const x = gaussian(40, 3, 1)
    const [fit, heldOut] = halved({ x, y: constant(40, [0.1, 0.2]) }, 10)
    expect(heldOutCanonicalCorrelation(fit, heldOut)).toBe(0)
    const one = { x: from(x, 0, 1), y: from(x, 0, 1) }
    expect(heldOutCanonicalCorrelation({ x, y: x }, one)).toBeNaN()
    expect(heldOutCanonicalCorrelation(one, { x, y: x })).toBeNaN()
    const spoilt = { ...x, data: x.data.with(0, Number.NaN) }
    expect(heldOutCanonicalCorrelation({ x, y: x }, { x, y: spoilt })).toBeNaN()
  })
})

describe("leastSquaresMap", () => {
  it("agrees with numpy.linalg.lstsq", () => {
    const { x, y } = related(400)
    const map = leastSquaresMap(x, y)
    if (map === undefined) throw new Error("no map")
    const mapped = applyMap(map, x)
    // np.linalg.lstsq(np.c_[X, ones], Y): rows 7 and 123 of the fit
    const reference = [
      [7, 0.2054952153678414, -0.4771549432439681, -0.0049419280226173],
      [123, 0.2372765825266311, -0.2098697521248033, -0.0447773209927074]
    ]
    for (const [i = 0, ...values] of reference)
      values.forEach((value, j) => expect(entry(mapped, i, j)).toBeCloseTo(value, 7))
  })

  it("maps a constant to the mean, and needs two rows", () => {
    const map = leastSquaresMap(constant(4, [0.1]), fromRows([[1], [2], [3], [6]]))
    if (map === undefined) throw new Error("no map")
    expect(applyMap(map, fromRows([[0.1], [50]]))).toEqual(fromRows([[3], [3]]))
    expect(leastSquaresMap(fromRows([[1]]), fromRows([[1]]))).toBeUndefined()
  })
})

describe("representationCompatibility", () => {
  const n = 1200
  const { x, y } = related(n)
  const ai = beside(y, column(x, 3))
  const episode = episodes(n, 12)

  it("agrees with scipy for a trained and a fitted mapper", () => {
    // as above, moments and correlations of the odd episodes of 12; the map by lstsq on the even ones
    const trained = representationCompatibility({ human: x, ai, episode, mapper: "trained" })
    expect(trained.correlation).toBeCloseTo(0.6010787481037893, 8)
    expect(trained.distance).toBeCloseTo(0.15239304126076794, 8)
    expect(trained.compatibility).toBeCloseTo(0.7243428534215106, 8)
    const fitted = representationCompatibility({ human: x, ai, episode, mapper: "fitted" })
    expect(fitted.correlation).toBeCloseTo(0.6010469543527227, 7)
    expect(fitted.distance).toBeCloseTo(0.12909669364459805, 7)
    expect(fitted.compatibility).toBeCloseTo(0.7359751303540623, 7)
  })

  it("is 1 for equal latents and a half for unrelated ones of one distribution", () => {
    const z = gaussian(2000, 8, 5)
    const same = representationCompatibility({ human: z, ai: z, episode: episodes(2000, 10), mapper: "trained" })
    expect(same.compatibility).toBeCloseTo(1, 5)
    const other = gaussian(2000, 8, 6)
    const unrelated = representationCompatibility({
      human: z,
      ai: other,
      episode: episodes(2000, 10),
      mapper: "trained"
    })
    expect(unrelated.compatibility).toBeGreaterThan(0.48)
    expect(unrelated.compatibility).toBeLessThan(0.55)
  })

  it("lets a fitted map undo a rotation of other width", () => {
    const z = gaussian(1000, 6, 5)
    const human = beside(affine(multiply(z, rotation(6)), 9, 1), constant(1000, [4]))
    const found = representationCompatibility({ human, ai: z, episode: episodes(1000, 10), mapper: "fitted" })
    expect(found.compatibility).toBeCloseTo(1, 5)
  })

  it("counts a constant side as uncorrelated and keeps the distance", () => {
    const z = gaussian(1000, 3, 5)
    const found = representationCompatibility({
      human: constant(1000, [0.1, 0, 0]),
      ai: z,
      episode: episodes(1000, 10),
      mapper: "trained"
    })
    expect(found.correlation).toBe(0)
    expect(found.distance).toBeCloseTo(1, 12)
    expect(found.compatibility).toBeCloseTo(0, 12)
    const mapped = representationCompatibility({
      human: constant(1000, [0.1]),
      ai: z,
      episode: episodes(1000, 10),
      mapper: "fitted"
    })
    expect(mapped.correlation).toBe(0)
    expect(mapped.distance).toBeCloseTo(1, 2)
  })

  it("is undefined below 1000 rows, for one episode, for two equal constants and for NaN", () => {
    const few = { human: from(x, 0, 999), ai: from(ai, 0, 999), episode: episodes(999, 9), mapper: "trained" as const }
    expect(representationCompatibility(few).compatibility).toBeNaN()
    expect(
      representationCompatibility({ human: x, ai, episode: new Int32Array(n), mapper: "trained" }).compatibility
    ).toBeNaN()
    const still = constant(1000, [1, 2])
    expect(
      representationCompatibility({ human: still, ai: still, episode: episodes(1000, 10), mapper: "trained" })
        .compatibility
    ).toBeNaN()
    const spoilt = { ...x, data: x.data.with(5, Number.NaN) }
    expect(representationCompatibility({ human: spoilt, ai, episode, mapper: "fitted" }).compatibility).toBeNaN()
  })
})

const gram = (a: Matrix) => multiply(a, transpose(a))

describe("unbiasedHsic", () => {
  it("is the mean over different rows", () => {
    // the definition with sums over all pairs, triples and quadruples of different rows
    const k = gram(quadratic(6, 2, 1))
    const l = gram(quadratic(6, 3, 2))
    let pairs = 0
    let triples = 0
    let quadruples = 0
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 6; j++) {
        if (j === i) continue
        pairs += entry(k, i, j) * entry(l, i, j)
        for (let q = 0; q < 6; q++) {
          if (q === i || q === j) continue
          triples += entry(k, i, j) * entry(l, i, q)
          for (let r = 0; r < 6; r++) if (r !== i && r !== j && r !== q) quadruples += entry(k, i, j) * entry(l, q, r)
        }
      }
    }
    const expected = pairs / (6 * 5) + quadruples / (6 * 5 * 4 * 3) - (2 * triples) / (6 * 5 * 4)
    expect(unbiasedHsic(k, l)).toBeCloseTo(expected, 13)
  })

  it("ignores the diagonals and needs four rows", () => {
    const k = gram(quadratic(6, 2, 1))
    const l = gram(quadratic(6, 3, 2))
    const other = { ...k, data: k.data.map((value, i) => (i % 7 === 0 ? 99 : value)) }
    expect(unbiasedHsic(other, l)).toBeCloseTo(unbiasedHsic(k, l), 10)
    expect(unbiasedHsic(gram(quadratic(3, 2, 1)), gram(quadratic(3, 2, 2)))).toBeNaN()
    expect(() => unbiasedHsic(k, gram(quadratic(5, 2, 1)))).toThrow(RangeError)
  })

  it("is not normalised by a constant side", () => {
    expect(normalisedHsic(gram(quadratic(6, 2, 1)), constant(6, [1, 1, 1, 1, 1, 1]))).toBeNaN()
  })
})

describe("medianGaussianKernel", () => {
  it("takes the median distance of pairs", () => {
    // distances 1, 3, 2: median 2
    const k = medianGaussianKernel(fromRows([[0], [1], [3]]))
    expect(
      k === undefined ? [] : [entry(k, 0, 1), entry(k, 0, 2), entry(k, 2, 1), entry(k, 1, 1)].map(Math.log)
    ).toEqual([expect.closeTo(-1 / 8, 12), expect.closeTo(-9 / 8, 12), expect.closeTo(-4 / 8, 12), 0])
    // an even number of distances (0, 1, 3, 1, 3, 2): the mean of the middle two, 1.5
    const even = medianGaussianKernel(fromRows([[0], [0], [1], [3]]))
    expect(even === undefined ? Number.NaN : Math.log(entry(even, 0, 2))).toBeCloseTo(-1 / (2 * 1.5 ** 2), 12)
  })

  it("is not to be had where most rows are equal", () => {
    expect(medianGaussianKernel(constant(5, [1]))).toBeUndefined()
    expect(medianGaussianKernel(fromRows([[1]]))).toBeUndefined()
  })
})

describe("diversity", () => {
  const episode = episodes(512, 4)

  it("agrees with numpy", () => {
    // X = Q(512, 3, 1); Y = [X0^2 + .1 Q(512,1,5), Q(512,1,7)]; z-scores, pdist, np.median, HSIC with matrix products
    const human = quadratic(512, 3, 1)
    const ai = beside(
      plus(
        column(human, 0, (value) => value * value),
        affine(quadratic(512, 1, 5), 0.1, 0)
      ),
      quadratic(512, 1, 7)
    )
    expect(diversity({ human, ai, episode })).toBeCloseTo(0.9268557222552346, 9)
  })

  it("is 0 for equal latents, whatever their units, and near 1 for unrelated ones", () => {
    const z = gaussian(512, 5, 1)
    expect(diversity({ human: z, ai: affine(z, -20, 3), episode })).toBeCloseTo(0, 9)
    expect(diversity({ human: z, ai: gaussian(512, 5, 2), episode })).toBeGreaterThan(0.97)
  })

  it("uses four rows of each episode", () => {
    // 127 long episodes give 508 rows, 128 give 512
    const z = gaussian(1280, 2, 1)
    expect(diversity({ human: from(z, 0, 1270), ai: from(z, 0, 1270), episode: episodes(1270, 10) })).toBeNaN()
    expect(diversity({ human: z, ai: z, episode: episodes(1280, 10) })).toBeCloseTo(0, 9)
  })

  it("is undefined for a constant side, rows mostly equal, NaN, or too few", () => {
    const z = gaussian(512, 2, 1)
    expect(diversity({ human: z, ai: constant(512, [0.1]), episode })).toBeNaN()
    const rare = { ...column(z, 0), data: Float64Array.from({ length: 512 }, (_, i) => (i === 0 ? 1 : 0)) }
    expect(diversity({ human: z, ai: rare, episode })).toBeNaN()
    expect(diversity({ human: z, ai: { ...z, data: z.data.with(3, Number.NaN) }, episode })).toBeNaN()
    expect(diversity({ human: z, ai: z, episode: new Int32Array(512) })).toBeNaN()
  })
})

describe("linearCka", () => {
  const x = quadratic(50, 4, 1)
  const y = beside(plus(column(x, 0), affine(quadratic(50, 1, 5), 0.3, 0)), quadratic(50, 1, 7), column(x, 2))

  it("agrees with HSIC of the kernels themselves", () => {
    // X = Q(50, 4, 1); Y = [X0 + .3 Q(50,1,5), Q(50,1,7), X2]; numpy with the 50 x 50 kernels
    expect(linearCka(x, y)).toBeCloseTo(0.5651566043078444, 12)
    expect(normalisedHsic(gram(x), gram(y))).toBeCloseTo(0.5651566043078444, 12)
  })

  it("does not change under rotation, shift and scale", () => {
    expect(linearCka(affine(multiply(x, rotation(4)), -7, 100), affine(y, 0.01, 3))).toBeCloseTo(0.5651566043078444, 9)
  })

  it("is 1 for equal latents and near 0 for unrelated ones of few rows and many columns", () => {
    expect(linearCka(x, x)).toBeCloseTo(1, 12)
    // the biased estimate would be about 0.5 here
    expect(Math.abs(linearCka(gaussian(100, 64, 1), gaussian(100, 64, 2)))).toBeLessThan(0.05)
  })

  it("is undefined for a constant side, below four rows and for NaN", () => {
    expect(linearCka(x, constant(50, [0.1]))).toBeNaN()
    expect(linearCka(from(x, 0, 3), from(y, 0, 3))).toBeNaN()
    expect(linearCka(x, { ...y, data: y.data.with(1, Number.NaN) })).toBeNaN()
    expect(() => linearCka(x, from(y, 0, 49))).toThrow(RangeError)
  })
})

describe("representationAlignment", () => {
  const { x, y } = related(1200)
  const latents = { human: x, ai: beside(y, column(x, 3)), episode: episodes(1200, 12) }

  it("agrees with numpy on the held-out half, with and without a mapper", () => {
    // HSIC of X X^T and Y Y^T of the odd episodes of 12; T by np.linalg.lstsq on the even ones
    expect(representationAlignment({ ...latents, mapper: "trained" })).toBeCloseTo(0.32634712132443483, 10)
    expect(representationAlignment({ ...latents, mapper: "fitted" })).toBeCloseTo(0.3672005958087706, 7)
  })

  it("is in [0, 1] and undefined for one episode or a constant side", () => {
    const unrelated = {
      human: gaussian(40, 8, 1),
      ai: gaussian(40, 8, 5),
      episode: episodes(40, 4),
      mapper: "trained" as const
    }
    const value = representationAlignment(unrelated)
    expect(value).toBeGreaterThanOrEqual(0)
    expect(value).toBeLessThan(0.3)
    expect(representationAlignment({ ...unrelated, episode: new Int32Array(40) })).toBeNaN()
    expect(representationAlignment({ ...unrelated, human: constant(40, [1, 0, 0, 0, 0, 0, 0, 0]) })).toBeNaN()
  })
})
