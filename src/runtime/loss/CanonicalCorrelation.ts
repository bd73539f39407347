import { add, div, matmul, mean, mul, neg, sub, sum, withGradient } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { Scalar, Tensor } from "./Expression.ts"
import { scalar } from "./Expression.ts"

/** Ridge on a covariance, as a share of its mean eigenvalue. */
const ridge = 1e-2
const identity = (of: Node, n: number): Node => {
  const data = new Float32Array(n * n)
  for (let i = 0; i < n; i++) data[i * n + i] = 1
  return of.builder.constant(data, [n, n])
}

/** What is left of the identity in the inverse's error when the steps end. */
const accuracy = 1e-8

/**
 * Factors of the scaled Newton-Schulz steps Z <- c Z (2 I - S Z) for eigenvalues of S between `low` and 1. Those of S Z lie within
 * 1 +- d; a step takes y to c y (2 - y), from c (1 - d^2) to c, and c = 2 / (2 - d^2) centres them on 1 again: d <- d^2 / (2 - d^2).
 * As long as d is close to 1 its distance from 1 is multiplied by four, and by two without the factor (Pan & Schreiber 1991).
 */
const factors = (low: number): { readonly start: number; readonly steps: ReadonlyArray<number> } => {
  const steps: Array<number> = []
  let d = (1 - low) / (1 + low)
  while (d > accuracy) {
    const next = (d * d) / (2 - d * d)
    steps.push(2 / (2 - d * d))
    d = next
  }
  return { start: 2 / (1 + low), steps }
}

/**
 * Inverse of a symmetric positive definite matrix [n, n] whose eigenvalues are at least `low` times its trace, by scaled Newton-Schulz
 * steps from Z = (2 / (1 + low)) I / tr S. The factor of a step is put into constants: with Z = Y / w and w_k^2 = c_k w_(k+1), a step
 * is Y <- Y (2 w I - S Y), and w = 1 at the end.
 */
const inverse = (s: Node, low: number): Node => {
  const n = s.shape[0] ?? 0
  const unit = identity(s, n)
  const { start, steps } = factors(low)
  const weights = [1]
  for (const c of steps.toReversed()) weights.unshift(Math.sqrt(c * (weights[0] ?? 1)))
  const negative = neg(s)
  let y = mul(unit, div((weights[0] ?? 1) * start, sum(mul(s, unit))))
  for (const k of steps.keys()) y = matmul(y, add(matmul(negative, y), mul(unit, 2 * (weights[k] ?? 1))))
  return y
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
  // the ridge alone is this share of the trace
  const share = (size: number) => ridge / ((1 + ridge) * size)
  const ix = inverse(regular(covariance(cx, cx), d), share(d))
  const iy = inverse(regular(covariance(cy, cy), e), share(e))
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
export const cca = (x: Tensor, y: Tensor): Scalar =>
  scalar((context) => canonicalCorrelation(x.build(context), y.build(context)))
