/** Correction for testing several claims (Holm 1979). */

/**
 * Adjusted p values, in the order given: reject those at most alpha, and the chance of any false rejection is at most
 * alpha, whatever the dependence. The k-th smallest p is multiplied by m - k + 1, then made non-decreasing and at most
 * 1. A claim whose p is NaN stays NaN and still counts among the m: the family is what was claimed, not what could be
 * tested.
 */
export const holm = (p: ReadonlyArray<number>): ReadonlyArray<number> => {
  const order = p
    .map((_, i) => i)
    .filter((i) => !Number.isNaN(p[i]))
    .sort((i, j) => (p[i] ?? 0) - (p[j] ?? 0))
  const adjusted = p.map(() => Number.NaN)
  let largest = 0
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, (p[i] ?? Number.NaN) * (p.length - rank)))
    adjusted[i] = largest
  })
  return adjusted
}
