/** Calibration of a forecaster: expected calibration error (Naeini et al. 2015; Guo et al. 2017), Brier score and its decomposition. */
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

/**
 * A Brier score and what it is made of: brier = reliability - resolution + uncertainty + variance - 2 covariance (Murphy 1973; the last two,
 * which vanish where all forecasts of a bin are equal, are those of Stephenson et al. 2008).
 */
export interface BrierParts {
  /** Mean of (confidence - correct)^2. */
  readonly brier: number
  /** Mean over rows of (mean confidence of the bin - share correct in it)^2. */
  readonly reliability: number
  /** Mean over rows of (share correct in the bin - share correct)^2. */
  readonly resolution: number
  /** o (1 - o), o the share correct. */
  readonly uncertainty: number
  /** Of the confidences about the means of their bins; their covariance there with being correct. */
  readonly variance: number
  readonly covariance: number
}

const noBrier: BrierParts = {
  brier: Number.NaN,
  reliability: Number.NaN,
  resolution: Number.NaN,
  uncertainty: Number.NaN,
  variance: Number.NaN,
  covariance: Number.NaN
}

/** Rows of one group and bin: how many, and sums of confidence f, outcome y, f^2, f y and (f - y)^2. */
interface Cell {
  readonly group: number
  readonly bin: number
  rows: number
  f: number
  y: number
  ff: number
  fy: number
  square: number
}

/**
 * The Brier score of binary outcomes (`correct` is 0 or 1) and its parts over equal bins, as a function of how often each group of rows
 * counts: `group[i]` is the group of row i, so that a bootstrap over groups does not read the rows again. All parts are NaN where no
 * row counts, or with a NaN among the rows.
 */
export const brierDecomposition = (
  confidence: ArrayLike<number>,
  correct: ArrayLike<number>,
  group: ArrayLike<number>,
  bins = calibrationBins
): ((times: (group: number) => number) => BrierParts) => {
  requirePaired(confidence, correct, group)
  const cells = new Map<number, Cell>()
  for (let i = 0; i < confidence.length; i++) {
    const [f, y] = [confidence[i] ?? Number.NaN, correct[i] ?? Number.NaN]
    if (Number.isNaN(f) || Number.isNaN(y)) return () => noBrier
    const bin = binOf(f, bins)
    const of = group[i] ?? 0
    const key = of * bins + bin
    const cell = cells.get(key) ?? { group: of, bin, rows: 0, f: 0, y: 0, ff: 0, fy: 0, square: 0 }
    cells.set(key, cell)
    cell.rows += 1
    cell.f += f
    cell.y += y
    cell.ff += f * f
    cell.fy += f * y
    cell.square += (f - y) ** 2
  }
  return (times) => {
    const sums = Array.from({ length: bins }, () => ({ rows: 0, f: 0, y: 0, ff: 0, fy: 0 }))
    let [rows, right, square] = [0, 0, 0]
    for (const cell of cells.values()) {
      const w = times(cell.group)
      const sum = sums[cell.bin]
      if (w === 0 || sum === undefined) continue
      sum.rows += w * cell.rows
      sum.f += w * cell.f
      sum.y += w * cell.y
      sum.ff += w * cell.ff
      sum.fy += w * cell.fy
      rows += w * cell.rows
      right += w * cell.y
      square += w * cell.square
    }
    if (rows === 0) return noBrier
    const share = right / rows
    let [reliability, resolution, variance, covariance] = [0, 0, 0, 0]
    for (const { f, ff, fy, rows: n, y } of sums) {
      if (n === 0) continue
      reliability += n * (f / n - y / n) ** 2
      resolution += n * (y / n - share) ** 2
      // where all forecasts of a bin are equal, rounding may leave less than nothing
      variance += Math.max(0, ff - (f * f) / n)
      covariance += fy - (f * y) / n
    }
    return {
      brier: square / rows,
      reliability: reliability / rows,
      resolution: resolution / rows,
      uncertainty: share * (1 - share),
      variance: variance / rows,
      covariance: covariance / rows
    }
  }
}
