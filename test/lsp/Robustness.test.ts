import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { completions } from "../../src/lsp/features/Completion.ts"
import { diagnostics } from "../../src/lsp/features/Diagnostics.ts"
import { foldingRanges } from "../../src/lsp/features/Folding.ts"
import { formatting } from "../../src/lsp/features/Formatting.ts"
import { hover } from "../../src/lsp/features/Hover.ts"
import { inlayHints } from "../../src/lsp/features/InlayHints.ts"
import { definition, prepareRename, references, rename } from "../../src/lsp/features/Navigation.ts"
import { quickFixes } from "../../src/lsp/features/QuickFixes.ts"
import { coloured, semanticTokens } from "../../src/lsp/features/SemanticTokens.ts"
import { symbols } from "../../src/lsp/features/Symbols.ts"
import { offsetAt, positionAt } from "../../src/lsp/Snapshot.ts"
import { bica, edited, maptalk, snapshot } from "./Marked.ts"

/** The shipped pipeline with some pieces taken out, doubled, or replaced by others that do not belong there. */
const mutated: fc.Arbitrary<string> = fc
  .array(
    fc.record({
      at: fc.nat(maptalk.length),
      length: fc.nat(60),
      put: fc.constantFrom("", "{", "}", "(", ")", ",", ".", "=", "agent x", "\r\n", "😀", "use ", "stage a {", "0.5 ")
    }),
    { minLength: 1, maxLength: 5 }
  )
  .map((edits) =>
    edits.reduce((text, { at, length, put }) => text.slice(0, at) + put + text.slice(at + length), maptalk)
  )

const words = fc
  .array(
    fc.constantFrom("agent", "x", "plays", "{", "}", "(", ")", "=", ":", ".", ",", "1", "shift", "by", "\n", "//"),
    {
      maxLength: 40
    }
  )
  .map((all) => all.join(" "))

const uri = "file:///a.bica"

describe("whatever the text", () => {
  it("every feature answers, within the text", () => {
    fc.assert(
      fc.property(fc.oneof(mutated, words, fc.string({ maxLength: 200 })), fc.nat(), (text, seed) => {
        const one = snapshot(text)
        const offset = seed % (text.length + 1)
        const all = { start: { line: 0, character: 0 }, end: positionAt(one, text.length) }
        completions(one, offset)
        hover(one, offset)
        definition(one, offset)
        references(one, offset, true)
        prepareRename(one, offset)
        formatting(one)
        inlayHints(one, all)
        quickFixes(one, uri, all)
        semanticTokens(one)
        for (const { endLine, startLine } of foldingRanges(one)) {
          expect(startLine).toBeLessThan(endLine)
          expect(endLine).toBeLessThan(one.lines.count)
        }
        for (const { range } of diagnostics(one, uri)) expect(offsetAt(one, range.end)).toBeLessThanOrEqual(text.length)
        for (const { children, name, range, selectionRange } of symbols(one)) {
          expect(name).not.toBe("")
          for (const inner of [selectionRange, ...(children ?? []).map((child) => child.range)]) {
            expect(offsetAt(one, range.start)).toBeLessThanOrEqual(offsetAt(one, inner.start))
            expect(offsetAt(one, inner.end)).toBeLessThanOrEqual(offsetAt(one, range.end))
          }
        }
        let last = 0
        for (const { end, start } of coloured(one)) {
          expect(start).toBeGreaterThanOrEqual(last)
          expect(text.slice(start, end)).not.toMatch(/[\n\r]/)
          last = end
        }
      }),
      { numRuns: 80 }
    )
  })

  it("positions and offsets are each other's inverse", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "😀", "\n", "\r\n", "\r", "\t"), { maxLength: 30 }), (parts) => {
        const text = parts.join("")
        const one = snapshot(text)
        for (let offset = 0; offset <= text.length; offset++) {
          // the middle of a line break of two characters is no place in a line
          if (text[offset - 1] === "\r" && text[offset] === "\n") continue
          expect(offsetAt(one, positionAt(one, offset))).toBe(offset)
        }
        expect(offsetAt(one, { line: 99, character: 0 })).toBe(text.length)
      }),
      { numRuns: 100 }
    )
  })

  it("line breaks of Windows change no answer", () => {
    const [unix, windows] = [snapshot(maptalk), snapshot(maptalk.replaceAll("\n", "\r\n"))]
    expect(symbols(windows)).toStrictEqual(symbols(unix))
    expect(foldingRanges(windows)).toStrictEqual(foldingRanges(unix))
    expect(semanticTokens(windows)).toStrictEqual(semanticTokens(unix))
    const all = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } }
    expect(inlayHints(windows, all)).toStrictEqual(inlayHints(unix, all))
    for (let line = 0; line < unix.lines.count; line += 3) {
      const position = { line, character: 5 }
      expect(completions(windows, offsetAt(windows, position))).toStrictEqual(
        completions(unix, offsetAt(unix, position))
      )
    }
  })
})

it("a name given and taken back leaves the text as it was, for every name of the shipped pipeline", () => {
  const one = snapshot(maptalk)
  for (const { at, name } of one.index.declared) {
    const edits = rename(one, at.start, "zzz")
    if ("refused" in edits) throw new Error(`${name}: ${edits.refused}`)
    const text = edited(maptalk, edits)
    const other = snapshot(text)
    expect(other.analysis.diagnostics).toStrictEqual([])
    const first = other.index.declared.find((each) => each.name === "zzz")
    const back = rename(other, first?.at.start ?? 0, name)
    expect("refused" in back ? back.refused : edited(text, back)).toBe(maptalk)
  }
  expect(one.index.declared).toHaveLength(18)
})

it("knows every name of the shipped pipelines", () => {
  for (const text of [maptalk, bica]) {
    const { analysis, index } = snapshot(text)
    expect(analysis.diagnostics).toStrictEqual([])
    expect(index.occurrences.filter(({ subject }) => subject === undefined)).toStrictEqual([])
  }
})
