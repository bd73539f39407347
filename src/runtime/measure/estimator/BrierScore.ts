/** Brier score of probability forecasts of one event, with its decomposition. */
import { binOf, calibrationBins } from "./CalibrationError.ts"
import { requirePaired } from "./Symbols.ts"

/** score = reliability - resolution + uncertainty + within. */
export interface BrierScore {
  /** mean (f - o)^2, in [0, 1]; 0 is best. */
  readonly score: number
  /** sum_b n_b / n (f_b - o_b)^2: how far stated probabilities are from frequencies. */
  readonly reliability: number
  /** sum_b n_b / n (o_b - o)^2: how much the bins differ in frequency. */
  readonly resolution: number
  /** o (1 - o): what the event itself leaves open. */
  readonly uncertainty: number
  /**
   * What bins of unequal forecasts leave: variance within bins less twice the covariance with the event; 0 when each
   * bin holds one forecast.
   */
  readonly within: number
}

/**
 * Brier's (1950) score with Murphy's (1973) decomposition over bins of equal width, completed by the terms within bins
 * (Stephenson et al. 2008) so that it is exact. `forecast` in [0, 1] is the probability of the event, `event` is 1
 * where it happened. NaN without rows.
 */
export const brierScore = (
  forecast: ArrayLike<number>,
  event: ArrayLike<number>,
  bins = calibrationBins
): BrierScore => {
  requirePaired(forecast, event)
  const n = forecast.length
  const count = new Float64Array(bins)
  const forecasts = new Float64Array(bins)
  const events = new Float64Array(bins)
  let squares = 0
  let happened = 0
  for (let i = 0; i < n; i++) {
    const f = forecast[i] ?? Number.NaN
    const o = event[i] ?? Number.NaN
    const bin = binOf(f, bins)
    count[bin] = (count[bin] ?? 0) + 1
    forecasts[bin] = (forecasts[bin] ?? 0) + f
    events[bin] = (events[bin] ?? 0) + o
    squares += (f - o) ** 2
    happened += o
  }
  const base = happened / n
  let reliability = 0
  let resolution = 0
  for (let b = 0; b < bins; b++) {
    const rows = count[b] ?? 0
    if (rows === 0) continue
    const f = (forecasts[b] ?? 0) / rows
    const o = (events[b] ?? 0) / rows
    reliability += (rows / n) * (f - o) ** 2
    resolution += (rows / n) * (o - base) ** 2
  }
  const uncertainty = base * (1 - base)
  const score = squares / n
  return n === 0
    ? {
        score: Number.NaN,
        reliability: Number.NaN,
        resolution: Number.NaN,
        uncertainty: Number.NaN,
        within: Number.NaN
      }
    : { score, reliability, resolution, uncertainty, within: score - (reliability - resolution + uncertainty) }
}
