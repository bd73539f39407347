/** Permutation test of paired differences by flipping their signs (Fisher 1935; Ernst 2004). */
import type { Random } from "../../random/Random.ts"

export interface SignFlip {
  /** Share of sign patterns whose mean is at least as large as the one seen. */
  readonly pGreater: number
  /** Share of sign patterns whose mean is at least as far from 0. */
  readonly p: number
  /**
   * Whether all 2^n patterns were taken. The smallest p of n pairs is then 2^-n (one-sided) or 2^(1-n): five seeds
   * cannot reach a two-sided 0.05.
   */
  readonly exact: boolean
}

/** Pairs up to which all patterns are taken. */
export const exactUpTo = 16
const sampled = 100_000

/**
 * p values of the hypothesis that the differences are symmetric around 0, one difference per training seed. All 2^n
 * patterns up to 16 pairs; above that 100000 patterns of the stream (stage "measure", purpose "sign flip", step n) of
 * `random`, the observed one counted with them. NaN without differences or with a NaN among them.
 */
export const signFlip = (differences: ArrayLike<number>, random: Random): SignFlip => {
  const n = differences.length
  const exact = n <= exactUpTo
  const values = Float64Array.from(differences)
  if (n === 0 || values.some(Number.isNaN)) return { pGreater: Number.NaN, p: Number.NaN, exact }
  const observed = values.reduce((a, b) => a + b, 0)
  // sums in another order differ in their last digits; ties must count as ties
  const slack = 1e-12 * values.reduce((sum, value) => sum + Math.abs(value), 0)
  const patterns = exact ? 2 ** n : sampled
  const words = new Uint32Array(Math.ceil(n / 32))
  let greater = exact ? 0 : 1
  let further = exact ? 0 : 1
  for (let k = 0; k < patterns; k++) {
    if (exact) words[0] = k
    else random.words({ stage: "measure", purpose: "sign flip", step: n }, words, k * words.length)
    let sum = 0
    for (let i = 0; i < n; i++)
      sum += (((words[i >>> 5] ?? 0) >>> (i & 31)) & 1) === 1 ? -(values[i] ?? 0) : (values[i] ?? 0)
    if (sum >= observed - slack) greater++
    if (Math.abs(sum) >= Math.abs(observed) - slack) further++
  }
  const total = exact ? patterns : patterns + 1
  return { pGreater: greater / total, p: further / total, exact }
}
