/** Whether generated programs compile under the project's own strict rules: many programs in one run of the compiler. */
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { analyse } from "../../src/dsl/index.ts"
import { typescript } from "../../src/dsl/emit/Typescript.ts"
import { catalogue } from "./Sound.ts"

const root = Path.join(import.meta.dirname, "..", "..")

/** What the compiler says of the TypeScript that the texts compile to; empty when it finds nothing. */
export const compilerSays = (texts: ReadonlyArray<string>): string => {
  // Within the package, so that `bica/runtime` is the source beside it.
  const parent = Path.join(root, ".bica")
  Fs.mkdirSync(parent, { recursive: true })
  const folder = Fs.mkdtempSync(Path.join(parent, "fuzz-"))
  try {
    for (const [index, text] of texts.entries()) {
      const { diagnostics, program } = analyse({ name: `file${index}.bica`, text }, catalogue)
      if (program === undefined) return `${diagnostics[0]?.cause ?? ""}\n${text}`
      Fs.writeFileSync(Path.join(folder, `file${index}.ts`), typescript(program, { source: text }))
    }
    const settings = { extends: "../../tsconfig.json", include: ["*.ts"] }
    Fs.writeFileSync(Path.join(folder, "tsconfig.json"), JSON.stringify(settings))
    const tsc = spawnSync(
      process.execPath,
      [Path.join(root, "node_modules", "typescript", "bin", "tsc"), "-p", folder],
      {
        encoding: "utf8"
      }
    )
    if (tsc.error !== undefined) return tsc.error.message
    return tsc.status === 0 ? "" : tsc.stdout + tsc.stderr
  } finally {
    Fs.rmSync(folder, { recursive: true, force: true })
  }
}
