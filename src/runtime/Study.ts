/** Studies: which experiments are run with which seeds. */
import type { Objective } from "./loss/Objective.ts"
import type { Stage } from "./Stage.ts"

/** The experiment with one change: its objectives and stages are those of the file where the change does not reach them. */
export interface Variant {
  readonly _tag: "Variant"
  /** `codes.size=8`, `without-rep`: part of the labels of its stages. */
  readonly name: string
  readonly objectives: ReadonlyArray<Objective>
  readonly stages: ReadonlyArray<Stage>
}

/** Seeds x objectives x (the experiment as it stands and each variant). */
export interface Study {
  readonly _tag: "Study"
  readonly name: string
  readonly seeds: ReadonlyArray<number>
  readonly compare: ReadonlyArray<Objective>
  readonly variants: ReadonlyArray<Variant>
}

/** A variant of the experiment; what `make` declares anew stands in place of what has the same name outside. */
export const variant = (
  name: string,
  make: () => { readonly objectives: ReadonlyArray<Objective>; readonly stages: ReadonlyArray<Stage> }
): Variant => ({ _tag: "Variant", name, ...make() })

/** A study of `compare`, with each of the seeds, as they stand and in each of the variants. */
export const make = (
  name: string,
  options: {
    readonly seeds: ReadonlyArray<number>
    readonly compare: ReadonlyArray<Objective>
    readonly variants?: ReadonlyArray<Variant>
  }
): Study => ({
  _tag: "Study",
  name,
  variants: [],
  ...options
})
