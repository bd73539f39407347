import { add, exp, logSoftmax, mul, neg, sum } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { Categorical, Tensor } from "./Expression.ts"
import { tensor } from "./Expression.ts"

/** -sum_k p_k ln q_k of two rows of logits, [rows, n] -> [rows, 1], in nats. */
export const categoricalCrossEntropy = (p: Node, q: Node): Node =>
  neg(sum(mul(exp(logSoftmax(p)), logSoftmax(q)), { axes: [1], keep: true }))

/** The cross-entropy of q under p per row, in nats, H(p) + KL(p || q); summed over the factors of a chain (Shannon 1948). */
export const crossEntropy = (p: Categorical, q: Categorical): Tensor =>
  tensor(
    (context) => {
      const left = p.build(context).logits
      const right = q.build(context).logits
      if (left.length !== right.length) throw new Error("cross_entropy: the two distributions have different factors")
      return left
        .flatMap((logits, k) => {
          const other = right[k]
          return other === undefined ? [] : [categoricalCrossEntropy(logits, other)]
        })
        .reduce((a, b) => add(a, b))
    },
    (context) => p.build(context).weights
  )
