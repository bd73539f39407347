/** Every code of the checks has a page, and what the page says is true. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { titles } from "../../../src/dsl/check/Codes.ts"
import { syntaxCodes } from "../../../src/dsl/diagnostic/SyntaxCodes.ts"
import { analyse } from "../../../src/dsl/index.ts"
import { parse } from "../../../src/dsl/syntax/Parse.ts"
import { shipped } from "../../../src/runtime/environment/Shipped.ts"

const folder = join(import.meta.dirname, "..", "..", "..", "docs", "errors")
const catalogue = { environments: shipped }

const example = (page: string, heading: string): string | undefined =>
  new RegExp(`## ${heading}\n\n\`\`\`bica\n([\\s\\S]*?)\`\`\``).exec(page)?.[1]

const found = (text: string): ReadonlyArray<string> =>
  analyse({ name: "page.bica", text }, catalogue).diagnostics.map((one) => one.code)

/** 10001 seeds are too many for a page as well; the page says so in words. */
const tooLong: Readonly<Record<string, string>> = {
  BICA5011: `environment map = MapTalk { }
agent ai plays map.navigator { sees heading, human.message policy gru(8) }
agent human plays map.guide { sees full says { N, E, S, W } policy gru(8) }
stage oracles { play 1 episodes on map by map.planner measure success }
study main { seeds ${Array.from({ length: 10_001 }, (_, i) => i).join(", ")} }
`
}

/** Files that are too long for a page; the page says so in words. */
const tooLongToRead: Readonly<Record<string, string>> = {
  BICA1002: `environment map = MapTalk {${" grid 8 by 8".repeat(20_000)} }`,
  BICA1005: `term long = ${Array.from({ length: 600 }, () => "1").join(" + ")}`
}

describe("pages of the syntax", () => {
  it.each(Object.entries(syntaxCodes))("%s", (code, { explanation, title }) => {
    const page = readFileSync(join(folder, `${code}.md`), "utf8")
    expect(page.startsWith(`# ${code}: ${title}\n\n${explanation}\n\n`)).toBe(true)
    const failing = tooLongToRead[code] ?? example(page, "Failing")
    const mended = example(page, "Mended")
    if (failing === undefined || mended === undefined) throw new Error("the page lacks an example")
    const codes = [...new Set(parse(failing).diagnostics.map((one) => one.code))]
    // The last of many errors is that there are more.
    expect(code === "BICA1004" ? codes.at(-1) : codes).toEqual(code === "BICA1004" ? code : [code])
    expect(parse(mended).diagnostics).toEqual([])
  })
})

describe("error pages", () => {
  it.each(Object.entries(titles))("%s", (code, title) => {
    const page = readFileSync(join(folder, `${code}.md`), "utf8")
    expect(page.startsWith(`# ${code}: ${title}\n\n`)).toBe(true)
    const failing = tooLong[code] ?? example(page, "Failing")
    const mended = example(page, "Mended")
    if (failing === undefined || mended === undefined) throw new Error("the page lacks an example")
    expect(found(failing)).toEqual([code])
    expect(found(mended)).toEqual([])
  })

  it("no page is left of a code that is gone", () => {
    const pages = readdirSync(folder).map((name) => name.replace(".md", ""))
    expect(pages.filter((code) => !(code in titles) && !(code in syntaxCodes))).toEqual([])
  })
})
