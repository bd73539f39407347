/** Every word of every file that is shipped or kept as an example is explained where it stands. */
import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { contentsOf } from "../../../src/cli/CodeDeclarations.ts"
import type { Catalogue } from "../../../src/dsl/index.ts"
import { hover } from "../../../src/lsp/features/Hover.ts"
import { read } from "../../../src/lsp/Snapshot.ts"
import * as doors from "../../cli/fixtures/doors.ts"
import * as field from "../../cli/fixtures/field.ts"
import { catalogue } from "../Marked.ts"

const project = join(import.meta.dirname, "../../..")
const within = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(project, folder))
    .filter((name) => name.endsWith(".bica"))
    .map((name) => `${folder}/${name}`)

const files = [
  ...within("pipelines"),
  ...within("std"),
  ...within("test/golden/good"),
  ...within("test/cli/fixtures"),
  "test/lsp/maptalk.bica"
]

/** Words that have nothing to say wherever they stand: none at present. */
const silent: ReadonlyArray<string> = []

const known: Catalogue = {
  ...catalogue,
  code: new Map([
    ["./doors.ts", contentsOf(Object.entries(doors), "0".repeat(64))],
    ["./field.ts", contentsOf(Object.entries(field), "1".repeat(64))]
  ])
}

describe("every word of a file says what it means", () => {
  it.each(files)("%s", (file) => {
    const snapshot = read({ name: "file.bica", text: readFileSync(join(project, file), "utf8") }, known)
    const words = snapshot.tokens.filter(({ text, type }) => /^[A-Za-z_]/.test(text) || type === "Quoted")
    expect(words.length).toBeGreaterThan(0)
    const unexplained = words
      .filter(({ start, text }) => hover(snapshot, start) === undefined && !silent.includes(text))
      .map(({ start, text }) => `${text}, line ${snapshot.lines.position(start).line}`)
    expect(unexplained).toEqual([])
  })
})
