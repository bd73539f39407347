/** What a run measured and found: values over seeds, verdicts. */
import type { Judgement } from "../Claim.ts"
import { makeRandom } from "../random/Random.ts"
import type { Measured } from "./Measure.ts"
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

/** What a run gives. */
export interface Summary {
  readonly pipeline: string
  readonly folder: string
  readonly engine: string
  readonly measures: ReadonlyArray<Aggregate>
  readonly claims: ReadonlyArray<Judgement>
}

/** A measured value with the seed and the stage that it comes from. */
export type Row = Measured & { readonly seed: number; readonly stage: string; readonly variant?: string }

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
