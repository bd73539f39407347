/** Measured values and verdicts as lines of text. */
import { Schema } from "effect"
import { shippedMetrics } from "../runtime/environment/Shipped.ts"
import { Interval, SummedUp } from "../runtime/measure/Summary.ts"
import type { Palette } from "./Screen.ts"
import { grouped } from "./Screen.ts"

/** `measures.json` of a run. */
export const Measures = Schema.Struct({
  pipeline: Schema.String,
  engine: Schema.Struct({ name: Schema.String, version: Schema.String, numericClass: Schema.String }),
  measures: Schema.Array(SummedUp)
})

/** `claims.json` of a run. */
export const Claims = Schema.Struct({
  claims: Schema.Array(
    Schema.Struct({
      claim: Schema.String,
      verdict: Schema.Literals(["holds", "fails", "undecided", "never run"]),
      margin: Interval,
      test: Schema.optionalKey(Schema.String),
      p: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
      adjusted: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
      family: Schema.optionalKey(Schema.Array(Schema.String)),
      cohenD: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
      interquartileMean: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
      probabilityOfImprovement: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
      note: Schema.optionalKey(Schema.String),
      evidence: Schema.Array(Schema.Json)
    })
  )
})

/** Metrics that are shares of episodes; they are shown in percent. */
export type IsFraction = (metric: string) => boolean

/** Scores within [0, 1] that are no shares: two decimals would say little of them. */
const small: ReadonlySet<string> = new Set(shippedMetrics.filter(({ unit }) => unit === "none").map(({ name }) => name))

/** -0.001 is 0.00: a sign without a number says nothing. */
const shown = (value: number, fraction: boolean, places: number): string =>
  (fraction ? (100 * value).toFixed(1) : value.toFixed(places)).replace(/^-(?=[0.]+$)/, "")

const cell = (row: SummedUp, fraction: boolean): string => {
  // One seed has no spread over seeds; its interval is over its episodes.
  const [only] = row.seeds
  const estimate =
    row.seeds.length === 1 && only !== undefined ? { mean: only.value, low: only.low, high: only.high } : row.overSeeds
  if (estimate.mean === null) return "-"
  const unit = fraction ? " %" : ""
  const text = (value: number) => shown(value, fraction, small.has(row.metric) ? 4 : 2)
  const interval =
    estimate.low === null || estimate.high === null ? "" : ` [${text(estimate.low)}, ${text(estimate.high)}]`
  return `${text(estimate.mean)}${unit}${interval}`
}

const plural = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`

const conditionOf = (row: SummedUp): string => `on ${row.on}`

const span = (values: ReadonlyArray<number>): string => {
  const low = Math.min(...values)
  const high = Math.max(...values)
  return low === high ? plural(low, "episode") : `${grouped(low)} to ${plural(high, "episode")}`
}

/** Metrics whose n may count something else than episodes: parts that are defined, rows that were compared. */
const ofParts: ReadonlySet<string> = new Set(
  shippedMetrics.filter(({ kind }) => kind !== "episode").map(({ name }) => name)
)

/** Columns after the first, in groups that fit beside it into `width` characters; at least one in each. */
const folded = (widths: ReadonlyArray<number>, width: number): ReadonlyArray<ReadonlyArray<number>> => {
  const groups: Array<Array<number>> = []
  let used = Number.POSITIVE_INFINITY
  for (const [column, wide] of widths.entries()) {
    if (column === 0) continue
    if (used + 2 + wide > width || groups.length === 0) {
      groups.push([])
      used = 2 + (widths[0] ?? 0)
    }
    groups.at(-1)?.push(column)
    used += 2 + wide
  }
  return groups
}

/**
 * One block per condition: who was measured down, what was measured across, the mean and its 95 % interval in each cell.
 * The interval is over seeds where there are several, else over the episodes of the one seed. Columns that do not fit into
 * `width` characters go on below, with the names repeated.
 */
export const table = (
  rows: ReadonlyArray<SummedUp>,
  isFraction: IsFraction,
  paint: Palette,
  width = Number.POSITIVE_INFINITY
): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const condition of new Set(rows.map(conditionOf))) {
    const here = rows.filter((row) => conditionOf(row) === condition)
    const metrics = [...new Set(here.map((row) => row.metric))]
    const nameOf = (row: SummedUp) => {
      const by = row.variant === undefined ? row.by : `${row.by}, ${row.variant}`
      return row.oracle ? `${by} (oracle)` : row.choose === "greedy" ? by : `${by} (${row.choose})`
    }
    const subjects = [...new Set(here.map(nameOf))]
    const body = subjects.map((subject) => [
      subject,
      ...metrics.map((metric) => {
        const row = here.find((candidate) => nameOf(candidate) === subject && candidate.metric === metric)
        return row === undefined ? "" : cell(row, isFraction(metric))
      })
    ])
    const grid = [["", ...metrics], ...body]
    const widths = grid[0]?.map((_, column) => Math.max(...grid.map((line) => line[column]?.length ?? 0))) ?? []
    const seeds = Math.max(...here.map((row) => row.seeds.length))
    // a metric of a module may leave episodes out
    const counted = here.filter(({ metric }) => !ofParts.has(metric) && !metric.includes("."))
    // what is undefined is of no episode
    const defined = (counted.length > 0 ? counted : here).filter(({ overSeeds }) => overSeeds.mean !== null)
    const episodes = span((defined.length > 0 ? defined : here).flatMap((row) => row.seeds.map((seed) => seed.n)))
    const over = seeds === 1 ? "95 % intervals over episodes" : "95 % intervals over seeds"
    if (lines.length > 0) lines.push("")
    lines.push(`${paint.strong(condition)}  ${paint.faint(`${plural(seeds, "seed")}, ${episodes} each; ${over}`)}`)
    for (const columns of folded(widths, width)) {
      grid.forEach((line, index) => {
        const text = [0, ...columns].map((column) => (line[column] ?? "").padEnd(widths[column] ?? 0)).join("  ")
        lines.push(`  ${index === 0 ? paint.faint(text.trimEnd()) : text.trimEnd()}`)
      })
    }
  }
  return lines
}

/** A p in few words. */
const chance = (p: number): string => (p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`)

/** What stands beside the margin of a claim: its p, the size of the effect, and why nothing more could be said. */
const besides = (claim: (typeof Claims.Type)["claims"][number]): ReadonlyArray<string> => {
  const { adjusted, cohenD, family, interquartileMean, note, p, probabilityOfImprovement, test } = claim
  const of = family === undefined || family.length < 2 ? "" : ` over ${family.length} claims`
  return [
    ...(p === undefined || p === null
      ? []
      : [
          adjusted === undefined || adjusted === null || adjusted === p
            ? `p ${chance(p)} by ${test ?? ""}`
            : `p ${chance(adjusted)} by ${test ?? ""}, corrected${of} (raw ${chance(p).replace("= ", "")})`
        ]),
    ...(typeof cohenD === "number" ? [`d ${cohenD.toPrecision(3)}`] : []),
    ...(typeof interquartileMean === "number" ? [`IQM of the difference ${interquartileMean.toPrecision(3)}`] : []),
    ...(typeof probabilityOfImprovement === "number"
      ? [`improves in ${Math.round(100 * probabilityOfImprovement)} % of pairs`]
      : []),
    ...(note === undefined ? [] : [note])
  ]
}

/** Each claim: its verdict, its name, the margin that is left in the claimed direction; below it what else was found. */
export const verdicts = (claims: (typeof Claims.Type)["claims"], paint: Palette): ReadonlyArray<string> => {
  const name = Math.max(0, ...claims.map(({ claim }) => claim.length))
  return claims.flatMap((one) => {
    const { claim, margin, verdict } = one
    const colour = verdict === "holds" ? paint.good : verdict === "fails" ? paint.bad : paint.faint
    const interval =
      margin.low === null || margin.high === null
        ? ""
        : ` [${margin.low.toPrecision(3)}, ${margin.high.toPrecision(3)}]`
    const left =
      margin.mean === null ? "" : `  margin ${margin.mean.toPrecision(3)}${interval} over ${plural(margin.n, "seed")}`
    const more = besides(one).join(", ")
    return [
      `${colour(verdict.padEnd(9))}  ${claim.padEnd(name)}${left}`.trimEnd(),
      ...(more === "" ? [] : [paint.faint(`${" ".repeat(11)}${more}`)])
    ]
  })
}
