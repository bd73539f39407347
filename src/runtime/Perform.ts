/** Runs one job: the program of its stage, with what it may keep and what it builds on. */
import { Effect, Predicate } from "effect"
import * as Objective from "./loss/Objective.ts"
import type { Engine } from "./engine/Engine.ts"
import type { Job } from "./Plan.ts"
import { ancestors } from "./Plan.ts"
import type { Progress } from "./Progress.ts"
import { makeRandom } from "./random/Random.ts"
import type { Failure } from "./Stage.ts"
import { StageError, StageRun } from "./Stage.ts"
import type { StageFolder } from "./store/Store.ts"

/** File names and their bytes. */
export type Files = Readonly<Record<string, Uint8Array>>

/** The artifacts of a job, made anew or from its newest checkpoint. `upstream` are those of the stages before it, by stage name. */
export const perform = Effect.fnUntraced(function* (
  { identity, objective, seed, stage, whole }: Job,
  options: {
    readonly folder: Pick<StageFolder, "latest" | "checkpoint">
    readonly updates: number | undefined
    readonly upstream: Readonly<Record<string, Files>>
  }
): Effect.fn.Return<Files, Failure, Engine | Progress> {
  if (objective === undefined && stage.forEach === "objective")
    return yield* new StageError({ stage: identity.label, reason: "the pipeline has no objective" })
  // what runs once per seed asks for none
  const chosen = objective ?? Objective.make("", { semantics: "", loss: [], within: [], freezing: [] })
  const artifacts: Record<string, Uint8Array> = {}
  yield* stage.program(chosen).pipe(
    Effect.scoped,
    Effect.provideService(
      StageRun,
      StageRun.of({
        name: stage.name,
        label: identity.label,
        seed,
        random: makeRandom(seed),
        address: `train/${ancestors(stage)}`,
        folder: options.folder,
        ...(options.updates === undefined || whole ? {} : { updates: options.updates }),
        upstream: options.upstream,
        artifact: (name, bytes) =>
          Effect.sync(() => {
            artifacts[name] = bytes
          })
      })
    ),
    // worlds are stepped synchronously, and throw; what an environment cannot do is no fault of bica
    Effect.catchDefect((defect) =>
      Predicate.isTagged(defect, "EnvironmentError") && defect instanceof Error
        ? Effect.fail(new StageError({ stage: identity.label, reason: defect.message }))
        : Effect.die(defect)
    )
  )
  return artifacts
})
