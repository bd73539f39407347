/** Rank correlation (Spearman 1904); the ranks, equal values sharing the mean of theirs, by @stdlib. */
import ranks from "@stdlib/stats-ranks"

/**
 * Spearman's rho: Pearson's correlation of the ranks. NaN below two pairs, where one side is constant, or where a value
 * is NaN.
 */
export const spearman = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  if (x.length !== y.length) throw new RangeError(`${x.length} and ${y.length} values are not paired`)
  for (let i = 0; i < x.length; i++) if (Number.isNaN(x[i]) || Number.isNaN(y[i])) return Number.NaN
  const a = ranks(x)
  const b = ranks(y)
  // ranks have this mean whatever the ties
  const centre = (x.length + 1) / 2
  let xx = 0
  let yy = 0
  let xy = 0
  for (let i = 0; i < a.length; i++) {
    const u = (a[i] ?? 0) - centre
    const v = (b[i] ?? 0) - centre
    xx += u * u
    yy += v * v
    xy += u * v
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Number.NaN
}
