/** Graphs as text: one line per live node, numbered from 0 in order; the same construction gives the same text. */
import type { Graph, Node } from "./Graph.ts"
import { inputsOf, order, statesOf } from "./Graph.ts"

/** Constants of more elements than this print their first ones only. */
const shown = 8

const printShape = (shape: ReadonlyArray<number>): string => `[${shape.join(", ")}]`

/** Enough digits to tell any two float32 values apart. */
const printNumber = (value: number): string => {
  if (Object.is(value, -0)) return "-0"
  for (const digits of [6, 7, 8]) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return String(short)
  }
  return String(Number(value.toPrecision(9)))
}

const printConstant = (data: Float32Array): string => {
  const numbers = Array.from(data.subarray(0, shown), printNumber).join(", ")
  return data.length > shown ? `${numbers}, ... ${data.length} in all` : numbers
}

const call = (node: Node, refer: (node: Node) => string): string => {
  const operation = node.operation
  const inputs = node.inputs.map(refer)
  const apply = (name: string, ...attributes: ReadonlyArray<string>) =>
    `${name}(${[...inputs, ...attributes].join(", ")})`
  switch (operation.kind) {
    case "input":
    case "state":
      return operation.name
    case "constant":
      return `constant(${printConstant(operation.data)})`
    case "unary":
    case "binary":
      return apply(operation.name)
    case "clip":
      return apply("clip", printNumber(operation.low), printNumber(operation.high))
    case "matmul":
      return apply(
        "matmul",
        ...(operation.transposeA ? ["transposeA"] : []),
        ...(operation.transposeB ? ["transposeB"] : [])
      )
    case "transpose":
      return apply("transpose", printShape(operation.permutation))
    case "concat":
      return apply("concat", `axis ${operation.axis}`)
    case "slice":
      return apply("slice", `axis ${operation.axis}`, `${operation.start}:${operation.end}`)
    case "reduce":
      return apply(operation.name, `axes ${printShape(operation.axes)}`, ...(operation.keep ? ["keep"] : []))
    case "select":
    case "reshape":
    case "broadcast":
    case "softmax":
    case "logSoftmax":
    case "matchRanks":
    case "stopGradient":
    case "withGradient":
      return apply(operation.kind)
  }
}

/**
 * A graph as text: inputs, states, one line `%12 [64, 192] = matmul(%3, state:human.params)` per node, outputs, updates.
 * Inputs, states and scalar constants are written where they are read. Numbering counts live nodes only.
 */
export const print = (graph: Graph): string => {
  const names = new Map<Node, string>()
  const refer = (node: Node): string => names.get(node) ?? "?"
  const lines = [
    `graph ${graph.name}`,
    ...inputsOf(graph).map((node) => `input ${call(node, refer)} ${printShape(node.shape)}`),
    ...statesOf(graph).map((node) => `state ${call(node, refer)} ${printShape(node.shape)}`)
  ]
  let count = 0
  for (const node of order(graph)) {
    const operation = node.operation
    if (operation.kind === "input" || operation.kind === "state") {
      names.set(node, `${operation.kind}:${operation.name}`)
    } else if (operation.kind === "constant" && node.shape.length === 0) {
      names.set(node, printNumber(operation.data[0] ?? NaN))
    } else {
      const name = `%${count++}`
      lines.push(`${name} ${printShape(node.shape)} = ${call(node, refer)}`)
      names.set(node, name)
    }
  }
  for (const [name, node] of Object.entries(graph.outputs)) lines.push(`output ${name} = ${refer(node)}`)
  for (const [name, node] of Object.entries(graph.updates)) lines.push(`update ${name} = ${refer(node)}`)
  return `${lines.join("\n")}\n`
}
