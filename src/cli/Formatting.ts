/** What `bica fmt` does, without Effect. */
import { format } from "../dsl/index.ts"
import { analysisOf, showFindings } from "./Analysis.ts"
import type { Ended } from "./ExitCodes.ts"
import { readText, replaceText } from "./Text.ts"

/**
 * Writes every file back in the one layout there is; a file that cannot be parsed stays as it is, with its diagnostics
 * printed and exit code 2. With `check` nothing is written, and exit code 1 says that a file is not laid out so.
 */
export const formatFiles = (input: { readonly files: ReadonlyArray<string>; readonly check: boolean }): Ended => {
  let wrong = false
  let unformatted = false
  for (const name of input.files) {
    const source = readText(name)
    if ("unreadable" in source) {
      wrong = true
      process.stderr.write(`${source.unreadable}\n`)
      continue
    }
    const { fault, text } = source
    const formatted = fault === undefined ? format(text) : undefined
    if (formatted === undefined) {
      wrong = true
      // what cannot be parsed is not checked either: no code is asked for
      showFindings(analysisOf(source, undefined).diagnostics, source)
      continue
    }
    if (formatted === text) continue
    unformatted = true
    if (input.check) process.stderr.write(`${name}: is not formatted; \`bica fmt ${name}\` does it\n`)
    else {
      const refused = replaceText(name, formatted)
      if (refused !== undefined) return { exitCode: 3, lines: [refused] }
      process.stdout.write(`${name}\n`)
    }
  }
  return { exitCode: wrong ? 2 : input.check && unformatted ? 1 : 0, lines: [] }
}
