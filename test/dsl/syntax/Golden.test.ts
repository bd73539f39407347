import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { render } from "../../../src/dsl/diagnostic/Render.ts"
import { parse } from "../../../src/dsl/syntax/Parse.ts"

const folder = new URL("../../golden/syntax/bad/", import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith(".bica"))

/** With UPDATE_GOLDEN=1 the expected texts are written anew; read them before committing. */
const update = process.env["UPDATE_GOLDEN"] === "1"

describe("files with errors in their syntax", () => {
  it.each(names)("%s", (name) => {
    const text = readFileSync(new URL(name, folder), "utf8")
    const rendered = render(parse(text).diagnostics, { name, text }, { color: false })
    const expected = new URL(name.replace(/\.bica$/, ".txt"), folder)
    if (update) writeFileSync(expected, rendered)
    expect(rendered).not.toBe("")
    expect(rendered).toBe(readFileSync(expected, "utf8"))
  })
})
