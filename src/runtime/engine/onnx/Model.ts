/**
 * A plan as an ONNX model (opset 18): static shapes, float32, constants inside, inputs and states as model inputs, outputs and
 * new states as model outputs.
 *
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; operators: docs/Operators.md there.
 */
import type { Binary, Node, Operation, Shape, Unary } from "../../graph/Graph.ts"
import type { Plan, Step } from "../Plan.ts"
import { fuseBias, joinSlices } from "./Passes.ts"
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
  readonly inputs: ReadonlyArray<{ readonly name: string; readonly shape: Shape }>
  readonly outputs: ReadonlyArray<{ readonly name: string; readonly shape: Shape }>
}

/** Translates a plan. The order of nodes and all names follow from the plan alone. */
export const make = (plan: Plan): Model => {
  const nodes: Array<ModelNode> = []
  const initializers: Array<Initializer> = []
  const fused = fuseBias(plan)
  const absorbed = new Set([...fused.values()].map(({ product }) => product))
  const tilings = joinSlices(plan)
  const asNumber = readAsNumber(plan)

  /** The model's name for the value of a node. */
  const values = new Map<Node, string>()
  const truths = new Map<Node, string>()
  const wanted = new Map<Node, string>()
  const results = [
    ...plan.outputs.map((output) => ({ ...output, name: prefix.output + output.name })),
    ...plan.updates.map((update) => ({ ...update, name: prefix.update + update.name }))
  ]
  for (const { name, node } of results) {
    if (!isGiven(node.operation) && !wanted.has(node)) wanted.set(node, name)
  }
  let count = 0
  const fresh = () => `v${count++}`
  const define = (node: Node): string => {
    const name = wanted.get(node) ?? fresh()
    values.set(node, name)
    return name
  }
  const valueOf = (node: Node): string => {
    const name = values.get(node)
    if (name === undefined) throw new Error(`node ${node.id} is read before it is computed`)
    return name
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
  const truthOf = (node: Node): string => {
    const known = truths.get(node)
    if (known !== undefined) return known
    const name = fresh()
    emit("Cast", [valueOf(node)], [name], { to: elementType.bool })
    truths.set(node, name)
    return name
  }

  const translate = ({ inputs, node }: Step) => {
    const { operation } = node
    const given = () => inputs.map(valueOf)
    switch (operation.kind) {
      case "input":
      case "state":
        values.set(node, prefix[operation.kind] + operation.name)
        return
      case "constant": {
        const name = `c${initializers.length}`
        values.set(node, name)
        initializers.push({ name, shape: node.shape, values: operation.data })
        return
      }
      case "unary":
        return emit(unary[operation.name], given(), [define(node)])
      case "binary": {
        const biased = fused.get(node)
        if (biased !== undefined) return gemm(biased.product, biased.bias, node)
        if (!isComparison(operation.name)) return emit(binary[operation.name], given(), [define(node)])
        const truth = fresh()
        truths.set(node, truth)
        emit(binary[operation.name], given(), [truth])
        if (asNumber.has(node)) emit("Cast", [truth], [define(node)], { to: elementType.float })
        return
      }
      case "select": {
        const [condition, ...branches] = inputs
        const truth = condition === undefined ? [] : [truthOf(condition)]
        return emit("Where", [...truth, ...branches.map(valueOf)], [define(node)])
      }
      case "clip":
        return emit("Clip", [...given(), scalar(operation.low), scalar(operation.high)], [define(node)])
      case "matmul":
        if (absorbed.has(node)) return
        if (operation.transposeA || operation.transposeB) return gemm(node, undefined, node)
        return emit("MatMul", given(), [define(node)])
      case "transpose":
        return emit("Transpose", given(), [define(node)], { perm: operation.permutation })
      case "reshape":
        return emit(
          "Reshape",
          [...given(), integerTensor(node.shape)],
          [define(node)],
          // Without it a 0 in the shape would mean "as in the input".
          node.shape.includes(0) ? { allowzero: 1 } : {}
        )
      case "broadcast":
        return emit("Expand", [...given(), integerTensor(node.shape)], [define(node)])
      case "concat":
        return emit("Concat", given(), [define(node)], { axis: operation.axis })
      case "slice": {
        const tiling = tilings.get(node)
        if (tiling === undefined) {
          const bounds = [[operation.start], [operation.end], [operation.axis]].map(integerTensor)
          return emit("Slice", [...given(), ...bounds], [define(node)])
        }
        if (values.has(node)) return
        const lengths = integerTensor(tiling.pieces.map(({ length }) => length))
        const pieces = tiling.pieces.map((piece) => (piece.node === undefined ? fresh() : define(piece.node)))
        return emit("Split", [...given(), lengths], pieces, { axis: tiling.axis })
      }
      case "reduce": {
        const axes = integerTensor(operation.axes)
        const keepdims = operation.keep ? 1 : 0
        if (operation.name === "sum") return emit("ReduceSum", [...given(), axes], [define(node)], { keepdims })
        return reduceMax(given(), axes, keepdims, node)
      }
      case "softmax":
        return emit("Softmax", given(), [define(node)], { axis: -1 })
      case "logSoftmax":
        return emit("LogSoftmax", given(), [define(node)], { axis: -1 })
      case "matchRanks":
        return matchRanks(given(), node)
      case "stopGradient":
      case "withGradient":
        throw new Error(`a plan has no ${operation.kind} among its steps`)
    }
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
    const operands = (operandsOf.get(product) ?? []).map(valueOf)
    emit("Gemm", bias === undefined ? operands : [...operands, valueOf(bias)], [define(result)], {
      ...(operation.transposeA ? { transA: 1 } : {}),
      ...(operation.transposeB ? { transB: 1 } : {})
    })
  }
  const operandsOf = new Map(plan.steps.map(({ inputs, node }) => [node, inputs]))

  plan.steps.forEach(translate)
  for (const { name, node } of results) {
    if (valueOf(node) !== name) emit("Identity", [valueOf(node)], [name])
  }

  return {
    name: plan.graph.name,
    nodes,
    initializers,
    inputs: [
      ...plan.inputs.map(({ name, shape }) => ({ name: prefix.input + name, shape })),
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
