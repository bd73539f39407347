/**
 * The typed tensor graph: float32 tensors of static shape, pure operations, named outputs.
 *
 * Truth values are 0 and 1 in float32; there is no other dtype. A graph imports no engine.
 */

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
  | { readonly kind: "reduce"; readonly name: "sum" | "max"; readonly axes: ReadonlyArray<number>; readonly keep: boolean }
  /** Over the last axis. */
  | { readonly kind: "softmax" }
  | { readonly kind: "logSoftmax" }
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
  readonly operation: Operation
  readonly inputs: ReadonlyArray<Node>
  readonly shape: Shape
}

/** A graph ready for an engine. */
export interface Graph {
  readonly name: string
  /** Values to hand back after a run. */
  readonly outputs: Readonly<Record<string, Node>>
  /** New values of session state, written after the run. The keys are state names. */
  readonly updates: Readonly<Record<string, Node>>
}
