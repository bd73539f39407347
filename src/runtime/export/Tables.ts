/** Measured values, verdicts and learning curves as CSV (RFC 4180, with line feeds) and as scalars. */
import type { Row } from "../measure/Summary.ts"
import type { LockedPipeline } from "../store/Lockfile.ts"
import type { Curve } from "../verify/Evidence.ts"
import type { Scalar } from "./EventFile.ts"

/** A field, in quotation marks where it has to be; nothing for what is undefined. */
const field = (value: string | number | boolean | null): string => {
  if (value === null) return ""
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A table with its head. */
export const csv = (
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string | number | boolean | null>>
): string => [columns, ...rows].map((row) => `${row.map(field).join(",")}\n`).join("")

/** A row for each measured value of each seed; fractions are in [0, 1], what is undefined is empty. */
export const measuresCsv = (measured: ReadonlyArray<Row>): string =>
  csv(
    ["stage", "metric", "by", "oracle", "on", "choose", "seed", "value", "low", "high", "n", "variant"],
    measured.map(({ by, choose, high, low, metric, n, on, oracle, seed, stage, value, variant }) => [
      stage,
      metric,
      by,
      oracle,
      on,
      choose,
      seed,
      value,
      low,
      high,
      n,
      variant ?? null
    ])
  )

/** A row for each claim: its verdict and the margin that is left in the claimed direction. */
export const claimsCsv = (claims: LockedPipeline["claims"]): string =>
  csv(
    ["claim", "verdict", "margin", "low", "high", "n"],
    Object.entries(claims).map(([claim, { margin, verdict }]) => [
      claim,
      verdict,
      margin.mean,
      margin.low,
      margin.high,
      margin.n
    ])
  )

/** The numbers of a curve by column, null where there was nothing to measure. */
export const curveColumns = ({ cells, columns }: Curve): Readonly<Record<string, ReadonlyArray<number | null>>> =>
  Object.fromEntries(
    columns.map((name, column) => [
      name,
      (cells ?? []).map((row) => {
        const cell = row[column] ?? ""
        return cell === "" ? null : Number(cell)
      })
    ])
  )

/** A curve as scalars over its updates, counted from 1; `budget.ai_drift` becomes `budget/ai_drift`. */
export const curveScalars = (curve: Curve): ReadonlyArray<Scalar> =>
  Object.entries(curveColumns(curve))
    .filter(([name]) => name !== "update")
    .flatMap(([name, values]) =>
      values.flatMap((value, row) => (value === null ? [] : [{ tag: name.replaceAll(".", "/"), step: row + 1, value }]))
    )

/** What was measured as scalars at step 0: `success of bica on map` under `measured`. */
export const measuredScalars = (measured: ReadonlyArray<Row>): ReadonlyArray<Scalar> =>
  measured.flatMap(({ by, choose, metric, on, oracle, value, variant }) =>
    value === null
      ? []
      : [
          {
            tag: `measured/${metric} of ${by}${variant === undefined ? "" : `, ${variant}`}${oracle ? " (oracle)" : ""} on ${on}${choose === "greedy" ? "" : ` (${choose})`}`,
            step: 0,
            value
          }
        ]
  )
