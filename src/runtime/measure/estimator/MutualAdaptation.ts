/** Mutual adaptation of Table 3: whether both sides changed, on the same states. */
import { meanDivergence } from "./JensenShannon.ts"
import type { Matrix } from "./linear/Matrix.ts"

/** One side's choice probabilities at the same logged steps, [n, choices], before and after co-training. */
export interface BeforeAfter {
  readonly before: Matrix
  readonly after: Matrix
}

export interface MutualAdaptation {
  /** sqrt(human * ai): 0 where either side is frozen. */
  readonly mutual: number
  /** Mean Jensen-Shannon divergence of the human's message probabilities, in [0, 1]. */
  readonly human: number
  /** The same of the AI's action probabilities. */
  readonly ai: number
}

/**
 * a_X = mean_i J(pi_X after, pi_X before) at steps of the final team, both policies fed the same histories; the human's
 * probabilities are over messages given the observation, intents marginalised. Each value is NaN without rows of that
 * side.
 */
export const mutualAdaptation = (sides: {
  readonly human: BeforeAfter
  readonly ai: BeforeAfter
}): MutualAdaptation => {
  const human = meanDivergence(sides.human.before, sides.human.after)
  const ai = meanDivergence(sides.ai.before, sides.ai.after)
  return { mutual: Math.sqrt(human * ai), human, ai }
}

/** What each side's adaptation is worth in success, given the other as it is at the end. */
export interface AdaptationGain {
  /** SR(H1, A1) - SR(H0, A1). */
  readonly human: number
  /** SR(H1, A1) - SR(H1, A0). */
  readonly ai: number
}

/**
 * The gains from success shares of the final team, of the first human with the final AI, and of the final human with
 * the first AI.
 */
export const adaptationGain = (success: {
  readonly final: number
  readonly firstHuman: number
  readonly firstAi: number
}): AdaptationGain => ({ human: success.final - success.firstHuman, ai: success.final - success.firstAi })
