import { Effect } from "effect"
import * as Path from "node:path"
import * as FileStore from "../../runtime/store/FileStore.ts"
import { encodeLockfile, lockfileName } from "../../runtime/store/Lockfile.ts"
import { changes } from "../../runtime/verify/Changes.ts"
import * as Evidence from "../../runtime/verify/Evidence.ts"
import { stopOf } from "../Failures.ts"
import { meaningOf, statementsOf } from "../Identity.ts"
import { checked } from "../Language.ts"
import { readLock } from "../Lockfiles.ts"
import { mustBeRun, readRequest } from "../Runs.ts"
import { replace } from "../SourceFile.ts"
import type { Stop } from "../Stop.ts"
import { experimentFailed } from "../Stop.ts"

/**
 * Writes what a run gave into the `bica.lock` beside its file; the other pipelines of the lock stay as they are. A file that
 * has changed its meaning since the run is refused: its lock would be wrong from the beginning.
 */
export const lock = Effect.fnUntraced(function* (input: {
  readonly run: string
  readonly lock: string | undefined
}): Effect.fn.Return<void, Stop> {
  yield* mustBeRun(input.run)
  const { request } = yield* readRequest(input.run)
  const evidence = yield* Evidence.read(input.run).pipe(Effect.provide(FileStore.layer), Effect.mapError(stopOf))
  const path = input.lock ?? Path.join(Path.dirname(request.file), lockfileName)
  const name = Path.basename(request.file)
  const source = Path.join(Path.dirname(path), name)
  const { program } = yield* checked(source)
  const after = { meaning: meaningOf(program), statements: statementsOf(program) }
  const changed = changes({ before: evidence.identity, after })
  if (changed.length > 0) {
    return yield* experimentFailed(
      `${source}: has changed since ${input.run}`,
      ...changed.map((each) => `  ${each}`),
      "Run it again and lock that run."
    )
  }
  const before = yield* readLock(path)
  const locked = Evidence.lock(evidence, { file: name, study: request.study, seed: request.seed })
  const pipelines = { ...before?.pipelines, [evidence.identity.pipeline]: locked }
  yield* replace(path, encodeLockfile({ format: "bica-lockfile/1", pipelines }))
  process.stdout.write(`${path}\n`)
})
