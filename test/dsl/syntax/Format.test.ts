import fc from "fast-check"
import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { format } from "../../../src/dsl/syntax/Format.ts"
import { parse } from "../../../src/dsl/syntax/Parse.ts"
import { laidOut, onLongLines } from "./Programs.ts"

const folder = new URL("../../../pipelines/", import.meta.url)
const shipped = readdirSync(folder)
  .filter((name) => name.endsWith(".bica"))
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }))

const formatted = (text: string): string => {
  const result = format(text)
  if ("diagnostics" in result) throw new Error(`not formatted: ${JSON.stringify(result.diagnostics)}`)
  return result.text
}

/** A tree without the places of its nodes. */
const withoutSpans = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(withoutSpans)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([key]) => key !== "span")
            .map(([key, each]) => [key, withoutSpans(each)])
        )
      : value

const commentsOf = (text: string): ReadonlyArray<string> =>
  parse(text)
    .comments.map((comment) => comment.text.trimEnd())
    .sort()

const holds = (text: string): void => {
  const once = formatted(text)
  expect(formatted(once)).toBe(once)
  expect(withoutSpans(parse(once).file.declarations)).toEqual(withoutSpans(parse(text).file.declarations))
  expect(commentsOf(once)).toEqual(commentsOf(text))
  expect(once).not.toMatch(/[ \t]\n|\n\n\n|\r|\t/)
  expect(once.endsWith("\n")).toBe(true)
}

describe("any program keeps its meaning and comments, and is formatted once and for all", () => {
  it("with any layout", () => fc.assert(fc.property(laidOut, holds), { numRuns: 150 }))
  it("on long lines", () => fc.assert(fc.property(onLongLines, holds), { numRuns: 120 }))
  it.each(shipped)("$name with its line breaks and commas changed", ({ text }) => {
    const places = [...text.matchAll(/[ \n]+/g)].map((match) => match.index)
    const changes = fc.array(
      fc.tuple(fc.nat(places.length - 1), fc.constantFrom("\n", "\n\n\n", " // why\n", "\n  // so\n", "   ")),
      { maxLength: 12 }
    )
    fc.assert(
      fc.property(changes, (list) => {
        let changed = text
        for (const [place, insert] of [...list].sort((a, b) => b[0] - a[0])) {
          const at = places[place] ?? 0
          // Within a comment any line break would make words of its rest.
          if (text.lastIndexOf("//", at) > text.lastIndexOf("\n", at - 1)) continue
          changed = changed.slice(0, at) + insert + changed.slice(at)
        }
        holds(changed)
      }),
      { numRuns: 25 }
    )
  })
})

describe("the shipped pipelines", () => {
  it.each(shipped)("$name is formatted", ({ text }) => expect(formatted(text)).toBe(text))
})

describe("layout", () => {
  it("aligns neighbouring lines of a block and gives declarations of one kind columns", () => {
    expect(
      formatted(`environment map=MapTalk{
grid 8 by 8,obstacles 0.20..0.30
reward {step -1,goal +50}

horizon 80 steps
}
objective both=ppo(ai)+ppo( human ) within a,b
objective one_way = ppo(ai)within a freezing human
claim good: success(both)>=97% with 95% confidence
`)
    ).toBe(`environment map = MapTalk {
  grid       8 by 8
  obstacles  0.20 .. 0.30
  reward     { step -1, goal +50 }

  horizon 80 steps
}
objective both    = ppo(ai) + ppo(human)  within a, b
objective one_way = ppo(ai)               within a  freezing human
claim good: success(both) >= 97 % with 95 % confidence
`)
  })

  it("keeps comments behind their lines and on lines of their own", () => {
    expect(
      formatted(`// first
use std.ppo   // a library


// about the stage
stage s { // begins
    // inside
  rollout 128 environments for // how long
     16 steps
  // last
}
// end`)
    ).toBe(`// first
use std.ppo  // a library

// about the stage
stage s {  // begins
  // inside
  rollout 128 environments for  // how long
      16 steps
  // last
}
// end
`)
  })

  it("breaks long lines before clauses and operators and after commas", () => {
    const terms = Array.from({ length: 16 }, (_, i) => `0.5 * regularizer${i}`).join(" + ")
    expect(formatted(`objective both = ${terms} within drift`)).toBe(
      "objective both = 0.5 * regularizer0 + 0.5 * regularizer1 + 0.5 * regularizer2 + 0.5 * regularizer3 + 0.5 * regularizer4\n" +
        "    + 0.5 * regularizer5 + 0.5 * regularizer6 + 0.5 * regularizer7 + 0.5 * regularizer8 + 0.5 * regularizer9\n" +
        "    + 0.5 * regularizer10 + 0.5 * regularizer11 + 0.5 * regularizer12 + 0.5 * regularizer13 + 0.5 * regularizer14\n" +
        "    + 0.5 * regularizer15 within drift\n"
    )
  })

  it("keeps the commas without which a line would swallow the beginning of the next", () => {
    expect(
      formatted(`environment e = E {
  a 5, steps fast
  b 3 metres, c 4
  d 1, by 2
  e 6, f 7
}`)
    ).toBe(`environment e = E {
  a      5,
  steps  fast
  b      3 metres,
  c      4
  d      1,
  by     2
  e      6
  f      7
}
`)
  })

  it("does not touch a file with errors", () => {
    const result = format("stage {")
    expect("diagnostics" in result && result.diagnostics.length > 0).toBe(true)
  })
})
