import {
  add,
  matchRanks,
  matmul,
  mean,
  mul,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  withGradient
} from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { Scalar, Tensor } from "./Expression.ts"
import { scalar } from "./Expression.ts"

/** Directions of a sliced distance, drawn anew for each minibatch. */
export const slices = 8
/** Rows that a distance is computed on, the first ones of a minibatch's evenly spaced rows. */
export const largestSample = 256

/**
 * Squared sliced 2-Wasserstein distance of two samples of equal size [n, d] along unit `directions` [d, R]:
 * (d / R) sum_r mean_j (sort(X theta_r)_j - sort(Y theta_r)_j)^2 (Bonneel et al. 2015). For a pure shift its expectation over
 * directions is |mean X - mean Y|^2. The order of the values gets no gradient.
 */
export const slicedWasserstein = (x: Node, y: Node, directions: Node): Node => {
  const [n = 1, d = 1] = x.shape
  const count = directions.shape[1] ?? 1
  const a = matmul(x, directions)
  const b = matmul(y, directions)
  const apart = sub(a, matchRanks(a, b))
  const distance = mul(mean(square(apart)), d)
  const scale = (2 * d) / (n * count)
  return withGradient(distance, [a, b], (g) => [
    mul(apart, mul(g, scale)),
    mul(sub(b, matchRanks(b, a)), mul(g, scale))
  ])
}

/** Evenly spaced rows of [rows, n], at most `to` of them: every k-th, with the smallest k that suffices. */
export const thin = (x: Node, to = largestSample): Node => {
  const [rows = 0, width = 0] = x.shape
  const step = Math.max(1, Math.floor(rows / to))
  const kept = Math.floor(rows / step)
  // the rows that belong to one kept row lie side by side; the first of them stays
  return slice(reshape(slice(x, 0, 0, kept * step), [kept, step * width]), 1, 0, width)
}

/**
 * The 2-Wasserstein distance between the distributions of two quantities, estimated over random directions (BiCA section 3.4;
 * Bonneel et al. 2015). Its square is what the sliced estimator is unbiased in over directions; near 0 the root is held away from 0 by 1e-12.
 */
export const w2 = (x: Tensor, y: Tensor): Scalar =>
  scalar((context) => {
    const a = thin(x.build(context))
    const b = thin(y.build(context))
    const d = a.shape[1] ?? 0
    return sqrt(add(slicedWasserstein(a, b, context.directions(d, slices)), 1e-12))
  })
