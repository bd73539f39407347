/** docs/language.md says what the language is now. */
import type { ISerializedGast } from "chevrotain"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { language } from "../../docs/write.ts"
import { Grammar } from "../../src/dsl/syntax/Grammar.ts"
import { parse } from "../../src/dsl/syntax/Parse.ts"
import { keywordTypes } from "../../src/dsl/syntax/Tokens.ts"

const page = readFileSync(new URL("../../docs/language.md", import.meta.url), "utf8")

describe("the reference of the language", () => {
  it("is written from the grammar and the declarations: `npm run docs`", () => expect(page).toBe(language()))

  it("has every rule of the grammar once, and every word", () => {
    const rules = [...page.matchAll(/^([a-zA-Z]+) =/gm)].map(([, name]) => name ?? "")
    const known: ReadonlyArray<ISerializedGast & { readonly name?: string }> =
      new Grammar().getSerializedGastProductions()
    expect(rules.toSorted()).toEqual(known.map(({ name = "" }) => name).toSorted())
    for (const word of keywordTypes.keys()) expect(page).toContain(`'${word}'`)
  })

  it("shows declarations that can be read", () => {
    const examples = [...page.matchAll(/```bica\n([\s\S]*?)```/g)].map(([, text]) => text ?? "")
    expect(examples.length).toBeGreaterThan(15)
    for (const text of examples) {
      const whole = parse(text).diagnostics.length === 0
      expect(whole ? [] : parse(`stage s {\n${text}\n}`).diagnostics, text).toEqual([])
    }
  })
})
