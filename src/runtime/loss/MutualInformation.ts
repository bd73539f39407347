import { div, exp, logSoftmax, mean, mul, neg, select, equal, log, sub, sum } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import { categoricalEntropy } from "./Entropy.ts"
import type { Categorical, Scalar } from "./Expression.ts"
import { scalar } from "./Expression.ts"
import { single } from "./Single.ts"

/** -sum_k p_k ln p_k of a row of probabilities; 0 ln 0 = 0. */
const entropyOf = (p: Node): Node => neg(sum(mul(p, log(select(equal(p, 0), 1, p)))))

/**
 * The information between the rows and the outcomes, one number in nats: H(mean_i p_i) - mean_i H(p_i), from 0 to ln n (Shannon 1948).
 * Rows are weighted as in a mean: over `message given code` it is I(M; C). As a training signal: Eccles et al. 2019, section 3.
 */
export const mutualInformation = (p: Categorical): Scalar =>
  scalar((context) => {
    const factors = p.build(context)
    const logits = single("mutual_information", factors)
    const probabilities = exp(logSoftmax(logits))
    const entropies = categoricalEntropy(logits)
    const { weights } = factors
    if (weights === undefined) return sub(entropyOf(mean(probabilities, { axes: [0] })), mean(entropies))
    const whole = sum(weights)
    const average = div(sum(mul(probabilities, weights), { axes: [0] }), whole)
    return sub(entropyOf(average), div(sum(mul(entropies, weights)), whole))
  })
