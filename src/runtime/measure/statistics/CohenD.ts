/** Standardised difference of two means (Cohen 1988). */
import { sample } from "./Sample.ts"
import type { Sample } from "./Sample.ts"

/**
 * d from two samples' means and variances: (mean_l - mean_r) / s, s^2 = ((n_l - 1) s_l^2 + (n_r - 1) s_r^2) / (n_l +
 * n_r - 2); NaN where s is 0 or undefined.
 */
export const cohenDOfSamples = (left: Sample, right: Sample): number => {
  const pooled = ((left.n - 1) * left.variance + (right.n - 1) * right.variance) / (left.n + right.n - 2)
  return pooled > 0 ? (left.mean - right.mean) / Math.sqrt(pooled) : Number.NaN
}

/**
 * Cohen's d with the pooled standard deviation. Minimum data: two values on each side and variance on one, else NaN.
 */
export const cohenD = (left: ArrayLike<number>, right: ArrayLike<number>): number =>
  cohenDOfSamples(sample(left), sample(right))
