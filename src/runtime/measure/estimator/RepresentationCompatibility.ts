/**
 * Representation compatibility, RC (Li & Song 2025, eq. 12, corrected): RC = 1 - (W + (1 - rho)) / 2.
 *
 * W in [0, 1] is the normalised Gaussian Wasserstein distance between the mapped human latent T(z^H) and the AI's
 * latent z^A; rho in [0, 1] is the mean of their top 8 canonical correlations. The paper compares z^H with T(z^H),
 * which contains no z^A and is minimal for T = identity.
 */
import { splitByEpisode } from "./EpisodeSplit.ts"
import { heldOutCanonicalCorrelation } from "./CanonicalCorrelation.ts"
import { gaussianWasserstein } from "./GaussianWasserstein.ts"
import { applyMap, leastSquaresMap } from "./LeastSquaresMap.ts"
import { allFinite, takeRows } from "./linear/Matrix.ts"
import type { Matrix } from "./linear/Matrix.ts"
import { requirePaired } from "./Symbols.ts"

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

/**
 * RC of paired rows. With `mapper` "trained", `human` holds T(z^H) [n, d]; with "fitted" it holds z^H [n, dh] and T is
 * the least-squares map to `ai` fitted on half of the episodes. `ai` holds z^A [n, d]. Both W and rho are taken on the
 * held-out half, so that a fitted map has no advantage of its own rows.
 *
 * Minimum data: 1000 rows of at least two episodes, at least two rows in each half. NaN with less, where a value is not
 * finite, and where both sides are the same constant; rho is 0 where one side does not vary.
 */
export const representationCompatibility = (data: {
  readonly human: Matrix
  readonly ai: Matrix
  readonly episode: ArrayLike<number>
  readonly mapper: "trained" | "fitted"
}): RepresentationCompatibility => {
  const { ai, episode, human, mapper } = data
  requirePaired({ length: human.rows }, { length: ai.rows }, episode)
  if (ai.rows < leastRows || !allFinite(human) || !allFinite(ai)) return undefinedCompatibility
  const halves = splitByEpisode(episode)
  const fit = { x: takeRows(human, halves.fit), y: takeRows(ai, halves.fit) }
  const heldOut = { x: takeRows(human, halves.heldOut), y: takeRows(ai, halves.heldOut) }
  const correlation = heldOutCanonicalCorrelation(fit, heldOut, leadingCorrelations)
  const map = mapper === "fitted" ? leastSquaresMap(fit.x, fit.y) : undefined
  if (Number.isNaN(correlation) || (mapper === "fitted" && map === undefined)) return undefinedCompatibility
  const mapped = map === undefined ? heldOut.x : applyMap(map, heldOut.x)
  const distance = gaussianWasserstein(mapped, heldOut.y).normalised
  return { compatibility: 1 - (distance + (1 - correlation)) / 2, distance, correlation }
}
