/**
 * Gram matrices, Cholesky factors and triangular solutions written over what is there, for loops that need thousands of
 * them. Only lower triangles are read and written. Several products at a time, whose sums do not wait for each other.
 */
import type { Matrix } from "./Matrix.ts"

/** Adds `scale` Aᵀ A to the lower triangle of `out`, a square matrix of A's columns. */
export const addGram = (scale: number, a: Matrix, out: Matrix): void => {
  const n = a.columns
  if (out.rows !== n || out.columns !== n) throw new RangeError(`${out.rows} x ${out.columns} does not go with ${n}`)
  const from = a.data
  const to = out.data
  let i = 0
  for (; i + 4 <= a.rows; i += 4) {
    const r0 = i * n
    const r1 = r0 + n
    const r2 = r1 + n
    const r3 = r2 + n
    let k = 0
    for (; k + 2 <= n; k += 2) {
      const s0 = scale * from[r0 + k]!
      const s1 = scale * from[r1 + k]!
      const s2 = scale * from[r2 + k]!
      const s3 = scale * from[r3 + k]!
      const t0 = scale * from[r0 + k + 1]!
      const t1 = scale * from[r1 + k + 1]!
      const t2 = scale * from[r2 + k + 1]!
      const t3 = scale * from[r3 + k + 1]!
      const upper = k * n
      const lower = upper + n
      for (let j = 0; j <= k; j++) {
        const x0 = from[r0 + j]!
        const x1 = from[r1 + j]!
        const x2 = from[r2 + j]!
        const x3 = from[r3 + j]!
        to[upper + j]! += s0 * x0 + s1 * x1 + (s2 * x2 + s3 * x3)
        to[lower + j]! += t0 * x0 + t1 * x1 + (t2 * x2 + t3 * x3)
      }
      // the diagonal of the second row, which the first one does not reach
      const [x0, x1, x2, x3] = [from[r0 + k + 1]!, from[r1 + k + 1]!, from[r2 + k + 1]!, from[r3 + k + 1]!]
      to[lower + k + 1]! += t0 * x0 + t1 * x1 + (t2 * x2 + t3 * x3)
    }
    if (k < n) for (let r = i; r < i + 4; r++) addRow(scale, from, r * n, to, k, n)
  }
  for (; i < a.rows; i++) for (let k = 0; k < n; k++) addRow(scale, from, i * n, to, k, n)
}

// What row `at` of A adds to row k of the lower triangle.
const addRow = (scale: number, from: Float64Array, at: number, to: Float64Array, k: number, n: number): void => {
  const s = scale * from[at + k]!
  for (let j = 0; j <= k; j++) to[k * n + j]! += s * from[at + j]!
}

/**
 * Puts the Cholesky factor of a symmetric positive definite matrix in the place of its lower triangle; the rest stays as
 * it is. False where the matrix is not positive definite, and what is left is then neither. See `cholesky`.
 */
export const factorise = (a: Matrix): boolean => {
  const n = a.rows
  const l = a.data
  for (let i = 0; i < n; i += 2) {
    const upper = i * n
    const pair = i + 1 < n
    // a last row without another one goes through the blocks together with itself, which changes nothing
    const lower = pair ? upper + n : upper
    let j = 0
    for (; j + 4 <= i; j += 4) {
      const r0 = j * n
      const r1 = r0 + n
      const r2 = r1 + n
      const r3 = r2 + n
      let s0 = l[upper + j]!
      let s1 = l[upper + j + 1]!
      let s2 = l[upper + j + 2]!
      let s3 = l[upper + j + 3]!
      let t0 = l[lower + j]!
      let t1 = l[lower + j + 1]!
      let t2 = l[lower + j + 2]!
      let t3 = l[lower + j + 3]!
      for (let k = 0; k < j; k++) {
        const x = l[upper + k]!
        const y = l[lower + k]!
        const y0 = l[r0 + k]!
        const y1 = l[r1 + k]!
        const y2 = l[r2 + k]!
        const y3 = l[r3 + k]!
        s0 -= x * y0
        s1 -= x * y1
        s2 -= x * y2
        s3 -= x * y3
        t0 -= y * y0
        t1 -= y * y1
        t2 -= y * y2
        t3 -= y * y3
      }
      // what the columns before the block leave; the block's own columns follow
      l[upper + j] = s0
      l[upper + j + 1] = s1
      l[upper + j + 2] = s2
      l[upper + j + 3] = s3
      l[lower + j] = t0
      l[lower + j + 1] = t1
      l[lower + j + 2] = t2
      l[lower + j + 3] = t3
      finish(l, n, upper, j, j, j + 4)
      if (pair) finish(l, n, lower, j, j, j + 4)
    }
    finish(l, n, upper, 0, j, i)
    if (!root(l, n, i)) return false
    if (pair) {
      finish(l, n, lower, 0, j, i + 1)
      if (!root(l, n, i + 1)) return false
    }
  }
  return true
}

// Solves for the entries `from` .. `to` of the row at `row`, of which the products with columns before `first` are taken.
const finish = (l: Float64Array, n: number, row: number, first: number, from: number, to: number): void => {
  for (let j = from; j < to; j++) {
    let rest = l[row + j]!
    for (let k = first; k < j; k++) rest -= l[row + k]! * l[j * n + k]!
    l[row + j] = rest / l[j * n + j]!
  }
}

// The diagonal of row i, when all before it in the row is there.
const root = (l: Float64Array, n: number, i: number): boolean => {
  const row = i * n
  let rest = l[row + i]!
  for (let k = 0; k < i; k++) rest -= l[row + k]! ** 2
  if (!(rest > 0 && rest < Infinity)) return false
  l[row + i] = Math.sqrt(rest)
  return true
}

/** Puts the X with L X = B in the place of B; of L the lower triangle counts. See `solveLower`. */
export const solveLowerInto = (lower: Matrix, b: Matrix): void => {
  if (lower.rows !== b.rows) throw new RangeError(`${lower.rows} x ${lower.columns} does not go with ${b.rows} rows`)
  const n = b.rows
  const m = b.columns
  const l = lower.data
  const x = b.data
  for (let i = 0; i < n; i++) {
    const at = i * m
    let k = 0
    for (; k + 4 <= i; k += 4) {
      const l0 = l[i * n + k]!
      const l1 = l[i * n + k + 1]!
      const l2 = l[i * n + k + 2]!
      const l3 = l[i * n + k + 3]!
      const r0 = k * m
      const r1 = r0 + m
      const r2 = r1 + m
      const r3 = r2 + m
      for (let j = 0; j < m; j++) x[at + j]! -= l0 * x[r0 + j]! + l1 * x[r1 + j]! + (l2 * x[r2 + j]! + l3 * x[r3 + j]!)
    }
    for (; k < i; k++) {
      const rest = l[i * n + k]!
      for (let j = 0; j < m; j++) x[at + j]! -= rest * x[k * m + j]!
    }
    const scale = 1 / l[i * n + i]!
    for (let j = 0; j < m; j++) x[at + j]! *= scale
  }
}
