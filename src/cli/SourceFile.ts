/** Reading and writing the files that a user names, as effects. */
import { Effect } from "effect"
import * as Fs from "node:fs"
import type { Stop } from "./Stop.ts"
import { wrongFile, wrongMachine } from "./Stop.ts"
import type { SourceFile } from "./Text.ts"
import { readText, replaceText, systemReason } from "./Text.ts"

/** Reads a .bica file, as `readText`. Fails with exit code 2 when there is nothing to read. */
export const read = (name: string): Effect.Effect<SourceFile, Stop> =>
  Effect.suspend(() => {
    const found = readText(name)
    return "unreadable" in found ? Effect.fail(wrongFile(found.unreadable)) : Effect.succeed(found)
  })

/** Puts a text in place of a file in one step: a reader sees the old file or the new one. Exit code 3 when the disk refuses. */
export const replace = (path: string, text: string): Effect.Effect<void, Stop> =>
  Effect.suspend(() => {
    const refused = replaceText(path, text)
    return refused === undefined ? Effect.void : Effect.fail(wrongMachine(refused))
  })

/** The text of a file, or undefined when there is none. Exit code 3 when the disk refuses. */
export const readIfThere = (path: string): Effect.Effect<string | undefined, Stop> =>
  Effect.try({
    try: () => (Fs.existsSync(path) ? Fs.readFileSync(path, "utf8") : undefined),
    catch: (cause) => wrongMachine(`${path}: ${systemReason(cause)}`)
  })
