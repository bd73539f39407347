import { assert, describe, it } from "@effect/vitest"
import { withDerived } from "../../../src/runtime/measure/Derived.ts"
import type { Derivation } from "../../../src/runtime/measure/Derived.ts"
import type { Row } from "../../../src/runtime/measure/Summary.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"

const objective = (name: string) => Objective.make(name, { semantics: name, loss: [], within: [], freezing: [] })
const baseline = objective("one_way")
const alone = objective("ai_alone")

const rowsOf = (
  by: string,
  values: Readonly<Record<string, number | null>>,
  changes: Partial<Row> = {}
): ReadonlyArray<Row> =>
  Object.entries(values).map(([metric, value]) => ({
    metric,
    by,
    oracle: false,
    on: "map",
    choose: "greedy",
    value,
    low: null,
    high: null,
    n: 100,
    seed: 13,
    stage: "test",
    ...changes
  }))

const bica = rowsOf("bica", {
  success: 0.99,
  steps: 10,
  tokens: 9,
  mp: 0.8,
  bs: 0.1,
  rc: 0.9,
  ss: 0.95,
  diversity: 0.5,
  agreement: 0.4,
  human_alone: 0.6
})
const oneWay = rowsOf("one_way", { success: 0.95, steps: 15, tokens: 19 })
const aiAlone = rowsOf("ai_alone", { success: 0.9, steps: 20, tokens: 0 })

const derived = (rows: ReadonlyArray<Row>, derive: Derivation, of = "bica") =>
  Object.fromEntries(
    withDerived(rows, [{ name: "test", derive }])
      .filter((row) => row.by === of && derive.metrics.includes(row.metric))
      .map(({ metric, n, value }) => [metric, { value, n }])
  )

const all: Derivation = { metrics: ["bas", "ce", "ccm", "synergy"], baseline, alone }

describe("derived values", () => {
  it("are made of what was measured, of the team and of whom it is compared with", () => {
    const found = derived([...bica, ...oneWay, ...aiAlone], all)
    // x = (15/10 + 20/10) / 2 = 1.75
    const ce = 1.75 / 2.75
    assert.closeTo(found.ce?.value ?? NaN, ce, 1e-12)
    assert.closeTo(found.bas?.value ?? NaN, (0.8 + 0.1 + 0.9 + 0.95 + ce) / 5, 1e-12)
    assert.strictEqual(found.bas?.n, 5)
    // 0.9 is the better alone: (0.99 - 0.9) / 0.1 = 0.9
    const synergy = 0.7 * 0.9 + 0.3 * 0.4
    assert.closeTo(found.synergy?.value ?? NaN, synergy, 1e-12)
    assert.closeTo(found.ccm?.value ?? NaN, (0.5 + synergy) / 2, 1e-12)
  })

  it("of a team that imitated compare with a baseline that another stage measured", () => {
    const taught = rowsOf("taught", { success: 0.95, steps: 30, tokens: 19 }, { stage: "guided" })
    const stages = (team?: string) => [
      { name: "guided", derive: { metrics: ["ce"], baseline }, ...(team === undefined ? {} : { team }) },
      { name: "test" }
    ]
    const ceOf = (team?: string) =>
      withDerived([...taught, ...oneWay], stages(team)).find(({ metric }) => metric === "ce")?.value
    // x = (15/30 + 20/20) / 2 = 0.75
    assert.closeTo(ceOf("taught") ?? NaN, 0.75 / 1.75, 1e-12)
    assert.isNull(ceOf())
  })

  it("compare the teams that one training left, and what is played elsewhere with those of the last", () => {
    const after = (name: string, training: string, steps: number, stage: string) =>
      rowsOf(`${name} after ${training}`, { success: 0.95, steps, tokens: 19 }, { stage })
    const rows = [
      ...after("bica", "easy", 30, "between"),
      ...after("one_way", "easy", 15, "between"),
      ...after("bica", "hard", 10, "test"),
      ...after("one_way", "hard", 20, "test"),
      ...rowsOf("taught", { success: 0.95, steps: 10, tokens: 19 }, { stage: "guided" })
    ]
    const derive = { metrics: ["ce"], baseline }
    const found = withDerived(rows, [
      { name: "between", forEach: "objective", team: "easy", derive },
      { name: "test", forEach: "objective", team: "hard", derive },
      { name: "guided", forEach: "seed", team: "taught", derive }
    ])
    const ce = (by: string) => found.find((row) => row.metric === "ce" && row.by === by)?.value ?? NaN
    // x = (15/30 + 1) / 2 = 0.75, and (20/10 + 1) / 2 = 1.5
    assert.closeTo(ce("bica after easy"), 0.75 / 1.75, 1e-12)
    assert.closeTo(ce("bica after hard"), 1.5 / 2.5, 1e-12)
    assert.closeTo(ce("taught"), 1.5 / 2.5, 1e-12)
  })

  it("follow the rows of the team that they are of, and leave these as they are", () => {
    const rows = [...bica, ...oneWay]
    const found = withDerived(rows, [{ name: "test", derive: { metrics: ["ce"], baseline } }])
    assert.deepStrictEqual(
      found.filter(({ metric }) => metric !== "ce"),
      rows
    )
    assert.deepStrictEqual(
      found.map(({ by, metric }) => `${by} ${metric}`).filter((_, i) => i === bica.length),
      ["bica ce"]
    )
    // the baseline against itself
    assert.strictEqual(found.at(-1)?.value, 0.5)
    assert.strictEqual(found.at(-1)?.low, null)
  })

  it("are missing, not made up, where a part is", () => {
    const slow = rowsOf("one_way", { success: 0.5, steps: 15, tokens: 19 })
    const found = derived([...bica, ...slow], all)
    assert.deepStrictEqual(found.ce, { value: null, n: 0 })
    assert.strictEqual(found.bas?.n, 4)
    assert.closeTo(found.bas?.value ?? NaN, (0.8 + 0.1 + 0.9 + 0.95) / 4, 1e-12)
    // without the AI alone the gain is unknown, and agreement is what remains
    assert.deepStrictEqual(found.synergy, { value: 0.4, n: 1 })
    assert.deepStrictEqual(derived(rowsOf("bica", { success: null }), all).bas, { value: null, n: 0 })
  })

  it("compare within a seed, a stage, a condition and a way of choosing", () => {
    const elsewhere = [
      rowsOf("one_way", { success: 1, steps: 1, tokens: 1 }, { seed: 42 }),
      rowsOf("one_way", { success: 1, steps: 2, tokens: 1 }, { on: "map.dense" }),
      rowsOf("one_way", { success: 1, steps: 3, tokens: 1 }, { choose: "sampled" }),
      rowsOf("one_way", { success: 1, steps: 4, tokens: 1 }, { stage: "again" })
    ].flat()
    assert.strictEqual(derived([...bica, ...elsewhere], { metrics: ["ce"], baseline }).ce?.value, null)
  })

  it("stand where the stage played first", () => {
    const dense = rowsOf("bica", { success: 0.9, steps: 12, tokens: 12 }, { on: "map.dense" })
    const found = withDerived([...bica, ...dense, ...oneWay], [{ name: "test", derive: { metrics: ["ce"], baseline } }])
    assert.deepStrictEqual(
      found.filter(({ metric }) => metric === "ce").map(({ by, on }) => [by, on]),
      [
        ["bica", "map"],
        ["one_way", "map"]
      ]
    )
  })

  it("of a variant compare with the variant's baseline, or with the file's where it has none", () => {
    const variant = bica.map((row) => ({ ...row, variant: "without-rep" }))
    const theirs = rowsOf("one_way", { success: 0.95, steps: 30, tokens: 19 }, { variant: "without-rep" })
    const ce = (rows: ReadonlyArray<Row>) =>
      withDerived(rows, [{ name: "test", derive: { metrics: ["ce"], baseline } }]).find(
        (row) => row.metric === "ce" && row.by === "bica"
      )?.value
    assert.closeTo(ce([...variant, ...oneWay]) ?? NaN, 1.75 / 2.75, 1e-12)
    assert.closeTo(ce([...variant, ...oneWay, ...theirs]) ?? NaN, 2.5 / 3.5, 1e-12)
  })

  it("of an oracle compare with the teams of other stages", () => {
    const planner = rowsOf("planner", { success: 1, steps: 7.5, tokens: 0 }, { stage: "oracles", oracle: true })
    const found = withDerived([...planner, ...oneWay], [{ name: "oracles", derive: { metrics: ["ce"], baseline } }])
    // (15/7.5 + 20/1) / 2 = 11
    assert.closeTo(found.find(({ metric }) => metric === "ce")?.value ?? NaN, 11 / 12, 1e-12)
  })
})
