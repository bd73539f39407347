/** A budget sweep: the bound on x; what was held, and what it cost, on y. */
import type { Sweep } from "../Model.ts"
import { colours } from "./Vega.ts"
import type { Specification } from "./Vega.ts"

interface Mark {
  readonly bound: number
  readonly mean: number
  readonly low: number
  readonly high: number
}
interface Dot {
  readonly bound: number
  readonly value: number
}

/** One panel of a sweep. */
export interface SweepPanel {
  readonly title: string
  readonly unit: string
  readonly marks: ReadonlyArray<Mark>
  readonly dots: ReadonlyArray<Dot>
  /** A line y = x, where y is the quantity that the bound holds. */
  readonly diagonal: boolean
}

/** The panels of a sweep: the quantity held, success, steps; those that were not measured are left out. */
export const sweepPanels = ({ budget, points, unit }: Sweep): ReadonlyArray<SweepPanel> => {
  const held: SweepPanel = {
    title: `${budget} at the end of training`,
    unit,
    diagonal: true,
    marks: points.flatMap(({ bound, held: values }) => {
      const numbers = values.map(({ value }) => value)
      if (numbers.length === 0) return []
      const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length
      return [{ bound, mean, low: Math.min(...numbers), high: Math.max(...numbers) }]
    }),
    dots: points.flatMap(({ bound, held: values }) => values.map(({ value }) => ({ bound, value })))
  }
  const panel = (metric: string, of: string): SweepPanel => {
    const scaled = (x: number) => (metric === "success" ? 100 * x : x)
    const found = points.flatMap(({ bound, measured }) =>
      measured.filter((each) => each.metric === metric).map((each) => ({ bound, ...each }))
    )
    return {
      title: metric,
      unit: of,
      diagonal: false,
      marks: found.flatMap(({ bound, estimate: { high, low, mean } }) =>
        mean === null ? [] : [{ bound, mean: scaled(mean), low: scaled(low ?? mean), high: scaled(high ?? mean) }]
      ),
      dots: found.flatMap(({ bound, seeds }) =>
        seeds.flatMap(({ value }) => (value === null ? [] : [{ bound, value: scaled(value) }]))
      )
    }
  }
  return [held, panel("success", "%"), panel("steps", "steps")].filter(({ marks }) => marks.length > 0)
}

/** A panel as a figure; the bound is on a logarithmic axis where the bounds span more than a factor of ten. */
export const sweepFigure = (
  { diagonal, dots, marks }: SweepPanel,
  boundUnit: string,
  width: number,
  height: number
): Specification => {
  const bounds = marks.map(({ bound }) => bound)
  const [least, most] = [Math.min(...bounds), Math.max(...bounds)]
  const isLog = least > 0 && most / least > 10
  const type = isLog ? ("log" as const) : ("linear" as const)
  const values = dots.map(({ value }) => value)
  const canLog = isLog && diagonal && Math.min(...values) > 0
  const x = {
    field: "bound",
    type: "quantitative",
    title: boundUnit === "" ? "bound" : `bound (${boundUnit})`,
    scale: { type, nice: false, padding: 10, ...(isLog ? {} : { zero: false }) },
    axis: { grid: false, values: [...new Set(bounds)], labelOverlap: true }
  } as const
  const y = {
    type: "quantitative",
    title: null,
    scale: canLog ? { type: "log" as const } : { type: "linear" as const, zero: false },
    axis: diagonal ? { values: [...new Set(bounds)], labelOverlap: true } : { tickCount: 4 }
  } as const
  return {
    width,
    height,
    margins: { left: 46, right: 10, top: 8, bottom: 36 },
    layer: [
      ...(diagonal
        ? [
            {
              data: { values: [...new Set(bounds)].sort((a, b) => a - b).map((bound) => ({ bound, same: bound })) },
              mark: { type: "line", color: colours.ink, strokeDash: [4, 2], strokeWidth: 1 },
              encoding: { x, y: { ...y, field: "same" } }
            } as const
          ]
        : []),
      ...(diagonal
        ? []
        : [
            {
              data: { values: marks },
              mark: { type: "line", color: colours.accent, strokeWidth: 1.5 },
              encoding: { x, y: { ...y, field: "mean" } }
            } as const
          ]),
      {
        data: { values: marks },
        mark: { type: "rule", color: colours.accent, strokeWidth: 2.5, opacity: 0.6 },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } }
      },
      {
        data: { values: dots },
        mark: { type: "point", shape: "circle", color: colours.accent, size: 26, filled: false },
        encoding: { x, y: { ...y, field: "value" } }
      },
      {
        data: { values: marks },
        mark: { type: "point", shape: "diamond", color: colours.accent, size: 46, filled: true, opacity: 1 },
        encoding: { x, y: { ...y, field: "mean" } }
      }
    ]
  }
}
