import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "vitest"
import { findings } from "../../docs/findings.ts"

const root = Path.resolve(import.meta.dirname, "../..")
const page = Fs.readFileSync(Path.join(root, "docs/findings.md"), "utf8")
const lock = Fs.readFileSync(Path.join(root, "pipelines/bica.lock"), "utf8")

/** A line of the readme's table: who, and four metrics with their intervals. */
const line = /^ {2}(\w+)( \(oracle\))? +(\d.*)$/

describe("the table of README.md", () => {
  it("has the numbers of pipelines/bica.lock", () => {
    const readme = Fs.readFileSync(Path.join(root, "README.md"), "utf8")
    const [, block = ""] = /```\n(on map {2}[\s\S]*?)```/.exec(readme) ?? []
    const metrics = ["success", "steps", "collisions", "tokens"]
    let condition = ""
    let seen = 0
    for (const text of block.split("\n")) {
      condition = /^on (\S+)/.exec(text)?.[1] ?? condition
      const [, by, oracle, numbers] = line.exec(text) ?? []
      if (by === undefined || numbers === undefined) continue
      const asked = `<!-- measured maptalk on ${condition.replace(/^map\./, "")} of ${oracle === undefined ? by : `map.${by}`}: ${metrics.join(", ")} -->\n<!-- end -->`
      const locked = [...findings(asked, lock).matchAll(/\| (\S+ \[.*?\]) \|$/gm)].map(([, value]) => value)
      expect(locked).toHaveLength(4)
      expect(numbers.replaceAll(" %", "").trim().split(/ {2,}/), text).toEqual(locked)
      seen++
    }
    expect(seen).toBe(20)
  })
})

describe("docs/findings.md", () => {
  it("has the numbers of pipelines/bica.lock: `npm run docs`", () => expect(page).toBe(findings(page, lock)))

  it("sets a variant beside the file as it stands, on the same seeds", () => {
    const asked = findings("<!-- variants budgets on map of bica: success, steps -->\n<!-- end -->", lock)
    expect(asked).toContain("| ai_drift=0.02 | 85.0 (100.0) | 24.07 (9.20) |")
    expect(asked.match(/^\| ai_drift=/gm)).toHaveLength(5)
  })

  it("asks for nothing that the lock does not hold", () => {
    const asked = "<!-- measured bica on map of bica, nobody: success -->\n<!-- end -->"
    expect(findings(asked, lock)).toContain("| - |")
    expect(() => findings("<!-- claims elsewhere -->\n<!-- end -->", lock)).toThrow("does not hold elsewhere")
  })
})
