import { Effect } from "effect"
import { Engine } from "../../runtime/engine/Engine.ts"
import * as Pipeline from "../../runtime/Pipeline.ts"
import { reasons } from "../../runtime/verify/Changes.ts"
import type { Identity, Job } from "../../runtime/verify/Identity.ts"
import { engineLayer } from "../Engines.ts"
import { stopOf } from "../Failures.ts"
import type { Checked } from "../Language.ts"
import { checked } from "../Language.ts"
import { identityOf, newestRun } from "../Identity.ts"
import type { Known } from "../Identity.ts"
import { load } from "../Loading.ts"
import type { Standing } from "../Runs.ts"
import { standings } from "../Runs.ts"
import type { Stop } from "../Stop.ts"

const words = (standing: Standing): string => {
  switch (standing._tag) {
    case "Ended":
      return `is there (${standing.run})`
    case "Begun":
      return `goes on after update ${standing.update}`
    case "New":
      return "runs"
  }
}

/**
 * Why a stage is not there, in the file's words: what of it differs from the newest run of the pipeline. `now` is what a run
 * would be, `again` the stages that would run.
 */
const why = (job: Job, now: Identity, newest: Known | undefined, again: ReadonlySet<string>): ReadonlyArray<string> => {
  if (newest === undefined) return ["there is no run of it yet"]
  const { identity: then, run } = newest
  const before = then.jobs.find(({ label }) => label === job.label)
  if (before === undefined) {
    const has = (matches: (other: Job) => boolean) => then.jobs.some(matches)
    if (!has(({ stage }) => stage === job.stage)) return [`stage ${job.stage} is new since ${run}`]
    if (!has(({ variant }) => variant === job.variant)) return [`variant ${job.variant ?? ""} is new since ${run}`]
    if (!has(({ objective }) => objective === job.objective)) return [`objective ${job.objective} is new since ${run}`]
    return [`seed ${job.seed} is not in ${run}`]
  }
  if (before.key === job.key) return [`it has not ended in ${run}`]
  const versions = { before: then, after: now }
  return [
    ...(then.numerics === now.numerics
      ? []
      : [`the arithmetic of bica is of version ${now.numerics}, was of version ${then.numerics}`]),
    ...(then.environment.numericClass === now.environment.numericClass
      ? []
      : [`the engine is ${now.environment.numericClass}, was ${then.environment.numericClass}`]),
    ...new Set([
      ...reasons(versions, `stage ${job.stage}`),
      ...(job.objective === null ? [] : reasons(versions, `objective ${job.objective}`))
    ]),
    ...job.after.flatMap((label) => {
      const was = then.jobs.find((other) => other.label === label)
      const is = now.jobs.find((other) => other.label === label)
      return was?.key === is?.key ? [] : [again.has(label) ? `${label} runs again` : `${label} is another one`]
    })
  ]
}

interface Question {
  readonly study: string | undefined
  readonly seed: number | undefined
  readonly runs: string
  readonly engine: string | undefined
  readonly json: boolean
}

const answer = Effect.fnUntraced(
  function* (file: Checked, input: Question) {
    const pipeline = yield* load(file)
    const engine = yield* Engine
    const selection = {
      ...(input.study === undefined ? {} : { study: input.study }),
      ...(input.seed === undefined ? {} : { seed: input.seed })
    }
    const jobs = yield* Pipeline.plan(pipeline, selection, engine.identity.numericClass).pipe(Effect.mapError(stopOf))
    const name = Pipeline.runName(pipeline, jobs)
    const keys = jobs.map(({ identity }) => identity.key)
    const found = yield* standings(input.runs, name, keys)
    const now = yield* identityOf(file.program, jobs)
    const newest = yield* newestRun(input.runs, now.pipeline)
    const standingOf = (key: string): Standing => found.get(key) ?? { _tag: "New" }
    const again = new Set(now.jobs.filter(({ key }) => standingOf(key)._tag !== "Ended").map(({ label }) => label))
    const stages = now.jobs.map((job) => {
      const { after, key, label, seed, stage } = job
      const standing = standingOf(key)
      const because = standing._tag === "New" ? why(job, now, newest, again) : []
      return { label, key, stage, seed, after, standing, because }
    })
    if (input.json) {
      const document = { pipeline: pipeline.name, run: name, engine: engine.identity, stages }
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
      return
    }
    const width = Math.max(0, ...stages.map(({ label }) => label.length))
    process.stdout.write(`${pipeline.name} on ${engine.identity.name} (${engine.identity.numericClass}): ${name}\n`)
    const said = new Map<string, string>()
    for (const { because, key, label, standing } of stages) {
      const reason = because.join("\n")
      const first = reason === "" ? undefined : said.get(reason)
      if (first === undefined) said.set(reason, label)
      const as = first === undefined ? "" : `, as ${first}`
      process.stdout.write(`  ${label.padEnd(width)}  ${key.slice(0, 12)}  ${words(standing)}${as}\n`)
      if (first === undefined) for (const each of because) process.stdout.write(`      ${each}\n`)
    }
    const left = stages.filter(({ standing }) => standing._tag !== "Ended").length
    process.stdout.write(`${left} of ${stages.length} stages to run\n`)
  },
  (effect, _, input): Effect.Effect<void, Stop> => effect.pipe(Effect.provide(engineLayer(input.engine)))
)

/**
 * Prints the stages of a run in their order with what would happen to each and why, and writes nothing. Whether a stage is there is
 * read from its record; the digests of its files are checked when it is used.
 */
export const plan = (input: Question & { readonly file: string }): Effect.Effect<void, Stop> =>
  Effect.flatMap(checked(input.file), (file) => answer(file, input))
