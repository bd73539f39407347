import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { entropy } from "../../../../src/runtime/measure/estimator/Entropy.ts"
import { splitByEpisode, spreadOverEpisodes } from "../../../../src/runtime/measure/estimator/EpisodeSplit.ts"
import { knowledgeTransfer, transferredShare } from "../../../../src/runtime/measure/estimator/KnowledgeTransfer.ts"
import { fromRows, matrix, takeRows } from "../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import { fitProbe, heldOutProbe, predictProbe } from "../../../../src/runtime/measure/estimator/LogisticProbe.ts"
import { informationOf } from "../../../../src/runtime/measure/estimator/MutualInformation.ts"
import { mutualPredictability } from "../../../../src/runtime/measure/estimator/MutualPredictability.ts"
import { countPairs, countSymbols } from "../../../../src/runtime/measure/estimator/Symbols.ts"
import { affine, beside, constant, draws, episodes, gaussian, plus, quadratic } from "./Data.ts"

const oneHot = (symbols: ArrayLike<number>, count: number) =>
  fromRows(Array.from(symbols, (symbol) => Array.from({ length: count }, (_, c) => (c === symbol ? 1 : 0))))

describe("splitByEpisode", () => {
  it("alternates episodes by number, whatever the order of the rows", () => {
    const { fit, heldOut } = splitByEpisode([7, 2, 2, 9, 7, 4])
    // 2, 4, 7, 9: 2 and 7 are fitted
    expect(fit).toEqual(Int32Array.of(0, 1, 2, 4))
    expect(heldOut).toEqual(Int32Array.of(3, 5))
  })

  it("holds nothing out of one episode, and splits nothing", () => {
    expect(splitByEpisode([3, 3, 3]).heldOut.length).toBe(0)
    expect(splitByEpisode([]).fit.length).toBe(0)
  })

  it("never has an episode in both halves", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (episode) => {
        const { fit, heldOut } = splitByEpisode(episode)
        const fitted = new Set(Array.from(fit, (i) => episode[i]))
        expect(Array.from(heldOut, (i) => episode[i]).some((number) => fitted.has(number))).toBe(false)
        expect(fit.length + heldOut.length).toBe(episode.length)
      })
    )
  })
})

describe("spreadOverEpisodes", () => {
  it("takes the middles of equal stretches", () => {
    // eight rows in two stretches of four: rows 2 and 6
    expect(spreadOverEpisodes([5, 5, 5, 5, 5, 5, 5, 5, 6], 2)).toEqual(Int32Array.of(2, 6, 8))
  })
})

// x = Q(60, 3, 1); i = arange(60); y = ((i*i + 3*i) // 2) % 4; y = where(x[:, 0] > 0.2, 2, y)
const x = quadratic(60, 3, 1)
const y = Int32Array.from({ length: 60 }, (_, i) => ((x.data[3 * i] ?? 0) > 0.2 ? 2 : ((i * i + 3 * i) / 2) % 4))

describe("fitProbe", () => {
  it("agrees with Newton's method", () => {
    // z-scored columns and ones, mean NLL + 1e-3 / 2 sum W^2, 50 full Newton steps with numpy: gradient 1.6e-17
    const reference = [
      [-0.6234959771403121, -0.0625189265578043, 0.0403154949015609, -0.3713695529780479],
      [-0.2001260427857389, -0.3123726503205305, -0.5352504789770763, -0.3611893732921909],
      [0.9428740632360814, 0.0265992506863567, 0.5316615519122849, 0.9623190132037693],
      [-0.1192520433100402, 0.3482923261919746, -0.0367265678367495, -0.2297600869335207]
    ].flat()
    const probe = fitProbe(x, y, 4)
    reference.forEach((weight, i) => expect(probe?.weights.data[i]).toBeCloseTo(weight, 4))
  })

  it("does not depend on the units of a latent", () => {
    const plain = fitProbe(x, y, 4)
    const scaled = fitProbe(affine(x, 1000, -7), y, 4)
    plain?.weights.data.forEach((weight, i) => expect(scaled?.weights.data[i]).toBeCloseTo(weight, 4))
  })

  it("gives a class that it has not seen a small probability, not none", () => {
    const probe = fitProbe(constant(20, [1]), new Int32Array(20), 3)
    if (probe === undefined) throw new Error("no probe")
    const [p0 = 0, p1 = 0, p2 = 0] = predictProbe(probe, constant(1, [1])).data
    expect(p0).toBeGreaterThan(0.99)
    expect(p1).toBeCloseTo(p2, 9)
    expect(p1).toBeGreaterThan(1e-4)
    expect(p0 + p1 + p2).toBeCloseTo(1, 12)
  })

  it("is not to be had without rows or from NaN", () => {
    expect(fitProbe(matrix(0, 3, []), [], 4)).toBeUndefined()
    expect(fitProbe(fromRows([[1], [Number.NaN]]), [0, 1], 2)).toBeUndefined()
  })

  it("refuses labels that are no class", () => {
    expect(() => fitProbe(constant(2, [1]), [0, 2], 2)).toThrow(RangeError)
    expect(() => fitProbe(constant(2, [1]), [0], 2)).toThrow(RangeError)
  })
})

describe("heldOutProbe", () => {
  it("scores the other half", () => {
    // episodes of 5 rows; Newton's method on the even ones, scored on the odd ones
    const held = heldOutProbe({ features: x, labels: y, classes: 4, episode: episodes(60, 5) })
    expect(held.negativeLogLikelihood).toBeCloseTo(1.3692156681381964, 5)
    expect(held.accuracy).toBeCloseTo(14 / 30, 12)
    // 6, 4, 15 and 5 labels of 30
    expect(held.labelEntropy).toBeCloseTo(1.2357414870437704, 12)
    expect([held.fitRows, held.heldOutRows]).toEqual([30, 30])
  })

  it("is undefined for one episode, for none and for a NaN", () => {
    for (const episode of [new Int32Array(60), episodes(60, 60)]) {
      const held = heldOutProbe({ features: x, labels: y, classes: 4, episode })
      expect(held.negativeLogLikelihood).toBeNaN()
      expect(held.accuracy).toBeNaN()
      expect(held.labelEntropy).toBeNaN()
    }
    expect(heldOutProbe({ features: matrix(0, 2, []), labels: [], classes: 2, episode: [] }).accuracy).toBeNaN()
    const spoilt = { ...x, data: x.data.with(100, Number.NaN) }
    expect(heldOutProbe({ features: spoilt, labels: y, classes: 4, episode: episodes(60, 5) }).accuracy).toBeNaN()
  })
})

describe("mutualPredictability", () => {
  const n = 1200
  const episode = episodes(n, 12)
  const noise = gaussian(n, 3, 4)

  it("is near 1 where latents tell and near 0 where they do not", () => {
    const actions = draws(n, 4, 5)
    const tokens = draws(n, 13, 6)
    const found = mutualPredictability({
      ai: { features: beside(oneHot(actions, 4), noise), labels: actions, classes: 4, episode },
      human: { features: noise, labels: tokens, classes: 13, episode }
    })
    expect(found.ai.predictability).toBeGreaterThan(0.95)
    expect(found.ai.uncertainty).toBeGreaterThan(0.95)
    expect(found.human.predictability).toBeLessThan(0.05)
    expect(found.human.uncertainty).toBeLessThan(0.02)
    expect(found.predictability.value).toBe((found.ai.predictability + found.human.predictability) / 2)
    expect(found.predictability.defined).toBe(2)
    expect(found.ai.predictability).toBeCloseTo(1 - found.ai.negativeLogLikelihood / Math.log(4), 12)
  })

  it("is 1 for a constant sender, whom Theil's U does not credit", () => {
    const actions = draws(n, 4, 5)
    const found = mutualPredictability({
      ai: { features: noise, labels: actions, classes: 4, episode },
      human: { features: noise, labels: new Int32Array(n).fill(12), classes: 13, episode }
    })
    expect(found.human.predictability).toBeGreaterThan(0.99)
    expect(found.human.uncertainty).toBeNaN()
    expect(found.uncertainty).toEqual({ value: found.ai.uncertainty, defined: 1, parts: 2 })
  })

  it("is undefined for one episode", () => {
    const side = { features: noise, labels: new Int32Array(n), classes: 4, episode: new Int32Array(n) }
    const found = mutualPredictability({ ai: side, human: side })
    expect(found.predictability).toEqual({ value: Number.NaN, defined: 0, parts: 2 })
    expect(found.uncertainty.value).toBeNaN()
  })
})

describe("knowledgeTransfer", () => {
  it("is a share of the advantage", () => {
    expect(transferredShare({ heard: 0.7, deaf: 0.4, full: 0.9 })).toBeCloseTo(0.6, 12)
    expect(transferredShare({ heard: 0.95, deaf: 0.4, full: 0.9 })).toBe(1)
    expect(transferredShare({ heard: 0.3, deaf: 0.4, full: 0.9 })).toBe(0)
    expect(transferredShare({ heard: 0.5, deaf: 0.86, full: 0.9 })).toBeNaN()
    expect(transferredShare({ heard: Number.NaN, deaf: 0.4, full: 0.9 })).toBeNaN()
  })

  it("finds what messages bring and nothing where they bring nothing", () => {
    const n = 800
    const best = draws(n, 4, 7)
    const full = oneHot(best, 4)
    const deaf = gaussian(n, 4, 8)
    const episode = episodes(n, 8)
    const clear = knowledgeTransfer({ heard: plus(full, affine(deaf, 0.05, 0)), deaf, full, best, episode })
    expect(clear.full).toBe(1)
    expect(clear.deaf).toBeLessThan(0.4)
    expect(clear.share).toBeGreaterThan(0.98)
    expect(knowledgeTransfer({ heard: deaf, deaf, full, best, episode }).share).toBe(0)
    expect(knowledgeTransfer({ heard: full, deaf: full, full, best, episode }).share).toBeNaN()
    expect(knowledgeTransfer({ heard: full, deaf, full, best, episode: new Int32Array(n) }).share).toBeNaN()
  })
})

describe("entropy", () => {
  it("is that of the frequencies, corrected by (m - 1) / 2N", () => {
    // p = 1/2, 1/4, 1/4: 1.5 ln 2; three of four symbols seen in four observations
    const { corrected, plugIn } = entropy([2, 1, 0, 1])
    expect(plugIn).toBeCloseTo(1.5 * Math.LN2, 14)
    expect(corrected).toBeCloseTo(1.5 * Math.LN2 + 2 / 8, 14)
  })

  it("is 0 for one symbol and undefined for none", () => {
    expect(entropy(countSymbols([3, 3, 3], 13))).toEqual({ plugIn: 0, corrected: 0 })
    expect(entropy(countSymbols([], 13))).toEqual({ plugIn: Number.NaN, corrected: Number.NaN })
    expect(() => countSymbols([13], 13)).toThrow(RangeError)
  })
})

describe("mutual information", () => {
  const of = (x: ArrayLike<number>, y: ArrayLike<number>, xs: number, ys: number) =>
    informationOf(countPairs(x, y, xs, ys), ys)
  const xs = [0, 0, 1, 1, 2, 2, 3, 3, 0, 1, 2, 3]
  const ys = [0, 0, 1, 1, 2, 2, 3, 4, 1, 1, 4, 3]

  it("agrees with numpy", () => {
    // entropies of np.unique counts, plug-in and with (m - 1) / 2N added
    const found = of(xs, ys, 4, 5)
    expect(found.plugIn).toBeCloseTo(1.0833247828202968, 13)
    expect(found.corrected).toBeCloseTo(1.1249914494869633, 13)
    expect(found.entropyX).toBeCloseTo(1.5112943611198906, 13)
    expect(found.entropyY).toBeCloseTo(1.727377075708073, 13)
  })

  it("is symmetric, between 0 and either entropy", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(4)), { minLength: 1 }), (pairs) => {
        const a = pairs.map(([u]) => u)
        const b = pairs.map(([, v]) => v)
        const found = of(a, b, 4, 5)
        expect(found.plugIn).toBeCloseTo(of(b, a, 5, 4).plugIn, 12)
        expect(found.plugIn).toBeGreaterThanOrEqual(0)
        expect(found.plugIn).toBeLessThanOrEqual(
          entropy([0, 1, 2, 3].map((k) => a.filter((u) => u === k).length)).plugIn + 1e-12
        )
      })
    )
  })

  it("loses its bias under independence", () => {
    const found = of(draws(2000, 4, 10), draws(2000, 5, 11), 4, 5)
    // expected excess of the plug-in: (4 - 1)(5 - 1) / (2 x 2000) = 0.003
    expect(found.plugIn).toBeGreaterThan(0.0005)
    expect(Math.abs(found.corrected)).toBeLessThan(0.003)
  })

  it("is undefined without observations", () => {
    expect(of([], [], 4, 5).corrected).toBeNaN()
    expect(() => of([1], [], 4, 5)).toThrow(RangeError)
  })

  it("does not depend on the order of rows", () => {
    const order = Array.from({ length: xs.length }, (_, i) => (5 * i) % xs.length)
    const at = (values: ReadonlyArray<number>) => order.map((i) => values[i] ?? -1)
    expect(of(at(xs), at(ys), 4, 5).corrected).toBeCloseTo(1.1249914494869633, 13)
    expect(takeRows(fromRows([[1], [2]]), [1, 0])).toEqual(fromRows([[2], [1]]))
  })
})
