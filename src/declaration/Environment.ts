import type { Parameter, Source, Unit } from "./Parameter.ts"

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
  /** It plays without a message. */
  readonly silent?: boolean
  /** Metrics that a module calls it the floor or the ceiling of: those of bica, and the module's own by the names that they have there. */
  readonly floorOf?: ReadonlyArray<string>
  readonly ceilingOf?: ReadonlyArray<string>
}

/** Between which oracles a team's value of a metric is seen, as the oracles say it. */
export const boundsBy = (
  oracles: ReadonlyArray<OracleDeclaration>,
  metric: string
): { readonly floor?: string; readonly ceiling?: string } => {
  const floor = oracles.find(({ floorOf }) => floorOf?.includes(metric))?.name
  const ceiling = oracles.find(({ ceilingOf }) => ceilingOf?.includes(metric))?.name
  return { ...(floor === undefined ? {} : { floor }), ...(ceiling === undefined ? {} : { ceiling }) }
}

/** What a metric is measured against besides the team itself; a setting of `measure`. */
export type Reference = "baseline" | "alone" | "suite"

/** What comes from a module of the user's own: the module's name in the file, and the digest of its text. */
export interface Borrowed {
  readonly module: string
  readonly digest: string
}

/** Units that a metric may have. */
export const metricUnits = [
  "fraction",
  "steps",
  "collisions",
  "tokens",
  "reward",
  "nats",
  "none"
] as const satisfies ReadonlyArray<Unit>
/** Which end of a metric is better. */
export const betters = ["higher", "lower", "none"] as const

/** A measured quantity. */
export interface MetricDeclaration {
  readonly name: string
  /** Words that it is asked for by; a file that writes one is led to the name. */
  readonly also?: ReadonlyArray<string>
  readonly doc: string
  /** How it is computed, in one line. */
  readonly formula?: string
  readonly source?: Source
  readonly unit: (typeof metricUnits)[number]
  /** `higher` and `lower` say which is better; `none` makes no claim. */
  readonly better: (typeof betters)[number]
  /**
   * `episode`: of each episode, measured wherever the stage plays. `team`: of all steps of all episodes together, measured where the
   * stage plays first. `derived`: from other measured values once the references have been measured too.
   */
  readonly kind: "episode" | "team" | "derived"
  /** Metrics that it is made of or that must stand beside it: they are measured with it. */
  readonly parts?: ReadonlyArray<string>
  readonly needs?: Reference
  /** The values that its definition allows, in words. */
  readonly range?: string
  /** What a team's value is seen between: the oracle that does worst, or has least where no end is better, and the one that does best. */
  readonly floor?: string
  readonly ceiling?: string
  /** Where it comes from, unless it is the environment's. */
  readonly code?: Borrowed
  /** What it never leaves, where it says so. */
  readonly minimum?: number
  readonly maximum?: number
}

/** What has to be fitted before an environment can be played: `fit shapes.encoder for 9000 updates { … }`. */
export interface ModelDeclaration {
  readonly name: string
  readonly doc: string
  /** What the statement that fits it may be given. */
  readonly parameters: ReadonlyArray<Parameter>
}

/** What the checker, completion and documentation know of an environment. */
export interface EnvironmentDeclaration {
  readonly name: string
  readonly doc: string
  readonly parameters: ReadonlyArray<Parameter>
  readonly roles: ReadonlyArray<RoleDeclaration>
  readonly oracles: ReadonlyArray<OracleDeclaration>
  readonly metrics: ReadonlyArray<MetricDeclaration>
  /** What its players need to have been fitted. */
  readonly models?: ReadonlyArray<ModelDeclaration>
  /** Metrics of bica that it could have and has not: why, and what would give it them. */
  readonly lacks?: ReadonlyArray<{
    readonly metrics: ReadonlyArray<string>
    readonly cause: string
    readonly fix: string
  }>
  /** Where it comes from, unless it is bica's. */
  readonly code?: Borrowed
}
