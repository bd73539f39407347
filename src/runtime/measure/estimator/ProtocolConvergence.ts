/** The AI's answers to what the human intends, for the protocol convergence of Table 3. */
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

/** Intents whose entropy is below this many nats leave `use` undefined. */
export const leastIntentEntropy = 0.1
