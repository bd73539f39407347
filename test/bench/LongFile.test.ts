/** The long file of the bench is a sound one, and another edition of it is another experiment. */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { edits, longFile } from "../../bench/LongFile.ts"
import { analyse } from "../../src/dsl/index.ts"
import { MapTalk } from "../../src/runtime/environment/maptalk/Declaration.ts"

const source = readFileSync(new URL("../../pipelines/bica.bica", import.meta.url), "utf8")
const programOf = (text: string) => analyse({ name: "long.bica", text }, { environments: [MapTalk] }).program

describe("a long file", () => {
  it("is as long as it is asked to be, and sound in every edition", () => {
    for (const edition of [0, 1, 300]) {
      const text = longFile(source, 400, edition)
      expect(text.split("\n").length).toBeGreaterThan(400)
      expect(programOf(text)?.objectives.length).toBe(15)
    }
  })

  it("has no objective, stage or variant that means what one of another edition means", () => {
    const meaningsOf = (edition: number): ReadonlySet<string> => {
      const program = programOf(longFile(source, 200, edition))
      const programs = [
        program,
        ...(program?.studies ?? []).flatMap(({ variants }) => variants.map((one) => one.program))
      ]
      return new Set(
        programs.flatMap((one) => [...(one?.objectives ?? []), ...(one?.stages ?? [])].map((each) => each.semantics))
      )
    }
    const [one, other] = [meaningsOf(1), meaningsOf(2)]
    expect(one.size).toBeGreaterThan(40)
    expect([...one].filter((meaning) => other.has(meaning))).toEqual([])
  })

  it("is edited at nine places, by one character each", () => {
    const text = longFile(source, 400)
    expect(edits(text).map((edited) => Math.abs(edited.length - text.length))).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1])
    for (const edited of edits(text)) expect(programOf(edited)).toBeDefined()
  })
})
