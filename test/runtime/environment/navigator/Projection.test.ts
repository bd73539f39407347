import { describe, expect, it } from "vitest"
import {
  distancesOf,
  fitProjection,
  makeNetwork,
  measureMap,
  project,
  projectionDefaults,
  projectionLayout,
  smallest,
  stress,
  trustworthiness
} from "../../../../src/runtime/environment/navigator/Projection.ts"
import { spearman } from "../../../../src/runtime/measure/statistics/Spearman.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"
import { filled, numbers } from "../../engine/Engines.ts"
import { numericalGradient } from "../../graph/finiteDifferences.ts"

const values = (n: number, seed: number) => Float64Array.from(filled([n], numbers(seed)))

const expectClose = (found: ArrayLike<number>, expected: ArrayLike<number>) => {
  expect(found.length).toBe(expected.length)
  for (let i = 0; i < found.length; i++)
    expect(Math.abs((found[i] ?? NaN) - (expected[i] ?? NaN)), `[${i}]`).toBeLessThan(1e-7)
}

describe("stress", () => {
  it("of three places by hand", () => {
    // distances 5, 3 and 4; wanted 4.9, 3.9 and 4: weights 1/5, 1/4 and 10/41
    const places = Float64Array.of(0, 0, 3, 4, 3, 0)
    const wanted = Float64Array.of(0, 4.9, 3.9, 4.9, 0, 4, 3.9, 4, 0)
    const expected = (0.01 / 5 + 0.81 / 4) / (1 / 5 + 1 / 4 + 10 / 41)
    expect(stress(places, wanted, new Float64Array(6))).toBeCloseTo(expected, 12)
  })

  it("has the gradient that differences give", () => {
    const places = values(14, 1)
    const wanted = distancesOf(values(21, 2), 3, 0.8)
    const slopes = new Float64Array(14)
    stress(places, wanted, slopes)
    const loss = (at: ReadonlyArray<number>) => stress(Float64Array.from(at), wanted, new Float64Array(14))
    expectClose(slopes, numericalGradient(loss, Array.from(places), 1e-3))
  })

  it("passes nothing to two items in one place", () => {
    const slopes = new Float64Array(4)
    expect(stress(Float64Array.of(1, 1, 1, 1), Float64Array.of(0, 1, 1, 0), slopes)).toBeCloseTo(1, 12)
    expect(Array.from(slopes)).toEqual([0, 0, 0, 0])
  })
})

describe("the network of the map", () => {
  it("is second(tanh(first(z)))", () => {
    const network = makeNetwork(2, 1, 1)
    network.forward(Float64Array.of(0.5, -1, 0.25, 2, 3, 0.1, 0.2), Float64Array.of(1, 0.5))
    // tanh(.5 - .5 + .25)
    expectClose(network.places, [2 * Math.tanh(0.25) + 0.1, 3 * Math.tanh(0.25) + 0.2])
  })

  it("has the gradient of the stress that differences give", () => {
    const [dimensions, hidden, n] = [3, 4, 6]
    const { size } = projectionLayout(dimensions, hidden)
    const inputs = values(n * dimensions, 3)
    const wanted = distancesOf(inputs, dimensions, 1.2)
    const network = makeNetwork(dimensions, hidden, n)
    const loss = (at: ReadonlyArray<number>, slopes = new Float64Array(2 * n)) => {
      network.forward(Float64Array.from(at), inputs)
      return stress(network.places, wanted, slopes)
    }
    const parameters = values(size, 4)
    const numerical = numericalGradient((at) => loss(at), Array.from(parameters), 1e-3)
    const slopes = new Float64Array(2 * n)
    loss(Array.from(parameters), slopes)
    const gradient = new Float64Array(size)
    network.backward(parameters, inputs, slopes, gradient)
    expectClose(gradient, numerical)
  })
})

describe("the smallest of some values", () => {
  it("are in rising order, equals by place", () => {
    expect(smallest(Float64Array.of(3, 1, 2, 1, 0), 4)).toEqual([4, 1, 3, 2])
    expect(smallest(Float64Array.of(2, 1), 5)).toEqual([1, 0])
    expect(smallest(Float64Array.of(2, 1), 0)).toEqual([])
  })
})

describe("trustworthiness", () => {
  it("of the identity is 1", () => {
    const map = values(80, 5)
    expect(trustworthiness({ latents: map, dimensions: 2, map, neighbours: 10 })).toBe(1)
  })

  it("of five items by hand", () => {
    // nearest on the map: 3, 2, 1, 0, 2, whose ranks in the latents are 3, 2, 1, 3, 2: 1 - 2 / (5 6) (2 + 1 + 0 + 2 + 1)
    const found = trustworthiness({
      latents: Float64Array.of(0, 1, 3, 7, 15),
      dimensions: 1,
      map: Float64Array.of(0, 10, 11, 1, 20),
      mapDimensions: 1,
      neighbours: 1
    })
    expect(found).toBeCloseTo(0.6, 12)
  })

  it("is undefined where half of the items would be neighbours", () => {
    const map = values(40, 6)
    expect(trustworthiness({ latents: map, dimensions: 2, map, neighbours: 10 })).toBeNaN()
  })
})

describe("a fitted map", () => {
  const random = makeRandom(3)
  const settings = { ...projectionDefaults, updates: 300, batch: 64 }
  const fit = (latents: Float64Array, dimensions: number) =>
    fitProjection({ latents, dimensions, random, stage: "stage", settings })

  it("of a plane is the plane: distances keep their order and their unit is the median", () => {
    const latents = values(300, 7)
    const projection = fit(latents, 2)
    const map = project(projection, latents)
    const measures = measureMap({ latents, dimensions: 2, map })
    expect(measures.distances).toBeGreaterThan(0.98)
    expect(measures.trustworthiness).toBeGreaterThan(0.97)
    const [a, b] = [distancesOf(latents, 2, projection.median), distancesOf(map, 2, 1)]
    const ratio = b.reduce((total, d) => total + d, 0) / a.reduce((total, d) => total + d, 0)
    expect(Math.abs(ratio - 1)).toBeLessThan(0.05)
  })

  it("is the same every time", () => {
    const latents = values(400, 8)
    expect(fit(latents, 4).parameters).toEqual(fit(latents, 4).parameters)
  })

  it("is refused where there is nothing to map", () => {
    expect(() => fit(new Float64Array(0), 0)).toThrow("0 items of 0 dimensions have no map")
    expect(() => fit(new Float64Array(20).fill(1), 2)).toThrow("items that are all in one place have no map")
  })

  it("measures distances over every pair of few items once", () => {
    const latents = values(24, 10)
    const map = values(24, 11)
    const pairs = (points: Float64Array) => {
      const all = distancesOf(points, 2, 1)
      return Array.from({ length: 12 }, (_, i) => Array.from(all.subarray(12 * i, 12 * i + i))).flat()
    }
    expect(measureMap({ latents, dimensions: 2, map }).distances).toBeCloseTo(spearman(pairs(latents), pairs(map)), 12)
  })
})
