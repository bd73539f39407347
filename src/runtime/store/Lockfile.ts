/**
 * `bica.lock`: what the pipelines of a folder gave, committed beside them, so that anyone can run them again and compare.
 * Not to be confused with the lock of a run folder (Lock.ts).
 *
 * It is JSON in one spelling: equal contents give equal bytes, a change stays on its line. It holds no times and nothing of
 * the machine but what decides the bits.
 */
import { Schema } from "effect"
import { Environment, Meaning, Statements } from "../verify/Identity.ts"

/** The name of the file. */
export const lockfileName = "bica.lock"

const Quantity = Schema.NullOr(Schema.Finite)

/**
 * A learning curve as checks: for each update one string with two hexadecimal digits per column, the first byte of the sha256
 * of what stands in that cell. Enough to find where two runs part, a twentieth of the numbers' size.
 */
export const CurveChecks = Schema.Struct({
  columns: Schema.Array(Schema.String),
  updates: Schema.Array(Schema.String)
})
export type CurveChecks = typeof CurveChecks.Type

/** A stage that has ended: its key and the sha256 of each file it gave. */
export const LockedStage = Schema.Struct({
  label: Schema.String,
  key: Schema.String,
  stage: Schema.String,
  objective: Schema.NullOr(Schema.String),
  seed: Schema.Int,
  artifacts: Schema.Record(Schema.String, Schema.String),
  curve: Schema.optionalKey(CurveChecks)
})
export type LockedStage = typeof LockedStage.Type

/** A value that was measured for one seed, its 95 % interval over `n` episodes. */
export const MeasuredValue = Schema.Struct({
  stage: Schema.String,
  metric: Schema.String,
  by: Schema.String,
  oracle: Schema.Boolean,
  on: Schema.String,
  choose: Schema.String,
  seed: Schema.Int,
  value: Quantity,
  low: Quantity,
  high: Quantity,
  n: Schema.Int
})
export type MeasuredValue = typeof MeasuredValue.Type

/** The verdict of a claim; the margin's interval is over `n` seeds. */
export const ClaimVerdict = Schema.Struct({
  verdict: Schema.String,
  margin: Schema.Struct({ mean: Quantity, low: Quantity, high: Quantity, n: Schema.Int })
})
export type ClaimVerdict = typeof ClaimVerdict.Type

/** One pipeline, as a run of it was. */
export const LockedPipeline = Schema.Struct({
  /** The name of the .bica file, which stands beside the lock. */
  file: Schema.String,
  bica: Schema.String,
  numerics: Schema.Int,
  study: Schema.NullOr(Schema.String),
  seed: Schema.NullOr(Schema.Int),
  environment: Environment,
  meaning: Meaning,
  statements: Statements,
  stages: Schema.Array(LockedStage),
  measured: Schema.Array(MeasuredValue),
  claims: Schema.Record(Schema.String, ClaimVerdict)
})
export type LockedPipeline = typeof LockedPipeline.Type

export const Lockfile = Schema.Struct({
  format: Schema.Literal("bica-lockfile/1"),
  pipelines: Schema.Record(Schema.String, LockedPipeline)
})
export type Lockfile = typeof Lockfile.Type

/** Reads the text of a `bica.lock`. */
export const decodeLockfile = Schema.decodeUnknownResult(Schema.fromJsonString(Lockfile))

const width = 120

const inline = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${inline(field)}`)
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`
}

/** What fits on a line stands on it; what does not has a line for each of its parts. */
const spell = (value: unknown, indent: string, before: number): string => {
  const line = inline(value)
  if (typeof value !== "object" || value === null) return line
  if (indent.length > 2 && indent.length + before + line.length < width) return line
  const deeper = `${indent}  `
  const parts = Array.isArray(value)
    ? value.map((part) => deeper + spell(part, deeper, 0))
    : Object.entries(value).map(([name, field]) => {
        const key = `${JSON.stringify(name)}: `
        return deeper + key + spell(field, deeper, key.length)
      })
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"]
  return `${open}\n${parts.join(",\n")}\n${indent}${close}`
}

/** The text of a `bica.lock`: pipelines in the order of their names, everything else as it stands. */
export const encodeLockfile = (lockfile: Lockfile): string => {
  const entries = Object.entries(lockfile.pipelines).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `${spell({ format: lockfile.format, pipelines: Object.fromEntries(entries) }, "", 0)}\n`
}
