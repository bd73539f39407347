import { abs, clip, exp, greater, mean, minimum, mul, neg, sub } from "../graph/Operations.ts"
import { entropy } from "./Entropy.ts"
import type { Categorical, Scalar } from "./Expression.ts"
import { scalar } from "./Expression.ts"

/** Who chooses: an agent or an instructor. */
export interface Chooser {
  readonly name: string
  readonly policy: Categorical
}

/**
 * The clipped surrogate of proximal policy optimisation with an entropy bonus, one number:
 * -mean min(r A, clip(r, 1 - clip, 1 + clip) A) - entropy * mean H(pi), with r = pi_new(choice) / pi_old(choice).
 * Schulman et al. 2017, eq. 7; Huang et al. 2022. A is standardised over the whole rollout.
 */
export const ppo = (agent: Chooser, options: { readonly clip: number; readonly entropy: number }): Scalar =>
  scalar((context) => {
    const ratio = exp(context.logRatio(agent.name))
    const surrogate = minimum(
      mul(ratio, context.advantage),
      mul(clip(ratio, 1 - options.clip, 1 + options.clip), context.advantage)
    )
    const spread = mean(entropy(agent.policy).build(context))
    const loss = neg(mean(surrogate))
    context.record(`${agent.name}.surrogate`, loss)
    context.record(`${agent.name}.entropy`, spread)
    // Schulman's low-variance estimate of KL(old || new): mean((r - 1) - ln r)
    context.record(`${agent.name}.approximate_kl`, mean(sub(sub(ratio, 1), context.logRatio(agent.name))))
    context.record(`${agent.name}.clip_fraction`, mean(greater(abs(sub(ratio, 1)), options.clip)))
    return sub(loss, mul(spread, options.entropy))
  })
