import { add, exp, logSoftmax, mul, sub, sum } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { Categorical, Tensor } from "./Expression.ts"
import { tensor } from "./Expression.ts"

/** KL(p || q) of two rows of logits, [rows, n] -> [rows, 1], in nats: sum_k p_k (ln p_k - ln q_k). */
export const categoricalKl = (p: Node, q: Node): Node => {
  const logP = logSoftmax(p)
  return sum(mul(exp(logP), sub(logP, logSoftmax(q))), { axes: [1], keep: true })
}

/**
 * The Kullback-Leibler divergence KL(p || q) per step in closed form, in nats; over a chain of factors the divergences of the
 * factors under the sampled history are summed (chain rule, unbiased). BiCA section 3.2; Achiam et al. 2017.
 */
export const kl = (p: Categorical, q: Categorical): Tensor =>
  tensor(
    (context) => {
      const left = p.build(context).logits
      const right = q.build(context).logits
      if (left.length !== right.length) throw new Error("kl: the two distributions have different factors")
      return left
        .flatMap((logits, k) => {
          const other = right[k]
          return other === undefined ? [] : [categoricalKl(logits, other)]
        })
        .reduce((a, b) => add(a, b))
    },
    (context) => p.build(context).weights
  )
