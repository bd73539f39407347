/** What a run left behind, read from its folder with every digest checked: the one side of a comparison. */
import { Effect, Option, Result, Schema, Struct } from "effect"
import { Row } from "../measure/Summary.ts"
import type { ClaimVerdict, LockedPipeline } from "../store/Lockfile.ts"
import { ClaimVerdict as Verdict } from "../store/Lockfile.ts"
import { sha256, toText } from "../store/Record.ts"
import { Store, StoreError } from "../store/Store.ts"
import { decodeIdentity, identityName } from "./Identity.ts"
import type { Identity, Job } from "./Identity.ts"

/** A learning curve: a row per update, a column per quantity. A lock holds no cells. */
export interface Curve {
  readonly columns: ReadonlyArray<string>
  /** Two hexadecimal digits per column for each update, as in a lock. */
  readonly updates: ReadonlyArray<string>
  /** What stands in each cell; empty where there was nothing to measure. */
  readonly cells: ReadonlyArray<ReadonlyArray<string>> | undefined
}

/** A stage that has ended. */
export interface StageTrace extends Pick<Job, "label" | "key" | "stage" | "objective" | "variant" | "seed"> {
  /** sha256 of each file, by name. */
  readonly artifacts: Readonly<Record<string, string>>
  readonly curve: Curve | undefined
}

/** The part of a run that two runs are compared by. */
export interface Traces {
  /** In the order in which they ran. */
  readonly stages: ReadonlyArray<StageTrace>
  readonly measured: ReadonlyArray<Row>
  readonly claims: Readonly<Record<string, ClaimVerdict>>
}

/** A run that has ended. */
export interface Evidence extends Traces {
  readonly run: string
  readonly identity: Identity
}

const Measures = Schema.fromJsonString(
  Schema.Struct({
    measures: Schema.Array(
      Schema.Struct({
        stage: Schema.String,
        variant: Schema.optionalKey(Schema.String),
        seeds: Schema.Array(Row.mapFields(Struct.omit(["stage", "variant"])))
      })
    )
  })
)
const decodeMeasures = Schema.decodeUnknownResult(Measures)

const Claims = Schema.fromJsonString(
  Schema.Struct({ claims: Schema.Array(Schema.Struct({ claim: Schema.String, ...Verdict.fields })) })
)
const decodeClaims = Schema.decodeUnknownResult(Claims)

/** Two hexadecimal digits of a cell. */
const check = (cell: string): string => sha256(cell).slice(0, 2)

/** A curve from the text of `curve.csv`. */
export const parseCurve = (text: string): Curve => {
  const [head = "", ...rows] = text.trimEnd().split("\n")
  const cells = rows.map((row) => row.split(","))
  return { columns: head.split(","), updates: cells.map((row) => row.map(check).join("")), cells }
}

/** The name under which the digest of a run lists a file of a stage. */
export const artifactName = (label: string, file: string): string => `stages/${label}/${file}`

/** Why a file of a run says nothing. */
const failed = (run: string, name: string, reason: string, cause?: unknown) =>
  new StoreError({
    path: `${run}/${name}`,
    reason,
    fix: `\`bica resume ${run}\` makes what is missing or damaged again.`,
    cause
  })

const textOf = Effect.fnUntraced(function* (run: string, name: string, missing: string) {
  const store = yield* Store
  const bytes = yield* store.read(run, name)
  return Option.isSome(bytes) ? toText(bytes.value) : yield* failed(run, name, missing)
})

/** What a run is and what its stages gave so far. */
export interface Begun {
  readonly run: string
  readonly identity: Identity
  /** The stages that have ended, in the order in which they run. */
  readonly stages: ReadonlyArray<StageTrace>
  /** The labels of those that have not. */
  readonly unfinished: ReadonlyArray<string>
}

/** Reads the stages of a run that have ended. Fails when the folder does not say what it is, and when a file is not the one that was recorded. */
export const readBegun = Effect.fn("Evidence.readBegun")(function* (
  run: string
): Effect.fn.Return<Begun, StoreError, Store> {
  const store = yield* Store
  const { artifacts } = yield* store.digest(run)
  const identity = decodeIdentity(yield* textOf(run, identityName, "the run does not say what it is"))
  if (Result.isFailure(identity)) return yield* failed(run, identityName, "the file is damaged", identity.failure)

  const stages: Array<StageTrace> = []
  const unfinished: Array<string> = []
  for (const { key, label, objective, seed, stage, variant } of identity.success.jobs) {
    const prefix = artifactName(label, "")
    const own = artifacts.filter(({ name }) => name.startsWith(prefix) && !name.slice(prefix.length).includes("/"))
    if (own.length === 0) {
      unfinished.push(label)
      continue
    }
    const files = Object.fromEntries(own.map(({ name, sha256 }) => [name.slice(prefix.length), sha256]))
    const curve =
      files["curve.csv"] === undefined
        ? undefined
        : parseCurve(yield* textOf(run, `${prefix}curve.csv`, "the file is missing"))
    stages.push({
      label,
      key,
      stage,
      objective,
      ...(variant === undefined ? {} : { variant }),
      seed,
      artifacts: files,
      curve
    })
  }
  return { run, identity: identity.success, stages, unfinished }
})

/** Reads a run that has ended. Fails as `readBegun` does, and when a stage has not ended. */
export const read = Effect.fn("Evidence.read")(function* (run: string): Effect.fn.Return<Evidence, StoreError, Store> {
  const { identity, stages, unfinished } = yield* readBegun(run)
  const [first] = unfinished
  if (first !== undefined) return yield* failed(run, artifactName(first, ""), "the stage has not ended")
  const missing = "nothing is measured there yet"
  const measures = decodeMeasures(yield* textOf(run, "measures.json", missing))
  if (Result.isFailure(measures)) return yield* failed(run, "measures.json", "the file is damaged", measures.failure)
  const claims = decodeClaims(yield* textOf(run, "claims.json", missing))
  if (Result.isFailure(claims)) return yield* failed(run, "claims.json", "the file is damaged", claims.failure)
  return {
    run,
    identity,
    stages,
    measured: measures.success.measures.flatMap(({ seeds, stage, variant }) =>
      seeds.map((seed) => ({ stage, ...seed, ...(variant === undefined ? {} : { variant }) }))
    ),
    claims: Object.fromEntries(
      claims.success.claims.map(
        ({ adjusted, claim, margin, verdict }) =>
          [claim, { verdict, margin, ...(adjusted === undefined ? {} : { adjusted }) }] as const
      )
    )
  }
})

/** What a lock keeps of a run. `file` is the name of the .bica file beside it. */
export const lock = (
  evidence: Evidence,
  selection: { readonly file: string; readonly study: string | null; readonly seed: number | null }
): LockedPipeline => {
  const { bica, environment, meaning, numerics, statements } = evidence.identity
  return {
    ...selection,
    bica,
    numerics,
    environment,
    meaning,
    statements,
    stages: evidence.stages.map(({ curve, ...stage }) => ({
      ...stage,
      // no engine takes part in what belongs to no objective: hand-written policies
      ...(environment.deterministic === false && stage.objective !== null ? { deterministic: false as const } : {}),
      ...(curve === undefined ? {} : { curve: { columns: curve.columns.join(","), updates: curve.updates } })
    })),
    measured: evidence.measured,
    claims: evidence.claims
  }
}

/** A lock as one side of a comparison. */
export const traces = (locked: LockedPipeline): Traces => ({
  stages: locked.stages.map(({ curve, ...stage }) => ({
    ...stage,
    curve:
      curve === undefined ? undefined : { columns: curve.columns.split(","), updates: curve.updates, cells: undefined }
  })),
  measured: locked.measured,
  claims: locked.claims
})
