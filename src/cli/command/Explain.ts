import { Effect } from "effect"
import * as Path from "node:path"
import { titles } from "../../dsl/check/Codes.ts"
import { syntaxCodes } from "../../dsl/diagnostic/SyntaxCodes.ts"
import { explain as filledIn, flow, flowText } from "../../dsl/index.ts"
import { editDistance } from "../../dsl/syntax/Nearest.ts"
import { root } from "../Installation.ts"
import { checked } from "../Language.ts"
import { readIfThere } from "../SourceFile.ts"
import type { Stop } from "../Stop.ts"
import { wrongFile } from "../Stop.ts"

/** The code that is meant by `BICA2001`, `bica2001` or `2001`. */
const codeIn = (subject: string): string | undefined => {
  const digits = /^(?:BICA)?[-_ ]?(\d{1,6})$/i.exec(subject.trim())?.[1]
  return digits === undefined ? undefined : `BICA${digits}`
}

/** Codes that differ in one place, else those of the same hundred. */
const similar = (code: string): ReadonlyArray<string> => {
  const known = [...Object.keys(syntaxCodes), ...Object.keys(titles)]
  const near = known.filter((one) => editDistance(one, code) === 1)
  return (near.length > 0 ? near : known.filter((one) => one.startsWith(code.slice(0, 6)))).slice(0, 8)
}

/**
 * Prints a file with every default filled in and beside each where it comes from, or what trains what in it, or the page of a code.
 */
export const explain = Effect.fnUntraced(function* (input: {
  readonly subject: string
  readonly flow: boolean
  readonly json: boolean
}): Effect.fn.Return<void, Stop> {
  const code = codeIn(input.subject)
  if (code !== undefined) {
    const page = yield* readIfThere(Path.join(root, "docs", "errors", `${code}.md`))
    if (page === undefined) {
      const near = similar(code)
      const meant =
        near.length === 0 ? "codes have four digits, the first of which is 1 to 5 or 9" : `near it: ${near.join(", ")}`
      return yield* wrongFile(`${code}: there is no such code; ${meant}`)
    }
    process.stdout.write(page)
    return
  }
  const { program } = yield* checked(input.subject)
  if (input.flow) {
    process.stdout.write(input.json ? `${JSON.stringify(flow(program), undefined, 2)}\n` : flowText(program))
    return
  }
  if (input.json) return yield* wrongFile("--json goes with --flow: a file is explained in its own words")
  const text = filledIn(program)
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`)
})
