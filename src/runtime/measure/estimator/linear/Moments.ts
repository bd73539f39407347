/** Means, covariances and standardised columns of samples that are the rows of a matrix. */
import { addScaled, crossProduct, entry, matrix, row, zeros } from "./Matrix.ts"
import type { Matrix } from "./Matrix.ts"

/** The mean of each column, exact for a constant one; NaN without rows. */
export const columnMeans = (a: Matrix): Float64Array => {
  if (a.rows === 0) return new Float64Array(a.columns).fill(Number.NaN)
  // as the first row and the mean difference from it, which rounding leaves at 0 where a column is constant
  const first = Float64Array.from(row(a, 0))
  const differences = new Float64Array(a.columns)
  for (let i = 1; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++) differences[j] = (differences[j] ?? 0) + entry(a, i, j) - (first[j] ?? 0)
  }
  return first.map((value, j) => value + (differences[j] ?? 0) / a.rows)
}

/** The rows of `a` less `means`, which are those of its own columns unless given. */
export const centred = (a: Matrix, means: Float64Array = columnMeans(a)): Matrix => {
  const shifted = matrix(a.rows, a.columns, a.data)
  for (let i = 0; i < a.rows; i++) addScaled(-1, means, 0, shifted.data, i * a.columns, a.columns)
  return shifted
}

const divided = (a: Matrix, by: number): Matrix => ({ ...a, data: a.data.map((value) => value / by) })

/** The covariance of the columns of two matrices of paired rows, with divisor n - 1; NaN below two rows. */
export const crossCovariance = (a: Matrix, b: Matrix): Matrix =>
  divided(crossProduct(centred(a), centred(b)), a.rows < 2 ? Number.NaN : a.rows - 1)

/** The covariance of the columns, with divisor n - 1; NaN below two rows. */
export const covariance = (a: Matrix): Matrix => {
  const shifted = centred(a)
  return divided(crossProduct(shifted, shifted), a.rows < 2 ? Number.NaN : a.rows - 1)
}

/** What makes a column standard: its mean and one over its standard deviation (divisor n); 0 for a constant column. */
export interface Standardisation {
  readonly means: Float64Array
  readonly scales: Float64Array
}

/** A standard deviation below this share of a column's largest magnitude is rounding: the column is constant. */
const constantBelow = 1e-9

/** The standardisation of the columns of `a`. */
export const standardisation = (a: Matrix): Standardisation => {
  const means = columnMeans(a)
  const scales = new Float64Array(a.columns)
  for (let j = 0; j < a.columns; j++) {
    let squares = 0
    let largest = 0
    for (let i = 0; i < a.rows; i++) {
      squares += (entry(a, i, j) - (means[j] ?? 0)) ** 2
      largest = Math.max(largest, Math.abs(entry(a, i, j)))
    }
    const deviation = Math.sqrt(squares / a.rows)
    scales[j] = deviation > constantBelow * largest ? 1 / deviation : 0
  }
  return { means, scales }
}

/** The z-scores of the columns of `a` under `by`; 0 throughout a column that was constant. */
export const standardised = (a: Matrix, by: Standardisation = standardisation(a)): Matrix => {
  const scores = zeros(a.rows, a.columns)
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++) {
      scores.data[i * a.columns + j] = (entry(a, i, j) - (by.means[j] ?? 0)) * (by.scales[j] ?? 0)
    }
  }
  return scores
}

/** Whether any column varies by more than rounding. */
export const varies = (a: Matrix): boolean => a.rows > 0 && standardisation(a).scales.some((scale) => scale > 0)
