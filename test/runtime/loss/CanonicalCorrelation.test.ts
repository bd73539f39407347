import { describe, expect, it } from "vitest"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { makeGraph, order } from "../../../src/runtime/graph/Graph.ts"
import { canonicalCorrelation } from "../../../src/runtime/loss/CanonicalCorrelation.ts"
import { numericalGradient } from "../graph/finiteDifferences.ts"

type Matrix = Array<Array<number>>

const noise = (rows: number, columns: number, from: number): Matrix =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => {
      const x = Math.sin((i * columns + j + from) * 78.233) * 43758.5453
      return 2 * (x - Math.floor(x)) - 1
    })
  )

const covariance = (x: Matrix, y: Matrix): Matrix => {
  const mean = (z: Matrix, j: number) => z.reduce((total, row) => total + (row[j] ?? NaN), 0) / z.length
  const centred = (z: Matrix) => z.map((row) => row.map((value, j) => value - mean(z, j)))
  const [a, b] = [centred(x), centred(y)]
  return (a[0] ?? []).map((_, i) =>
    (b[0] ?? []).map((_, j) => a.reduce((total, row, k) => total + (row[i] ?? NaN) * (b[k]?.[j] ?? NaN), 0) / x.length)
  )
}

/** S^-1 B by elimination with pivoting. */
const solve = (s: Matrix, b: Matrix): Matrix => {
  const rows = s.map((row, i) => [...row, ...(b[i] ?? [])])
  const n = s.length
  for (let k = 0; k < n; k++) {
    const pivot = rows
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k] ?? 0) > Math.abs(rows[best]?.[k] ?? 0) ? k + i : best), k)
    const [top = [], other = []] = [rows[pivot], rows[k]]
    rows[k] = top
    if (pivot !== k) rows[pivot] = other
    for (let i = 0; i < n; i++) {
      if (i === k) continue
      const factor = (rows[i]?.[k] ?? NaN) / (top[k] ?? NaN)
      rows[i] = (rows[i] ?? []).map((value, j) => value - factor * (top[j] ?? NaN))
    }
  }
  return rows.map((row, i) => row.slice(n).map((value) => value / (row[i] ?? NaN)))
}

/** tr(Sx^-1 Sxy Sy^-1 Syx) / d from its definition. */
const byDefinition = (x: Matrix, y: Matrix): number => {
  const regular = (z: Matrix) => {
    const s = covariance(z, z)
    const trace = s.reduce((total, row, i) => total + (row[i] ?? NaN), 0)
    return s.map((row, i) => row.map((value, j) => value + (i === j ? (0.01 * trace) / s.length + 1e-6 : 0)))
  }
  const left = solve(regular(x), covariance(x, y))
  const right = solve(regular(y), covariance(y, x))
  return (
    left.reduce((total, row, i) => total + row.reduce((dot, value, j) => dot + value * (right[j]?.[i] ?? NaN), 0), 0) /
    left.length
  )
}

const build = (n: number, d: number, e: number) => {
  const b = makeBuilder()
  const [x, y] = [b.input("x", [n, d]), b.input("y", [n, e])]
  return { x, y, value: canonicalCorrelation(x, y) }
}

describe("canonicalCorrelation", () => {
  it("is r^2 / (1.01 + 1e-6 / variance)^2 between two columns of one variance", () => {
    // variances 2, covariance 1
    const { value } = build(4, 1, 1)
    const found = evaluate([value], { x: [2, 0, -2, 0], y: [1, Math.sqrt(3), -1, -Math.sqrt(3)] })
    expect(found[0]?.[0]).toBeCloseTo(1 / (2.02 + 1e-6) ** 2, 9)
  })

  const mixed = (x: Matrix, e: number, own: number) =>
    noise(x.length, e, 9000).map((row, i) =>
      row.map((value, j) => own * value + (x[i]?.[j % (x[0]?.length ?? 1)] ?? NaN))
    )

  it("is the trace of its definition, in float32 to 1e-5", () => {
    for (const [n, d, e] of [
      [40, 3, 5],
      [64, 8, 4],
      [60, 24, 24]
    ] as const) {
      const x = noise(n, d, 1)
      const y = mixed(x, e, 0.7)
      const { value } = build(n, d, e)
      const feeds = { x: x.flat(), y: y.flat() }
      expect(evaluate([value], feeds)[0]?.[0]).toBeCloseTo(byDefinition(x, y), 7)
      expect(evaluate([value], feeds, { precision: "float32" })[0]?.[0]).toBeCloseTo(byDefinition(x, y), 5)
    }
  })

  it("holds where all columns but for a thousandth are one, where only the ridge is left of the others", () => {
    const base = noise(50, 1, 5)
    const x = noise(50, 16, 77).map((row, i) => row.map((value) => 0.001 * value + (base[i]?.[0] ?? NaN)))
    const y = noise(50, 16, 177).map((row, i) => row.map((value) => 0.001 * value - (base[i]?.[0] ?? NaN)))
    const { value } = build(50, 16, 16)
    const feeds = { x: x.flat(), y: y.flat() }
    expect(evaluate([value], feeds)[0]?.[0]).toBeCloseTo(byDefinition(x, y), 7)
    expect(evaluate([value], feeds, { precision: "float32" })[0]?.[0]).toBeCloseTo(byDefinition(x, y), 4)
  })

  it("is 0 for columns that do not vary, and stays finite", () => {
    const { value } = build(6, 2, 2)
    expect(evaluate([value], { x: Array.from({ length: 12 }, () => 3), y: noise(6, 2, 3).flat() })[0]?.[0]).toBeCloseTo(
      0,
      12
    )
  })

  it("has the gradient of finite differences up to the ridge's trace, which it takes as constant", () => {
    const { value, x, y } = build(12, 2, 3)
    const feeds = { x: noise(12, 2, 1).flat(), y: noise(12, 3, 500).flat() }
    const found = evaluate(gradients(value, [x, y]), feeds)
    for (const [k, name] of (["x", "y"] as const).entries()) {
      const f = (moved: ReadonlyArray<number>) => evaluate([value], { ...feeds, [name]: moved })[0]?.[0] ?? NaN
      const expected = numericalGradient(f, feeds[name], 1e-3)
      const scale = Math.max(...expected.map(Math.abs))
      for (const [i, number] of expected.entries()) {
        expect(Math.abs((found[k]?.[i] ?? NaN) - number) / scale).toBeLessThan(0.02)
      }
    }
  })

  it("inverts 64 x 64 matrices in 10 steps of two products", () => {
    const { value } = build(256, 64, 64)
    const products = order(makeGraph("g", { outputs: { value } })).filter(
      ({ operation }) => operation.kind === "matmul"
    )
    // three covariances and two products with the inverses beside them
    expect(products.length).toBe(2 * 2 * 10 + 5)
  })
})
