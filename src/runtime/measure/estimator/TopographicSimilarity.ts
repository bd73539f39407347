/** Topographic similarity: whether near meanings have near messages (Brighton & Kirby 2006). */
import { spearman } from "../statistics/Spearman.ts"

/** A distance of items i and j. */
export type Distance = (i: number, j: number) => number

/**
 * Spearman's correlation, over all pairs of `count` items, of the distance of their meanings and the distance of their
 * messages, in [-1, 1].
 *
 * Minimum data: 3 items, else NaN; NaN too where all meanings or all messages are equally far apart (a constant
 * message, a distance that is NaN).
 */
export const topographicSimilarity = (count: number, meanings: Distance, messages: Distance): number => {
  if (count < 3) return Number.NaN
  const pairs = (count * (count - 1)) / 2
  const x = new Float64Array(pairs)
  const y = new Float64Array(pairs)
  let at = 0
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      x[at] = meanings(i, j)
      y[at] = messages(i, j)
      at++
    }
  }
  return spearman(x, y)
}
