/**
 * Canonical correlations (Hotelling 1936) of two latents, with directions fitted on other rows than those they are
 * judged on.
 */
import { cholesky, solveLower, solveLowerTransposed } from "./linear/Cholesky.ts"
import {
  addScaled,
  addToDiagonal,
  entry,
  allFinite,
  multiply,
  row,
  takeRows,
  trace,
  transpose,
  zeros
} from "./linear/Matrix.ts"
import type { Matrix } from "./linear/Matrix.ts"
import { centred, covariance, crossCovariance, varies } from "./linear/Moments.ts"
import { symmetricEigen } from "./linear/SymmetricEigen.ts"

/** Paired directions: column k of `x` and of `y`, best correlated first. */
export interface CanonicalDirections {
  readonly x: Matrix
  readonly y: Matrix
}

/** Added to each covariance's diagonal, as a share of its mean variance. */
const ridgeShare = 1e-3

const ridged = (a: Matrix): Matrix | undefined => cholesky(addToDiagonal(a, (ridgeShare * trace(a)) / a.rows))

/**
 * The `count` best pairs of directions for paired rows `x` [n, dx] and `y` [n, dy], or as many as min(dx, dy): with Sx
 * = Lx Lxᵀ after a ridge of 1e-3 tr(Sx) / dx, the singular vectors of Lx⁻¹ Sxy Ly⁻ᵀ. `undefined` where a side does not
 * vary, or below two rows.
 */
export const canonicalDirections = (x: Matrix, y: Matrix, count: number): CanonicalDirections | undefined => {
  if (x.rows < 2 || !allFinite(x) || !allFinite(y) || !varies(x) || !varies(y)) return undefined
  const lx = ridged(covariance(x))
  const ly = ridged(covariance(y))
  if (lx === undefined || ly === undefined) return undefined
  const whitened = transpose(solveLower(ly, transpose(solveLower(lx, crossCovariance(x, y)))))
  const turned = transpose(whitened)
  // the left singular vectors; the right ones follow from them
  const { values, vectors } = symmetricEigen(multiply(whitened, turned))
  const kept = Math.min(count, x.columns, y.columns)
  const left = takeRows(
    vectors,
    Int32Array.from({ length: kept }, (_, k) => k)
  )
  const right = zeros(kept, y.columns)
  for (let k = 0; k < kept; k++) {
    const singular = Math.sqrt(Math.max(0, values[k] ?? 0))
    // below this it is rounding: no direction of y belongs to it, and its correlation counts as 0
    if (singular < 1e-12) continue
    for (let i = 0; i < x.columns; i++) {
      addScaled(entry(left, k, i) / singular, whitened.data, i * y.columns, right.data, k * y.columns, y.columns)
    }
  }
  return { x: solveLowerTransposed(lx, transpose(left)), y: solveLowerTransposed(ly, transpose(right)) }
}

const projected = (a: Matrix, directions: Matrix): Matrix => multiply(centred(a), directions)

/**
 * Pearson's correlations of paired rows along each pair of directions, negative ones and those without variance as 0.
 */
export const correlationsAlong = (x: Matrix, y: Matrix, directions: CanonicalDirections): Float64Array => {
  const px = transpose(projected(x, directions.x))
  const py = transpose(projected(y, directions.y))
  return Float64Array.from({ length: px.rows }, (_, k) => {
    let xx = 0
    let yy = 0
    let xy = 0
    const a = row(px, k)
    const b = row(py, k)
    for (let i = 0; i < a.length; i++) {
      xx += (a[i] ?? 0) ** 2
      yy += (b[i] ?? 0) ** 2
      xy += (a[i] ?? 0) * (b[i] ?? 0)
    }
    return xx > 0 && yy > 0 ? Math.min(1, Math.max(0, xy / Math.sqrt(xx * yy))) : 0
  })
}

/**
 * Mean of the top `count` canonical correlations: directions fitted on `fit`, correlations on `heldOut`, negative ones
 * as 0 (MAPTALK.md section 2, RC). 0 where a side does not vary. Under independence it is near 0, unlike in-sample
 * correlations.
 *
 * Minimum data: two rows in each half, else NaN; also where a value is not finite.
 */
export const heldOutCanonicalCorrelation = (
  fit: { readonly x: Matrix; readonly y: Matrix },
  heldOut: { readonly x: Matrix; readonly y: Matrix },
  count = 8
): number => {
  if (fit.x.rows !== fit.y.rows || heldOut.x.rows !== heldOut.y.rows) throw new RangeError("rows are not paired")
  if (fit.x.rows < 2 || heldOut.x.rows < 2) return Number.NaN
  if (![fit.x, fit.y, heldOut.x, heldOut.y].every(allFinite)) return Number.NaN
  const directions = canonicalDirections(fit.x, fit.y, count)
  if (directions === undefined || !varies(heldOut.x) || !varies(heldOut.y)) return 0
  const correlations = correlationsAlong(heldOut.x, heldOut.y, directions)
  return correlations.reduce((sum, rho) => sum + rho, 0) / correlations.length
}
