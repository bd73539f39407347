import type { Effect } from "effect"
import { formatFiles } from "../Formatting.ts"
import type { Stop } from "../Stop.ts"
import { ending } from "../Stop.ts"

/** Lays files out: `formatFiles`, as an effect. */
export const format = (input: {
  readonly files: ReadonlyArray<string>
  readonly check: boolean
}): Effect.Effect<void, Stop> => ending(() => formatFiles(input))
