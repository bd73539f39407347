/** Verdicts on claims: what the evidence of all seeds allows to say. */
import { teamName } from "./Claim.ts"
import type { Claim, IntervalMethod, Measurement, Relation, Subject, TestMethod } from "./Claim.ts"
import type { Objective } from "./loss/Objective.ts"
import type { Row } from "./measure/Summary.ts"
import { bootstrapOf } from "./measure/statistics/Bootstrap.ts"
import { cohenD } from "./measure/statistics/CohenD.ts"
import { holm } from "./measure/statistics/Holm.ts"
import { interquartileMean } from "./measure/statistics/InterquartileMean.ts"
import { pairedT } from "./measure/statistics/PairedT.ts"
import { signFlip } from "./measure/statistics/SignFlip.ts"
import { varghaDelaney } from "./measure/statistics/VarghaDelaney.ts"
import { welch } from "./measure/statistics/Welch.ts"
import type { Estimate } from "./measure/Statistics.ts"
import { bootstrap, mean } from "./measure/Statistics.ts"
import type { Random } from "./random/Random.ts"
import type { Stage } from "./Stage.ts"
import type { Study } from "./Study.ts"

export type Verdict = "holds" | "fails" | "undecided" | "never run"

/** A claim, judged: the margin is what remains of `left - right` in the claimed direction, over seeds. */
export interface Judgement {
  readonly claim: string
  readonly verdict: Verdict
  readonly margin: Estimate
  /** How the verdict was reached. */
  readonly test: IntervalMethod | TestMethod
  /** One-sided p of no margin, as it is and corrected (Holm) over the claims of `family`. Only of a claim that states a p. */
  readonly p?: number
  readonly adjusted?: number
  readonly family?: ReadonlyArray<string>
  /** Standardised difference of the two conditions that are compared; NaN without spread. */
  readonly cohenD?: number
  /** The interquartile mean of their differences over seeds. */
  readonly interquartileMean?: number
  /** The chance that a run of the better one by the claim beats a run of the other. */
  readonly probabilityOfImprovement?: number
  /** Why nothing more could be decided. */
  readonly note?: string
  /** Values of both sides, by seed; NaN where a side was not measured with the seed. */
  readonly evidence: ReadonlyArray<{ readonly seed: number; readonly left: number; readonly right: number }>
}

/** A value for one seed: NaN where it is undefined, undefined where it was not measured. */
export type Lookup = (seed: number, metric: string, by: Subject, on: string | undefined) => number | undefined

/** A measurement for one seed; undefined where a part of it was not measured. */
const evaluate = (measurement: Measurement, seed: number, lookup: Lookup): number | undefined => {
  switch (measurement.kind) {
    case "number":
      return measurement.value
    case "measured":
      return lookup(seed, measurement.metric, measurement.by, measurement.on)
    case "iqm":
      return evaluate(measurement.of, seed, lookup)
    case "binary": {
      const left = evaluate(measurement.left, seed, lookup)
      const right = evaluate(measurement.right, seed, lookup)
      return left === undefined || right === undefined ? undefined : applied(measurement.operator, left, right)
    }
  }
}

const applied = (operator: "+" | "-" | "*" | "/", left: number, right: number): number =>
  operator === "+" ? left + right : operator === "-" ? left - right : operator === "*" ? left * right : left / right

const isFixed = (of: Measurement): boolean =>
  of.kind === "number" || (of.kind === "binary" && isFixed(of.left) && isFixed(of.right))

const usesIqm = (of: Measurement): boolean =>
  of.kind === "iqm" || (of.kind === "binary" && (usesIqm(of.left) || usesIqm(of.right)))

/** A part of a sum that is measured, with its factor. */
interface Summand {
  readonly factor: number
  readonly of: Measurement
}

/** `factor` times a measurement as a sum of measured parts and a number. */
const summands = (of: Measurement, factor: number, into: Array<Summand>): number => {
  if (isFixed(of)) return factor * (evaluate(of, 0, () => undefined) ?? Number.NaN)
  if (of.kind === "binary") {
    const { left, operator, right } = of
    if (operator === "+" || operator === "-")
      return summands(left, factor, into) + summands(right, operator === "+" ? factor : -factor, into)
    const value = (fixed: Measurement) => evaluate(fixed, 0, () => undefined) ?? Number.NaN
    if (isFixed(right)) return summands(left, operator === "*" ? factor * value(right) : factor / value(right), into)
    if (operator === "*" && isFixed(left)) return summands(right, factor * value(left), into)
  }
  into.push({ factor, of })
  return 0
}

/** What is compared: where two conditions stand against each other, one sum of measured values for each. */
interface Sides {
  readonly greater: ReadonlyArray<Summand>
  readonly lesser: ReadonlyArray<Summand>
  /** What is added to the greater side's lead. */
  readonly offset: number
}

const sidesOf = (claim: Claim): Sides => {
  const parts: Array<Summand> = []
  const sign = claim.relation === ">" || claim.relation === ">=" ? 1 : -1
  const offset = summands(claim.left, sign, parts) + summands(claim.right, -sign, parts)
  return {
    greater: parts.filter(({ factor }) => factor > 0),
    lesser: parts.filter(({ factor }) => factor < 0).map(({ factor, of }) => ({ factor: -factor, of })),
    offset
  }
}

const total = (parts: ReadonlyArray<Summand>, seed: number, lookup: Lookup): number | undefined => {
  let sum = 0
  for (const { factor, of } of parts) {
    const value = evaluate(of, seed, lookup)
    if (value === undefined) return undefined
    sum += factor * value
  }
  return sum
}

/** What a test says of the margins: an interval, and the p of no margin and of the opposite. */
interface Outcome {
  readonly margin: Estimate
  readonly p: number
  readonly opposite: number
}

/** Student's t of paired differences, one per seed; NaN below two of them or without spread. */
const byPairedT = (margins: ReadonlyArray<number>, level: number): Outcome => {
  const { high, low, mean: centre, pGreater, pLess } = pairedT(margins, level)
  return { margin: { mean: centre, low, high, n: margins.length }, p: pGreater, opposite: pLess }
}

/** Level of the interval that stands beside a p. */
const besideP = 0.95

/** Judges one claim by itself: everything but the correction for its family. */
interface Judged {
  readonly claim: Claim
  readonly judgement: Judgement
  readonly outcome: Outcome
}

const finite = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value)

/** What was found of the two conditions that a claim compares. */
const compared = (
  sides: Sides,
  seeds: ReadonlyArray<number>,
  lookup: Lookup
): Pick<Judgement, "cohenD" | "interquartileMean" | "probabilityOfImprovement"> => {
  if (sides.greater.length === 0 || sides.lesser.length === 0) return {}
  const greater = seeds.map((seed) => total(sides.greater, seed, lookup))
  const lesser = seeds.map((seed) => total(sides.lesser, seed, lookup))
  const x = greater.filter(finite)
  const y = lesser.filter(finite)
  const differences = seeds.flatMap((_, i) => {
    const [a, b] = [greater[i], lesser[i]]
    return finite(a) && finite(b) ? [a - b] : []
  })
  return {
    cohenD: cohenD(x, y),
    interquartileMean: interquartileMean(differences),
    probabilityOfImprovement: varghaDelaney(x, y)
  }
}

/** A claim about interquartile means: the statistic over seeds that are drawn with replacement, the same for both sides. */
const overIqm = (
  claim: Claim,
  seeds: ReadonlyArray<number>,
  lookup: Lookup,
  random: Random,
  level: number,
  sign: number
): Estimate => {
  const statistic = (of: Measurement, drawn: Float64Array): number => {
    switch (of.kind) {
      case "number":
        return of.value
      case "binary":
        return applied(of.operator, statistic(of.left, drawn), statistic(of.right, drawn))
      case "iqm":
        return interquartileMean(Float64Array.from(drawn, (i) => evaluate(of.of, seeds[i] ?? 0, lookup) ?? Number.NaN))
      case "measured":
        return mean(Float64Array.from(drawn, (i) => evaluate(of, seeds[i] ?? 0, lookup) ?? Number.NaN))
    }
  }
  return bootstrapOf(
    seeds.map((_, i) => i),
    (drawn) =>
      drawn.length === 0 ? Number.NaN : sign * (statistic(claim.left, drawn) - statistic(claim.right, drawn)),
    random,
    { purpose: "bootstrap", level }
  )
}

const alone = (claim: Claim, seeds: ReadonlyArray<number>, lookup: Lookup, random: Random): Judged => {
  const { test } = claim
  const sides = sidesOf(claim)
  const sign = claim.relation === ">" || claim.relation === ">=" ? 1 : -1
  const all = seeds.map((seed) => ({
    seed,
    left: evaluate(claim.left, seed, lookup),
    right: evaluate(claim.right, seed, lookup)
  }))
  // with its own seeds a condition may be measured where the other is not
  const evidence = all.flatMap(({ left, right, seed }) =>
    (finite(left) && finite(right)) ||
    (test.by === "welch" && ((finite(left) && !isFixed(claim.left)) || (finite(right) && !isFixed(claim.right))))
      ? [{ seed, left: left ?? Number.NaN, right: right ?? Number.NaN }]
      : []
  )
  const paired = all.flatMap(({ left, right, seed }) => (finite(left) && finite(right) ? [{ seed, left, right }] : []))
  const margins = paired.map(({ left, right }) => sign * (left - right))
  const level = test.kind === "confidence" ? test.level : besideP
  const x = seeds.map((seed) => total(sides.greater, seed, lookup)).filter(finite)
  const y = seeds.map((seed) => total(sides.lesser, seed, lookup)).filter(finite)
  const two = sides.greater.length > 0 && sides.lesser.length > 0
  const outcome = ((): Outcome => {
    if (usesIqm(claim.left) || usesIqm(claim.right)) {
      const used = paired.map(({ seed }) => seed)
      return { margin: overIqm(claim, used, lookup, random, level, sign), p: Number.NaN, opposite: Number.NaN }
    }
    switch (test.by) {
      case "bootstrap":
        return { margin: bootstrap(margins, random, level), p: Number.NaN, opposite: Number.NaN }
      case "paired_t":
        return byPairedT(margins, level)
      case "sign_flip":
        return {
          margin: bootstrap(margins, random, level),
          p: signFlip(margins, random).pGreater,
          opposite: signFlip(
            margins.map((margin) => -margin),
            random
          ).pGreater
        }
      case "welch": {
        // against a fixed number there is one sample
        if (!two) return byPairedT(margins, level)
        const found = welch(
          x,
          y.map((value) => value - sides.offset),
          level
        )
        return {
          margin: { mean: found.difference, low: found.low, high: found.high, n: Math.min(x.length, y.length) },
          p: found.pGreater,
          opposite: 1 - found.pGreater
        }
      }
    }
  })()
  const measuredAny = two
    ? seeds.some((seed) => total(sides.greater, seed, lookup) !== undefined) &&
      seeds.some((seed) => total(sides.lesser, seed, lookup) !== undefined)
    : all.some(({ left, right }) => left !== undefined && right !== undefined)
  const { n } = outcome.margin
  const without = all.filter(
    ({ left, right }) => left !== undefined && right !== undefined && !(finite(left) && finite(right))
  ).length
  const notes = [
    ...(n === 1 ? ["one seed decides nothing"] : []),
    ...(measuredAny && n === 0
      ? ["undefined for every seed"]
      : without > 0
        ? [`undefined for ${without} of ${all.length} seeds`]
        : []),
    ...(n > 1 && test.by !== "bootstrap" && test.by !== "sign_flip" && !Number.isFinite(outcome.margin.low)
      ? ["no spread over seeds, so t is undefined"]
      : [])
  ]
  const judgement: Judgement = {
    claim: claim.name,
    verdict: !measuredAny ? "never run" : "undecided",
    margin: outcome.margin,
    test: test.by,
    ...compared(sides, seeds, lookup),
    ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
    evidence
  }
  return { claim, judgement, outcome }
}

/** By where the interval lies: on the claimed side, on the other, or on both. */
const byInterval = (relation: Relation, { high, low }: Estimate): Verdict => {
  const strict = relation === ">" || relation === "<"
  if (!Number.isFinite(low) || !Number.isFinite(high)) return "undecided"
  if (strict ? low > 0 : low >= 0) return "holds"
  return (strict ? high <= 0 : high < 0) ? "fails" : "undecided"
}

/**
 * Judges claims over seeds. A claim with a confidence holds where the interval of its margin at that level lies on the claimed side,
 * fails where it lies on the other, and is undecided on both. A claim with a p holds where the one-sided p of no margin, corrected
 * (Holm 1979) over all claims with a p of its study, is below the bound, and fails where that of the opposite is. One seed decides
 * nothing; what no seed measured is `never run`.
 *
 * Seeds are the unit of replication. `paired_t` and `sign_flip` take the difference within each seed, `welch` two samples of seeds;
 * `bootstrap` is the percentile interval of the mean difference.
 */
export const judgeAll = (
  claims: ReadonlyArray<Claim>,
  seeds: ReadonlyArray<number>,
  lookup: Lookup,
  random: Random
): ReadonlyArray<Judgement> => {
  const judged = claims.map((claim) => alone(claim, seeds, lookup, random))
  const families = new Map<string, Array<Judged>>()
  for (const one of judged) {
    if (one.claim.test.kind !== "significance") continue
    const { family } = one.claim.test
    families.set(family, [...(families.get(family) ?? []), one])
  }
  const corrected = new Map<
    Judged,
    { readonly adjusted: number; readonly opposite: number; readonly family: ReadonlyArray<string> }
  >()
  for (const family of families.values()) {
    const adjusted = holm(family.map(({ outcome }) => outcome.p))
    const opposite = holm(family.map(({ outcome }) => outcome.opposite))
    family.forEach((one, i) =>
      corrected.set(one, {
        adjusted: adjusted[i] ?? Number.NaN,
        opposite: opposite[i] ?? Number.NaN,
        family: family.map(({ claim }) => claim.name)
      })
    )
  }
  return judged.map((one) => {
    const { claim, judgement, outcome } = one
    const { evidence, ...rest } = judgement
    const found = corrected.get(one)
    if (claim.test.kind === "confidence" || found === undefined)
      return judgement.verdict === "never run"
        ? judgement
        : { ...judgement, verdict: byInterval(claim.relation, outcome.margin) }
    const { adjusted, family, opposite } = found
    const verdict: Verdict =
      judgement.verdict === "never run" || outcome.margin.n < 2
        ? judgement.verdict
        : adjusted < claim.test.below
          ? "holds"
          : opposite < claim.test.below
            ? "fails"
            : "undecided"
    return { ...rest, verdict, p: outcome.p, adjusted, family, evidence }
  })
}

// ---- where the values come from --------------------------------------------------------------------------------

/** Whether two stages do the same: they, and the stages that they come after. */
const same = (a: Stage, b: Stage): boolean =>
  a.semantics === b.semantics &&
  a.after.length === b.after.length &&
  a.after.every((before, i) => {
    const other = b.after[i]
    return other !== undefined && same(before, other)
  })

/** Looks values up among the rows of a run. What a variant does not reach is measured as the experiment stands. */
export const lookupIn = (
  rows: ReadonlyArray<Row>,
  pipeline: {
    readonly stages: ReadonlyArray<Stage>
    readonly objectives: ReadonlyArray<Objective>
    readonly studies: ReadonlyArray<Study>
  }
): Lookup => {
  const base = pipeline.stages[0]?.environment.name
  const variants = new Map(pipeline.studies.flatMap((study) => study.variants.map((one) => [one.name, one] as const)))
  const untouched = (variant: string, stage: string, objective: string): boolean => {
    const changed = variants.get(variant)
    const here = pipeline.stages.find(({ name }) => name === stage)
    const there = changed?.stages.find(({ name }) => name === stage)
    const means = (all: ReadonlyArray<Objective> | undefined) => all?.find(({ name }) => name === objective)?.semantics
    return (
      here !== undefined &&
      there !== undefined &&
      same(here, there) &&
      means(changed?.objectives) === means(pipeline.objectives)
    )
  }
  return (seed, metric, by, on) => {
    const row = rows.find(
      (one) =>
        one.seed === seed &&
        one.metric === metric &&
        one.by === teamName(by) &&
        one.oracle === by.oracle &&
        one.on === (on ?? base) &&
        one.choose === (by.choose ?? "greedy") &&
        (one.variant === by.variant ||
          (one.variant === undefined && by.variant !== undefined && untouched(by.variant, one.stage, by.name)))
    )
    return row === undefined ? undefined : (row.value ?? Number.NaN)
  }
}
