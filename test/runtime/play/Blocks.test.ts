/** A team in blocks of rounds: what it carries along is what its networks remember. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { playBlocks } from "../../../src/runtime/play/Blocks.ts"
import { playTeam } from "../../../src/runtime/play/Team.ts"
import { random, whole } from "./Whole.ts"

const blocks = 24

const played = Effect.fnUntraced(function* (options: {
  readonly rounds: number
  readonly swap?: number
  readonly frozen?: ReadonlyArray<string>
  readonly greedy?: boolean
}) {
  const { frozen = [], greedy = false, ...block } = options
  const { loaded, session, team, trained } = yield* whole(frozen)
  return yield* playBlocks({ session, team, learned: trained.learned, loaded, blocks, random, greedy, ...block })
})

/** What was said in the first rounds of each block. */
const upTo = ({ rounds, said, symbols }: Effect.Success<ReturnType<typeof played>>, most: number) =>
  Array.from({ length: blocks }, (_, k) => [...said.subarray(k * rounds * symbols, (k * rounds + most) * symbols)])

describe("blocks of a team", () => {
  it.effect("are the same each time, and the same up to an exchange of the partner, which its memory feels", () =>
    Effect.gen(function* () {
      for (const greedy of [false, true]) {
        const straight = yield* played({ rounds: 6, greedy })
        assert.deepStrictEqual(yield* played({ rounds: 6, greedy }), straight)
        const swapped = yield* played({ rounds: 4, swap: 4, greedy })
        assert.deepStrictEqual(upTo(swapped, 3), upTo(straight, 3))
        assert.notDeepEqual(upTo(swapped, 4), upTo(straight, 4))
      }
    })
  )

  it.effect("change nothing of the episodes that are played before and after them", () =>
    Effect.gen(function* () {
      const { loaded, session, team, trained } = yield* whole()
      const common = { session, team, learned: trained.learned, loaded, random, greedy: false }
      const before = yield* playTeam({ ...common, episodes: blocks })
      yield* playBlocks({ ...common, blocks, rounds: 2 })
      assert.deepStrictEqual(yield* playTeam({ ...common, episodes: blocks }), before)
    })
  )

  it.effect("of who remembers nothing are the same with another partner", () =>
    Effect.gen(function* () {
      // both follow their priors, and draw the same
      const frozen = ["human", "ai", "codes", "coach", "bridge"]
      const straight = yield* played({ rounds: 4, frozen })
      const swapped = yield* played({ rounds: 4, swap: 2, frozen })
      assert.deepStrictEqual(swapped, straight)
      assert.isAbove(
        straight.said.reduce((a, b) => a + b, 0),
        0
      )
    })
  )

  it.effect("carry what one of the two remembers", () =>
    Effect.gen(function* () {
      for (const one of ["human", "ai"]) {
        const frozen = ["human", "ai", "codes", "coach", "bridge"].filter((name) => name !== one)
        const straight = yield* played({ rounds: 3, frozen })
        const swapped = yield* played({ rounds: 3, swap: 2, frozen })
        assert.deepStrictEqual(upTo(swapped, 1), upTo(straight, 1))
        assert.notDeepEqual(swapped.token, straight.token, one)
      }
    })
  )
})
