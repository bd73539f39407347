import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { toSarif } from "../../../src/dsl/diagnostic/Sarif.ts"
import { analyse } from "../../../src/dsl/index.ts"
import { MapTalk } from "../../../src/runtime/environment/maptalk/Declaration.ts"

const checked = (name: string, text: string) => ({
  source: { name, text },
  diagnostics: analyse({ name, text }, { environments: [MapTalk] }).diagnostics
})

/** What the schema of SARIF 2.1.0 demands of the objects that are written, by the place where each stands. */
const demanded: Readonly<Record<string, ReadonlyArray<string>>> = {
  "": ["version", "runs"],
  "runs.": ["tool"],
  "runs.tool": ["driver"],
  "runs.tool.driver": ["name"],
  "runs.tool.driver.rules.": ["id"],
  "runs.tool.driver.rules.shortDescription": ["text"],
  "runs.tool.driver.rules.fullDescription": ["text"],
  "runs.tool.driver.rules.help": ["text"],
  "runs.invocations.": ["executionSuccessful"],
  "runs.invocations.toolExecutionNotifications.": ["message"],
  "runs.results.": ["message"],
  "runs.results.message": ["text"],
  "runs.results.fixes.": ["artifactChanges"],
  "runs.results.fixes.artifactChanges.": ["artifactLocation", "replacements"],
  "runs.results.fixes.artifactChanges.replacements.": ["deletedRegion"]
}

/** The objects of a log with the place where each stands: `runs.results.` is an item of `results`. */
const objects = (value: unknown, place = ""): ReadonlyArray<readonly [string, object]> => {
  if (Array.isArray(value)) return value.flatMap((item) => objects(item, `${place}.`))
  if (typeof value !== "object" || value === null) return []
  const prefix = place === "" ? "" : place.replace(/\.$/, "") + "."
  return [
    [place, value] as const,
    ...Object.entries(value).flatMap(([key, inner]) => objects(inner, `${prefix}${key}`))
  ]
}

const folders = ["bad", "syntax/bad"].map((name) => new URL(`../../golden/${name}/`, import.meta.url))
const golden = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".bica"))
    .map((name) => checked(name, readFileSync(new URL(name, folder), "utf8")))
)

describe("SARIF", () => {
  const log = toSarif(golden, "1.2.3")
  const [run] = log.runs

  it("has what the schema demands, of every golden file in one log", () => {
    const seen = new Set<string>()
    for (const [place, object] of objects(log)) {
      seen.add(place)
      for (const key of demanded[place] ?? []) expect(Object.keys(object), place).toContain(key)
    }
    expect(Object.keys(demanded).filter((place) => !seen.has(place))).toEqual([
      "runs.invocations.toolExecutionNotifications."
    ])
    expect(log.version).toBe("2.1.0")
    expect(run.results.length).toBe(golden.flatMap(({ diagnostics }) => diagnostics).length)
  })

  it("names the rule of each result, each rule once", () => {
    const ids = run.tool.driver.rules.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { ruleId, ruleIndex } of run.results) expect(ids[ruleIndex]).toBe(ruleId)
  })

  it("has regions that begin at 1 and do not end before they begin", () => {
    for (const [place, object] of objects(log)) {
      if (!place.endsWith("egion")) continue
      const { endColumn = 0, endLine = 0, startColumn = 0, startLine = 0 } = object as Readonly<Record<string, number>>
      for (const each of [startLine, startColumn, endLine, endColumn]) expect(each).toBeGreaterThanOrEqual(1)
      expect(endLine > startLine || (endLine === startLine && endColumn >= startColumn)).toBe(true)
    }
  })

  it("shows place, sentence and mend of a misspelt word", () => {
    const text = "// é\nagent ai playes map.navigator { sees heading }\n"
    const [one] = toSarif([checked("a b/über.bica", text)], "1.0.0").runs[0].results
    const artifactLocation = { uri: "a%20b/%C3%BCber.bica", index: 0 }
    const region = { startLine: 2, startColumn: 10, endLine: 2, endColumn: 16 }
    expect(one).toEqual({
      ruleId: "BICA1301",
      ruleIndex: 0,
      level: "error",
      message: { text: "`playes` is not a word of the language here. Did you mean `plays`?" },
      locations: [{ physicalLocation: { artifactLocation, region } }],
      fixes: [
        {
          description: { text: "Did you mean `plays`?" },
          artifactChanges: [
            { artifactLocation, replacements: [{ deletedRegion: region, insertedContent: { text: "plays" } }] }
          ]
        }
      ]
    })
  })

  it("says of a file that could not be read that the check is not complete", () => {
    const source = { name: "/no/where.bica", text: "" }
    const [{ artifacts, invocations }] = toSarif([{ source, diagnostics: [], unreadable: "no such file" }], "1").runs
    expect(invocations).toEqual([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [{ level: "error", message: { text: "no such file" } }]
      }
    ])
    expect(artifacts).toEqual([{ location: { uri: "file:///no/where.bica" } }])
  })
})
