import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Row } from "../../../src/runtime/measure/Summary.ts"
import { encode } from "../../../src/runtime/store/Safetensors.ts"
import { parseCurve } from "../../../src/runtime/verify/Evidence.ts"
import type { StageTrace, Traces } from "../../../src/runtime/verify/Evidence.ts"
import { counted, curveParting, firstParting, tensorParting } from "../../../src/runtime/verify/Parting.ts"

const text = "update,reward,loss\n0,1,2\n1,,3\n2,3,2\n"

/** A curve of which only the checks are known, as in a lock. */
const checksOf = (csv: string) => ({ ...parseCurve(csv), cells: undefined })

describe("a curve", () => {
  it("is kept as the first two hexadecimal digits of the sha256 of each cell", () => {
    // printf 0 | sha256sum: 5feceb66..., 1: 6b86b273..., 2: d4735e3a..., 3: 4e074085..., nothing: e3b0c442...
    assert.deepStrictEqual(checksOf(text).updates, ["5f6bd4", "6be34e", "d44ed4"])
  })

  it("parts at the first update and there at the first column, both values named where both are known", () => {
    const other = parseCurve("update,reward,loss\n0,1,2\n1,,2\n2,2,1\n")
    assert.deepStrictEqual(curveParting(parseCurve(text), other), {
      update: 2,
      quantity: "loss",
      before: "3",
      after: "2"
    })
    assert.deepStrictEqual(curveParting(checksOf(text), other), {
      update: 2,
      quantity: "loss",
      before: undefined,
      after: "2"
    })
    assert.isUndefined(curveParting(parseCurve(text), parseCurve(text)))
    assert.isUndefined(curveParting(checksOf(text), parseCurve(text)))
  })

  it("parts where it has no more updates, unless only those before are compared", () => {
    const short = parseCurve("update,reward,loss\n0,1,2\n1,,3\n")
    assert.deepStrictEqual(curveParting(checksOf(text), short), {
      update: 3,
      quantity: "update",
      before: undefined,
      after: undefined
    })
    assert.isUndefined(curveParting(checksOf(text), short, { updates: 2 }))
  })

  it("parts in the first update where it has another quantity, and not in columns that are not compared", () => {
    const more = parseCurve("update,reward,loss,norm\n0,1,2,7\n1,,3,7\n2,3,2,7\n")
    assert.deepStrictEqual(curveParting(parseCurve(text), more), {
      update: 1,
      quantity: "norm",
      before: undefined,
      after: "7"
    })
    assert.isUndefined(curveParting(parseCurve(text), more, { columns: counted }))
  })
})

const value = (changes: Partial<Row>): Row => ({
  stage: "test",
  metric: "success",
  by: "bica",
  oracle: false,
  on: "map",
  choose: "greedy",
  seed: 13,
  value: 0.5,
  low: 0.4,
  high: 0.6,
  n: 16,
  ...changes
})

const stage = (changes: Partial<StageTrace>): StageTrace => ({
  label: "test/bica/seed-13",
  key: "k",
  stage: "test",
  objective: "bica",
  seed: 13,
  artifacts: { "measures.json": "m" },
  curve: undefined,
  ...changes
})

const train = stage({
  label: "train/bica/seed-13",
  stage: "train",
  artifacts: { "curve.csv": "c", "weights.safetensors": "w" },
  curve: parseCurve(text)
})

const run: Traces = { stages: [train, stage({})], measured: [value({}), value({ seed: 42 })], claims: {} }

describe("two runs", () => {
  it("that gave the same part nowhere", () => {
    assert.isUndefined(firstParting(run, run))
  })

  it("part at the first stage, though a later one differs too", () => {
    const curve = parseCurve(text.replace("2,3,2", "2,3,1"))
    const other = { ...run, stages: [{ ...train, curve }, stage({ artifacts: { "measures.json": "n" } })] }
    assert.deepStrictEqual(firstParting(run, other), {
      stage: "train/bica/seed-13",
      file: "curve.csv",
      update: 3,
      quantity: "loss",
      before: "2",
      after: "1"
    })
  })

  it("part in a measured value of the stage's own seed, or in its interval", () => {
    const other = (changes: Partial<Row>) =>
      firstParting(run, { ...run, measured: [value(changes), value({ seed: 42 })] })
    const place = { stage: "test/bica/seed-13", file: "measures.json", update: undefined }
    const name = "success of bica on map (greedy), seed 13"
    assert.deepStrictEqual(other({ value: 0.25 }), { ...place, quantity: name, before: "0.5", after: "0.25" })
    assert.deepStrictEqual(other({ low: null }), {
      ...place,
      quantity: `lower end of ${name}`,
      before: "0.4",
      after: "undefined"
    })
    assert.deepStrictEqual(other({ on: "dense" }), { ...place, quantity: name, before: "0.5", after: undefined })
  })

  it("part in a file of which nothing more is known", () => {
    const other = { ...run, stages: [{ ...train, artifacts: { ...train.artifacts, "weights.safetensors": "v" } }] }
    assert.deepStrictEqual(firstParting(run, other), {
      stage: "train/bica/seed-13",
      file: "weights.safetensors",
      update: undefined,
      quantity: undefined,
      before: "w",
      after: "v"
    })
  })
})

describe("weights", () => {
  it.effect("part in an element of a tensor, to the sign of zero", () =>
    Effect.gen(function* () {
      const of = (data: ReadonlyArray<number>) =>
        Effect.fromResult(encode({ "ai.bias": { shape: [3], data: Float32Array.from(data) } }))
      const first = yield* of([1, 0, 2])
      assert.deepStrictEqual(tensorParting(first, yield* of([1, 0, 3])), {
        quantity: "ai.bias[2]",
        before: "2",
        after: "3"
      })
      assert.strictEqual(tensorParting(first, yield* of([1, -0, 2]))?.quantity, "ai.bias[1]")
      assert.isUndefined(tensorParting(first, yield* of([1, 0, 2])))
    })
  )
})
