/** Squared distances between the rows of samples, and kernels of them. */
import { add, div, exp, matmul, mean, mul, neg, relu, square, sub, sum, transpose } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"

/** |x_i - y_j|^2 for all rows, [n, d] and [m, d] -> [n, m], from one product of matrices. */
export const squaredDistances = (x: Node, y: Node): Node => {
  const lengths = (of: Node) => sum(square(of), { axes: [1], keep: true })
  // rounding may leave a little below 0
  return relu(sub(add(lengths(x), transpose(lengths(y))), mul(matmul(x, y, { transposeB: true }), 2)))
}

/** exp(-distance / scale). */
export const radial = (distances: Node, scale: Node): Node => exp(neg(div(distances, scale)))

/** The mean of some distances, held away from 0. */
export const meanDistance = (distances: Node): Node => add(mean(distances), 1e-12)
