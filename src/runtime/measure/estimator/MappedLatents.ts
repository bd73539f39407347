/** The human's latent, mapped into the AI's space, beside the AI's: halves by episode. */
import { splitByEpisode } from "./EpisodeSplit.ts"
import { applyMap, leastSquaresMap } from "./LeastSquaresMap.ts"
import { allFinite, takeRows } from "./linear/Matrix.ts"
import type { Matrix } from "./linear/Matrix.ts"
import { requirePaired } from "./Symbols.ts"

/** Paired rows of both latents. */
export interface Latents {
  /** T(z^H) [n, d] where `mapper` is "trained", z^H [n, dh] where it is "fitted". */
  readonly human: Matrix
  /** z^A [n, d]. */
  readonly ai: Matrix
  /** The episode of each row. */
  readonly episode: ArrayLike<number>
  /** "fitted": no mapper was trained, T is the least-squares map to z^A fitted on half of the episodes. */
  readonly mapper: "trained" | "fitted"
}

/** Mapped human latents and the AI's, paired. */
export interface MappedPair {
  readonly human: Matrix
  readonly ai: Matrix
}

export interface MappedHalves {
  readonly fit: MappedPair
  readonly heldOut: MappedPair
}

/** Both halves with T applied; `undefined` below two rows in either half, or where a value is not finite. */
export const mappedHalves = (latents: Latents): MappedHalves | undefined => {
  const { ai, episode, human, mapper } = latents
  requirePaired({ length: human.rows }, { length: ai.rows }, episode)
  const halves = splitByEpisode(episode)
  if (halves.fit.length < 2 || halves.heldOut.length < 2 || !allFinite(human) || !allFinite(ai)) return undefined
  const fit = { human: takeRows(human, halves.fit), ai: takeRows(ai, halves.fit) }
  const heldOut = { human: takeRows(human, halves.heldOut), ai: takeRows(ai, halves.heldOut) }
  if (mapper === "trained") return { fit, heldOut }
  const map = leastSquaresMap(fit.human, fit.ai)
  if (map === undefined) return undefined
  const through = (pair: MappedPair): MappedPair => ({ human: applyMap(map, pair.human), ai: pair.ai })
  return { fit: through(fit), heldOut: through(heldOut) }
}
