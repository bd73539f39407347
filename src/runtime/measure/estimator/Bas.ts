/** BAS (Li & Song 2025): one figure for how well two sides are aligned to each other. */
import { meanOfDefined } from "./Aggregate.ts"
import type { Aggregate } from "./Aggregate.ts"

/** The five parts, each in [0, 1]; NaN where undefined. */
export interface BasParts {
  readonly mutualPredictability: number
  readonly behaviouralSensitivity: number
  readonly representationCompatibility: number
  readonly synergisticStability: number
  /** The share x / (1 + x), not the ratio. */
  readonly cognitiveEfficiency: number
}

/**
 * The mean of the parts that are defined, with their number; NaN where none is. Values with different numbers of parts
 * are not comparable.
 */
export const bas = (parts: BasParts): Aggregate =>
  meanOfDefined([
    parts.mutualPredictability,
    parts.behaviouralSensitivity,
    parts.representationCompatibility,
    parts.synergisticStability,
    parts.cognitiveEfficiency
  ])
