/** Mutual information of two discrete variables from paired observations, in nats. */
import { entropy } from "./Entropy.ts"
import { countSymbols, requirePaired } from "./Symbols.ts"

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
 * Mutual information of x (symbols 0 .. `xs` - 1) and y (0 .. `ys` - 1), observed together. With x the message and y
 * the state or the intent it is what the message says of it (Lowe et al. 2019: positive signalling). NaN without
 * observations.
 */
export const mutualInformation = (
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  xs: number,
  ys: number
): MutualInformation => {
  requirePaired(x, y)
  const hx = entropy(countSymbols(x, xs))
  const hy = entropy(countSymbols(y, ys))
  const hxy = entropy(
    countSymbols(
      Int32Array.from({ length: x.length }, (_, i) => (x[i] ?? 0) * ys + (y[i] ?? 0)),
      xs * ys
    )
  )
  return {
    plugIn: Math.max(0, hx.plugIn + hy.plugIn - hxy.plugIn),
    corrected: hx.corrected + hy.corrected - hxy.corrected,
    entropyX: hx.corrected,
    entropyY: hy.corrected
  }
}
