/**
 * Imitation: the team plays, and a pupil's policy is drawn to what a rule of its role would choose on the states that they come to
 * (DAgger with beta 0, Ross et al. 2011). The others play with the weights that they have.
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import type { Agent } from "../agent/Agent.ts"
import type { Modules } from "../agent/Team.ts"
import type { Engine } from "../engine/Engine.ts"
import type { Environment } from "../environment/Environment.ts"
import * as Objective from "../loss/Objective.ts"
import { taught } from "../loss/Taught.ts"
import type { Progress } from "../Progress.ts"
import { StageRun } from "../Stage.ts"
import type { Failure } from "../Stage.ts"
import type { Handover } from "./Handover.ts"
import { handoverName } from "./Handover.ts"
import * as Training from "./Training.ts"
import type { Teacher, UpdateOptions } from "./Training.ts"

export type { Teacher } from "./Training.ts"

/**
 * A rule of the pupil's role as a teacher: softmax with the logit `scale` on what it advises, mixed with the uniform distribution by the
 * share `errs`, (1 - errs) p + errs u.
 */
export const rule = (name: string, options: { readonly scale: number; readonly errs: number }): Teacher => ({
  rule: name,
  ...options
})

/** An imitation in progress. */
export interface Imitation {
  /**
   * Runs `body` until the loss that it measures, before it corrects the pupil, is below `loss`, in nats, and at most `updates` times;
   * goes on from the newest checkpoint.
   */
  readonly until: <E, R>(
    options: { readonly loss?: number; readonly updates: number; readonly checkpointEvery: number },
    body: Effect.Effect<void, E, R>
  ) => Effect.Effect<void, E | Failure, R | StageRun | Progress>
  /** Plays `steps` steps in each copy, asks the teacher at each of them and measures the loss. */
  readonly rollout: (options: { readonly environments: number; readonly steps: number }) => Effect.Effect<void, Failure>
  /** Draws the pupil to the teacher on what was rolled out. */
  readonly update: (options: Omit<UpdateOptions, "jointly">) => Effect.Effect<void, Failure>
  /**
   * Hands over the weights of everybody, as they are (`weights.safetensors`) and as they were (`weights.initial.safetensors`), the curve
   * (`curve.csv`) and what came of it (`imitation.json`).
   */
  readonly end: Effect.Effect<void, Failure, StageRun>
}

/** The team after the imitation called `name`: nothing is frozen and nobody silenced. */
export const team = (name: string): Objective.Objective =>
  Objective.make(name, { semantics: "", loss: [], within: [], freezing: [] })

/** Starts an imitation of `teacher` by `pupil`, from the initial weights or those of an imitation before. */
export const begin = Effect.fnUntraced(function* (options: {
  readonly environment: Environment
  readonly agents: ReadonlyArray<Agent>
  readonly modules?: Modules
  readonly pupil: Agent
  readonly teacher: Teacher
}): Effect.fn.Return<Imitation, Failure, StageRun | Engine | Progress | Scope.Scope> {
  const { pupil, teacher, ...play } = options
  const run = yield* StageRun
  const training = yield* Training.begin({
    ...play,
    objective: Objective.make(run.name, { semantics: "", loss: taught(pupil.name), within: [], freezing: [] }),
    lesson: { pupil, teacher }
  })
  let bound: number | undefined
  let limit = 0
  return {
    until: ({ checkpointEvery, loss, updates }, body) => {
      bound = loss
      limit = updates
      return training.repeat({ times: updates, checkpointEvery, ...(loss === undefined ? {} : { below: loss }) }, body)
    },
    // nothing is rewarded, so nothing is discounted
    rollout: (played) => training.rollout({ ...played, discount: 1, trace: 1, valueWeight: 0 }),
    update: (how) => training.update([pupil], { ...how, jointly: true }),
    end: Effect.gen(function* () {
      yield* training.end
      const last = training.curve.at(-1) ?? {}
      const handover: Handover = {
        pupil: pupil.name,
        teacher: { rule: teacher.rule, scale: teacher.scale, errs: teacher.errs },
        updates: training.curve.length,
        limit,
        loss: last["loss"] ?? 0,
        teacher_entropy: last["teacher_entropy"] ?? 0,
        bound: bound ?? null,
        met: bound === undefined ? null : (last["loss"] ?? Number.POSITIVE_INFINITY) < bound,
        hands: [...new Set([...training.inherited, pupil.name])].sort()
      }
      yield* run.artifact(handoverName, new TextEncoder().encode(`${JSON.stringify(handover, undefined, 1)}\n`))
    })
  }
})
