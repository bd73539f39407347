/** The tables of a report as CSV (RFC 4180, lines end in \n), numbers unrounded, empty where nothing is defined. */
import type { Report } from "./Model.ts"
import { sidesOf } from "./Model.ts"
import type { RunRecord } from "./RunRecord.ts"

type Cell = string | number | boolean | null | undefined

const cell = (value: Cell): string => {
  if (value === null || value === undefined || (typeof value === "number" && !Number.isFinite(value))) return ""
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const lines = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<Cell>>): string =>
  [head, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("")

const subject = ["stage", "by", "oracle", "variant", "on", "choose", "metric"]

const measures = (record: RunRecord): string =>
  lines(
    [...subject, "mean", "low", "high", "seeds"],
    record.measures.map(({ by, choose, metric, on, oracle, overSeeds, stage, variant }) => [
      stage,
      by,
      oracle,
      variant,
      on,
      choose,
      metric,
      overSeeds.mean,
      overSeeds.low,
      overSeeds.high,
      overSeeds.n
    ])
  )

const perSeed = (record: RunRecord): string =>
  lines(
    [...subject, "seed", "value", "low", "high", "episodes"],
    record.measures.flatMap(({ by, choose, metric, on, oracle, seeds, stage, variant }) =>
      seeds.map(({ high, low, n, seed, value }) => [
        stage,
        by,
        oracle,
        variant,
        on,
        choose,
        metric,
        seed,
        value,
        low,
        high,
        n
      ])
    )
  )

const curves = (record: RunRecord): string => {
  const trained = record.stages.filter(({ curve }) => curve !== undefined)
  const columns = [...new Set(trained.flatMap(({ curve }) => Object.keys(curve?.columns ?? {})))]
  return lines(
    ["stage", "objective", "variant", "seed", ...columns],
    trained.flatMap(({ curve, objective, seed, stage, variant }) =>
      Array.from({ length: curve?.updates ?? 0 }, (_, update) => [
        stage,
        objective,
        variant,
        seed,
        ...columns.map((name) => curve?.columns[name]?.[update])
      ])
    )
  )
}

const claims = (report: Report): string => {
  const statistics = [...new Set(report.claims.flatMap((claim) => Object.keys(claim.statistics)))]
  return lines(
    ["claim", "verdict", "left", "right", "margin", "low", "high", "seeds", ...statistics, "text"],
    report.claims.map((claim) => {
      const sides = sidesOf(claim)
      const { margin } = claim
      return [
        claim.claim,
        claim.verdict,
        sides?.left,
        sides?.right,
        margin.mean,
        margin.low,
        margin.high,
        margin.n,
        ...statistics.map((name): Cell => {
          const value = claim.statistics[name]
          return typeof value === "object" ? (value === null ? null : JSON.stringify(value)) : value
        }),
        claim.text
      ]
    })
  )
}

/** The CSV files of a report by name; a table without rows is left out. */
export const csvFiles = (record: RunRecord, report: Report): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [
      ["measures.csv", measures(record)] as const,
      ["seeds.csv", perSeed(record)] as const,
      ["curves.csv", curves(record)] as const,
      ["claims.csv", claims(report)] as const
    ].filter(([, text]) => text.indexOf("\n") < text.length - 1)
  )
