/** Blocks of rounds: what is carried, what is counted, and what they are drawn from. */
import { describe, expect, it } from "vitest"
import { keepBlocks } from "../../../src/runtime/environment/Blocks.ts"
import { contract } from "../../../src/runtime/environment/Contract.ts"
import { EnvironmentError, makeStepOutcome } from "../../../src/runtime/environment/Environment.ts"
import type { Environment } from "../../../src/runtime/environment/Environment.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import { playOracleBlocks } from "../../../src/runtime/environment/OraclePlay.ts"
import { entrainment } from "../../../src/runtime/measure/EntrainmentMeasures.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { Doors } from "../../cli/fixtures/doors.ts"
import { Hallway } from "./Hallway.ts"

const random = makeRandom(7)
const hall = Hallway.make("hall")

describe("a hallway keeps the contract", () => {
  for (const { check, name } of contract(hall)) it(name, check)
})

/** Who speaks at each step, or only while the walker does not know the side: in the first round, and where common ground is lost. */
type Guide = "always" | "while unknown"

/** Blocks of a hallway in which the walker takes the lit side, and the guide says it. */
const walked = (options: {
  readonly rounds: number
  readonly swap?: number
  readonly blocks?: number
  readonly guide?: Guide
}) => {
  const { blocks: count = 40, guide = "always", ...block } = options
  const worlds = hall.worlds({ count, random, stream: "test" })
  const keeper = keepBlocks(hall, worlds, { ...block, symbols: 2 })
  const lit = new Int32Array(count)
  const left = new Int32Array(count)
  /** Steps away from the door at the start of each round, and how each round after the first began. */
  const away: Array<Array<number>> = Array.from({ length: count }, () => [])
  const begun: Array<Array<"goes on" | "anew">> = Array.from({ length: count }, () => [])
  const unknown = new Uint8Array(count).fill(1)
  const note = (copy: number) => {
    worlds.distance(left)
    away[copy]?.push(left[copy] ?? 0)
  }
  const outcome = makeStepOutcome(count)
  for (let i = 0; i < count; i++) note(i)
  while (keeper.playing()) {
    keeper.before()
    worlds.advise("guide", "honest", lit)
    const said = lit.map((side, i) => (guide === "always" || unknown[i] === 1 ? side : 2))
    worlds.step(lit, new Uint8Array(count), outcome)
    keeper.after(said, outcome)
    for (let i = 0; i < count; i++) {
      if (keeper.goesOn[i] === 1) begun[i]?.push("goes on")
      if (keeper.beginsAnew[i] === 1) begun[i]?.push("anew")
      if (keeper.goesOn[i] === 0 && keeper.beginsAnew[i] === 0) continue
      unknown[i] = keeper.beginsAnew[i] ?? 0
      note(i)
    }
  }
  return { blocks: keeper.blocks(), away, begun }
}

describe("blocks", () => {
  it("count the words of each round, and what each step had to say", () => {
    const { away, blocks } = walked({ rounds: 6 })
    expect([blocks.blocks, blocks.rounds, blocks.symbols]).toEqual([40, 6, 2])
    expect(blocks.success).toEqual(new Uint8Array(240).fill(1))
    for (let k = 0; k < 40; k++) {
      for (let r = 0; r < 6; r++) {
        // one word per step, always that of the block's side
        const words = [blocks.said[(k * 6 + r) * 2] ?? 0, blocks.said[(k * 6 + r) * 2 + 1] ?? 0]
        expect(words[0]! + words[1]!).toBe(away[k]?.[r])
        expect(Math.min(...words)).toBe(0)
      }
    }
    // the set of optimal choices: bit 0 for left, bit 1 for right
    blocks.token.forEach((token, i) => expect(blocks.world[i]).toBe(token === 0 ? 1 : 2))
    expect(blocks.token).toHaveLength(blocks.said.reduce((a, b) => a + b, 0))
    expect(new Set(blocks.block).size).toBe(40)
  })

  it("are about one thing each, from starts that are drawn alike in every round", () => {
    const { away, blocks } = walked({ rounds: 6, blocks: 400 })
    const sides = Array.from({ length: 400 }, (_, k) =>
      Array.from({ length: 6 }, (_unused, r) => (blocks.said[(k * 6 + r) * 2] === 0 ? 1 : 0))
    )
    for (const side of sides) expect(new Set(side).size).toBe(1)
    expect(new Set(sides.map(([side]) => side)).size).toBe(2)
    for (let r = 0; r < 6; r++) {
      const mean = away.reduce((sum, one) => sum + (one[r] ?? 0), 0) / 400
      // of 1, 2 and 3: mean 2, five standard deviations of sqrt(2/3)
      expect(Math.abs(mean - 2), `round ${r + 1}`).toBeLessThan((5 * Math.sqrt(2 / 3)) / 20)
    }
  })

  it("carry memory from round to round, and begin anew where the partner is exchanged or the block has ended", () => {
    const on = "goes on"
    for (const one of walked({ rounds: 4 }).begun) expect(one.slice(0, 4)).toEqual([on, on, on, "anew"])
    for (const one of walked({ rounds: 4, swap: 4 }).begun) expect(one.slice(0, 3)).toEqual([on, on, "anew"])
    for (const one of walked({ rounds: 4, swap: 2 }).begun) expect(one.slice(0, 3)).toEqual(["anew", on, on])
  })

  it("are the same however many are played, and up to the exchange", () => {
    const few = walked({ rounds: 6, blocks: 5 })
    const many = walked({ rounds: 6, blocks: 40 })
    expect(many.away.slice(0, 5).map((one) => one.slice(0, 6))).toEqual(few.away.map((one) => one.slice(0, 6)))
    const exchanged = walked({ rounds: 4, swap: 4, blocks: 5 })
    expect(exchanged.away.map((one) => one.slice(0, 4))).toEqual(few.away.map((one) => one.slice(0, 4)))
  })

  it("of two who need no words once one has told the other gain what they were, and lose it with the partner", () => {
    const { away, blocks } = walked({ rounds: 6, guide: "while unknown" })
    const { blocks: swapped } = walked({ rounds: 4, swap: 4, guide: "while unknown" })
    const found = entrainment({ blocks, swapped, random })
    const mean = (round: number) => away.reduce((sum, one) => sum + (one[round - 1] ?? 0), 0) / away.length
    // words in the first round alone, 2.5 before the middle: 2.5 / (2 (0.5^2 + 1.5^2 + 2.5^2)) = 1 / 7 of them a round
    expect(found.first_round_tokens.mean).toBe(mean(1))
    expect(found.last_round_tokens.mean).toBe(0)
    expect(found.entrainment.mean).toBeCloseTo(mean(1) / 7, 12)
    expect(found.entrainment.low).toBeGreaterThan(0)
    // the new partner must be told in round 4
    expect(found.partner_specificity.mean).toBeCloseTo(mean(4), 12)
    expect(found.last_round_success.mean).toBe(1)
    // no round with words follows one
    expect(found.convention_stability.mean).toBeNaN()
  })

  it("need an environment that can begin an episode again", () => {
    const room = Doors.make("room")
    const worlds = room.worlds({ count: 2, random, stream: "test" })
    expect(() => keepBlocks(room, worlds, { rounds: 6, symbols: 2 })).toThrow(EnvironmentError)
    expect(() => keepBlocks(room, worlds, { rounds: 6, symbols: 2 })).toThrow("room: it cannot begin an episode again")
  })
})

describe("blocks of oracles", () => {
  const noise = { flip: 0, drift: 0 }
  const measured = (oracle: string, environment: Environment = hall, symbols: ReadonlyArray<string> = ["L", "R"]) => {
    const play = (rounds: number, swap?: number) =>
      playOracleBlocks(environment, oracle, {
        blocks: 100,
        rounds,
        ...(swap === undefined ? {} : { swap }),
        random,
        stream: "test",
        noise,
        symbols
      })
    return entrainment({ blocks: play(6), swapped: play(4, 4), random })
  }

  it("that say the same each round gain nothing, whoever they talk to, in words that are as stable as can be", () => {
    const found = measured("teller")
    expect(found.convention_stability.mean).toBe(1)
    expect(found.partner_specificity.mean).toBe(0)
    expect(found.last_round_success.mean).toBe(1)
    expect(Math.abs(found.entrainment.mean)).toBeLessThan(
      5 * ((found.entrainment.high - found.entrainment.mean) / 1.96)
    )
    // the side is one bit
    expect(found.block_information.mean).toBeCloseTo(Math.LN2, 1)
  })

  it("that say nothing entrain nothing", () => {
    const found = measured("seer")
    expect(found.entrainment.mean).toBeNaN()
    expect([found.first_round_tokens.mean, found.last_round_tokens.mean]).toEqual([0, 0])
    expect(found.last_round_success.mean).toBe(1)
    // who is told nothing walks left: right where left is lit
    const { first_round_success, last_round_success } = measured("reminder")
    expect(first_round_success.mean).toBeGreaterThan(0.3)
    expect(first_round_success.mean).toBeLessThan(0.7)
    expect(last_round_success.mean).toBe(first_round_success.mean)
  })

  it("that talk on maps are measured by what they say of the direction of the best plan", () => {
    const map = MapTalk.make("map", {})
    const found = measured("direction_protocol", map, MapTalk.symbols)
    expect(found.block_information.mean).toBeCloseTo(Math.log(4), 1)
    expect(found.first_round_success.mean).toBe(1)
    // a start of its own for each round asks for other directions
    expect(found.convention_stability.mean).toBeGreaterThan(0.5)
    expect(found.convention_stability.mean).toBeLessThan(0.9)
    expect(measured("random_talker", map).entrainment.mean).toBeNaN()
  })
})
