/**
 * The AI of the navigator: a Gaussian process of scores, a Bayesian logit model of choices, and suggestions by Thompson
 * sampling (NAVIGATOR.md section 4).
 *
 * Both heads see items by the AI's coordinates, [count, width] for the whole catalogue: active latents, or latents and
 * what the mapper makes of them. Heads belong to one session.
 */
import { solveLower, solveLowerTransposed } from "../../measure/estimator/linear/Cholesky.ts"
import { addGram, factorise, solveLowerInto } from "../../measure/estimator/linear/InPlace.ts"
import { crossProduct, dot, matrix, zeros } from "../../measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../../measure/estimator/linear/Matrix.ts"
import type { Address, Random } from "../../random/Random.ts"
import { below } from "../../random/Random.ts"

export interface AssistantSettings {
  /** Items that a suggestion is chosen from, drawn for each click. */
  readonly candidates: number
  /** Length of both kernels, as a multiple of the square root of the number of latents. */
  readonly length: number
  /** Prior standard deviation, mean and noise of scores. */
  readonly amplitude: number
  readonly mean: number
  readonly noise: number
  /** Random features of the choice head. */
  readonly features: number
  /** Prior standard deviation of a choice utility. */
  readonly choice_amplitude: number
  /** Newton steps for each click. */
  readonly newton_steps: number
}

export const assistantDefaults: AssistantSettings = {
  candidates: 192,
  length: 0.8,
  amplitude: 0.15,
  mean: 0.1,
  noise: 0.05,
  features: 128,
  choice_amplitude: 2,
  newton_steps: 2
}

// Added to the diagonal of a posterior covariance before its root is taken.
const JITTER = 1e-6

// ---- scores: a Gaussian process (Rasmussen & Williams 2006, section 2.2) ------------------------------------------

/** A Gaussian process with kernel amplitude^2 exp(-1/2 |z - z'|^2 / length^2), a constant mean and noise, all in scores. */
export interface ScorePrior {
  readonly amplitude: number
  readonly length: number
  readonly mean: number
  readonly noise: number
}

/** What a Gaussian process knows after the scores of some items. */
export interface ScoreHead {
  /** Posterior means of items: [items]. */
  readonly mean: (items: ArrayLike<number>) => Float64Array
  /** Posterior means of items, and their covariance, of which the lower triangle counts, without observation noise. */
  readonly joint: (items: ArrayLike<number>) => { readonly mean: Float64Array; readonly covariance: Matrix }
}

// kernel(items i of `left`, items j of `right`), row by row; of items with themselves the lower triangle alone
const kernel = (prior: ScorePrior, coordinates: Matrix, left: ArrayLike<number>, right: ArrayLike<number>): Matrix => {
  const width = coordinates.columns
  const at = coordinates.data
  const n = right.length
  // one coordinate of all items after the other, so that the longest loop is the innermost; two at a time, so an odd
  // number of coordinates has one more of zeros
  const turned = new Float64Array((width + (width % 2)) * n)
  for (let j = 0; j < n; j++) for (let k = 0; k < width; k++) turned[k * n + j] = at[right[j]! * width + k]!
  const filled = zeros(left.length, n)
  const squares = new Float64Array(n)
  const variance = prior.amplitude ** 2
  const scale = -0.5 / prior.length ** 2
  for (let i = 0; i < left.length; i++) {
    const end = left === right ? i + 1 : n
    squares.fill(0, 0, end)
    for (let k = 0; k < width; k += 2) {
      const x = at[left[i]! * width + k]!
      const y = k + 1 < width ? at[left[i]! * width + k + 1]! : 0
      const first = k * n
      const second = first + n
      for (let j = 0; j < end; j++) {
        const along = x - turned[first + j]!
        const across = y - turned[second + j]!
        squares[j]! += along * along + across * across
      }
    }
    for (let j = 0; j < end; j++) filled.data[i * n + j] = variance * Math.exp(scale * squares[j]!)
  }
  return filled
}

/** The Gaussian process after `scores` of the items `clicked`, which may repeat; before any it is the prior. */
export const scoreHead = (
  prior: ScorePrior,
  coordinates: Matrix,
  clicked: ArrayLike<number>,
  scores: ArrayLike<number>
): ScoreHead => {
  const seen = Int32Array.from(clicked)
  const n = seen.length
  const noisy = kernel(prior, coordinates, seen, seen)
  for (let i = 0; i < n; i++) noisy.data[i * n + i]! += prior.noise ** 2
  if (!factorise(noisy)) throw new RangeError("the covariance of the scores is not positive definite")
  const residuals = matrix(
    n,
    1,
    Float64Array.from(scores, (score) => score - prior.mean)
  )
  // L^-1 (s - mean); the weights of the means follow from it
  const whitened = solveLower(noisy, residuals)
  const weights = solveLowerTransposed(noisy, whitened)

  const mean = (items: ArrayLike<number>): Float64Array => {
    const towards = kernel(prior, coordinates, items, seen)
    return Float64Array.from(
      { length: items.length },
      (_, i) => prior.mean + dot(towards.data, i * n, weights.data, 0, n)
    )
  }

  const joint = (items: ArrayLike<number>) => {
    const asked = Int32Array.from(items)
    const covariance = kernel(prior, coordinates, asked, asked)
    const explained = kernel(prior, coordinates, seen, asked)
    solveLowerInto(noisy, explained)
    addGram(-1, explained, covariance)
    const means = crossProduct(explained, whitened)
    return { mean: means.data.map((value) => prior.mean + value), covariance }
  }

  return { mean, joint }
}

/** One joint draw of the scores of `items`, by as many standard normals. */
export const drawScores = (head: ScoreHead, items: ArrayLike<number>, normals: Float32Array): Float64Array => {
  const { covariance, mean } = head.joint(items)
  const n = items.length
  for (let i = 0; i < n; i++) covariance.data[i * n + i]! += JITTER
  if (!factorise(covariance)) throw new RangeError("the posterior covariance of the scores is not positive definite")
  const scale = Float64Array.from(normals)
  return mean.map((value, i) => value + dot(covariance.data, i * n, scale, 0, i + 1))
}

// ---- choices: multinomial logit on random features ----------------------------------------------------------------

/** A set of items of which one was chosen. */
export interface Choice {
  readonly items: ArrayLike<number>
  /** Index of the chosen item in `items`. */
  readonly chosen: number
}

/**
 * Random Fourier features (Rahimi & Recht 2007) of every item: [count, features] of amplitude sqrt(2 / features)
 * cos(omega z + b), so that utilities with weights N(0, I) have about the covariance of the kernel of this amplitude
 * and length. Frequencies are drawn for `widest` coordinates, of which the first ones count.
 */
export const choiceFeatures = (options: {
  readonly random: Random
  readonly address: Address
  readonly coordinates: Matrix
  readonly features: number
  readonly widest: number
  readonly amplitude: number
  readonly length: number
}): Matrix => {
  const { address, amplitude, coordinates, features, length, random, widest } = options
  const frequencies = new Float32Array(features * widest)
  random.normal({ ...address, purpose: `${address.purpose} frequencies` }, frequencies)
  const scaled = Float64Array.from(frequencies, (frequency) => frequency / length)
  const phases = new Float32Array(features)
  random.uniform({ ...address, purpose: `${address.purpose} phases` }, phases)
  const { columns: width, data: at, rows } = coordinates
  const filled = zeros(rows, features)
  const scale = amplitude * Math.sqrt(2 / features)
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < features; k++) {
      let angle = 2 * Math.PI * phases[k]!
      for (let c = 0; c < width; c++) angle += scaled[k * widest + c]! * at[i * width + c]!
      filled.data[i * features + k] = scale * Math.cos(angle)
    }
  }
  return filled
}

/** Choice probabilities of items under `weights`: softmax of the utilities phi w (Luce 1959; McFadden 1974). */
export const logitProbabilities = (features: Matrix, items: ArrayLike<number>, weights: Float64Array): Float64Array => {
  const n = features.columns
  const utilities = Float64Array.from(items, (item) => dot(features.data, item * n, weights, 0, n))
  const largest = utilities.reduce((a, b) => Math.max(a, b), -Infinity)
  const odds = utilities.map((utility) => Math.exp(utility - largest))
  const total = odds.reduce((sum, each) => sum + each, 0)
  return odds.map((each) => each / total)
}

/** |w|^2 / 2 - sum_t ln p_t(chosen): the negative log posterior of the weights up to a constant. */
export const choiceLoss = (features: Matrix, choices: ReadonlyArray<Choice>, weights: Float64Array): number => {
  let loss = 0.5 * dot(weights, 0, weights, 0, weights.length)
  for (const { chosen, items } of choices) loss -= Math.log(logitProbabilities(features, items, weights)[chosen]!)
  return loss
}

/** The gradient and the Hessian (its lower triangle) of `choiceLoss`: w - sum_t (phi_chosen - phi_mean) and I + sum_t cov_p(phi). */
export const choiceDerivatives = (
  features: Matrix,
  choices: ReadonlyArray<Choice>,
  weights: Float64Array
): { readonly gradient: Float64Array; readonly hessian: Matrix } => {
  const n = features.columns
  const gradient = Float64Array.from(weights)
  const phi = features.data
  const size = choices.reduce((sum, { items }) => sum + items.length - 1, 0)
  const contrasts = zeros(size, n)
  let next = 0
  const mean = new Float64Array(n)
  for (const { chosen, items } of choices) {
    const probabilities = logitProbabilities(features, items, weights)
    // the covariance of K points as K - 1 outer products, each of a point with the mean of those before it (West 1979)
    let before = probabilities[0]!
    const first = items[0]! * n
    for (let k = 0; k < n; k++) mean[k] = phi[first + k]!
    for (let j = 1; j < items.length; j++) {
      const p = probabilities[j]!
      const after = before + p
      const from = items[j]! * n
      const scale = Math.sqrt((p * before) / after)
      const step = p / after
      for (let k = 0; k < n; k++) {
        const difference = phi[from + k]! - mean[k]!
        contrasts.data[next * n + k] = scale * difference
        mean[k]! += step * difference
      }
      before = after
      next++
    }
    const picked = items[chosen]! * n
    for (let k = 0; k < n; k++) gradient[k]! -= phi[picked + k]! - mean[k]!
  }
  const hessian = zeros(n, n)
  addGram(1, contrasts, hessian)
  for (let k = 0; k < n; k++) hessian.data[k * n + k]! += 1
  return { gradient, hessian }
}

/** A Gaussian about the weights of the choice head: mean, and the Cholesky factor of its inverse covariance. */
export interface ChoiceHead {
  readonly weights: Float64Array
  readonly lower: Matrix
}

/** The choice head before any choice: weights N(0, I). */
export const freshChoiceHead = (features: number): ChoiceHead => {
  const lower = zeros(features, features)
  for (let k = 0; k < features; k++) lower.data[k * features + k] = 1
  return { weights: new Float64Array(features), lower }
}

/**
 * Laplace's approximation after `steps` Newton steps from `start` on all choices. A step that does not lower the loss is
 * halved, at most ten times; the covariance is that of the last step's Hessian.
 */
export const laplace = (
  features: Matrix,
  choices: ReadonlyArray<Choice>,
  start: Float64Array,
  steps: number
): ChoiceHead => {
  let weights: Float64Array = start
  let loss = choiceLoss(features, choices, weights)
  let lower = freshChoiceHead(features.columns).lower
  for (let step = 0; step < steps; step++) {
    const { gradient, hessian } = choiceDerivatives(features, choices, weights)
    if (!factorise(hessian)) throw new RangeError("the Hessian of the choices is not positive definite")
    lower = hessian
    const direction = solveLowerTransposed(lower, solveLower(lower, matrix(gradient.length, 1, gradient))).data
    for (let halving = 0, size = 1; halving <= 10; halving++, size /= 2) {
      const next = weights.map((weight, k) => weight - size * direction[k]!)
      const nextLoss = choiceLoss(features, choices, next)
      if (nextLoss <= loss) {
        weights = next
        loss = nextLoss
        break
      }
    }
  }
  return { weights, lower }
}

/** Weights drawn from the head, by as many standard normals: mean + L^-T normal. */
export const drawWeights = (head: ChoiceHead, normals: Float32Array): Float64Array => {
  const drawn = solveLowerTransposed(head.lower, matrix(normals.length, 1, normals))
  return head.weights.map((weight, k) => weight + drawn.data[k]!)
}

/** Utilities phi w of items. */
export const utilitiesOf = (features: Matrix, items: ArrayLike<number>, weights: Float64Array): Float64Array =>
  Float64Array.from(items, (item) => dot(features.data, item * features.columns, weights, 0, features.columns))

// ---- suggestions ----------------------------------------------------------------------------------------------------

/** `count` different items of 0 .. n-1, or all of them, in random order (the first steps of Fisher-Yates). */
export const drawItems = (random: Random, address: Address, n: number, count: number): Int32Array => {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  const kept = Math.min(n, count)
  const words = new Uint32Array(kept)
  random.words(address, words)
  for (let i = 0; i < kept; i++) {
    const j = i + below(words[i]!, n - i)
    const item = order[i]!
    order[i] = order[j]!
    order[j] = item
  }
  return order.slice(0, kept)
}

/**
 * The best `count` of `items` by utility that lie farther than `distance` from each other on the map [count, 2], best
 * first; fewer where no more do.
 */
export const apart = (
  items: Int32Array,
  utilities: Float64Array,
  map: Float64Array,
  distance: number,
  count: number
): Int32Array => {
  const order = Array.from(items.keys()).sort((i, j) => utilities[j]! - utilities[i]! || i - j)
  const kept: Array<number> = []
  for (const at of order) {
    if (kept.length === count) break
    const item = items[at]!
    const far = kept.every(
      (other) => Math.hypot(map[2 * item]! - map[2 * other]!, map[2 * item + 1]! - map[2 * other + 1]!) > distance
    )
    if (far) kept.push(item)
  }
  return Int32Array.from(kept)
}

/** Values less their mean, divided by their standard deviation; zeros where they do not vary. */
export const zScores = (values: Float64Array): Float64Array => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  return values.map((value) => (sd > 0 ? (value - mean) / sd : 0))
}
