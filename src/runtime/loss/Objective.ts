import type { Budget } from "./Budget.ts"
import type { Scalar } from "./Expression.ts"

/** What a team is trained for: a loss, the budgets it is under, and the agents and modules that it leaves as they are. */
export interface Objective {
  readonly _tag: "Objective"
  readonly name: string
  /** sha256 over the meaning of the objective and all that it depends on. */
  readonly semantics: string
  readonly loss: Scalar
  readonly within: ReadonlyArray<Budget>
  readonly freezing: ReadonlyArray<{ readonly name: string }>
}

export const make = (
  name: string,
  options: {
    readonly semantics: string
    readonly loss: Scalar
    readonly within: ReadonlyArray<Budget>
    readonly freezing: ReadonlyArray<{ readonly name: string }>
  }
): Objective => ({ _tag: "Objective", name, ...options })
