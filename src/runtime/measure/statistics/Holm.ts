/** Correction for testing several claims (Holm 1979), by @stdlib. */
import padjust from "@stdlib/stats-padjust"

/**
 * Adjusted p values, in the order given: reject those at most alpha, and the chance of any false rejection is at most
 * alpha, whatever the dependence. The k-th smallest p is multiplied by m - k + 1, then made non-decreasing and at most
 * 1. A claim whose p is NaN stays NaN and still counts among the m: the family is what was claimed, not what could be
 * tested.
 */
export const holm = (p: ReadonlyArray<number>): ReadonlyArray<number> => {
  const tested = p.filter((value) => !Number.isNaN(value))
  if (tested.length === 0) return p
  const adjusted = padjust(tested, "holm", p.length)
  let next = 0
  return p.map((value) => (Number.isNaN(value) ? value : (adjusted[next++] ?? Number.NaN)))
}
