import { Effect, Result } from "effect"
import * as Path from "node:path"
import { shippedMetrics } from "../../runtime/environment/Shipped.ts"
import { decodeIdentity, identityName } from "../../runtime/verify/Identity.ts"
import { readResults } from "../Runs.ts"
import { isColoured, palette } from "../Screen.ts"
import { readIfThere } from "../SourceFile.ts"
import type { Stop } from "../Stop.ts"
import type { IsFraction } from "../Table.ts"
import { table, verdicts } from "../Table.ts"

/** Whether a metric is a share, as its environment declares it, or the module that it comes from. */
export const fractionsOf = Effect.fnUntraced(function* (run: string): Effect.fn.Return<IsFraction, Stop> {
  const identity = decodeIdentity((yield* readIfThere(Path.join(run, identityName))) ?? "")
  const declared = Result.isSuccess(identity) ? (identity.success.declared ?? []) : []
  const metrics = [...declared.flatMap((one) => one.metrics), ...shippedMetrics]
  const fractions = new Set(metrics.filter(({ unit }) => unit === "fraction").map(({ name }) => name))
  return (metric) => fractions.has(metric)
})

/**
 * Prints the measured values and verdicts of a run: a table, or with `json` one object that holds every value with its n,
 * interval and condition, fractions in [0, 1].
 */
export const measure = Effect.fnUntraced(function* (input: {
  readonly run: string
  readonly json: boolean
}): Effect.fn.Return<void, Stop> {
  const results = yield* readResults(input.run)
  if (input.json) {
    process.stdout.write(`${JSON.stringify({ run: input.run, ...results }, null, 2)}\n`)
    return
  }
  const paint = palette(isColoured(process.stdout, process.env))
  for (const line of table(
    results.measures,
    yield* fractionsOf(input.run),
    paint,
    process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY
  ))
    process.stdout.write(`${line}\n`)
  if (results.claims.length > 0) process.stdout.write("\n")
  for (const line of verdicts(results.claims, paint)) process.stdout.write(`${line}\n`)
})
