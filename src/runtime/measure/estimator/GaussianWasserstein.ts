/** Wasserstein-2 distance of two Gaussians with the moments of two samples. */
import { allFinite, multiply, trace } from "./linear/Matrix.ts"
import type { Matrix } from "./linear/Matrix.ts"
import { columnMeans, covariance } from "./linear/Moments.ts"
import { squareRoot, symmetricEigen } from "./linear/SymmetricEigen.ts"

export interface GaussianWasserstein {
  /** W2^2 = ||mu1 - mu2||^2 + tr S1 + tr S2 - 2 tr((S1^.5 S2 S1^.5)^.5). */
  readonly squared: number
  /** `squared` over ||mu1 - mu2||^2 + tr S1 + tr S2, which the independent coupling costs: in [0, 1]. */
  readonly normalised: number
}

const undefinedDistance: GaussianWasserstein = { squared: Number.NaN, normalised: Number.NaN }

/**
 * The Bures distance (Dowson & Landau 1982; as the Fréchet distance of FID, Heusel et al. 2017) between samples `x` [n,
 * d] and `y` [m, d], covariances with divisor n - 1, eigenvalues below 0 taken as 0.
 *
 * Minimum data: two rows on each side. `normalised` is NaN too where both sides are the same constant.
 */
export const gaussianWasserstein = (x: Matrix, y: Matrix): GaussianWasserstein => {
  if (x.columns !== y.columns) throw new RangeError(`samples of ${x.columns} and ${y.columns} dimensions`)
  if (x.rows < 2 || y.rows < 2 || !allFinite(x) || !allFinite(y)) return undefinedDistance
  const mx = columnMeans(x)
  const my = columnMeans(y)
  const sx = covariance(x)
  const sy = covariance(y)
  const shift = mx.reduce((sum, mean, j) => sum + (mean - (my[j] ?? 0)) ** 2, 0)
  const root = squareRoot(sx)
  const inner = multiply(multiply(root, sy), root)
  const cross = symmetricEigen(inner).values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0)
  const bound = shift + trace(sx) + trace(sy)
  const squared = Math.max(0, bound - 2 * cross)
  return { squared, normalised: bound > 0 ? squared / bound : Number.NaN }
}
