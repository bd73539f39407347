/** A run that has ended as files that other tools read. Equal runs give equal bytes, except for the times in an RO-Crate. */
import { Effect, Option, Result } from "effect"
import * as Record from "../store/Record.ts"
import { Store, StoreError } from "../store/Store.ts"
import * as Evidence from "../verify/Evidence.ts"
import type { CrateFile } from "./Crate.ts"
import * as Crate from "./Crate.ts"
import * as EventFile from "./EventFile.ts"
import { claimsCsv, curveColumns, curveScalars, measuredScalars, measuresCsv } from "./Tables.ts"

/** Which formats are wanted. */
export interface Formats {
  readonly csv: boolean
  readonly json: boolean
  readonly tensorboard: boolean
  readonly safetensors: boolean
  readonly crate: boolean
}

/** A file to be written: its path below the folder of the export. */
export interface ExportedFile {
  readonly path: string
  readonly bytes: Uint8Array
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The name that TensorBoard looks for; the number stands where a time usually does. */
const eventFileName = "events.out.tfevents.0000000000.bica"

/** Files of a run folder that go into a crate as they are. */
const asTheyAre: ReadonlyArray<readonly [name: string, description: string]> = [
  ["report/report.html", "The report of the run"],
  ["report/report.md", "The report of the run as text"]
]

/**
 * The files of an export of the run in the folder `run`, whose source is the file `sourceName` in it. Fails where a stage of the run has not ended
 * or a file is not the one that was recorded.
 */
export const files = Effect.fn("Export.files")(function* (
  run: string,
  options: {
    readonly formats: Formats
    readonly source: { readonly name: string; readonly as: string }
    /** Modules of the user's own that the source names, as the run was begun with them. */
    readonly modules: ReadonlyArray<ExportedFile>
    readonly licence: string | undefined
  }
): Effect.fn.Return<ReadonlyArray<ExportedFile>, StoreError, Store> {
  const store = yield* Store
  const { formats, modules, source } = options
  const evidence = yield* Evidence.read(run)
  const { claims, identity, measured, stages } = evidence
  const found: Array<CrateFile> = []

  const required = Effect.fnUntraced(function* (name: string) {
    const read = yield* store.read(run, name)
    if (Option.isSome(read)) return read.value
    return yield* new StoreError({
      path: `${run}/${name}`,
      reason: "the file is missing",
      fix: `\`bica resume ${run}\` makes what is missing again.`,
      cause: undefined
    })
  })

  for (const { artifacts, curve, label, objective, seed, stage, variant } of stages) {
    for (const name of Object.keys(artifacts).sort()) {
      const wanted = name.endsWith(".safetensors") ? formats.safetensors : name.endsWith(".csv") && formats.csv
      if (!wanted) continue
      found.push({
        path: `${name.endsWith(".csv") ? "metrics" : "weights"}/${label}/${name}`,
        bytes: yield* required(Evidence.artifactName(label, name)),
        description: `${name} of ${label}, as the stage gave it`,
        from: label
      })
    }
    if (!formats.tensorboard) continue
    const own = measured.filter(
      (value) =>
        value.stage === stage &&
        value.seed === seed &&
        value.variant === variant &&
        (objective === null || value.oracle || value.by === objective)
    )
    const scalars = [...(curve === undefined ? [] : curveScalars(curve)), ...measuredScalars(own)]
    if (scalars.length === 0) continue
    found.push({
      path: `tensorboard/${label}/${eventFileName}`,
      bytes: EventFile.encode(scalars),
      description: `Learning curve and measured values of ${label} for TensorBoard`,
      from: null
    })
  }
  if (formats.csv) {
    found.push(
      {
        path: "metrics/measures.csv",
        bytes: bytes(measuresCsv(measured)),
        description: "Every measured value of every seed with its 95 % interval over n episodes",
        from: null
      },
      {
        path: "metrics/claims.csv",
        bytes: bytes(claimsCsv(claims)),
        description: "Every claim with its verdict and margin over n seeds",
        from: null
      }
    )
  }
  if (formats.json) {
    const curves = Object.fromEntries(
      stages.flatMap(({ curve, label }) => (curve === undefined ? [] : [[label, curveColumns(curve)] as const]))
    )
    const document = { pipeline: identity.pipeline, environment: identity.environment, measured, claims, curves }
    found.push({
      path: "metrics/metrics.json",
      bytes: bytes(`${JSON.stringify(document, null, 1)}\n`),
      description: "Measured values, claims and learning curves",
      from: null
    })
  }
  if (!formats.crate) return found

  found.push({
    path: source.as,
    bytes: yield* required(source.name),
    description: "What was run",
    from: undefined
  })
  for (const { bytes, path } of modules)
    found.push({
      path,
      bytes,
      description: "Code of the user's own that the file names, as it was run",
      from: undefined
    })
  for (const [name, description] of asTheyAre) {
    const read = yield* store.read(run, name)
    if (Option.isSome(read)) found.push({ path: name, bytes: read.value, description, from: null })
  }
  const record = Record.decodeRun(Record.toText(yield* required("run.json")))
  const created = Result.isSuccess(record) ? record.success.created : undefined
  const ended = yield* store.ended(run)
  const crate = Crate.encode({
    run: run.split(/[\\/]/).findLast((part) => part !== "") ?? run,
    identity,
    files: found,
    source: source.as,
    modules: modules.map(({ path }) => path),
    created: typeof created === "string" ? created : (Object.values(ended).sort()[0] ?? ""),
    ended,
    licence: options.licence
  })
  return [...found, { path: Crate.crateName, bytes: bytes(crate) }]
})
