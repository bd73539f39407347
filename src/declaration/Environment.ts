import type { Parameter } from "./Parameter.ts"

/** One thing that a role may see, and which part of the world's state it carries (for the visibility check). */
export interface ObservationDeclaration {
  readonly name: string
  readonly doc: string
  /** Width in numbers per environment. */
  readonly size: number
  /** Parts of the state that it reveals, e.g. `["obstacles", "goal"]`. */
  readonly reveals: ReadonlyArray<string>
  /** Words allowed in brackets: `egocentric(3 by 3)`. */
  readonly extent?: { readonly width: number; readonly height: number }
}

/** A role that an agent plays. */
export interface RoleDeclaration {
  readonly name: string
  readonly doc: string
  /** What the role chooses each step, in index order. */
  readonly choices: ReadonlyArray<string>
  /** `acts`: the choice moves the world. `speaks`: the choice is an intent, said to the others as a token. */
  readonly kind: "acts" | "speaks"
  readonly observations: ReadonlyArray<ObservationDeclaration>
  /** Fixed rules usable as a frozen prior over the choices: `compass`, `planner`. */
  readonly rules: ReadonlyArray<{ readonly name: string; readonly doc: string }>
}

/** A hand-written policy for the whole team, a yardstick for measurements. */
export interface OracleDeclaration {
  readonly name: string
  readonly doc: string
}

/** A measured quantity of an episode. */
export interface MetricDeclaration {
  readonly name: string
  readonly doc: string
  readonly unit: "fraction" | "steps" | "collisions" | "tokens" | "reward"
  /** `higher` and `lower` say which is better; `none` makes no claim. */
  readonly better: "higher" | "lower" | "none"
}

/** What the checker, completion and documentation know of an environment. */
export interface EnvironmentDeclaration {
  readonly name: string
  readonly doc: string
  readonly parameters: ReadonlyArray<Parameter>
  readonly roles: ReadonlyArray<RoleDeclaration>
  readonly oracles: ReadonlyArray<OracleDeclaration>
  readonly metrics: ReadonlyArray<MetricDeclaration>
}
