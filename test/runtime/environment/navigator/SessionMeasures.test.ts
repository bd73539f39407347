import { describe, expect, it } from "vitest"
import { navigatorDefaults, sessionsOf } from "../../../../src/runtime/environment/navigator/Session.ts"
import {
  discoveryRate,
  explorationEfficiency,
  forecastQuality,
  measureSession,
  randomBest
} from "../../../../src/runtime/environment/navigator/SessionMeasures.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"
import { syntheticCatalogue } from "./SyntheticCatalogue.ts"

// The mean over t = 1 .. clicks of the best of t draws, over every sequence of draws with replacement.
const everySequence = (scores: ReadonlyArray<number>, clicks: number): number => {
  let sum = 0
  for (let t = 1; t <= clicks; t++) {
    const sequences = scores.length ** t
    for (let code = 0; code < sequences; code++) {
      let best = -Infinity
      for (let rest = code, draw = 0; draw < t; draw++, rest = Math.floor(rest / scores.length)) {
        best = Math.max(best, scores[rest % scores.length]!)
      }
      sum += best / sequences / clicks
    }
  }
  return sum
}

describe("exploration efficiency", () => {
  it("has the expected best of random clicks that all sequences give", () => {
    const scores = [0.3, 0.9, 0.1, 0.4]
    // of one draw the mean
    expect(randomBest(Float64Array.from(scores), 1)).toBeCloseTo(0.425, 12)
    for (const clicks of [1, 2, 3, 6]) {
      expect(randomBest(Float64Array.from(scores), clicks)).toBeCloseTo(everySequence(scores, clicks), 12)
    }
    expect(randomBest(Float64Array.of(0.5, 0.5, 0.2, 0.5), 4)).toBeCloseTo(everySequence([0.5, 0.5, 0.2, 0.5], 4), 12)
  })

  it("is 1 for the best item at once, 0 for what random clicks reach, and negative below", () => {
    const all = Float64Array.of(0, 1)
    expect(explorationEfficiency(Float64Array.of(1, 0, 0), all)).toBe(1)
    // one click: R = 1/2
    expect(explorationEfficiency(Float64Array.of(0), all)).toBe(-1)
    // two clicks: R = (1/2 + 3/4) / 2 = 5/8; first a miss, then a hit: b = 0, 1
    expect(explorationEfficiency(Float64Array.of(0, 1), all)).toBeCloseTo((0.5 - 0.625) / 0.375, 12)
    // a score once found counts from then on
    expect(explorationEfficiency(Float64Array.of(0, 1, 0), all)).toBe(
      explorationEfficiency(Float64Array.of(0, 1, 1), all)
    )
  })

  it("is not defined where all items score alike", () => {
    expect(explorationEfficiency(Float64Array.of(0.3, 0.3), Float64Array.of(0.3, 0.3, 0.3))).toBeNaN()
  })
})

describe("the discovery rate", () => {
  // two modes, whose largest values are 1 and .5
  const components = Float64Array.of(1, 0, 0.8, 0.1, 0.79, 0.4, 0, 0.5, 0, 0.39)

  it("counts a mode from four fifths of its largest value", () => {
    expect(discoveryRate([4], components, 2)).toBe(0)
    expect(discoveryRate([1], components, 2)).toBe(0.5)
    expect(discoveryRate([2], components, 2)).toBe(0.5)
    expect(discoveryRate([4, 0, 4, 3], components, 2)).toBe(1)
  })
})

describe("understanding", () => {
  const rows = (row: ReadonlyArray<number>, n: number) => Float64Array.from(Array.from({ length: n }, () => row).flat())

  it("is 1 for a forecast that is always right and 0 for an even one", () => {
    const choices = new Int32Array(3).fill(2)
    const even = rows([0.25, 0.25, 0.25, 0.25], 3)
    expect(forecastQuality(choices, rows([0, 0, 1, 0], 3), even, 50).index).toBe(1)
    expect(forecastQuality(choices, even, even, 50).index).toBeCloseTo(0, 12)
    // nll ln 2 of ln 4
    expect(forecastQuality(choices, rows([0.5, 0, 0.5, 0], 3), even, 50).index).toBeCloseTo(0.5, 12)
    // below chance it is negative: nll ln 16
    expect(forecastQuality(choices, rows([0.9, 0.0375, 0.0625, 0], 3), even, 50).index).toBeCloseTo(-1, 12)
  })

  it("has a ceiling that the entropy of the choice leaves", () => {
    const choices = Int32Array.of(0, 1)
    const any = rows([0.25, 0.25, 0.25, 0.25], 2)
    expect(forecastQuality(choices, any, rows([0.5, 0.5, 0, 0], 2), 50).ceiling).toBeCloseTo(0.5, 12)
    expect(forecastQuality(choices, any, rows([1, 0, 0, 0], 2), 50).ceiling).toBe(1)
    expect(forecastQuality(choices, any, any, 50).ceiling).toBeCloseTo(0, 12)
  })

  it("is judged by the last choices, and not defined without any", () => {
    const forecasts = Float64Array.of(0.5, 0.5, 1, 0, 1, 0)
    expect(forecastQuality(Int32Array.of(1, 0, 0), forecasts, forecasts, 2).index).toBe(1)
    expect(forecastQuality(Int32Array.of(-1, 0, 0), forecasts, forecasts, 50).index).toBe(1)
    const none = forecastQuality(Int32Array.of(-1, -1, -1), new Float64Array(6).fill(Number.NaN), forecasts, 50)
    expect([none.index, none.ceiling]).toEqual([Number.NaN, Number.NaN])
  })
})

describe("the measures of a session", () => {
  const catalogue = syntheticCatalogue(400)
  const settings = { ...navigatorDefaults, clicks: 40, sample: 200 }
  const [record] = sessionsOf({
    catalogue,
    condition: "one_directional",
    sessions: 1,
    settings,
    random: makeRandom(2),
    stream: "test"
  })
  if (record === undefined) throw new Error("no session")
  const measures = measureSession(record, catalogue)

  it("see the AI's own preference as known where it predicts the person's value, reversed where it predicts the reverse", () => {
    const same = { ...record, sample: { ...record.sample, predicted: record.sample.values } }
    expect(measureSession(same, catalogue).preference_correlation).toBeCloseTo(1, 12)
    const reversed = { ...record, sample: { ...record.sample, predicted: record.sample.values.map((value) => -value) } }
    expect(measureSession(reversed, catalogue).preference_correlation).toBeCloseTo(-1, 12)
  })

  it("judge preference on items that were not clicked", () => {
    const clicked = record.sample.items.slice(0, 3)
    const bold = record.sample.values.map((value, i) => (i < 3 ? 1e6 * (i % 2) : value))
    const known = { ...record, clicked, sample: { ...record.sample, predicted: bold } }
    expect(measureSession(known, catalogue).preference_correlation).toBeCloseTo(1, 12)
  })

  it("keep alignment and correlation between their floor and their ceiling of 1", () => {
    const self = { ...record, sample: { ...record.sample, coordinates: record.sample.percepts } }
    expect(measureSession(self, catalogue).percept_alignment).toBeCloseTo(1, 12)
    expect(measureSession(self, catalogue).percept_correlation).toBeGreaterThan(0.999)
    // latents are a full-rank linear map of the factors, percepts factors with noise .3: at rho^2 near .9 each
    expect(measures.percept_correlation).toBeGreaterThan(0.7)
    expect(measures.percept_correlation).toBeLessThan(1)
    expect(measures.percept_correlation_floor).toBeLessThan(0.2)
    expect(measures.percept_alignment).toBeLessThan(measures.percept_alignment_ceiling + 0.1)
  })

  it("combine alignment and understanding in halves", () => {
    expect(measures.cognitive_compatibility).toBeCloseTo(
      (measures.percept_alignment + Math.max(0, measures.likelihood_ratio_index)) / 2,
      12
    )
    expect(measures.understanding_ceiling).toBeGreaterThan(measures.understanding)
  })

  it("count the suggestions that were taken", () => {
    const half = record.choices.map((_, i) => (i % 4 === 0 ? 3 : i % 4 === 1 ? 3 : 1))
    expect(measureSession({ ...record, choices: half }, catalogue).suggestions_taken).toBe(0.5)
  })

  it("are not defined for choices and forecasts where nobody chooses", () => {
    for (const condition of ["random", "human_alone", "ai_alone"] as const) {
      const [alone] = sessionsOf({
        catalogue,
        condition,
        sessions: 1,
        settings: { ...settings, clicks: 12 },
        random: makeRandom(2),
        stream: "test"
      })
      const { cognitive_compatibility, preference_correlation, suggestions_taken, understanding } = measureSession(
        alone!,
        catalogue
      )
      expect([cognitive_compatibility, suggestions_taken, understanding]).toEqual([Number.NaN, Number.NaN, Number.NaN])
      expect(Number.isFinite(preference_correlation)).toBe(true)
    }
  })
})
