/** Means over those parts of a composite metric that are defined. */

/** A composite value and how much of it was measured: `defined` of `parts` parts. */
export interface Aggregate {
  /** NaN where no part is defined. */
  readonly value: number
  readonly defined: number
  readonly parts: number
}

/** The weighted mean of the parts that are not NaN; the weights of the others are dropped. */
export const weightedMeanOfDefined = (
  parts: ReadonlyArray<{ readonly value: number; readonly weight: number }>
): Aggregate => {
  const defined = parts.filter(({ value }) => !Number.isNaN(value))
  const weight = defined.reduce((sum, part) => sum + part.weight, 0)
  const total = defined.reduce((sum, part) => sum + part.weight * part.value, 0)
  return { value: total / weight, defined: defined.length, parts: parts.length }
}

/** The mean of the values that are not NaN. */
export const meanOfDefined = (values: ReadonlyArray<number>): Aggregate =>
  weightedMeanOfDefined(values.map((value) => ({ value, weight: 1 })))
