import type { Objective } from "./loss/Objective.ts"

/** Seeds x objectives. */
export interface Study {
  readonly _tag: "Study"
  readonly name: string
  readonly seeds: ReadonlyArray<number>
  readonly compare: ReadonlyArray<Objective>
}

export const make = (
  name: string,
  options: { readonly seeds: ReadonlyArray<number>; readonly compare: ReadonlyArray<Objective> }
): Study => ({
  _tag: "Study",
  name,
  ...options
})
