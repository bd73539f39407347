/** Mutual information of two discrete variables from paired observations, in nats. */
import { entropy } from "./Entropy.ts"

/** Two estimates of one mutual information, with the entropies they come from. */
export interface MutualInformation {
  /** H(X) + H(Y) - H(X, Y) of plug-in entropies: in [0, min(H(X), H(Y))], too high on average. */
  readonly plugIn: number
  /** The same of entropies with Miller & Madow's correction; may fall below 0 under independence. */
  readonly corrected: number
  /** H(X), corrected. */
  readonly entropyX: number
  /** H(Y), corrected. */
  readonly entropyY: number
}

/**
 * Mutual information from how often each pair occurred, `counts[x * ys + y]`. With x the message and y the state or the
 * intent it is what the message says of it (Lowe et al. 2019: positive signalling). NaN without observations.
 */
export const informationOf = (counts: Float64Array, ys: number): MutualInformation => {
  const countsX = new Float64Array(counts.length / ys)
  const countsY = new Float64Array(ys)
  counts.forEach((count, k) => {
    const x = Math.floor(k / ys)
    countsX[x] = (countsX[x] ?? 0) + count
    countsY[k % ys] = (countsY[k % ys] ?? 0) + count
  })
  const hx = entropy(countsX)
  const hy = entropy(countsY)
  const hxy = entropy(counts)
  return {
    plugIn: Math.max(0, hx.plugIn + hy.plugIn - hxy.plugIn),
    corrected: hx.corrected + hy.corrected - hxy.corrected,
    entropyX: hx.corrected,
    entropyY: hy.corrected
  }
}
