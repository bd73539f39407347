import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Diagnostic } from "../../../src/dsl/diagnostic/Diagnostic.ts"
import { LineIndex } from "../../../src/dsl/diagnostic/LineIndex.ts"
import { render, toJson } from "../../../src/dsl/diagnostic/Render.ts"
import { syntaxCodes } from "../../../src/dsl/diagnostic/SyntaxCodes.ts"

const finding = (start: number, end: number, more: Partial<Diagnostic> = {}): Diagnostic => ({
  code: "BICA1303",
  severity: "error",
  title: "A value is missing",
  span: { start, end },
  cause: "`horizon` has no value.",
  fix: "Write one.",
  labels: [],
  ...more
})
const show = (text: string, ...findings: ReadonlyArray<Diagnostic>): string =>
  render(findings, { name: "a.bica", text }, { color: false })
/** The line of a frame that holds the carets. */
const carets = (text: string, start: number, end: number): string =>
  show(text, finding(start, end)).split("\n")[4] ?? ""

describe("a frame", () => {
  it("shows code, title, place, line, carets, cause and fix", () => {
    expect(show("grid 8\n  horizon\n", finding(9, 16))).toBe(`error[BICA1303]: A value is missing
 --> a.bica:2:3
  |
2 |   horizon
  |   ^^^^^^^
  |
  = \`horizon\` has no value.
  = fix: Write one.
`)
  })
  it("shows labels on their lines, with lines between them left out", () => {
    const text = "a {\nb\nc\nd\n"
    expect(
      show(text, finding(8, 9, { severity: "warning", labels: [{ span: { start: 2, end: 3 }, text: "opened here" }] }))
    ).toBe(
      `warning[BICA1303]: A value is missing
 --> a.bica:4:1
  |
1 | a {
  |   - opened here
  :
4 | d
  | ^
  |
  = \`horizon\` has no value.
  = fix: Write one.
`
    )
  })
  it("puts carets under tabs, wide characters and combining marks where they are seen", () => {
    expect(carets("\tx y", 3, 4)).toBe("  |       ^")
    expect(carets("漢字 x", 3, 4)).toBe("  |      ^")
    expect(carets("e\u0301 x", 3, 4)).toBe("  |   ^")
    expect(carets("\u{1F600} x", 3, 4)).toBe("  |    ^")
    expect(carets("a漢b", 1, 2)).toBe("  |  ^^")
  })
  it("marks the place after the last character, and the end of a file", () => {
    expect(carets("ab", 2, 2)).toBe("  |   ^")
    expect(carets("", 0, 0)).toBe("  | ^")
  })
  it("marks a span over several lines on the first of them", () => {
    expect(carets("ab cd\nef", 3, 8)).toBe("  |    ^^")
  })
  it("shows lines that end in CRLF without the CR", () => {
    expect(show("a\r\nbc\r\n", finding(3, 5)).split("\n").slice(1, 5)).toEqual([
      " --> a.bica:2:1",
      "  |",
      "2 | bc",
      "  | ^^"
    ])
  })
  it("cuts long lines around the carets", () => {
    const lines = show(`${"x".repeat(300)}!${"y".repeat(300)}`, finding(300, 301)).split("\n")
    expect(lines[3]).toBe(`1 | … ${"x".repeat(50)}!${"y".repeat(49)} …`)
    expect(lines[4]).toBe(`  |   ${" ".repeat(50)}^`)
  })
  it("lets no text steer the terminal", () => {
    const shown = show("a \u001b[2J \u202e b", finding(0, 1, { cause: "\u001b[31mred\u0007\n." }))
    // oxlint-disable-next-line no-control-regex
    expect(shown).not.toMatch(/[\u001b\u0007\u202e]/)
    expect(shown.split("\n")).toHaveLength(9)
  })
  it("has colours when they are asked for, and the same text under them", () => {
    const coloured = render([finding(0, 1)], { name: "a.bica", text: "a" }, { color: true })
    expect(coloured).toContain("\u001b[1;31merror[BICA1303]\u001b[0m")
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replace(/\u001b\[[\d;]*m/g, "")).toBe(show("a", finding(0, 1)))
  })
  it("stands for each finding, with an empty line between two", () => {
    expect(show("a", finding(0, 1), finding(0, 1)).split("\n\n")).toHaveLength(2)
    expect(show("a")).toBe("")
  })
})

describe("JSON", () => {
  it("counts lines and columns from 1, the end past the last character", () => {
    expect(
      toJson([finding(4, 6, { labels: [{ span: { start: 0, end: 1 }, text: "here" }], replacement: "x" })], {
        name: "a.bica",
        text: "ab\ncde"
      })
    ).toEqual([
      {
        code: "BICA1303",
        severity: "error",
        title: "A value is missing",
        file: "a.bica",
        start: { line: 2, column: 2 },
        end: { line: 2, column: 4 },
        cause: "`horizon` has no value.",
        fix: "Write one.",
        labels: [{ start: { line: 1, column: 1 }, end: { line: 1, column: 2 }, text: "here" }],
        replacement: "x"
      }
    ])
  })
})

describe("lines", () => {
  it("end at LF, CRLF and a lone CR", () => {
    const lines = new LineIndex("a\nb\r\nc\rd")
    expect([1, 2, 3, 4].map((line) => lines.textOf(line))).toEqual(["a", "b", "c", "d"])
    expect(lines.position(5)).toEqual({ line: 3, column: 1 })
  })
  it("agree with splitting the text, at every offset", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "\n", "\r\n", "\r", "漢"), { maxLength: 30 }).map((parts) => parts.join("")),
        (text) => {
          const lines = new LineIndex(text)
          const split = text.split(/\r\n|\n|\r/)
          expect(Array.from({ length: lines.count }, (_, i) => lines.textOf(i + 1))).toEqual(split)
          for (let offset = 0; offset <= text.length; offset++) {
            const { column, line } = lines.position(offset)
            expect(lines.startOf(line) + column - 1).toBe(offset)
          }
        }
      )
    )
  })
})

describe("codes of the syntax", () => {
  it("have a title and an explanation in whole sentences", () => {
    for (const [code, { explanation, title }] of Object.entries(syntaxCodes)) {
      expect(code).toMatch(/^BICA1\d{3}$/)
      expect(title).toMatch(/^[A-Z].*[^.]$/)
      expect(explanation).toMatch(/\.$/)
    }
  })
})
