/** Means and intervals. The unit of replication between conditions is the training seed, not the episode (MAPTALK.md section 4). */
import type { Random } from "../random/Random.ts"

/** A mean with its 95 % interval; NaN bounds where there is too little data. */
export interface Estimate {
  readonly mean: number
  readonly low: number
  readonly high: number
  readonly n: number
}

const z = 1.959963984540054

/**
 * The arithmetic mean; NaN of nothing.
 *
 * ```ts import.meta.vitest
 * mean([1, 2, 6]) // => 3
 * mean([]) // => Number.NaN
 * ```
 */
export const mean = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0
  return values.length === 0 ? Number.NaN : sum / values.length
}

/**
 * Wilson's score interval for `successes` of `n` trials (Wilson 1927), 95 %.
 *
 * ```ts import.meta.vitest
 * wilson(8, 8).mean // => 1
 * wilson(8, 8).low.toFixed(4) // => "0.6756"
 * ```
 */
export const wilson = (successes: number, n: number): Estimate => {
  if (n === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN, n }
  const p = successes / n
  const scale = 1 + z ** 2 / n
  const centre = (p + z ** 2 / (2 * n)) / scale
  const half = (z * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2))) / scale
  return { mean: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half), n }
}

/** The share of outcomes that are 1, the others being 0, with Wilson's interval. */
export const shareOf = (outcomes: Uint8Array): Estimate =>
  wilson(
    outcomes.reduce((a, b) => a + b, 0),
    outcomes.length
  )

/** Mean of independent values with the normal interval mean ± 1.96 s / sqrt(n), s with n - 1; NaN bounds below two values. */
export const normal = (values: ArrayLike<number>): Estimate => {
  const n = values.length
  const centre = mean(values)
  if (n < 2) return { mean: centre, low: Number.NaN, high: Number.NaN, n }
  let squares = 0
  for (let i = 0; i < n; i++) squares += ((values[i] ?? 0) - centre) ** 2
  const half = z * Math.sqrt(squares / (n - 1) / n)
  return { mean: centre, low: centre - half, high: centre + half, n }
}

/** Resamples that a bootstrap draws. */
export const resamples = 10_000

/**
 * Mean over seeds with the percentile bootstrap interval at `level` (Efron 1979; Agarwal et al. 2021), from the stream
 * `bootstrap` of `random`; NaN bounds below two values.
 */
export const bootstrap = (values: ReadonlyArray<number>, random: Random, level = 0.95): Estimate => {
  const n = values.length
  const centre = mean(values)
  if (n < 2) return { mean: centre, low: Number.NaN, high: Number.NaN, n }
  const draws = new Float32Array(resamples * n)
  random.uniform({ stage: "measure", purpose: "bootstrap", step: n }, draws)
  const means = new Float64Array(resamples)
  for (let r = 0; r < resamples; r++) {
    let sum = 0
    for (let i = 0; i < n; i++) sum += values[Math.min(n - 1, Math.floor((draws[r * n + i] ?? 0) * n))] ?? 0
    means[r] = sum / n
  }
  means.sort()
  const at = (q: number) => means[Math.min(resamples - 1, Math.max(0, Math.round(q * (resamples - 1))))] ?? Number.NaN
  return { mean: centre, low: at((1 - level) / 2), high: at((1 + level) / 2), n }
}
