/**
 * Protocol convergence of Table 3: what the human intends decides what the AI does, and the protocol no longer changes.
 */
import { clip01 } from "./Bounds.ts"
import { meanDivergence } from "./JensenShannon.ts"
import type { Matrix } from "./linear/Matrix.ts"
import { mutualInformation } from "./MutualInformation.ts"
import { requirePaired } from "./Symbols.ts"

/** The AI's steps in the order they were taken, episode after episode. */
export interface Walk {
  /** The episode of each step. */
  readonly episode: ArrayLike<number>
  /** The heading before each step, 0 to 3. */
  readonly heading: ArrayLike<number>
  /** 1 where the step was a FORWARD that moved. */
  readonly advanced: ArrayLike<number>
}

/** Steps within which a FORWARD is taken for an answer to the intent. */
export const answerWithin = 3
/** The symbol for no answer. */
export const noAnswer = 4

/**
 * For each step the heading of the first FORWARD that moved among it and the next two steps of its episode, or 4 for
 * none.
 */
export const answers = (walk: Walk, within = answerWithin): Int32Array => {
  const { advanced, episode, heading } = walk
  requirePaired(advanced, episode, heading)
  return Int32Array.from({ length: episode.length }, (_, t) => {
    for (let k = t; k < Math.min(t + within, episode.length); k++) {
      if (episode[k] !== episode[t]) break
      if (advanced[k] === 1) return heading[k] ?? noAnswer
    }
    return noAnswer
  })
}

export interface ProtocolConvergence {
  /** use * stability. */
  readonly convergence: number
  /** Theil's U: I(intent; answer) / H(intent) with Miller & Madow's correction, clipped to [0, 1]. */
  readonly use: number
  /** 1 - mean J of the protocol at the end and at 90 % of training, weighted by visits. */
  readonly stability: number
}

/** Intents whose entropy is below this many nats leave `use` undefined. */
export const leastIntentEntropy = 0.1

/**
 * Convergence as the product of use (positive signalling and listening: Lowe et al. 2019; Eccles et al. 2019; Theil
 * 1967) and stability, which alone is trivial for a frozen table.
 *
 * `intent` and `answer` are paired symbols (4 intents, 5 answers); `final` and `earlier` are the protocol's message
 * probabilities [context x intents, tokens] at the end and at 90 % of training, `visits` how often each row was used.
 * `use` is NaN without steps or where H(intent) < 0.1; `stability` without visits; a product with NaN is NaN.
 */
export const protocolConvergence = (data: {
  readonly intent: ArrayLike<number>
  readonly answer: ArrayLike<number>
  readonly final: Matrix
  readonly earlier: Matrix
  readonly visits: ArrayLike<number>
}): ProtocolConvergence => {
  const { corrected, entropyX } = mutualInformation(data.intent, data.answer, 4, noAnswer + 1)
  const use = entropyX >= leastIntentEntropy ? clip01(corrected / entropyX) : Number.NaN
  const stability = 1 - meanDivergence(data.final, data.earlier, data.visits)
  return { convergence: use * stability, use, stability }
}
