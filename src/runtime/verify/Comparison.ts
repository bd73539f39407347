/**
 * The answer to "does it give the same?": identical, equivalent within tolerance, or different.
 *
 * Two runs of one numeric class, one file and one version of the arithmetic have the same bits, or something is wrong. Between
 * classes sums are rounded otherwise, so only measured values are compared, each with a tolerance of its own.
 */
import type { MeasuredValue } from "../store/Lockfile.ts"
import type { Traces } from "./Evidence.ts"
import type { Parting } from "./Parting.ts"
import { counterpart, firstParting } from "./Parting.ts"

export type Verdict = "identical" | "equivalent" | "different"

/** A measured value on both sides. */
export interface ValueComparison {
  readonly value: MeasuredValue
  /** The same in the other run; undefined where that did not measure it. */
  readonly other: MeasuredValue | undefined
  /** `other - value`; undefined unless both are numbers. */
  readonly difference: number | undefined
  readonly tolerance: number
  readonly within: boolean
}

const halfWidth = ({ high, low }: MeasuredValue): number => (high === null || low === null ? 0 : (high - low) / 2)

/**
 * How far a value may lie from the same value of another class: the half-widths of both 95 % intervals over episodes together.
 * Nothing for oracles, which no engine computes.
 */
export const tolerance = (value: MeasuredValue, other: MeasuredValue): number =>
  value.oracle ? 0 : halfWidth(value) + halfWidth(other)

/** Compares each value of `before` with its counterpart. */
export const compareValues = (
  before: ReadonlyArray<MeasuredValue>,
  after: ReadonlyArray<MeasuredValue>
): ReadonlyArray<ValueComparison> =>
  before.map((value): ValueComparison => {
    const other = counterpart(value, after)
    if (other === undefined) return { value, other, difference: undefined, tolerance: 0, within: false }
    const allowed = tolerance(value, other)
    if (value.value === null || other.value === null) {
      return { value, other, difference: undefined, tolerance: allowed, within: value.value === other.value }
    }
    const difference = other.value - value.value
    return { value, other, difference, tolerance: allowed, within: Math.abs(difference) <= allowed }
  })

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

export interface Comparison {
  readonly verdict: Verdict
  /** Stages that were compared. */
  readonly stages: number
  readonly parting: Parting | undefined
  /** The values that were compared by their tolerance; none where bits are compared. */
  readonly values: ReadonlyArray<ValueComparison>
  readonly claims: ReadonlyArray<ClaimComparison>
}

/**
 * Compares what is expected with what was found.
 *
 * `bitwise`: both are of one class. `whole`: every stage was run again, so that claims can be compared; otherwise only the stages
 * that were found are. `updates`: the trainings that were found end after so many.
 */
export const compare = (
  expected: Traces,
  found: Traces,
  how: { readonly bitwise: boolean; readonly whole: boolean; readonly updates?: number | undefined }
): Comparison => {
  const labels = new Set(found.stages.map(({ label }) => label))
  const stages = expected.stages.filter(({ label }) => labels.has(label)).length
  const claims = how.whole ? compareClaims(expected.claims, found.claims) : []
  if (how.bitwise) {
    const parting = firstParting(expected, found, how.updates)
    const same = parting === undefined && claims.length === 0
    return { verdict: same ? "identical" : "different", stages, parting, values: [], claims }
  }
  const names = new Set(found.measured.map(({ seed, stage }) => `${stage} ${seed}`))
  const values = compareValues(
    expected.measured.filter(
      (value) =>
        how.whole || (names.has(`${value.stage} ${value.seed}`) && counterpart(value, found.measured) !== undefined)
    ),
    found.measured
  )
  const close = values.every(({ within }) => within) && claims.length === 0
  return { verdict: close ? "equivalent" : "different", stages, parting: undefined, values, claims }
}
