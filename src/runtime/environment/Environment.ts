/**
 * What an environment is to the runtime: many copies stepped together over typed arrays.
 */
import type { EnvironmentDeclaration } from "../../declaration/Environment.ts"
import type { Random } from "../random/Random.ts"

/** An environment with its parameters fixed, e.g. MapTalk on 8 x 8 cells. */
export interface Environment {
  readonly declaration: EnvironmentDeclaration
  /** Resolved parameters; equal parameters mean the same environment. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Steps after which an episode ends (a true terminal). */
  readonly horizon: number
  /** Length of the observation of each role, for the observations it lists. */
  readonly observationSize: (role: string, sees: ReadonlyArray<string>) => number
  /** Number of values that a central critic may see. */
  readonly stateSize: number
  /** Rewards are multiplied by this before learning. */
  readonly rewardScale: number
  /** `count` copies. `seed` and `stream` address the episodes: episode k of the same address is the same map on every machine. */
  readonly worlds: (options: { readonly count: number; readonly random: Random; readonly stream: string }) => Worlds
}

/** What one step did, in arrays of length `count`, written in place. */
export interface StepOutcome {
  readonly reward: Float32Array
  readonly collided: Uint8Array
  readonly succeeded: Uint8Array
  readonly done: Uint8Array
}

/** `count` copies in lock step. */
export interface Worlds {
  readonly count: number
  /** Elapsed steps of the running episode, per copy. */
  readonly elapsed: Int32Array
  /** Starts episode `episodes[i]` in copy `i` for every i with `mask[i] = 1` (all without a mask). */
  readonly reset: (episodes: Int32Array, mask?: Uint8Array) => void
  /** Writes the observation of `role`, row-major [count, size], into `out` from `offset`, rows `stride` apart. */
  readonly observe: (role: string, sees: ReadonlyArray<string>, out: Float32Array, offset: number, stride: number) => void
  /** Writes the critic's view of the state, [count, stateSize], into `out` from `offset`. */
  readonly state: (out: Float32Array, offset: number) => void
  /** Writes what the fixed rule `rule` of `role` would choose, one index per copy; -1 where it has no choice. */
  readonly advise: (role: string, rule: string, out: Int32Array) => void
  /** Whether `choice` is among the best actions of the acting role, per copy (for calibration). */
  readonly optimal: (choices: Int32Array, out: Uint8Array) => void
  /** Steps all copies with the acting role's choices; `tokens[i]` is the number of non-silent tokens paid for. Does not reset. */
  readonly step: (choices: Int32Array, tokens: Uint8Array, outcome: StepOutcome) => void
  /** Steps of the best plan from each copy's current state. */
  readonly distance: (out: Int32Array) => void
  /** Everything that continues from step to step, for checkpoints; plain arrays by name, copied. */
  readonly save: () => Readonly<Record<string, Int32Array>>
  readonly restore: (saved: Readonly<Record<string, Int32Array>>) => void
}
