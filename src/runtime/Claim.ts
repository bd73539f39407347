/** Claims: statements about measured values. `Judgement.ts` says what the evidence allows. */
import type { World } from "./environment/Environment.ts"
import type { Objective } from "./loss/Objective.ts"
import type { Stage } from "./Stage.ts"
import type { Variant } from "./Study.ts"

/** How a choice is taken from a policy. */
export type Choice = "greedy" | "sampled"

/** Who was measured. */
export interface Subject {
  readonly oracle: boolean
  /** Of an oracle, an objective, or a stage that runs once per seed and left the team. */
  readonly name: string
  /** The training that left the team, where the teams of several trainings are measured. */
  readonly after?: string
  /** The variant of the experiment, without which it is the experiment as it stands. */
  readonly variant?: string
  /** `greedy` without it. */
  readonly choose?: Choice
}

/** Arithmetic over measured values, one value per seed. */
export type Measurement =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "measured"; readonly metric: string; readonly by: Subject; readonly on: string | undefined }
  /** The interquartile mean over seeds, in place of the mean. */
  | { readonly kind: "iqm"; readonly of: Measurement }
  | {
      readonly kind: "binary"
      readonly operator: "+" | "-" | "*" | "/"
      readonly left: Measurement
      readonly right: Measurement
    }

export type Relation = ">" | ">=" | "<" | "<="

/** How an interval over seeds is made. */
export type IntervalMethod = "bootstrap" | "paired_t" | "welch"
/** How a p over seeds is made. */
export type TestMethod = "paired_t" | "welch" | "sign_flip"

/** The interval over seeds at this level must lie on the claimed side. */
export interface Confidence {
  readonly kind: "confidence"
  readonly level: number
  readonly by: IntervalMethod
}

/** The p of no difference in the claimed direction, corrected for its family of claims, must be below this. */
export interface Significance {
  readonly kind: "significance"
  readonly below: number
  readonly by: TestMethod
  /** The study whose claims are corrected together. */
  readonly family: string
}

export interface Claim {
  readonly _tag: "Claim"
  readonly name: string
  readonly left: Measurement
  readonly relation: Relation
  readonly right: Measurement
  readonly test: Confidence | Significance
}

export const make = (name: string, options: Omit<Claim, "_tag" | "name">): Claim => ({
  _tag: "Claim",
  name,
  ...options
})

/** A fixed number; fractions are in [0, 1]. */
export const number = (value: number): Measurement => ({ kind: "number", value })
/** A metric of an objective's team or of an oracle, on a shift or (without one) on the base environment. */
export const measured = (metric: string, by: Objective | Subject, on?: World): Measurement => ({
  kind: "measured",
  metric,
  by: "_tag" in by ? { oracle: false, name: by.name } : by,
  on: on?.name
})
/** A hand-written policy of the environment. */
export const oracle = (name: string): Subject => ({ oracle: true, name })
/** What a team is called in what was measured: by its objective, and by the training that left it where there are several. */
export const teamName = ({ after, name }: Pick<Subject, "after" | "name">): string =>
  after === undefined ? name : `${name} after ${after}`
/** How a team differs from that of the experiment as it stands, played with its most probable choices. */
export interface TeamOptions {
  readonly variant?: Variant
  readonly choose?: Choice
}
const withOptions = (options: TeamOptions): Pick<Subject, "variant" | "choose"> => ({
  ...(options.variant === undefined ? {} : { variant: options.variant.name }),
  ...(options.choose === undefined ? {} : { choose: options.choose })
})
/** An objective's team as one of several trainings left it, in a variant of the experiment, or with choices that are drawn. */
export const team = (objective: Objective, options: TeamOptions & { readonly after?: Stage }): Subject => ({
  oracle: false,
  name: objective.name,
  ...(options.after === undefined ? {} : { after: options.after.name }),
  ...withOptions(options)
})
/** The team that a stage leaves which runs once per seed: an imitation, or a training for an objective of the file's choice. */
export const leftBy = (stage: Stage, options: TeamOptions = {}): Subject => ({
  oracle: false,
  name: stage.name,
  ...withOptions(options)
})
/** The interquartile mean over seeds (Agarwal et al. 2021). */
export const iqm = (of: Measurement): Measurement => ({ kind: "iqm", of })
const binary =
  (operator: "+" | "-" | "*" | "/") =>
  (left: Measurement, right: Measurement): Measurement => ({ kind: "binary", operator, left, right })
export const plus = binary("+")
export const minus = binary("-")
export const times = binary("*")
export const divide = binary("/")
/** The interval over seeds at this level must lie on the claimed side; by the percentile bootstrap unless told. */
export const confidence = (level: number, by: IntervalMethod = "bootstrap"): Confidence => ({
  kind: "confidence",
  level,
  by
})
/** The p over seeds must be below a bound, after Holm's correction over the claims of a study. */
export const significance = (
  below: number,
  options: { readonly by: TestMethod; readonly family: string }
): Significance => ({ kind: "significance", below, ...options })
