/**
 * Dense matrices of float64, row-major, for estimators. Small and plain: a few hundred columns, some ten thousand rows.
 */

export interface Matrix {
  readonly rows: number
  readonly columns: number
  /** Entry (i, j) at `i * columns + j`. */
  readonly data: Float64Array
}

const wholeFrom0 = (n: number): boolean => Number.isInteger(n) && n >= 0

/** A matrix with a copy of `values`, row-major; a `RangeError` where their number is not `rows * columns`. */
export const matrix = (rows: number, columns: number, values: ArrayLike<number>): Matrix => {
  if (!wholeFrom0(rows) || !wholeFrom0(columns) || values.length !== rows * columns) {
    throw new RangeError(`${values.length} values are no ${rows} x ${columns} matrix`)
  }
  return { rows, columns, data: Float64Array.from(values) }
}

/** The matrix of zeros. */
export const zeros = (rows: number, columns: number): Matrix => ({
  rows,
  columns,
  data: new Float64Array(rows * columns)
})

/** A matrix from its rows, which must be equally long. */
export const fromRows = (rows: ReadonlyArray<ReadonlyArray<number>>): Matrix =>
  matrix(rows.length, rows[0]?.length ?? 0, rows.flat())

/** Entry (i, j); NaN outside the matrix. */
export const entry = (a: Matrix, i: number, j: number): number => a.data[i * a.columns + j] ?? Number.NaN

/** Row `i` as a view. */
export const row = (a: Matrix, i: number): Float64Array => a.data.subarray(i * a.columns, (i + 1) * a.columns)

/** The rows `indices` of `a`, in that order, copied; a `RangeError` where there is no such row. */
export const takeRows = (a: Matrix, indices: ArrayLike<number>): Matrix => {
  const taken = zeros(indices.length, a.columns)
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i] ?? -1
    if (!wholeFrom0(from) || from >= a.rows) throw new RangeError(`row ${from} of a matrix with ${a.rows} rows`)
    taken.data.set(row(a, from), i * a.columns)
  }
  return taken
}

/** The inner product of `n` values of `a` from `i` and of `b` from `j`. */
export const dot = (a: Float64Array, i: number, b: Float64Array, j: number, n: number): number => {
  let sum = 0
  for (let k = 0; k < n; k++) sum += (a[i + k] ?? 0) * (b[j + k] ?? 0)
  return sum
}

/** Adds `scale` times `n` values of `a` from `i` to `out` from `j`. */
export const addScaled = (scale: number, a: Float64Array, i: number, out: Float64Array, j: number, n: number): void => {
  for (let k = 0; k < n; k++) out[j + k] = (out[j + k] ?? 0) + scale * (a[i + k] ?? 0)
}

const mismatch = (a: Matrix, b: Matrix): RangeError =>
  new RangeError(`${a.rows} x ${a.columns} does not go with ${b.rows} x ${b.columns}`)

/** The product A B. */
export const multiply = (a: Matrix, b: Matrix): Matrix => {
  if (a.columns !== b.rows) throw mismatch(a, b)
  const product = zeros(a.rows, b.columns)
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      addScaled(entry(a, i, k), b.data, k * b.columns, product.data, i * b.columns, b.columns)
    }
  }
  return product
}

/** The product of A transposed with B, summed over the rows they share. */
export const crossProduct = (a: Matrix, b: Matrix): Matrix => {
  if (a.rows !== b.rows) throw mismatch(a, b)
  const product = zeros(a.columns, b.columns)
  // of one matrix with itself it is symmetric, to the last bit: half of it is enough
  const symmetric = a === b
  const [left, right, out] = [a.data, b.data, product.data]
  const [m, n] = [a.columns, b.columns]
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < m; k++) {
      const scale = left[i * m + k]!
      for (let j = symmetric ? k : 0; j < n; j++) out[k * n + j]! += scale * right[i * n + j]!
    }
  }
  if (symmetric) for (let k = 1; k < n; k++) for (let j = 0; j < k; j++) out[k * n + j] = out[j * n + k]!
  return product
}

/** The transpose. */
export const transpose = (a: Matrix): Matrix => {
  const turned = zeros(a.columns, a.rows)
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++) turned.data[j * a.rows + i] = entry(a, i, j)
  }
  return turned
}

/** The sum of the diagonal of a square matrix. */
export const trace = (a: Matrix): number => {
  let sum = 0
  for (let i = 0; i < a.rows; i++) sum += entry(a, i, i)
  return sum
}

/** `a` with `value` added to its diagonal. */
export const addToDiagonal = (a: Matrix, value: number): Matrix => {
  const sum = matrix(a.rows, a.columns, a.data)
  for (let i = 0; i < a.rows; i++) sum.data[i * a.columns + i] = entry(a, i, i) + value
  return sum
}

/** Whether every entry is a finite number. */
export const allFinite = ({ data }: Matrix): boolean => {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false
  return true
}
