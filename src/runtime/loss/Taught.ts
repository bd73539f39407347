import { logSoftmax, mul, neg, sum } from "../graph/Operations.ts"
import { mean } from "./Arithmetic.ts"
import type { Scalar } from "./Expression.ts"
import { tensor } from "./Expression.ts"

/**
 * The cross entropy H(p, q) of an agent's policy q, over what its role chooses, under its teacher p, in nats, the mean over the steps:
 * -sum_k p_k ln q_k = H(p) + KL(p || q). Pomerleau 1989; on the states that the pupil itself comes to, Ross et al. 2011.
 */
export const taught = (agent: string): Scalar =>
  mean(
    tensor((context) => {
      // of a role that speaks the first factor is the intent, which is what a rule advises; how it is said is the table's
      const [choice] = context.policy(agent).logits
      if (choice === undefined) throw new Error(`${agent} has nothing to choose`)
      return neg(sum(mul(context.taught(agent), logSoftmax(choice)), { axes: [1], keep: true }))
    })
  )
