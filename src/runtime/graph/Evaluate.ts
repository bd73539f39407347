/**
 * The reference interpreter: plain loops, slow and obvious. A yardstick for engines and for finite differences, not an engine.
 */
import type { Binary, Node, Operation, Shape, Unary } from "./Graph.ts"
import { reachable } from "./Graph.ts"
import { GraphError } from "./GraphError.ts"
import { sizeOf, stridesOf } from "./Shape.ts"

export type Precision = "float64" | "float32"

type Values = ArrayLike<number>

const unary: Record<Unary, (x: number) => number> = {
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  tanh: Math.tanh,
  sigmoid: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0)
}

const truth = (value: boolean): number => (value ? 1 : 0)

const binary: Record<Binary, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  greater: (a, b) => truth(a > b),
  greaterEqual: (a, b) => truth(a >= b),
  less: (a, b) => truth(a < b),
  lessEqual: (a, b) => truth(a <= b),
  equal: (a, b) => truth(a === b)
}

const at = (values: Values | undefined, index: number): number => {
  const value = values?.[index]
  if (value === undefined) throw new RangeError(`no element ${index}`)
  return value
}

/** The coordinates of every element of a shape, in row-major order. The array is reused. */
function* coordinates(shape: Shape): Generator<Array<number>> {
  const here = shape.map(() => 0)
  for (let count = sizeOf(shape); count > 0; count--) {
    yield here
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = at(here, axis) + 1
      here[axis] = next === shape[axis] ? 0 : next
      if (next !== shape[axis]) break
    }
  }
}

/** Where the element of a tensor broadcast to a larger shape is read, for coordinates of the larger shape. */
const reader = (shape: Shape): ((coordinate: ReadonlyArray<number>) => number) => {
  const strides = stridesOf(shape)
  return (coordinate) => {
    const offset = coordinate.length - shape.length
    let index = 0
    for (const [axis, size] of shape.entries()) {
      if (size !== 1) index += at(coordinate, axis + offset) * at(strides, axis)
    }
    return index
  }
}

/**
 * The value of one operation on given inputs, row-major, in float64.
 * `input` and `state` have no value of their own and are refused.
 */
export const compute = (
  operation: Operation,
  shapes: ReadonlyArray<Shape>,
  inputs: ReadonlyArray<Values>,
  shape: Shape
): Float64Array => {
  const out = new Float64Array(sizeOf(shape))
  const first = inputs[0] ?? []
  const firstShape = shapes[0] ?? []
  const elementwise = (f: (...values: ReadonlyArray<number>) => number) => {
    const readers = shapes.map(reader)
    let index = 0
    for (const coordinate of coordinates(shape)) {
      out[index++] = f(...readers.map((read, input) => at(inputs[input], read(coordinate))))
    }
    return out
  }
  const rows = (f: (row: ReadonlyArray<number>) => ReadonlyArray<number>) => {
    const width = at(shape, shape.length - 1)
    for (let start = 0; start < out.length; start += width) {
      out.set(f(Array.from({ length: width }, (_, i) => at(first, start + i))), start)
    }
    return out
  }
  switch (operation.kind) {
    case "input":
    case "state":
      throw new GraphError({
        operation: operation.kind,
        shapes: [shape],
        reason: `"${operation.name}" has no value unless it is fed.`
      })
    case "constant":
      return Float64Array.from(operation.data)
    case "unary": {
      const f = unary[operation.name]
      return elementwise((x = NaN) => f(x))
    }
    case "binary": {
      const f = binary[operation.name]
      return elementwise((a = NaN, b = NaN) => f(a, b))
    }
    case "select":
      return elementwise((condition = NaN, then = NaN, otherwise = NaN) => (condition !== 0 ? then : otherwise))
    case "clip":
      return elementwise((x = NaN) => Math.min(Math.max(x, operation.low), operation.high))
    case "matmul": {
      const [m = 0, n = 0] = shape
      const [aRows = 0, aColumns = 0] = firstShape
      const [, bColumns = 0] = shapes[1] ?? []
      const inner = operation.transposeA ? aRows : aColumns
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let total = 0
          for (let k = 0; k < inner; k++) {
            total +=
              at(first, operation.transposeA ? k * aColumns + i : i * aColumns + k) *
              at(inputs[1], operation.transposeB ? j * bColumns + k : k * bColumns + j)
          }
          out[i * n + j] = total
        }
      }
      return out
    }
    case "transpose": {
      const strides = stridesOf(firstShape)
      let index = 0
      for (const coordinate of coordinates(shape)) {
        let from = 0
        for (const [axis, source] of operation.permutation.entries()) from += at(coordinate, axis) * at(strides, source)
        out[index++] = at(first, from)
      }
      return out
    }
    case "reshape":
    case "stopGradient":
    case "withGradient":
      return Float64Array.from(first)
    case "broadcast":
      return elementwise((x = NaN) => x)
    case "concat":
    case "slice": {
      const strides = stridesOf(shape)
      let start = operation.kind === "slice" ? -operation.start : 0
      for (const [input, values] of inputs.entries()) {
        const part = shapes[input] ?? []
        let index = 0
        for (const coordinate of coordinates(part)) {
          const value = at(values, index++)
          const position = at(coordinate, operation.axis) + start
          if (position < 0 || position >= at(shape, operation.axis)) continue
          let to = 0
          for (const [axis, stride] of strides.entries()) {
            to += (axis === operation.axis ? position : at(coordinate, axis)) * stride
          }
          out[to] = value
        }
        start += at(part, operation.axis)
      }
      return out
    }
    case "reduce": {
      const kept = firstShape.map((size, axis) => (operation.axes.includes(axis) ? 1 : size))
      const read = reader(kept)
      out.fill(operation.name === "sum" ? 0 : -Infinity)
      let index = 0
      for (const coordinate of coordinates(firstShape)) {
        const to = read(coordinate)
        const value = at(first, index++)
        out[to] = operation.name === "sum" ? at(out, to) + value : Math.max(at(out, to), value)
      }
      return out
    }
    case "matchRanks": {
      const [n = 0, columns = 0] = shape
      for (let column = 0; column < columns; column++) {
        const order = (values: Values | undefined) =>
          Array.from({ length: n }, (_, row) => row * columns + column).sort(
            (i, j) => at(values, i) - at(values, j) || i - j
          )
        const from = order(inputs[1])
        for (const [rank, to] of order(first).entries()) out[to] = at(inputs[1], at(from, rank))
      }
      return out
    }
    case "softmax":
      return rows((row) => {
        const top = Math.max(...row)
        const weights = row.map((x) => Math.exp(x - top))
        const total = weights.reduce((a, b) => a + b, 0)
        return weights.map((weight) => weight / total)
      })
    case "logSoftmax":
      return rows((row) => {
        const top = Math.max(...row)
        const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0))
        return row.map((x) => x - top - total)
      })
  }
}

/**
 * Values of nodes, row-major, one array per node.
 *
 * `feeds` holds the inputs and the states by name. In float32, feeds and every node's result are rounded to float32; the sums inside
 * one operation run in float64. Errors: a feed that is missing or of the wrong length.
 */
export const evaluate = (
  nodes: ReadonlyArray<Node>,
  feeds: Readonly<Record<string, Values>>,
  options?: { readonly precision?: Precision }
): ReadonlyArray<Float64Array> => {
  const values = new Map<Node, Float64Array>()
  const valueOf = (node: Node): Float64Array => {
    const value = values.get(node)
    if (value === undefined) throw new RangeError(`node ${node.id} has no value yet`)
    return value
  }
  for (const node of reachable(nodes)) {
    let value: Float64Array
    if (node.operation.kind === "input" || node.operation.kind === "state") {
      const feed = feeds[node.operation.name]
      if (feed?.length !== sizeOf(node.shape)) {
        throw new GraphError({
          operation: node.operation.kind,
          shapes: [node.shape],
          reason: `"${node.operation.name}" needs ${sizeOf(node.shape)} numbers and was fed ${feed?.length ?? "nothing"}.`
        })
      }
      value = Float64Array.from(feed)
    } else {
      value = compute(
        node.operation,
        node.inputs.map((input) => input.shape),
        node.inputs.map(valueOf),
        node.shape
      )
    }
    values.set(node, options?.precision === "float32" ? Float64Array.from(value, Math.fround) : value)
  }
  return nodes.map(valueOf)
}
