import { add, exp, log, logSoftmax, maximum, mul, neg, abs, sub, sum } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { Categorical, Tensor } from "./Expression.ts"
import { tensor } from "./Expression.ts"
import { single } from "./Single.ts"

/** ln((e^a + e^b) / 2), element by element, without overflow. */
const logMiddle = (a: Node, b: Node): Node => add(maximum(a, b), log(mul(add(1, exp(neg(abs(sub(a, b))))), 0.5)))

/** JS(p, q) of two rows of logits, [rows, n] -> [rows, 1], in nats. */
export const categoricalJs = (p: Node, q: Node): Node => {
  const [a, b] = [logSoftmax(p), logSoftmax(q)]
  const middle = logMiddle(a, b)
  const half = (side: Node) => mul(sum(mul(exp(side), sub(side, middle)), { axes: [1], keep: true }), 0.5)
  return add(half(a), half(b))
}

/**
 * The Jensen-Shannon divergence per row, in nats: KL(p || m) / 2 + KL(q || m) / 2 with m = (p + q) / 2, from 0 to ln 2 (Lin 1991).
 * Of one choice only: over a chain it is no sum over the factors.
 */
export const js = (p: Categorical, q: Categorical): Tensor =>
  tensor(
    (context) => categoricalJs(single("js", p.build(context)), single("js", q.build(context))),
    (context) => p.build(context).weights
  )
