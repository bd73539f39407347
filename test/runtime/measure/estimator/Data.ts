/** Data for the tests of estimators: exact numbers that other programs can make too, and draws. */
import { fromRows, matrix, multiply } from "../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"

/**
 * Entry (i, j) is ((31 i^2 + 17 j s + 13 i j^2 + 7 i j + 5 s i) mod 101) / 101 - 0.5. In Python, for reference values
 * made with numpy 2.4.6 and scipy 1.17.1:
 *
 * def Q(rows, cols, s): i = np.arange(rows)[:, None]; j = np.arange(cols)[None, :]; return ((31*i*i + 17*j*s + 13*i*j*j
 * + 7*i*j + 5*s*i) % 101) / 101 - 0.5
 */
export const quadratic = (rows: number, columns: number, s: number): Matrix =>
  fromRows(
    Array.from({ length: rows }, (_, i) =>
      Array.from(
        { length: columns },
        (_, j) => ((31 * i * i + 17 * j * s + 13 * i * j * j + 7 * i * j + 5 * s * i) % 101) / 101 - 0.5
      )
    )
  )

/** Independent standard normal entries. */
export const gaussian = (rows: number, columns: number, seed: number): Matrix => {
  const out = new Float32Array(rows * columns)
  makeRandom(seed).normal({ stage: "test", purpose: "gaussian", step: 0 }, out)
  return matrix(rows, columns, out)
}

/** Independent symbols from 0 to `symbols` - 1. */
export const draws = (count: number, symbols: number, seed: number): Int32Array => {
  const out = new Float32Array(count)
  makeRandom(seed).uniform({ stage: "test", purpose: "draws", step: 0 }, out)
  return Int32Array.from(out, (u) => Math.floor(u * symbols))
}

/** Rows i .. of consecutive episodes of `steps` steps. */
export const episodes = (rows: number, steps: number): Int32Array =>
  Int32Array.from({ length: rows }, (_, i) => Math.floor(i / steps))

/** A rotation of `d` dimensions: plane rotations by 0.3, 0.6, ... radians of neighbouring axes. */
export const rotation = (d: number): Matrix => {
  let turned = fromRows(Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? 1 : 0))))
  for (let k = 0; k + 1 < d; k++) {
    const angle = 0.3 * (k + 1)
    const plane = fromRows(
      Array.from({ length: d }, (_, i) =>
        Array.from({ length: d }, (_, j) => {
          if (i !== j && i >= k && i <= k + 1 && j >= k && j <= k + 1) return (i < j ? -1 : 1) * Math.sin(angle)
          return i === j ? (i === k || i === k + 1 ? Math.cos(angle) : 1) : 0
        })
      )
    )
    turned = multiply(turned, plane)
  }
  return turned
}

/** `a` times `by` plus `shift`, entry by entry. */
export const affine = (a: Matrix, by: number, shift: number): Matrix => ({
  ...a,
  data: a.data.map((value) => value * by + shift)
})

/** Columns of `a` and `b` side by side. */
export const beside = (...parts: ReadonlyArray<Matrix>): Matrix =>
  fromRows(
    Array.from({ length: parts[0]?.rows ?? 0 }, (_, i) =>
      parts.flatMap((part) => Array.from(part.data.subarray(i * part.columns, (i + 1) * part.columns)))
    )
  )

/** Column `j` of `a` as a matrix of one column, put through `f`. */
export const column = (a: Matrix, j: number, f: (value: number) => number = (value) => value): Matrix =>
  matrix(
    a.rows,
    1,
    Array.from({ length: a.rows }, (_, i) => f(a.data[i * a.columns + j] ?? Number.NaN))
  )

/** The sum of two matrices. */
export const plus = (a: Matrix, b: Matrix): Matrix => ({
  ...a,
  data: a.data.map((value, i) => value + (b.data[i] ?? Number.NaN))
})

/** A matrix whose rows are all `values`. */
export const constant = (rows: number, values: ReadonlyArray<number>): Matrix =>
  fromRows(Array.from({ length: rows }, () => values))
