/** Runs the jobs of a pipeline in a run folder. */
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Clock, Effect, Option } from "effect"
import { judge } from "./Claim.ts"
import { Engine } from "./engine/Engine.ts"
import { decodeMeasures } from "./measure/Measure.ts"
import type { Row, Summary } from "./measure/Summary.ts"
import { aggregate } from "./measure/Summary.ts"
import type { Pipeline } from "./Pipeline.ts"
import type { Selection } from "./Plan.ts"
import { ancestors, plan, runName } from "./Plan.ts"
import { Progress } from "./Progress.ts"
import { makeRandom } from "./random/Random.ts"
import type { Failure } from "./Stage.ts"
import { StageError, StageRun } from "./Stage.ts"
import { Store } from "./store/Store.ts"

/** JSON with null for what is not a number, and a final newline. */
const json = (value: unknown): Uint8Array =>
  utf8ToBytes(
    `${JSON.stringify(value, (_, x: unknown) => (typeof x === "number" && !Number.isFinite(x) ? null : x), 1)}\n`
  )

/**
 * Runs a selection of a pipeline in its run folder under `runs`: stages that ended are not run again, a stage that was interrupted
 * goes on from its newest checkpoint. `record` is kept beside the results, so that the run can be resumed and repeated.
 */
export const execute = Effect.fn("Pipeline.execute")(function* (
  pipeline: Pipeline,
  options: Selection & { readonly runs: string; readonly record: Readonly<Record<string, Uint8Array>> }
) {
  const engine = yield* Engine
  const store = yield* Store
  const progress = yield* Progress
  const jobs = yield* plan(pipeline, options, engine.identity.numericClass)
  const folder = yield* store.open(options.runs, runName(pipeline, jobs))
  const began = yield* Clock.currentTimeMillis
  for (const [name, bytes] of Object.entries(options.record)) yield* folder.write(name, bytes, { artifact: false })
  yield* progress.report({
    _tag: "RunStarted",
    pipeline: pipeline.name,
    folder: folder.path,
    engine: `${engine.identity.name} (${engine.identity.version}), ${engine.identity.device}`,
    stages: jobs.length
  })

  const results = new Map<string, Readonly<Record<string, Uint8Array>>>()
  for (const job of jobs) {
    const { identity, objective, seed, stage } = job
    const started = yield* Clock.currentTimeMillis
    const stageFolder = yield* folder.stage(identity)
    const done = yield* stageFolder.completed
    if (Option.isSome(done)) {
      results.set(identity.label, done.value)
      yield* progress.report({ _tag: "StageEnded", label: identity.label, cached: true, seconds: 0 })
      continue
    }
    const artifacts: Record<string, Uint8Array> = {}
    const upstream = Object.fromEntries(
      job.after.map((before, k) => [stage.after[k]?.name ?? before.label, results.get(before.label) ?? {}])
    )
    const chosen = objective ?? pipeline.objectives[0]
    if (chosen === undefined)
      return yield* new StageError({ stage: identity.label, reason: "the pipeline has no objective" })
    const program: Effect.Effect<void, Failure, Engine | Progress> = stage.program(chosen).pipe(
      Effect.scoped,
      Effect.provideService(
        StageRun,
        StageRun.of({
          name: stage.name,
          label: identity.label,
          seed,
          random: makeRandom(seed),
          address: `train/${ancestors(stage)}`,
          folder: stageFolder,
          ...(options.updates === undefined ? {} : { updates: options.updates }),
          upstream,
          artifact: (name, bytes) =>
            Effect.sync(() => {
              artifacts[name] = bytes
            })
        })
      )
    )
    yield* program
    yield* stageFolder.complete(artifacts)
    results.set(identity.label, artifacts)
    const ended = yield* Clock.currentTimeMillis
    yield* progress.report({
      _tag: "StageEnded",
      label: identity.label,
      cached: false,
      seconds: (ended - started) / 1000
    })
  }

  const rows: Array<Row> = []
  for (const { identity, objective, seed, stage } of jobs) {
    const bytes = results.get(identity.label)?.["measures.json"]
    if (bytes === undefined) continue
    for (const row of yield* decodeMeasures(identity.label, bytes)) {
      // a name is not part of the key: what is taken from an earlier run may carry the name that the objective had then
      rows.push({
        ...row,
        by: row.oracle || objective === undefined ? row.by : objective.name,
        seed,
        stage: stage.name
      })
    }
  }
  const measures = aggregate(rows)
  // not the device: equal classes give equal bytes, whatever the processor calls itself
  const { name, numericClass, version } = engine.identity
  const base = pipeline.stages[0]?.environment.name
  const seeds = [...new Set(jobs.map(({ seed }) => seed))]
  const claims = pipeline.claims.map((claim) =>
    judge(
      claim,
      seeds,
      (seed, metric, by, on) => {
        const row = rows.find(
          (candidate) =>
            candidate.seed === seed &&
            candidate.metric === metric &&
            candidate.by === by.name &&
            candidate.oracle === by.oracle &&
            candidate.on === (on ?? base)
        )
        return row?.value ?? Number.NaN
      },
      makeRandom(0)
    )
  )
  yield* folder.write(
    "measures.json",
    json({ pipeline: pipeline.name, engine: { name, version, numericClass }, measures }),
    { artifact: true }
  )
  yield* folder.write("claims.json", json({ claims }), { artifact: true })
  const ended = yield* Clock.currentTimeMillis
  yield* progress.report({ _tag: "RunEnded", folder: folder.path, seconds: (ended - began) / 1000 })
  const summary: Summary = {
    pipeline: pipeline.name,
    folder: folder.path,
    engine: engine.identity.name,
    measures,
    claims
  }
  return summary
}, Effect.scoped)
