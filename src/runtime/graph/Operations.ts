/**
 * The operations of the graph, each with its type rule. Numbers stand for scalar constants wherever a tensor may broadcast;
 * at least one operand must be a node. Axes may be counted from the end (-1 is the last).
 */
import type { Binary, Builder, Node, Operation, Shape, Unary } from "./Graph.ts"
import { GraphError } from "./GraphError.ts"
import { broadcastShapes, reducedShape, sameShape, sizeOf } from "./Shape.ts"

/** A tensor, or a number that is broadcast. */
export type Operand = Node | number

const fail = (operation: string, shapes: ReadonlyArray<Shape>, reason: string): never => {
  throw new GraphError({ operation, shapes, reason })
}

const shapeOf = (operand: Operand): Shape => (typeof operand === "number" ? [] : operand.shape)

const builderOf = (operation: string, operands: ReadonlyArray<Operand>): Builder => {
  const nodes = operands.filter((operand) => typeof operand !== "number")
  const builder = nodes[0]?.builder ?? fail(operation, [], "At least one operand must be a node.")
  if (nodes.some((node) => node.builder !== builder)) {
    fail(
      operation,
      nodes.map((node) => node.shape),
      "The operands come from different builders."
    )
  }
  return builder
}

/** An operation whose operands broadcast against each other. */
const elementwise = (label: string, operation: Operation, operands: ReadonlyArray<Operand>): Node => {
  const builder = builderOf(label, operands)
  const shapes = operands.map(shapeOf)
  const shape = broadcastShapes(...shapes) ?? fail(label, shapes, "The shapes do not broadcast against each other.")
  const inputs = operands.map((operand) => (typeof operand === "number" ? builder.scalar(operand) : operand))
  return builder.node(operation, inputs, shape)
}

const axisOf = (operation: string, shape: Shape, axis: number): number => {
  const position = axis < 0 ? axis + shape.length : axis
  return Number.isInteger(position) && position >= 0 && position < shape.length
    ? position
    : fail(operation, [shape], `There is no axis ${axis}.`)
}

const targetShape = (operation: string, from: Shape, shape: Shape): Shape =>
  shape.every((size) => Number.isInteger(size) && size > 0)
    ? shape
    : fail(operation, [from, shape], "Every axis must have a whole, positive size.")

const unary =
  (name: Unary) =>
  (x: Node): Node =>
    x.builder.node({ kind: "unary", name }, [x], x.shape)

const binary =
  (name: Binary, label: string) =>
  (a: Operand, b: Operand): Node =>
    elementwise(label, { kind: "binary", name }, [a, b])

/** a + b; broadcasts. */
export const add = binary("add", "add")

/** a - b; broadcasts. */
export const sub = binary("sub", "sub")

/** a b, elementwise; broadcasts. */
export const mul = binary("mul", "mul")

/** a / b, elementwise; broadcasts. */
export const div = binary("div", "div")

/** min(a, b), elementwise; broadcasts. Where a = b, the gradient goes to `a`. */
export const minimum = binary("min", "minimum")

/** max(a, b), elementwise; broadcasts. Where a = b, the gradient goes to `a`. */
export const maximum = binary("max", "maximum")

/** 1 where a > b, else 0; broadcasts. No gradient. */
export const greater = binary("greater", "greater")

/** 1 where a >= b, else 0; broadcasts. No gradient. */
export const greaterEqual = binary("greaterEqual", "greaterEqual")

/** 1 where a < b, else 0; broadcasts. No gradient. */
export const less = binary("less", "less")

/** 1 where a <= b, else 0; broadcasts. No gradient. */
export const lessEqual = binary("lessEqual", "lessEqual")

/** 1 where a = b, else 0; broadcasts. No gradient. */
export const equal = binary("equal", "equal")

/** -x, elementwise. */
export const neg = unary("neg")

/** e^x, elementwise. */
export const exp = unary("exp")

/** The natural logarithm, elementwise: -Infinity at 0, NaN below. */
export const log = unary("log")

/** The square root, elementwise: NaN below 0; its gradient at 0 is infinite. */
export const sqrt = unary("sqrt")

/** |x|, elementwise; the derivative at 0 is 0. */
export const abs = unary("abs")

/** -1, 0 or 1, elementwise. No gradient. */
export const sign = unary("sign")

/** tanh x, elementwise. */
export const tanh = unary("tanh")

/** 1 / (1 + e^-x), elementwise. */
export const sigmoid = unary("sigmoid")

/** max(x, 0), elementwise; the derivative at 0 is 0. */
export const relu = unary("relu")

/** x x, elementwise. */
export const square = (x: Node): Node => mul(x, x)

/** `then` where the condition is not 0, else `otherwise`; all three broadcast. The condition gets no gradient. */
export const select = (condition: Node, then: Operand, otherwise: Operand): Node =>
  elementwise("select", { kind: "select" }, [condition, then, otherwise])

/**
 * min(max(x, low), high), elementwise; bounds are rounded to float32 and may be infinite. The derivative is 1 from bound to bound,
 * bounds included, else 0. Errors: low > high, NaN.
 */
export const clip = (x: Node, low: number, high: number): Node => {
  const bounds = { low: Math.fround(low), high: Math.fround(high) }
  if (!(bounds.low <= bounds.high)) fail("clip", [x.shape], `The bounds ${low} and ${high} enclose nothing.`)
  return x.builder.node({ kind: "clip", ...bounds }, [x], x.shape)
}

/**
 * The matrix product: [m, k] by [k, n] gives [m, n]. `transposeA` reads a [k, m] first operand, `transposeB` an [n, k] second one.
 * Errors: a rank other than 2, inner sizes that differ.
 */
export const matmul = (
  a: Node,
  b: Node,
  options?: { readonly transposeA?: boolean; readonly transposeB?: boolean }
): Node => {
  const builder = builderOf("matmul", [a, b])
  const transposeA = options?.transposeA ?? false
  const transposeB = options?.transposeB ?? false
  const [rowsA, columnsA] = a.shape
  const [rowsB, columnsB] = b.shape
  if (
    a.shape.length !== 2 ||
    b.shape.length !== 2 ||
    rowsA === undefined ||
    columnsA === undefined ||
    rowsB === undefined ||
    columnsB === undefined
  ) {
    return fail("matmul", [a.shape, b.shape], "Both operands must have two axes.")
  }
  const [m, innerA] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA]
  const [innerB, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB]
  if (innerA !== innerB) fail("matmul", [a.shape, b.shape], `The inner sizes ${innerA} and ${innerB} differ.`)
  return builder.node({ kind: "matmul", transposeA, transposeB }, [a, b], [m, n])
}

/** Axis i of the result is axis `permutation[i]` of x; without a permutation the axes are reversed. Errors: not a permutation. */
export const transpose = (x: Node, permutation?: ReadonlyArray<number>): Node => {
  const axes = permutation ?? x.shape.map((_, axis) => x.shape.length - 1 - axis)
  if (
    !sameShape(
      [...axes].sort((a, b) => a - b),
      x.shape.map((_, axis) => axis)
    )
  ) {
    fail("transpose", [x.shape], `[${axes.join(", ")}] is not a permutation of the axes.`)
  }
  return x.builder.node(
    { kind: "transpose", permutation: [...axes] },
    [x],
    axes.flatMap((axis) => x.shape[axis] ?? [])
  )
}

/** The same numbers, row-major, in another shape. Errors: a shape of another size. */
export const reshape = (x: Node, shape: Shape): Node => {
  targetShape("reshape", x.shape, shape)
  if (sizeOf(shape) !== sizeOf(x.shape)) {
    fail("reshape", [x.shape, shape], `${sizeOf(x.shape)} numbers do not fill a shape of ${sizeOf(shape)}.`)
  }
  return x.builder.node({ kind: "reshape" }, [x], shape)
}

/**
 * The values of y [n, columns], column by column, in the order of x [n, columns]: the smallest of y where x has its smallest, and so
 * on; equals are ordered by row. No gradient. Errors: shapes other than two equal ones of two axes.
 */
export const matchRanks = (x: Node, y: Node): Node => {
  const builder = builderOf("matchRanks", [x, y])
  if (x.shape.length !== 2 || !sameShape(x.shape, y.shape)) {
    fail("matchRanks", [x.shape, y.shape], "Both operands must have the same two axes.")
  }
  return builder.node({ kind: "matchRanks" }, [x, y], x.shape)
}

/** x repeated to a larger shape: new leading axes, and axes of size 1. Errors: a shape that x does not broadcast to. */
export const broadcast = (x: Node, shape: Shape): Node => {
  targetShape("broadcast", x.shape, shape)
  const result = broadcastShapes(x.shape, shape)
  if (result === undefined || !sameShape(result, shape)) {
    fail("broadcast", [x.shape, shape], "The first shape does not broadcast to the second.")
  }
  return x.builder.node({ kind: "broadcast" }, [x], shape)
}

/** The nodes one after the other along an axis; all other axes must agree. Errors: no nodes, shapes that do not agree. */
export const concat = (nodes: ReadonlyArray<Node>, axis: number): Node => {
  const builder = builderOf("concat", nodes)
  const shapes = nodes.map((node) => node.shape)
  const first = shapes[0] ?? []
  const position = axisOf("concat", first, axis)
  const total = shapes.reduce((size, shape) => size + (shape[position] ?? 0), 0)
  const result = first.with(position, total)
  if (!shapes.every((shape) => shape.length === first.length && sameShape(shape.with(position, total), result))) {
    fail("concat", shapes, `The shapes differ elsewhere than on axis ${position}.`)
  }
  return builder.node({ kind: "concat", axis: position }, nodes, result)
}

/** The part from `start` up to but without `end` along an axis. Errors: an empty part, or one that reaches beyond the axis. */
export const slice = (x: Node, axis: number, start: number, end: number): Node => {
  const position = axisOf("slice", x.shape, axis)
  const size = x.shape[position] ?? 0
  if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start < end && end <= size)) {
    fail("slice", [x.shape], `${start}:${end} is not a non-empty part of axis ${position} of size ${size}.`)
  }
  return x.builder.node({ kind: "slice", axis: position, start, end }, [x], x.shape.with(position, end - start))
}

/** Which axes a reduction runs over (default: all), and whether they stay as axes of size 1 (default: no). */
export interface Reduction {
  readonly axes?: ReadonlyArray<number>
  readonly keep?: boolean
}

const reductionAxes = (label: string, x: Node, options: Reduction | undefined): ReadonlyArray<number> => {
  const axes = (options?.axes ?? x.shape.map((_, axis) => axis)).map((axis) => axisOf(label, x.shape, axis))
  if (new Set(axes).size !== axes.length) fail(label, [x.shape], `An axis of [${axes.join(", ")}] is named twice.`)
  return axes.sort((a, b) => a - b)
}

const reduce =
  (label: string, name: "sum" | "max") =>
  (x: Node, options?: Reduction): Node => {
    const axes = reductionAxes(label, x, options)
    const keep = options?.keep ?? false
    return x.builder.node({ kind: "reduce", name, axes, keep }, [x], reducedShape(x.shape, axes, keep))
  }

/** The sum over axes. Errors: an axis that does not exist or is named twice. */
export const sum = reduce("sum", "sum")

/** The largest value over axes; equal largest values share the gradient equally. Errors: as `sum`. */
export const max = reduce("max", "max")

/** The sum over axes divided by the number of elements summed. Errors: as `sum`. */
export const mean = (x: Node, options?: Reduction): Node => {
  const axes = reductionAxes("mean", x, options)
  return div(
    sum(x, options),
    axes.reduce((count, axis) => count * (x.shape[axis] ?? 1), 1)
  )
}

const lastAxis =
  (kind: "softmax" | "logSoftmax") =>
  (x: Node): Node => {
    if (x.shape.length === 0) fail(kind, [x.shape], "A scalar has no last axis.")
    return x.builder.node({ kind }, [x], x.shape)
  }

/** e^x_i / sum_j e^x_j over the last axis, without overflow. Errors: a scalar. */
export const softmax = lastAxis("softmax")

/** x_i - log sum_j e^x_j over the last axis, without overflow. Errors: a scalar. */
export const logSoftmax = lastAxis("logSoftmax")

/** x, and no gradient. */
export const stopGradient = (x: Node): Node => x.builder.node({ kind: "stopGradient" }, [x], x.shape)

/**
 * `value`, with a gradient of its own: `pullback(g)`, g of the shape of `value`, gives one gradient per node of `of`, each of that
 * node's shape (undefined: none), and differentiation goes on from `of` instead of into `value`.
 */
export const withGradient = (
  value: Node,
  of: ReadonlyArray<Node>,
  pullback: (gradient: Node) => ReadonlyArray<Node | undefined>
): Node => {
  const builder = builderOf("withGradient", [value, ...of])
  return builder.node({ kind: "withGradient", of: [...of], pullback }, [value], value.shape)
}
