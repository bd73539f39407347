import { describe, expect, it } from "vitest"
import { kullbackLeibler } from "../../../../src/runtime/environment/navigator/Person.ts"
import { conditions, navigatorDefaults, sessionsOf } from "../../../../src/runtime/environment/navigator/Session.ts"
import type {
  Condition,
  NavigatorSettings,
  SessionRecord
} from "../../../../src/runtime/environment/navigator/Session.ts"
import { measureSession } from "../../../../src/runtime/environment/navigator/SessionMeasures.ts"
import { scoresOf } from "../../../../src/runtime/environment/navigator/Taste.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"
import { syntheticCatalogue } from "./SyntheticCatalogue.ts"

const catalogue = syntheticCatalogue(700)

const short: NavigatorSettings = {
  ...navigatorDefaults,
  clicks: 36,
  sample: 100,
  assistant: { ...navigatorDefaults.assistant, candidates: 96, features: 48 }
}

const play = (condition: Condition, settings = short, sessions = 2, seed = 1): ReadonlyArray<SessionRecord> => [
  ...sessionsOf({ catalogue, condition, sessions, settings, random: makeRandom(seed), stream: "test" })
]

const played = new Map(conditions.map((condition) => [condition, play(condition)]))
const recordsOf = (condition: Condition): ReadonlyArray<SessionRecord> => played.get(condition) ?? []

describe("sessions", () => {
  it("meet the same oracles and the same person in every condition", () => {
    const [first] = conditions
    for (const condition of conditions) {
      const records = recordsOf(condition)
      expect(records.map(({ session }) => session)).toEqual([0, 1])
      records.forEach(({ firstAttention, taste }, session) => {
        expect(taste).toEqual(recordsOf(first!)[session]!.taste)
        expect(firstAttention).toEqual(recordsOf(first!)[session]!.firstAttention)
      })
    }
    expect(recordsOf("random")[0]!.taste).not.toEqual(recordsOf("random")[1]!.taste)
  })

  it("are the same for the same seed, and others for another", () => {
    for (const condition of conditions) {
      expect(play(condition)).toEqual(recordsOf(condition))
      expect(play(condition, short, 1, 2)[0]!.clicked).not.toEqual(recordsOf(condition)[0]!.clicked)
    }
  })

  it("score what was clicked by the oracle, and observe it with noise", () => {
    for (const condition of conditions) {
      for (const { clicked, observed, scores, taste } of recordsOf(condition)) {
        const truth = scoresOf(taste, catalogue)
        expect([...scores]).toEqual([...clicked].map((item) => truth[item]))
        const errors = observed.map((score, i) => score - scores[i]!)
        // standard deviation .02 from 36 numbers: standard error .0024
        const spread = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length)
        expect(Math.abs(spread - 0.02)).toBeLessThan(0.01)
      }
    }
  })

  it("suggest items whose regions do not touch", () => {
    for (const condition of ["one_directional", "bidirectional"] as const) {
      for (const { suggestions } of recordsOf(condition)) {
        for (let i = 0; i < 36; i++) {
          const items = [...suggestions.subarray(3 * i, 3 * i + 3)]
          expect(Math.min(...items)).toBeGreaterThanOrEqual(0)
          for (let a = 0; a < 3; a++) {
            for (let b = 0; b < a; b++) {
              const [p = 0, q = 0] = [items[a], items[b]]
              const distance = Math.hypot(
                catalogue.map[2 * p]! - catalogue.map[2 * q]!,
                catalogue.map[2 * p + 1]! - catalogue.map[2 * q + 1]!
              )
              expect(distance).toBeGreaterThan(0.3)
            }
          }
        }
      }
    }
  })

  it("click near what was chosen", () => {
    for (const { choices, clicked, ideas, suggestions } of recordsOf("bidirectional")) {
      clicked.forEach((item, i) => {
        const meant = choices[i] === 3 ? ideas[i]! : suggestions[3 * i + choices[i]!]!
        for (const axis of [0, 1]) {
          // five standard deviations of the jitter, and as much again to the nearest items
          expect(Math.abs(catalogue.map[2 * item + axis]! - catalogue.map[2 * meant + axis]!)).toBeLessThan(0.75)
        }
      })
    }
  })

  it("have probabilities of every choice, and none where nobody chooses", () => {
    for (const { forecasts, probabilities } of recordsOf("one_directional")) {
      for (const each of [forecasts, probabilities]) {
        for (let i = 0; i < 36; i++) {
          expect(each.subarray(4 * i, 4 * i + 4).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
        }
      }
      // before the first choice the AI knows nothing
      expect([...forecasts.subarray(0, 4)]).toEqual([0.25, 0.25, 0.25, 0.25])
    }
    for (const { choices, forecasts } of recordsOf("human_alone")) {
      expect(choices.every((choice) => choice === -1)).toBe(true)
      expect(forecasts.every(Number.isNaN)).toBe(true)
    }
  })
})

describe("adaptation", () => {
  it("moves only those who learn in their condition", () => {
    for (const condition of ["random", "ai_alone", "one_directional"] as const) {
      for (const { attention, drift, firstAttention, sample, trust } of recordsOf(condition)) {
        expect([drift, trust]).toEqual([0, 0])
        expect(attention).toEqual(firstAttention)
        expect(sample.mapped).toBeUndefined()
      }
    }
    expect(recordsOf("human_alone").at(-1)!.drift).toBeGreaterThan(0)
    expect(recordsOf("human_alone").at(-1)!.sample.mapped).toBeUndefined()
    expect(recordsOf("bidirectional").at(-1)!.drift).toBeGreaterThan(0)
    expect(recordsOf("bidirectional").at(-1)!.trust).toBeGreaterThan(0)
    expect(recordsOf("bidirectional").at(-1)!.sample.mapped?.columns).toBe(8)
  })

  it("keeps a person within the budget, whatever the budget", () => {
    for (const budget of [0, 0.001, 0.01]) {
      const settings = { ...short, person: { ...short.person, budget } }
      for (const { attention, drift, firstAttention } of play("bidirectional", settings)) {
        expect(drift).toBeLessThanOrEqual(budget + 1e-9)
        expect(kullbackLeibler(attention, firstAttention)).toBe(drift)
      }
    }
  })

  it("of a person with rate 0 is none, though the AI and the mapper go on", () => {
    const settings = { ...short, person: { ...short.person, attention_rate: 0 } }
    const [, second] = play("bidirectional", settings)
    expect([second!.drift, second!.trust]).toEqual([0, 0])
    expect(second!.sample.mapped?.columns).toBe(8)
    // pictures are worth to the person what they are to one who chooses without learning
    expect(second!.sample.values).toEqual(recordsOf("one_directional")[1]!.sample.values)
    expect(second!.sample.values).not.toEqual(recordsOf("bidirectional")[1]!.sample.values)
  })

  it("of a mapper of weight 0 is measured and changes nothing", () => {
    const [, measured] = play("bidirectional", { ...short, mapper: { ...short.mapper, weight: 0 } })
    const [, never] = play("bidirectional", { ...short, mapper: { ...short.mapper, from: 1_000_000 } })
    expect(measured!.clicked).toEqual(never!.clicked)
    expect(measured!.sample.coordinates).toEqual(never!.sample.coordinates)
    expect(measured!.sample.mapped?.columns).toBe(8)
    expect(never!.sample.mapped).toBeUndefined()
    // and of another weight it changes what the AI sees
    expect(recordsOf("bidirectional")[1]!.sample.coordinates.columns).toBe(6 + 8)
  })

  it("of the person lasts from session to session", () => {
    const [first, second] = play("bidirectional", { ...short, person: { ...short.person, budget: 10 } })
    const [alone] = play("bidirectional", { ...short, person: { ...short.person, budget: 10 } }, 1)
    expect(alone).toEqual(first)
    expect(second!.drift).not.toBe(first!.drift)
  })
})

describe("on a catalogue whose latents are the factors, turned", () => {
  const settings = { ...short, clicks: 50 }
  const efficiency = (condition: Condition, sessions: number): ReadonlyArray<number> =>
    play(condition, settings, sessions, 3).map((record) => measureSession(record, catalogue).exploration_efficiency)
  const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

  it("random clicks are about as efficient as the random draws they are measured against", () => {
    const values = efficiency("random", 100)
    const centre = mean(values)
    const error = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)) / values.length)
    // nearest items to uniform points are not quite uniform items: three standard errors and .05
    expect(Math.abs(centre)).toBeLessThan(3 * error + 0.05)
  })

  it("a person with an AI that learns its choices finds more than random clicks", () => {
    const [guided, random] = [efficiency("one_directional", 6), efficiency("random", 6)]
    expect(mean(guided) - mean(random)).toBeGreaterThan(0.3)
    expect(guided.filter((value, session) => value > random[session]!).length).toBeGreaterThanOrEqual(5)
  })

  it("the person alone and the AI alone find more than random clicks", () => {
    const random = mean(efficiency("random", 6))
    expect(mean(efficiency("human_alone", 6)) - random).toBeGreaterThan(0.3)
    expect(mean(efficiency("ai_alone", 6)) - random).toBeGreaterThan(0.2)
  })
})
