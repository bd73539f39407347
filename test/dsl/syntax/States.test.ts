/** Every way in which reading can fail has a golden file, and several faults of one file stay apart. */
import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { Alternation, EOF, LLkLookaheadStrategy, NonTerminal, Option, Repetition } from "chevrotain"
import type { ILookaheadStrategy, IProduction, ISerializedGast } from "chevrotain"
import { titles } from "../../../src/dsl/check/Codes.ts"
import { syntaxCodes } from "../../../src/dsl/diagnostic/SyntaxCodes.ts"
import { Grammar } from "../../../src/dsl/syntax/Grammar.ts"
import { OneToken } from "../../../src/dsl/syntax/Lookahead.ts"
import { maximumDiagnostics, parse, parseConcrete } from "../../../src/dsl/syntax/Parse.ts"
import { makeLexer, tokenTypes } from "../../../src/dsl/syntax/Tokens.ts"

const files = (folder: string, ending: string): ReadonlyArray<string> => {
  const at = new URL(`../../golden/${folder}/`, import.meta.url)
  return readdirSync(at)
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(new URL(name, at), "utf8"))
}

/** A part of a rule, as Chevrotain writes grammars out. */
interface Part extends ISerializedGast {
  readonly name?: string
}

/**
 * States in which the parser may find something else than it needs: a token that a rule demands after its first, and a choice of which no
 * branch fits. What lookahead has seen before a rule, an option or a branch is entered cannot be missing.
 */
const states = (): ReadonlySet<string> => {
  const rules: ReadonlyArray<Part> = new Grammar().getSerializedGastProductions()
  const found = new Set<string>()
  const demanded = new Set(["file"])
  const walk = (rule: string, parts: ReadonlyArray<Part>, seen: boolean): void => {
    let known = seen
    for (const part of parts) {
      const name = part.name ?? ""
      const inner: ReadonlyArray<Part> = part.definition ?? []
      switch (part.type) {
        case "Terminal":
          if (!known) found.add(`${rule} expected:${name}`)
          known = false
          break
        case "NonTerminal":
          if (!known) demanded.add(name)
          known = false
          break
        case "Alternation":
          if (!known) found.add(`${rule} choice`)
          for (const branch of inner) walk(rule, branch.definition ?? [], true)
          known = false
          break
        default:
          walk(rule, inner, true)
      }
    }
  }
  for (let before = 0; before !== demanded.size;) {
    before = demanded.size
    for (const { definition, name = "" } of rules) walk(name, definition ?? [], !demanded.has(name))
  }
  return found
}

/** Tokens that a condition of the grammar has looked at before the rule is entered. */
const lookedAt = ["literal expected:Numeral", "learned expected:keyword by", "block expected:LeftBrace"]

describe("the grammar", () => {
  it("has no rules that contradict each other", () => {
    expect(() => new Grammar(true)).not.toThrow()
  })

  it("has tokens whose patterns are sound", () => {
    expect(makeLexer(true).lexerDefinitionErrors).toEqual([])
  })

  it("decides by one token as Chevrotain does", () => {
    const [own, theirs] = [new OneToken(), new LLkLookaheadStrategy({ maxLookahead: 1 })]
    let looked = 0
    for (const rule of Object.values(new Grammar().getGAstProductions())) {
      const open: Array<IProduction> = [...rule.definition]
      for (let part = open.pop(); part !== undefined; part = open.pop()) {
        if (!(part instanceof NonTerminal) && "definition" in part) open.push(...(part as Option).definition)
        const { idx = 0 } = part as Option
        const options = { prodOccurrence: idx, rule, maxLookahead: 1, dynamicTokensEnabled: false }
        const decisions = (strategy: ILookaheadStrategy): ReadonlyArray<(at: object) => unknown> => {
          if (part instanceof Option || part instanceof Repetition) {
            const prodType = part instanceof Option ? "Option" : "Repetition"
            const decide = strategy.buildLookaheadForOptional({ ...options, prodType })
            return [(at) => decide.call(at)]
          }
          if (!(part instanceof Alternation)) return []
          const gates = [undefined, () => true, () => false]
          const decide = strategy.buildLookaheadForAlternation({ ...options, hasPredicates: true })
          // every alternative under the same condition, and each alone under another
          return gates.flatMap((gate) =>
            part.definition.map(
              (_, alone) => (at: object) =>
                decide.call(
                  at,
                  part.definition.map((_, k) => ({
                    ALT: () => undefined,
                    ...(gate === undefined ? {} : { GATE: k === alone ? gate : () => true })
                  }))
                )
            )
          )
        }
        const [mine, other] = [decisions(own), decisions(theirs)]
        expect(mine.length).toBe(other.length)
        for (const [k, decide] of mine.entries()) {
          for (const type of [...tokenTypes, EOF]) {
            const at = { LA_FAST: () => ({ tokenType: type, tokenTypeIdx: type.tokenTypeIdx }) }
            expect(decide(at), `${rule.name} ${type.name}`).toBe(other[k]?.(at))
            looked++
          }
        }
      }
    }
    expect(looked).toBeGreaterThan(10_000)
  })
})

describe("golden files", () => {
  it("show every state in which the parser can fail", () => {
    const shown = new Set(
      [...files("syntax/bad", ".bica"), ...files("bad", ".bica")]
        .flatMap((text) => parseConcrete(text).faults)
        .map((fault) => fault.replace(/choice:.*$/, "choice"))
    )
    const all = states()
    expect(all.size).toBeGreaterThan(50)
    expect([...all].filter((state) => !shown.has(state) && !lookedAt.includes(state))).toEqual([])
    expect(shown).toContain("file redundant")
  })

  it("show every code", () => {
    const shown = [...files("syntax/bad", ".txt"), ...files("bad", ".txt")].join("")
    // Of more than 65,536 words, and of more than 10,000 runs: their pages say so in words, and tests make such files.
    const tooLong = ["BICA1002", "BICA5011"]
    const codes = [...Object.keys(syntaxCodes), ...Object.keys(titles)]
    expect(codes.filter((code) => !shown.includes(`[${code}]`) && !tooLong.includes(code))).toEqual([])
  })
})

describe("faults of one file", () => {
  /** Said of a file as a whole, or of a bracket whose partner may be anywhere. */
  const ofTheWhole = ["BICA1001", "BICA1003", "BICA1004", "BICA1006", "BICA1201", "BICA1202"]
  const bad = files("syntax/bad", ".bica")
    .map((text) => ({ text, codes: parse(text).diagnostics.map(({ code }) => code) }))
    .filter(({ codes }) => codes.every((code) => !ofTheWhole.includes(code)) && codes.length <= maximumDiagnostics / 2)

  it("are found beside those of another, no more and no fewer", () => {
    expect(bad.length).toBeGreaterThan(20)
    for (const [i, first] of bad.entries()) {
      const second = bad[(i * 7 + 3) % bad.length] ?? first
      const text = `${first.text}\n\nterm apart = 1\n\n${second.text}`
      const both = parse(text).diagnostics.map(({ code }) => code)
      expect(both, text).toEqual([...first.codes, ...second.codes])
    }
  })

  it("are the same behind and before what is right", () => {
    const right = "environment other = MapTalk { grid 8 by 8 }\n\nterm other_term = 1 + 2\n"
    for (const { codes, text } of bad) {
      const around = parse(`${right}\n${text}\n\n${right}`).diagnostics.map(({ code }) => code)
      expect(around, text).toEqual(codes)
    }
  })
})
