/** What repeated measurements say: the middle and the ends, never one number alone. */

/** Values of the interleaved rounds, in their order, with median and ends. */
export interface Spread {
  readonly median: number
  readonly minimum: number
  readonly maximum: number
  readonly values: ReadonlyArray<number>
}

/** The median; the mean of the middle two of an even number of values. NaN of none. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2
}

export const spread = (values: ReadonlyArray<number>): Spread => ({
  median: median(values),
  minimum: Math.min(...values),
  maximum: Math.max(...values),
  values
})

/**
 * The spread of round-by-round ratios. What slows a machine down slows neighbours in a round alike, so the ratio within a round
 * says more than the ratio of two medians.
 */
export const ratios = (above: ReadonlyArray<number>, below: ReadonlyArray<number>): Spread =>
  spread(above.map((x, round) => x / (below[round] ?? Number.NaN)))
