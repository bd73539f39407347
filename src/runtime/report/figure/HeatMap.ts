/** A table of shares as a picture: the darker the cell, the larger the share. */
import { colours } from "./Vega.ts"
import type { Specification } from "./Vega.ts"

/** Rows under headings, a share in [0, 1] for each column. */
export interface HeatTable {
  readonly columns: ReadonlyArray<string>
  readonly groups: ReadonlyArray<{
    readonly heading: string
    readonly rows: ReadonlyArray<{ readonly label: string; readonly shares: ReadonlyArray<number> }>
  }>
}

/** Counts as shares of their row; a row without counts has none. */
export const shares = (counts: ReadonlyArray<number>): ReadonlyArray<number> => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => (total > 0 ? count / total : Number.NaN))
}

const size = 16

/** The picture of a table; shares from 10 % on are written into their cells. */
export const heatFigure = ({ columns, groups }: HeatTable, labelWidth: number, cell = size): Specification => {
  const labels: Array<{ readonly row: number; readonly label: string; readonly kind: "heading" | "row" }> = []
  const cells: Array<{ readonly row: number; readonly column: number; readonly share: number; readonly says: string }> =
    []
  for (const { heading, rows } of groups) {
    if (heading !== "") labels.push({ row: labels.length, label: heading, kind: "heading" })
    for (const { label, shares: values } of rows) {
      const row = labels.length
      labels.push({ row, label, kind: "row" })
      values.forEach((share, column) => {
        if (!Number.isFinite(share)) return
        cells.push({ row, column, share, says: share >= 0.095 ? String(Math.round(100 * share)) : "" })
      })
    }
  }
  const heads = columns.map((label, column) => ({ column, label }))
  const x = {
    field: "column",
    type: "quantitative",
    axis: null,
    scale: { domain: [0, columns.length], nice: false, zero: false }
  } as const
  const y = {
    field: "row",
    type: "quantitative",
    axis: null,
    scale: { domain: [0, labels.length], reverse: true, nice: false, zero: false }
  } as const
  const half = cell / 2
  const label = (kind: "heading" | "row") => ({
    data: { values: labels },
    transform: [{ filter: { field: "kind", equal: kind } }],
    mark: {
      type: "text" as const,
      align: kind === "heading" ? ("left" as const) : ("right" as const),
      baseline: "middle" as const,
      dy: half,
      color: colours.ink,
      ...(kind === "heading" ? { fontWeight: "bold" as const } : {})
    },
    encoding: {
      y,
      x: { value: kind === "heading" ? 2 - labelWidth : -6 },
      text: { field: "label", type: "nominal" as const }
    }
  })
  return {
    width: columns.length * cell,
    height: labels.length * cell,
    margins: { left: labelWidth, right: 28, top: 8 + 5 * Math.max(...columns.map((name) => name.length)), bottom: 4 },
    layer: [
      {
        data: { values: heads },
        mark: { type: "text", angle: 315, align: "left", baseline: "middle", dx: half + 3, dy: -2, color: colours.ink },
        encoding: { x, y: { value: -4 }, text: { field: "label", type: "nominal" } }
      },
      label("heading"),
      label("row"),
      {
        data: { values: cells },
        mark: {
          type: "square",
          size: cell * cell - 2 * cell,
          xOffset: half,
          yOffset: half,
          color: colours.accent,
          opacity: 1
        },
        encoding: {
          x,
          y,
          fillOpacity: {
            field: "share",
            type: "quantitative",
            scale: { domain: [0, 1], range: [0.04, 1] },
            legend: null
          },
          stroke: { value: colours.rule },
          strokeWidth: { value: 0.5 }
        }
      },
      {
        data: { values: cells.filter(({ says }) => says !== "") },
        mark: { type: "text", dx: half, dy: half + 0.5, fontSize: 9, align: "center", baseline: "middle" },
        encoding: {
          x,
          y,
          text: { field: "says", type: "nominal" },
          color: { condition: { test: "datum.share > 0.55", value: colours.paper }, value: colours.ink }
        }
      }
    ]
  }
}
