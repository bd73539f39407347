/** Student's t test of differences within pairs (Student 1908), by @stdlib. */
import ttest from "@stdlib/stats-ttest"
import { sample } from "./Sample.ts"
import { cumulativeT } from "./StudentT.ts"

export interface PairedT {
  /** The mean difference. */
  readonly mean: number
  readonly t: number
  /** P(T >= t): the p of "greater than 0". */
  readonly pGreater: number
  /** P(T <= t): the p of "less than 0". */
  readonly pLess: number
  /** The interval of the mean at `level`. */
  readonly low: number
  readonly high: number
}

/**
 * t = mean / (s / sqrt(n)) of `differences`, one per training seed, with n - 1 degrees of freedom.
 *
 * Minimum data: two differences that are not all equal, else all but the mean are NaN.
 */
export const pairedT = (differences: ReadonlyArray<number>, level = 0.95): PairedT => {
  const { mean, n, variance } = sample(differences)
  if (!(variance > 0)) {
    return { mean, t: Number.NaN, pGreater: Number.NaN, pLess: Number.NaN, low: Number.NaN, high: Number.NaN }
  }
  const { ci, statistic: t } = ttest(Float64Array.from(differences), { alpha: 1 - level })
  const [low = Number.NaN, high = Number.NaN] = ci
  // the tails one by one: 1 less the other has no digits where p is small
  return { mean, t, pGreater: cumulativeT(-t, n - 1), pLess: cumulativeT(t, n - 1), low, high }
}
