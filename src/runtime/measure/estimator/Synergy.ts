/** Synergy: what a team achieves beyond its better member, the second part of CCM. */
import { weightedMeanOfDefined } from "./Aggregate.ts"
import type { Aggregate } from "./Aggregate.ts"
import { clip01 } from "./Bounds.ts"

export interface Synergy {
  /** 0.7 gain + 0.3 agreement, over the parts that are defined. */
  readonly synergy: Aggregate
  /** clip01((team - best) / (1 - best)), best the better of the two alone; 0 where that is at least 0.999. */
  readonly gain: number
  /** clip01(kappa). */
  readonly agreement: number
}

/** Success of one alone from which a team has nothing to gain. */
export const nothingToGain = 0.999

/**
 * Synergy as complementary team performance (Bansal et al. 2021; Vaccaro et al. 2024; Hemmer et al. 2025) and
 * agreement.
 *
 * `team`, `aiAlone` and `humanAlone` are shares of episodes that reached the goal: `aiAlone` of an AI trained without
 * messages, `humanAlone` of the human's intents carried out literally through the same channel. `kappa` is Cohen's
 * kappa of the AI's actions and the literal executor's for the sent intent. A part is NaN where one of its values is.
 */
export const synergy = (measured: {
  readonly team: number
  readonly aiAlone: number
  readonly humanAlone: number
  readonly kappa: number
}): Synergy => {
  const { aiAlone, humanAlone, kappa, team } = measured
  const best = Math.max(aiAlone, humanAlone)
  const gain = best >= nothingToGain && !Number.isNaN(team) ? 0 : clip01((team - best) / (1 - best))
  const agreement = clip01(kappa)
  return {
    synergy: weightedMeanOfDefined([
      { value: gain, weight: 0.7 },
      { value: agreement, weight: 0.3 }
    ]),
    gain,
    agreement
  }
}
