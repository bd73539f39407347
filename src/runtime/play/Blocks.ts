/** Plays a team in blocks of rounds on held-out episodes. */
import { Effect } from "effect"
import { makePlayer, makeRecord, purposeOf } from "../agent/Player.ts"
import { ofEach } from "../agent/Team.ts"
import type { Team } from "../agent/Team.ts"
import type { EngineError, Session } from "../engine/Engine.ts"
import { keepBlocks } from "../environment/Blocks.ts"
import type { Blocks } from "../environment/Blocks.ts"
import { makeStepOutcome } from "../environment/Environment.ts"
import type { Random } from "../random/Random.ts"
import { noiseIn, stream } from "./Team.ts"

/**
 * Plays blocks 0 .. `blocks` - 1 of `rounds` rounds each, greedily or sampled. Both agents carry their recurrent states from round to
 * round; what else they are told of the steps before (collisions, rewards, doubt) begins anew, as in any episode. With `swap` both begin that
 * round, counted from 1, without memory: what they learned in training stays, what they have in common from this block is lost.
 *
 * Step n of a block, counted over its rounds, takes the numbers of the address ("play", "block.…", n) at the block's place: blocks that are
 * swapped and blocks that are not draw the same until the round after the swap ends.
 */
export const playBlocks = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly team: Team
  readonly learned: ReadonlySet<string>
  readonly loaded: Set<string>
  readonly blocks: number
  readonly rounds: number
  readonly swap?: number
  readonly random: Random
  readonly greedy: boolean
}): Effect.fn.Return<Blocks, EngineError> {
  const { blocks: count, greedy, learned, loaded, random, rounds, session, swap, team } = options
  const { environment, protocol } = team
  const worlds = environment.worlds({ count, random, stream })
  const keeper = keepBlocks(environment, worlds, {
    rounds,
    symbols: team.speaker.symbols.length,
    ...(swap === undefined ? {} : { swap })
  })
  const player = yield* makePlayer({
    session,
    team,
    worlds,
    noise: (speaker) => noiseIn(environment, speaker),
    greedy,
    learned,
    loaded
  })
  yield* player.refresh
  const record = makeRecord(team, count)
  const outcome = makeStepOutcome(count)
  for (let step = 0; keeper.playing(); step++) {
    const draw = (kind: "uniform" | "gumbel", purpose: string, width = 1) => {
      const out = new Float32Array(count * width)
      random[kind]({ stage: stream, purpose: `block.${purpose}`, step }, out)
      return out
    }
    keeper.before()
    yield* player.step(
      {
        speeches: ofEach(team.speakers, (_, k) => ({
          intent: draw("uniform", purposeOf("intent", k)),
          token: draw("uniform", purposeOf("token", k)),
          channel: draw("uniform", purposeOf("channel", k), 2)
        })),
        action: draw("uniform", "action"),
        ...(greedy
          ? {}
          : {
              codeNoise: draw("gumbel", "code", protocol?.of.codes ?? 0),
              symbolNoise: draw("gumbel", "symbol", protocol?.of.symbols ?? 0),
              advice: draw("uniform", "advice")
            })
      },
      record,
      outcome
    )
    keeper.after(record.speeches[0].token, outcome)
    player.restart(keeper.goesOn)
    // the round begins anew, the memory goes on
    keeper.goesOn.forEach((begun, i) => {
      if (begun === 1) player.carried.keep[i] = 1
    })
    player.restart(keeper.beginsAnew)
  }
  return keeper.blocks()
})
