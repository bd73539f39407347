/** Agreement of two raters beyond chance (Cohen 1960). */
import { countSymbols, requirePaired } from "./Symbols.ts"

/**
 * kappa = (p_o - p_e) / (1 - p_e) of paired choices from 0 .. `choices` - 1: 1 for full agreement, 0 for as much as
 * their frequencies give by chance, at least -1.
 *
 * NaN without rows, and where both always make the same one choice (p_e = 1).
 */
export const cohenKappa = (a: ArrayLike<number>, b: ArrayLike<number>, choices: number): number => {
  requirePaired(a, b)
  const n = a.length
  const countsA = countSymbols(a, choices)
  const countsB = countSymbols(b, choices)
  let agreed = 0
  for (let i = 0; i < n; i++) if (a[i] === b[i]) agreed++
  // in counts, so that p_e = 1 is found exactly
  const expected = countsA.reduce((sum, count, c) => sum + count * (countsB[c] ?? 0), 0)
  return n === 0 || expected === n * n ? Number.NaN : (agreed * n - expected) / (n * n - expected)
}
