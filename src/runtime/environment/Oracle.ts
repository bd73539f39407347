/** A hand-written team as it is played: what it chooses and says at each step, and what of it an oracle's trace keeps. */
import type { Noise } from "../agent/Agent.ts"
import type { Reading } from "../play/Trace.ts"
import type { Worlds } from "./Environment.ts"

/** What an oracle said at a step, one entry per copy; -1 for an intent where it guides nobody. */
export interface Said {
  readonly intent: Int32Array
  readonly token: Int32Array
  readonly heard: Int32Array
  /** Among how many choices it chose evenly; NaN where nobody knows. */
  readonly among: Float64Array
  /** What either side acted on, [copies, symbols]. */
  readonly guideReads: Int32Array
  readonly navigatorReads: Int32Array
}

/**
 * Chooses for all copies of a batch at one step: writes `choices`, the number of `tokens` sent and what was `said`; of no account where
 * an episode is `over`.
 */
export type Policy = (
  worlds: Worlds,
  step: number,
  choices: Int32Array,
  tokens: Uint8Array,
  said: Said,
  over: Uint8Array
) => void

/**
 * A policy for `count` copies; `draw` fills with numbers of the step, the same for an episode in every batch, `drawStranger` with one for
 * each copy that has nothing to do with them. Where `literal`, the guide says what it means and is obeyed blindly.
 */
export type Oracle = (options: {
  readonly count: number
  /** The intent that each copy last heard, -1 for none: all that an oracle remembers. */
  readonly followed: Int32Array
  readonly noise: Noise
  readonly literal: boolean
  readonly draw: (step: number, out: Float32Array) => void
  readonly drawStranger: (step: number, out: Float32Array) => void
}) => Policy

/** A hand-written team. */
export interface Script {
  readonly make: Oracle
  /** Uniform numbers that it takes of each step. */
  readonly numbers: number
  /** What either side acts on; nothing where one of them acts on nothing. */
  readonly reads?: Reading
}
