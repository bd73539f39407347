/** Comparison of two means without equal variances (Welch 1947). */
import { sample } from "./Sample.ts"
import { intervalT, twoSidedT } from "./StudentT.ts"

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
  const vl = l.variance / l.n
  const vr = r.variance / r.n
  const error = Math.sqrt(vl + vr)
  if (!(error > 0)) {
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
  const t = difference / error
  const df = (vl + vr) ** 2 / (vl ** 2 / (l.n - 1) + vr ** 2 / (r.n - 1))
  const p = twoSidedT(t, df)
  const half = intervalT(level, df) * error
  return { difference, t, df, p, pGreater: t > 0 ? p / 2 : 1 - p / 2, low: difference - half, high: difference + half }
}
