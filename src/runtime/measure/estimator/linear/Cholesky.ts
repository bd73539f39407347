/** Cholesky factors and the triangular systems they leave (Golub & Van Loan 2013, sections 3.1 and 4.2). */
import { addScaled, dot, entry, matrix, zeros } from "./Matrix.ts"
import type { Matrix } from "./Matrix.ts"

/** The lower triangular L with L Lᵀ = A for a symmetric positive definite A; `undefined` where A is not. */
export const cholesky = (a: Matrix): Matrix | undefined => {
  const n = a.rows
  const lower = zeros(n, n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const rest = entry(a, i, j) - dot(lower.data, i * n, lower.data, j * n, j)
      if (i === j) {
        if (!(rest > 0) || rest === Infinity) return undefined
        lower.data[i * n + i] = Math.sqrt(rest)
      } else {
        lower.data[i * n + j] = rest / entry(lower, j, j)
      }
    }
  }
  return lower
}

const scaleRow = (a: Matrix, i: number, by: number) => {
  for (let j = 0; j < a.columns; j++) a.data[i * a.columns + j] = entry(a, i, j) * by
}

/** The X with L X = B. */
export const solveLower = (lower: Matrix, b: Matrix): Matrix => {
  const x = matrix(b.rows, b.columns, b.data)
  for (let i = 0; i < b.rows; i++) {
    for (let k = 0; k < i; k++) {
      addScaled(-entry(lower, i, k), x.data, k * x.columns, x.data, i * x.columns, x.columns)
    }
    scaleRow(x, i, 1 / entry(lower, i, i))
  }
  return x
}

/** The X with Lᵀ X = B. */
export const solveLowerTransposed = (lower: Matrix, b: Matrix): Matrix => {
  const x = matrix(b.rows, b.columns, b.data)
  for (let i = b.rows - 1; i >= 0; i--) {
    for (let k = i + 1; k < b.rows; k++) {
      addScaled(-entry(lower, k, i), x.data, k * x.columns, x.data, i * x.columns, x.columns)
    }
    scaleRow(x, i, 1 / entry(lower, i, i))
  }
  return x
}

/** The X with A X = B, from the Cholesky factor of A. */
export const solve = (lower: Matrix, b: Matrix): Matrix => solveLowerTransposed(lower, solveLower(lower, b))
