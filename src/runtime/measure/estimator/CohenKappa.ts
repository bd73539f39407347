/** Agreement of two raters beyond chance (Cohen 1960). */

/**
 * kappa = (p_o - p_e) / (1 - p_e) from how often each pair of choices occurred, `counts[a * choices + b]`: 1 for full
 * agreement, 0 for as much as their frequencies give by chance, at least -1.
 *
 * NaN without rows, and where both always make the same one choice (p_e = 1).
 */
export const kappaOf = (counts: Float64Array, choices: number): number => {
  const countsA = new Float64Array(choices)
  const countsB = new Float64Array(choices)
  let agreed = 0
  let n = 0
  counts.forEach((count, k) => {
    const a = Math.floor(k / choices)
    const b = k % choices
    countsA[a] = (countsA[a] ?? 0) + count
    countsB[b] = (countsB[b] ?? 0) + count
    if (a === b) agreed += count
    n += count
  })
  // in counts, so that p_e = 1 is found exactly
  const expected = countsA.reduce((sum, count, c) => sum + count * (countsB[c] ?? 0), 0)
  return n === 0 || expected === n * n ? Number.NaN : (agreed * n - expected) / (n * n - expected)
}
