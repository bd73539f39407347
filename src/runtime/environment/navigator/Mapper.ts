/**
 * The mapper T of the navigator: a ridge regression from the AI's latents to the person's percepts, and the metric in
 * which the AI sees items through it (NAVIGATOR.md section 4).
 */
import { cholesky, solve } from "../../measure/estimator/linear/Cholesky.ts"
import { addToDiagonal, crossProduct, matrix, multiply, zeros } from "../../measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../../measure/estimator/linear/Matrix.ts"
import { centred } from "../../measure/estimator/linear/Moments.ts"

export interface MapperSettings {
  /** Clicks between two fits. */
  readonly every: number
  /** Clicks before the first fit, over all sessions of the seed. */
  readonly from: number
  /** eta: what the mapped latents weigh in the AI's metric; 0: the mapper is measured and changes nothing. */
  readonly weight: number
  /** Added to the diagonal of the latents' Gram matrix. */
  readonly ridge: number
  /** The last clicks that a fit is made on. */
  readonly remembered: number
}

export const mapperDefaults: MapperSettings = { every: 25, from: 30, weight: 0.2, ridge: 1, remembered: 1000 }

/**
 * S [width, 8] with z^A S close to z^H: (Z'Z + ridge I)^-1 Z'P of centred latents Z [n, width] and percepts P [n, 8]
 * (Hoerl & Kennard 1970). Without an intercept, which no distance would see.
 */
export const fitMapper = (latents: Matrix, percepts: Matrix, ridge: number): Matrix => {
  const z = centred(latents)
  const lower = cholesky(addToDiagonal(crossProduct(z, z), ridge))
  if (lower === undefined) throw new RangeError("the mapper's Gram matrix is not positive definite")
  return solve(lower, crossProduct(z, centred(percepts)))
}

/**
 * The AI's coordinates through S: [sqrt(1 - eta) z ; sqrt(eta d / 8) z S] for latents z [n, d]. At 0 the latents alone.
 */
export const mappedCoordinates = (latents: Matrix, mapping: Matrix, eta: number): Matrix => {
  if (eta === 0) return latents
  const mapped = multiply(latents, mapping)
  const width = latents.columns + mapping.columns
  const filled = zeros(latents.rows, width)
  const own = Math.sqrt(1 - eta)
  const taken = Math.sqrt((eta * latents.columns) / mapping.columns)
  for (let i = 0; i < latents.rows; i++) {
    for (let k = 0; k < latents.columns; k++) {
      filled.data[i * width + k] = own * latents.data[i * latents.columns + k]!
    }
    for (let k = 0; k < mapping.columns; k++) {
      filled.data[i * width + latents.columns + k] = taken * mapped.data[i * mapping.columns + k]!
    }
  }
  return filled
}

/** The memory of a mapper: latents and percepts of the clicks of a seed, and the last fit. */
export interface Mapper {
  /** S of the last fit; `undefined` before the first. */
  readonly mapping: () => Matrix | undefined
  /** Takes in a click; true if a fit was due and made. */
  readonly observe: (latent: Float64Array, percept: Float64Array) => boolean
}

export const makeMapper = (settings: MapperSettings): Mapper => {
  let mapping: Matrix | undefined
  let clicks = 0
  const latents: Array<Float64Array> = []
  const percepts: Array<Float64Array> = []
  const stacked = (rows: ReadonlyArray<Float64Array>): Matrix => {
    const width = rows[0]?.length ?? 0
    const values = new Float64Array(rows.length * width)
    rows.forEach((each, i) => values.set(each, i * width))
    return matrix(rows.length, width, values)
  }
  return {
    mapping: () => mapping,
    observe: (latent, percept) => {
      latents.push(latent)
      percepts.push(percept)
      if (latents.length > settings.remembered) {
        latents.shift()
        percepts.shift()
      }
      clicks++
      if (clicks < settings.from || (clicks - settings.from) % settings.every !== 0) return false
      mapping = fitMapper(stacked(latents), stacked(percepts), settings.ridge)
      return true
    }
  }
}
