import { readdirSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { diagnostics } from "../../../src/lsp/features/Diagnostics.ts"
import { quickFixes } from "../../../src/lsp/features/QuickFixes.ts"
import { edited, golden, inBica, inMaptalk, maptalk, snapshot } from "../Marked.ts"

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
      const findings = snapshot(text).analysis.diagnostics
      const sentence = ({ code, cause }: { readonly code: string; readonly cause: string }) => `${code} ${cause}`
      const shown = quickFixes(snapshot(text), uri, everywhere)
      for (const { diagnostics: about, edit, title } of shown) {
        const now = edited(text, edit?.changes?.[uri] ?? [])
        const message = String(about?.[0]?.message).split("\n")[0] ?? ""
        const same = (one: { readonly code: string; readonly cause: string }) =>
          one.cause === message && one.code === about?.[0]?.code
        const after = snapshot(now).analysis.diagnostics
        expect(after.filter(same).length, `${name}: ${title}\n${after.map(sentence).join("\n")}`).toBeLessThan(
          findings.filter(same).length
        )
        mended++
      }
      const named = findings.filter(({ replacement }) => replacement !== undefined)
      expect(shown.length, name).toBeGreaterThanOrEqual(named.length)
    }
    expect(mended).toBeGreaterThan(60)
  })

  it("has a fix wherever a finding says what to write, or what to leave out", () => {
    const says =
      /^(?:Did you mean `|Leave |Keep one |Remove |Compare `[^`]+` with `|(?:Write|Add) `[^`]+`(?! there, as in| in an expression| and the bound| where))|\bor (?:leave|remove) [^.]*\.$/
    // What stands for something that only the author knows: a size, the sides of a comparison, a block that is not there at all.
    const open = /…|\((?:hidden|p \|\| q|objective|agent)\)|such as|`says 16 codes` or|Write `"`|`[({]`/
    // Others speak of the budget, and would be wrong without it.
    const spokenOf = new Set(["BICA5040"])
    let held = 0
    for (const [name, text] of golden(names)) {
      const fixed = new Set(
        quickFixes(snapshot(text), uri, everywhere).map(
          ({ diagnostics: [about] = [] }) => `${about?.code} ${String(about?.message).split("\n")[0]}`
        )
      )
      for (const { cause, code, fix } of snapshot(text).analysis.diagnostics) {
        if (!says.test(fix) || open.test(fix) || spokenOf.has(code)) continue
        expect(fixed, `${name}: ${cause} ${fix}`).toContain(`${code} ${cause}`)
        held++
      }
    }
    expect(held).toBeGreaterThan(80)
  })

  it("writes what is missing elsewhere", () => {
    const mends = [...golden(names)].flatMap(([, text]) =>
      quickFixes(snapshot(text), uri, everywhere).map(({ diagnostics: [about] = [] }) => about?.code)
    )
    expect(mends).toEqual(
      expect.arrayContaining([
        "BICA1105",
        "BICA2013",
        "BICA2015",
        "BICA3004",
        "BICA4002",
        "BICA5001",
        "BICA5006",
        "BICA5007",
        "BICA5008",
        "BICA5009",
        "BICA5010",
        "BICA5012",
        "BICA5013",
        "BICA5015",
        "BICA5017",
        "BICA5019",
        "BICA5021",
        "BICA5022",
        "BICA5023",
        "BICA5024",
        "BICA5025",
        "BICA5027",
        "BICA5028",
        "BICA5031",
        "BICA5032"
      ])
    )
  })

  /** The first fix of a text, and whether it may be taken unasked. */
  const first = (text: string) => {
    const [fix] = quickFixes(snapshot(text), uri, everywhere)
    return {
      code: fix?.diagnostics?.[0]?.code,
      preferred: fix?.isPreferred,
      text: edited(text, fix?.edit?.changes?.[uri] ?? [])
    }
  }
  const [both, frozen, unread] = ["BICA5017", "BICA5022", "BICA5023"].map((code) => {
    const [[, text] = ["", ""]] = [...golden([`bad/${code}.bica`])]
    return text
  })

  it("freezes what an objective leaves alone, as one way of several", () => {
    const now = first(both ?? "")
    expect(now).toMatchObject({ code: "BICA5017", preferred: false })
    expect(now.text).toContain("objective one_way = ppo(ai) freezing human\n")
  })

  it("adds to what is frozen already, and to what is updated", () => {
    const now = first(frozen ?? "")
    expect(now).toMatchObject({ code: "BICA5022", preferred: true })
    expect(now.text).toContain("objective one_way = ppo(ai) freezing human, codes\n")
    expect(first(unread ?? "").text).toContain("update human, ai, codes jointly\n")
  })

  it("lets the agent hear what nobody hears", () => {
    const deaf = inBica("sees      full, ai.message, coach.advice", "sees      full, coach.advice")
    const now = quickFixes(snapshot(deaf), uri, everywhere).find(({ title }) => title === "Add `ai.message`")
    expect(edited(deaf, now?.edit?.changes?.[uri] ?? [])).toContain("sees      full, coach.advice, ai.message\n")
  })

  it("names an objective to measure against only where the file has one of that name", () => {
    const [[, text] = ["", ""]] = [...golden(["bad/BICA5031.bica"])]
    expect(first(text).text).toContain("measure success, ce { baseline one_way }")
    const other = text.replaceAll("one_way", "single")
    expect(quickFixes(snapshot(other), uri, everywhere)).toEqual([])
  })
})
