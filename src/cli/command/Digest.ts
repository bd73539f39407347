import { Effect } from "effect"
import { Store } from "../../runtime/store/Store.ts"
import { layer } from "../../runtime/store/FileStore.ts"
import { mustBeRun } from "../Runs.ts"
import { Stop } from "../Stop.ts"
import { stopOf } from "../Failures.ts"

/** Prints `sha256  name` for every artifact of a run, sorted by name, and `total` over those lines. */
export const digest = (input: { readonly run: string }): Effect.Effect<void, Stop> =>
  Effect.gen(function* () {
    yield* mustBeRun(input.run)
    const store = yield* Store
    const { artifacts, total } = yield* store.digest(input.run)
    for (const { name, sha256 } of artifacts) process.stdout.write(`${sha256}  ${name}\n`)
    process.stdout.write(`${total}  total\n`)
  }).pipe(
    Effect.provide(layer),
    Effect.mapError((error) => (error instanceof Stop ? error : stopOf(error)))
  )
