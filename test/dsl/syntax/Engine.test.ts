import type { CstNode } from "chevrotain"
import { CstParser } from "chevrotain"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "vitest"
import { Engine } from "../../../src/dsl/syntax/Engine.ts"
import { Grammar } from "../../../src/dsl/syntax/Grammar.ts"
import { declarationBegins, lex } from "../../../src/dsl/syntax/Tokens.ts"
import { endOfTokens, tooDeep } from "../../../src/dsl/syntax/Brackets.ts"

const project = Path.resolve(import.meta.dirname, "../../..")
const texts = ["pipelines", "test/golden/good", "test/golden/bad", "test/golden/syntax/bad"].flatMap((folder) =>
  Fs.readdirSync(Path.join(project, folder))
    .filter((name) => name.endsWith(".bica"))
    .map((name) => Fs.readFileSync(Path.join(project, folder, name), "utf8"))
    // what is nested deeper than the limit is not read
    .filter((text) => tooDeep(lex(text).tokens) === undefined)
)

/** The grammar on Chevrotain's own methods. */
const plain = new Grammar()
const own = Object.getOwnPropertyNames(Engine.prototype).filter(
  (name) => name !== "constructor" && Reflect.has(CstParser.prototype, name)
)
for (const name of own) Object.defineProperty(plain, name, { value: Reflect.get(CstParser.prototype, name) })
const quick = new Grammar()

/** A tree without what carries no meaning: how the tables of parts are made. */
const tree = (node: CstNode): unknown => ({
  name: node.name,
  location: node.location,
  children: Object.entries(node.children).map(([name, parts]) => [
    name,
    parts.map((part) => ("children" in part ? tree(part) : part))
  ])
})

const read = (parser: Grammar, text: string) => {
  const { tokens } = lex(text)
  const begins = tokens.filter((_, at) => declarationBegins((offset) => tokens[at + offset] ?? endOfTokens))
  parser.begin(tokens, new Set(begins))
  parser.file()
  return {
    declarations: parser.finished.map(({ first, node }) => [first.startOffset, tree(node)]),
    errors: parser.errors.map(({ context, message, name, token }) => [
      name,
      message,
      token.startOffset,
      token.image,
      context.ruleStack
    ]),
    open: parser.open.map(({ first, kind }) => [kind, first.startOffset]),
    lastEntry: parser.lastEntry,
    lastStatement: parser.lastStatement
  }
}

describe("the parser's own way through the grammar", () => {
  it("takes the place of methods that Chevrotain has", () => {
    expect(own.sort()).toEqual([
      "consumeInternal",
      "cstInvocationStateUpdate",
      "invokeRuleCatch",
      "manyInternalLogic",
      "optionInternalLogic",
      "subruleInternal"
    ])
  })

  it("gives the trees and the errors that Chevrotain gives, of right and of wrong files", () => {
    let errors = 0
    for (const text of texts) {
      const expected = read(plain, text)
      errors += expected.errors.length
      expect(read(quick, text)).toEqual(expected)
    }
    expect(errors).toBeGreaterThan(20)
  })

  it("gives them also where a text ends too early or lacks a word", { timeout: 60_000 }, () => {
    const errors = new Set<string>()
    for (const text of texts.slice(0, 12)) {
      const words = text.split(/(?<=\s)/)
      for (let cut = 1; cut < words.length; cut += 11) {
        for (const broken of [words.slice(0, cut).join(""), words.toSpliced(cut, 1).join("")]) {
          const expected = read(plain, broken)
          for (const [, message] of expected.errors) errors.add(String(message))
          expect(read(quick, broken)).toEqual(expected)
        }
      }
    }
    expect(errors.size).toBeGreaterThan(20)
  })
})
