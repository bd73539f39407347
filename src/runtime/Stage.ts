/** A stage: one resumable, seeded, cached unit of work of a pipeline. */
import { Context, Schema } from "effect"
import type { Effect, Scope } from "effect"
import type { Agent } from "./agent/Agent.ts"
import type { Engine, EngineError } from "./engine/Engine.ts"
import type { World } from "./environment/Environment.ts"
import type { Objective } from "./loss/Objective.ts"
import type { Derivation } from "./measure/Derived.ts"
import type { Progress } from "./Progress.ts"
import type { Random } from "./random/Random.ts"
import type { StageFolder, StoreError } from "./store/Store.ts"

/** Training left the numbers: a NaN or infinity, with the update, the quantity and the last good state kept. */
export class Diverged extends Schema.TaggedError<Diverged>()("Diverged", {
  stage: Schema.String,
  update: Schema.Int,
  quantity: Schema.String,
  value: Schema.String
}) {
  override get message() {
    return `${this.stage}: ${this.quantity} became ${this.value} at update ${this.update}; the last checkpoint is kept`
  }
}

/** The pipeline asks for something that its stages cannot give. */
export class StageError extends Schema.TaggedError<StageError>()("StageError", {
  stage: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.stage}: ${this.reason}`
  }
}

/** What a stage's program may fail with. */
export type Failure = EngineError | StoreError | Diverged | StageError

/** The run of one stage for one seed and, where it has one, one objective. */
export class StageRun extends Context.Service<
  StageRun,
  {
    readonly name: string
    readonly label: string
    readonly seed: number
    readonly random: Random
    /** Address of its random streams: independent of the names in the file. */
    readonly address: string
    readonly folder: Pick<StageFolder, "latest" | "checkpoint">
    /** Where only the beginning is run: a training ends after so many updates, an imitation does not. */
    readonly updates?: number
    /** Artifacts of the stages that this one comes after, by stage name. */
    readonly upstream: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>
    /** Adds an artifact, written when the stage ends. */
    readonly artifact: (name: string, bytes: Uint8Array) => Effect.Effect<void>
  }
>()("bica/runtime/StageRun") {}

export type Program = (objective: Objective) => Effect.Effect<void, Failure, StageRun | Engine | Progress | Scope.Scope>

export interface Stage {
  readonly _tag: "Stage"
  readonly name: string
  /** sha256 over the meaning of the stage: its statements, environment and agents. */
  readonly semantics: string
  readonly after: ReadonlyArray<Stage>
  readonly environment: World
  readonly agents: ReadonlyArray<Agent>
  /** `objective`: once per objective and seed of a study. `seed`: once per seed. */
  readonly forEach: "objective" | "seed"
  /** The training that it goes on from: who wants its beginning wants that one whole. */
  readonly from?: Stage
  /**
   * Whose team it measures: where it runs once per seed, the stage that left the team; where it runs for every objective, the training that
   * did, if the teams of several trainings are measured.
   */
  readonly team?: string
  /** What is made of what it measured, once everything has been measured. */
  readonly derive?: Derivation
  readonly program: Program
}

export const make = (name: string, options: Omit<Stage, "_tag" | "name">): Stage => ({
  _tag: "Stage",
  name,
  ...options
})
