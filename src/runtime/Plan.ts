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
  /** Only so many updates of each training; imitations are whole. What comes out is another result, so every key is another one. */
  readonly updates?: number
}

/** One stage for one seed and, where it has one, one objective, in the experiment as it stands or in a variant of it. */
export interface Job {
  readonly identity: StageIdentity
  readonly stage: Stage
  readonly objective: Objective | undefined
  /** Its name; undefined also where a variant runs what the experiment runs anyway. */
  readonly variant: string | undefined
  readonly seed: number
  readonly after: ReadonlyArray<StageIdentity>
  /** Whether it is run whole where only the beginning of trainings is: another one that is wanted goes on from it. */
  readonly whole: boolean
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
  const inOrder = (all: ReadonlyArray<Stage>) => [...all].sort((a, b) => ancestors(a) - ancestors(b))
  const stages = inOrder(pipeline.stages)
  let twice: string | undefined
  const cut = selection.updates === undefined ? [] : [{ updates: selection.updates }]
  const keyOf = (stage: Stage, objective: Objective | undefined, seed: number, after: ReadonlyArray<StageIdentity>) => [
    numericVersion,
    numericClass,
    stage.semantics,
    objective?.semantics ?? "",
    seed,
    after.map((before) => before.key)
  ]
  const jobs = new Map<string, Job>()
  for (const study of studies) {
    for (const seed of selection.seed === undefined ? study.seeds : [selection.seed]) {
      const placed = new Map<string, Job>()
      const place = (stage: Stage, objective: Objective | undefined, variant: string | undefined): Job => {
        const needed = stage.forEach === "objective" ? objective : undefined
        const labelled = (named: string | undefined) =>
          [stage.name, needed?.name, named, `seed-${seed}`].filter((part) => part !== undefined).join("/")
        const here = `${variant ?? ""}:${labelled(variant)}`
        const known = placed.get(here)
        if (known !== undefined) return known
        const after = stage.after.map((before) => place(before, objective, variant).identity)
        const key = hash([...keyOf(stage, needed, seed, after), ...cut])
        // what a variant does not reach is what the experiment runs as it stands
        const base = jobs.get(labelled(undefined))
        const same = variant !== undefined && base?.identity.key === key
        const label = labelled(same ? undefined : variant)
        const job: Job = jobs.get(label) ?? {
          identity: { label, key },
          stage,
          objective: needed,
          variant: same ? undefined : variant,
          seed,
          after,
          whole: false
        }
        if (job.identity.key !== key) twice ??= label
        placed.set(here, job)
        jobs.set(label, job)
        return job
      }
      const run = (all: ReadonlyArray<Stage>, compare: ReadonlyArray<Objective>, variant: string | undefined): void => {
        for (const objective of compare)
          for (const stage of all) if (stage.forEach === "objective") place(stage, objective, variant)
        for (const stage of all) if (stage.forEach === "seed") place(stage, undefined, variant)
      }
      run(stages, study.compare, undefined)
      for (const variant of study.variants) run(inOrder(variant.stages), variant.objectives, variant.name)
    }
  }
  if (twice !== undefined)
    return yield* new StageError({
      stage: twice,
      reason: "two of its stages that mean different things have this name"
    })
  const wanted = new Set(selection.only ?? jobs.keys())
  // a stage stands behind those that it comes after
  for (const { after, identity } of [...jobs.values()].reverse()) {
    if (wanted.has(identity.label)) for (const before of after) wanted.add(before.label)
  }
  const chosen = [...jobs.values()].filter(({ identity }) => wanted.has(identity.label))
  const whole = new Set(
    cut.length === 0
      ? []
      : chosen.flatMap(({ after, stage }) =>
          after.filter((_, k) => stage.from !== undefined && stage.after[k] === stage.from).map(({ label }) => label)
        )
  )
  if (whole.size === 0) return chosen
  // the beginning of a training is that of the weights that a whole one before it leaves, whose key is that of a whole run
  const anew = new Map<string, Job>()
  for (const job of chosen) {
    const { label } = job.identity
    const after = job.after.map((before) => anew.get(before.label)?.identity ?? before)
    const isWhole = whole.has(label)
    const key = hash([...keyOf(job.stage, job.objective, job.seed, after), ...(isWhole ? [] : cut)])
    anew.set(label, { ...job, identity: { label, key }, after, whole: isWhole })
  }
  return [...anew.values()]
})

/** The folder's name of a selection: equal meaning, equal name. */
export const runName = (pipeline: Pipeline, jobs: ReadonlyArray<Job>): string =>
  `${pipeline.name}-${hash(jobs.map(({ identity }) => [identity.label, identity.key])).slice(0, 12)}`
