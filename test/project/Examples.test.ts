import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "vitest"

const source = Path.resolve(import.meta.dirname, "../../src")

interface Example {
  readonly file: string
  readonly line: number
  readonly code: ReadonlyArray<string>
}

/** Blocks of doc comments that are fenced as ```ts import.meta.vitest. */
const examplesOf = (file: string): ReadonlyArray<Example> => {
  const found: Array<Example> = []
  const lines = Fs.readFileSync(Path.join(source, file), "utf8").split("\n")
  for (const [index, line] of lines.entries()) {
    if (!/^\s*\* ```ts import\.meta\.vitest$/.test(line)) continue
    const code: Array<string> = []
    for (let k = index + 1; k < lines.length && !/^\s*\* ```$/.test(lines[k] ?? ""); k++) {
      code.push((lines[k] ?? "").replace(/^\s*\* ?/, ""))
    }
    found.push({ file, line: index + 1, code })
  }
  return found
}

const files = Fs.readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))
const examples = files.flatMap(examplesOf)

describe("examples in doc comments", () => {
  it("are there", () => {
    expect(examples.length).toBeGreaterThan(3)
  })

  it.each(examples)("$file:$line", async ({ code, file }) => {
    const module: Readonly<Record<string, unknown>> = await import(Path.join(source, file))
    const statements = code.map((line) => {
      const shown = /^(.*\S)\s*\/\/ => (.*)$/.exec(line)
      return shown === null ? line : `expect(${shown[1]}).toEqual(${shown[2]})`
    })
    // an example without a value shows nothing
    expect(statements.filter((line) => line.startsWith("expect(")).length).toBeGreaterThan(0)
    const names = Object.keys(module)
    new Function("expect", ...names, statements.join("\n"))(expect, ...names.map((name) => module[name]))
  })
})
