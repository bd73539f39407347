/** Diversity: how little two latents have in common, the first part of CCM (Li & Song 2025). */
import { clip01 } from "./Bounds.ts"
import { spreadOverEpisodes } from "./EpisodeSplit.ts"
import { medianGaussianKernel, normalisedHsic } from "./Hsic.ts"
import { allFinite, takeRows } from "./linear/Matrix.ts"
import type { Matrix } from "./linear/Matrix.ts"
import { standardised, varies } from "./linear/Moments.ts"
import { requirePaired } from "./Symbols.ts"

/** Rows that are compared. */
export const diversityRows = 512
/** Rows of one episode at most: steps of an episode are not independent. */
export const rowsPerEpisode = 4

/**
 * 1 - clip01(HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L))), unbiased HSIC with Gaussian kernels of z-scored latents
 * (RBF-CKA, Kornblith et al. 2019): 0 for equal latents, near 1 for independent ones.
 *
 * `human` [n, dh] and `ai` [n, da] are paired rows; at most 4 evenly spaced rows of each episode are used, the first
 * 512 of them. Minimum data: 512 such rows (128 episodes of 4 steps), else NaN; NaN too where a side does not vary, its
 * median distance is 0, or a value is not finite.
 */
export const diversity = (data: {
  readonly human: Matrix
  readonly ai: Matrix
  readonly episode: ArrayLike<number>
}): number => {
  requirePaired({ length: data.human.rows }, { length: data.ai.rows }, data.episode)
  const chosen = spreadOverEpisodes(data.episode, rowsPerEpisode).subarray(0, diversityRows)
  if (chosen.length < diversityRows) return Number.NaN
  const human = takeRows(data.human, chosen)
  const ai = takeRows(data.ai, chosen)
  if (!allFinite(human) || !allFinite(ai) || !varies(human) || !varies(ai)) return Number.NaN
  const k = medianGaussianKernel(standardised(human))
  const l = medianGaussianKernel(standardised(ai))
  return k === undefined || l === undefined ? Number.NaN : 1 - clip01(normalisedHsic(k, l))
}
