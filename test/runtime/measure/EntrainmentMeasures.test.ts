/** Metrics of blocks that are written down by hand. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Blocks } from "../../../src/runtime/environment/Blocks.ts"
import { entrainment } from "../../../src/runtime/measure/EntrainmentMeasures.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"

/** A round: its words, symbols 0 and 1, and whether it reached the goal. */
interface Round {
  readonly words: string
  readonly success: boolean
}

const reached = (words: string): Round => ({ words, success: true })
const failed = (words: string): Round => ({ words, success: false })

/** Blocks whose every step says a word, "." for silence; what there is to say is the word, or 0 where nothing is said of it. */
const blocksOf = (written: ReadonlyArray<ReadonlyArray<Round>>, about: (token: number) => number): Blocks => {
  const rounds = written[0]?.length ?? 0
  const said = new Int32Array(written.length * rounds * 2)
  const success = new Uint8Array(written.length * rounds)
  const steps: Array<readonly [block: number, token: number]> = []
  written.forEach((block, b) =>
    block.forEach((round, r) => {
      success[b * rounds + r] = round.success ? 1 : 0
      for (const word of round.words) {
        const token = word === "." ? 2 : Number(word)
        if (token < 2) said[(b * rounds + r) * 2 + token]! += 1
        steps.push([b, token])
      }
    })
  )
  return {
    blocks: written.length,
    rounds,
    symbols: 2,
    said,
    success,
    block: steps.map(([b]) => b),
    token: steps.map(([, token]) => token),
    world: steps.map(([, token]) => about(token))
  }
}

const telling = (token: number): number => token
const random = makeRandom(1)

// one block gets by with a word less each time, the other needs as many as ever and fails in the end
const learning = ["010101", "01010", "0101", "010", "01", "0"].map(reached)
const constant = [...["001", "001", "001", "001", "001"].map(reached), failed("001")]
const swapped = [["010101", "01010", "0101", "01010"].map(reached), ["001", "001", "001", "001"].map(reached)]

describe("entrainment", () => {
  const found = entrainment({
    blocks: blocksOf([learning, constant], telling),
    swapped: blocksOf(swapped, telling),
    random
  })

  it("is what a round saves in tokens, each block counting once", () => {
    // slopes -1 and 0; their spread is sqrt(1/2), over sqrt(2) blocks 1/2
    expect(found.entrainment.mean).toBe(0.5)
    expect(found.entrainment.high).toBeCloseTo(0.5 + 1.96 / 2, 3)
    expect(found.entrainment.low).toBeCloseTo(0.5 - 1.96 / 2, 3)
    expect(found.entrainment.n).toBe(2)
    expect([found.first_round_tokens.mean, found.last_round_tokens.mean]).toEqual([4.5, 2])
  })

  it("stands beside success, whose fall it must not be bought with", () => {
    expect([found.first_round_success.mean, found.last_round_success.mean]).toEqual([1, 0.5])
    // Wilson's interval of one in two
    expect(found.last_round_success.low).toBeCloseTo(0.0945, 4)
  })

  it("stands beside what an exchange of the partner costs in the round after it", () => {
    // 5 words for 3, and 3 for 3
    expect(found.partner_specificity.mean).toBe(1)
    expect(found.partner_specificity.n).toBe(2)
  })

  it("stands beside the stability of what is said of one referent", () => {
    // 0 and 1 by rounds, the second block always the same: J of (a, 1 - a) and (b, 1 - b) is H(m) - (H(a) + H(b)) / 2 over ln 2
    const h = (a: number) => (a === 0 || a === 1 ? 0 : -a * Math.log2(a) - (1 - a) * Math.log2(1 - a))
    const shares = [1 / 2, 2 / 5, 1 / 2, 1 / 3, 1 / 2, 0]
    const stable = shares.slice(1).map((b, r) => {
      const a = shares[r]!
      return 1 - (h((a + b) / 2) - (h(a) + h(b)) / 2)
    })
    const first = stable.reduce((sum, one) => sum + one, 0) / 5
    expect(found.convention_stability.mean).toBeCloseTo((first + 1) / 2, 12)
  })

  it("is undefined where the words say nothing of the world, and what happened is not", () => {
    const idle = entrainment({
      blocks: blocksOf([learning, constant], () => 0),
      swapped: blocksOf(swapped, () => 0),
      random
    })
    expect(idle.block_information.mean).toBeCloseTo(0, 12)
    for (const metric of ["entrainment", "convention_stability", "partner_specificity"] as const)
      expect(idle[metric].mean, metric).toBeNaN()
    expect(idle.first_round_tokens.mean).toBe(4.5)
    expect(idle.last_round_success.mean).toBe(0.5)
  })

  it("of who learns to say nothing is undefined", () => {
    const mute = entrainment({
      blocks: blocksOf([Array.from({ length: 6 }, () => reached("...."))], () => 0),
      swapped: blocksOf([Array.from({ length: 4 }, () => reached("...."))], () => 0),
      random
    })
    expect(mute.entrainment.mean).toBeNaN()
    expect(mute.last_round_tokens.mean).toBe(0)
  })

  it("says what the words tell of the world: all of it, where each has its own", () => {
    const two = blocksOf([Array.from({ length: 6 }, () => reached("01".repeat(50)))], telling)
    const { block_information } = entrainment({ blocks: two, swapped: two, random })
    // ln 2 and the correction (1 + 1 - 1) / 2N of Miller and Madow, N = 600
    expect(block_information.mean).toBeCloseTo(Math.LN2 + 1 / 1200, 12)
  })

  it("is the same in whatever order the blocks stand", () => {
    const word = fc.constantFrom("0", "1", ".")
    const round = fc.record({
      words: fc.array(word, { minLength: 1, maxLength: 8 }).map((all) => all.join("")),
      success: fc.boolean()
    })
    const block = fc.array(round, { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 2, maxLength: 6 }).chain((blocks) =>
          fc.record({
            blocks: fc.constant(blocks),
            order: fc.shuffledSubarray(
              blocks.map((_, i) => i),
              { minLength: blocks.length }
            )
          })
        ),
        ({ blocks, order }) => {
          const measured = (all: typeof blocks) =>
            entrainment({
              blocks: blocksOf(all, telling),
              swapped: blocksOf(
                all.map((one) => one.slice(0, 4).reverse()),
                telling
              ),
              random
            })
          const [straight, mixed] = [measured(blocks), measured(order.map((i) => blocks[i]!))]
          for (const [metric, { mean, n }] of Object.entries(straight)) {
            const other = mixed[metric as keyof typeof mixed]
            expect(other.n).toBe(n)
            if (Number.isNaN(mean)) expect(other.mean).toBeNaN()
            else expect(other.mean).toBeCloseTo(mean, 9)
          }
        }
      ),
      { numRuns: 30 }
    )
  })
})
