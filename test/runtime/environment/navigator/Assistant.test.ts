import { describe, expect, it } from "vitest"
import {
  apart,
  choiceDerivatives,
  choiceFeatures,
  choiceLoss,
  drawItems,
  drawScores,
  drawWeights,
  freshChoiceHead,
  laplace,
  logitProbabilities,
  scoreHead,
  utilitiesOf,
  zScores
} from "../../../../src/runtime/environment/navigator/Assistant.ts"
import type { Choice, ScorePrior } from "../../../../src/runtime/environment/navigator/Assistant.ts"
import { entry, fromRows, matrix } from "../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"

const random = makeRandom(5)
const normals = (n: number, step: number): Float32Array => {
  const out = new Float32Array(n)
  random.normal({ stage: "test", purpose: "normals", step }, out)
  return out
}

describe("the score head", () => {
  const prior: ScorePrior = { amplitude: 0.15, length: 2, mean: 0.1, noise: 0.05 }
  // from item 0 to item 1 the kernel falls to a half, from item 0 to item 2 to a quarter, all on one line
  const half = 2 * Math.sqrt(2 * Math.LN2)
  const coordinates = fromRows([[0], [half], [half * Math.SQRT2]])

  it("before a click is the prior", () => {
    const head = scoreHead(prior, coordinates, [], [])
    expect([...head.mean([0, 1, 2])]).toEqual([0.1, 0.1, 0.1])
    const { covariance, mean } = head.joint([0, 1])
    expect([...mean]).toEqual([0.1, 0.1])
    expect(entry(covariance, 0, 0)).toBeCloseTo(0.0225, 12)
    expect(entry(covariance, 1, 0)).toBeCloseTo(0.01125, 12)
  })

  it("after one click is the prior pulled by the kernel over variance and noise", () => {
    const head = scoreHead(prior, coordinates, [0], [0.6])
    // at the item .0225 / .025 of .5, half of it at item 1, a quarter at item 2
    const mean = head.mean([0, 1, 2])
    expect(mean[0]).toBeCloseTo(0.55, 12)
    expect(mean[1]).toBeCloseTo(0.325, 12)
    expect(mean[2]).toBeCloseTo(0.2125, 12)
    const { covariance, mean: joint } = head.joint([0, 1])
    expect(joint[1]).toBeCloseTo(0.325, 12)
    // .0225 - .01125^2 / .025, and .01125 - .0225 * .01125 / .025
    expect(entry(covariance, 1, 1)).toBeCloseTo(0.0174375, 12)
    expect(entry(covariance, 1, 0)).toBeCloseTo(0.001125, 12)
  })

  it("after two clicks is what the inverse of two by two gives", () => {
    // K = [[.025, .01125], [.01125, .025]], K^-1 = [[.025, -.01125], [-.01125, .025]] / .0004984375; s - .1 = (.5, -.1)
    const weights = [(0.025 * 0.5 + 0.01125 * 0.1) / 0.0004984375, (-0.01125 * 0.5 - 0.025 * 0.1) / 0.0004984375]
    const towards = (from: number) =>
      [0, 1].map((j) => {
        const distance = entry(coordinates, from, 0) - entry(coordinates, j, 0)
        return 0.0225 * Math.exp((-distance * distance) / 8)
      })
    const [k0 = 0, k1 = 0] = towards(2)
    const head = scoreHead(prior, coordinates, [0, 1], [0.6, 0])
    const { covariance, mean } = head.joint([2])
    expect(mean[0]).toBeCloseTo(0.1 + k0 * weights[0]! + k1 * weights[1]!, 12)
    expect(head.mean([2])[0]).toBeCloseTo(mean[0]!, 12)
    expect(covariance.data[0]).toBeCloseTo(
      0.0225 - (0.025 * (k0 * k0 + k1 * k1) - 2 * 0.01125 * k0 * k1) / 0.0004984375,
      12
    )
  })

  it("takes the same item twice", () => {
    // two scores of one item: variance .0225, noise .0025 / 2
    expect(scoreHead(prior, coordinates, [0, 0], [0.5, 0.7]).mean([0])[0]).toBeCloseTo(
      0.1 + (0.0225 / 0.02375) * 0.5,
      12
    )
  })

  it("draws scores with its mean and covariance", () => {
    const head = scoreHead(prior, coordinates, [0], [0.6])
    const n = 4000
    const sums = new Float64Array(3)
    for (let step = 0; step < n; step++) {
      const [a = 0, b = 0] = drawScores(head, [0, 1], normals(2, step))
      sums[0]! += b / n
      sums[1]! += (b - 0.325) ** 2 / n
      sums[2]! += ((a - 0.55) * (b - 0.325)) / n
    }
    // standard errors .0021, .0004 and .0001
    expect(Math.abs(sums[0]! - 0.325)).toBeLessThan(0.01)
    expect(Math.abs(sums[1]! - 0.0174375)).toBeLessThan(0.002)
    expect(Math.abs(sums[2]! - 0.001125)).toBeLessThan(0.0005)
  })
})

describe("the choice head", () => {
  const features = matrix(6, 5, Float64Array.from(normals(30, 1)))
  const choices: ReadonlyArray<Choice> = [
    { items: [0, 1, 2], chosen: 1 },
    { items: [3, 4, 5, 0], chosen: 3 },
    { items: [2, 5], chosen: 0 },
    { items: [1, 2, 3, 4], chosen: 0 }
  ]
  const weights = Float64Array.from(normals(5, 2))
  const moved = (k: number, by: number) => weights.map((weight, j) => (j === k ? weight + by : weight))

  it("gives an item the share of its exponentiated utility", () => {
    const [a, b] = logitProbabilities(fromRows([[0], [Math.log(3)]]), [0, 1], Float64Array.of(1))
    expect(a).toBeCloseTo(0.25, 12)
    expect(b).toBeCloseTo(0.75, 12)
    // one choice of the second: |w|^2 / 2 - ln(3/4)
    expect(choiceLoss(fromRows([[0], [Math.log(3)]]), [{ items: [0, 1], chosen: 1 }], Float64Array.of(1))).toBeCloseTo(
      0.78768207245,
      10
    )
  })

  it("has the gradient and the Hessian that finite differences find", () => {
    const { gradient, hessian } = choiceDerivatives(features, choices, weights)
    for (let k = 0; k < 5; k++) {
      const slope =
        (choiceLoss(features, choices, moved(k, 1e-5)) - choiceLoss(features, choices, moved(k, -1e-5))) / 2e-5
      expect(gradient[k]).toBeCloseTo(slope, 7)
      const up = choiceDerivatives(features, choices, moved(k, 1e-5)).gradient
      const down = choiceDerivatives(features, choices, moved(k, -1e-5)).gradient
      for (let j = 0; j <= k; j++) expect(entry(hessian, k, j)).toBeCloseTo((up[j]! - down[j]!) / 2e-5, 6)
    }
  })

  it("is the prior without choices, and at the minimum of the loss after some steps with them", () => {
    const fresh = freshChoiceHead(5)
    expect([...fresh.weights]).toEqual([0, 0, 0, 0, 0])
    expect([...drawWeights(fresh, Float32Array.of(1, 2, 3, 4, 5))]).toEqual([1, 2, 3, 4, 5])
    const fitted = laplace(features, choices, fresh.weights, 12)
    const { gradient } = choiceDerivatives(features, choices, fitted.weights)
    for (const slope of gradient) expect(Math.abs(slope)).toBeLessThan(1e-9)
  })

  it("never leaves a point with a greater loss, however wild the start", () => {
    const start = weights.map((weight) => 50 * weight)
    const once = laplace(features, choices, start, 1)
    expect(choiceLoss(features, choices, once.weights)).toBeLessThan(choiceLoss(features, choices, start))
  })

  it("draws weights with the inverse of the Hessian as covariance", () => {
    // L = [[2, 0], [1, 1]]: L^-T (1, 1) = (0, 1)
    const head = {
      weights: Float64Array.of(10, 20),
      lower: fromRows([
        [2, 0],
        [1, 1]
      ])
    }
    expect([...drawWeights(head, Float32Array.of(1, 1))]).toEqual([10, 21])
  })

  it("has features whose products come near the kernel", () => {
    const address = { stage: "test", purpose: "head", step: 0 }
    const points = fromRows([
      [0, 0],
      [1.5, 0],
      [0.5, -2]
    ])
    const many = choiceFeatures({
      random,
      address,
      coordinates: points,
      features: 20_000,
      widest: 5,
      amplitude: 2,
      length: 1.5
    })
    const product = (i: number, j: number) => {
      let sum = 0
      for (let k = 0; k < 20_000; k++) sum += entry(many, i, k) * entry(many, j, k)
      return sum
    }
    // 4 exp(-1/2 d^2 / 2.25): 4, 4 exp(-.5) and 4 exp(-4.25 / 4.5); standard error at most .03
    expect(Math.abs(product(0, 0) - 4)).toBeLessThan(0.1)
    expect(Math.abs(product(0, 1) - 2.4261)).toBeLessThan(0.1)
    expect(Math.abs(product(0, 2) - 1.5556)).toBeLessThan(0.1)
    expect([
      ...utilitiesOf(
        fromRows([
          [1, 2],
          [3, 4]
        ]),
        [1, 0],
        Float64Array.of(10, 1)
      )
    ]).toEqual([34, 12])
  })

  it("keeps the frequencies of the first coordinates when more are added", () => {
    const address = { stage: "test", purpose: "head", step: 0 }
    const settings = { random, address, features: 16, widest: 3, amplitude: 2, length: 1 }
    const narrow = choiceFeatures({ ...settings, coordinates: fromRows([[0.3], [1]]) })
    const wide = choiceFeatures({
      ...settings,
      coordinates: fromRows([
        [0.3, 0, 0],
        [1, 0, 0]
      ])
    })
    expect(wide).toEqual(narrow)
  })
})

describe("suggestions", () => {
  it("are the best that lie farther apart than the distance", () => {
    const map = Float64Array.of(0, 0, 0.1, 0, 0.35, 0, 0.3, 0, 2, 2)
    const items = Int32Array.of(0, 1, 2, 3, 4)
    // item 1 is too close to the best, item 3 exactly at the distance, item 4 worst but far
    expect([...apart(items, Float64Array.of(9, 8, 6, 7, 1), map, 0.3, 3)]).toEqual([0, 2, 4])
    expect([...apart(items, Float64Array.of(9, 8, 6, 7, 1), map, 0.3, 1)]).toEqual([0])
    expect([...apart(items, Float64Array.of(9, 8, 6, 7, 1), map, 10, 3)]).toEqual([0])
  })

  it("come from different items, each as likely as another", () => {
    const counts = new Int32Array(10)
    for (let step = 0; step < 3000; step++) {
      const items = drawItems(random, { stage: "test", purpose: "items", step }, 10, 3)
      expect(new Set(items).size).toBe(3)
      items.forEach((item) => counts[item]!++)
    }
    // 900 each, standard deviation 25
    for (const count of counts) expect(Math.abs(count - 900)).toBeLessThan(125)
    expect([...drawItems(random, { stage: "test", purpose: "items", step: 0 }, 4, 9)].sort()).toEqual([0, 1, 2, 3])
  })

  it("are compared in units of their spread", () => {
    // mean 4, standard deviation 2
    expect([...zScores(Float64Array.of(2, 6))]).toEqual([-1, 1])
    expect([...zScores(Float64Array.of(3, 3))]).toEqual([0, 0])
  })
})
