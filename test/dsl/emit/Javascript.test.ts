import * as fc from "fast-check"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { ts } from "ts-morph"
import { describe, expect, it } from "vitest"
import { javascript } from "../../../src/dsl/emit/Javascript.ts"
import { typescript } from "../../../src/dsl/emit/Typescript.ts"
import { analyse } from "../../../src/dsl/index.ts"
import { experiment } from "../../fuzz/Experiments.ts"
import { catalogue } from "../../fuzz/Sound.ts"

const root = join(import.meta.dirname, "..", "..", "..")

/** The words of a program, without its types, comments and layout. */
const words = (code: string): ReadonlyArray<string> => {
  const { ESNext: target } = ts.ScriptTarget
  const { diagnostics, outputText } = ts.transpileModule(code, {
    compilerOptions: { target, module: ts.ModuleKind.ESNext, removeComments: true, verbatimModuleSyntax: true },
    reportDiagnostics: true
  })
  expect(diagnostics).toEqual([])
  const scanner = ts.createScanner(target, true, ts.LanguageVariant.Standard, outputText)
  const out: Array<string> = []
  while (scanner.scan() !== ts.SyntaxKind.EndOfFileToken) out.push(scanner.getTokenText())
  return out
}

const same = (name: string, text: string): void => {
  const { diagnostics, program } = analyse({ name, text }, catalogue)
  if (program === undefined) throw new Error(`${name}: ${diagnostics[0]?.cause ?? ""}`)
  const options = { source: text }
  const written = words(javascript(program, options))
  expect(written).toEqual(words(typescript(program, options)))
  expect(written.length).toBeGreaterThan(20)
}

const files = ["pipelines", "test/golden/good"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".bica"))
    .map((name) => `${folder}/${name}`)
)

describe("JavaScript that is run", () => {
  it.each(files)("is the TypeScript of %s without types", (name) => {
    same(name, readFileSync(join(root, name), "utf8"))
  })

  it("is the TypeScript of any program without types", () => {
    fc.assert(
      fc.property(experiment, (text) => {
        same("any.bica", text)
      }),
      { numRuns: 20 }
    )
  })

  it("has no types in it", () => {
    const name = "pipelines/bica.bica"
    const text = readFileSync(join(root, name), "utf8")
    const { program } = analyse({ name, text }, catalogue)
    if (program === undefined) throw new Error("no program")
    const code = javascript(program, { source: text })
    const { diagnostics } = ts.transpileModule(code, {
      fileName: "bica.js",
      compilerOptions: { target: ts.ScriptTarget.ESNext, allowJs: true },
      reportDiagnostics: true
    })
    expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([])
    expect(code).not.toContain("Bica.Objective.Objective")
  })
})
