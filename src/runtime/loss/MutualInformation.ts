import { div, equal, exp, log, logSoftmax, mean, mul, select, sub, sum } from "../graph/Operations.ts"
import type { Categorical, Scalar } from "./Expression.ts"
import { scalar } from "./Expression.ts"
import { single } from "./Single.ts"

/**
 * The information between the rows and the outcomes, one number in nats: H(mean_i p_i) - mean_i H(p_i) = mean_i KL(p_i || mean_j p_j), from
 * 0 to ln n (Shannon 1948). Rows are weighted as in a mean: over `message given code` it is I(M; C). As a training signal: Eccles et al.
 * 2019, section 3. The mean of the divergences is computed, where less cancels than between the entropies.
 */
export const mutualInformation = (p: Categorical): Scalar =>
  scalar((context) => {
    const factors = p.build(context)
    const logits = logSoftmax(single("mutual_information", factors))
    const shares = exp(logits)
    const { weights } = factors
    const average = (x: typeof logits) =>
      weights === undefined
        ? mean(x, { axes: [0], keep: true })
        : div(sum(mul(x, weights), { axes: [0], keep: true }), sum(weights))
    const marginal = average(shares)
    // an outcome that never happens adds 0, not 0 times infinity
    const surprise = log(select(equal(marginal, 0), 1, marginal))
    const divergence = sum(mul(shares, sub(logits, surprise)), { axes: [1], keep: true })
    return sum(average(divergence))
  })
