import { add, exp, logSoftmax, mul, neg, sum } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { Categorical, Tensor } from "./Expression.ts"
import { tensor } from "./Expression.ts"

/** Entropy of rows of logits, [rows, n] -> [rows, 1], in nats: -sum_k p_k ln p_k. */
export const categoricalEntropy = (logits: Node): Node => {
  const logP = logSoftmax(logits)
  return neg(sum(mul(exp(logP), logP), { axes: [1], keep: true }))
}

/** Entropy per step in nats, summed over the factors of a chain under the sampled history (Shannon 1948). */
export const entropy = (p: Categorical): Tensor =>
  tensor(
    (context) =>
      p
        .build(context)
        .logits.map(categoricalEntropy)
        .reduce((a, b) => add(a, b)),
    (context) => p.build(context).weights
  )
