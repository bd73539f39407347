import { add, div, matmul, mean, mul, sqrt, square, sub, sum } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { Scalar, Tensor } from "./Expression.ts"
import { scalar } from "./Expression.ts"

/**
 * Linear centred kernel alignment of two samples [n, d], [n, e], in [0, 1]: |Xc' Yc|_F^2 / (|Xc' Xc|_F |Yc' Yc|_F), with 1e-12 added below
 * (Kornblith et al. 2019, eq. 4). Covariances are taken, so that the number of rows does not scale what is added.
 */
export const linearAlignment = (x: Node, y: Node): Node => {
  const n = x.shape[0] ?? 1
  const centred = (of: Node) => sub(of, mean(of, { axes: [0], keep: true }))
  const [a, b] = [centred(x), centred(y)]
  const squared = (p: Node, q: Node) => sum(square(div(matmul(p, q, { transposeA: true }), n)))
  // the root is held away from 0, where it has no gradient
  const length = (of: Node) => sqrt(add(squared(of, of), 1e-24))
  return div(squared(a, b), add(mul(length(a), length(b)), 1e-12))
}

/** Linear centred kernel alignment between two quantities over the steps of a minibatch. */
export const cka = (x: Tensor, y: Tensor): Scalar =>
  scalar((context) => linearAlignment(x.build(context), y.build(context)))
