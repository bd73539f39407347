/** The interquartile mean (Agarwal et al. 2021). */
import { mean } from "../Statistics.ts"

/**
 * The mean of what remains when floor(n / 4) of the lowest and as many of the highest values are left out; NaN of
 * nothing or with a NaN among them.
 */
export const interquartileMean = (values: ArrayLike<number>): number => {
  const sorted = Float64Array.from(values).sort()
  const cut = Math.floor(sorted.length / 4)
  return sorted.some(Number.isNaN) ? Number.NaN : mean(sorted.subarray(cut, sorted.length - cut))
}
