/** What `bica check` does, without Effect. */
import type { CodeModule } from "../declaration/Code.ts"
import { toSarif } from "../dsl/diagnostic/Sarif.ts"
import type { CheckedSource } from "../dsl/diagnostic/Sarif.ts"
import { toJson } from "../dsl/index.ts"
import { analysisOf, showFindings } from "./Analysis.ts"
import type { Ended } from "./ExitCodes.ts"
import { version } from "./Installation.ts"
import type { SourceFile, Unreadable } from "./Text.ts"

/** A file that was read, with the modules that it names where they may be run. */
export interface Sourced extends SourceFile {
  readonly code?: ReadonlyMap<string, CodeModule> | undefined
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/**
 * Checks every file, also after one that is wrong, and ends with exit code 2 when any of them is. With `json` there is an object
 * per file on standard output, with `sarif` one log for all of them.
 */
export const checkFiles = (
  form: { readonly json: boolean; readonly sarif: boolean },
  sources: Iterable<Sourced | Unreadable>
): Ended => {
  if (form.json && form.sarif) {
    return { exitCode: 2, lines: ["--json and --sarif are two forms: ask for one of them"] }
  }
  let wrong = false
  const all: Array<CheckedSource> = []
  for (const source of sources) {
    const { name } = source
    if ("unreadable" in source) {
      wrong = true
      const { unreadable } = source
      if (form.sarif) all.push({ source: { name, text: "" }, diagnostics: [], unreadable })
      else if (form.json) process.stdout.write(`${JSON.stringify({ file: name, unreadable })}\n`)
      else process.stderr.write(`${unreadable}\n`)
      continue
    }
    const { diagnostics } = analysisOf(source, source.code)
    const errors = diagnostics.filter((each) => each.severity === "error").length
    const warnings = diagnostics.length - errors
    if (errors > 0) wrong = true
    if (form.sarif) {
      all.push({ source, diagnostics })
      continue
    }
    if (form.json) {
      process.stdout.write(`${JSON.stringify({ file: name, diagnostics: toJson(diagnostics, source) })}\n`)
      continue
    }
    showFindings(diagnostics, source)
    if (errors > 0) {
      process.stderr.write(
        `${name}: ${counted(errors, "error")}${warnings > 0 ? `, ${counted(warnings, "warning")}` : ""}\n`
      )
    } else {
      process.stdout.write(`${name}: ${warnings > 0 ? counted(warnings, "warning") : "nothing wrong"}\n`)
    }
  }
  if (form.sarif) process.stdout.write(`${JSON.stringify(toSarif(all, version), undefined, 1)}\n`)
  return { exitCode: wrong ? 2 : 0, lines: [] }
}
