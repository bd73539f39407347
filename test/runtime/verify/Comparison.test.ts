import { assert, describe, it } from "@effect/vitest"
import type { Row } from "../../../src/runtime/measure/Summary.ts"
import { compare, compareValues, trainingSpread } from "../../../src/runtime/verify/Comparison.ts"
import { parseCurve } from "../../../src/runtime/verify/Evidence.ts"
import type { Traces } from "../../../src/runtime/verify/Evidence.ts"

const value = (seed: number, at: number, halfWidth: number, changes: Partial<Row> = {}): Row => ({
  stage: "test",
  metric: "steps",
  by: "bica",
  oracle: false,
  on: "map",
  choose: "greedy",
  seed,
  value: at,
  low: at - halfWidth,
  high: at + halfWidth,
  n: 16,
  ...changes
})

describe("the tolerance of a measured value", () => {
  it("of one seed is the sum of the half-widths of both intervals", () => {
    const [near] = compareValues([value(13, 10, 1)], [value(13, 11.5, 0.5)])
    assert.deepStrictEqual(near, {
      stage: "test",
      name: "steps of bica on map (greedy), seed 13",
      before: 10,
      after: 11.5,
      difference: 1.5,
      tolerance: 1.5,
      within: true
    })
    assert.isFalse(compareValues([value(13, 10, 1)], [value(13, 11.75, 0.5)])[0]?.within)
  })

  it("of several seeds holds the spread over seeds: t(97.5 %, 2 n - 2) sqrt(2) s", () => {
    // n = 2: t(97.5 %, 2) = 4.30265; both sides 1 and 3: s^2 = 2; 4.30265 * sqrt(4) = 8.6053
    assert.closeTo(trainingSpread([1, 3], [1, 3]), 8.6053, 1e-4)
    // n = 3: t(97.5 %, 4) = 2.77645; s^2 = (4 + 1) / 2; 2.77645 * sqrt(5) = 6.20832
    assert.closeTo(trainingSpread([8, 10, 12], [9, 10, 11]), 6.20832, 1e-4)
    assert.strictEqual(trainingSpread([7], [9]), 0)
    assert.strictEqual(trainingSpread([7, 7], [9, 9]), 0)
  })

  it("of the mean over seeds is the mean tolerance over sqrt(n)", () => {
    const before = [8, 10, 12].map((at, n) => value(n, at, 0.5))
    const after = [9, 10, 11].map((at, n) => value(n, at, 0.5))
    const all = compareValues(before, after)
    assert.strictEqual(all.length, 4)
    assert.strictEqual(all[3]?.name, "steps of bica on map (greedy), mean of 3 seeds")
    // (6.20832 + 0.5 + 0.5) / sqrt(3)
    assert.closeTo(all[3]?.tolerance ?? 0, 4.16173, 1e-4)
    assert.strictEqual(all[3]?.difference, 0)
  })

  it("of what no engine computes is nothing", () => {
    const oracle = { oracle: true, by: "planner" }
    const [exact] = compareValues([value(13, 5, 1, oracle)], [value(13, 5.0625, 1, oracle)])
    assert.deepStrictEqual([exact?.tolerance, exact?.within], [0, false])
  })

  it("does not help what was not measured or has no value on one side", () => {
    const nothing = { value: null, low: null, high: null }
    assert.isFalse(compareValues([value(13, 5, 1)], [])[0]?.within)
    assert.isFalse(compareValues([value(13, 5, 1)], [value(13, 5, 1, nothing)])[0]?.within)
    assert.isTrue(compareValues([value(13, 5, 1, nothing)], [value(13, 5, 1, nothing)])[0]?.within)
  })
})

const claim = (verdict: string) => ({ near: { verdict, margin: { mean: 1, low: 0.5, high: 1.5, n: 3 } } })

const run = (reward: string, loss: string, at: number, verdict = "holds"): Traces => ({
  stages: [
    {
      label: "train/bica/seed-13",
      key: "k",
      stage: "train",
      objective: "bica",
      seed: 13,
      artifacts: { "curve.csv": `${reward} ${loss}` },
      curve: parseCurve(`update,reward,loss\n0,1,1\n1,${reward},${loss}\n2,${loss},1\n`)
    },
    {
      label: "test/bica/seed-13",
      key: "k",
      stage: "test",
      objective: "bica",
      seed: 13,
      artifacts: { "measures.json": `${at}` },
      curve: undefined
    }
  ],
  measured: [value(13, at, 1)],
  claims: claim(verdict)
})

describe("the answer", () => {
  const locked = run("1", "2", 10)

  it("is identical or different where both are of one class", () => {
    const how = { bitwise: true, whole: true }
    assert.strictEqual(compare(locked, locked, how).verdict, "identical")
    const apart = compare(locked, run("1", "3", 10), how)
    assert.deepStrictEqual([apart.verdict, apart.parting?.quantity], ["different", "loss"])
    assert.strictEqual(compare(locked, run("1", "2", 10, "fails"), how).verdict, "different")
  })

  it("is equivalent between classes when values are within tolerance and no verdict has changed", () => {
    const how = { bitwise: false, whole: true }
    const { parting, together, verdict } = compare(locked, run("1", "9", 12), how)
    assert.deepStrictEqual([verdict, parting], ["equivalent", undefined])
    assert.deepStrictEqual(together, [{ stage: "train/bica/seed-13", updates: 2, of: 3 }])
    assert.strictEqual(compare(locked, run("1", "2", 12.5), how).verdict, "different")
    const claims = compare(locked, run("1", "2", 10, "undecided"), how)
    assert.strictEqual(claims.verdict, "different")
    assert.deepStrictEqual(claims.claims, [{ claim: "near", before: "holds", after: "undecided" }])
  })

  it("is different between classes when another episode is played in the first two updates", () => {
    const { parting, verdict } = compare(locked, run("7", "2", 10), { bitwise: false, whole: true })
    assert.deepStrictEqual([verdict, parting?.update, parting?.quantity], ["different", 2, "reward"])
  })

  it("between classes at the beginning of a training is equivalent when the same episodes are played", () => {
    const how = { bitwise: false, whole: false, updates: 2 }
    assert.strictEqual(compare(locked, run("1", "3", 10), how).verdict, "equivalent")
    const apart = compare(locked, run("2", "2", 10), how)
    assert.deepStrictEqual([apart.verdict, apart.parting?.quantity], ["different", "reward"])
  })

  it("of some stages is not asked of the others", () => {
    const found = { ...run("9", "9", 10), measured: [value(13, 10, 1)] }
    const only = { ...found, stages: found.stages.slice(1) }
    const { stages, verdict } = compare(locked, only, { bitwise: true, whole: false })
    assert.deepStrictEqual([verdict, stages], ["identical", 1])
  })
})
