/** Knowledge transfer of Table 3: the share of the human's information advantage that reaches the AI's latent. */
import { clip01 } from "./Bounds.ts"
import type { Matrix } from "./linear/Matrix.ts"
import { heldOutProbe } from "./LogisticProbe.ts"

/** Information advantages below this leave the share undefined. */
export const leastAdvantage = 0.05

/** clip01((heard - deaf) / (full - deaf)) of probe accuracies; NaN where full - deaf < 0.05. */
export const transferredShare = (accuracy: {
  readonly heard: number
  readonly deaf: number
  readonly full: number
}): number => {
  const advantage = accuracy.full - accuracy.deaf
  return advantage >= leastAdvantage ? clip01((accuracy.heard - accuracy.deaf) / advantage) : Number.NaN
}

export interface KnowledgeTransfer {
  readonly share: number
  /** Held-out accuracy of the best direction from z^A with messages, z^A of the same steps with silence, and o^H. */
  readonly heard: number
  readonly deaf: number
  readonly full: number
  /** The held-out rows, and which of them each probe got right. */
  readonly heldOut: Int32Array
  readonly hits: Readonly<Record<"heard" | "deaf" | "full", Uint8Array>>
}

/**
 * The transferred share from logistic probes for the best direction of each step.
 *
 * `heard` and `deaf` are the AI's latent at the same n steps, with the messages as they were and with silence instead;
 * `full` is the human's observation; `best` the BFS-best direction, one of 4. Minimum data: two episodes. NaN with
 * fewer, where a probe is, and where the advantage is below 0.05.
 */
export const knowledgeTransfer = (data: {
  readonly heard: Matrix
  readonly deaf: Matrix
  readonly full: Matrix
  readonly best: ArrayLike<number>
  readonly episode: ArrayLike<number>
}): KnowledgeTransfer => {
  const probe = (features: Matrix) => heldOutProbe({ features, labels: data.best, classes: 4, episode: data.episode })
  const [heard, deaf, full] = [probe(data.heard), probe(data.deaf), probe(data.full)]
  const accuracy = { heard: heard.accuracy, deaf: deaf.accuracy, full: full.accuracy }
  return {
    share: transferredShare(accuracy),
    ...accuracy,
    heldOut: full.heldOut,
    hits: { heard: heard.hits, deaf: deaf.hits, full: full.hits }
  }
}
