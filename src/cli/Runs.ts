/** Run folders as the commands see them: what a run was started with, what came out, what is there. */
import { Effect, Schema } from "effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { Commit } from "./Revision.ts"
import { Claims, Measures } from "./Table.ts"
import { readIfThere } from "./SourceFile.ts"
import type { Stop } from "./Stop.ts"
import { wrongFile, wrongMachine } from "./Stop.ts"

/** What is kept in the run folder so that the run can be resumed: the source itself and what was asked for. */
export const sourceName = "source.bica"
export const requestName = "request.json"

export const Request = Schema.Struct({
  format: Schema.Literal("bica-request/1"),
  /** The path of the source as it was given; diagnostics speak of it. */
  file: Schema.String,
  study: Schema.NullOr(Schema.String),
  seed: Schema.NullOr(Schema.Int),
  engine: Schema.String,
  bica: Schema.String,
  /** The commit that the file was at when the run was begun; null outside a repository. */
  commit: Schema.optionalKey(Schema.NullOr(Commit)),
  /** Modules of the user's own that the file names, by their paths as written, and the folder of the file, seen from the run's. */
  modules: Schema.optionalKey(Schema.Array(Schema.Struct({ path: Schema.String, sha256: Schema.String }))),
  beside: Schema.optionalKey(Schema.String)
})
export type Request = typeof Request.Type

const decodeRequest = Schema.decodeUnknownEffect(Schema.fromJsonString(Request))
const decodeMeasures = Schema.decodeUnknownEffect(Schema.fromJsonString(Measures))
const decodeClaims = Schema.decodeUnknownEffect(Schema.fromJsonString(Claims))

/** Fails with exit code 2 unless the path is that of a run folder. */
export const mustBeRun = (run: string): Effect.Effect<void, Stop> =>
  Fs.existsSync(Path.join(run, "run.json"))
    ? Effect.void
    : Effect.fail(
        wrongFile(
          `${run}: ${Fs.existsSync(run) ? "is not the folder of a run" : "there is no such run"}`,
          "Give the folder that `bica run` printed on its last line."
        )
      )

const part = Effect.fnUntraced(function* (
  run: string,
  name: string,
  otherwise: string
): Effect.fn.Return<string, Stop> {
  yield* mustBeRun(run)
  const text = yield* readIfThere(Path.join(run, name))
  return text ?? (yield* wrongMachine(`${run}: ${otherwise}`))
})

const damaged = (run: string, name: string) => () =>
  wrongMachine(`${Path.join(run, name)}: is damaged`, `\`bica resume ${run}\` makes it again.`)

/** The commit that is recorded in a run's folder; undefined where nothing is. A run that goes on keeps it. */
export const recordedCommit = (run: string): Effect.Effect<Commit | null | undefined, Stop> =>
  Effect.flatMap(readIfThere(Path.join(run, requestName)), (text) =>
    decodeRequest(text ?? "").pipe(
      Effect.map(({ commit }) => commit),
      Effect.orElseSucceed(() => undefined)
    )
  )

/** The source of a run and what was asked for. */
export const readRequest = Effect.fnUntraced(function* (
  run: string
): Effect.fn.Return<{ readonly text: string; readonly request: Request }, Stop> {
  const missing = "what the run was started with is not there; run the file again"
  const text = yield* part(run, sourceName, missing)
  const request = yield* decodeRequest(yield* part(run, requestName, missing)).pipe(
    Effect.mapError(() => wrongMachine(`${Path.join(run, requestName)}: is damaged; run the file again`))
  )
  return { text, request }
})

/** The measured values and verdicts of a run that has ended. */
export const readResults = Effect.fnUntraced(function* (
  run: string
): Effect.fn.Return<typeof Measures.Type & typeof Claims.Type, Stop> {
  const missing = `nothing is measured there yet; \`bica resume ${run}\` goes on with it`
  const measures = yield* decodeMeasures(yield* part(run, "measures.json", missing)).pipe(
    Effect.mapError(damaged(run, "measures.json"))
  )
  const claims = yield* decodeClaims(yield* part(run, "claims.json", missing)).pipe(
    Effect.mapError(damaged(run, "claims.json"))
  )
  return { ...measures, ...claims }
})

/** Where the work of a stage stands. */
export type Standing =
  | { readonly _tag: "Ended"; readonly run: string }
  | { readonly _tag: "Begun"; readonly update: number }
  | { readonly _tag: "New" }

interface Found {
  readonly key: string
  readonly ended: boolean
  readonly run: string
  readonly update: number
}

const StageRecord = Schema.Struct({ key: Schema.String, status: Schema.Literals(["open", "ended"]) })
const decodeStage = Schema.decodeUnknownOption(Schema.fromJsonString(StageRecord))

const foldersBelow = (folder: string): ReadonlyArray<string> =>
  Fs.existsSync(folder)
    ? Fs.readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => Path.join(folder, entry.name))
    : []

const stagesBelow = (folder: string, run: string, depth: number): ReadonlyArray<Found> => {
  const record = Path.join(folder, "stage.json")
  const here: Array<Found> = []
  if (Fs.existsSync(record)) {
    const decoded = decodeStage(Fs.readFileSync(record, "utf8"))
    if (decoded._tag === "Some") {
      const updates = foldersBelow(Path.join(folder, "checkpoints")).map((path) => Number(Path.basename(path)))
      const update = Math.max(0, ...updates.filter((each) => Number.isSafeInteger(each)))
      here.push({ key: decoded.value.key, ended: decoded.value.status === "ended", run, update })
    }
  }
  return depth === 0 ? here : [...here, ...foldersBelow(folder).flatMap((each) => stagesBelow(each, run, depth - 1))]
}

/**
 * Where each of the keys stands among the runs of a folder, from the records alone: nothing is written, no digest is
 * checked. A stage that was begun counts only in the run named `own`; one that has ended counts in any.
 */
export const standings = (
  runs: string,
  own: string,
  keys: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, Standing>, Stop> =>
  Effect.try({
    try: () => {
      const found = foldersBelow(runs).flatMap((run) => stagesBelow(Path.join(run, "stages"), Path.basename(run), 5))
      return new Map(
        keys.map((key): readonly [string, Standing] => {
          const ended = found.find((each) => each.key === key && each.ended)
          if (ended !== undefined) return [key, { _tag: "Ended", run: ended.run }]
          const begun = found.find((each) => each.key === key && each.run === own && each.update > 0)
          return [key, begun === undefined ? { _tag: "New" } : { _tag: "Begun", update: begun.update }]
        })
      )
    },
    catch: (cause) => wrongMachine(`${runs}: could not be read: ${cause instanceof Error ? cause.message : cause}`)
  })
