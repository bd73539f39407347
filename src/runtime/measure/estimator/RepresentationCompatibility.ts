/**
 * Representation compatibility, RC (Li & Song 2025, eq. 12, corrected): RC = 1 - (W + (1 - rho)) / 2.
 *
 * W in [0, 1] is the normalised Gaussian Wasserstein distance between the mapped human latent T(z^H) and the AI's
 * latent z^A; rho in [0, 1] is the mean of their top 8 canonical correlations. The paper compares z^H with T(z^H),
 * which contains no z^A and is minimal for T = identity.
 */
import { heldOutCanonicalCorrelation } from "./CanonicalCorrelation.ts"
import { gaussianWasserstein } from "./GaussianWasserstein.ts"
import { mappedHalves } from "./MappedLatents.ts"
import type { Latents, MappedPair } from "./MappedLatents.ts"

/** Rows below which RC is not estimated. */
export const leastRows = 1000
/** Canonical correlations that are averaged. */
export const leadingCorrelations = 8

export interface RepresentationCompatibility {
  readonly compatibility: number
  /** W2^2 over what the independent coupling costs. */
  readonly distance: number
  readonly correlation: number
}

const undefinedCompatibility = { compatibility: Number.NaN, distance: Number.NaN, correlation: Number.NaN }

const sides = (pair: MappedPair) => ({ x: pair.human, y: pair.ai })

/**
 * RC of paired rows of T(z^H) and z^A. Both W and rho are taken on the held-out half of the episodes, so that a fitted
 * map has no advantage of its own rows.
 *
 * Minimum data: 1000 rows of at least two episodes, at least two rows in each half. NaN with less, where a value is not
 * finite, and where both sides are the same constant; rho is 0 where one side does not vary.
 */
export const representationCompatibility = (latents: Latents): RepresentationCompatibility => {
  const halves = mappedHalves(latents)
  if (halves === undefined || latents.ai.rows < leastRows) return undefinedCompatibility
  const { fit, heldOut } = halves
  const correlation = heldOutCanonicalCorrelation(sides(fit), sides(heldOut), leadingCorrelations)
  const distance = gaussianWasserstein(heldOut.human, heldOut.ai).normalised
  return Number.isNaN(distance)
    ? undefinedCompatibility
    : { compatibility: 1 - (distance + (1 - correlation)) / 2, distance, correlation }
}
