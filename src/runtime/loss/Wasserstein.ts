import { add, concat, equal, less, matmul, mean, mul, slice, sqrt, square, sub, sum, transpose } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { Scalar, Tensor } from "./Expression.ts"
import { scalar } from "./Expression.ts"

/** Directions of a sliced distance, drawn anew for each minibatch. */
export const slices = 8
/** Rows that a distance is computed on, the first ones of a minibatch's evenly spaced rows. */
export const largestSample = 256

/** Rank of each of `n` values [n, 1] among them, ties by position, as [n, 1]. */
const ranks = (values: Node, earlier: Node): Node => {
  const row = transpose(values, [1, 0])
  // entry (i, j): value j comes before value i
  const before = add(less(row, values), mul(equal(row, values), earlier))
  return sum(before, { axes: [1], keep: true })
}

/**
 * Squared sliced 2-Wasserstein distance of two samples of equal size [n, d] along unit `directions` [d, R]:
 * (d / R) sum_r mean_j (sort(X theta_r)_j - sort(Y theta_r)_j)^2 (Bonneel et al. 2015). For a pure shift its expectation over
 * directions is |mean X - mean Y|^2. The order of the values gets no gradient.
 */
export const slicedWasserstein = (x: Node, y: Node, directions: Node): Node => {
  const [n = 0, d = 0] = x.shape
  const count = directions.shape[1] ?? 0
  const lower = new Float32Array(n * n)
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) lower[i * n + j] = 1
  const earlier = x.builder.constant(lower, [n, n])
  const projectedX = matmul(x, directions)
  const projectedY = matmul(y, directions)
  const parts: Array<Node> = []
  for (let r = 0; r < count; r++) {
    const a = slice(projectedX, 1, r, r + 1)
    const b = slice(projectedY, 1, r, r + 1)
    // entry (i, j): x_i and y_j have the same rank
    const paired = equal(ranks(a, earlier), transpose(ranks(b, earlier), [1, 0]))
    parts.push(sub(a, matmul(paired, b)))
  }
  return mul(mean(square(concat(parts, 1))), d)
}

/** Evenly spaced rows of [rows, n], at most `largestSample`. */
export const thin = (x: Node, to = largestSample): Node => {
  const [rows = 0, width = 0] = x.shape
  const step = Math.max(1, Math.floor(rows / to))
  const kept = Math.floor(rows / step)
  if (step === 1) return x
  const selector = new Float32Array(kept * rows)
  for (let i = 0; i < kept; i++) selector[i * rows + i * step] = 1
  return width === 0 ? x : matmul(x.builder.constant(selector, [kept, rows]), x)
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
