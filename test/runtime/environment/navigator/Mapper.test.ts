import { describe, expect, it } from "vitest"
import {
  fitMapper,
  makeMapper,
  mappedCoordinates,
  mapperDefaults
} from "../../../../src/runtime/environment/navigator/Mapper.ts"
import { fromRows, matrix } from "../../../../src/runtime/measure/estimator/linear/Matrix.ts"

describe("a fit of the mapper", () => {
  it("shrinks the slope by the ridge and heeds no means", () => {
    // about their means the latents are -1 and 1, the percepts -2 and 2: 4 / (2 + 1)
    const fitted = fitMapper(fromRows([[4], [6]]), fromRows([[10], [14]]), 1)
    expect(fitted.data[0]).toBeCloseTo(4 / 3, 12)
    expect(fitMapper(fromRows([[4], [6]]), fromRows([[10], [14]]), 1e-12).data[0]).toBeCloseTo(2, 9)
  })

  it("finds a linear map of several latents without a ridge to speak of", () => {
    const z = fromRows([
      [1, 0],
      [0, 1],
      [1, 1],
      [0, 0],
      [2, -1]
    ])
    const p = fromRows([
      [2, 1, 0],
      [-1, 3, 0],
      [1, 4, 0],
      [0, 0, 0],
      [5, -1, 0]
    ])
    expect([...fitMapper(z, p, 1e-9).data].map((value) => Math.round(value * 1e6) / 1e6 + 0)).toEqual([
      2, 1, 0, -1, 3, 0
    ])
  })
})

describe("coordinates through the mapper", () => {
  const latents = fromRows([[3, 4]])
  const mapping = matrix(2, 8, [1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0])

  it("are latents and what they are mapped to, each with its share", () => {
    // sqrt(.75) * (3, 4), then sqrt(.25 * 2 / 8) = 1/4 of (3, 8, 0 ...)
    const { columns, data } = mappedCoordinates(latents, mapping, 0.25)
    expect(columns).toBe(10)
    expect(data[0]).toBeCloseTo(2.59807621135, 10)
    expect(data[1]).toBeCloseTo(3.46410161514, 10)
    expect([...data.subarray(2)]).toEqual([0.75, 2, 0, 0, 0, 0, 0, 0])
  })

  it("are the latents where the mapper weighs nothing", () => {
    expect(mappedCoordinates(latents, mapping, 0)).toBe(latents)
  })
})

describe("the memory of the mapper", () => {
  it("is fitted after 30 clicks and every 25 from then on", () => {
    const mapper = makeMapper(mapperDefaults)
    const fits: Array<number> = []
    for (let click = 1; click <= 110; click++) {
      if (mapper.observe(Float64Array.of(click), new Float64Array(8).fill(click))) fits.push(click)
    }
    expect(fits).toEqual([30, 55, 80, 105])
  })

  it("is of the last clicks only", () => {
    const mapper = makeMapper({ ...mapperDefaults, from: 40, remembered: 20, ridge: 1e-9 })
    expect(mapper.mapping()).toBeUndefined()
    for (let click = 1; click <= 40; click++) {
      mapper.observe(Float64Array.of(click), new Float64Array(8).fill(click <= 20 ? -click : 3 * click))
    }
    expect(mapper.mapping()!.data[0]).toBeCloseTo(3, 6)
  })
})
