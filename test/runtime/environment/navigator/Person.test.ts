import { describe, expect, it } from "vitest"
import {
  attentionGradient,
  choiceProbabilities,
  drawDirichlet,
  drawIndex,
  exemplarValue,
  featuresOf,
  kullbackLeibler,
  makePerson,
  percept,
  personDefaults,
  steppedAttention,
  withinBudget
} from "../../../../src/runtime/environment/navigator/Person.ts"
import type { Memory } from "../../../../src/runtime/environment/navigator/Person.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"
import { syntheticCatalogue } from "./SyntheticCatalogue.ts"

const random = makeRandom(11)
const catalogue = syntheticCatalogue(300)
const features = featuresOf(catalogue)
const even = new Float64Array(5).fill(0.2)

const noiseOf = (step: number): Float32Array => {
  const out = new Float32Array(8)
  random.normal({ stage: "test", purpose: "noise", step }, out)
  return out
}

describe("features", () => {
  it("are centred, and every factor has mean square 1", () => {
    const groups = [[0, 1, 2], [3], [4, 5], [6], [7]]
    for (const group of groups) {
      let squares = 0
      for (const k of group) {
        let sum = 0
        for (let i = 0; i < 300; i++) {
          sum += features.data[i * 8 + k]!
          squares += features.data[i * 8 + k]! ** 2
        }
        expect(sum).toBeCloseTo(0, 9)
      }
      expect(squares / 300).toBeCloseTo(1, 12)
    }
  })

  it("of two items that differ in x only are 1 apart from the middle there and 0 elsewhere", () => {
    const two = featuresOf({
      ...catalogue,
      count: 2,
      normalised: Float64Array.of(1, 0.4, 0.25, 0.2, 0.7, 1, 0.4, 0.25, 0.6, 0.7)
    })
    expect([...two.data].map((value) => Math.round(value * 1e9) / 1e9 + 0)).toEqual([
      0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 1, 0
    ])
  })
})

describe("a draw from the Dirichlet", () => {
  it("of concentration 4 has mean 1/5 and variance 4 * 16 / (400 * 21)", () => {
    const n = 20_000
    const sums = new Float64Array(5)
    const squares = new Float64Array(5)
    for (let step = 0; step < n; step++) {
      const drawn = drawDirichlet(random, { stage: "test", purpose: "dirichlet", step }, 5, 4)
      expect(drawn.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12)
      drawn.forEach((each, j) => {
        sums[j]! += each / n
        squares[j]! += each ** 2 / n
      })
    }
    // standard error of the mean: sqrt(.00762 / 20000) = .0006; of the variance about .0001
    for (let j = 0; j < 5; j++) {
      expect(Math.abs(sums[j]! - 0.2)).toBeLessThan(0.003)
      expect(Math.abs(squares[j]! - sums[j]! ** 2 - 0.0076190476)).toBeLessThan(0.0005)
    }
  })

  it("refuses a concentration that is not a whole number", () => {
    expect(() => drawDirichlet(random, { stage: "test", purpose: "dirichlet", step: 0 }, 5, 1.5)).toThrow(RangeError)
  })
})

describe("percepts", () => {
  it("are the features under even attention, and stretched by the root of five times the attention otherwise", () => {
    const silent = new Float32Array(8)
    expect([...percept(even, features, 3, silent, 0.3)]).toEqual([...features.data.subarray(24, 32)])
    const z = percept(Float64Array.of(0.05, 0.8, 0.05, 0.05, 0.05), features, 3, silent, 0.3)
    expect(z[0]).toBeCloseTo(0.5 * features.data[24]!, 12)
    expect(z[3]).toBeCloseTo(2 * features.data[27]!, 12)
  })

  it("carry .3 of the noise of the look", () => {
    const noise = noiseOf(1)
    const z = percept(even, features, 0, noise, 0.3)
    for (let k = 0; k < 8; k++) expect(z[k]! - features.data[k]!).toBeCloseTo(0.3 * noise[k]!, 12)
  })
})

describe("the exemplar value", () => {
  const at = (first: number) => Float64Array.of(first, 0, 0, 0, 0, 0, 0, 0)

  it("without a memory is the value one came with", () => {
    expect(exemplarValue(at(0), [], [], 0.3, 0.5)).toBe(0.3)
  })

  it("with one memory weighs its score by likeness", () => {
    // at a squared distance of 2 ln 2 the likeness is 1/2: (1/2 * 1 + 1/2 * 0) / (1/2 + 1/2)
    expect(exemplarValue(at(Math.sqrt(2 * Math.LN2)), [at(0)], [1], 0, 0.5)).toBeCloseTo(0.5, 12)
    // of the very same percept: (1 * .9 + .5 * .3) / 1.5 = .7
    expect(exemplarValue(at(0), [at(0)], [0.9], 0.3, 0.5)).toBeCloseTo(0.7, 12)
  })
})

describe("attention", () => {
  it("has the gradient of the squared error that finite differences find", () => {
    const memories: ReadonlyArray<Memory> = [1, 2, 3, 4].map((item) => ({
      item,
      noise: noiseOf(item),
      score: 0.2 * item
    }))
    const seen: Memory = { item: 9, noise: noiseOf(9), score: 0.1 }
    const attention = Float64Array.of(0.1, 0.3, 0.2, 0.25, 0.15)
    const error = (a: Float64Array): number => {
      const z = percept(a, features, seen.item, seen.noise, 0.3)
      const remembered = memories.map(({ item, noise }) => percept(a, features, item, noise, 0.3))
      const scores = memories.map(({ score }) => score)
      return (exemplarValue(z, remembered, scores, 0.6, 0.5) - seen.score) ** 2
    }
    const gradient = attentionGradient({ attention, features, seen, memories, v0: 0.6, weight: 0.5, noise: 0.3 })
    for (let j = 0; j < 5; j++) {
      const [up, down] = [Float64Array.from(attention), Float64Array.from(attention)]
      up[j]! += 1e-6
      down[j]! -= 1e-6
      expect(gradient[j]).toBeCloseTo((error(up) - error(down)) / 2e-6, 7)
    }
    expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(1e-3)
  })

  it("moves by at most its rate, and leaves nothing without any", () => {
    // weights e^-.15 = .8607080 and 1, sum 4.8607080: .995 * .1770746 + .001 and .995 * .2057314 + .001
    const stepped = steppedAttention(even, Float64Array.of(7, 0, 0, 0, 0), 0.15)
    expect(stepped[0]).toBeCloseTo(0.1771892, 6)
    expect(stepped[1]).toBeCloseTo(0.2057027, 6)
    let attention = Float64Array.from(even)
    for (let i = 0; i < 500; i++) {
      attention = Float64Array.from(steppedAttention(attention, Float64Array.of(9, 9, 9, 9, -9), 0.15))
    }
    for (const each of attention) expect(each).toBeGreaterThan(0.001)
    expect(attention.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12)
  })

  it("stays within its budget, and reaches it where it would go farther", () => {
    const far = Float64Array.of(0.9, 0.04, 0.03, 0.02, 0.01)
    // .5 ln(.5 / .25) + .5 ln(.5 / .75)
    expect(kullbackLeibler(Float64Array.of(0.5, 0.5), Float64Array.of(0.25, 0.75))).toBeCloseTo(0.14384103622, 10)
    for (const budget of [0.01, 0.05, 0.25]) {
      const held = withinBudget(far, even, budget)
      expect(kullbackLeibler(held, even)).toBeCloseTo(budget, 10)
      // on the straight line between the two
      expect((held[0]! - 0.2) / 0.7).toBeCloseTo((held[4]! - 0.2) / -0.19, 9)
    }
    expect(withinBudget(far, even, 5)).toEqual(far)
    expect([...withinBudget(far, even, 0)]).toEqual([...even])
  })
})

describe("a choice", () => {
  it("is softmax of the values but for lapses", () => {
    // odds 1 : 2, a tenth at random
    const odds = choiceProbabilities(Float64Array.of(0.3, 0.3 + Math.LN2 / 12), 12, 0.1)
    expect(odds[0]).toBeCloseTo(0.35, 12)
    expect(odds[1]).toBeCloseTo(0.65, 12)
  })

  it("falls on the option whose share a uniform number hits", () => {
    const odds = Float64Array.of(0.35, 0.4, 0.25)
    expect([0.1, 0.34, 0.36, 0.74, 0.76, 0.9999999].map((u) => drawIndex(odds, u))).toEqual([0, 0, 1, 1, 2, 2])
  })
})

describe("a person", () => {
  const v0 = Float64Array.from({ length: 300 }, (_, i) => (i % 10) / 10)
  const grown = (learns: boolean, attention_rate = 0.15, budget = 0.05) => {
    const person = makePerson({
      features,
      start: even,
      settings: { ...personDefaults, attention_rate, budget },
      learns
    })
    person.begin(v0)
    for (let i = 0; i < 60; i++) {
      person.learn({ item: i, noise: noiseOf(i), score: i % 3 === 0 ? 0.9 : 0 })
      person.compare(0.5, 0.4)
    }
    return person
  }

  it("who learns moves towards the scores that were seen, and no farther than the budget", () => {
    const person = grown(true)
    expect(person.value(0, noiseOf(0))).toBeGreaterThan(v0[0]! + 0.05)
    expect(person.drift()).toBeGreaterThan(1e-4)
    expect(person.drift()).toBeLessThanOrEqual(0.05 + 1e-9)
    // sixty times .2 * .1, but not above 1
    expect(person.trust()).toBe(1)
  })

  it("who does not learn is as before: values, attention and trust", () => {
    for (const person of [grown(false), grown(true, 0)]) {
      expect(person.learns).toBe(false)
      expect([0, 7, 123].map((item) => person.value(item, noiseOf(item)))).toEqual([0, 0.7, 0.3])
      expect(person.attention()).toEqual(even)
      expect([person.trust(), person.drift()]).toEqual([0, 0])
    }
  })

  it("trusts by the error that the AI's forecasts would have spared, never below 0", () => {
    const person = makePerson({ features, start: even, settings: personDefaults, learns: true })
    person.compare(-0.5, 0.1)
    expect(person.trust()).toBeCloseTo(0.08, 12)
    person.compare(0, -0.9)
    expect(person.trust()).toBe(0)
  })

  it("forgets the pictures of a session in the next, but keeps attention and trust", () => {
    const person = grown(true)
    const [attention, trust] = [person.attention(), person.trust()]
    person.begin(v0)
    expect(person.value(7, noiseOf(7))).toBe(0.7)
    expect(person.attention()).toEqual(attention)
    expect(person.trust()).toBe(trust)
  })
})
