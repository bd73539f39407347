import { Effect } from "effect"
import { toJson } from "../../dsl/index.ts"
import { analysis, show } from "../Language.ts"
import { read } from "../SourceFile.ts"
import type { Stop } from "../Stop.ts"
import { wrongFile } from "../Stop.ts"

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/**
 * Checks every file, also after one that is wrong, and ends with exit code 2 when any of them is.
 */
export const check = Effect.fnUntraced(function* (input: {
  readonly files: ReadonlyArray<string>
  readonly json: boolean
}): Effect.fn.Return<void, Stop> {
  let wrong = false
  for (const name of input.files) {
    const source = yield* Effect.result(read(name))
    if (source._tag === "Failure") {
      wrong = true
      for (const line of source.failure.lines) {
        if (input.json) process.stdout.write(`${JSON.stringify({ file: name, unreadable: line })}\n`)
        else process.stderr.write(`${line}\n`)
      }
      continue
    }
    const { diagnostics } = yield* analysis(source.success)
    const errors = diagnostics.filter((each) => each.severity === "error").length
    const warnings = diagnostics.length - errors
    if (errors > 0) wrong = true
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
  if (wrong) return yield* wrongFile()
})
