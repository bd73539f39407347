import { readdirSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { diagnostics } from "../../../src/lsp/features/Diagnostics.ts"
import { quickFixes } from "../../../src/lsp/features/QuickFixes.ts"
import { edited, golden, inMaptalk, maptalk, place, snapshot } from "../Marked.ts"

const uri = "file:///a.bica"
const everywhere = { start: { line: 0, character: 0 }, end: { line: 9999, character: 0 } }

const fixes = (text: string, range = everywhere) =>
  quickFixes(snapshot(text), uri, range).map(({ edit, title }) => ({ title, edits: edit?.changes?.[uri] ?? [] }))

describe("diagnostics", () => {
  it("has place, severity, code, cause and fix, and further places", () => {
    const text = inMaptalk("budget human_drift", "budget ai_drift")
    expect(diagnostics(snapshot(text), uri)).toContainEqual({
      range: { start: { line: 31, character: 7 }, end: { line: 31, character: 15 } },
      severity: 1,
      code: "BICA2002",
      source: "bica",
      message: "`ai_drift` is declared twice.\nGive one of them another name.",
      relatedInformation: [
        {
          location: { uri, range: { start: { line: 30, character: 7 }, end: { line: 30, character: 15 } } },
          message: "declared here first"
        }
      ]
    })
  })

  it("greys out what nothing reads", () => {
    const text = `${maptalk}\nterm idle = mean(kl(ai.policy || ai.prior))\n`
    expect(diagnostics(snapshot(text), uri)).toMatchObject([{ code: "BICA5001", tags: [1] }])
  })
})

describe("quick fixes", () => {
  it("offers the nearest name in place of a misspelt one", () => {
    const text = inMaptalk("obstacles  0.20", "obstacle   0.20")
    expect(fixes(text)).toStrictEqual([
      {
        title: "Replace `obstacle` with `obstacles`",
        edits: [
          {
            range: { start: { line: 5, character: 2 }, end: { line: 5, character: 10 } },
            newText: "obstacles"
          }
        ]
      }
    ])
  })

  it("names the client's own copy of the finding, and keeps to the range", () => {
    const text = inMaptalk("obstacles  0.20", "obstacle   0.20")
    const shown = diagnostics(snapshot(text), uri).map((one) => ({ ...one, data: 7 }))
    const [fix] = quickFixes(snapshot(text), uri, everywhere, shown)
    expect(fix?.diagnostics).toStrictEqual(shown)
    expect(fix).toMatchObject({ kind: "quickfix", isPreferred: true })
    const above = { start: { line: 0, character: 0 }, end: { line: 4, character: 0 } }
    expect(fixes(text, above)).toStrictEqual([])
    const touching = { start: { line: 5, character: 10 }, end: { line: 5, character: 10 } }
    expect(fixes(text, touching)).toHaveLength(1)
  })

  const folders = ["bad", "syntax/bad"]
  const names = folders.flatMap((folder) =>
    readdirSync(new URL(`../../golden/${folder}/`, import.meta.url))
      .filter((name) => name.endsWith(".bica"))
      .map((name) => `${folder}/${name}`)
  )

  it("mends what it is offered for, in every golden file that has one", () => {
    let mended = 0
    for (const [name, text] of golden(names)) {
      const before = snapshot(text).analysis.diagnostics
      for (const { edits, title } of fixes(text)) {
        const at = edits[0] === undefined ? "" : place(edits[0].range)
        const now = edited(text, edits)
        const after = diagnostics(snapshot(now), uri)
        const finding = diagnostics(snapshot(text), uri).find(({ range }) => place(range) === at)
        expect(
          after.some(
            ({ code, message, range }) => code === finding?.code && message === finding?.message && place(range) === at
          ),
          `${name}: ${title}`
        ).toBe(false)
        mended++
      }
      expect(fixes(text), name).toHaveLength(before.filter(({ replacement }) => replacement !== undefined).length)
    }
    expect(mended).toBeGreaterThan(15)
  })
})
