import { describe, expect, it } from "vitest"
import { componentsOf, drawTaste, modeValue, scoresOf } from "../../../../src/runtime/environment/navigator/Taste.ts"
import type { Mode } from "../../../../src/runtime/environment/navigator/Taste.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"
import { syntheticCatalogue } from "./SyntheticCatalogue.ts"

const mode: Mode = { height: 0.8, shape: 1, centre: [0.5, 0.95, 0.4, 0.6] }

const valueAt = (...factors: ReadonlyArray<number>): number => modeValue(mode, Float64Array.from(factors), 0)

describe("the value of a mode", () => {
  it("is its height at its centre, and half of it for another shape", () => {
    expect(valueAt(1, 0.5, 0.95, 0.4, 0.6)).toBe(0.8)
    expect(valueAt(0, 0.5, 0.95, 0.4, 0.6)).toBe(0.4)
    expect(valueAt(2, 0.5, 0.95, 0.4, 0.6)).toBe(0.4)
  })

  it("falls by exp(-1/2) over its width in each factor", () => {
    // .8 exp(-1/2) = .48522452777
    expect(valueAt(1, 0.75, 0.95, 0.4, 0.6)).toBeCloseTo(0.48522452777, 10)
    expect(valueAt(1, 0.5, 0.6, 0.4, 0.6)).toBeCloseTo(0.48522452777, 10)
    expect(valueAt(1, 0.5, 0.95, 0.62, 0.6)).toBeCloseTo(0.48522452777, 10)
    expect(valueAt(1, 0.5, 0.95, 0.4, 0.38)).toBeCloseTo(0.48522452777, 10)
    // two widths in x and one in y: .8 exp(-5/2) = .06566799890
    expect(valueAt(1, 0.5, 0.95, 0.84, 0.82)).toBeCloseTo(0.0656679989, 10)
  })

  it("takes orientation 0 and 1 for the same", () => {
    expect(valueAt(1, 0.5, 0, 0.4, 0.6)).toBe(valueAt(1, 0.5, 1, 0.4, 0.6))
    // .05 is .1 away from .95 across the full turn: .8 exp(-(.1/.35)^2 / 2) = .76800434
    expect(valueAt(1, 0.5, 0.05, 0.4, 0.6)).toBeCloseTo(0.76800434, 7)
  })
})

describe("a taste", () => {
  const random = makeRandom(3)
  const at = (step: number) => drawTaste(random, { stage: "s", purpose: "oracle", step })

  it("has modes of height 1, .8 and .6, one for each shape, in places with room about them", () => {
    const orders = new Set<string>()
    for (let step = 0; step < 100; step++) {
      const { modes } = at(step)
      expect(modes.map(({ height }) => height)).toEqual([1, 0.8, 0.6])
      expect(modes.map(({ shape }) => shape).sort()).toEqual([0, 1, 2])
      orders.add(modes.map(({ shape }) => shape).join(""))
      for (const { centre } of modes) {
        for (const each of centre) expect(each > 0 && each < 1).toBe(true)
        for (const each of centre.slice(2)) expect(each >= 0.15 && each <= 0.85).toBe(true)
      }
    }
    expect(orders.size).toBe(6)
  })

  it("depends on the address alone", () => {
    expect(at(4)).toEqual(at(4))
    expect(at(4)).not.toEqual(at(5))
  })

  it("scores an item by the best of its modes", () => {
    const catalogue = syntheticCatalogue(50)
    const taste = { modes: [mode, { ...mode, height: 0.5, shape: 0, centre: [0.1, 0.2, 0.3, 0.4] } satisfies Mode] }
    catalogue.normalised.set([1, 0.5, 0.95, 0.4, 0.6], 0)
    catalogue.normalised.set([0, 0.1, 0.2, 0.3, 0.4], 5)
    const scores = scoresOf(taste, catalogue)
    // the second mode gives item 1 its .5; the first one, of another shape and a whole turn and more away, less
    expect(scores[0]).toBe(0.8)
    expect(scores[1]).toBe(0.5)
    expect(componentsOf(taste, catalogue).length).toBe(100)
    expect(Math.max(...scores)).toBeLessThanOrEqual(0.8)
  })
})
