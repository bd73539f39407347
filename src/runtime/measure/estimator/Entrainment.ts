/** What changes from round to round of a repeated reference game (Clark & Wilkes-Gibbs 1986; Hawkins, Frank & Goodman 2020). */
import { jensenShannon } from "./JensenShannon.ts"

/** I(token; world) at and below which nothing is said of entrainment, nats: who needs no words shortens them to none. */
export const leastBlockInformation = 0.05

/**
 * Slope of the least-squares line through `values[r]` over rounds r, per round; NaN below two rounds.
 *
 * ```ts import.meta.vitest
 * slopePerRound([9, 7, 8, 4]) // => -1.4
 * slopePerRound([3]) // => Number.NaN
 * ```
 */
export const slopePerRound = (values: ArrayLike<number>): number => {
  const centre = (values.length - 1) / 2
  let [products, squares] = [0, 0]
  for (let r = 0; r < values.length; r++) {
    products += (r - centre) * (values[r] ?? Number.NaN)
    squares += (r - centre) ** 2
  }
  return products / squares
}

/**
 * Stability of a convention: the mean over rounds r from the second on of 1 - JSD(P_r, P_{r-1}) / ln 2, P_r the shares of the words of round r, of
 * which `said[r]` holds how often each was sent. Rounds that share no word with the one before count 0. Left out are rounds without a word, here or
 * before; NaN where none is left.
 */
export const conventionStability = (said: ReadonlyArray<ArrayLike<number>>): number => {
  const shares = said.map((counts) => {
    const words = Array.from(counts)
    const total = words.reduce((a, b) => a + b, 0)
    return total === 0 ? undefined : words.map((count) => count / total)
  })
  let [sum, pairs] = [0, 0]
  for (let r = 1; r < shares.length; r++) {
    const [before, now] = [shares[r - 1], shares[r]]
    if (before === undefined || now === undefined) continue
    sum += 1 - jensenShannon(now, before)
    pairs += 1
  }
  return sum / pairs
}
