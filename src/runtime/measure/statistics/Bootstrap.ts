/** Bootstrap intervals of any statistic over seeds (Efron & Tibshirani 1993; Agarwal et al. 2021). */
import type { Random } from "../../random/Random.ts"
import type { Estimate } from "../Statistics.ts"
import { resamples } from "../Statistics.ts"

/**
 * `statistic` of `values` with its percentile interval at `level`, from 10000 resamples of the stream (stage "measure",
 * purpose `purpose`, step n) of `random`; values that are NaN are left out, `n` says how many were used. NaN bounds
 * below two values.
 */
export const bootstrapOf = (
  values: ArrayLike<number>,
  statistic: (values: Float64Array) => number,
  random: Random,
  options: { readonly purpose: string; readonly level?: number }
): Estimate => {
  const used = Float64Array.from(values).filter((value) => !Number.isNaN(value))
  const n = used.length
  const centre = statistic(used)
  if (n < 2) return { mean: centre, low: Number.NaN, high: Number.NaN, n }
  const draws = new Float32Array(resamples * n)
  random.uniform({ stage: "measure", purpose: options.purpose, step: n }, draws)
  const drawn = new Float64Array(n)
  const found = new Float64Array(resamples)
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < n; i++) drawn[i] = used[Math.floor((draws[r * n + i] ?? 0) * n)] ?? Number.NaN
    found[r] = statistic(drawn)
  }
  found.sort()
  const tail = (1 - (options.level ?? 0.95)) / 2
  const at = (q: number) => found[Math.round(q * (resamples - 1))] ?? Number.NaN
  return { mean: centre, low: at(tail), high: at(1 - tail), n }
}
