import { add, div, matmul, mean, mul, sub, sum, withGradient } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { Scalar, Tensor } from "./Expression.ts"
import { scalar } from "./Expression.ts"

/** Ridge on a covariance, as a share of its mean eigenvalue. */
const ridge = 1e-2
/** Newton-Schulz steps: the error of the inverse is squared by each; enough for a condition number of a few thousand. */
const iterations = 22

const identity = (of: Node, n: number): Node => {
  const data = new Float32Array(n * n)
  for (let i = 0; i < n; i++) data[i * n + i] = 1
  return of.builder.constant(data, [n, n])
}

/** Inverse of a symmetric positive definite matrix [n, n] by Newton-Schulz: Z <- Z (2 I - S Z), from Z = I / tr S (Schulz 1933). */
const inverse = (s: Node): Node => {
  const n = s.shape[0] ?? 0
  const unit = identity(s, n)
  let z = div(unit, sum(mul(s, unit)))
  for (let k = 0; k < iterations; k++) z = matmul(z, sub(mul(unit, 2), matmul(s, z)))
  return z
}

/**
 * Mean squared canonical correlation of two samples [n, d], [n, e]: tr(Sx^-1 Sxy Sy^-1 Syx) / d, with ridge
 * Sx + (1e-2 tr(Sx)/d + 1e-6) I and the same for Sy (Hotelling 1936; Kornblith et al. 2019, R^2_CCA). Under independence its value is about e/n.
 * The gradient is the closed form with the ridge's trace taken as constant.
 */
export const canonicalCorrelation = (x: Node, y: Node): Node => {
  const [n = 1, d = 1] = x.shape
  const e = y.shape[1] ?? 1
  const cx = sub(x, mean(x, { axes: [0], keep: true }))
  const cy = sub(y, mean(y, { axes: [0], keep: true }))
  const covariance = (a: Node, b: Node) => div(matmul(a, b, { transposeA: true }), n)
  const regular = (s: Node, size: number) => {
    const unit = identity(s, size)
    return add(s, mul(unit, add(mul(sum(mul(s, unit)), ridge / size), 1e-6)))
  }
  const ix = inverse(regular(covariance(cx, cx), d))
  const iy = inverse(regular(covariance(cy, cy), e))
  const sxy = covariance(cx, cy)
  const p = matmul(matmul(ix, sxy), iy)
  const value = div(sum(mul(p, sxy)), d)
  return withGradient(value, [x, y], (g) => {
    const dSxy = div(mul(p, 2), d)
    const dSx = div(matmul(matmul(p, sxy, { transposeB: true }), ix), -d)
    const dSy = div(matmul(matmul(iy, sxy, { transposeB: true }), p), -d)
    const centre = (z: Node) => sub(z, mean(z, { axes: [0], keep: true }))
    const dx = add(mul(matmul(cx, dSx), 2 / n), mul(matmul(cy, dSxy, { transposeB: true }), 1 / n))
    const dy = add(mul(matmul(cy, dSy), 2 / n), mul(matmul(cx, dSxy), 1 / n))
    return [mul(centre(dx), g), mul(centre(dy), g)]
  })
}

/** The mean squared canonical correlation between two quantities over the steps of a minibatch, in [0, 1]. */
export const cca = (x: Tensor, y: Tensor): Scalar => scalar((context) => canonicalCorrelation(x.build(context), y.build(context)))
