/** What a run measured and found: values over seeds, verdicts. */
import { Schema } from "effect"
import type { Judgement } from "../Judgement.ts"
import { makeRandom } from "../random/Random.ts"
import { Measured } from "./Measure.ts"
import type { Estimate } from "./Statistics.ts"
import { bootstrap } from "./Statistics.ts"

/** A value measured for every seed, and over seeds. */
export interface Aggregate {
  readonly stage: string
  readonly metric: string
  readonly by: string
  readonly oracle: boolean
  readonly on: string
  readonly choose: string
  /** The variant of the experiment; absent as it stands. */
  readonly variant?: string
  /** Mean over seeds with a 95 % bootstrap interval; `n` counts seeds. */
  readonly overSeeds: Estimate
  readonly seeds: ReadonlyArray<Measured & { readonly seed: number }>
}

const Quantity = Schema.NullOr(Schema.Finite)

/** A mean with its interval over `n` seeds, as it is written down; null where it is undefined. */
export const Interval = Schema.Struct({ mean: Quantity, low: Quantity, high: Quantity, n: Schema.Int })
export type Interval = typeof Interval.Type

/** A value measured for one seed; the interval is over `n` episodes. */
export const SeedValue = Schema.Struct({
  seed: Schema.Int,
  value: Quantity,
  low: Quantity,
  high: Quantity,
  n: Schema.Int
})
export type SeedValue = typeof SeedValue.Type

/** A value over seeds as it stands in a run's `measures.json`. */
export const SummedUp = Schema.Struct({
  stage: Schema.String,
  metric: Schema.String,
  by: Schema.String,
  oracle: Schema.Boolean,
  on: Schema.String,
  choose: Schema.String,
  variant: Schema.optionalKey(Schema.String),
  overSeeds: Interval,
  seeds: Schema.Array(SeedValue)
})
export type SummedUp = typeof SummedUp.Type

/** What a run gives. */
export interface Summary {
  readonly pipeline: string
  readonly folder: string
  readonly engine: string
  readonly measures: ReadonlyArray<Aggregate>
  readonly claims: ReadonlyArray<Judgement>
}

// in the order in which a lock spells them: what was measured, for which seed, what came out
const { high, low, n, value, ...what } = Measured.fields
const estimate = { value, low, high, n }

/** A measured value with the stage, the variant (absent of the experiment as it stands) and the seed that it comes from. */
export const Row = Schema.Struct({
  stage: Schema.String,
  ...what,
  variant: Schema.optionalKey(Schema.String),
  seed: Schema.Int,
  ...estimate
})
export type Row = typeof Row.Type

/** Values over seeds, in the order in which their first one was measured. */
export const aggregate = (rows: ReadonlyArray<Row>): ReadonlyArray<Aggregate> => {
  const groups = new Map<string, Array<Row>>()
  for (const row of rows) {
    const key = JSON.stringify([row.stage, row.metric, row.by, row.oracle, row.on, row.choose, row.variant ?? ""])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const values = group.flatMap(({ value }) => (value === null ? [] : [value]))
    const { by, choose, metric, on, oracle, stage } = first
    const variant = first.variant === undefined ? {} : { variant: first.variant }
    return [
      {
        stage,
        metric,
        by,
        oracle,
        on,
        choose,
        ...variant,
        overSeeds: bootstrap(values, makeRandom(0)),
        seeds: group.map(({ high, low, n, seed, value }) => ({
          metric,
          by,
          oracle,
          on,
          choose,
          value,
          low,
          high,
          n,
          seed
        }))
      }
    ]
  })
}
