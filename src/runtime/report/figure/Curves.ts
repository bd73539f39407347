/** Learning curves: a line for the mean over seeds, a band from the lowest to the highest seed. */
import type { CurvePanel } from "../Model.ts"
import { significant } from "../Quantity.ts"
import { colours, dashes } from "./Vega.ts"
import type { Specification } from "./Vega.ts"

const percent = (value: number, unit: string): number => (unit === "fraction" ? 100 * value : value)

/** One quantity; `order` are the names of all series of the section, which decides their colours. */
export const curveFigure = (
  panel: CurvePanel,
  order: ReadonlyArray<string>,
  width: number,
  height: number
): Specification => {
  const { bounds, series, unit } = panel
  const rows = series.flatMap(({ name, points }) =>
    points.map(({ high, low, mean, update }) => ({
      series: name,
      update,
      mean: percent(mean, unit),
      low: percent(low, unit),
      high: percent(high, unit)
    }))
  )
  const scale = {
    domain: order,
    range: order.map((_, k) => colours.series[k % colours.series.length] ?? colours.ink)
  }
  const dash = { domain: order, range: order.map((_, k) => [...(dashes[k % dashes.length] ?? [1, 0])]) }
  const x = {
    field: "update",
    type: "quantitative",
    title: "update",
    axis: { grid: false, tickCount: 4, labelFlush: true },
    scale: { nice: false, zero: true }
  } as const
  const y = {
    type: "quantitative",
    title: null,
    axis: { tickCount: 4 },
    scale: unit === "fraction" ? { domain: [0, 100] } : { zero: panel.kind === "budget" || panel.kind === "multiplier" }
  } as const
  const colour = { field: "series", type: "nominal", scale, legend: null } as const
  const marks = [...new Set(bounds.map(({ bound }) => bound))].map((bound) => ({
    bound,
    says: `bound ${significant(bound)}`
  }))
  return {
    width,
    height,
    margins: { left: 46, right: 8, top: 8, bottom: 34 },
    data: { values: rows },
    layer: [
      {
        mark: { type: "area", opacity: 0.2 },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour }
      },
      {
        mark: { type: "line", strokeWidth: 1.75 },
        encoding: {
          x,
          y: { ...y, field: "mean" },
          color: colour,
          strokeDash: { field: "series", type: "nominal", scale: dash, legend: null }
        }
      },
      ...(marks.length === 0
        ? []
        : [
            {
              data: { values: marks },
              mark: { type: "rule", color: colours.ink, strokeWidth: 1, strokeDash: [4, 2] },
              encoding: { y: { field: "bound", type: "quantitative" } }
            } as const,
            {
              data: { values: marks },
              mark: { type: "text", align: "right", baseline: "bottom", dy: -3, color: colours.ink },
              encoding: {
                y: { field: "bound", type: "quantitative" },
                x: { value: width },
                text: { field: "says", type: "nominal" }
              }
            } as const
          ])
    ]
  }
}
