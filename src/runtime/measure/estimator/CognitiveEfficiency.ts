/** Cognitive efficiency, CE (Li & Song 2025, eq. 14): steps and tokens saved against a baseline of equal success. */

/** Means over episodes, failures included. */
export interface Effort {
  readonly success: number
  readonly steps: number
  /** Tokens that are not silence. */
  readonly tokens: number
}

export interface CognitiveEfficiency {
  /** x = ((steps_b / steps) + (tokens_b + 1) / (tokens + 1)) / 2: 1 for the baseline itself, unbounded above. */
  readonly ratio: number
  /** x / (1 + x) in [0, 1), 0.5 for the baseline itself: what enters BAS. */
  readonly share: number
}

/** Success below which "at fixed success" is not met. */
export const fixedSuccess = 0.9

/** CE of `system` against `baseline`; NaN unless both succeed in at least 90 % of the episodes. */
export const cognitiveEfficiency = (system: Effort, baseline: Effort): CognitiveEfficiency => {
  if (!(system.success >= fixedSuccess && baseline.success >= fixedSuccess))
    return { ratio: Number.NaN, share: Number.NaN }
  const ratio = 0.5 * (baseline.steps / system.steps + (baseline.tokens + 1) / (system.tokens + 1))
  return { ratio, share: ratio / (1 + ratio) }
}
