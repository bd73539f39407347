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

const undefinedScore: BrierScore = {
  score: Number.NaN,
  reliability: Number.NaN,
  resolution: Number.NaN,
  uncertainty: Number.NaN,
  within: Number.NaN
}

/**
 * Brier's (1950) score with Murphy's (1973) decomposition over bins of equal width, completed by the terms within bins
 * (Stephenson et al. 2008) so that it is exact. `forecast` in [0, 1] is the probability of the event, `event` is 1
 * where it happened. NaN without rows or with a NaN among them.
 */
export const brierScore = (
  forecast: ArrayLike<number>,
  event: ArrayLike<number>,
  bins = calibrationBins
): BrierScore => {
  requirePaired(forecast, event)
  const n = forecast.length
  const members = Array.from({ length: bins }, (): Array<readonly [f: number, o: number]> => [])
  let squares = 0
  let happened = 0
  for (let i = 0; i < n; i++) {
    const f = forecast[i] ?? Number.NaN
    const o = event[i] ?? Number.NaN
    if (Number.isNaN(f) || Number.isNaN(o)) return undefinedScore
    members[binOf(f, bins)]?.push([f, o])
    squares += (f - o) ** 2
    happened += o
  }
  if (n === 0) return undefinedScore
  const base = happened / n
  let reliability = 0
  let resolution = 0
  let within = 0
  for (const bin of members) {
    if (bin.length === 0) continue
    const meanF = bin.reduce((sum, [f]) => sum + f, 0) / bin.length
    const meanO = bin.reduce((sum, [, o]) => sum + o, 0) / bin.length
    reliability += (bin.length / n) * (meanF - meanO) ** 2
    resolution += (bin.length / n) * (meanO - base) ** 2
    for (const [f, o] of bin) within += ((f - meanF) ** 2 - 2 * (f - meanF) * (o - meanO)) / n
  }
  return { score: squares / n, reliability, resolution, uncertainty: base * (1 - base), within }
}
