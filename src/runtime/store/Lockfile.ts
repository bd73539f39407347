/**
 * `bica.lock`: what the pipelines of a folder gave, committed beside them, so that anyone can run them again and compare.
 * Not to be confused with the lock of a run folder (Lock.ts).
 *
 * It is JSON in one spelling: equal contents give equal bytes, a change stays on its line. It holds no times and nothing of
 * the machine but what decides the bits.
 */
import { Schema } from "effect"
import { Interval, Row } from "../measure/Summary.ts"
import { Environment, Meaning, Statements } from "../verify/Identity.ts"

/** The name of the file. */
export const lockfileName = "bica.lock"

const Quantity = Schema.NullOr(Schema.Finite)

/**
 * A learning curve as checks: for each update one string with two hexadecimal digits per column, the first byte of the sha256
 * of what stands in that cell. Enough to find where two runs part, an eighth of the numbers' size.
 */
export const CurveChecks = Schema.Struct({
  /** The first line of curve.csv. */
  columns: Schema.String,
  updates: Schema.Array(Schema.String)
})
export type CurveChecks = typeof CurveChecks.Type

/** A stage that has ended: its key and the sha256 of each file it gave. */
export const LockedStage = Schema.Struct({
  label: Schema.String,
  key: Schema.String,
  stage: Schema.String,
  objective: Schema.NullOr(Schema.String),
  variant: Schema.optionalKey(Schema.String),
  seed: Schema.Int,
  artifacts: Schema.Record(Schema.String, Schema.String),
  /** False where the engine does not state that it gives the same bits every time: then tolerances are asked for in place of bits. */
  deterministic: Schema.optionalKey(Schema.Literal(false)),
  curve: Schema.optionalKey(CurveChecks)
})
export type LockedStage = typeof LockedStage.Type

/** The verdict of a claim; the margin's interval is over `n` seeds. */
export const ClaimVerdict = Schema.Struct({
  verdict: Schema.String,
  margin: Interval,
  /** One-sided p, corrected over the claims of its study; of a claim that states a p. */
  adjusted: Schema.optionalKey(Quantity)
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
  measured: Schema.Array(Row),
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

const isScalar = (value: unknown): boolean => typeof value !== "object" || value === null

/**
 * Each part on a line of its own; an object within a list on one line if it holds no other, so that a measured value has one line.
 * The lengths of values play no part: a changed value changes its line and no other.
 */
const spell = (value: unknown, indent: string, listed: boolean): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    const parts = value.map((part) => deeper + spell(part, deeper, true))
    return parts.length === 0 ? "[]" : `[\n${parts.join(",\n")}\n${indent}]`
  }
  const fields = Object.entries(value)
  const inline = listed && fields.every(([, field]) => isScalar(field))
  const parts = fields.map(([name, field]) => `${JSON.stringify(name)}: ${spell(field, deeper, false)}`)
  if (parts.length === 0) return "{}"
  return inline ? `{ ${parts.join(", ")} }` : `{\n${parts.map((part) => deeper + part).join(",\n")}\n${indent}}`
}

/** The text of a `bica.lock`: pipelines in the order of their names, everything else as it stands. */
export const encodeLockfile = (lockfile: Lockfile): string => {
  const entries = Object.entries(lockfile.pipelines).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `${spell({ format: lockfile.format, pipelines: Object.fromEntries(entries) }, "", false)}\n`
}
