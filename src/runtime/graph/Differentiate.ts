/**
 * Reverse-mode differentiation: gradients are nodes of the same builder.
 *
 * Every gradient that reaches a node is added up once, and the node's rule is applied once to the total.
 */
import type { Builder, Node, Shape } from "./Graph.ts"
import { GraphError } from "./GraphError.ts"
import {
  add,
  broadcast,
  concat,
  div,
  equal,
  exp,
  greater,
  greaterEqual,
  lessEqual,
  matmul,
  mul,
  neg,
  reshape,
  select,
  sign,
  slice,
  sub,
  sum,
  transpose
} from "./Operations.ts"
import { reducedShape, sameShape, sizeOf, stretchedAxes } from "./Shape.ts"

/** Nodes into which a gradient of `node` can flow. */
const differentiableInputs = (node: Node): ReadonlyArray<Node> => {
  const operation = node.operation
  switch (operation.kind) {
    case "input":
    case "state":
    case "constant":
    case "matchRanks":
    case "stopGradient":
      return []
    case "withGradient":
      return operation.of
    case "select":
      return node.inputs.slice(1)
    case "unary":
      return operation.name === "sign" ? [] : node.inputs
    case "binary":
      switch (operation.name) {
        case "greater":
        case "greaterEqual":
        case "less":
        case "lessEqual":
        case "equal":
          return []
        default:
          return node.inputs
      }
    default:
      return node.inputs
  }
}

/**
 * Kinds of nodes that simplification may by-pass, so that a gradient with respect to them could be missed: `reshape(reshape(x))`
 * reads `x`, not the reshape between.
 */
const byPassed: ReadonlySet<string> = new Set(["constant", "reshape", "broadcast", "transpose", "slice", "concat"])

const checkVariable = (label: string, variable: Node): void => {
  const operation = variable.operation
  if (byPassed.has(operation.kind) || (operation.kind === "unary" && operation.name === "neg")) {
    throw new GraphError({
      operation: label,
      shapes: [variable.shape],
      reason:
        `A ${operation.kind === "unary" ? operation.name : operation.kind} is no variable: ` +
        "later nodes may read past it, so ask for the input or state that it is made of."
    })
  }
}

/** The nodes between `of` and the variables, both included, in order of creation. */
const activeNodes = (of: Node, variables: ReadonlySet<Node>): ReadonlyArray<Node> => {
  const seen = new Set([of])
  for (const node of seen) {
    for (const input of differentiableInputs(node)) seen.add(input)
  }
  const active = new Set<Node>()
  for (const node of [...seen].sort((a, b) => a.id - b.id)) {
    if (variables.has(node) || differentiableInputs(node).some((input) => active.has(input))) active.add(node)
  }
  return [...active]
}

/**
 * A gradient of a whole node, or of a part of it along one axis. One of a larger shape, to which the node was broadcast, is still to be
 * summed over the repeated axes.
 */
type Contribution =
  | { readonly kind: "whole"; readonly gradient: Node }
  | {
      readonly kind: "part"
      readonly axis: number
      readonly start: number
      readonly end: number
      readonly gradient: Node
    }

type Part = Extract<Contribution, { readonly kind: "part" }>

const zeros = (builder: Builder, shape: Shape): Node => builder.constant(new Float32Array(sizeOf(shape)), shape)

const total = (gradients: ReadonlyArray<Node>): Node | undefined => {
  const [first, ...rest] = gradients
  return first === undefined ? undefined : rest.reduce((sofar, gradient) => add(sofar, gradient), first)
}

/** Parts of one tensor along one axis: equal parts are added, and the rest is laid side by side in as few layers as possible. */
const layers = (node: Node, axis: number, parts: ReadonlyArray<Part>): ReadonlyArray<Node> => {
  const size = node.shape[axis] ?? 0
  const merged = new Map<string, Part>()
  for (const part of parts) {
    const key = `${part.start}:${part.end}`
    const known = merged.get(key)
    merged.set(key, known === undefined ? part : { ...part, gradient: add(known.gradient, part.gradient) })
  }
  const open: Array<{ end: number; readonly pieces: Array<Node> }> = []
  const gap = (length: number) => zeros(node.builder, node.shape.with(axis, length))
  for (const part of [...merged.values()].sort((a, b) => a.start - b.start || a.end - b.end)) {
    let layer = open.find((candidate) => candidate.end <= part.start)
    if (layer === undefined) {
      layer = { end: 0, pieces: [] }
      open.push(layer)
    }
    if (part.start > layer.end) layer.pieces.push(gap(part.start - layer.end))
    layer.pieces.push(part.gradient)
    layer.end = part.end
  }
  return open.map(({ end, pieces }) => concat(end < size ? [...pieces, gap(size - end)] : pieces, axis))
}

const combine = (node: Node, contributions: ReadonlyArray<Contribution>): Node | undefined => {
  const byShape = new Map<string, Array<Node>>()
  const byAxis = new Map<number, Array<Part>>()
  for (const contribution of contributions) {
    if (contribution.kind === "whole") {
      const key = contribution.gradient.shape.join()
      byShape.set(key, [...(byShape.get(key) ?? []), contribution.gradient])
    } else byAxis.set(contribution.axis, [...(byAxis.get(contribution.axis) ?? []), contribution])
  }
  // Added up before the repeated axes are summed: one sum for a parameter that many rows share.
  const whole = [...byShape.values()].flatMap((gradients) => {
    const sum = total(gradients)
    return sum === undefined ? [] : [unbroadcast(sum, node.shape)]
  })
  for (const [axis, parts] of byAxis) whole.push(...layers(node, axis, parts))
  return total(whole)
}

/** The gradient of an operand that was broadcast: one sum over the repeated axes. */
const unbroadcast = (gradient: Node, shape: Shape): Node => {
  const axes = stretchedAxes(shape, gradient.shape)
  if (axes.length === 0) return sameShape(gradient.shape, shape) ? gradient : reshape(gradient, shape)
  const keep = gradient.shape.length === shape.length
  const summed = sum(gradient, { axes, keep })
  return sameShape(summed.shape, shape) ? summed : reshape(summed, shape)
}

/** The inverse of a reduction's shape: a reduced value repeated over the reduced axes. */
const unreduced = (value: Node, shape: Shape, axes: ReadonlyArray<number>): Node => {
  const leading = axes.every((axis, index) => axis === index)
  return leading ? value : reshape(value, reducedShape(shape, axes, true))
}

/** Takes a gradient of the input's shape, or of a shape that the input is broadcast to. */
type Emit = (input: Node, gradient: () => Node) => void

/** Sends the gradient of one node into its inputs. */
const propagate = (node: Node, gradient: Node, emit: Emit, emitPart: (part: Part) => void): void => {
  const operation = node.operation
  const [a, b, c] = node.inputs
  switch (operation.kind) {
    case "input":
    case "state":
    case "constant":
    case "matchRanks":
    case "stopGradient":
      return
    case "withGradient": {
      const results = operation.pullback(gradient)
      if (results.length !== operation.of.length) {
        throw new GraphError({
          operation: "withGradient",
          shapes: [node.shape],
          reason: `The pullback gave ${results.length} gradients for ${operation.of.length} nodes.`
        })
      }
      for (const [index, input] of operation.of.entries()) {
        const result = results[index]
        if (result === undefined) continue
        if (!sameShape(result.shape, input.shape)) {
          throw new GraphError({
            operation: "withGradient",
            shapes: [input.shape, result.shape],
            reason: "The pullback gave a gradient of another shape than its node."
          })
        }
        emit(input, () => result)
      }
      return
    }
  }
  if (a === undefined) return
  switch (operation.kind) {
    case "unary":
      switch (operation.name) {
        case "neg":
          return emit(a, () => neg(gradient))
        case "exp":
          return emit(a, () => mul(gradient, node))
        case "log":
          return emit(a, () => div(gradient, a))
        case "sqrt":
          return emit(a, () => div(mul(gradient, 0.5), node))
        case "abs":
          return emit(a, () => mul(gradient, sign(a)))
        case "tanh":
          return emit(a, () => mul(gradient, sub(1, mul(node, node))))
        case "sigmoid":
          return emit(a, () => mul(gradient, mul(node, sub(1, node))))
        case "relu":
          return emit(a, () => select(greater(a, 0), gradient, 0))
        case "sign":
          return
      }
      return
    case "binary": {
      if (b === undefined) return
      switch (operation.name) {
        case "add":
          emit(a, () => gradient)
          return emit(b, () => gradient)
        case "sub":
          emit(a, () => gradient)
          // Reduced first, negated after: the smaller tensor is negated, and once for both orders.
          return emit(b, () => neg(unbroadcast(gradient, b.shape)))
        case "mul":
          emit(a, () => mul(gradient, b))
          return emit(b, () => mul(gradient, a))
        case "div":
          emit(a, () => div(gradient, b))
          return emit(b, () => neg(unbroadcast(mul(div(gradient, b), node), b.shape)))
        case "min":
        case "max": {
          const first = operation.name === "min" ? lessEqual(a, b) : greaterEqual(a, b)
          emit(a, () => select(first, gradient, 0))
          return emit(b, () => select(first, 0, gradient))
        }
        default:
          return
      }
    }
    case "select":
      if (b !== undefined) emit(b, () => select(a, gradient, 0))
      if (c !== undefined) emit(c, () => select(a, 0, gradient))
      return
    case "clip":
      return emit(a, () => select(equal(a, node), gradient, 0))
    case "matmul": {
      if (b === undefined) return
      const { transposeA, transposeB } = operation
      emit(a, () =>
        transposeA
          ? matmul(b, gradient, { transposeA: transposeB, transposeB: true })
          : matmul(gradient, b, { transposeB: !transposeB })
      )
      return emit(b, () =>
        transposeB
          ? matmul(gradient, a, { transposeA: true, transposeB: transposeA })
          : matmul(a, gradient, { transposeA: !transposeA })
      )
    }
    case "transpose": {
      const inverse = operation.permutation.map((_, axis) => operation.permutation.indexOf(axis))
      return emit(a, () => transpose(gradient, inverse))
    }
    case "reshape":
      return emit(a, () => reshape(gradient, a.shape))
    case "broadcast":
      return emit(a, () => gradient)
    case "concat": {
      let start = 0
      for (const input of node.inputs) {
        const from = start
        const end = start + (input.shape[operation.axis] ?? 0)
        emit(input, () => slice(gradient, operation.axis, from, end))
        start = end
      }
      return
    }
    case "slice":
      return emitPart({ kind: "part", axis: operation.axis, start: operation.start, end: operation.end, gradient })
    case "reduce": {
      if (operation.name === "sum") {
        return emit(a, () => broadcast(unreduced(gradient, a.shape, operation.axes), a.shape))
      }
      const largest = equal(a, operation.keep ? node : unreduced(node, a.shape, operation.axes))
      return emit(a, () =>
        mul(
          largest,
          operation.keep
            ? div(gradient, sum(largest, { axes: operation.axes, keep: true }))
            : unreduced(div(gradient, sum(largest, { axes: operation.axes })), a.shape, operation.axes)
        )
      )
    }
    case "softmax":
      return emit(a, () => mul(node, sub(gradient, sum(mul(gradient, node), { axes: [-1], keep: true }))))
    case "logSoftmax":
      return emit(a, () => sub(gradient, mul(exp(node), sum(gradient, { axes: [-1], keep: true }))))
  }
}

/**
 * The gradients of a scalar, one node per variable, of the variable's shape; zeros where no differentiable path leads to it.
 *
 * At kinks: relu'(0) = 0, abs'(0) = 0; a clip passes the gradient on its bounds; of two equal operands of minimum or maximum the
 * first takes it; equal largest elements of `max` share it; comparisons and `sign` pass none; `select` passes it to the branch taken.
 *
 * Errors: `of` is no scalar; a variable that simplification may by-pass (a constant, reshape, broadcast, transpose, slice, concat or
 * negation): ask for what it is made of.
 */
export const gradients = (of: Node, withRespectTo: ReadonlyArray<Node>): ReadonlyArray<Node> => {
  if (of.shape.length !== 0) {
    throw new GraphError({ operation: "gradients", shapes: [of.shape], reason: "Only a scalar has a gradient." })
  }
  for (const variable of withRespectTo) checkVariable("gradients", variable)
  const nodes = activeNodes(of, new Set(withRespectTo))
  const contributions = new Map<Node, Array<Contribution>>(nodes.map((node) => [node, []]))
  const finished = new Map<Node, Node>()
  contributions.get(of)?.push({ kind: "whole", gradient: of.builder.scalar(1) })
  for (const node of nodes.toReversed()) {
    const gradient = combine(node, contributions.get(node) ?? [])
    if (gradient === undefined) continue
    finished.set(node, gradient)
    propagate(
      node,
      gradient,
      (input, make) => contributions.get(input)?.push({ kind: "whole", gradient: make() }),
      (part) => {
        const source = node.inputs[0]
        if (source !== undefined) contributions.get(source)?.push(part)
      }
    )
  }
  return withRespectTo.map((variable) => finished.get(variable) ?? zeros(variable.builder, variable.shape))
}

/**
 * Whether a differentiable path leads from `of` back to `on`: false behind `stopGradient`, comparisons, `sign` and conditions.
 * A `withGradient` node depends on every node of its `of`. `of` may have any shape. Errors: as `gradients` for `on`.
 */
export const depends = (of: Node, on: Node): boolean => {
  checkVariable("depends", on)
  return activeNodes(of, new Set([on])).length > 0
}
