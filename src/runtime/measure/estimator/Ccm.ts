/** CCM (Li & Song 2025): complementarity of two sides, as different latents and as performance together. */
import { meanOfDefined } from "./Aggregate.ts"
import type { Aggregate } from "./Aggregate.ts"

/**
 * The mean of diversity and synergy (lambda = 0.5) over those that are defined. The two trade off by construction,
 * latents that have nothing in common cannot agree, so report both beside it.
 */
export const ccm = (parts: { readonly diversity: number; readonly synergy: number }): Aggregate =>
  meanOfDefined([parts.diversity, parts.synergy])
