import { Effect } from "effect"
import { Engine } from "../../runtime/engine/Engine.ts"
import * as Pipeline from "../../runtime/Pipeline.ts"
import { engineLayer } from "../Engines.ts"
import { stopOf } from "../Failures.ts"
import type { Checked } from "../Language.ts"
import { checked } from "../Language.ts"
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
    const stages = jobs.map(({ after, identity, seed, stage }) => ({
      label: identity.label,
      key: identity.key,
      stage: stage.name,
      seed,
      after: after.map(({ label }) => label),
      standing: found.get(identity.key) ?? { _tag: "New" as const }
    }))
    if (input.json) {
      const document = { pipeline: pipeline.name, run: name, engine: engine.identity, stages }
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
      return
    }
    const width = Math.max(0, ...stages.map(({ label }) => label.length))
    process.stdout.write(`${pipeline.name} on ${engine.identity.name} (${engine.identity.numericClass}): ${name}\n`)
    for (const { key, label, standing } of stages) {
      process.stdout.write(`  ${label.padEnd(width)}  ${key.slice(0, 12)}  ${words(standing)}\n`)
    }
    const left = stages.filter(({ standing }) => standing._tag !== "Ended").length
    process.stdout.write(`${left} of ${stages.length} stages to run\n`)
  },
  (effect, _, input): Effect.Effect<void, Stop> => effect.pipe(Effect.provide(engineLayer(input.engine)))
)

/**
 * Prints the stages of a run in their order with what would happen to each, and writes nothing. Whether a stage is there is
 * read from its record; the digests of its files are checked when it is used.
 */
export const plan = (input: Question & { readonly file: string }): Effect.Effect<void, Stop> =>
  Effect.flatMap(checked(input.file), (file) => answer(file, input))
