import { describe, expect, it } from "vitest"
import { entropyRows, greedyRows, sampleRows, sampleTabulated, tabulate } from "../../../src/runtime/agent/Sample.ts"
import { literalTable, tableContexts } from "../../../src/runtime/agent/Team.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"

const logits = (...probabilities: ReadonlyArray<number>) => Float32Array.from(probabilities, Math.log)

const sample = (rows: Float32Array, n: number, uniform: ReadonlyArray<number>) => {
  const choice = new Int32Array(uniform.length)
  const logProbability = new Float32Array(uniform.length)
  sampleRows(rows, n, Float32Array.from(uniform), choice, logProbability)
  return { choice: Array.from(choice), logProbability: Array.from(logProbability) }
}

const greedy = (row: ReadonlyArray<number>, uniform: number) => {
  const choice = new Int32Array(1).fill(-1)
  greedyRows(Float32Array.from(row), row.length, Float32Array.of(uniform), choice)
  return choice[0]
}

describe("sampling", () => {
  it("inverts the cumulative distribution, row by row", () => {
    const row = logits(0.1, 0.2, 0.7)
    const rows = Float32Array.of(...row, ...row, ...row, ...row, ...row, ...row)
    const { choice, logProbability } = sample(rows, 3, [0.001, 0.09, 0.11, 0.29, 0.31, 0.999])
    expect(choice).toEqual([0, 0, 1, 1, 2, 2])
    for (const [i, p] of [0.1, 0.1, 0.2, 0.2, 0.7, 0.7].entries()) expect(logProbability[i]).toBeCloseTo(Math.log(p), 6)
  })

  it("gives every row its own distribution, at any level of the logits", () => {
    const rows = Float32Array.of(500, 0, 0, -500, 0, -500, 1000, 999, 0)
    const { choice, logProbability } = sample(rows, 3, [0.999, 0.999, 0.75])
    expect(choice).toEqual([0, 1, 1])
    expect(logProbability[0]).toBe(0)
    expect(logProbability[1]).toBe(0)
    // ln(1 / (1 + e))
    expect(logProbability[2]).toBeCloseTo(-1.3132616875, 6)
  })

  it("has the frequencies of the softmax, by the chi-square test at one in a thousand", () => {
    const row = [0.3, -1.2, 1.1, 0, -0.4]
    const count = 20_000
    const rows = Float32Array.from({ length: count * 5 }, (_, i) => row[i % 5] ?? 0)
    for (const seed of [1, 2, 3]) {
      const uniform = new Float32Array(count)
      makeRandom(seed).uniform({ stage: "test", purpose: "sample", step: 0 }, uniform)
      const observed = [0, 0, 0, 0, 0]
      for (const choice of sample(rows, 5, Array.from(uniform)).choice) observed[choice] = (observed[choice] ?? 0) + 1
      const weights = row.map(Math.exp)
      const total = weights.reduce((a, b) => a + b)
      const statistic = observed
        .map((n, k) => ({ n, expected: (count * (weights[k] ?? 0)) / total }))
        .reduce((sum, { expected, n }) => sum + (n - expected) ** 2 / expected, 0)
      // the 99.9 % quantile of chi-square with four degrees of freedom
      expect(statistic).toBeLessThan(18.467)
    }
  })
})

describe("the greedy choice", () => {
  it("is the likeliest whatever is drawn", () => {
    for (const u of [0.001, 0.5, 0.999]) expect(greedy([0, 3, 2, -1], u)).toBe(1)
  })

  it("is even among equals, and never another", () => {
    expect(greedy([1, 0, 1], 0.001)).toBe(0)
    expect(greedy([1, 0, 1], 0.499)).toBe(0)
    expect(greedy([1, 0, 1], 0.501)).toBe(2)
    expect(greedy([1, 0, 1], 0.999)).toBe(2)
    expect([0.1, 0.3, 0.6, 0.9].map((u) => greedy([0, 0, 0, 0], u))).toEqual([0, 1, 2, 3])
  })

  it("takes differences of rounding for ties, and no larger ones", () => {
    expect(greedy([0, 4e-7], 0.1)).toBe(0)
    expect(greedy([0, 4e-6], 0.1)).toBe(1)
  })
})

it("entropy of rows is 1.5 ln 2 for (1/2, 1/4, 1/4), ln 3 for the uniform, 0 for a certain choice", () => {
  const out = new Float32Array(3)
  entropyRows(Float32Array.of(...logits(0.5, 0.25, 0.25), 90, 90, 90, 900, 0, 0), 3, out)
  expect(out[0]).toBeCloseTo(1.0397207, 6)
  expect(out[1]).toBeCloseTo(1.0986123, 6)
  expect(out[2]).toBe(0)
})

describe("the literal protocol", () => {
  /** Probabilities of the tokens for `intent` in `context`, by a loop of its own. */
  const say = (literal: number | undefined, context: number, intent: number) => {
    const table = literalTable(4, 12, literal)
    const row = Array.from(table.subarray((context * 4 + intent) * 13, (context * 4 + intent + 1) * 13), Math.exp)
    const total = row.reduce((a, b) => a + b)
    return row.map((x) => x / total)
  }

  it("says the token of the intent with the stated probability, all others and silence alike", () => {
    expect(literalTable(4, 12, 0.9)).toHaveLength(tableContexts * 4 * 13)
    for (const context of [0, 1, 2, 3]) {
      for (const intent of [0, 1, 2, 3]) {
        say(0.9, context, intent).forEach((p, token) => expect(p).toBeCloseTo(token === intent ? 0.9 : 0.1 / 12, 7))
      }
    }
  })

  it("is exact below chance, at 0 and at 1, and stays finite", () => {
    expect(say(0.02, 0, 1)[1]).toBeCloseTo(0.02, 7)
    expect(say(0, 0, 1)[1]).toBeLessThan(1e-12)
    expect(say(0, 0, 1)[0]).toBeCloseTo(1 / 12, 7)
    expect(say(1, 0, 1)[1]).toBeCloseTo(1, 11)
    for (const literal of [0, 1]) expect(literalTable(4, 12, literal).every(Number.isFinite)).toBe(true)
  })

  it("is uniform where an agent has no protocol", () => {
    for (const p of say(undefined, 2, 3)) expect(p).toBeCloseTo(1 / 13, 12)
  })
})

describe("what was tabulated", () => {
  it("is drawn from with the bits of drawing from the rows themselves, ends of the unit interval included", () => {
    const random = makeRandom(3)
    const [rows, n, draws] = [16, 13, 4096]
    const logits = new Float32Array(rows * n)
    random.normal({ stage: "test", purpose: "logits", step: 0 }, logits)
    for (let i = 0; i < logits.length; i++) logits[i] = 6 * (logits[i] ?? 0)
    const uniform = new Float32Array(draws)
    random.uniform({ stage: "test", purpose: "uniform", step: 0 }, uniform)
    uniform.set([0, 1 - 2 ** -24])
    const of = Int32Array.from({ length: draws }, (_, i) => i % rows)
    const chosen = Float32Array.from(
      { length: draws * n },
      (_, i) => logits[(of[Math.floor(i / n)] ?? 0) * n + (i % n)] ?? 0
    )
    const [choice, logProbability] = [new Int32Array(draws), new Float32Array(draws)]
    const [expected, expectedLog] = [new Int32Array(draws), new Float32Array(draws)]
    sampleTabulated(tabulate(logits, n), of, uniform, choice, logProbability)
    sampleRows(chosen, n, uniform, expected, expectedLog)
    expect(choice).toEqual(expected)
    expect(logProbability).toEqual(expectedLog)
  })
})
