/** The affine map that takes one latent nearest to another: what stands in for a trained mapper where there is none. */
import { cholesky, solve } from "./linear/Cholesky.ts"
import { addScaled, addToDiagonal, crossProduct, allFinite, multiply, trace, zeros } from "./linear/Matrix.ts"
import type { Matrix } from "./linear/Matrix.ts"
import { centred, columnMeans, varies } from "./linear/Moments.ts"

/** x -> means of y + (x - means of x) `weights`. */
export interface LeastSquaresMap {
  readonly from: Float64Array
  readonly to: Float64Array
  /** [dx, dy]. */
  readonly weights: Matrix
}

/** As a share of the mean sum of squares: enough for latents whose columns depend on each other. */
const ridgeShare = 1e-8

/**
 * The map that minimises the squared error of paired rows `x` [n, dx] and `y` [n, dy]; `undefined` below two rows or if
 * not finite.
 */
export const leastSquaresMap = (x: Matrix, y: Matrix): LeastSquaresMap | undefined => {
  if (x.rows < 2 || !allFinite(x) || !allFinite(y)) return undefined
  const means = { from: columnMeans(x), to: columnMeans(y) }
  // a constant says nothing of y but its means
  if (!varies(x)) return { ...means, weights: zeros(x.columns, y.columns) }
  const shifted = centred(x, means.from)
  const squares = crossProduct(shifted, shifted)
  const factor = cholesky(addToDiagonal(squares, (ridgeShare * trace(squares)) / x.columns))
  if (factor === undefined) return undefined
  return { ...means, weights: solve(factor, crossProduct(shifted, centred(y, means.to))) }
}

/** The rows of `x` as `map` takes them. */
export const applyMap = (map: LeastSquaresMap, x: Matrix): Matrix => {
  const mapped = multiply(centred(x, map.from), map.weights)
  for (let i = 0; i < x.rows; i++) addScaled(1, map.to, 0, mapped.data, i * mapped.columns, mapped.columns)
  return mapped
}
