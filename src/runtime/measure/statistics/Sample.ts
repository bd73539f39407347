/** Mean and variance of a sample. */
import { mean } from "../Statistics.ts"

export interface Sample {
  readonly n: number
  readonly mean: number
  /** With divisor n - 1; NaN below two values. */
  readonly variance: number
}

/** The sample of `values`. */
export const sample = (values: ArrayLike<number>): Sample => {
  const n = values.length
  const centre = mean(values)
  let squares = 0
  // equal values have variance 0, whatever rounding their mean has
  let constant = true
  for (let i = 0; i < n; i++) {
    squares += ((values[i] ?? Number.NaN) - centre) ** 2
    if (values[i] !== values[0]) constant = false
  }
  return { n, mean: centre, variance: n < 2 ? Number.NaN : constant && !Number.isNaN(centre) ? 0 : squares / (n - 1) }
}
