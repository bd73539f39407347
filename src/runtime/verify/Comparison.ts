/**
 * The answer to "does it give the same?": identical, equivalent within tolerance, or different.
 *
 * Two runs of one numeric class, one file and one version of the arithmetic have the same bits, or something is wrong. Between
 * classes sums are rounded otherwise: a training must begin with the same episodes, and what was measured is compared value by
 * value, each with a tolerance of its own.
 */
import { mean } from "../measure/Statistics.ts"
import { sample } from "../measure/statistics/Sample.ts"
import { intervalT } from "../measure/statistics/StudentT.ts"
import type { Row } from "../measure/Summary.ts"
import type { Traces } from "./Evidence.ts"
import type { Parting } from "./Parting.ts"
import { counted, counterpart, curveParting, firstParting, isOf, valueName } from "./Parting.ts"

export type Verdict = "identical" | "equivalent" | "different"

/** A measured value on both sides, of one seed or the mean over seeds. */
export interface ValueComparison {
  readonly stage: string
  readonly name: string
  /** Undefined where it was not measured, null where it has no value. */
  readonly before: number | null | undefined
  readonly after: number | null | undefined
  /** `after - before`; undefined unless both are numbers. */
  readonly difference: number | undefined
  readonly tolerance: number
  readonly within: boolean
}

const halfWidth = (value: Row | undefined): number =>
  value === undefined || value.high === null || value.low === null ? 0 : (value.high - value.low) / 2

const numbers = (values: ReadonlyArray<Row | undefined>): ReadonlyArray<number> =>
  values.flatMap((value) => (value === undefined || value.value === null ? [] : [value.value]))

/**
 * How far two trainings of one seed may lie apart because training amplifies rounding: `t sqrt(2) s`, with s^2 the variance over
 * seeds, pooled over both sides, and t the 97.5 % quantile of Student's t with 2 (n - 1) degrees of freedom. The variance over seeds
 * holds that of the initial weights too, so it is not too small; one seed says nothing of it and allows 0.
 */
export const trainingSpread = (before: ReadonlyArray<number>, after: ReadonlyArray<number>): number => {
  const n = Math.min(before.length, after.length)
  if (n < 2) return 0
  const pooled = (sample(before).variance + sample(after).variance) / 2
  return intervalT(0.95, 2 * (n - 1)) * Math.sqrt(2 * pooled)
}

const comparison = (
  of: Pick<ValueComparison, "stage" | "name">,
  before: number | null | undefined,
  after: number | null | undefined,
  tolerance: number
): ValueComparison => {
  const isNumeric = typeof before === "number" && typeof after === "number"
  const difference = isNumeric ? after - before : undefined
  const within = difference === undefined ? before === after : Math.abs(difference) <= tolerance
  return { ...of, before, after, difference, tolerance, within }
}

/**
 * Compares each value of `before` with its counterpart, seed by seed and in the mean over seeds.
 *
 * A value of one seed may differ by the half-widths of both 95 % intervals over episodes and by the spread of training; the mean
 * over n seeds by what that is on average, divided by sqrt(n). Oracles, which no engine computes, may not differ.
 */
export const compareValues = (
  before: ReadonlyArray<Row>,
  after: ReadonlyArray<Row>
): ReadonlyArray<ValueComparison> => {
  const groups = new Map<string, Array<Row>>()
  for (const value of before) {
    const key = JSON.stringify([
      value.stage,
      value.metric,
      value.by,
      value.oracle,
      value.on,
      value.choose,
      value.variant ?? ""
    ])
    groups.set(key, [...(groups.get(key) ?? []), value])
  }
  return [...groups.values()].flatMap((group) => {
    const others = group.map((value) => counterpart(value, after))
    const isOracle = group.every(({ oracle }) => oracle)
    const [left, right] = [numbers(group), numbers(others)]
    const spread = isOracle ? 0 : trainingSpread(left, right)
    const allowed = group.map((value, k) => (isOracle ? 0 : halfWidth(value) + halfWidth(others[k]) + spread))
    const values = group.map((value, k) =>
      comparison({ stage: value.stage, name: valueName(value) }, value.value, others[k]?.value, allowed[k] ?? 0)
    )
    const [first] = group
    if (first === undefined || isOracle || left.length < 2 || right.length !== left.length) return values
    const name = `${valueName(first).replace(/, seed \d+$/, "")}, mean of ${left.length} seeds`
    return [
      ...values,
      comparison({ stage: first.stage, name }, mean(left), mean(right), mean(allowed) / Math.sqrt(left.length))
    ]
  })
}

/** A claim whose verdict is not the same. */
export interface ClaimComparison {
  readonly claim: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** The claims whose verdict differs, or that one side does not have. */
export const compareClaims = (before: Traces["claims"], after: Traces["claims"]): ReadonlyArray<ClaimComparison> =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((claim) => ({ claim, before: before[claim]?.verdict, after: after[claim]?.verdict }))
    .filter((each) => each.before !== each.after)

/** For how many of its updates a training played the same episodes on both sides. */
export interface Together {
  readonly stage: string
  readonly updates: number
  readonly of: number
}

/**
 * The updates that a training must play alike on every class. The second is played with weights that have been trained, so it holds
 * every term and its gradient to the other class's; rounding alone lets trainings part, if at all, much later.
 */
const alike = 2

const togetherOf = (expected: Traces, found: Traces): ReadonlyArray<Together> =>
  found.stages.flatMap(({ curve, label }): ReadonlyArray<Together> => {
    const before = expected.stages.find((stage) => stage.label === label)?.curve
    if (before === undefined || curve === undefined) return []
    const of = before.updates.length
    const parting = curveParting(before, curve, { columns: counted })
    return [{ stage: label, updates: parting?.update === undefined ? of : parting.update - 1, of }]
  })

export interface Comparison {
  readonly verdict: Verdict
  /** Stages that were compared. */
  readonly stages: number
  readonly parting: Parting | undefined
  /** The values that were compared by their tolerance; none where bits are compared. */
  readonly values: ReadonlyArray<ValueComparison>
  /** For each training, where values are compared. */
  readonly together: ReadonlyArray<Together>
  readonly claims: ReadonlyArray<ClaimComparison>
}

/**
 * Compares what is expected with what was found.
 *
 * `bitwise`: both are of one class. `whole`: every stage was run again, so that claims can be compared; otherwise only the stages
 * that were found are. `updates`: of each training only so many updates were run, and only their curves are compared; between
 * classes those columns that count what happened in the episodes.
 */
export const compare = (
  expected: Traces,
  found: Traces,
  how: { readonly bitwise: boolean; readonly whole: boolean; readonly updates?: number | undefined }
): Comparison => {
  const labels = new Set(found.stages.map(({ label }) => label))
  const stages = expected.stages.filter(({ label }) => labels.has(label)).length
  const good = how.bitwise ? "identical" : "equivalent"
  if (how.bitwise || how.updates !== undefined) {
    const excerpt = { updates: how.updates, columns: how.bitwise ? undefined : counted }
    const parting = firstParting(expected, found, how.updates === undefined ? undefined : excerpt)
    const claims = how.whole ? compareClaims(expected.claims, found.claims) : []
    const same = parting === undefined && claims.length === 0
    return { verdict: same ? good : "different", stages, parting, values: [], together: [], claims }
  }
  const values = compareValues(
    expected.measured.filter((value) => how.whole || found.stages.some((stage) => isOf(value, stage))),
    found.measured
  )
  const together = togetherOf(expected, found)
  const parting = together.some(({ of, updates }) => updates < Math.min(alike, of))
    ? firstParting(expected, found, { updates: alike, columns: counted })
    : undefined
  const claims = how.whole ? compareClaims(expected.claims, found.claims) : []
  const close = parting === undefined && values.every(({ within }) => within) && claims.length === 0
  return { verdict: close ? good : "different", stages, parting, values, together, claims }
}
