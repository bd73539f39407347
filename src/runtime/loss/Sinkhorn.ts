import { add, div, exp, log, max, mean, mul, neg, stopGradient, sub, sum, transpose } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import { meanDistance, squaredDistances } from "./Distances.ts"
import type { Scalar, Tensor } from "./Expression.ts"
import { scalar } from "./Expression.ts"
import { thin } from "./Wasserstein.ts"

/** Rows that the cost is computed on: each step is quadratic in them. */
export const largestSinkhornSample = 64
/** Steps of the iteration. */
export const sinkhornSteps = 20
/** Blur as a share of the mean cost. */
const blur = 0.1

/** -eps ln mean_i exp(-x_i / eps) along an axis, without overflow. */
const softMinimum = (x: Node, eps: Node, axis: 0 | 1): Node => {
  const along = { axes: [axis], keep: true } as const
  const scaled = neg(div(x, eps))
  const top = stopGradient(max(scaled, along))
  return neg(mul(eps, add(top, log(mean(exp(sub(scaled, top)), along)))))
}

/**
 * Entropic transport cost of the uniform weights on both sides under `cost` [n, m], as the dual objective after `steps` steps from 0:
 * mean f + mean g with g = softmin(cost - f). f is taken as optimal, so that the gradient is the transport plan (envelope theorem).
 */
const transport = (cost: Node, eps: Node, steps: number): Node => {
  const fixed = stopGradient(cost)
  const held = stopGradient(eps)
  let f = mul(sum(fixed, { axes: [1], keep: true }), 0)
  for (let step = 0; step < steps; step++) {
    const g = softMinimum(sub(fixed, f), held, 0)
    f = softMinimum(sub(fixed, g), held, 1)
  }
  const optimal = stopGradient(f)
  return add(mean(optimal), mean(softMinimum(sub(cost, optimal), eps, 0)))
}

/** The same of a symmetric cost, by averaged steps, which converge fast: both potentials are one. */
const selfTransport = (cost: Node, eps: Node, steps: number): Node => {
  const fixed = stopGradient(cost)
  const held = stopGradient(eps)
  let f = mul(sum(fixed, { axes: [0], keep: true }), 0)
  for (let step = 0; step < steps; step++) f = mul(add(f, transpose(softMinimum(sub(fixed, f), held, 1))), 0.5)
  const optimal = stopGradient(f)
  return add(mean(optimal), mean(softMinimum(sub(cost, optimal), eps, 1)))
}

/**
 * The Sinkhorn divergence of two samples [n, d], [m, d]: OT(x, y) - OT(x, x) / 2 - OT(y, y) / 2, cost |x_i - y_j|^2, blur a tenth of the
 * mean cost (Cuturi 2013; Genevay et al. 2018; Feydy et al. 2019).
 */
export const sinkhornDivergence = (x: Node, y: Node, steps = sinkhornSteps): Node => {
  const across = squaredDistances(x, y)
  const eps = mul(meanDistance(across), blur)
  return sub(
    transport(across, eps, steps),
    mul(add(selfTransport(squaredDistances(x, x), eps, steps), selfTransport(squaredDistances(y, y), eps, steps)), 0.5)
  )
}

/** The Sinkhorn divergence between the distributions of two quantities over the steps, on at most 64 evenly spaced rows. */
export const sinkhorn = (x: Tensor, y: Tensor): Scalar =>
  scalar((context) =>
    sinkhornDivergence(thin(x.build(context), largestSinkhornSample), thin(y.build(context), largestSinkhornSample))
  )
