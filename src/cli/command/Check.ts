import { Effect } from "effect"
import { toSarif } from "../../dsl/diagnostic/Sarif.ts"
import type { CheckedSource } from "../../dsl/diagnostic/Sarif.ts"
import { toJson } from "../../dsl/index.ts"
import { version } from "../Installation.ts"
import { analysis, show } from "../Language.ts"
import { read } from "../SourceFile.ts"
import type { Stop } from "../Stop.ts"
import { wrongFile } from "../Stop.ts"

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/**
 * Checks every file, also after one that is wrong, and ends with exit code 2 when any of them is. With `json` there is an object
 * per file on standard output, with `sarif` one log for all of them.
 */
export const check = Effect.fnUntraced(function* (input: {
  readonly files: ReadonlyArray<string>
  readonly json: boolean
  readonly sarif: boolean
}): Effect.fn.Return<void, Stop> {
  if (input.json && input.sarif) return yield* wrongFile("--json and --sarif are two forms: ask for one of them")
  let wrong = false
  const all: Array<CheckedSource> = []
  for (const name of input.files) {
    const source = yield* Effect.result(read(name))
    if (source._tag === "Failure") {
      wrong = true
      const unreadable = source.failure.lines.join("\n")
      if (input.sarif) all.push({ source: { name, text: "" }, diagnostics: [], unreadable })
      else if (input.json) process.stdout.write(`${JSON.stringify({ file: name, unreadable })}\n`)
      else process.stderr.write(`${unreadable}\n`)
      continue
    }
    const { diagnostics } = yield* analysis(source.success)
    const errors = diagnostics.filter((each) => each.severity === "error").length
    const warnings = diagnostics.length - errors
    if (errors > 0) wrong = true
    if (input.sarif) {
      all.push({ source: source.success, diagnostics })
      continue
    }
    if (input.json) {
      process.stdout.write(`${JSON.stringify({ file: name, diagnostics: toJson(diagnostics, source.success) })}\n`)
      continue
    }
    yield* show(diagnostics, source.success)
    if (errors > 0) {
      process.stderr.write(
        `${name}: ${counted(errors, "error")}${warnings > 0 ? `, ${counted(warnings, "warning")}` : ""}\n`
      )
    } else {
      process.stdout.write(`${name}: ${warnings > 0 ? counted(warnings, "warning") : "nothing wrong"}\n`)
    }
  }
  if (input.sarif) process.stdout.write(`${JSON.stringify(toSarif(all, version), undefined, 1)}\n`)
  if (wrong) return yield* wrongFile()
})
