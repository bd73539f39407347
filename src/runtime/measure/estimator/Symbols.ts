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

/**
 * How often each pair of symbols x (0 .. `xs` - 1) and y (0 .. `ys` - 1) occurs, at `x * ys + y`; pair i counts `weight(i)` times,
 * once without it. A `RangeError` for a value that is none of its symbols.
 */
export const countPairs = (
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  xs: number,
  ys: number,
  weight: (i: number) => number = () => 1
): Float64Array => {
  requirePaired(x, y)
  const counts = new Float64Array(xs * ys)
  for (let i = 0; i < x.length; i++) {
    const a = x[i] ?? -1
    const b = y[i] ?? -1
    if (!(a >= 0 && a < xs)) throw new RangeError(`${a} is none of ${xs} symbols`)
    if (!(b >= 0 && b < ys)) throw new RangeError(`${b} is none of ${ys} symbols`)
    counts[a * ys + b] = (counts[a * ys + b] ?? 0) + weight(i)
  }
  return counts
}
