/** Topographic similarity: whether near meanings have near messages (Brighton & Kirby 2006). */
import { spearman } from "../statistics/Spearman.ts"
import { entry } from "./linear/Matrix.ts"
import type { Matrix } from "./linear/Matrix.ts"
import { jensenShannon } from "./JensenShannon.ts"

/** A distance of items i and j. */
export type Distance = (i: number, j: number) => number

/** Euclidean distance of rows. */
export const euclidean =
  (a: Matrix): Distance =>
  (i, j) => {
    let squares = 0
    for (let k = 0; k < a.columns; k++) squares += (entry(a, i, k) - entry(a, j, k)) ** 2
    return Math.sqrt(squares)
  }

/** The number of columns in which rows of symbols differ. */
export const hamming =
  (a: Matrix): Distance =>
  (i, j) => {
    let differing = 0
    for (let k = 0; k < a.columns; k++) if (entry(a, i, k) !== entry(a, j, k)) differing++
    return differing
  }

/** Normalised Jensen-Shannon divergence of rows that are distributions over messages. */
export const divergence =
  (a: Matrix): Distance =>
  (i, j) =>
    jensenShannon(
      a.data.subarray(i * a.columns, (i + 1) * a.columns),
      a.data.subarray(j * a.columns, (j + 1) * a.columns)
    )

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
