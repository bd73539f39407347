import { expect, it } from "vitest"
import { dotFigure } from "../../../src/runtime/report/figure/Dots.ts"
import type { Condition, Metric } from "../../../src/runtime/report/Model.ts"

const metric: Metric = {
  name: "success",
  doc: "",
  formula: "",
  unit: "fraction",
  source: "",
  better: "higher",
  kind: "episode",
  range: "",
  floor: null,
  ceiling: null
}

const subject = (by: string, oracle: boolean, mean: number): Condition["subjects"][number] => ({
  by,
  name: by,
  oracle,
  choose: oracle ? "" : "greedy",
  variant: null,
  stage: "test",
  values: [
    { metric: "success", estimate: { mean, low: mean, high: mean, n: 1000 }, over: "episodes", seeds: [], parts: null }
  ]
})

it("draws a team that only imitated, which is named by no objective", () => {
  const subjects = [subject("both", false, 0.9), subject("taught", false, 0.1), subject("planner", true, 1)]
  const condition: Condition = { on: "map", says: [], isBase: true, metrics: ["success"], subjects }
  const figure = JSON.parse(JSON.stringify(dotFigure(metric, [condition], ["both"], "teams"))) as {
    readonly layer: ReadonlyArray<{
      readonly data: { readonly values: ReadonlyArray<{ readonly team?: string }> }
      readonly encoding: {
        readonly color?: { readonly scale: { readonly domain: unknown; readonly range: unknown[] } }
      }
    }>
  }
  const coloured = figure.layer.filter(({ encoding }) => encoding.color !== undefined)
  expect(coloured.length).toBeGreaterThan(0)
  for (const { data, encoding } of coloured) {
    expect(encoding.color?.scale.domain).toEqual(["both", "taught", ""])
    expect(new Set(encoding.color?.scale.range).size).toBe(3)
    for (const { team } of data.values) expect(encoding.color?.scale.domain).toContain(team)
  }
})
