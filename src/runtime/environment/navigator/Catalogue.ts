/**
 * The catalogue of a navigator: random sprites, where the encoder puts them, and where each of them is on the map (NAVIGATOR.md section 3).
 * A place on the map is always taken for an item of the catalogue, so that every image that is shown is one whose factors are known.
 */
import { Effect } from "effect"
import type { EngineError } from "../../engine/Engine.ts"
import { matrix } from "../../measure/estimator/linear/Matrix.ts"
import type { Random } from "../../random/Random.ts"
import { columnDeviations } from "./Encoder.ts"
import type { Encoder } from "./Encoder.ts"
import { fitProjection, measureMap, project, projectionDefaults, smallest } from "./Projection.ts"
import type { MapMeasures, Projection, ProjectionSettings } from "./Projection.ts"
import { drawAll, drawFactors, factorCount, normalised } from "./Sprites.ts"

export interface Catalogue {
  readonly count: number
  /** Classes of the factors, [count, 5]. */
  readonly factors: Int32Array
  /** The factors as `normalised` gives them, [count, 5]. */
  readonly normalised: Float64Array
  readonly dimensions: number
  /** Means of the active latents over their standard deviations, [count, dimensions]. */
  readonly latents: Float64Array
  /** Places on the map over the map's standard deviation along each axis, [count, 2]. */
  readonly map: Float64Array
}

/** A catalogue and what came of its map. */
export interface MappedCatalogue {
  readonly catalogue: Catalogue
  readonly projection: Projection
  /** Standard deviation of the projection along each axis, by which the map is divided. */
  readonly deviations: readonly [number, number]
  /** Of the map as it is in the catalogue. */
  readonly measures: MapMeasures
}

/** Items of a catalogue. */
export const catalogueCount = 2048

/**
 * Draws `count` different sprites, encodes them and fits their map.
 * Errors: the engine's; a `RangeError` where the encoder has no active latent.
 */
export const makeCatalogue = Effect.fnUntraced(function* (options: {
  readonly encoder: Encoder
  readonly random: Random
  /** What the addresses of the random numbers begin with. */
  readonly stage: string
  readonly count?: number
  readonly projection?: Partial<ProjectionSettings>
}): Effect.fn.Return<MappedCatalogue, EngineError> {
  const { count = catalogueCount, encoder, random, stage } = options
  const factors = drawFactors(random, { stage, purpose: "catalogue", step: 0 }, count, new Set())
  const scaled = new Float64Array(count * factorCount)
  for (let i = 0; i < count; i++) {
    scaled.set(normalised(factors.subarray(i * factorCount, (i + 1) * factorCount)), i * factorCount)
  }
  const means = yield* encoder.encode(drawAll(factors, encoder.settings.side))
  const { active, deviations, settings } = encoder
  const dimensions = active.length
  const latents = new Float64Array(count * dimensions)
  for (let i = 0; i < count; i++) {
    active.forEach((j, k) => {
      latents[i * dimensions + k] = (means[i * settings.latents + j] ?? NaN) / (deviations[j] ?? NaN)
    })
  }
  const items = { count, factors, normalised: scaled }
  const projection = fitProjection({
    latents,
    dimensions,
    random,
    stage,
    settings: { ...projectionDefaults, ...options.projection }
  })
  const map = project(projection, latents)
  const [across = NaN, up = NaN] = columnDeviations(matrix(count, 2, map))
  for (let i = 0; i < count; i++) {
    map[2 * i]! /= across
    map[2 * i + 1]! /= up
  }
  return {
    catalogue: { ...items, dimensions, latents, map },
    projection,
    deviations: [across, up],
    measures: measureMap({ latents, dimensions, map })
  }
})

/** The item that is nearest to the place `y` on the map, the first of several. */
export const nearest = ({ count, map }: Catalogue, y: ArrayLike<number>): number => {
  let best = 0
  let least = Infinity
  for (let i = 0; i < count; i++) {
    const distance = squaredDistance(map, 2 * i, y, 0, 2)
    if (distance < least) {
      least = distance
      best = i
    }
  }
  return best
}

/**
 * The item that a click at `y` near the suggested item `anchor` means: of the `among` items nearest to `y` on the map the one whose latents
 * are nearest to the anchor's. Two numbers do not tell all latents, and the anchor says the rest.
 */
export const lift = (catalogue: Catalogue, y: ArrayLike<number>, anchor: number, among = 24): number => {
  const { count, dimensions, latents, map } = catalogue
  const distances = new Float64Array(count)
  for (let i = 0; i < count; i++) distances[i] = squaredDistance(map, 2 * i, y, 0, 2)
  const near = smallest(distances, among)
  let best = near[0] ?? anchor
  let least = Infinity
  for (const i of near) {
    const distance = squaredDistance(latents, i * dimensions, latents, anchor * dimensions, dimensions)
    if (distance < least) {
      least = distance
      best = i
    }
  }
  return best
}

// internal

const squaredDistance = (a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number, n: number): number => {
  let total = 0
  for (let k = 0; k < n; k++) total += ((a[i + k] ?? NaN) - (b[j + k] ?? NaN)) ** 2
  return total
}
