import type { Scope } from "effect"
import { Effect, Layer, Logger } from "effect"
import * as Path from "node:path"
import { Engine } from "../../runtime/engine/Engine.ts"
import * as Pipeline from "../../runtime/Pipeline.ts"
import { Progress } from "../../runtime/Progress.ts"
import * as FileStore from "../../runtime/store/FileStore.ts"
import { encodeIdentity, identityName } from "../../runtime/verify/Identity.ts"
import { AllowCode, besideRun } from "../Code.ts"
import type { Display } from "../Display.ts"
import { json, live, plain } from "../Display.ts"
import { engineLayer } from "../Engines.ts"
import { exitCodes } from "../ExitCodes.ts"
import { stopOf } from "../Failures.ts"
import { identityOf } from "../Identity.ts"
import { version, workerData, workerScript } from "../Installation.ts"
import type { Checked } from "../Language.ts"
import { check, checked } from "../Language.ts"
import { load, moduleOf } from "../Loading.ts"
import type { Request } from "../Runs.ts"
import { commitOf } from "../Revision.ts"
import { readRequest, readResults, recordedCommit, requestName, sourceName } from "../Runs.ts"
import { isColoured, palette } from "../Screen.ts"
import type { Stop } from "../Stop.ts"
import { experimentFailed, wrongMachine } from "../Stop.ts"
import { table, verdicts } from "../Table.ts"
import { fractionsOf } from "./Measure.ts"

/** Milliseconds between two redraws of the display, and between two lines of a log. */
const redraw = 100
const logEvery = 10_000

const displayFor = (asJson: boolean): Effect.Effect<Display, never, Scope.Scope> =>
  asJson
    ? Effect.succeed(json(process.stdout))
    : process.stdout.isTTY && process.env.TERM !== "dumb"
      ? live(process.stdout, { coloured: isColoured(process.stdout, process.env), every: redraw })
      : Effect.succeed(plain(process.stdout, { every: logEvery }))

/** Warnings of the runtime stand beside the events; what it tells besides them is for nobody here. */
const warnings = (display: Display): Layer.Layer<never> =>
  Logger.layer([
    Logger.make(({ logLevel, message }) => {
      if (logLevel !== "Warn" && logLevel !== "Error" && logLevel !== "Fatal") return
      const words = Array.isArray(message) ? message : [message]
      display.note(`${logLevel === "Warn" ? "warning" : "error"}: ${words.map(String).join(" ")}`)
    })
  ])

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A run's folder as it is printed: relative when it is below the working directory. */
const shownFolder = (folder: string): string => {
  const relative = Path.relative(process.cwd(), folder)
  return relative === "" || relative.startsWith("..") || Path.isAbsolute(relative) ? folder : relative
}

interface Job {
  readonly file: Checked
  readonly study: string | undefined
  readonly seed: number | undefined
  readonly engine: string | undefined
  readonly runs: string
  readonly json: boolean
  /** Stages that may run at once. */
  readonly workers: number | undefined
  /** Whether to write the report of what came out. */
  readonly report: boolean
  /** The folder that must come out, when a run is resumed, and the file as the run was begun with it. */
  readonly folder?: string
  readonly named?: string
}

const perform = Effect.fnUntraced(
  function* (job: Job, onStart: (folder: string) => void) {
    const pipeline = yield* load(job.file)
    const engine = yield* Engine
    const selection = {
      ...(job.study === undefined ? {} : { study: job.study }),
      ...(job.seed === undefined ? {} : { seed: job.seed })
    }
    const jobs = yield* Pipeline.plan(pipeline, selection, engine.identity.numericClass).pipe(Effect.mapError(stopOf))
    if (job.folder !== undefined) {
      const expected = Path.join(job.runs, Pipeline.runName(pipeline, jobs))
      if (Path.resolve(expected) !== Path.resolve(job.folder)) {
        return yield* wrongMachine(
          `${job.folder}: was made by another version of bica or on another engine class than ${engine.identity.numericClass}`,
          `Its numbers cannot be gone on with here; \`bica run\` makes a run of its own.`
        )
      }
    }
    const before = yield* recordedCommit(Path.join(job.runs, Pipeline.runName(pipeline, jobs)))
    const display = yield* displayFor(job.json)
    const { code } = job.file.program
    const folder = Path.resolve(job.runs, Pipeline.runName(pipeline, jobs))
    const request: Request = {
      format: "bica-request/1",
      file: job.named ?? job.file.source.name,
      study: job.study ?? null,
      seed: job.seed ?? null,
      engine: engine.identity.name,
      bica: version,
      commit: before === undefined ? commitOf(job.file.source.name) : before,
      ...(code.length === 0
        ? {}
        : {
            modules: code.map(({ digest, path }) => ({ path, sha256: digest })),
            beside: Path.relative(folder, Path.resolve(Path.dirname(job.file.source.name)))
          })
    }
    const workers = job.workers ?? 1
    const summary = yield* Pipeline.execute(pipeline, {
      ...selection,
      ...(workers === 1
        ? {}
        : {
            workers: { count: workers, script: workerScript, data: workerData, module: yield* moduleOf(job.file) }
          }),
      runs: job.runs,
      record: {
        [sourceName]: bytes(job.file.source.text),
        [requestName]: bytes(`${JSON.stringify(request, null, 1)}\n`),
        [identityName]: encodeIdentity(yield* identityOf(job.file.program, jobs))
      }
    }).pipe(
      Effect.provideService(
        Progress,
        Progress.of({
          report: (event) => {
            if (event._tag !== "RunStarted") return display.report(event)
            onStart(event.folder)
            return display.report(job.json ? event : { ...event, folder: shownFolder(event.folder) })
          }
        })
      ),
      Effect.provide(warnings(display)),
      Effect.mapError(stopOf)
    )
    return summary.folder
  },
  (effect, job) =>
    effect.pipe(
      Effect.scoped, // the display lets go of the terminal before anything else is printed
      Effect.provide(Layer.mergeAll(FileStore.layer, engineLayer(job.engine)))
    )
)

const finish = Effect.fnUntraced(function* (job: Job): Effect.fn.Return<void, Stop> {
  let begun: string | undefined
  const folder = yield* perform(job, (folder) => {
    begun = folder
  }).pipe(
    Effect.onInterrupt(() =>
      Effect.sync(() => {
        if (begun !== undefined) process.stderr.write(`stopped; \`bica resume ${shownFolder(begun)}\` goes on\n`)
      })
    )
  )
  // a last stage may end so soon that the run does not notice by itself
  const results = yield* readResults(folder).pipe(
    Effect.mapError((stop) =>
      stop.exitCode === exitCodes.file
        ? wrongMachine(`${shownFolder(folder)}: was removed while the run went on`, "Run it again.")
        : stop
    )
  )
  if (!job.json) {
    const paint = palette(isColoured(process.stdout, process.env))
    const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY
    const lines = [
      ...table(results.measures, yield* fractionsOf(folder), paint, width),
      "",
      ...verdicts(results.claims, paint)
    ]
    process.stdout.write(`\n${lines.join("\n").trimEnd()}\n\n`)
  }
  if (job.report) {
    const { writeReport } = yield* Effect.promise(() => import("./Report.ts"))
    const [page] = yield* writeReport({ run: shownFolder(folder), out: undefined, formats: [] })
    if (page !== undefined && !job.json) process.stdout.write(`${page}\n`)
  }
  process.stdout.write(`${shownFolder(folder)}\n`)
  const failed = results.claims.filter(({ verdict }) => verdict === "fails").map(({ claim }) => claim)
  if (failed.length > 0) {
    return yield* experimentFailed(
      `${failed.length === 1 ? "a claim fails" : `${failed.length} claims fail`}: ${failed.join(", ")}`
    )
  }
})

/**
 * Checks and compiles a file, runs its stages and prints what was measured; the run's folder is the last line. A claim that
 * the measurements contradict is exit code 1; one that they leave undecided is not.
 */
export const run = Effect.fnUntraced(function* (input: {
  readonly file: string
  readonly study: string | undefined
  readonly seed: number | undefined
  readonly runs: string
  readonly engine: string | undefined
  readonly workers: number | undefined
  readonly report: boolean
  readonly json: boolean
}): Effect.fn.Return<void, Stop> {
  const file = yield* checked(input.file)
  yield* finish({ ...input, file })
})

/**
 * Goes on with a run from what is in its folder: the source as it was, the same study, seed and engine. The source is
 * compiled anew; nothing in a run folder is executed.
 */
export const resume = Effect.fnUntraced(function* (input: {
  readonly run: string
  readonly engine: string | undefined
  readonly workers: number | undefined
  readonly json: boolean
}): Effect.fn.Return<void, Stop> {
  const { request, text } = yield* readRequest(input.run)
  const name = (yield* AllowCode)
    ? yield* besideRun(
        input.run,
        request,
        "Put the module back as it was, or run the file again: with other code it is another experiment."
      )
    : request.file
  const file = yield* check({ name, text })
  yield* finish({
    file,
    study: request.study ?? undefined,
    seed: request.seed ?? undefined,
    engine: input.engine ?? request.engine,
    runs: Path.dirname(Path.resolve(input.run)),
    json: input.json,
    workers: input.workers,
    report: false,
    folder: input.run,
    named: request.file
  })
})
