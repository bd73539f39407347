import { Effect } from "effect"
import * as Path from "node:path"
import { explain as filledIn } from "../../dsl/index.ts"
import { root } from "../Installation.ts"
import { checked } from "../Language.ts"
import { readIfThere } from "../SourceFile.ts"
import type { Stop } from "../Stop.ts"
import { wrongFile } from "../Stop.ts"

const isCode = (subject: string): boolean => /^BICA\d{4}$/i.test(subject)

/**
 * Prints a file with every default filled in and beside each where it comes from, or the page of a code.
 */
export const explain = Effect.fnUntraced(function* (input: { readonly subject: string }): Effect.fn.Return<void, Stop> {
  if (isCode(input.subject)) {
    const code = input.subject.toUpperCase()
    const page = yield* readIfThere(Path.join(root, "docs", "errors", `${code}.md`))
    if (page === undefined) return yield* wrongFile(`${code}: there is no such code`)
    process.stdout.write(page)
    return
  }
  const { program } = yield* checked(input.subject)
  const text = filledIn(program)
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`)
})
