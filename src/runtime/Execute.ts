/** Runs the jobs of a pipeline in a run folder. */
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Clock, Deferred, Effect, Option, Semaphore } from "effect"
import { Engine } from "./engine/Engine.ts"
import { teamName } from "./Claim.ts"
import { withDerived } from "./measure/Derived.ts"
import { decodeMeasures } from "./measure/Measure.ts"
import type { Row, Summary } from "./measure/Summary.ts"
import { aggregate } from "./measure/Summary.ts"
import type { Files } from "./Perform.ts"
import { perform } from "./Perform.ts"
import type { Pipeline } from "./Pipeline.ts"
import type { Job, Selection } from "./Plan.ts"
import { plan, runName } from "./Plan.ts"
import { Progress } from "./Progress.ts"
import { makeRandom } from "./random/Random.ts"
import { Store } from "./store/Store.ts"
import * as Crew from "./worker/Crew.ts"

/** JSON with null for what is not a number, and a final newline. */
const json = (value: unknown): Uint8Array =>
  utf8ToBytes(
    `${JSON.stringify(value, (_, x: unknown) => (typeof x === "number" && !Number.isFinite(x) ? null : x), 1)}\n`
  )

/**
 * Runs a selection of a pipeline in its run folder under `runs`: stages that ended are not run again, a stage that was interrupted
 * goes on from its newest checkpoint. `record` is kept beside the results, so that the run can be resumed and repeated. Workers
 * change how long it takes, and no byte of what comes out.
 */
export const execute = Effect.fn("Pipeline.execute")(function* (
  pipeline: Pipeline,
  options: Selection & {
    readonly runs: string
    readonly record: Readonly<Record<string, Uint8Array>>
    /** Threads that run independent stages beside each other; without them one stage after the other runs here. */
    readonly workers?: Crew.Start
  }
) {
  const { record, runs, workers, ...selection } = options
  const engine = yield* Engine
  const store = yield* Store
  const progress = yield* Progress
  const jobs = yield* plan(pipeline, selection, engine.identity.numericClass)
  const folder = yield* store.open(runs, runName(pipeline, jobs))
  const began = yield* Clock.currentTimeMillis
  for (const [name, bytes] of Object.entries(record)) yield* folder.write(name, bytes, { artifact: false })
  yield* progress.report({
    _tag: "RunStarted",
    pipeline: pipeline.name,
    folder: folder.path,
    engine: `${engine.identity.name} (${engine.identity.version}), ${engine.identity.device}`,
    stages: jobs.length,
    ...(workers === undefined ? {} : { workers: workers.count })
  })

  const crew =
    workers === undefined
      ? undefined
      : yield* Crew.make(workers, {
          engine: engine.identity.name,
          numericClass: engine.identity.numericClass,
          selection
        })
  const results = new Map<string, Files>()
  const settled = new Map<string, Deferred.Deferred<void>>()
  for (const { identity } of jobs) settled.set(identity.label, yield* Deferred.make<void>())
  const run = Effect.fnUntraced(function* (job: Job) {
    const { identity, stage } = job
    const started = yield* Clock.currentTimeMillis
    const stageFolder = yield* folder.stage(identity)
    const done = yield* stageFolder.completed
    const artifacts = Option.isSome(done)
      ? done.value
      : yield* Effect.suspend(() => {
          const upstream = Object.fromEntries(
            job.after.map((before, k) => [stage.after[k]?.name ?? before.label, results.get(before.label) ?? {}])
          )
          return crew === undefined
            ? perform(job, { folder: stageFolder, updates: selection.updates, upstream })
            : crew.run({ label: identity.label, upstream }, stageFolder, progress.report)
        })
    if (Option.isNone(done)) yield* stageFolder.complete(artifacts)
    results.set(identity.label, artifacts)
    const ended = yield* Clock.currentTimeMillis
    yield* progress.report({
      _tag: "StageEnded",
      label: identity.label,
      cached: Option.isSome(done),
      seconds: Option.isSome(done) ? 0 : (ended - started) / 1000
    })
  })
  const places = yield* Semaphore.make(workers?.count ?? 1)
  /** Waits for those that it builds on, and for one with the same key, whose result is this one's too. */
  const turn = Effect.fnUntraced(function* (job: Job, index: number) {
    const { identity } = job
    const twin = jobs.slice(0, index).find((earlier) => earlier.identity.key === identity.key)
    for (const { label } of [...job.after, ...(twin === undefined ? [] : [twin.identity])]) {
      const before = settled.get(label)
      if (before !== undefined) yield* Deferred.await(before)
    }
    yield* places.withPermit(run(job))
    const mine = settled.get(identity.label)
    if (mine !== undefined) yield* Deferred.succeed(mine, undefined)
  })
  yield* Effect.forEach(jobs, turn, { concurrency: crew === undefined ? 1 : "unbounded", discard: true })

  const rows: Array<Row> = []
  for (const { identity, objective, seed, stage, variant } of jobs) {
    const bytes = results.get(identity.label)?.["measures.json"]
    if (bytes === undefined) continue
    for (const row of yield* decodeMeasures(identity.label, bytes)) {
      // a name is not part of the key: what is taken from an earlier run may carry the name that the objective had then
      rows.push({
        ...row,
        by: row.oracle
          ? row.by
          : objective === undefined
            ? (stage.team ?? row.by)
            : teamName({ name: objective.name, ...(stage.team === undefined ? {} : { after: stage.team }) }),
        seed,
        stage: stage.name,
        ...(variant === undefined ? {} : { variant })
      })
    }
  }
  const all = withDerived(rows, pipeline.stages)
  const measures = aggregate(all)
  // not the device: equal classes give equal bytes, whatever the processor calls itself
  const { name, numericClass, version } = engine.identity
  const seeds = [...new Set(jobs.map(({ seed }) => seed))]
  // the tests come with some hundred modules, which nothing before needs
  const { judgeAll, lookupIn } = yield* Effect.promise(() => import("./Judgement.ts"))
  const claims = judgeAll(pipeline.claims, seeds, lookupIn(all, pipeline), makeRandom(0))
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
