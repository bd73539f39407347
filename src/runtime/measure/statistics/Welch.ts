/** Comparison of two means without equal variances (Welch 1947), by @stdlib. */
import ttest2 from "@stdlib/stats-ttest2"
import { sample } from "./Sample.ts"
import { cumulativeT } from "./StudentT.ts"

export interface Welch {
  /** Mean of the left less mean of the right. */
  readonly difference: number
  readonly t: number
  /** Welch & Satterthwaite's degrees of freedom. */
  readonly df: number
  /** Two-sided p. */
  readonly p: number
  /** P(T >= t): the p of "left is greater". */
  readonly pGreater: number
  /** The interval of the difference at `level`. */
  readonly low: number
  readonly high: number
}

/**
 * t = (mean_l - mean_r) / sqrt(s_l^2 / n_l + s_r^2 / n_r) with its p and interval. The values are one per training
 * seed.
 *
 * Minimum data: two values on each side and variance on one, else all but the difference are NaN.
 */
export const welch = (left: ArrayLike<number>, right: ArrayLike<number>, level = 0.95): Welch => {
  const l = sample(left)
  const r = sample(right)
  const difference = l.mean - r.mean
  // the library's variance of equal values is what rounding leaves
  if (!(l.variance + r.variance > 0)) {
    return {
      difference,
      t: Number.NaN,
      df: Number.NaN,
      p: Number.NaN,
      pGreater: Number.NaN,
      low: Number.NaN,
      high: Number.NaN
    }
  }
  const found = ttest2(Float64Array.from(left), Float64Array.from(right), { alpha: 1 - level })
  const [low = Number.NaN, high = Number.NaN] = found.ci
  const { df, pValue: p, statistic: t } = found
  // its own one-sided p is 1 less the other tail, which has no digits where p is small
  return { difference, t, df, p, pGreater: cumulativeT(-t, df), low, high }
}
