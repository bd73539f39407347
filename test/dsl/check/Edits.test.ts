/** What is known of an edited text is what is known of the same text that nobody has seen before. */
import * as fc from "fast-check"
import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { analyse } from "../../../src/dsl/index.ts"
import type { Analysis } from "../../../src/dsl/index.ts"
import { MapTalk } from "../../../src/runtime/environment/maptalk/Declaration.ts"

const bica = readFileSync(new URL("../../../pipelines/bica.bica", import.meta.url), "utf8")

const folder = new URL("../../golden/good/", import.meta.url)
const golden = readdirSync(folder)
  .filter((name) => name.endsWith(".bica"))
  .map((name) => readFileSync(new URL(name, folder), "utf8"))

/** Nothing is remembered of files that use an environment which was never there before. */
const fresh = () => ({ environments: [{ ...MapTalk }] })

const known = ({ diagnostics, program }: Analysis) => ({
  diagnostics,
  agents: program?.agents,
  modules: program?.modules,
  defines: program?.defines,
  terms: program?.terms,
  budgets: program?.budgets,
  claims: program?.claims,
  objectives: program?.objectives,
  stages: program?.stages.map(({ name, semantics, span, work }) => ({ name, semantics, span, work })),
  variants: program?.studies.map(({ defaults, variants }) => ({
    defaults,
    variants: variants.map(({ change, name, program: own, span }) => ({
      change,
      name,
      span,
      objectives: own.objectives.map((one) => [one.name, one.semantics, one.span]),
      stages: own.stages.map((one) => [one.name, one.semantics, one.span])
    }))
  }))
})

/** Edits of which many leave a file sound: digits, blank lines, comments, a line less or one twice, a word for another, and what was before. */
const edit = fc.record({
  kind: fc.constantFrom(
    "digit",
    "digit",
    "digit",
    "line",
    "comment",
    "drop",
    "twice",
    "letter",
    "word",
    "undo",
    "undo"
  ),
  at: fc.nat(),
  put: fc.integer({ min: 1, max: 9 })
})

const edited = (
  text: string,
  { at, kind, put }: { readonly kind: string; readonly at: number; readonly put: number }
) => {
  const lines = text.split("\n")
  const line = at % lines.length
  const places = [...text.matchAll(kind === "letter" ? /[a-z]/g : /\d/g)]
  const place = places[at % places.length]?.index ?? 0
  switch (kind) {
    case "digit":
      return text.slice(0, place) + put + text.slice(place + 1)
    case "letter":
      return `${text.slice(0, place)}q${text.slice(place + 1)}`
    case "word": {
      const words = [...text.matchAll(/[a-z_]+/g)]
      const [from, to] = [words[at % words.length], words[(at * put) % words.length]]
      if (from === undefined || to === undefined) return text
      return text.slice(0, from.index) + to[0] + text.slice(from.index + from[0].length)
    }
    case "line":
      return lines.toSpliced(line, 0, "").join("\n")
    case "comment":
      return lines.toSpliced(line, 0, `  // ${put}`).join("\n")
    case "drop":
      return lines.toSpliced(line, 1).join("\n")
    default:
      return lines.toSpliced(line, 0, lines[line] ?? "").join("\n")
  }
}

describe("an edited text", () => {
  it("is checked as from nothing, variants and their programs too", () => {
    const catalogue = { environments: [MapTalk] }
    let sound = 0
    const files = fc.oneof(fc.constant(bica), fc.constantFrom(...golden))
    fc.assert(
      fc.property(files, fc.array(edit, { minLength: 1, maxLength: 5 }), (file, edits) => {
        let text = file
        const before: Array<string> = []
        let analysis = analyse({ name: "file.bica", text }, catalogue)
        for (const one of edits) {
          before.push(text)
          text = one.kind === "undo" ? (before.at(-2) ?? text) : edited(text, one)
          analysis = analyse({ name: "file.bica", text }, catalogue, analysis)
          expect(known(analysis), text).toEqual(known(analyse({ name: "file.bica", text }, fresh())))
          if (analysis.program !== undefined) sound++
        }
      }),
      { numRuns: 25 }
    )
    expect(sound).toBeGreaterThan(1)
  }, 120_000)

  it("says what is wrong in an objective as often as it is checked, also where everything else stays as it is", () => {
    const catalogue = fresh()
    const sound = analyse({ name: "bica.bica", text: bica }, catalogue)
    const faulty = bica.replace("0.01 * teach", "0.01 * teach + 0.01 * distil(human.prior, human.policy)")
    expect(faulty).not.toBe(bica)
    const codes = ({ diagnostics }: Analysis) => diagnostics.map(({ code }) => code)
    const first = analyse({ name: "bica.bica", text: faulty }, catalogue, sound)
    expect(codes(first)).toContain("BICA2013")
    const again = analyse(
      { name: "bica.bica", text: faulty.replace("claim reliable", "claim steady") },
      catalogue,
      first
    )
    expect(codes(again)).toEqual(codes(first))
    expect(codes(analyse({ name: "bica.bica", text: bica }, catalogue, again))).toEqual([])
  })

  it("does not check a variant again whose file says what it said", () => {
    const catalogue = fresh()
    let asked = 0
    const counted = {
      environments: catalogue.environments.map((one) => ({
        ...one,
        get metrics() {
          asked++
          return one.metrics
        }
      }))
    }
    const before = analyse({ name: "bica.bica", text: bica }, counted)
    const first = asked
    asked = 0
    analyse({ name: "bica.bica", text: bica.replace("does mutual", "or does mutual") }, counted, before)
    expect(before.program?.studies.flatMap(({ variants }) => variants).length).toBeGreaterThan(10)
    expect(asked).toBeLessThan(first / 5)
  })
})
