/** A whole experiment: stages, objectives, studies and claims, and how it is run. */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import { Clock, Effect, Option } from "effect"
import type { Claim, Judgement } from "./Claim.ts"
import { judge } from "./Claim.ts"
import { Engine } from "./engine/Engine.ts"
import type { Objective } from "./loss/Objective.ts"
import type { Measured } from "./measure/Measure.ts"
import { decodeMeasures } from "./measure/Measure.ts"
import type { Estimate } from "./measure/Statistics.ts"
import { bootstrap } from "./measure/Statistics.ts"
import { Progress } from "./Progress.ts"
import { makeRandom } from "./random/Random.ts"
import type { Failure, Stage } from "./Stage.ts"
import { StageError, StageRun } from "./Stage.ts"
import type { StageIdentity } from "./store/Store.ts"
import { Store } from "./store/Store.ts"
import type { Study } from "./Study.ts"

/**
 * Version of the arithmetic: it goes up when the same program on the same engine gives other numbers, and with it every stage's key.
 */
export const numericVersion = 3

export interface Pipeline {
  readonly _tag: "Pipeline"
  readonly name: string
  readonly stages: ReadonlyArray<Stage>
  readonly objectives: ReadonlyArray<Objective>
  readonly studies: ReadonlyArray<Study>
  readonly claims: ReadonlyArray<Claim>
}

export const make = (name: string, options: Omit<Pipeline, "_tag" | "name">): Pipeline => ({
  _tag: "Pipeline",
  name,
  ...options
})

/** Which part of a pipeline to run. */
export interface Selection {
  /** One study; all of them without it. */
  readonly study?: string
  /** This seed in place of the studies' own. */
  readonly seed?: number
  /** Only the stages with these labels and those that they come after. */
  readonly only?: ReadonlyArray<string>
  /** Only so many updates of each training. What comes out is another result, so every key is another one. */
  readonly updates?: number
}

/** One stage for one seed and, where it has one, one objective. */
export interface Job {
  readonly identity: StageIdentity
  readonly stage: Stage
  readonly objective: Objective | undefined
  readonly seed: number
  readonly after: ReadonlyArray<StageIdentity>
}

const hash = (value: unknown): string => bytesToHex(sha256(utf8ToBytes(JSON.stringify(value))))

const ancestors = (stage: Stage): number => stage.after.reduce((n, before) => Math.max(n, 1 + ancestors(before)), 0)

/** The stages of a selection in the order in which they run, with their keys on an engine of class `numericClass`. */
export const plan = Effect.fnUntraced(function* (pipeline: Pipeline, selection: Selection, numericClass: string) {
  const studies = pipeline.studies.filter(({ name }) => selection.study === undefined || name === selection.study)
  if (studies.length === 0) {
    const known = pipeline.studies.map(({ name }) => name).join(", ")
    return yield* new StageError({
      stage: pipeline.name,
      reason:
        selection.study === undefined
          ? "it has no study, so there is no seed to run it with"
          : `it has no study ${selection.study}; it has: ${known}`
    })
  }
  const homeless = pipeline.stages.find(
    (stage) => stage.forEach === "seed" && stage.after.some((before) => before.forEach === "objective")
  )
  if (homeless !== undefined) {
    return yield* new StageError({
      stage: homeless.name,
      reason: "it runs once for a seed and comes after a stage that runs for every objective: it would not know which"
    })
  }
  const stages = [...pipeline.stages].sort((a, b) => ancestors(a) - ancestors(b))
  const cut = selection.updates === undefined ? [] : [{ updates: selection.updates }]
  const jobs = new Map<string, Job>()
  for (const study of studies) {
    for (const seed of selection.seed === undefined ? study.seeds : [selection.seed]) {
      const place = (stage: Stage, objective: Objective | undefined): Job => {
        const needed = stage.forEach === "objective" ? objective : undefined
        const label = needed === undefined ? `${stage.name}/seed-${seed}` : `${stage.name}/${needed.name}/seed-${seed}`
        const known = jobs.get(label)
        if (known !== undefined) return known
        const after = stage.after.map((before) => place(before, objective).identity)
        const key = hash([
          numericVersion,
          numericClass,
          stage.semantics,
          needed?.semantics ?? "",
          seed,
          after.map((before) => before.key),
          ...cut
        ])
        const job: Job = { identity: { label, key }, stage, objective: needed, seed, after }
        jobs.set(label, job)
        return job
      }
      for (const objective of study.compare)
        for (const stage of stages) if (stage.forEach === "objective") place(stage, objective)
      for (const stage of stages) if (stage.forEach === "seed") place(stage, undefined)
    }
  }
  if (selection.only === undefined) return [...jobs.values()]
  const wanted = new Set(selection.only)
  // a stage stands behind those that it comes after
  for (const { after, identity } of [...jobs.values()].reverse()) {
    if (wanted.has(identity.label)) for (const before of after) wanted.add(before.label)
  }
  return [...jobs.values()].filter(({ identity }) => wanted.has(identity.label))
})

/** The folder's name of a selection: equal meaning, equal name. */
export const runName = (pipeline: Pipeline, jobs: ReadonlyArray<Job>): string =>
  `${pipeline.name}-${hash(jobs.map(({ identity }) => [identity.label, identity.key])).slice(0, 12)}`

/** A value measured for every seed, and over seeds. */
export interface Aggregate {
  readonly stage: string
  readonly metric: string
  readonly by: string
  readonly oracle: boolean
  readonly on: string
  readonly choose: string
  /** Mean over seeds with a 95 % bootstrap interval; `n` counts seeds. */
  readonly overSeeds: Estimate
  readonly seeds: ReadonlyArray<Measured & { readonly seed: number }>
}

/** What a run gives. */
export interface Summary {
  readonly pipeline: string
  readonly folder: string
  readonly engine: string
  readonly measures: ReadonlyArray<Aggregate>
  readonly claims: ReadonlyArray<Judgement>
}

const aggregate = (
  rows: ReadonlyArray<Measured & { readonly seed: number; readonly stage: string }>
): ReadonlyArray<Aggregate> => {
  const groups = new Map<string, Array<Measured & { readonly seed: number; readonly stage: string }>>()
  for (const row of rows) {
    const key = JSON.stringify([row.stage, row.metric, row.by, row.oracle, row.on, row.choose])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const values = group.flatMap(({ value }) => (value === null ? [] : [value]))
    const { by, choose, metric, on, oracle, stage } = first
    return [
      {
        stage,
        metric,
        by,
        oracle,
        on,
        choose,
        overSeeds: bootstrap(values, makeRandom(0)),
        seeds: group.map(({ high, low, n, seed, value }) => ({
          metric,
          by,
          oracle,
          on,
          choose,
          value,
          low,
          high,
          n,
          seed
        }))
      }
    ]
  })
}

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

  const rows: Array<Measured & { readonly seed: number; readonly stage: string }> = []
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
