/**
 * Files with what becomes of them beside. `UPDATE_GOLDEN=1` writes what the compiler says now; read the difference before
 * committing it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { typescript } from "../../../src/dsl/emit/Typescript.ts"
import { analyse, explain, render } from "../../../src/dsl/index.ts"
import { shipped } from "../../../src/runtime/environment/Shipped.ts"

const catalogue = { environments: shipped }
const root = join(import.meta.dirname, "..", "..", "golden")
const files = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".bica"))
    .map((name) => name.slice(0, -".bica".length))
    .sort()
const read = (folder: string, name: string): string => readFileSync(join(root, folder, name), "utf8")

const matches = (folder: string, name: string, text: string): void => {
  const path = join(root, folder, name)
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, text)
  expect(existsSync(path) ? readFileSync(path, "utf8") : undefined).toBe(text)
}

/** A file without its comments: what is said beside a power is said again. */
const bare = (text: string): string => text.replaceAll(/^ *\/\/.*\n/gm, "").replaceAll(/ *\/\/.*\n/g, "\n")

describe("good files", () => {
  it.each(files("good"))("%s", (name) => {
    const text = read("good", `${name}.bica`)
    const { diagnostics, program } = analyse({ name: `${name}.bica`, text }, catalogue)
    expect(render(diagnostics, { name: `${name}.bica`, text }, { color: false })).toBe("")
    if (program === undefined) throw new Error("no program")
    matches("good", `${name}.ts`, typescript(program, { source: text }))
    const explained = explain(program)
    matches("good", `${name}.explained`, explained)
    const again = analyse({ name: `${name}.bica`, text: explained }, catalogue)
    expect(render(again.diagnostics, { name: "explained", text: explained }, { color: false })).toBe("")
    expect(again.program?.stages.map((one) => one.semantics)).toEqual(program.stages.map((one) => one.semantics))
    expect(again.program?.objectives.map((one) => one.semantics)).toEqual(
      program.objectives.map((one) => one.semantics)
    )
    // what is filled in is written now: printing it again adds nothing
    expect(again.program === undefined ? "" : bare(explain(again.program))).toBe(bare(explained))
  })
})

describe("bad files", () => {
  it.each(files("bad"))("%s", (name) => {
    const text = read("bad", `${name}.bica`)
    const { diagnostics, program } = analyse({ name: `${name}.bica`, text }, catalogue)
    expect(program === undefined).toBe(diagnostics.some((one) => one.severity === "error"))
    expect(diagnostics.length).toBeGreaterThan(0)
    matches("bad", `${name}.txt`, render(diagnostics, { name: `${name}.bica`, text }, { color: false }))
  })
})
