/**
 * Mutual predictability, MP (Li & Song 2025, eq. 10): how well each side's latent predicts what the other does next.
 *
 * MP = 1 - mean over sides of clip01(NLL / ln classes), with NLL the held-out negative log-likelihood of a logistic
 * probe: the AI's action a^A_t from the human's latent z^H_t, and the human's sent token m^H_t from the AI's latent
 * h^A_{t-1}. A sender that never varies is perfectly predictable and scores 1; `uncertainty` = 1 - NLL / H(labels)
 * (Theil's U, 1967) is 0 for it or undefined, and stands beside MP for that reason.
 */
import { meanOfDefined } from "./Aggregate.ts"
import type { Aggregate } from "./Aggregate.ts"
import { clip01 } from "./Bounds.ts"
import { heldOutProbe } from "./LogisticProbe.ts"
import type { HeldOutProbe, ProbeData } from "./LogisticProbe.ts"

/** Labels whose entropy is below this many nats leave Theil's U undefined. */
export const leastLabelEntropy = 0.01

/** One side, predicted from the other's latent. */
export interface SidePredictability extends HeldOutProbe {
  /** 1 - clip01(NLL / ln classes). */
  readonly predictability: number
  /** 1 - NLL / H(labels); at most 1, negative where the probe does worse than the frequencies; NaN where H < 0.01. */
  readonly uncertainty: number
}

export interface MutualPredictability {
  readonly predictability: Aggregate
  readonly uncertainty: Aggregate
  readonly ai: SidePredictability
  readonly human: SidePredictability
}

const side = (data: ProbeData): SidePredictability => {
  const held = heldOutProbe(data)
  return {
    ...held,
    predictability: 1 - clip01(held.negativeLogLikelihood / Math.log(data.classes)),
    uncertainty:
      held.labelEntropy >= leastLabelEntropy ? 1 - held.negativeLogLikelihood / held.labelEntropy : Number.NaN
  }
}

/**
 * MP and its Theil's U. `ai` predicts the AI's actions from rows of z^H_t, `human` predicts the sent tokens (silence is
 * one of the classes) from rows of h^A_{t-1}. Minimum data: two episodes per side; a side without them is NaN and
 * dropped from the mean.
 */
export const mutualPredictability = (sides: {
  readonly ai: ProbeData
  readonly human: ProbeData
}): MutualPredictability => {
  const ai = side(sides.ai)
  const human = side(sides.human)
  return {
    predictability: meanOfDefined([ai.predictability, human.predictability]),
    uncertainty: meanOfDefined([ai.uncertainty, human.uncertainty]),
    ai,
    human
  }
}
