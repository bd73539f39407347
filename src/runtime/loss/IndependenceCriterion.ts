import { add, div, mean, mul, sub, sum } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import { meanDistance, radial, squaredDistances } from "./Distances.ts"
import type { Scalar, Tensor } from "./Expression.ts"
import { scalar } from "./Expression.ts"
import { thin } from "./Wasserstein.ts"

/**
 * The Hilbert-Schmidt independence criterion of two samples [n, d], [n, e], biased: tr(K H L H) / (n - 1)^2 with kernels
 * exp(-|a - b|^2 / s), s the mean of |a - b|^2 over all pairs (Gretton et al. 2005, definition 2). One row gives NaN.
 */
export const independenceCriterion = (x: Node, y: Node): Node => {
  const n = x.shape[0] ?? 1
  const kernel = (of: Node) => {
    const distances = squaredDistances(of, of)
    return radial(distances, meanDistance(distances))
  }
  const centred = (k: Node) =>
    add(sub(sub(k, mean(k, { axes: [0], keep: true })), mean(k, { axes: [1], keep: true })), mean(k))
  // tr(K H L H) = sum of (H K H) * L, since all are symmetric
  return div(sum(mul(centred(kernel(x)), kernel(y))), (n - 1) ** 2)
}

/** The Hilbert-Schmidt independence criterion of two quantities over the steps, on at most 256 evenly spaced rows. */
export const hsic = (x: Tensor, y: Tensor): Scalar =>
  scalar((context) => independenceCriterion(thin(x.build(context)), thin(y.build(context))))
