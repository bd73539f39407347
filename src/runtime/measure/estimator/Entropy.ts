/** Entropy of a discrete variable from counts, in nats. */

/**
 * Two estimates of one entropy: the plug-in, which is too low on average, and with Miller & Madow's (1955) correction
 * of its bias.
 */
export interface EntropyEstimate {
  /** -sum p ln p with p the observed frequencies. */
  readonly plugIn: number
  /** plugIn + (m - 1) / (2 N), m the number of symbols seen, N the number of observations. */
  readonly corrected: number
}

/** Entropy of the variable whose symbols were seen `counts` times; NaN where nothing was seen. */
export const entropy = (counts: ArrayLike<number>): EntropyEstimate => {
  let total = 0
  let seen = 0
  for (let k = 0; k < counts.length; k++) {
    total += counts[k] ?? 0
    if ((counts[k] ?? 0) > 0) seen++
  }
  if (!(total > 0)) return { plugIn: Number.NaN, corrected: Number.NaN }
  let plugIn = 0
  for (let k = 0; k < counts.length; k++) {
    const p = (counts[k] ?? 0) / total
    if (p > 0) plugIn -= p * Math.log(p)
  }
  return { plugIn, corrected: plugIn + (seen - 1) / (2 * total) }
}
