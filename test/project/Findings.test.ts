import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "vitest"
import { findings } from "../../docs/findings.ts"

const root = Path.resolve(import.meta.dirname, "../..")
const page = Fs.readFileSync(Path.join(root, "docs/findings.md"), "utf8")
const lock = Fs.readFileSync(Path.join(root, "pipelines/bica.lock"), "utf8")

describe("docs/findings.md", () => {
  it("has the numbers of pipelines/bica.lock: `npm run docs`", () => expect(page).toBe(findings(page, lock)))

  it("asks for nothing that the lock does not hold", () => {
    const asked = "<!-- measured bica on map of bica, nobody: success -->\n<!-- end -->"
    expect(findings(asked, lock)).toContain("| - |")
    expect(() => findings("<!-- claims elsewhere -->\n<!-- end -->", lock)).toThrow("does not hold elsewhere")
  })
})
