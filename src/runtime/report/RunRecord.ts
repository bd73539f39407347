/** What a run left behind, as a report needs it: read with every digest checked, finished or not. */
import { Effect, Option, Result, Schema } from "effect"
import { Measures } from "../measure/Measure.ts"
import { aggregate, Interval, SummedUp } from "../measure/Summary.ts"
import type { Row } from "../measure/Summary.ts"
import { toText } from "../store/Record.ts"
import { Store, StoreError } from "../store/Store.ts"
import { Handover, handoverName } from "../train/Handover.ts"
import { artifactName } from "../verify/Evidence.ts"
import { decodeIdentity, identityName } from "../verify/Identity.ts"
import type { Identity } from "../verify/Identity.ts"
import { parseCurve } from "./Curve.ts"
import type { Curve } from "./Curve.ts"
import { ProtocolRecord, ReplayRecord } from "./PlayRecord.ts"

const Quantity = Schema.NullOr(Schema.Finite)

/** A judged claim; whatever statistics stand beside the verdict are kept under their names. */
export interface Judged {
  readonly claim: string
  readonly verdict: string
  readonly margin: Interval
  readonly evidence: ReadonlyArray<Evidence>
  readonly statistics: Readonly<Record<string, Schema.Json>>
}

const Evidence = Schema.Struct({ seed: Schema.Int, left: Quantity, right: Quantity })
type Evidence = typeof Evidence.Type

const Commit = Schema.Struct({ id: Schema.String, clean: Schema.Boolean })

const Request = Schema.Struct({
  file: Schema.String,
  study: Schema.NullOr(Schema.String),
  seed: Schema.NullOr(Schema.Int),
  commit: Schema.optionalKey(Schema.NullOr(Commit))
})

/** A stage of the run: what it is, and what it gave if it has ended. */
export interface StageRecord {
  readonly label: string
  readonly key: string
  readonly stage: string
  readonly objective: string | null
  readonly variant: string | null
  readonly seed: number
  readonly ended: boolean
  readonly curve: Curve | undefined
  /** What came of it, where it imitates. */
  readonly imitation?: Handover
  readonly replay: ReplayRecord | undefined
  readonly protocol: ProtocolRecord | undefined
}

/** A run as it stands on the disk. */
export interface RunRecord {
  readonly name: string
  /** When the run was begun, ISO 8601; undefined where the record does not say. */
  readonly begun: string | undefined
  readonly source: string | undefined
  readonly request: typeof Request.Type | undefined
  readonly identity: Identity
  readonly stages: ReadonlyArray<StageRecord>
  /** Whether every stage has ended and the run was summed up. */
  readonly finished: boolean
  readonly measures: ReadonlyArray<SummedUp>
  readonly claims: ReadonlyArray<Judged>
  readonly artifacts: ReadonlyArray<{ readonly name: string; readonly sha256: string }>
  /** Digest over all artifacts. */
  readonly total: string
}

const decodeRequest = Schema.decodeUnknownOption(Schema.fromJsonString(Request))
const decodeBegun = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ name: Schema.String, created: Schema.optionalKey(Schema.String) }))
)
const decodeMeasures = Schema.decodeUnknownResult(
  Schema.fromJsonString(Schema.Struct({ measures: Schema.Array(SummedUp) }))
)
const decodeClaims = Schema.decodeUnknownResult(
  Schema.fromJsonString(Schema.Struct({ claims: Schema.Array(Schema.Record(Schema.String, Schema.Json)) }))
)
const decodeStageMeasures = Schema.decodeUnknownResult(Measures)
const decodeHandover = Schema.decodeUnknownResult(Schema.fromJsonString(Handover))
const decodeReplay = Schema.decodeUnknownResult(Schema.fromJsonString(ReplayRecord))
const decodeProtocol = Schema.decodeUnknownResult(Schema.fromJsonString(ProtocolRecord))
const decodeInterval = Schema.decodeUnknownOption(Interval)
const decodeEvidence = Schema.decodeUnknownOption(Schema.Array(Evidence))

const orNull = (x: number): number | null => (Number.isFinite(x) ? x : null)

/** Values over seeds of stages that have ended, for a run that has not been summed up. */
const summedUp = (rows: ReadonlyArray<Row>): ReadonlyArray<SummedUp> =>
  aggregate(rows).map(({ overSeeds: { high, low, mean, n }, ...of }) => ({
    ...of,
    overSeeds: { mean: orNull(mean), low: orNull(low), high: orNull(high), n }
  }))

const judged = (fields: Readonly<Record<string, Schema.Json>>): Judged => {
  const { claim, evidence, margin, verdict, ...statistics } = fields
  return {
    claim: typeof claim === "string" ? claim : "",
    verdict: typeof verdict === "string" ? verdict : "never run",
    margin: Option.getOrElse(decodeInterval(margin), () => ({ mean: null, low: null, high: null, n: 0 })),
    evidence: Option.getOrElse(decodeEvidence(evidence), () => []),
    statistics
  }
}

/**
 * Reads a run, finished or not. Fails when the folder is no run or does not say what it is, and when a file is not the one that
 * was recorded.
 */
export const readRun = Effect.fn("Report.readRun")(function* (
  run: string
): Effect.fn.Return<RunRecord, StoreError, Store> {
  const store = yield* Store
  const damaged = (name: string, reason: string, cause?: unknown) =>
    new StoreError({
      path: `${run}/${name}`,
      reason,
      fix: `\`bica resume ${run}\` makes what is missing or damaged again.`,
      cause
    })
  const text = Effect.fnUntraced(function* (name: string) {
    const bytes = yield* store.read(run, name)
    return Option.isSome(bytes) ? toText(bytes.value) : undefined
  })
  const decoded = Effect.fnUntraced(function* <A>(
    name: string,
    decode: (text: unknown) => Result.Result<A, Schema.SchemaError>
  ) {
    const found = yield* text(name)
    if (found === undefined) return undefined
    const value = decode(found)
    if (Result.isSuccess(value)) return value.success
    return yield* damaged(name, "the file is damaged, or another version of bica wrote it", value.failure)
  })

  const { artifacts, total } = yield* store.digest(run)
  const identity = yield* decoded(identityName, decodeIdentity)
  if (identity === undefined) return yield* damaged(identityName, "the run does not say what it is")
  const begun = Option.getOrUndefined(decodeBegun((yield* text("run.json")) ?? ""))

  const stages: Array<StageRecord> = []
  const rows: Array<Row> = []
  for (const { key, label, objective, seed, stage, variant } of identity.jobs) {
    const prefix = artifactName(label, "")
    const files = new Set(artifacts.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])))
    const curve = files.has("curve.csv") ? yield* text(`${prefix}curve.csv`) : undefined
    const imitation = files.has(handoverName) ? yield* decoded(`${prefix}${handoverName}`, decodeHandover) : undefined
    stages.push({
      label,
      key,
      stage,
      objective,
      variant: variant ?? null,
      seed,
      ended: files.size > 0,
      curve: curve === undefined ? undefined : parseCurve(curve),
      ...(imitation === undefined ? {} : { imitation }),
      replay: files.has("replay.json") ? yield* decoded(`${prefix}replay.json`, decodeReplay) : undefined,
      protocol: files.has("protocol.json") ? yield* decoded(`${prefix}protocol.json`, decodeProtocol) : undefined
    })
    if (!files.has("measures.json")) continue
    const measured = yield* decoded(`${prefix}measures.json`, decodeStageMeasures)
    for (const row of measured?.measures ?? []) {
      rows.push({
        ...row,
        by: row.oracle || objective === null ? row.by : objective,
        seed,
        stage,
        ...(variant === undefined ? {} : { variant })
      })
    }
  }

  const measures = yield* decoded("measures.json", decodeMeasures)
  const claims = yield* decoded("claims.json", decodeClaims)
  const ended = stages.every((each) => each.ended)
  return {
    name: begun?.name ?? identity.pipeline,
    begun: begun?.created,
    source: yield* text("source.bica"),
    request: Option.getOrUndefined(decodeRequest((yield* text("request.json")) ?? "")),
    identity,
    stages,
    finished: ended && measures !== undefined && claims !== undefined,
    measures: ended && measures !== undefined ? measures.measures : summedUp(rows),
    claims: ended && claims !== undefined ? claims.claims.map(judged) : [],
    artifacts,
    total
  }
})
