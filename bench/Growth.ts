/**
 * `node bench/Growth.ts [FILE]`: what a step costs and how much memory training takes as environments, hidden units, horizon and grid grow,
 * each from the default configuration. Writes bench/growth.json and the plot of docs/performance.md.
 */
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { compile } from "vega-lite"
import type { TopLevelSpec } from "vega-lite"
import * as vega from "vega"
import { root } from "../src/cli/Installation.ts"

/** What is trained. */
export interface Growth {
  readonly environments: number
  readonly hidden: number
  readonly horizon: number
  readonly grid: number
  /** Updates, of which the second half counts. */
  readonly updates: number
}

/** What that took. */
export interface Point {
  /** CPU-microseconds for an environment step, of rollouts and of updates. */
  readonly rollout: number
  readonly update: number
  /** MiB at the peak. */
  readonly memory: number
  /** Floating-point operations of an update's matrix products for an environment step. */
  readonly work: number
  /** Operations per CPU-second of one large product, measured in the same process. */
  readonly rate: number
}

const base: Omit<Growth, "updates"> = { environments: 128, hidden: 64, horizon: 80, grid: 8 }

/** As many updates as take some eight seconds, of which four warm up; not fewer than 8. */
const updatesOf = ({ environments, hidden }: typeof base): number =>
  Math.min(120, Math.max(8, Math.round(10_000 / (environments * (hidden / 64) ** 1.5))))

/** The axes that grow, and how far. */
export const axes: Readonly<Record<"environments" | "hidden" | "horizon" | "grid", ReadonlyArray<number>>> = {
  environments: [16, 32, 64, 128, 256, 512, 1024, 2048, 4096],
  hidden: [32, 64, 128, 256, 512],
  horizon: [20, 40, 80, 160, 320],
  grid: [8, 12, 16, 24, 32]
}

interface Row extends Point {
  readonly axis: keyof typeof axes
  readonly value: number
}

const measure = (growth: Growth): Point => {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [Path.join(import.meta.dirname, "GrowthPoint.ts"), JSON.stringify(growth)],
    { encoding: "utf8" }
  )
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Point
}

/** Cost of a step, memory and share of the machine's rate over each axis. */
export const plot = (rows: ReadonlyArray<Row>): TopLevelSpec => {
  const values = rows.flatMap((row) => [
    { ...row, panel: "CPU-microseconds a step", what: "rollout", y: row.rollout },
    { ...row, panel: "CPU-microseconds a step", what: "update", y: row.update },
    {
      ...row,
      panel: "CPU-microseconds a step",
      what: "roofline",
      y: (1e6 * row.work) / row.rate
    },
    { ...row, panel: "MiB at the peak", what: "memory", y: row.memory }
  ])
  const panel = (name: string) => ({
    facet: { column: { field: "axis", type: "nominal" as const, title: null, sort: Object.keys(axes) } },
    data: { values: values.filter((value) => value.panel === name) },
    spec: {
      width: 170,
      height: 150,
      mark: { type: "line" as const, point: true },
      encoding: {
        x: { field: "value", type: "quantitative" as const, scale: { type: "log" as const, base: 2 }, title: null },
        y: { field: "y", type: "quantitative" as const, scale: { type: "log" as const }, title: name },
        color: { field: "what", type: "nominal" as const, title: null }
      }
    },
    resolve: { scale: { x: "independent" as const } }
  })
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    vconcat: [panel("CPU-microseconds a step"), panel("MiB at the peak")],
    resolve: { scale: { color: "independent" } }
  }
}

const main = async (): Promise<void> => {
  const rows: Array<Row> = []
  for (const [axis, sizes] of Object.entries(axes) as ReadonlyArray<[keyof typeof axes, ReadonlyArray<number>]>) {
    for (const value of sizes) {
      const growth = { ...base, [axis]: value }
      const row = { axis, value, ...measure({ ...growth, updates: updatesOf(growth) }) }
      rows.push(row)
      process.stderr.write(
        `${axis} ${value}: rollout ${row.rollout.toFixed(1)}, update ${row.update.toFixed(1)} us a step, ` +
          `${row.memory.toFixed(0)} MiB, ${((100 * 1e6 * row.work) / row.rate / row.update).toFixed(0)} % of the rate\n`
      )
    }
  }
  Fs.writeFileSync(
    process.argv[2] ?? Path.join(import.meta.dirname, "growth.json"),
    `${JSON.stringify({ format: "bica-growth/1", base, rows }, undefined, 1)}\n`
  )
  const view = new vega.View(vega.parse(compile(plot(rows)).spec), { renderer: "none" })
  Fs.writeFileSync(Path.join(root, "docs", "growth.svg"), `${await view.toSVG()}\n`)
}

if (import.meta.main) await main()
