/** Metrics of entrainment: what feeds the estimators from blocks of rounds, and their intervals over blocks. */
import type { BlockMetric, Blocks } from "../environment/Blocks.ts"
import { swapRound } from "../environment/Blocks.ts"
import type { Random } from "../random/Random.ts"
import { conventionStability, leastBlockInformation, slopePerRound } from "./estimator/Entrainment.ts"
import { informationOf } from "./estimator/MutualInformation.ts"
import { bootstrapEpisodes } from "./EpisodeBootstrap.ts"
import type { Estimate } from "./Statistics.ts"
import { normal, shareOf } from "./Statistics.ts"
import { undefinedOf } from "./TeamMeasures.ts"

/** The words of each round of a block, round by round. */
const wordsOf = ({ rounds, said, symbols }: Blocks, block: number): ReadonlyArray<Int32Array> =>
  Array.from({ length: rounds }, (_, r) => {
    const at = (block * rounds + r) * symbols
    return said.subarray(at, at + symbols)
  })

/** Tokens of each round of a block that are not silence. */
const tokensOf = (blocks: Blocks, block: number): ReadonlyArray<number> =>
  wordsOf(blocks, block).map((counts) => counts.reduce((a, b) => a + b, 0))

/** I(token; what there is to say) over all steps of blocks, corrected (Miller & Madow 1955), nats. */
const information = ({ block, blocks, symbols, token, world }: Blocks, random: Random): Estimate => {
  const numbers = new Map<number, number>()
  for (const one of world) if (!numbers.has(one)) numbers.set(one, numbers.size)
  const worlds = numbers.size
  const size = (symbols + 1) * worlds
  // pairs of token and world, counted block by block
  const pairs = new Float64Array(blocks * size)
  block.forEach((of, i) => {
    const at = of * size + (token[i] ?? 0) * worlds + (numbers.get(world[i] ?? 0) ?? 0)
    pairs[at] = (pairs[at] ?? 0) + 1
  })
  return bootstrapEpisodes(
    blocks,
    (times) => {
      const counts = new Float64Array(size)
      times.forEach((weight, k) => {
        if (weight === 0) return
        for (let j = 0; j < size; j++) counts[j] = (counts[j] ?? 0) + weight * (pairs[k * size + j] ?? 0)
      })
      return informationOf(counts, worlds).corrected
    },
    random
  )
}

/**
 * Entrainment and what stands beside it, over blocks; every value gives each block the same weight, and n counts blocks.
 *
 * `entrainment` is minus the slope of the tokens of the role that speaks over rounds, failed rounds included; `convention_stability` the mean over
 * blocks that have one; `partner_specificity` the mean of what round 4 takes in tokens in `swapped`, the same blocks up to that round with the
 * partner exchanged before it, more than in `blocks`. These three are undefined where the tokens say of the world at most 0.05 nats
 * (`block_information`). Intervals are normal, Wilson's for shares, the bootstrap's for information.
 */
export const entrainment = (options: {
  readonly blocks: Blocks
  readonly swapped: Blocks
  readonly random: Random
}): Readonly<Record<BlockMetric, Estimate>> => {
  const { blocks, random, swapped } = options
  const each = Array.from({ length: blocks.blocks }, (_, k) => k)
  const tokens = each.map((k) => tokensOf(blocks, k))
  const inRound = (round: number): ReadonlyArray<number> => tokens.map((rounds) => rounds[round - 1] ?? Number.NaN)
  const succeeded = (round: number): Estimate =>
    shareOf(Uint8Array.from(each, (k) => blocks.success[k * blocks.rounds + round - 1] ?? 0))
  const said = information(blocks, random)
  const words = said.mean > leastBlockInformation
  const defined = (values: ReadonlyArray<number>): Estimate =>
    words ? normal(values.filter((value) => !Number.isNaN(value))) : undefinedOf(blocks.blocks)
  return {
    // 0 - slope: no tokens saved is 0, not -0
    entrainment: defined(tokens.map((rounds) => 0 - slopePerRound(rounds))),
    first_round_tokens: normal(inRound(1)),
    last_round_tokens: normal(inRound(blocks.rounds)),
    convention_stability: defined(each.map((k) => conventionStability(wordsOf(blocks, k)))),
    partner_specificity: defined(
      each.map((k) => (tokensOf(swapped, k)[swapRound - 1] ?? Number.NaN) - (tokens[k]?.[swapRound - 1] ?? Number.NaN))
    ),
    first_round_success: succeeded(1),
    last_round_success: succeeded(blocks.rounds),
    block_information: said
  }
}
