import { describe, expect, it } from "vitest"
import { block } from "../../../src/runtime/random/Philox.ts"

const words = (counter: ReadonlyArray<number>, key: ReadonlyArray<number>): Array<string> => {
  const out = new Uint32Array(4)
  block(counter[0]!, counter[1]!, counter[2]!, counter[3]!, key[0]!, key[1]!, out, 0)
  return Array.from(out, (word) => word.toString(16).padStart(8, "0"))
}

// Known answers published with Random123 (kat_vectors, "philox4x32 10").
describe("Philox4x32-10", () => {
  it("answers the zero counter and key as published", () => {
    expect(words([0, 0, 0, 0], [0, 0])).toEqual(["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"])
  })

  it("answers all ones as published", () => {
    const f = 0xffffffff
    expect(words([f, f, f, f], [f, f])).toEqual(["408f276d", "41c83b0e", "a20bc7c6", "6d5451fd"])
  })

  it("answers the digits of pi as published", () => {
    expect(words([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      "d16cfe09",
      "94fdcceb",
      "5001e420",
      "24126ea1"
    ])
  })

  it("writes only its four words", () => {
    const out = new Uint32Array(8).fill(7)
    block(0, 0, 0, 0, 0, 0, out, 2)
    expect(Array.from(out)).toEqual([7, 7, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8, 7, 7])
  })
})
