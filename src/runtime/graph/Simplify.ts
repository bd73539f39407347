/**
 * Local rules applied when a node is made. Each leaves every number as it was: the same float32 operation in fewer nodes, up to the
 * sign of a zero. Nothing is multiplied by zero away, so a NaN or an infinity is never hidden.
 */
import { compute } from "./Evaluate.ts"
import type { Builder, Node, Operation, Shape } from "./Graph.ts"
import { broadcastShapes, sameShape, sizeOf } from "./Shape.ts"

/** A rule answers with the simpler node, or with nothing where it does not apply. */
export interface Rule {
  readonly name: string
  readonly kinds: ReadonlyArray<Operation["kind"]>
  readonly apply: (
    operation: Operation,
    inputs: ReadonlyArray<Node>,
    shape: Shape,
    builder: Builder
  ) => Node | undefined
}

/** Folding more than this many elements would trade a node for memory. */
const foldLimit = 4096

const uniform = new WeakMap<Float32Array, number | undefined>()

/** The number that every element of a constant (or of a broadcast constant) is, if it is one number. */
const uniformValue = (node: Node | undefined): number | undefined => {
  if (node?.operation.kind === "broadcast") return uniformValue(node.inputs[0])
  if (node?.operation.kind !== "constant") return undefined
  const data = node.operation.data
  if (!uniform.has(data)) {
    const value = data[0]
    uniform.set(data, data.every((other) => other === value) ? value : undefined)
  }
  return uniform.get(data)
}

const isBinary = (operation: Operation, ...names: ReadonlyArray<string>): boolean =>
  operation.kind === "binary" && names.includes(operation.name)

/** The operand of a negation. */
const negated = (node: Node): Node | undefined =>
  node.operation.kind === "unary" && node.operation.name === "neg" ? node.inputs[0] : undefined

const ifShape = (node: Node | undefined, shape: Shape): Node | undefined =>
  node !== undefined && sameShape(node.shape, shape) ? node : undefined

const pair = (inputs: ReadonlyArray<Node>): readonly [Node, Node] | undefined => {
  const [a, b] = inputs
  return a === undefined || b === undefined ? undefined : [a, b]
}

const neg: Operation = { kind: "unary", name: "neg" }
const reshape: Operation = { kind: "reshape" }

/** All rules, in the order in which they are tried. */
export const rules: ReadonlyArray<Rule> = [
  {
    /** An operation on small constants is a constant, computed in float64 and rounded once. */
    name: "foldConstants",
    kinds: [
      "unary",
      "binary",
      "select",
      "clip",
      "matmul",
      "transpose",
      "reshape",
      "concat",
      "slice",
      "reduce",
      "softmax",
      "logSoftmax"
    ],
    apply: (operation, inputs, shape, builder) => {
      if (sizeOf(shape) > foldLimit && operation.kind !== "reshape") return undefined
      const values: Array<Float32Array> = []
      for (const input of inputs) {
        if (input.operation.kind !== "constant") return undefined
        values.push(input.operation.data)
      }
      return builder.constant(
        compute(
          operation,
          inputs.map((input) => input.shape),
          values,
          shape
        ),
        shape
      )
    }
  },
  {
    /** x + 0 = 0 + x = x - 0 = x */
    name: "addZero",
    kinds: ["binary"],
    apply: (operation, [a, b], shape) =>
      isBinary(operation, "add", "sub") && uniformValue(b) === 0
        ? ifShape(a, shape)
        : isBinary(operation, "add") && uniformValue(a) === 0
          ? ifShape(b, shape)
          : undefined
  },
  {
    /** 0 - x = -x */
    name: "zeroMinus",
    kinds: ["binary"],
    apply: (operation, [a, b], shape, builder) => {
      const x = ifShape(b, shape)
      return isBinary(operation, "sub") && uniformValue(a) === 0 && x !== undefined
        ? builder.node(neg, [x], shape)
        : undefined
    }
  },
  {
    /** x 1 = 1 x = x / 1 = x */
    name: "multiplyByOne",
    kinds: ["binary"],
    apply: (operation, [a, b], shape) =>
      isBinary(operation, "mul", "div") && uniformValue(b) === 1
        ? ifShape(a, shape)
        : isBinary(operation, "mul") && uniformValue(a) === 1
          ? ifShape(b, shape)
          : undefined
  },
  {
    /** x (-1) = (-1) x = x / (-1) = -x */
    name: "multiplyByMinusOne",
    kinds: ["binary"],
    apply: (operation, [a, b], shape, builder) => {
      const x =
        isBinary(operation, "mul", "div") && uniformValue(b) === -1
          ? ifShape(a, shape)
          : isBinary(operation, "mul") && uniformValue(a) === -1
            ? ifShape(b, shape)
            : undefined
      return x === undefined ? undefined : builder.node(neg, [x], shape)
    }
  },
  {
    /** -(-x) = x */
    name: "negateTwice",
    kinds: ["unary"],
    apply: (operation, [x]) =>
      operation.kind === "unary" && operation.name === "neg" && x !== undefined ? negated(x) : undefined
  },
  {
    /** x + (-y) = (-y) + x = x - y and x - (-y) = x + y */
    name: "addNegated",
    kinds: ["binary"],
    apply: (operation, inputs, shape, builder) => {
      const operands = pair(inputs)
      if (operands === undefined || !isBinary(operation, "add", "sub")) return undefined
      const [a, b] = operands
      const right = negated(b)
      if (right !== undefined) {
        return builder.node({ kind: "binary", name: isBinary(operation, "add") ? "sub" : "add" }, [a, right], shape)
      }
      const left = negated(a)
      return left !== undefined && isBinary(operation, "add")
        ? builder.node({ kind: "binary", name: "sub" }, [b, left], shape)
        : undefined
    }
  },
  {
    /** An operation that broadcasts by itself needs no broadcast operand. */
    name: "impliedBroadcast",
    kinds: ["binary", "select"],
    apply: (operation, inputs, shape, builder) => {
      for (const [index, input] of inputs.entries()) {
        const inner = input.operation.kind === "broadcast" ? input.inputs[0] : undefined
        if (inner === undefined) continue
        const replaced = inputs.with(index, inner)
        const result = broadcastShapes(...replaced.map((node) => node.shape))
        if (result !== undefined && sameShape(result, shape)) return builder.node(operation, replaced, shape)
      }
      return undefined
    }
  },
  {
    /** A reshape or a broadcast to the shape that is there already. */
    name: "sameShape",
    kinds: ["reshape", "broadcast"],
    apply: (_, [x], shape) => ifShape(x, shape)
  },
  {
    name: "reshapeOfReshape",
    kinds: ["reshape"],
    apply: (operation, [x], shape, builder) =>
      x?.operation.kind === "reshape" ? builder.node(operation, x.inputs, shape) : undefined
  },
  {
    /** One number, repeated, has any shape. */
    name: "reshapeOfFill",
    kinds: ["reshape"],
    apply: (_, [x], shape, builder) => {
      const inner = x?.operation.kind === "broadcast" ? x.inputs[0] : undefined
      return inner !== undefined && inner.shape.length === 0
        ? builder.node({ kind: "broadcast" }, [inner], shape)
        : undefined
    }
  },
  {
    name: "broadcastOfBroadcast",
    kinds: ["broadcast"],
    apply: (operation, [x], shape, builder) =>
      x?.operation.kind === "broadcast" ? builder.node(operation, x.inputs, shape) : undefined
  },
  {
    name: "identityTranspose",
    kinds: ["transpose"],
    apply: (operation, [x]) =>
      operation.kind === "transpose" && operation.permutation.every((from, to) => from === to) ? x : undefined
  },
  {
    name: "transposeOfTranspose",
    kinds: ["transpose"],
    apply: (operation, [x], shape, builder) => {
      if (operation.kind !== "transpose" || x?.operation.kind !== "transpose") return undefined
      const inner = x.operation.permutation
      const permutation = operation.permutation.flatMap((axis) => inner[axis] ?? [])
      return builder.node({ kind: "transpose", permutation }, x.inputs, shape)
    }
  },
  {
    /** A transposed operand of a matrix product becomes its flag. */
    name: "matmulOfTranspose",
    kinds: ["matmul"],
    apply: (operation, inputs, shape, builder) => {
      const operands = pair(inputs)
      if (operation.kind !== "matmul" || operands === undefined) return undefined
      const [a, b] = operands.map((node) => (node.operation.kind === "transpose" ? node.inputs[0] : undefined))
      if (a === undefined && b === undefined) return undefined
      return builder.node(
        {
          kind: "matmul",
          transposeA: operation.transposeA !== (a !== undefined),
          transposeB: operation.transposeB !== (b !== undefined)
        },
        [a ?? operands[0], b ?? operands[1]],
        shape
      )
    }
  },
  {
    name: "wholeSlice",
    kinds: ["slice"],
    apply: (_, [x], shape) => ifShape(x, shape)
  },
  {
    name: "sliceOfSlice",
    kinds: ["slice"],
    apply: (operation, [x], shape, builder) => {
      if (operation.kind !== "slice" || x?.operation.kind !== "slice" || x.operation.axis !== operation.axis)
        return undefined
      const offset = x.operation.start
      return builder.node(
        { ...operation, start: operation.start + offset, end: operation.end + offset },
        x.inputs,
        shape
      )
    }
  },
  {
    /** A slice that falls within one part of a concatenation reads that part; one that is several whole parts joins those. */
    name: "sliceOfConcat",
    kinds: ["slice"],
    apply: (operation, [x], shape, builder) => {
      if (operation.kind !== "slice" || x?.operation.kind !== "concat" || x.operation.axis !== operation.axis)
        return undefined
      let offset = 0
      const whole: Array<Node> = []
      let covered = 0
      for (const part of x.inputs) {
        const end = offset + (part.shape[operation.axis] ?? 0)
        if (offset >= operation.start && end <= operation.end) {
          whole.push(part)
          covered += end - offset
        }
        if (operation.start >= offset && operation.end <= end) {
          return builder.node(
            { ...operation, start: operation.start - offset, end: operation.end - offset },
            [part],
            shape
          )
        }
        offset = end
      }
      return covered === operation.end - operation.start
        ? builder.node({ kind: "concat", axis: operation.axis }, whole, shape)
        : undefined
    }
  },
  {
    name: "concatOfOne",
    kinds: ["concat"],
    apply: (_, inputs) => (inputs.length === 1 ? inputs[0] : undefined)
  },
  {
    name: "concatOfConcat",
    kinds: ["concat"],
    apply: (operation, inputs, shape, builder) => {
      if (operation.kind !== "concat") return undefined
      const flat = inputs.flatMap((input) =>
        input.operation.kind === "concat" && input.operation.axis === operation.axis ? input.inputs : [input]
      )
      return flat.length > inputs.length ? builder.node(operation, flat, shape) : undefined
    }
  },
  {
    /** Neighbouring slices of one tensor, side by side again, are one slice. */
    name: "concatOfSlices",
    kinds: ["concat"],
    apply: (operation, inputs, shape, builder) => {
      if (operation.kind !== "concat") return undefined
      const axis = operation.axis
      const parts: Array<Node> = []
      for (const input of inputs) {
        const last = parts.at(-1)
        const source = input.inputs[0]
        if (
          input.operation.kind === "slice" &&
          last?.operation.kind === "slice" &&
          source !== undefined &&
          last.inputs[0] === source &&
          input.operation.axis === axis &&
          last.operation.axis === axis &&
          last.operation.end === input.operation.start
        ) {
          const start = last.operation.start
          const end = input.operation.end
          // The whole of the source is the source, which is no slice: the run ends there in any case.
          parts[parts.length - 1] = builder.node(
            { kind: "slice", axis, start, end },
            [source],
            source.shape.with(axis, end - start)
          )
        } else parts.push(input)
      }
      return parts.length < inputs.length ? builder.node(operation, parts, shape) : undefined
    }
  },
  {
    /** Reducing axes of size 1 (or none) only drops them. */
    name: "reduceOfOnes",
    kinds: ["reduce"],
    apply: (operation, [x], shape, builder) =>
      operation.kind === "reduce" && x !== undefined && operation.axes.every((axis) => x.shape[axis] === 1)
        ? builder.node(reshape, [x], shape)
        : undefined
  },
  {
    /** A constant has no gradient to stop, and once is enough. */
    name: "stopGradientTwice",
    kinds: ["stopGradient"],
    apply: (_, [x]) => (x?.operation.kind === "stopGradient" || x?.operation.kind === "constant" ? x : undefined)
  }
]

const byKind = new Map<Operation["kind"], ReadonlyArray<Rule>>()
for (const rule of rules) {
  for (const kind of rule.kinds) byKind.set(kind, [...(byKind.get(kind) ?? []), rule])
}

/** The first rule's answer. */
export const simplify = (
  operation: Operation,
  inputs: ReadonlyArray<Node>,
  shape: Shape,
  builder: Builder
): Node | undefined => {
  for (const rule of byKind.get(operation.kind) ?? []) {
    const node = rule.apply(operation, inputs, shape, builder)
    if (node !== undefined) return node
  }
  return undefined
}
