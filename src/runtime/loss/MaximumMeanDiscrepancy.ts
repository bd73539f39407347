import { add, div, mean, mul, sub, sum } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import { radial, squaredDistances } from "./Distances.ts"
import type { Scalar, Tensor } from "./Expression.ts"
import { scalar } from "./Expression.ts"
import { thin } from "./Wasserstein.ts"

/**
 * The squared maximum mean discrepancy of two samples [n, d], [m, d], biased (Gretton et al. 2012, eq. 5):
 * mean k(x, x') + mean k(y, y') - 2 mean k(x, y) with k(a, b) = exp(-|a - b|^2 / s), s the mean of |a - b|^2 over all pairs of both.
 */
export const meanDiscrepancy = (x: Node, y: Node): Node => {
  const [n = 1, m = 1] = [x.shape[0], y.shape[0]]
  const [xx, yy, xy] = [squaredDistances(x, x), squaredDistances(y, y), squaredDistances(x, y)]
  const scale = add(div(add(add(sum(xx), sum(yy)), mul(sum(xy), 2)), (n + m) ** 2), 1e-12)
  return sub(add(mean(radial(xx, scale)), mean(radial(yy, scale))), mul(mean(radial(xy, scale)), 2))
}

/** The squared maximum mean discrepancy between the distributions of two quantities over the steps, on at most 256 evenly spaced rows. */
export const mmd = (x: Tensor, y: Tensor): Scalar =>
  scalar((context) => meanDiscrepancy(thin(x.build(context)), thin(y.build(context))))
