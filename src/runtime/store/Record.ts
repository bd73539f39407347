/**
 * The JSON files of a run folder: their shapes, how they are spelt and how they are read.
 *
 * Keys of stages, digests and sizes decide what is reused; times are for people and are in no file that enters a
 * digest.
 */
import { createHash } from "node:crypto"
import { Result, Schema } from "effect"

/** What is recorded of one file. */
export const FileRecord = Schema.Struct({
  sha256: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)),
  bytes: Schema.Natural
})
export type FileRecord = typeof FileRecord.Type

/** `manifest.json` beside artifacts or in a checkpoint: the stage that made the files, and each file. */
export const Manifest = Schema.Struct({
  format: Schema.Literal("bica-manifest/1"),
  key: Schema.String,
  update: Schema.optionalKey(Schema.Natural),
  files: Schema.Record(Schema.String, FileRecord)
})
export type Manifest = typeof Manifest.Type

/**
 * `stage.json`: what the folder belongs to. Whether the stage has ended is decided by its artifacts, `status` says it
 * to people.
 */
export const StageRecord = Schema.Struct({
  format: Schema.Literal("bica-stage/1"),
  label: Schema.String,
  key: Schema.String,
  status: Schema.Literals(["open", "ended"]),
  since: Schema.String,
  /** The stage folder of another run that the artifacts were copied from. */
  from: Schema.optionalKey(Schema.String)
})
export type StageRecord = typeof StageRecord.Type

/** `run.json` as the store begins it; the runtime may put more into it. */
export const RunRecord = Schema.Record(Schema.String, Schema.Json)
export type RunRecord = typeof RunRecord.Type

/** `artifacts.json`: the files at the top of the run folder that belong to its digest. */
export const ArtifactList = Schema.Struct({
  format: Schema.Literal("bica-artifacts/1"),
  files: Schema.Record(Schema.String, FileRecord)
})
export type ArtifactList = typeof ArtifactList.Type

/** `lock`: the process that holds a run folder. */
export const LockRecord = Schema.Struct({
  format: Schema.Literal("bica-lock/1"),
  pid: Schema.Int.check(Schema.isGreaterThan(0)),
  host: Schema.String,
  /** Start of the process in clock ticks since boot, where the system tells it: a pid alone is used again. */
  started: Schema.NullOr(Schema.String),
  /** The boot the ticks are counted from. */
  boot: Schema.NullOr(Schema.String),
  nonce: Schema.String.check(Schema.isPattern(/^[0-9a-f]{16}$/)),
  since: Schema.String
})
export type LockRecord = typeof LockRecord.Type

export const decodeManifest = Schema.decodeUnknownResult(Schema.fromJsonString(Manifest))
export const decodeStage = Schema.decodeUnknownResult(Schema.fromJsonString(StageRecord))
export const decodeRun = Schema.decodeUnknownResult(Schema.fromJsonString(RunRecord))
export const decodeArtifactList = Schema.decodeUnknownResult(Schema.fromJsonString(ArtifactList))
export const decodeLock = Schema.decodeUnknownResult(Schema.fromJsonString(LockRecord))
export const decodeState = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Json))

/** The bytes of a record: indented JSON and a newline. */
export const toBytes = (record: RunRecord | Manifest | StageRecord | ArtifactList | LockRecord): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`)

/** The text of bytes; what is not UTF-8 becomes U+FFFD, which no record accepts where it matters. */
export const toText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** sha256 in lower-case hexadecimal. */
export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex")

/** What is recorded of these bytes. */
export const fileRecord = (bytes: Uint8Array): FileRecord => ({ sha256: sha256(bytes), bytes: bytes.length })

/**
 * JSON text that reads back as the same value, bit for bit: the order of keys is kept, negative zero is spelt `-0`
 * (JSON.stringify would drop its sign). Fails with the path of the first value that JSON cannot hold.
 */
export const encodeState = (value: unknown): Result.Result<string, string> => {
  const parts: Array<string> = []
  const write = (item: unknown, path: string): string | undefined => {
    if (typeof item === "number") {
      if (!Number.isFinite(item)) return `${path} is ${item}`
      parts.push(Object.is(item, -0) ? "-0" : String(item))
      return undefined
    }
    if (item === null || typeof item === "string" || typeof item === "boolean") {
      parts.push(JSON.stringify(item))
      return undefined
    }
    if (Array.isArray(item)) {
      parts.push("[")
      for (let i = 0; i < item.length; i++) {
        if (i > 0) parts.push(",")
        const fault = write(item[i], `${path}[${i}]`)
        if (fault !== undefined) return fault
      }
      parts.push("]")
      return undefined
    }
    const prototype: unknown = typeof item === "object" ? Object.getPrototypeOf(item) : undefined
    if (typeof item === "object" && (prototype === Object.prototype || prototype === null)) {
      parts.push("{")
      let first = true
      for (const [key, field] of Object.entries(item)) {
        parts.push(`${first ? "" : ","}${JSON.stringify(key)}:`)
        first = false
        const fault = write(field, `${path}.${key}`)
        if (fault !== undefined) return fault
      }
      parts.push("}")
      return undefined
    }
    return `${path} is ${item === undefined ? "undefined" : `a ${typeof item} that is no plain JSON`}`
  }
  const fault = write(value, "state")
  return fault === undefined ? Result.succeed(parts.join("")) : Result.fail(fault)
}
