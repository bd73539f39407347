/** Measured values: a dot for each seed, the mean as a diamond with its interval; one row for each subject of each condition. */
import type { Condition, Metric } from "../Model.ts"
import { colours } from "./Vega.ts"
import type { Specification } from "./Vega.ts"

const rowHeight = 17
const outerWidth = 304

interface Row {
  readonly row: number
  readonly label: string
  readonly kind: "heading" | "subject" | "oracle"
}

/**
 * One metric over all conditions; `teams` decides the colours. Names of variants are longer than those of teams, and get more room.
 */
export const dotFigure = (
  metric: Metric,
  conditions: ReadonlyArray<Condition>,
  teams: ReadonlyArray<string>,
  of: "teams" | "variants"
): Specification => {
  const labelWidth = of === "teams" ? 118 : 164
  const width = outerWidth - labelWidth - 10
  const most = Math.floor((labelWidth - 8) / 5.4)
  const fitting = (name: string): string => (name.length <= most ? name : `${name.slice(0, most - 1)}…`)
  const scaled = (value: number) => (metric.unit === "fraction" ? 100 * value : value)
  const rows: Array<Row> = []
  const seeds: Array<{ readonly row: number; readonly value: number; readonly team: string }> = []
  const means: Array<{
    readonly row: number
    readonly mean: number
    readonly low: number
    readonly high: number
    readonly team: string
  }> = []
  const isThere = ({ subjects }: Condition) =>
    subjects.some(({ values }) => values.some((value) => value.metric === metric.name && value.estimate.mean !== null))
  const withValues = conditions.filter(isThere).length
  for (const condition of conditions) {
    const here = condition.subjects.filter(({ values }) =>
      values.some((value) => value.metric === metric.name && value.estimate.mean !== null)
    )
    if (here.length === 0) continue
    if (withValues > 1) rows.push({ row: rows.length, label: fitting(condition.on), kind: "heading" })
    for (const subject of here) {
      const value = subject.values.find((each) => each.metric === metric.name)
      if (value === undefined || value.estimate.mean === null) continue
      const row = rows.length
      const team = subject.oracle ? "" : subject.by
      rows.push({
        row,
        label: fitting(of === "teams" ? subject.name : (subject.variant ?? subject.by)),
        kind: subject.oracle ? "oracle" : "subject"
      })
      if (value.over === "seeds") {
        for (const each of value.seeds) if (each.value !== null) seeds.push({ row, value: scaled(each.value), team })
      }
      const { high, low, mean } = value.estimate
      means.push({ row, mean: scaled(mean), low: scaled(low ?? mean), high: scaled(high ?? mean), team })
    }
  }
  // a team that only imitated has no objective to be named by, and a colour after theirs
  const named = [...new Set([...teams, ...means.map(({ team }) => team)])].filter((team) => team !== "")
  const scale = {
    domain: [...named, ""],
    range: [...named.map((_, k) => colours.series[k % colours.series.length] ?? colours.ink), colours.oracle]
  }
  const color = { field: "team", type: "nominal", scale, legend: null } as const
  const y = {
    field: "row",
    type: "quantitative",
    axis: null,
    scale: { domain: [-0.6, rows.length - 0.4], reverse: true, nice: false, zero: false }
  } as const
  const x = {
    type: "quantitative",
    title: null,
    scale: { zero: false, nice: true },
    axis: { tickCount: 5 }
  } as const
  const label = (kind: Row["kind"], style: { readonly fontWeight?: "bold"; readonly fontStyle?: "italic" }) => ({
    transform: [{ filter: { field: "kind", equal: kind } }],
    data: { values: rows },
    mark: {
      type: "text" as const,
      align: kind === "heading" ? ("left" as const) : ("right" as const),
      baseline: "middle" as const,
      color: colours.ink,
      ...style
    },
    encoding: {
      y,
      x: { value: kind === "heading" ? 2 - labelWidth : -7 },
      text: { field: "label", type: "nominal" as const }
    }
  })
  return {
    width,
    height: Math.max(2, rows.length) * rowHeight,
    margins: { left: labelWidth, right: 10, top: 4, bottom: 22 },
    layer: [
      label("heading", { fontWeight: "bold" }),
      label("subject", {}),
      label("oracle", { fontStyle: "italic" }),
      {
        data: { values: means },
        mark: { type: "rule", strokeWidth: 2.5, opacity: 0.6 },
        encoding: { y, x: { ...x, field: "low" }, x2: { field: "high" }, color }
      },
      {
        data: { values: seeds },
        mark: { type: "point", shape: "circle", size: 26, filled: false, strokeWidth: 1.2, opacity: 0.9 },
        encoding: { y, x: { ...x, field: "value" }, color }
      },
      {
        data: { values: means },
        mark: { type: "point", shape: "diamond", size: 46, filled: true, opacity: 1 },
        encoding: { y, x: { ...x, field: "mean" }, color }
      }
    ]
  }
}
