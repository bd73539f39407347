/**
 * The typed tensor graph: float32 tensors of static shape, pure operations, named outputs.
 *
 * Truth values are 0 and 1 in float32; there is no other dtype. A graph imports no engine.
 */
import { GraphError } from "./GraphError.ts"
import { sameShape } from "./Shape.ts"

/** Sizes of the axes; `[]` is a scalar. */
export type Shape = ReadonlyArray<number>

export type Unary = "neg" | "exp" | "log" | "sqrt" | "abs" | "sign" | "tanh" | "sigmoid" | "relu"
export type Binary =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "min"
  | "max"
  | "greater"
  | "greaterEqual"
  | "less"
  | "lessEqual"
  | "equal"

/** What a node computes. Binary operations and `select` broadcast like NumPy. */
export type Operation =
  /** A tensor fed at each run. */
  | { readonly kind: "input"; readonly name: string }
  /** A named tensor that lives in the engine's session from run to run (parameters, optimiser moments, hidden states). */
  | { readonly kind: "state"; readonly name: string }
  | { readonly kind: "constant"; readonly data: Float32Array }
  | { readonly kind: "unary"; readonly name: Unary }
  | { readonly kind: "binary"; readonly name: Binary }
  /** inputs: condition (0 or 1), then, otherwise. */
  | { readonly kind: "select" }
  | { readonly kind: "clip"; readonly low: number; readonly high: number }
  /** Rank 2 by rank 2. */
  | { readonly kind: "matmul"; readonly transposeA: boolean; readonly transposeB: boolean }
  | { readonly kind: "transpose"; readonly permutation: ReadonlyArray<number> }
  | { readonly kind: "reshape" }
  | { readonly kind: "broadcast" }
  | { readonly kind: "concat"; readonly axis: number }
  | { readonly kind: "slice"; readonly axis: number; readonly start: number; readonly end: number }
  | {
      readonly kind: "reduce"
      readonly name: "sum" | "max"
      readonly axes: ReadonlyArray<number>
      readonly keep: boolean
    }
  /** Over the last axis. */
  | { readonly kind: "softmax" }
  | { readonly kind: "logSoftmax" }
  /** inputs: x, y [n, columns]. The values of y, column by column, in the order of x; equals are ordered by row. No gradient. */
  | { readonly kind: "matchRanks" }
  | { readonly kind: "stopGradient" }
  /**
   * The value of its one input, with a gradient of its own: `pullback(g)` gives one gradient per node of `of` (undefined: none),
   * and differentiation goes on from there instead of into the input. For sequences whose batched gradient is cheaper.
   */
  | {
      readonly kind: "withGradient"
      readonly of: ReadonlyArray<Node>
      readonly pullback: (gradient: Node) => ReadonlyArray<Node | undefined>
    }

/** A value in the graph. Nodes are hash-consed by their builder: equal operation on equal inputs is the same object. */
export interface Node {
  readonly id: number
  readonly builder: Builder
  readonly operation: Operation
  readonly inputs: ReadonlyArray<Node>
  readonly shape: Shape
}

/** Makes nodes and keeps one object per distinct value. Nodes of two builders do not mix. */
export interface Builder {
  /** A tensor fed at each run. Asked twice, the same node. Errors: another shape than before, the name of a state. */
  readonly input: (name: string, shape: Shape) => Node
  /** A named tensor of the session. Asked twice, the same node. Errors: another shape than before, the name of an input. */
  readonly state: (name: string, shape: Shape) => Node
  /** A copy of `data`, row-major, rounded to float32. Errors: a length that is not the shape's. */
  readonly constant: (data: ArrayLike<number>, shape: Shape) => Node
  /** A constant of shape []. */
  readonly scalar: (value: number) => Node
  /** The shape a state was declared with, if it was. */
  readonly stateShape: (name: string) => Shape | undefined
  /**
   * The node of an operation whose shape is known already: simplified by rule, then hash-consed.
   * The functions of Operations.ts check shapes and end here; nothing is checked again.
   */
  readonly node: (operation: Operation, inputs: ReadonlyArray<Node>, shape: Shape) => Node
}

/** A graph ready for an engine. */
export interface Graph {
  readonly name: string
  /** Values to hand back after a run. */
  readonly outputs: Readonly<Record<string, Node>>
  /** New values of session state, written after the run. The keys are state names. */
  readonly updates: Readonly<Record<string, Node>>
}

const outputNodes = (graph: Graph): ReadonlyArray<Node> => [
  ...Object.values(graph.outputs),
  ...Object.values(graph.updates)
]

/** All nodes that `roots` are computed from, `roots` included, in order of creation: inputs come before what reads them. */
export const reachable = (roots: ReadonlyArray<Node>): ReadonlyArray<Node> => {
  const seen = new Set<Node>(roots)
  for (const node of seen) {
    for (const input of node.inputs) seen.add(input)
  }
  return [...seen].sort((a, b) => a.id - b.id)
}

/**
 * Names the results of a graph.
 *
 * Errors: no result at all, nodes of several builders, an update of an undeclared state or of another shape than the state's.
 */
export const makeGraph = (
  name: string,
  results: { readonly outputs?: Readonly<Record<string, Node>>; readonly updates?: Readonly<Record<string, Node>> }
): Graph => {
  const graph: Graph = { name, outputs: { ...results.outputs }, updates: { ...results.updates } }
  const nodes = outputNodes(graph)
  const first = nodes[0]
  if (first === undefined) {
    throw new GraphError({ operation: `graph ${name}`, shapes: [], reason: "A graph needs an output or an update." })
  }
  const stranger = nodes.find((node) => node.builder !== first.builder)
  if (stranger !== undefined) {
    throw new GraphError({
      operation: `graph ${name}`,
      shapes: [first.shape, stranger.shape],
      reason: "Results come from different builders."
    })
  }
  for (const [state, node] of Object.entries(graph.updates)) {
    const declared = first.builder.stateShape(state)
    if (declared === undefined) {
      throw new GraphError({
        operation: `graph ${name}`,
        shapes: [node.shape],
        reason: `The update names the state "${state}", which the builder does not know.`
      })
    }
    if (!sameShape(declared, node.shape)) {
      throw new GraphError({
        operation: `graph ${name}`,
        shapes: [declared, node.shape],
        reason: `The update of the state "${state}" has another shape than the state.`
      })
    }
  }
  return graph
}

/** The live nodes in an order in which every node follows its inputs; equal constructions give equal orders. */
export const order = (graph: Graph): ReadonlyArray<Node> => reachable(outputNodes(graph))

/** The live inputs, in order of creation: what `run` must be fed. */
export const inputsOf = (graph: Graph): ReadonlyArray<Node> =>
  order(graph).filter((node) => node.operation.kind === "input")

/** The states that the graph reads or writes, in order of creation. */
export const statesOf = (graph: Graph): ReadonlyArray<Node> => {
  const written = Object.entries(graph.updates).map(([name, node]) => node.builder.state(name, node.shape))
  const read = order(graph).filter((node) => node.operation.kind === "state")
  return [...new Set([...read, ...written])].sort((a, b) => a.id - b.id)
}
