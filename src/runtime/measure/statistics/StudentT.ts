/** Student's t distribution, by @stdlib. */
import cumulative from "@stdlib/stats-base-dists-t-cdf"
import quantile from "@stdlib/stats-base-dists-t-quantile"

/** P(T <= t) for `df` > 0 degrees of freedom, which need not be whole; exact in the lower tail, NaN without degrees of freedom. */
export const cumulativeT = (t: number, df: number): number => cumulative(t, df)

/** The t > 0 with P(|T| <= t) = `level`; NaN unless 0 < level < 1 and df > 0. */
export const intervalT = (level: number, df: number): number =>
  level > 0 && level < 1 ? -quantile((1 - level) / 2, df) : Number.NaN
