/**
 * Blocks of rounds: the same episode is played several times by the same two, from a new start each time, with what they remember carried
 * from one round to the next; the repeated reference games of Clark & Wilkes-Gibbs (1986).
 */
import { EnvironmentError } from "./Environment.ts"
import type { Environment, StepOutcome, Worlds } from "./Environment.ts"

/** Rounds of a block. */
export const roundsOfBlock = 6
/** The round, from 1, before which the partner is exchanged where one is. */
export const swapRound = 4
/** Blocks that are played, at most. */
export const mostBlocks = 200

/** Metrics that are measured of blocks. */
export const blockMetrics = [
  "entrainment",
  "first_round_tokens",
  "last_round_tokens",
  "convention_stability",
  "partner_specificity",
  "first_round_success",
  "last_round_success",
  "block_information"
] as const
export type BlockMetric = (typeof blockMetrics)[number]

/** Whether a metric is measured of blocks. */
export const isOfBlocks = (metric: string): boolean => blockMetrics.some((one) => one === metric)

/** What was said and reached in blocks. */
export interface Blocks {
  readonly blocks: number
  /** Rounds of each block. */
  readonly rounds: number
  /** Symbols of the role that speaks, without silence. */
  readonly symbols: number
  /** How often each symbol was sent, [block, round, symbol]. */
  readonly said: Int32Array
  /** 1 where the round reached its goal, [block, round]. */
  readonly success: Uint8Array
  /**
   * One row per step: its block, the token as it was sent (`symbols` is silence), and what there was to say: the intent of the best plan, or
   * where an environment has no such rule the set of choices that are optimal, bit by bit.
   */
  readonly block: ReadonlyArray<number>
  readonly token: ReadonlyArray<number>
  readonly world: ReadonlyArray<number>
}

/** Blocks in the making, one in each copy of `worlds`. */
export interface BlockKeeper {
  /** 1 where a round has begun since the last step that goes on with what is remembered, and where nothing of it is left. */
  readonly goesOn: Uint8Array
  readonly beginsAnew: Uint8Array
  /** Whether a block is not at its end. */
  readonly playing: () => boolean
  /** Notes the state before a step. */
  readonly before: () => void
  /** Counts a step by the tokens that were sent, and begins the next round where one has ended. */
  readonly after: (tokens: Int32Array, outcome: StepOutcome) => void
  readonly blocks: () => Blocks
}

/**
 * Keeps blocks 0 .. `worlds.count` - 1: block k is about episode k, and each of its rounds, the first one too, has a start of its own from
 * the same distribution. With `swap` what both agents remember is lost before that round (counted from 1). An `EnvironmentError`
 * where the environment cannot begin an episode again.
 */
export const keepBlocks = (
  environment: Environment,
  worlds: Worlds,
  options: { readonly rounds: number; readonly symbols: number; readonly swap?: number }
): BlockKeeper => {
  const { again, count } = worlds
  const { rounds, swap, symbols } = options
  if (again === undefined) {
    throw new EnvironmentError({ environment: environment.name, reason: "it cannot begin an episode again" })
  }
  const acting = environment.declaration.roles.find(({ kind }) => kind === "acts")?.choices.length ?? 0
  const speaking = environment.declaration.roles.find(({ kind }) => kind === "speaks")
  const planned = speaking?.rules.some(({ name }) => name === "planner") === true ? speaking.name : undefined
  const round = new Int32Array(count)
  const ended = new Uint8Array(count)
  const goesOn = new Uint8Array(count)
  const beginsAnew = new Uint8Array(count)
  const there = new Int32Array(count)
  const choice = new Int32Array(count)
  const optimal = new Uint8Array(count)
  const said = new Int32Array(count * rounds * symbols)
  const success = new Uint8Array(count * rounds)
  const block: Array<number> = []
  const token: Array<number> = []
  const world: Array<number> = []
  let left = count
  worlds.reset(Int32Array.from({ length: count }, (_, i) => i))
  again(round)
  return {
    goesOn,
    beginsAnew,
    playing: () => left > 0,
    before: () => {
      if (planned !== undefined) {
        worlds.advise(planned, "planner", there)
        return
      }
      there.fill(0)
      for (let k = 0; k < acting; k++) {
        worlds.optimal(choice.fill(k), optimal)
        for (let i = 0; i < count; i++) there[i] = (there[i] ?? 0) | ((optimal[i] ?? 0) << k)
      }
    },
    after: (tokens, { done, succeeded }) => {
      goesOn.fill(0)
      beginsAnew.fill(0)
      for (let i = 0; i < count; i++) {
        const at = i * rounds + (round[i] ?? 0)
        if (ended[i] === 0) {
          const sent = tokens[i] ?? symbols
          block.push(i)
          token.push(sent)
          world.push(there[i] ?? 0)
          if (sent < symbols) said[at * symbols + sent] = (said[at * symbols + sent] ?? 0) + 1
        }
        if (done[i] !== 1) continue
        if (ended[i] === 0) {
          success[at] = succeeded[i] ?? 0
          const next = (round[i] ?? 0) + 1
          if (next < rounds) round[i] = next
          else {
            ended[i] = 1
            left--
          }
        }
        // a block that has ended plays its last round on for nobody, so that its copy stays within the rules
        const forgets = ended[i] === 1 || (round[i] ?? 0) + 1 === swap
        const begun = forgets ? beginsAnew : goesOn
        begun[i] = 1
      }
      again(round, done)
    },
    blocks: () => ({ blocks: count, rounds, symbols, said, success, block, token, world })
  }
}
