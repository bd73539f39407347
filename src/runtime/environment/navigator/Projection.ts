/**
 * The map: latents -> 64 tanh -> 2, such that distances on it are as distances of latents (NAVIGATOR.md section 3). The objective is relative
 * stress (de Leeuw 1977; Sammon 1969): only distances are needed for "near on the map is similar", no neighbours and no perplexity.
 *
 * The network has some five hundred weights and its loss all pairs of a batch, so that plain loops in double precision do.
 */
import { plainAdam as adam } from "../../train/Adam.ts"
import { initialise, layout } from "../../agent/Network.ts"
import type { Layout } from "../../agent/Network.ts"
import { spearman } from "../../measure/statistics/Spearman.ts"
import type { Random } from "../../random/Random.ts"

/** How the map is fitted. */
export interface ProjectionSettings {
  readonly updates: number
  /** Different items of a minibatch; all their pairs count. */
  readonly batch: number
  /** Adam's step size at the start; it falls linearly to 0. */
  readonly rate: number
  readonly hidden: number
}

export const projectionDefaults: ProjectionSettings = { updates: 1500, batch: 128, rate: 3e-3, hidden: 64 }

/** A fitted map. */
export interface Projection {
  readonly dimensions: number
  readonly hidden: number
  /** Weights and biases in one vector, as `projectionLayout` lays them out. */
  readonly parameters: Float64Array
  /** The stress of the last minibatch. */
  readonly stress: number
  /** The median of the latent distances, which is 1 on the map. */
  readonly median: number
}

/** How faithful a map is; NaN where it is undefined. */
export interface MapMeasures {
  /** Spearman's correlation of the distances of pairs in the latents and on the map. */
  readonly distances: number
  /** Of the neighbourhoods of ten on the map, `trustworthiness`. */
  readonly trustworthiness: number
}

/** The parameters of the network: Glorot & Bengio's (2010) normal weights. */
export const projectionLayout = (dimensions: number, hidden: number): Layout =>
  layout("projection", [
    ["first.weight", [dimensions, hidden], { kind: "normal", deviation: Math.sqrt(2 / (dimensions + hidden)) }],
    ["first.bias", [hidden], { kind: "zeros" }],
    ["second.weight", [hidden, 2], { kind: "normal", deviation: Math.sqrt(2 / (hidden + 2)) }],
    ["second.bias", [2], { kind: "zeros" }]
  ])

/**
 * Fits the map of latents [count, dimensions].
 * A `RangeError` without dimensions, for fewer than two items, or where all items are in one place.
 */
export const fitProjection = (options: {
  readonly latents: Float64Array
  readonly dimensions: number
  readonly random: Random
  readonly stage: string
  readonly settings?: ProjectionSettings
}): Projection => {
  const { dimensions, latents, random, stage } = options
  const { batch, hidden, rate, updates } = options.settings ?? projectionDefaults
  const count = dimensions > 0 ? latents.length / dimensions : 0
  if (count < 2) throw new RangeError(`${count} items of ${dimensions} dimensions have no map`)
  const median = medianDistance(latents, dimensions)
  if (!(median > 0)) throw new RangeError("items that are all in one place have no map")

  const of = projectionLayout(dimensions, hidden)
  const parameters = Float64Array.from(initialise(of, random, stage))
  const gradient = new Float64Array(of.size)
  const first = new Float64Array(of.size)
  const second = new Float64Array(of.size)
  const size = Math.min(batch, count)
  const inputs = new Float64Array(size * dimensions)
  const network = makeNetwork(dimensions, hidden, size)
  const slopes = new Float64Array(size * 2)
  let loss = Number.NaN
  for (let update = 0; update < updates; update++) {
    const order = random.permutation({ stage, purpose: "projection", step: update }, count)
    order.subarray(0, size).forEach((item, i) => {
      inputs.set(latents.subarray(item * dimensions, (item + 1) * dimensions), i * dimensions)
    })
    network.forward(parameters, inputs)
    loss = stress(network.places, distancesOf(inputs, dimensions, median), slopes)
    network.backward(parameters, inputs, slopes, gradient)
    const step = rate * (1 - update / updates)
    const [correction, scale] = [1 - adam.first ** (update + 1), 1 - adam.second ** (update + 1)]
    for (let k = 0; k < of.size; k++) {
      first[k] = adam.first * first[k]! + (1 - adam.first) * gradient[k]!
      second[k] = adam.second * second[k]! + (1 - adam.second) * gradient[k]! * gradient[k]!
      parameters[k]! -= (step * (first[k]! / correction)) / (Math.sqrt(second[k]! / scale) + adam.epsilon)
    }
  }
  return { dimensions, hidden, parameters, stress: loss, median }
}

/** Places [n, 2] of latents [n, dimensions], in units of the median latent distance. */
export const project = ({ dimensions, hidden, parameters }: Projection, latents: Float64Array): Float64Array => {
  const network = makeNetwork(dimensions, hidden, latents.length / dimensions)
  network.forward(parameters, latents)
  return network.places
}

/**
 * Relative stress of places [n, 2] under the distances [n, n] that they are to have: sum over pairs w (|y_i - y_j| - d_ij)^2 with
 * w = 1 / (d + .1), normalised to 1. Writes its gradient into `slopes` [n, 2]; a pair in one place has none.
 */
export const stress = (places: Float64Array, distances: Float64Array, slopes: Float64Array): number => {
  const n = places.length / 2
  slopes.fill(0)
  let [loss, total] = [0, 0]
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const wanted = distances[i * n + j]!
      const weight = 1 / (wanted + 0.1)
      const dx = places[2 * i]! - places[2 * j]!
      const dy = places[2 * i + 1]! - places[2 * j + 1]!
      const distance = Math.sqrt(dx * dx + dy * dy)
      const error = distance - wanted
      loss += weight * error * error
      total += weight
      if (distance > 0) {
        const slope = (2 * weight * error) / distance
        slopes[2 * i]! += slope * dx
        slopes[2 * i + 1]! += slope * dy
        slopes[2 * j]! -= slope * dx
        slopes[2 * j + 1]! -= slope * dy
      }
    }
  }
  for (let k = 0; k < slopes.length; k++) slopes[k]! /= total
  return loss / total
}

/** Distances [n, n] of points [n, width], over `unit`. */
export const distancesOf = (points: Float64Array, width: number, unit: number): Float64Array => {
  const n = points.length / width
  const distances = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const distance = Math.sqrt(squaredDistance(points, i, j, width)) / unit
      distances[i * n + j] = distance
      distances[j * n + i] = distance
    }
  }
  return distances
}

/**
 * How faithful the map [n, 2] of latents [n, dimensions] is. Distances are of all pairs, or of some 20,000: items are paired with those that
 * follow them, which is at random where the items are.
 */
export const measureMap = (options: {
  readonly latents: Float64Array
  readonly dimensions: number
  readonly map: Float64Array
}): MapMeasures => {
  const { dimensions, latents, map } = options
  const n = map.length / 2
  const [apart, shown]: [Array<number>, Array<number>] = [[], []]
  for (let offset = 1; 2 * offset <= n && apart.length < mostPairs; offset++) {
    // half a turn meets every pair twice
    for (let i = 0; i < (2 * offset === n ? offset : n); i++) {
      const j = (i + offset) % n
      apart.push(squaredDistance(latents, i, j, dimensions))
      shown.push(squaredDistance(map, i, j, 2))
    }
  }
  return {
    distances: spearman(apart, shown),
    trustworthiness: trustworthiness({ latents, dimensions, map, neighbours: 10 })
  }
}

/**
 * Trustworthiness (Venna & Kaski 2001): 1 - 2 / (n k (2 n - 3 k - 1)) sum over items i and those of the k nearest to i on the map that are
 * not among the k nearest in the latents, of their rank there less k. 1 where every neighbour on the map is one in the latents, about 1/2 of
 * a random map. Of equally near items the first is the nearer. NaN unless 0 < k < n / 2.
 */
export const trustworthiness = (options: {
  readonly latents: Float64Array
  readonly dimensions: number
  /** Places [n, mapDimensions]. */
  readonly map: Float64Array
  readonly mapDimensions?: number
  readonly neighbours: number
}): number => {
  const { dimensions, latents, map, mapDimensions = 2, neighbours: k } = options
  const n = map.length / mapDimensions
  if (!(k > 0 && 2 * k < n)) return Number.NaN
  const near = new Float64Array(n)
  const similar = new Float64Array(n)
  let penalty = 0
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      near[j] = j === i ? Infinity : squaredDistance(map, i, j, mapDimensions)
      similar[j] = j === i ? Infinity : squaredDistance(latents, i, j, dimensions)
    }
    for (const j of smallest(near, k)) {
      let rank = 1
      for (let m = 0; m < n; m++) {
        if (similar[m]! < similar[j]! || (similar[m] === similar[j] && m < j)) rank++
      }
      penalty += Math.max(0, rank - k)
    }
  }
  return 1 - (2 * penalty) / (n * k * (2 * n - 3 * k - 1))
}

/** The network for n rows, with the arrays that it computes into. */
export const makeNetwork = (dimensions: number, hidden: number, n: number) => {
  const units = new Float64Array(n * hidden)
  const places = new Float64Array(n * 2)
  const bias = dimensions * hidden
  const weights = bias + hidden
  const last = weights + 2 * hidden
  return {
    /** [n, 2], of the last forward pass. */
    places,
    forward: (p: Float64Array, inputs: Float64Array): void => {
      for (let i = 0; i < n; i++) {
        let [x, y] = [p[last]!, p[last + 1]!]
        for (let h = 0; h < hidden; h++) {
          let total = p[bias + h]!
          for (let k = 0; k < dimensions; k++) total += inputs[i * dimensions + k]! * p[k * hidden + h]!
          const unit = Math.tanh(total)
          units[i * hidden + h] = unit
          x += unit * p[weights + 2 * h]!
          y += unit * p[weights + 2 * h + 1]!
        }
        places[2 * i] = x
        places[2 * i + 1] = y
      }
    },
    /** The gradient of the parameters from that of the places, after a forward pass. */
    backward: (p: Float64Array, inputs: Float64Array, slopes: Float64Array, gradient: Float64Array): void => {
      gradient.fill(0)
      for (let i = 0; i < n; i++) {
        const [x, y] = [slopes[2 * i]!, slopes[2 * i + 1]!]
        gradient[last]! += x
        gradient[last + 1]! += y
        for (let h = 0; h < hidden; h++) {
          const unit = units[i * hidden + h]!
          gradient[weights + 2 * h]! += unit * x
          gradient[weights + 2 * h + 1]! += unit * y
          const slope = (x * p[weights + 2 * h]! + y * p[weights + 2 * h + 1]!) * (1 - unit * unit)
          gradient[bias + h]! += slope
          for (let k = 0; k < dimensions; k++) gradient[k * hidden + h]! += slope * inputs[i * dimensions + k]!
        }
      }
    }
  }
}

/** The indices of the k smallest values, the smallest first, and of equal ones the first; all where there are not so many. */
export const smallest = (values: Float64Array, k: number): ReadonlyArray<number> => {
  const best: Array<number> = []
  for (let j = 0; j < values.length; j++) {
    if (best.length === k && values[j]! >= values[best[k - 1]!]!) continue
    let at = best.length
    while (at > 0 && values[j]! < values[best[at - 1]!]!) at--
    best.splice(at, 0, j)
    if (best.length > k) best.pop()
  }
  return best
}

// internal

/** Ranks of more pairs take longer than they are worth. */
const mostPairs = 20_000

const squaredDistance = (points: Float64Array, i: number, j: number, width: number): number => {
  let total = 0
  for (let k = 0; k < width; k++) {
    const difference = points[i * width + k]! - points[j * width + k]!
    total += difference * difference
  }
  return total
}

/** The median of the distances of all pairs of different items. */
const medianDistance = (points: Float64Array, width: number): number => {
  const n = points.length / width
  const distances = new Float64Array((n * (n - 1)) / 2)
  let at = 0
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) distances[at++] = Math.sqrt(squaredDistance(points, i, j, width))
  }
  distances.sort()
  return ((distances[Math.floor((at - 1) / 2)] ?? NaN) + (distances[Math.floor(at / 2)] ?? NaN)) / 2
}
