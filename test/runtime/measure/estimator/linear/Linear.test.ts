import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cholesky, solve, solveLower } from "../../../../../src/runtime/measure/estimator/linear/Cholesky.ts"
import { minimise } from "../../../../../src/runtime/measure/estimator/linear/Lbfgs.ts"
import {
  addToDiagonal,
  crossProduct,
  entry,
  fromRows,
  matrix,
  multiply,
  takeRows,
  trace,
  transpose,
  zeros
} from "../../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import {
  columnMeans,
  covariance,
  crossCovariance,
  standardised,
  varies
} from "../../../../../src/runtime/measure/estimator/linear/Moments.ts"
import { squareRoot, symmetricEigen } from "../../../../../src/runtime/measure/estimator/linear/SymmetricEigen.ts"
import { constant, gaussian, plus, quadratic } from "../Data.ts"

const expectClose = (a: Matrix, b: Matrix, digits = 10) => {
  expect([a.rows, a.columns]).toEqual([b.rows, b.columns])
  a.data.forEach((value, i) => expect(value).toBeCloseTo(b.data[i] ?? Number.NaN, digits))
}

const symmetric = (n: number, seed: number) => {
  const a = gaussian(n, n, seed)
  return plus(a, transpose(a))
}

describe("matrices", () => {
  it("multiplies", () => {
    const a = fromRows([
      [1, 2, 3],
      [4, 5, 6]
    ])
    const b = fromRows([
      [1, 0],
      [2, 1],
      [0, 3]
    ])
    expect(multiply(a, b)).toEqual(
      fromRows([
        [5, 11],
        [14, 23]
      ])
    )
    expect(crossProduct(a, fromRows([[1], [10]]))).toEqual(fromRows([[41], [52], [63]]))
    expect(transpose(a)).toEqual(
      fromRows([
        [1, 4],
        [2, 5],
        [3, 6]
      ])
    )
  })

  it("refuses shapes that do not fit", () => {
    expect(() => matrix(2, 2, [1, 2, 3])).toThrow(RangeError)
    expect(() => multiply(zeros(2, 3), zeros(2, 3))).toThrow(RangeError)
    expect(() => crossProduct(zeros(2, 3), zeros(3, 3))).toThrow(RangeError)
    expect(() => takeRows(zeros(2, 3), [2])).toThrow(RangeError)
  })
})

describe("moments", () => {
  const x = fromRows([
    [1, 10],
    [2, 10],
    [6, 40]
  ])

  it("have means, and covariances with n - 1", () => {
    expect(columnMeans(x)).toEqual(Float64Array.of(3, 20))
    expectClose(
      covariance(x),
      fromRows([
        [7, 45],
        [45, 300]
      ])
    )
    expectClose(crossCovariance(x, fromRows([[0], [1], [2]])), fromRows([[2.5], [15]]))
  })

  it("are undefined where there is too little", () => {
    expect(columnMeans(zeros(0, 2))).toEqual(Float64Array.of(Number.NaN, Number.NaN))
    expect(covariance(fromRows([[1, 2]])).data.every(Number.isNaN)).toBe(true)
  })

  it("standardise with n, and leave a constant column at 0", () => {
    expectClose(
      standardised(
        fromRows([
          [1, 0.1],
          [3, 0.1],
          [5, 0.1]
        ])
      ),
      fromRows([
        [-Math.sqrt(1.5), 0],
        [0, 0],
        [Math.sqrt(1.5), 0]
      ])
    )
  })

  it("tell rounding from variance", () => {
    expect(varies(constant(1000, [0.1, 1e6 / 3]))).toBe(false)
    expect(varies(fromRows([[0.1], [0.1000001]]))).toBe(true)
    expect(varies(zeros(0, 3))).toBe(false)
  })
})

describe("symmetricEigen", () => {
  it("finds 3 and 1", () => {
    const { values, vectors } = symmetricEigen(
      fromRows([
        [2, 1],
        [1, 2]
      ])
    )
    expect(values[0]).toBeCloseTo(3, 14)
    expect(values[1]).toBeCloseTo(1, 14)
    expect(entry(vectors, 0, 0)).toBeCloseTo(entry(vectors, 0, 1), 14)
    expect(entry(vectors, 1, 0)).toBeCloseTo(-entry(vectors, 1, 1), 14)
  })

  it("agrees with LAPACK", () => {
    // A = Q(5, 5, 3); A = A + A.T; np.linalg.eigvalsh(A)[::-1]
    const a = quadratic(5, 5, 3)
    const found = symmetricEigen(plus(a, transpose(a))).values
    const reference = [
      1.6937882224267253, 0.7017618737458842, 0.3590521173692718, -0.9832007940480634, -1.3852628056324314
    ]
    reference.forEach((value, k) => expect(found[k]).toBeCloseTo(value, 13))
  })

  it("rebuilds the matrix from orthonormal vectors", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 1000 }), (n, seed) => {
        const a = symmetric(n, seed)
        const { values, vectors } = symmetricEigen(a)
        const scaled = { ...vectors, data: vectors.data.map((v, i) => v * (values[Math.floor(i / n)] ?? 0)) }
        expectClose(crossProduct(vectors, scaled), a, 8)
        expectClose(multiply(vectors, transpose(vectors)), addToDiagonal(zeros(n, n), 1), 10)
        expect(values.reduce((x, y) => x + y, 0)).toBeCloseTo(trace(a), 8)
      }),
      { numRuns: 40 }
    )
  })

  it("handles zeros, repeated values and a large matrix", () => {
    expect(symmetricEigen(zeros(3, 3)).values).toEqual(new Float64Array(3))
    expect(symmetricEigen(addToDiagonal(zeros(3, 3), 2)).values).toEqual(Float64Array.of(2, 2, 2))
    const { values } = symmetricEigen(covariance(gaussian(300, 64, 1)))
    expect(values.reduce((x, y) => x + y, 0)).toBeCloseTo(trace(covariance(gaussian(300, 64, 1))), 9)
    expect(Math.min(...values)).toBeGreaterThan(0)
  })

  it("is undefined for what is not finite", () => {
    expect(
      symmetricEigen(
        fromRows([
          [1, Number.NaN],
          [Number.NaN, 1]
        ])
      ).values.every(Number.isNaN)
    ).toBe(true)
  })
})

describe("squareRoot", () => {
  it("squares to the matrix", () => {
    const a = covariance(gaussian(30, 6, 2))
    const root = squareRoot(a)
    expectClose(multiply(root, root), a)
    expectClose(root, transpose(root))
  })

  it("agrees with scipy.linalg.sqrtm", () => {
    // A = Q(5, 5, 3); A = A + A.T; scipy.linalg.sqrtm(A @ A.T)[0]
    const a = quadratic(5, 5, 3)
    const s = plus(a, transpose(a))
    const root = squareRoot(multiply(s, s))
    const reference = [
      1.1581265052062861, 0.0384011446255364, 0.2814396314006714, 0.1478136164161398, 0.2775653252102193
    ]
    reference.forEach((value, j) => expect(entry(root, 0, j)).toBeCloseTo(value, 12))
  })
})

describe("cholesky", () => {
  it("factors by hand", () => {
    expectClose(
      cholesky(
        fromRows([
          [4, 2],
          [2, 3]
        ])
      ) ?? zeros(0, 0),
      fromRows([
        [2, 0],
        [1, Math.SQRT2]
      ]),
      15
    )
  })

  it("refuses what is not positive definite", () => {
    expect(
      cholesky(
        fromRows([
          [1, 2],
          [2, 1]
        ])
      )
    ).toBeUndefined()
    expect(cholesky(zeros(2, 2))).toBeUndefined()
    expect(cholesky(fromRows([[Number.NaN]]))).toBeUndefined()
  })

  it("solves", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 1000 }), (n, seed) => {
        const a = addToDiagonal(crossProduct(gaussian(2 * n, n, seed), gaussian(2 * n, n, seed)), 0.1)
        const b = gaussian(n, 3, seed + 1)
        const lower = cholesky(a)
        if (lower === undefined) throw new Error("not positive definite")
        expectClose(multiply(lower, transpose(lower)), a, 9)
        expectClose(multiply(a, solve(lower, b)), b, 7)
        expectClose(multiply(lower, solveLower(lower, b)), b, 7)
      }),
      { numRuns: 30 }
    )
  })
})

describe("minimise", () => {
  it("finds the minimum of Rosenbrock's function", () => {
    const found = minimise({
      start: Float64Array.of(-1.2, 1),
      evaluate: (at, gradient) => {
        const [x = 0, y = 0] = at
        gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x)
        gradient[1] = 200 * (y - x * x)
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2
      },
      tolerance: 1e-9,
      iterations: 200
    })
    expect(found.converged).toBe(true)
    expect(found.at[0]).toBeCloseTo(1, 8)
    expect(found.at[1]).toBeCloseTo(1, 8)
  })

  const bowl = (at: Float64Array, gradient: Float64Array) => {
    let value = 0
    at.forEach((x, i) => {
      const steepness = 10 ** i
      value += 0.5 * steepness * (x - i) ** 2
      gradient[i] = steepness * (x - i)
    })
    return value
  }

  it("takes two steps to the bottom of a bowl that the preconditioner knows", () => {
    const found = minimise({
      start: new Float64Array(6),
      evaluate: bowl,
      precondition: (gradient) => gradient.map((slope, i) => slope / 10 ** i),
      tolerance: 1e-9,
      iterations: 2
    })
    expect(found.converged).toBe(true)
    found.at.forEach((x, i) => expect(x).toBeCloseTo(i, 12))
  })

  it("says when it has not arrived", () => {
    const found = minimise({ start: new Float64Array(6), evaluate: bowl, tolerance: 1e-9, iterations: 3 })
    expect(found.converged).toBe(false)
  })
})
