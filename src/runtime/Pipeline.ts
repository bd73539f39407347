/** A whole experiment: stages, objectives, studies and claims, and how it is run. */
import type { Claim } from "./Claim.ts"
import type { Objective } from "./loss/Objective.ts"
import type { Stage } from "./Stage.ts"
import type { Study } from "./Study.ts"

export { execute } from "./Execute.ts"
export type { Aggregate, Summary } from "./measure/Summary.ts"
export { numericVersion, plan, runName } from "./Plan.ts"
export type { Job, Selection } from "./Plan.ts"

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
