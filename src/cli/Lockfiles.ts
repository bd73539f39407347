/** Reading `bica.lock`. */
import { Effect, Result } from "effect"
import { decodeLockfile } from "../runtime/store/Lockfile.ts"
import type { Lockfile } from "../runtime/store/Lockfile.ts"
import { readIfThere } from "./SourceFile.ts"
import type { Stop } from "./Stop.ts"
import { wrongFile } from "./Stop.ts"

/** The lock at a path, or undefined when there is none. What is no lock is exit code 2. */
export const readLock = Effect.fnUntraced(function* (path: string): Effect.fn.Return<Lockfile | undefined, Stop> {
  const text = yield* readIfThere(path)
  if (text === undefined) return undefined
  const lockfile = decodeLockfile(text)
  if (Result.isSuccess(lockfile)) return lockfile.success
  return yield* wrongFile(
    `${path}: is no lock that this version of bica reads`,
    "Put back the committed one, or delete it and write it anew with `bica lock RUN`."
  )
})
