/** Claims: statements about measured values, with a verdict that says what the evidence allows. */
import type { Environment } from "./environment/Environment.ts"
import type { Objective } from "./loss/Objective.ts"
import type { Estimate } from "./measure/Statistics.ts"
import { bootstrap } from "./measure/Statistics.ts"
import type { Random } from "./random/Random.ts"

/** Who was measured. */
export type Subject = { readonly oracle: boolean; readonly name: string }

/** Arithmetic over measured values, one value per seed. */
export type Measurement =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "measured"; readonly metric: string; readonly by: Subject; readonly on: string | undefined }
  | {
      readonly kind: "binary"
      readonly operator: "+" | "-" | "*" | "/"
      readonly left: Measurement
      readonly right: Measurement
    }

export type Relation = ">" | ">=" | "<" | "<="
export interface Confidence {
  readonly kind: "confidence"
  readonly level: number
}

export interface Claim {
  readonly _tag: "Claim"
  readonly name: string
  readonly left: Measurement
  readonly relation: Relation
  readonly right: Measurement
  readonly test: Confidence
}

export const make = (name: string, options: Omit<Claim, "_tag" | "name">): Claim => ({
  _tag: "Claim",
  name,
  ...options
})

/** A fixed number; fractions are in [0, 1]. */
export const number = (value: number): Measurement => ({ kind: "number", value })
/** A metric of an objective's team or of an oracle, on a shift or (without one) on the base environment. */
export const measured = (metric: string, by: Objective | Subject, on?: Environment): Measurement => ({
  kind: "measured",
  metric,
  by: "_tag" in by ? { oracle: false, name: by.name } : by,
  on: on?.name
})
/** A hand-written policy of the environment. */
export const oracle = (name: string): Subject => ({ oracle: true, name })
const binary =
  (operator: "+" | "-" | "*" | "/") =>
  (left: Measurement, right: Measurement): Measurement => ({ kind: "binary", operator, left, right })
export const plus = binary("+")
export const minus = binary("-")
export const times = binary("*")
export const divide = binary("/")
/** The interval over seeds at this level must lie on the claimed side. */
export const confidence = (level: number): Confidence => ({ kind: "confidence", level })

export type Verdict = "holds" | "fails" | "undecided" | "never run"

/** A claim, judged: the margin is what remains of `left - right` in the claimed direction, over seeds. */
export interface Judgement {
  readonly claim: string
  readonly verdict: Verdict
  readonly margin: Estimate
  /** Values of both sides, by seed. */
  readonly evidence: ReadonlyArray<{ readonly seed: number; readonly left: number; readonly right: number }>
}

/** A value for one seed, NaN where it was not measured. */
export type Lookup = (seed: number, metric: string, by: Subject, on: string | undefined) => number

const evaluate = (measurement: Measurement, seed: number, lookup: Lookup): number => {
  switch (measurement.kind) {
    case "number":
      return measurement.value
    case "measured":
      return lookup(seed, measurement.metric, measurement.by, measurement.on)
    case "binary": {
      const left = evaluate(measurement.left, seed, lookup)
      const right = evaluate(measurement.right, seed, lookup)
      switch (measurement.operator) {
        case "+":
          return left + right
        case "-":
          return left - right
        case "*":
          return left * right
        case "/":
          return left / right
      }
    }
  }
}

/**
 * Judges a claim over seeds, paired by seed: the percentile bootstrap interval of the mean margin at the claim's level lies on the
 * claimed side (holds), on the other side (fails), or on both (undecided). One seed decides nothing; no seed is `never run`.
 */
export const judge = (claim: Claim, seeds: ReadonlyArray<number>, lookup: Lookup, random: Random): Judgement => {
  const evidence = seeds
    .map((seed) => ({ seed, left: evaluate(claim.left, seed, lookup), right: evaluate(claim.right, seed, lookup) }))
    .filter(({ left, right }) => Number.isFinite(left) && Number.isFinite(right))
  const sign = claim.relation === ">" || claim.relation === ">=" ? 1 : -1
  const strict = claim.relation === ">" || claim.relation === "<"
  const margin = bootstrap(
    evidence.map(({ left, right }) => sign * (left - right)),
    random,
    claim.test.level
  )
  const verdict: Verdict =
    evidence.length === 0
      ? "never run"
      : Number.isNaN(margin.low)
        ? "undecided"
        : (strict ? margin.low > 0 : margin.low >= 0)
          ? "holds"
          : (strict ? margin.high <= 0 : margin.high < 0)
            ? "fails"
            : "undecided"
  return { claim: claim.name, verdict, margin, evidence }
}
