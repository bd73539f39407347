import { logSoftmax, mul, neg, sum } from "../graph/Operations.ts"
import type { Categorical, Tensor } from "./Expression.ts"
import { tensor } from "./Expression.ts"
import { single } from "./Single.ts"

/** sum_k x_k ln p_k per row, in nats: the log probability of x under p, x one-hot. */
export const logProbability = (p: Categorical, x: Tensor): Tensor =>
  tensor(
    (context) =>
      sum(mul(logSoftmax(single("log_prob", p.build(context))), x.build(context)), { axes: [1], keep: true }),
    (context) => p.build(context).weights
  )

/** -sum_k x_k ln p_k per row, in nats: the logarithmic score of p for x (Good 1952). */
export const negativeLogLikelihood = (p: Categorical, x: Tensor): Tensor => {
  const positive = logProbability(p, x)
  return tensor((context) => neg(positive.build(context)), positive.weights)
}
