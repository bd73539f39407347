import { describe, expect, it } from "vitest"
import { cholesky, solveLower } from "../../../../../src/runtime/measure/estimator/linear/Cholesky.ts"
import { addGram, factorise, solveLowerInto } from "../../../../../src/runtime/measure/estimator/linear/InPlace.ts"
import {
  addToDiagonal,
  crossProduct,
  entry,
  fromRows,
  matrix,
  zeros
} from "../../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import { makeRandom } from "../../../../../src/runtime/random/Random.ts"

const drawn = (rows: number, columns: number) => {
  const out = new Float32Array(rows * columns)
  makeRandom(1).normal({ stage: "test", purpose: "matrix", step: rows }, out)
  return matrix(rows, columns, out)
}

describe("a Gram matrix added in place", () => {
  it("is the sum of products of columns, on and below the diagonal", () => {
    const out = fromRows([
      [1, 7],
      [2, 3]
    ])
    addGram(
      -2,
      fromRows([
        [1, 2],
        [3, 4]
      ]),
      out
    )
    // A'A = [[10, 14], [14, 20]]
    expect([...out.data]).toEqual([-19, 7, -26, -37])
  })

  it("agrees with the product of the whole for every remainder of four rows", () => {
    for (const rows of [0, 1, 2, 3, 4, 5, 7, 8, 11]) {
      const a = drawn(rows, 6)
      const out = zeros(6, 6)
      addGram(1, a, out)
      const whole = crossProduct(a, a)
      for (let i = 0; i < 6; i++) {
        for (let j = 0; j <= i; j++) expect(entry(out, i, j)).toBeCloseTo(entry(whole, i, j), 12)
      }
    }
  })

  it("refuses a matrix of another size", () => {
    expect(() => addGram(1, zeros(2, 3), zeros(2, 2))).toThrow(RangeError)
  })
})

describe("a Cholesky factor in place", () => {
  it("of two by two is the one found by hand", () => {
    const a = fromRows([
      [4, -9],
      [2, 5]
    ])
    expect(factorise(a)).toBe(true)
    expect([...a.data]).toEqual([2, -9, 1, 2])
  })

  it("agrees with the factor of a copy at every size", () => {
    for (const n of [1, 2, 3, 4, 5, 6, 8, 9, 13, 22]) {
      const a = drawn(n + 3, n)
      const definite = addToDiagonal(crossProduct(a, a), 0.1)
      const expected = cholesky(definite)
      if (expected === undefined) throw new Error("not positive definite")
      expect(factorise(definite)).toBe(true)
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) expect(entry(definite, i, j)).toBeCloseTo(entry(expected, i, j), 10)
      }
    }
  })

  it("says where there is none", () => {
    expect(
      factorise(
        fromRows([
          [1, 2],
          [2, 1]
        ])
      )
    ).toBe(false)
    expect(factorise(fromRows([[0]]))).toBe(false)
    expect(factorise(fromRows([[Number.NaN]]))).toBe(false)
    expect(factorise(fromRows([[Infinity]]))).toBe(false)
  })
})

describe("a triangular system solved in place", () => {
  it("of two by two has the solution found by hand", () => {
    // 2 x = 4, x + 3 y = 5, with what is above the diagonal not read
    const b = fromRows([[4], [5]])
    solveLowerInto(
      fromRows([
        [2, -9],
        [1, 3]
      ]),
      b
    )
    expect([...b.data]).toEqual([2, 1])
  })

  it("agrees with the solution of a copy at every size", () => {
    for (const n of [1, 2, 4, 5, 8, 9, 14]) {
      const lower = addToDiagonal(drawn(n, n), 5)
      const b = drawn(n + 20, 3)
      const system = matrix(n, 3, b.data.subarray(0, 3 * n))
      const expected = solveLower(lower, system)
      solveLowerInto(lower, system)
      system.data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i]!, 10))
    }
  })

  it("refuses a right-hand side of another size", () => {
    expect(() => solveLowerInto(zeros(2, 2), zeros(3, 1))).toThrow(RangeError)
  })
})
