/** Stochastic superiority of one sample over another. */

/**
 * A12 = P(x > y) + 0.5 P(x = y) over all pairs (Vargha & Delaney 2000), in [0, 1], 0.5 for no difference; the
 * Mann-Whitney U over its maximum. NaN where a side is empty or has a NaN.
 */
export const varghaDelaney = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  let won = 0
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < y.length; j++) {
      const difference = (x[i] ?? Number.NaN) - (y[j] ?? Number.NaN)
      if (Number.isNaN(difference)) return Number.NaN
      won += difference > 0 ? 1 : difference === 0 ? 0.5 : 0
    }
  }
  return won / (x.length * y.length)
}
