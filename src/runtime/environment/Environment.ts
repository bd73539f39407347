/**
 * What an environment is to the runtime: many copies stepped together over typed arrays.
 */
import { Schema } from "effect"
import type { EnvironmentDeclaration } from "../../declaration/Environment.ts"
import type { Noise } from "../agent/Agent.ts"
import type { Random } from "../random/Random.ts"
import type { Picture } from "./Picture.ts"

/**
 * An environment cannot be made or played as asked: a parameter outside its range, a name it does not have, maps that
 * cannot be generated. Thrown, because worlds are stepped synchronously.
 */
export class EnvironmentError extends Schema.TaggedError<EnvironmentError>()("EnvironmentError", {
  environment: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.environment}: ${this.reason}`
  }
}

/** What a stage works in. */
export interface World {
  /** The pipeline's name for it: `map`; for a shift `map.dense`. */
  readonly name: string
  readonly declaration: EnvironmentDeclaration
  /** Resolved parameters; equal parameters mean the same environment. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** An environment with its parameters fixed, e.g. MapTalk on 8 x 8 cells, in which a team takes steps. */
export interface Environment extends World {
  /** Channel noise that replaces what an agent declares, by agent name: what a shift such as `noisy` changes. */
  readonly noiseOverrides?: Readonly<Record<string, Partial<Noise>>>
  /** Steps after which an episode ends (a true terminal). */
  readonly horizon: number
  /**
   * Length of the observation of each role, for the observations it lists. Here and in `observe`, a name with a dot
   * (`human.message`) is a message, which is not the environment's to give: it contributes nothing.
   */
  readonly observationSize: (role: string, sees: ReadonlyArray<string>) => number
  /** Number of values that a central critic may see. */
  readonly stateSize: number
  /** Rewards are multiplied by this before learning. */
  readonly rewardScale: number
  /** `count` copies. `seed` and `stream` address the episodes: episode k of the same address is the same map on every machine. */
  readonly worlds: (options: { readonly count: number; readonly random: Random; readonly stream: string }) => Worlds
  /** Hand-written players of an environment of a module, by name. */
  readonly oracles?: Readonly<Record<string, SilentOracle | TalkingOracle>>
}

/** Writes what the acting role chooses, one choice per copy; `drawn` are uniform numbers of the step. It says nothing. */
export type SilentOracle = (worlds: Worlds, drawn: Float32Array, choices: Int32Array) => void

/**
 * One side talks, the other does as it hears: the intent that it last heard, through the channel of the role that speaks. Intent k is said
 * as symbol k, as by the table of a protocol. What either side acts on is known, which are its latents.
 */
export interface TalkingOracle {
  /** Writes the intent of the role that speaks, one per copy. */
  readonly means: (worlds: Worlds, intents: Int32Array) => void
  /** The symbol that is sent for an intent, -1 for none; `drawn` is a uniform number, `symbols` how many there are. */
  readonly says: (meant: number, drawn: number, symbols: number) => number
  /** How many values what the acting role sees by itself has, and what writes them, one per copy. */
  readonly values: number
  readonly sees: (worlds: Worlds, seen: Int32Array) => void
  /** What the acting role does; `followed` is -1 where it has heard no intent yet, `drawn` a uniform number. */
  readonly acts: (followed: number, seen: number, drawn: number) => number
}

/** What one step did, in arrays of length `count`, written in place. */
export interface StepOutcome {
  readonly reward: Float32Array
  readonly collided: Uint8Array
  readonly succeeded: Uint8Array
  readonly done: Uint8Array
}

/** Arrays for the outcome of a step of `count` copies. */
export const makeStepOutcome = (count: number): StepOutcome => ({
  reward: new Float32Array(count),
  collided: new Uint8Array(count),
  succeeded: new Uint8Array(count),
  done: new Uint8Array(count)
})

/** A running episode as a picture shows it; cells are counted from the north-west corner inside the wall. */
export interface Scene {
  readonly grid: { readonly width: number; readonly height: number }
  /** 1 where a cell is an obstacle, row by row. */
  readonly blocked: ReadonlyArray<number>
  readonly goal: readonly [x: number, y: number]
}

/** `count` copies in lock step. Every copy must be reset once before anything else is asked of it. */
export interface Worlds {
  readonly count: number
  /** Elapsed steps of the running episode, per copy. */
  readonly elapsed: Int32Array
  /** Starts episode `episodes[i]` in copy `i` for every i with `mask[i] = 1` (all without a mask). */
  readonly reset: (episodes: Int32Array, mask?: Uint8Array) => void
  /**
   * Where an environment can: begins the episode of copy `i` again for every i with `mask[i] = 1` (all without a mask), as round
   * `rounds[i]` of a block: what the episode is about (MapTalk: map and goal) stays, the start is drawn anew. A round depends on the
   * address of the episode and on its number from 0 alone, and what is drawn for one is drawn for all alike.
   */
  readonly again?: (rounds: Int32Array, mask?: Uint8Array) => void
  /** Writes the observation of `role`, row-major [count, size], into `out` from `offset`, rows `stride` apart. */
  readonly observe: (
    role: string,
    sees: ReadonlyArray<string>,
    out: Float32Array,
    offset: number,
    stride: number
  ) => void
  /** Writes the critic's view of the state, [count, stateSize], into `out` from `offset`. */
  readonly state: (out: Float32Array, offset: number) => void
  /** Writes what the fixed rule `rule` of `role` would choose, one index per copy; -1 where it has no choice. */
  readonly advise: (role: string, rule: string, out: Int32Array) => void
  /** Whether `choice` is among the best actions of the acting role, per copy (for calibration). */
  readonly optimal: (choices: Int32Array, out: Uint8Array) => void
  /**
   * Steps all copies with the acting role's choices; `tokens[i]` is the number of non-silent tokens paid for. Does not
   * reset. A copy whose episode has ended stays as it is: reward 0, no collision, no success, done.
   */
  readonly step: (choices: Int32Array, tokens: Uint8Array, outcome: StepOutcome) => void
  /** Steps of the best plan from each copy's current state. */
  readonly distance: (out: Int32Array) => void
  /** Writes x, y and heading of the acting role, three numbers per copy; cells as in `scene`. */
  readonly poses: (out: Int32Array) => void
  /** The map of the episode that runs in copy `copy`. */
  readonly scene: (copy: number) => Scene
  /** What an environment without a map draws of the state of copy `copy`, where it draws anything. */
  readonly picture?: (copy: number) => Picture
  /** Everything that continues from step to step, for checkpoints; plain arrays by name, copied. */
  readonly save: () => Readonly<Record<string, Int32Array>>
  readonly restore: (saved: Readonly<Record<string, Int32Array>>) => void
}
