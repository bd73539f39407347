/** Expected calibration error of a forecaster (Naeini et al. 2015; Guo et al. 2017). */
import { requirePaired } from "./Symbols.ts"

/** Bins of equal width over [0, 1]. */
export const calibrationBins = 15

/**
 * The bin of `confidence` among `bins`: ((b - 1) / bins, b / bins], 0 belonging to the first; a `RangeError` outside
 * [0, 1].
 */
export const binOf = (confidence: number, bins: number): number => {
  // probabilities that were rounded to float32 may add up to a little more than 1
  if (!(confidence >= 0 && confidence <= 1 + 1e-6)) throw new RangeError(`${confidence} is no probability`)
  return Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))
}

/**
 * ECE = sum over bins of (rows in the bin / rows) |share correct - mean confidence|, in [0, 1].
 *
 * `confidence` is the probability given to what was chosen, max_a pi_A(a | h_t); `correct` is 1 where that choice is
 * among the best actions of the state. `weight` is how often a row counts, once without it. NaN without rows or with a NaN among
 * those that count.
 */
export const expectedCalibrationError = (
  confidence: ArrayLike<number>,
  correct: ArrayLike<number>,
  bins = calibrationBins,
  weight: (row: number) => number = () => 1
): number => {
  requirePaired(confidence, correct)
  // per bin: sum of (correct - confidence), whose magnitude is what the bin adds
  const gaps = new Float64Array(bins)
  let rows = 0
  for (let i = 0; i < confidence.length; i++) {
    const times = weight(i)
    if (times === 0) continue
    const [given, was] = [confidence[i] ?? Number.NaN, correct[i] ?? Number.NaN]
    if (Number.isNaN(given) || Number.isNaN(was)) return Number.NaN
    const bin = binOf(given, bins)
    gaps[bin] = (gaps[bin] ?? 0) + times * (was - given)
    rows += times
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / rows
}
