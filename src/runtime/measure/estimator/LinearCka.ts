/** Linear centred kernel alignment, debiased: representation alignment of Table 3. */
import { clip01 } from "./Bounds.ts"
import { allFinite, crossProduct, dot, row } from "./linear/Matrix.ts"
import type { Matrix } from "./linear/Matrix.ts"
import { centred, varies } from "./linear/Moments.ts"
import { mappedHalves } from "./MappedLatents.ts"
import type { Latents } from "./MappedLatents.ts"
import { requirePaired } from "./Symbols.ts"

const squaredNorms = (a: Matrix): Float64Array =>
  Float64Array.from({ length: a.rows }, (_, i) => dot(a.data, i * a.columns, a.data, i * a.columns, a.columns))

// The sum of row i of the kernel XXᵀ without its diagonal, from the columns' sums, so that no n x n matrix is needed.
const kernelSums = (a: Matrix, norms: Float64Array): Float64Array => {
  const sums = new Float64Array(a.columns)
  for (let i = 0; i < a.rows; i++) row(a, i).forEach((value, j) => (sums[j] = (sums[j] ?? 0) + value))
  return norms.map((norm, i) => dot(a.data, i * a.columns, sums, 0, a.columns) - norm)
}

// Unbiased HSIC of linear kernels (Hsic.ts) with tr(KL) = ||XᵀY||^2.
const linearHsic = (x: Matrix, y: Matrix): number => {
  const n = x.rows
  const normsX = squaredNorms(x)
  const normsY = squaredNorms(y)
  const sumsX = kernelSums(x, normsX)
  const sumsY = kernelSums(y, normsY)
  const product = crossProduct(x, y).data.reduce((sum, value) => sum + value * value, 0) - dot(normsX, 0, normsY, 0, n)
  const totals = sumsX.reduce((a, b) => a + b, 0) * sumsY.reduce((a, b) => a + b, 0)
  return (product + totals / ((n - 1) * (n - 2)) - (2 / (n - 2)) * dot(sumsX, 0, sumsY, 0, n)) / (n * (n - 3))
}

/**
 * HSIC(X, Y) / sqrt(HSIC(X, X) HSIC(Y, Y)) with linear kernels (Kornblith et al. 2019) and unbiased HSIC (Song et al.
 * 2012), for paired rows `x` [n, dx] and `y` [n, dy]: invariant to rotation, shift and common scaling of either side;
 * near 0, also below, under independence.
 *
 * Minimum data: 4 rows, else NaN; NaN too where a side does not vary or a value is not finite.
 */
export const linearCka = (x: Matrix, y: Matrix): number => {
  requirePaired({ length: x.rows }, { length: y.rows })
  if (x.rows < 4 || !allFinite(x) || !allFinite(y) || !varies(x) || !varies(y)) return Number.NaN
  const a = centred(x)
  const b = centred(y)
  const xx = linearHsic(a, a)
  const yy = linearHsic(b, b)
  return xx > 0 && yy > 0 ? linearHsic(a, b) / Math.sqrt(xx * yy) : Number.NaN
}

/**
 * Representation alignment: clip01 of the debiased linear CKA of T(z^H) and z^A on the held-out half of the episodes
 * (MAPTALK.md section 3).
 *
 * Minimum data: two rows in the half a mapper is fitted on and four held out, else NaN; NaN too where a side does not
 * vary or a value is not finite.
 */
export const representationAlignment = (latents: Latents): number => {
  const halves = mappedHalves(latents)
  return halves === undefined ? Number.NaN : clip01(linearCka(halves.heldOut.human, halves.heldOut.ai))
}
