/** Eigenvalues of real symmetric matrices, by Jacobi rotations (Golub & Van Loan 2013, section 8.5). */
import { addScaled, entry, matrix, zeros } from "./Matrix.ts"
import type { Matrix } from "./Matrix.ts"

export interface Eigen {
  /** From the largest to the smallest. */
  readonly values: Float64Array
  /** Row k is the unit eigenvector of value k. */
  readonly vectors: Matrix
}

const largestSweeps = 60

/**
 * Eigenvalues and orthonormal eigenvectors of a symmetric matrix, of which the upper triangle counts; cyclic Jacobi
 * until the squares off the diagonal are below 1e-32 of all squares. NaN throughout where an entry is not finite.
 */
export const symmetricEigen = (a: Matrix): Eigen => {
  const n = a.rows
  const m = matrix(n, n, a.data)
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) m.data[i * n + j] = entry(a, j, i)
  const vectors = zeros(n, n)
  for (let i = 0; i < n; i++) vectors.data[i * n + i] = 1
  const total = m.data.reduce((sum, value) => sum + value * value, 0)
  if (!Number.isFinite(total)) {
    vectors.data.fill(Number.NaN)
    return { values: new Float64Array(n).fill(Number.NaN), vectors }
  }
  const rotateRows = (out: Float64Array, p: number, q: number, cosine: number, sine: number) => {
    for (let k = 0; k < n; k++) {
      const x = out[p * n + k] ?? 0
      const y = out[q * n + k] ?? 0
      out[p * n + k] = cosine * x - sine * y
      out[q * n + k] = sine * x + cosine * y
    }
  }
  for (let sweep = 0; sweep < largestSweeps; sweep++) {
    let off = 0
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) off += entry(m, i, j) ** 2
    if (off <= 1e-32 * total) break
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = entry(m, p, q)
        if (apq === 0) continue
        const theta = (entry(m, q, q) - entry(m, p, p)) / (2 * apq)
        const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const cosine = 1 / Math.sqrt(tangent * tangent + 1)
        const sine = tangent * cosine
        rotateRows(m.data, p, q, cosine, sine)
        for (let k = 0; k < n; k++) {
          const x = entry(m, k, p)
          const y = entry(m, k, q)
          m.data[k * n + p] = cosine * x - sine * y
          m.data[k * n + q] = sine * x + cosine * y
        }
        rotateRows(vectors.data, p, q, cosine, sine)
      }
    }
  }
  const order = Array.from({ length: n }, (_, k) => k).sort((i, j) => entry(m, j, j) - entry(m, i, i))
  const sorted = zeros(n, n)
  order.forEach((from, k) => sorted.data.set(vectors.data.subarray(from * n, (from + 1) * n), k * n))
  return { values: Float64Array.from(order, (k) => entry(m, k, k)), vectors: sorted }
}

/**
 * The symmetric square root of a positive semi-definite matrix; eigenvalues below 0, which rounding makes, count as 0.
 */
export const squareRoot = (a: Matrix): Matrix => {
  const { values, vectors } = symmetricEigen(a)
  const n = a.rows
  const root = zeros(n, n)
  for (let k = 0; k < n; k++) {
    const scale = Math.sqrt(Math.max(0, values[k] ?? 0))
    for (let i = 0; i < n; i++) addScaled(scale * entry(vectors, k, i), vectors.data, k * n, root.data, i * n, n)
  }
  return root
}
