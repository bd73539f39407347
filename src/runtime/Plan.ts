/** What a selection of a pipeline comes to: one job per stage, seed and objective, each with its key. */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect } from "effect"
import type { Objective } from "./loss/Objective.ts"
import type { Pipeline } from "./Pipeline.ts"
import type { Stage } from "./Stage.ts"
import { StageError } from "./Stage.ts"
import type { StageIdentity } from "./store/Store.ts"

/**
 * Version of the arithmetic: it goes up when the same program on the same engine gives other numbers, and with it every stage's key.
 */
export const numericVersion = 3

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

/** How many stages stand before this one on the longest way. */
export const ancestors = (stage: Stage): number =>
  stage.after.reduce((n, before) => Math.max(n, 1 + ancestors(before)), 0)

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
