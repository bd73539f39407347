/** The Hilbert-Schmidt independence criterion from kernel matrices. */
import { entry, zeros } from "./linear/Matrix.ts"
import type { Matrix } from "./linear/Matrix.ts"

/**
 * The unbiased estimate of HSIC (Song et al. 2012, eq. 5) from kernel matrices K and L [n, n] of paired rows, whose
 * diagonals do not count: [tr(K~ L~) + 1ᵀK~1 1ᵀL~1 / ((n-1)(n-2)) - 2 / (n-2) 1ᵀK~L~1] / (n (n-3)). Near 0, also below,
 * under independence.
 *
 * Minimum data: 4 rows, else NaN.
 */
export const unbiasedHsic = (k: Matrix, l: Matrix): number => {
  if (k.rows !== l.rows || k.rows !== k.columns || l.rows !== l.columns) {
    throw new RangeError(`kernels of ${k.rows} x ${k.columns} and ${l.rows} x ${l.columns}`)
  }
  const n = k.rows
  if (n < 4) return Number.NaN
  let product = 0
  let totalK = 0
  let totalL = 0
  let crossed = 0
  for (let i = 0; i < n; i++) {
    let sumK = -entry(k, i, i)
    let sumL = -entry(l, i, i)
    product -= entry(k, i, i) * entry(l, i, i)
    for (let at = i * n; at < (i + 1) * n; at++) {
      const inK = k.data[at] ?? 0
      const inL = l.data[at] ?? 0
      sumK += inK
      sumL += inL
      product += inK * inL
    }
    totalK += sumK
    totalL += sumL
    crossed += sumK * sumL
  }
  return (product + (totalK * totalL) / ((n - 1) * (n - 2)) - (2 / (n - 2)) * crossed) / (n * (n - 3))
}

/**
 * HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)), at most 1 up to sampling; NaN below 4 rows or where a side's own HSIC is
 * not positive.
 */
export const normalisedHsic = (k: Matrix, l: Matrix): number => {
  const own = unbiasedHsic(k, k)
  const scale = own * unbiasedHsic(l, l)
  return own > 0 && scale > 0 ? unbiasedHsic(k, l) / Math.sqrt(scale) : Number.NaN
}

/**
 * The Gaussian kernel exp(-||x_i - x_j||^2 / (2 s^2)) of the rows of `x` [n, d], s the median distance of two different
 * rows (Gretton et al. 2005); `undefined` where that median is 0 or there is no pair.
 */
export const medianGaussianKernel = (x: Matrix): Matrix | undefined => {
  const n = x.rows
  const squares = zeros(n, n)
  const distances = new Float64Array((n * (n - 1)) / 2)
  const { columns, data } = x
  let pair = 0
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      let square = 0
      for (let c = 0; c < columns; c++) square += ((data[i * columns + c] ?? 0) - (data[j * columns + c] ?? 0)) ** 2
      squares.data[i * n + j] = square
      squares.data[j * n + i] = square
      distances[pair++] = Math.sqrt(square)
    }
  }
  const sorted = distances.sort()
  const half = sorted.length / 2
  const median = ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2
  if (!(median > 0)) return undefined
  return { ...squares, data: squares.data.map((square) => Math.exp(-square / (2 * median * median))) }
}
