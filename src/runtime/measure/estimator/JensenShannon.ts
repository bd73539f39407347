/** Jensen-Shannon divergence of two distributions (Lin 1991), as a share of its bound ln 2. */
import type { Matrix } from "./linear/Matrix.ts"

// Sums of float32 probabilities are off by about 1e-6.
const isDistribution = (p: ArrayLike<number>): boolean => {
  let sum = 0
  for (let k = 0; k < p.length; k++) {
    if (!((p[k] ?? -1) >= 0)) return false
    sum += p[k] ?? 0
  }
  return Math.abs(sum - 1) < 1e-4
}

/**
 * J(p, q) = [KL(p || m) + KL(q || m)] / (2 ln 2), m = (p + q) / 2: symmetric, 0 for equal distributions, 1 for those
 * without a common symbol. NaN where one is no distribution.
 */
export const jensenShannon = (p: ArrayLike<number>, q: ArrayLike<number>): number => {
  if (p.length !== q.length) throw new RangeError(`distributions over ${p.length} and ${q.length} symbols`)
  if (!isDistribution(p) || !isDistribution(q)) return Number.NaN
  let sum = 0
  for (let k = 0; k < p.length; k++) {
    const a = p[k] ?? 0
    const b = q[k] ?? 0
    if (a > 0) sum += a * Math.log((2 * a) / (a + b))
    if (b > 0) sum += b * Math.log((2 * b) / (a + b))
  }
  return Math.min(1, Math.max(0, sum / (2 * Math.LN2)))
}

/** J of each row of `p` with the same row of `q`, [n, symbols]. */
export const rowDivergences = (p: Matrix, q: Matrix): Float64Array => {
  if (p.rows !== q.rows || p.columns !== q.columns) {
    throw new RangeError(`${p.rows} x ${p.columns} and ${q.rows} x ${q.columns} probabilities`)
  }
  return Float64Array.from({ length: p.rows }, (_, i) =>
    jensenShannon(
      p.data.subarray(i * p.columns, (i + 1) * p.columns),
      q.data.subarray(i * q.columns, (i + 1) * q.columns)
    )
  )
}
