import { expect, it } from "vitest"
import { functions } from "../../src/dsl/check/Expressions.ts"
import { keywordTypes } from "../../src/dsl/syntax/Tokens.ts"
import { functionDocs, words } from "../../src/lsp/Words.ts"

it("every word of the grammar is explained, with a form that shows it, and no other", () => {
  expect(Object.keys(words).toSorted()).toStrictEqual([...keywordTypes.keys()].toSorted())
  for (const [word, { doc, form }] of Object.entries(words)) {
    expect(form.split(/[^a-z]+/), word).toContain(word)
    expect(doc).toMatch(/^[A-Z].*\.$/)
  }
})

it("explains no function that the language has not", () => {
  for (const [name, { doc, form }] of Object.entries(functionDocs)) {
    expect(functions).toContain(name)
    expect(form.startsWith(`${name}(`)).toBe(true)
    expect(doc).toMatch(/^[A-Za-z].*\.$/)
  }
})
