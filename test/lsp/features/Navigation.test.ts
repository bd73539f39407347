import { describe, expect, it } from "vitest"
import { definition, prepareRename, references, rename } from "../../../src/lsp/features/Navigation.ts"
import { edited, inMaptalk, maptalk, marked, place, snapshot } from "../Marked.ts"

const whereIs = (text: string): string | undefined => {
  const at = marked(text)
  const range = definition(at.snapshot, at.offset)
  return range === undefined ? undefined : place(range)
}
const usedAt = (text: string, withDeclaration = true): ReadonlyArray<string> => {
  const at = marked(text)
  return references(at.snapshot, at.offset, withDeclaration).map(place)
}
const renamed = (text: string, name: string): string => {
  const at = marked(text)
  const edits = rename(at.snapshot, at.offset, name)
  return "refused" in edits ? edits.refused : edited(at.snapshot.text, edits)
}

describe("definition", () => {
  it("leads from a use to the name in the declaration", () => {
    expect(whereIs(inMaptalk("ppo(human)", "ppo(hu▮man)"))).toBe("20:6-20:11")
    expect(whereIs(inMaptalk("human.message", "▮human.message"))).toBe("20:6-20:11")
    expect(whereIs(inMaptalk("on map, dense", "on map, dense▮"))).toBe("9:8-9:13")
    expect(whereIs(inMaptalk("map.planner)", "▮map.planner)"))).toBe("3:12-3:15")
    expect(whereIs(inMaptalk("after train", "after ▮train"))).toBe("37:6-37:11")
    expect(whereIs(inMaptalk("within ai_drift, human_drift", "within ai_drift, ▮human_drift"))).toBe("31:7-31:18")
  })

  it("leads nowhere from words of the language, names of the environment, and blanks", () => {
    expect(whereIs(inMaptalk("plays map", "pl▮ays map"))).toBeUndefined()
    expect(whereIs(inMaptalk("map.planner)", "map.▮planner)"))).toBeUndefined()
    expect(whereIs(inMaptalk("\nstudy main", "▮\nstudy main"))).toBeUndefined()
  })

  it("tells stages, claims and the parameters of definitions from other declarations of that name", () => {
    const text =
      "term x = 1\ndefine f(x: scalar) = x + y\nterm y = x\nstage x { play 1 episodes on map measure steps }\nstage z after x { }"
    expect(whereIs(text.replace("= x + y", "= ▮x + y"))).toBe("1:9-1:10")
    expect(whereIs(text.replace("y = x", "y = ▮x"))).toBe("0:5-0:6")
    expect(whereIs(text.replace("after x", "after ▮x"))).toBe("3:6-3:7")
  })

  it("works in a file with errors elsewhere", () => {
    expect(whereIs(`environment = \n${inMaptalk("ppo(human)", "ppo(▮human)")}`)).toBe("21:6-21:11")
    expect(whereIs("term calm = 1\nobjective o = ▮calm + ")).toBe("0:5-0:9")
  })
})

describe("references", () => {
  it("finds an agent in messages, shifts, expressions, updates and freezes", () => {
    const all = [
      "11:16-11:21",
      "15:68-15:73",
      "20:6-20:11",
      "31:23-31:28",
      "31:39-31:44",
      "33:34-33:39",
      "34:68-34:73",
      "40:11-40:16"
    ]
    expect(usedAt(inMaptalk("agent human", "agent ▮human"))).toStrictEqual(all)
    expect(usedAt(inMaptalk("freezing human", "freezing huma▮n"))).toStrictEqual(all)
    expect(usedAt(inMaptalk("agent human", "agent ▮human"), false)).toStrictEqual(
      all.filter((one) => one !== "20:6-20:11")
    )
  })

  it("finds the uses of what the environment gives", () => {
    expect(usedAt(inMaptalk("success(bica) - ", "▮success(bica) - "))).toStrictEqual([
      "48:10-48:17",
      "53:10-53:17",
      "59:28-59:35",
      "59:44-59:51",
      "61:28-61:35"
    ])
  })
})

describe("rename", () => {
  it("changes every use and nothing else", () => {
    const text = inMaptalk("shift dense", "shift ▮dense")
    expect(renamed(text, "thick")).toBe(maptalk.replaceAll(/\bdense\b/g, "thick"))
    // `map.navigator`, `on map`, `by map.random`, but not the comment, `MapTalk`, or the middle of a word
    expect(renamed(inMaptalk("environment map", "environment ▮map"), "world")).toBe(
      maptalk.replaceAll(/(?<![a-z/])map(?=[ .,])/g, "world")
    )
  })

  it("changes the local name of a module, and a parameter of a definition only in it", () => {
    expect(renamed('use "./x.ts" as ▮y\nterm a = y.loss(1)\nterm b = 2 * y.loss(3)', "mine")).toBe(
      'use "./x.ts" as mine\nterm a = mine.loss(1)\nterm b = 2 * mine.loss(3)'
    )
    expect(renamed("term x = 1\ndefine f(x: scalar) = ▮x + x\nobjective o = x", "value")).toBe(
      "term x = 1\ndefine f(value: scalar) = value + value\nobjective o = x"
    )
  })

  it("gives the program of before, stage by stage and objective by objective", () => {
    const meaning = (text: string) => {
      const program = snapshot(text).analysis.program
      return [...(program?.objectives ?? []), ...(program?.stages ?? [])].map(({ semantics }) => semantics)
    }
    for (const cursor of ["budget ▮ai_drift", "objective ▮bica", "stage ▮train", "study ▮main", "claim ▮reliable"]) {
      const text = renamed(inMaptalk(cursor.replace("▮", ""), cursor), "another_name")
      expect(text).toContain("another_name")
      expect(meaning(text)).toStrictEqual(meaning(maptalk))
    }
    expect(meaning(maptalk)).toHaveLength(5)
  })

  it("refuses words of the language, names that the file does not declare, and places without a name", () => {
    const refusal = (text: string) => {
      const at = marked(text)
      return prepareRename(at.snapshot, at.offset)
    }
    expect(refusal(inMaptalk("plays map", "pla▮ys map"))).toStrictEqual({
      refused: "`plays` is a word of the language."
    })
    expect(refusal(inMaptalk("gru(64)", "▮gru(64)"))).toStrictEqual({
      refused: "`gru` is not a name of this file: the language or the environment gives it."
    })
    expect(refusal("objective o = nothing▮")).toStrictEqual({ refused: "`nothing` is not declared in this file." })
    expect(refusal("objective o = 1 +▮ 1")).toStrictEqual({ refused: "There is no name here." })
  })

  it("refuses new names that are none, that are words of the language, and that are taken", () => {
    const text = inMaptalk("agent human", "agent ▮human")
    expect(renamed(text, "the human")).toBe(
      "A name begins with a letter or `_` and consists of letters, digits and `_`."
    )
    expect(renamed(text, "9")).toBe("A name begins with a letter or `_` and consists of letters, digits and `_`.")
    expect(renamed(text, "budget")).toBe("`budget` is a word of the language.")
    expect(renamed(text, "ai")).toBe("With the name `ai`, other names of this file would mean something else.")
    // a parameter of a definition would hide the term
    expect(renamed("term y = 1\ndefine f(▮x: scalar) = x + y", "y")).toBe(
      "With the name `y`, other names of this file would mean something else."
    )
  })

  it("refuses when a line that cannot be read may hold the name", () => {
    const text =
      "agent ▮x plays map.guide {\n  sees full\n}\nagent y plays map.navigator {\n  sees heading,\n  policy = x\n}"
    expect(renamed(text, "z")).toBe("Line 6 cannot be read, and may mean `x`.")
  })

  it("names the place and the name that would be changed", () => {
    const at = marked(inMaptalk("freezing human", "freezing ▮human"))
    expect(prepareRename(at.snapshot, at.offset)).toStrictEqual({
      range: { start: { line: 34, character: 68 }, end: { line: 34, character: 73 } },
      placeholder: "human"
    })
  })
})
