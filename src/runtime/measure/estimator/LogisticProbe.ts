/**
 * Multinomial logistic regression as a probe: how well a latent predicts a discrete choice on episodes the probe has
 * not seen.
 *
 * The probe minimises mean_i -ln p(y_i | x_i) + (l2 / 2) ||W||^2 with p = softmax(W [x; 1]) (Bishop 2006, section
 * 4.3.4; probes: Alain & Bengio 2017). Columns of x are z-scored with the moments of the fitted rows, so the penalty
 * does not depend on a latent's units; the intercepts are penalised too, which makes the minimum unique and keeps the
 * likelihood of a class that was never fitted finite.
 */
import { entropy } from "./Entropy.ts"
import { splitByEpisode } from "./EpisodeSplit.ts"
import { cholesky, solve } from "./linear/Cholesky.ts"
import { minimise } from "./linear/Lbfgs.ts"
import {
  addScaled,
  addToDiagonal,
  crossProduct,
  dot,
  entry,
  allFinite,
  takeRows,
  transpose,
  zeros
} from "./linear/Matrix.ts"
import type { Matrix } from "./linear/Matrix.ts"
import { standardisation, standardised } from "./linear/Moments.ts"
import type { Standardisation } from "./linear/Moments.ts"
import { countSymbols, requirePaired } from "./Symbols.ts"

/** Weight of the squared weights (MAPTALK.md section 2, MP). */
export const probeL2 = 1e-3

/** A fitted probe over `classes` classes. */
export interface Probe {
  readonly classes: number
  readonly standardisation: Standardisation
  /** [classes, columns of x + 1]; the last column holds the intercepts. */
  readonly weights: Matrix
}

// z-scores and a column of ones
const design = (x: Matrix, by: Standardisation): Matrix => {
  const scores = standardised(x, by)
  const columns = x.columns + 1
  const widened = zeros(x.rows, columns)
  for (let i = 0; i < x.rows; i++) {
    widened.data.set(scores.data.subarray(i * x.columns, (i + 1) * x.columns), i * columns)
    widened.data[i * columns + x.columns] = 1
  }
  return widened
}

/** Turns logits into probabilities in place and returns ln sum exp of the logits. */
const softmaxInPlace = (logits: Float64Array): number => {
  let largest = -Infinity
  for (const logit of logits) largest = Math.max(largest, logit)
  let sum = 0
  for (const logit of logits) sum += Math.exp(logit - largest)
  const logSum = largest + Math.log(sum)
  for (let c = 0; c < logits.length; c++) logits[c] = Math.exp((logits[c] ?? 0) - logSum)
  return logSum
}

const tolerance = 1e-7
const largestIterations = 2000

/**
 * Fits a probe to `x` [n, d] and `y` (n labels from 0 to `classes` - 1) by L-BFGS from zero until no entry of the
 * gradient exceeds 1e-7: the objective is l2-strongly convex, so what is left of it is below |gradient|^2 / (2 l2).
 * The preconditioner is the inverse of Böhning's (1992) bound on the Hessian. `undefined` without rows, where a value
 * is not finite, or if it does not converge.
 */
export const fitProbe = (x: Matrix, y: ArrayLike<number>, classes: number, l2 = probeL2): Probe | undefined => {
  requirePaired({ length: x.rows }, y)
  countSymbols(y, classes)
  if (x.rows === 0 || !allFinite(x)) return undefined
  const by = standardisation(x)
  const inputs = design(x, by)
  const n = inputs.rows
  const width = inputs.columns
  const bound = crossProduct(inputs, inputs)
  const factor = cholesky(addToDiagonal({ ...bound, data: bound.data.map((value) => value / (2 * n)) }, l2))
  if (factor === undefined) return undefined
  const probabilities = new Float64Array(classes)
  const found = minimise({
    start: new Float64Array(classes * width),
    evaluate: (weights, gradient) => {
      gradient.fill(0)
      let loss = 0
      for (let i = 0; i < n; i++) {
        for (let c = 0; c < classes; c++) probabilities[c] = dot(weights, c * width, inputs.data, i * width, width)
        const label = y[i] ?? 0
        const logit = probabilities[label] ?? 0
        loss += softmaxInPlace(probabilities) - logit
        for (let c = 0; c < classes; c++) {
          addScaled((probabilities[c] ?? 0) - (c === label ? 1 : 0), inputs.data, i * width, gradient, c * width, width)
        }
      }
      let squares = 0
      for (let k = 0; k < weights.length; k++) {
        const weight = weights[k] ?? 0
        squares += weight * weight
        gradient[k] = (gradient[k] ?? 0) / n + l2 * weight
      }
      return loss / n + (l2 / 2) * squares
    },
    precondition: (gradient) =>
      transpose(solve(factor, transpose({ rows: classes, columns: width, data: gradient }))).data,
    tolerance,
    iterations: largestIterations
  })
  if (!found.converged) return undefined
  return { classes, standardisation: by, weights: { rows: classes, columns: width, data: found.at } }
}

/** The probabilities a probe gives to each row of `x`, [n, classes]. */
export const predictProbe = (probe: Probe, x: Matrix): Matrix => {
  const inputs = design(x, probe.standardisation)
  const predicted = zeros(x.rows, probe.classes)
  for (let i = 0; i < x.rows; i++) {
    const out = predicted.data.subarray(i * probe.classes, (i + 1) * probe.classes)
    for (let c = 0; c < probe.classes; c++) {
      out[c] = dot(probe.weights.data, c * inputs.columns, inputs.data, i * inputs.columns, inputs.columns)
    }
    softmaxInPlace(out)
  }
  return predicted
}

/** How a probe fitted on half of the episodes does on the other half; NaN where there is no such half. */
export interface HeldOutProbe {
  /** Mean -ln p(y | x), nats per row. */
  readonly negativeLogLikelihood: number
  /** Share of rows whose likeliest class is the label. */
  readonly accuracy: number
  /** Plug-in entropy of the held-out labels, nats: what knowing only their frequencies costs. */
  readonly labelEntropy: number
  readonly fitRows: number
  readonly heldOutRows: number
  /** The held-out rows and -ln p(y | x) of each; empty where the probe is undefined. */
  readonly heldOut: Int32Array
  readonly losses: Float64Array
  /** 1 for each held-out row whose likeliest class is the label. */
  readonly hits: Uint8Array
}

/** Rows of a latent, what was chosen at each, and whose episode each is. */
export interface ProbeData {
  /** [n, d]. */
  readonly features: Matrix
  /** n labels from 0 to `classes` - 1. */
  readonly labels: ArrayLike<number>
  readonly classes: number
  /** n episode numbers. */
  readonly episode: ArrayLike<number>
}

/**
 * Fits a probe on half of the episodes and scores it on the others.
 *
 * Minimum data: two episodes. NaN with fewer, where a feature is not finite, or where the fit does not converge.
 */
export const heldOutProbe = (data: ProbeData): HeldOutProbe => {
  const { classes, episode, features, labels } = data
  requirePaired({ length: features.rows }, labels, episode)
  const { fit, heldOut } = splitByEpisode(episode)
  const pick = (rows: Int32Array) => Int32Array.from(rows, (i) => labels[i] ?? -1)
  const counts = countSymbols(pick(heldOut), classes)
  const fitted =
    heldOut.length === 0 || !allFinite(features) ? undefined : fitProbe(takeRows(features, fit), pick(fit), classes)
  if (fitted === undefined) {
    return {
      negativeLogLikelihood: Number.NaN,
      accuracy: Number.NaN,
      labelEntropy: Number.NaN,
      fitRows: fit.length,
      heldOutRows: heldOut.length,
      heldOut: new Int32Array(0),
      losses: new Float64Array(0),
      hits: new Uint8Array(0)
    }
  }
  const predicted = predictProbe(fitted, takeRows(features, heldOut))
  const losses = new Float64Array(heldOut.length)
  let loss = 0
  const hits = new Uint8Array(heldOut.length)
  heldOut.forEach((from, i) => {
    const label = labels[from] ?? -1
    let likeliest = 0
    for (let c = 1; c < classes; c++) if (entry(predicted, i, c) > entry(predicted, i, likeliest)) likeliest = c
    losses[i] = -Math.log(entry(predicted, i, label))
    loss += losses[i] ?? 0
    if (likeliest === label) hits[i] = 1
  })
  return {
    negativeLogLikelihood: loss / heldOut.length,
    accuracy: hits.reduce((a, b) => a + b, 0) / heldOut.length,
    labelEntropy: entropy(counts).plugIn,
    fitRows: fit.length,
    heldOutRows: heldOut.length,
    heldOut,
    losses,
    hits
  }
}
