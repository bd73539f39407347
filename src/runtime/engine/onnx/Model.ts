/**
 * A plan as an ONNX model (opset 18): static shapes, float32, constants inside, inputs and states as model inputs, outputs and
 * new states as model outputs.
 *
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; operators: docs/Operators.md there.
 */
import type { Binary, Node, Operation, Shape, Unary } from "../../graph/Graph.ts"
import type { Plan, Step } from "../Plan.ts"
import { fuseBias, joinSlices, sideShape, takesTurned, turnNarrow } from "./Passes.ts"
import type { BiasedProduct, Pass, Tiling } from "./Passes.ts"
import * as Protobuf from "./Protobuf.ts"

/** Model inputs and outputs carry the graph's names behind these, so that a state may be called like an input. */
export const prefix = { input: "input:", state: "state:", output: "output:", update: "update:" } as const

/** A node of the model, before it is written. */
export interface ModelNode {
  readonly operator: string
  readonly inputs: ReadonlyArray<string>
  readonly outputs: ReadonlyArray<string>
  readonly attributes: Readonly<Record<string, number | ReadonlyArray<number>>>
}

/** A constant of the model. */
export interface Initializer {
  readonly name: string
  readonly shape: Shape
  readonly values: Float32Array | BigInt64Array
}

/** What the model consists of: `encode` writes it, tests read it. */
export interface Model {
  readonly name: string
  readonly nodes: ReadonlyArray<ModelNode>
  readonly initializers: ReadonlyArray<Initializer>
  /** A turned input takes the plan's tensor transposed. */
  readonly inputs: ReadonlyArray<{ readonly name: string; readonly shape: Shape; readonly turned?: true }>
  readonly outputs: ReadonlyArray<{ readonly name: string; readonly shape: Shape }>
}

/** Translates a plan, with all passes but those in `without`. The order of nodes and all names follow from the plan alone. */
export const make = (plan: Plan, { without = [] }: { readonly without?: ReadonlyArray<Pass> } = {}): Model => {
  const nodes: Array<ModelNode> = []
  const initializers: Array<Initializer> = []
  const fused = without.includes("fuseBias") ? new Map<Node, BiasedProduct>() : fuseBias(plan)
  const absorbed = new Set([...fused.values()].map(({ product }) => product))
  const tilings = without.includes("joinSlices") ? new Map<Node, Tiling>() : joinSlices(plan)
  const turned = without.includes("turnNarrow") ? new Set<Node>() : turnNarrow(plan)
  const asNumber = readAsNumber(plan)

  /** The model's names for the value of a node, as it is and on its side. */
  const values = new Map<Node, string>()
  const sides = new Map<Node, string>()
  /** Truth values of comparisons, on the side on which the comparison is. */
  const truths = new Map<Node, string>()
  const sideTruths = new Map<Node, string>()
  const wanted = new Map<Node, string>()
  const results = [
    ...plan.outputs.map((output) => ({ ...output, name: prefix.output + output.name })),
    ...plan.updates.map((update) => ({ ...update, name: prefix.update + update.name }))
  ]
  for (const { name, node } of results) {
    if (!isGiven(node.operation) && !turned.has(node) && !wanted.has(node)) wanted.set(node, name)
  }
  let count = 0
  const fresh = () => `v${count++}`
  /** The name under which a node is computed, on the side on which it is held. */
  const define = (node: Node): string => {
    const name = wanted.get(node) ?? fresh()
    const names = turned.has(node) ? sides : values
    names.set(node, name)
    return name
  }
  /** A comparison that has been read as a truth value only, as a number. */
  const number = (node: Node, known: ReadonlyMap<Node, string>, names: Map<Node, string>): string | undefined => {
    const truth = known.get(node)
    if (truth === undefined) return undefined
    const name = fresh()
    emit("Cast", [truth], [name], { to: elementType.float })
    names.set(node, name)
    return name
  }
  const valueOf = (node: Node): string => {
    const known = values.get(node) ?? number(node, truths, values)
    if (known !== undefined) return known
    const side = sides.get(node) ?? number(node, sideTruths, sides)
    if (side === undefined) throw new Error(`node ${node.id} is read before it is computed`)
    const name = fresh()
    turn(side, node.shape, name)
    values.set(node, name)
    return name
  }
  /** The value of an operand on its side, beside tensors of `rows` rows. */
  const sideOf = (node: Node, rows: number): string => {
    const known = sides.get(node) ?? number(node, sideTruths, sides)
    if (known !== undefined) return known
    const shape = sideShape(node.shape, rows)
    if (shape === undefined) throw new Error(`node ${node.id} has no side`)
    if (shape.length === 0) return valueOf(node)
    const name = fresh()
    if (node.operation.kind === "constant") {
      initializers.push({ name, shape, values: transposed(node.operation.data, node.shape) })
    } else turn(valueOf(node), shape, name)
    sides.set(node, name)
    return name
  }
  /** Transposes a matrix or a row; a column is laid down as it is. */
  const turn = (value: string, shape: Shape, name: string): void => {
    if (shape.includes(1)) emit("Reshape", [value, integerTensor(shape)], [name])
    else emit("Transpose", [value], [name], { perm: [1, 0] })
  }
  const emit = (
    operator: string,
    inputs: ReadonlyArray<string>,
    outputs: ReadonlyArray<string>,
    attributes: ModelNode["attributes"] = {}
  ) => nodes.push({ operator, inputs, outputs, attributes })

  const integers = new Map<string, string>()
  const integerTensor = (values: ReadonlyArray<number>): string => {
    const key = values.join(",")
    const known = integers.get(key)
    if (known !== undefined) return known
    const name = `i${integers.size}`
    integers.set(key, name)
    initializers.push({ name, shape: [values.length], values: BigInt64Array.from(values, BigInt) })
    return name
  }
  const scalars = new Map<number, string>()
  const scalar = (value: number): string => {
    const known = scalars.get(value)
    if (known !== undefined) return known
    const name = `s${scalars.size}`
    scalars.set(value, name)
    initializers.push({ name, shape: [], values: Float32Array.of(value) })
    return name
  }
  /** The name of a node's value as a truth value of ONNX: what a comparison gave before it was made a number. */
  const truthOf = (node: Node, side: number | undefined): string => {
    const names = side === undefined ? truths : sideTruths
    const known = names.get(node)
    if (known !== undefined) return known
    const value = side === undefined ? valueOf(node) : sideOf(node, side)
    const name = fresh()
    emit("Cast", [value], [name], { to: elementType.bool })
    names.set(node, name)
    return name
  }

  const translate = ({ inputs, node }: Step) => {
    const { operation, shape } = node
    // rows of a node that is computed on its side
    const side = turned.has(node) ? (shape[0] ?? 0) : undefined
    const operand = (input: Node) => (side === undefined ? valueOf(input) : sideOf(input, side))
    const given = () => inputs.map(operand)
    const across = (axis: number) => (side === undefined ? axis : 1 - axis)
    const shown = side === undefined ? shape : shape.toReversed()
    switch (operation.kind) {
      case "input":
      case "state": {
        const names = side === undefined ? values : sides
        names.set(node, prefix[operation.kind] + operation.name)
        return
      }
      case "constant": {
        const name = `c${initializers.length}`
        values.set(node, name)
        initializers.push({ name, shape, values: operation.data })
        return
      }
      case "unary":
        return emit(unary[operation.name], given(), [define(node)])
      case "binary": {
        const biased = fused.get(node)
        if (biased !== undefined) return gemm(biased.product, biased.bias, node)
        if (!isComparison(operation.name)) return emit(binary[operation.name], given(), [define(node)])
        const truth = fresh()
        const names = side === undefined ? truths : sideTruths
        names.set(node, truth)
        emit(binary[operation.name], given(), [truth])
        if (asNumber.has(node)) emit("Cast", [truth], [define(node)], { to: elementType.float })
        return
      }
      case "select": {
        const [condition, ...branches] = inputs
        const truth = condition === undefined ? [] : [truthOf(condition, side)]
        return emit("Where", [...truth, ...branches.map(operand)], [define(node)])
      }
      case "clip":
        return emit("Clip", [...given(), scalar(operation.low), scalar(operation.high)], [define(node)])
      case "matmul":
        if (absorbed.has(node)) return
        if (side !== undefined || operation.transposeA || operation.transposeB || inputs.some(isOnSide)) {
          return gemm(node, undefined, node)
        }
        return emit("MatMul", given(), [define(node)])
      case "transpose":
        return emit("Transpose", given(), [define(node)], { perm: operation.permutation })
      case "reshape": {
        const [input] = inputs
        // a column that lies on its side has the numbers in the same order
        const value = input !== undefined && isOnSide(input) && input.shape[1] === 1 ? sides.get(input) : undefined
        return emit(
          "Reshape",
          [...(value === undefined ? given() : [value]), integerTensor(shape)],
          [define(node)],
          // Without it a 0 in the shape would mean "as in the input".
          shape.includes(0) ? { allowzero: 1 } : {}
        )
      }
      case "broadcast":
        return emit("Expand", [...given(), integerTensor(shown)], [define(node)])
      case "concat":
        return emit("Concat", given(), [define(node)], { axis: across(operation.axis) })
      case "slice": {
        const tiling = tilings.get(node)
        if (tiling === undefined) {
          const bounds = [[operation.start], [operation.end], [across(operation.axis)]].map(integerTensor)
          return emit("Slice", [...given(), ...bounds], [define(node)])
        }
        if (values.has(node) || sides.has(node)) return
        const lengths = integerTensor(tiling.pieces.map(({ length }) => length))
        const pieces = tiling.pieces.map((piece) => (piece.node === undefined ? fresh() : define(piece.node)))
        return emit("Split", [...given(), lengths], pieces, { axis: across(tiling.axis) })
      }
      case "reduce": {
        const [input] = inputs
        const lies = input !== undefined && isOnSide(input) && (side !== undefined || takesTurned(node, input))
        const value = input === undefined ? [] : [lies ? sideOf(input, input.shape[0] ?? 0) : valueOf(input)]
        const axes = integerTensor(lies ? operation.axes.map((axis) => 1 - axis).sort() : operation.axes)
        const keepdims = operation.keep ? 1 : 0
        // over a few long rows the product with ones is several times as fast as ReduceSum
        if (operation.name === "sum" && side !== undefined)
          return emit("MatMul", [ones(input), ...value], [define(node)])
        if (operation.name === "sum") return emit("ReduceSum", [...value, axes], [define(node)], { keepdims })
        return reduceMax(value, axes, keepdims, node)
      }
      case "softmax":
      case "logSoftmax":
        if (side !== undefined) return softmaxOnSide(given(), operation.kind, node)
        return emit(operation.kind === "softmax" ? "Softmax" : "LogSoftmax", given(), [define(node)], { axis: -1 })
      case "matchRanks":
        return matchRanks(given(), node)
      case "stopGradient":
      case "withGradient":
        throw new Error(`a plan has no ${operation.kind} among its steps`)
    }
  }
  const isOnSide = (node: Node): boolean => !values.has(node) && (sides.has(node) || sideTruths.has(node))
  const rowsOfOnes = new Map<number, string>()
  /** A row of ones, one for each column of a node. */
  const ones = (node: Node | undefined): string => {
    const columns = node?.shape[1] ?? 1
    const known = rowsOfOnes.get(columns)
    if (known !== undefined) return known
    const name = fresh()
    rowsOfOnes.set(columns, name)
    initializers.push({ name, shape: [1, columns], values: new Float32Array(columns).fill(1) })
    return name
  }
  /** By the largest first, as the operator does it. A NaN in a row makes all of it NaN by the sum, whatever the largest is. */
  const softmaxOnSide = (given: ReadonlyArray<string>, kind: "softmax" | "logSoftmax", node: Node) => {
    const [largest, shifted, mass, total] = [fresh(), fresh(), fresh(), fresh()]
    const rows = integerTensor([0])
    emit("ReduceMax", [...given, rows], [largest], { keepdims: 1 })
    emit("Sub", [...given, largest], [shifted])
    emit("Exp", [shifted], [mass])
    emit("MatMul", [ones(node), mass], [total])
    if (kind === "softmax") return emit("Div", [mass, total], [define(node)])
    const logarithm = fresh()
    emit("Log", [total], [logarithm])
    return emit("Sub", [shifted, logarithm], [define(node)])
  }
  /** ReduceMax alone skips NaN, and anything before it: where there was one, it is put back. */
  const reduceMax = (given: ReadonlyArray<string>, axes: string, keepdims: number, node: Node) => {
    const [largest, isNaN, asNumber, count, found] = [fresh(), fresh(), fresh(), fresh(), fresh()]
    emit("ReduceMax", [...given, axes], [largest], { keepdims })
    emit("IsNaN", given, [isNaN])
    emit("Cast", [isNaN], [asNumber], { to: elementType.float })
    emit("ReduceMax", [asNumber, axes], [count], { keepdims })
    emit("Cast", [count], [found], { to: elementType.bool })
    emit("Where", [found, scalar(NaN), largest], [define(node)])
  }
  /** The places of x in rising order take the values of y in rising order. */
  const matchRanks = ([x = "", y = ""]: ReadonlyArray<string>, node: Node) => {
    const [order, sorted] = [fresh(), fresh()]
    const all = integerTensor([node.shape[0] ?? 0])
    const rising = { axis: 0, largest: 0, sorted: 1 }
    emit("TopK", [x, all], [fresh(), order], rising)
    emit("TopK", [y, all], [sorted, fresh()], rising)
    emit("ScatterElements", [y, order, sorted], [define(node)], { axis: 0 })
  }
  const gemm = (product: Node, bias: Node | undefined, result: Node) => {
    const { operation } = product
    if (operation.kind !== "matmul") throw new Error(`node ${product.id} is not a product`)
    const side = turned.has(result) ? (result.shape[0] ?? 0) : undefined
    // an operand on its side is its own transpose
    const factors = (operandsOf.get(product) ?? []).map((factor, k) => {
      const lies = isOnSide(factor)
      const transpose = (k === 0 ? operation.transposeA : operation.transposeB) !== lies
      return { name: lies ? sideOf(factor, factor.shape[0] ?? 0) : valueOf(factor), transpose }
    })
    // and the transpose of A B is B' A'
    const [left, right] =
      side === undefined
        ? factors
        : factors.toReversed().map(({ name, transpose }) => ({ name, transpose: !transpose }))
    if (left === undefined || right === undefined) throw new Error(`node ${product.id} is not a product of two`)
    const added = bias === undefined ? [] : [side === undefined ? valueOf(bias) : sideOf(bias, side)]
    emit("Gemm", [left.name, right.name, ...added], [define(result)], {
      ...(left.transpose ? { transA: 1 } : {}),
      ...(right.transpose ? { transB: 1 } : {})
    })
  }
  const operandsOf = new Map(plan.steps.map(({ inputs, node }) => [node, inputs]))

  plan.steps.forEach(translate)
  for (const { name, node } of results) {
    if (valueOf(node) !== name) emit("Identity", [valueOf(node)], [name])
  }

  const turnedInputs = new Set(
    [...turned].flatMap(({ operation }) => (operation.kind === "input" ? [operation.name] : []))
  )
  return {
    name: plan.graph.name,
    nodes,
    initializers,
    inputs: [
      ...plan.inputs.map(({ name, shape }) =>
        turnedInputs.has(name)
          ? { name: prefix.input + name, shape: shape.toReversed(), turned: true as const }
          : { name: prefix.input + name, shape }
      ),
      ...plan.states.map(({ name, shape }) => ({ name: prefix.state + name, shape }))
    ],
    outputs: results.map(({ name, shape }) => ({ name, shape }))
  }
}

/** The model as `ModelProto` bytes, IR version 9. */
export const encode = (model: Model): Uint8Array<ArrayBuffer> => {
  const graph = Protobuf.make()
  model.nodes.forEach((node, i) => {
    const message = Protobuf.make()
    for (const name of node.inputs) message.string(1, name)
    for (const name of node.outputs) message.string(2, name)
    message.string(3, `${node.operator}${i}`).string(4, node.operator)
    for (const [name, value] of Object.entries(node.attributes)) message.message(5, attribute(name, value))
    graph.message(1, message)
  })
  graph.string(2, model.name === "" ? "graph" : model.name)
  for (const { name, shape, values } of model.initializers) {
    const type = values instanceof Float32Array ? elementType.float : elementType.int64
    graph.message(
      5,
      Protobuf.make().ints(1, shape).int(2, type).string(8, name).bytes(9, Protobuf.littleEndian(values))
    )
  }
  for (const { name, shape } of model.inputs) graph.message(11, valueInfo(name, shape))
  for (const { name, shape } of model.outputs) graph.message(12, valueInfo(name, shape))
  return Protobuf.make()
    .int(1, 9)
    .string(2, "bica")
    .message(7, graph)
    .message(8, Protobuf.make().string(1, "").int(2, 18))
    .finish()
}

/** A line for each node of the model, `v3 = Gemm(c0, v1, v2) {"transA":1}`: what a pass has changed is seen by comparing. */
export const show = (model: Model): string =>
  model.nodes
    .map(({ attributes, inputs, operator, outputs }) => {
      const given = Object.keys(attributes).length === 0 ? "" : ` ${JSON.stringify(attributes)}`
      return `${outputs.join(", ")} = ${operator}(${inputs.join(", ")})${given}`
    })
    .join("\n")

/** A matrix [rows, columns] as [columns, rows]; a vector as it is. */
export const transposed = (
  data: Float32Array,
  shape: Shape,
  out: Float32Array = new Float32Array(data.length)
): Float32Array => {
  const [rows = 1, columns = 1] = shape
  if (rows === 1 || columns === 1) {
    out.set(data)
    return out
  }
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c] ?? 0
  return out
}

// internal

/** `TensorProto.DataType`. */
const elementType = { float: 1, int64: 7, bool: 9 } as const

const unary: Readonly<Record<Unary, string>> = {
  neg: "Neg",
  exp: "Exp",
  log: "Log",
  sqrt: "Sqrt",
  abs: "Abs",
  sign: "Sign",
  tanh: "Tanh",
  sigmoid: "Sigmoid",
  relu: "Relu"
}

const binary: Readonly<Record<Binary, string>> = {
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "Div",
  min: "Min",
  max: "Max",
  greater: "Greater",
  greaterEqual: "GreaterOrEqual",
  less: "Less",
  lessEqual: "LessOrEqual",
  equal: "Equal"
}

const isComparison = (name: Binary): boolean =>
  name === "greater" || name === "greaterEqual" || name === "less" || name === "lessEqual" || name === "equal"

/** Values that no model node computes. */
const isGiven = (operation: Operation): boolean =>
  operation.kind === "input" || operation.kind === "state" || operation.kind === "constant"

/** Nodes read as numbers by anything: all but comparisons that serve only as conditions. */
const readAsNumber = (plan: Plan): ReadonlySet<Node> => {
  const read = new Set([...plan.outputs, ...plan.updates].map(({ node }) => node))
  for (const { inputs, node } of plan.steps) {
    inputs.forEach((input, i) => {
      if (node.operation.kind !== "select" || i > 0) read.add(input)
    })
  }
  return read
}

const attribute = (name: string, value: number | ReadonlyArray<number>): Protobuf.Writer => {
  const message = Protobuf.make().string(1, name)
  return typeof value === "number" ? message.int(3, value).int(20, 2) : message.ints(8, value).int(20, 7)
}

const valueInfo = (name: string, shape: Shape): Protobuf.Writer => {
  const dimensions = Protobuf.make()
  for (const axis of shape) dimensions.message(1, Protobuf.make().int(1, axis))
  const tensor = Protobuf.make().int(1, elementType.float).message(2, dimensions)
  return Protobuf.make().string(1, name).message(2, Protobuf.make().message(1, tensor))
}
