import { Effect } from "effect"
import { checkFiles } from "../Checking.ts"
import type { Sourced } from "../Checking.ts"
import { codeOf } from "../Code.ts"
import type { Stop } from "../Stop.ts"
import { ending } from "../Stop.ts"
import type { Unreadable } from "../Text.ts"
import { readText } from "../Text.ts"

/** Checks files, after their modules have been run where that is allowed: `checkFiles`, as an effect. */
export const check = Effect.fnUntraced(function* (input: {
  readonly files: ReadonlyArray<string>
  readonly json: boolean
  readonly sarif: boolean
}): Effect.fn.Return<void, Stop> {
  const sources: Array<Sourced | Unreadable> = []
  for (const name of input.files) {
    const source = readText(name)
    const isText = !("unreadable" in source) && source.fault === undefined
    sources.push(isText ? { ...source, code: yield* codeOf(source) } : source)
  }
  yield* ending(() => checkFiles(input, sources))
})
