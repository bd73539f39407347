import { Effect } from "effect"
import { format as layOut } from "../../dsl/index.ts"
import { analysis, show } from "../Language.ts"
import { read, replace } from "../SourceFile.ts"
import type { Stop } from "../Stop.ts"
import { experimentFailed, wrongFile } from "../Stop.ts"

/**
 * Writes every file back in the one layout there is; a file that cannot be parsed stays as it is, with its diagnostics
 * printed and exit code 2. With `check` nothing is written, and exit code 1 says that a file is not laid out so.
 */
export const format = Effect.fnUntraced(function* (input: {
  readonly files: ReadonlyArray<string>
  readonly check: boolean
}): Effect.fn.Return<void, Stop> {
  let wrong = false
  let unformatted = false
  for (const name of input.files) {
    const source = yield* Effect.result(read(name))
    if (source._tag === "Failure") {
      wrong = true
      for (const line of source.failure.lines) process.stderr.write(`${line}\n`)
      continue
    }
    const { fault, text } = source.success
    const formatted = fault === undefined ? layOut(text) : undefined
    if (formatted === undefined) {
      wrong = true
      const { diagnostics } = yield* analysis(source.success)
      yield* show(diagnostics, source.success)
      continue
    }
    if (formatted === text) continue
    unformatted = true
    if (input.check) process.stderr.write(`${name}: is not formatted; \`bica fmt ${name}\` does it\n`)
    else {
      yield* replace(name, formatted)
      process.stdout.write(`${name}\n`)
    }
  }
  if (wrong) return yield* wrongFile()
  if (input.check && unformatted) return yield* experimentFailed()
})
