/** Series of symbols, the discrete values that estimators count. */

/** A `RangeError` where the lengths differ. */
export const requirePaired = (...series: ReadonlyArray<{ readonly length: number }>): void => {
  const lengths = series.map(({ length }) => length)
  if (new Set(lengths).size > 1) throw new RangeError(`series of ${lengths.join(", ")} values are not paired`)
}

/** How often each of `count` symbols occurs; a `RangeError` for a value that is none of 0 .. `count` - 1. */
export const countSymbols = (values: ArrayLike<number>, count: number): Float64Array => {
  const counts = new Float64Array(count)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? -1
    const found = counts[value]
    if (found === undefined) throw new RangeError(`${value} is none of ${count} symbols`)
    counts[value] = found + 1
  }
  return counts
}
