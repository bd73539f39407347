/** Makes nodes: one object per distinct value, numbered in order of creation. */
import type { Builder, Node, Operation, Shape } from "./Graph.ts"
import { GraphError } from "./GraphError.ts"
import { sameShape, sizeOf } from "./Shape.ts"
import { simplify } from "./Simplify.ts"

/** What tells operations of one kind apart, besides inputs and shape. Constants are compared by their bits instead. */
const attributes = (operation: Operation, identity: (value: object) => number): string => {
  switch (operation.kind) {
    case "input":
    case "state":
      return JSON.stringify(operation.name)
    case "unary":
    case "binary":
      return operation.name
    case "clip":
      return `${operation.low},${operation.high}`
    case "matmul":
      return `${operation.transposeA},${operation.transposeB}`
    case "transpose":
      return operation.permutation.join()
    case "concat":
      return `${operation.axis}`
    case "slice":
      return `${operation.axis},${operation.start},${operation.end}`
    case "reduce":
      return `${operation.name},${operation.axes.join()},${operation.keep}`
    case "withGradient":
      return `${identity(operation.pullback)},${operation.of.map((node) => node.id).join()}`
    case "constant":
    case "select":
    case "reshape":
    case "broadcast":
    case "softmax":
    case "logSoftmax":
    case "matchRanks":
    case "stopGradient":
      return ""
  }
}

const isCommutative = (operation: Operation): boolean =>
  operation.kind === "binary" && (operation.name === "add" || operation.name === "mul" || operation.name === "equal")

/** FNV-1a over the bits. */
const hashBits = (bits: Uint32Array): number => {
  let hash = 0x811c9dc5
  for (const word of bits) hash = Math.imul(hash ^ word, 0x01000193)
  return hash >>> 0
}

const bitsOf = (data: Float32Array): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length)

const checkShape = (operation: string, shape: Shape): void => {
  if (!shape.every((size) => Number.isInteger(size) && size > 0)) {
    throw new GraphError({ operation, shapes: [shape], reason: "Every axis must have a whole, positive size." })
  }
}

/**
 * An empty builder.
 *
 * `simplify: false` leaves out the rules of Simplify.ts, so that their effect can be compared; equal nodes are shared either way.
 */
export const makeBuilder = (options?: { readonly simplify?: boolean }): Builder => {
  const nodes = new Map<string, Node>()
  const constants = new Map<string, Array<{ readonly bits: Uint32Array; readonly node: Node }>>()
  const named = new Map<string, Node>()
  const identities = new WeakMap<object, number>()
  let created = 0
  let identified = 0

  const identity = (value: object): number => {
    const known = identities.get(value)
    if (known !== undefined) return known
    identities.set(value, identified)
    return identified++
  }

  const create = (operation: Operation, inputs: ReadonlyArray<Node>, shape: Shape): Node => ({
    id: created++,
    builder,
    operation,
    inputs,
    shape
  })

  const leaf = (kind: "input" | "state", name: string, shape: Shape): Node => {
    checkShape(`${kind} ${name}`, shape)
    const known = named.get(name)
    if (known === undefined) {
      const node = create({ kind, name }, [], [...shape])
      named.set(name, node)
      return node
    }
    if (known.operation.kind !== kind) {
      throw new GraphError({
        operation: `${kind} ${name}`,
        shapes: [shape],
        reason: `The name belongs to an ${known.operation.kind === "input" ? "input" : "existing state"} already.`
      })
    }
    if (!sameShape(known.shape, shape)) {
      throw new GraphError({
        operation: `${kind} ${name}`,
        shapes: [known.shape, shape],
        reason: "It was declared with another shape before."
      })
    }
    return known
  }

  const constant = (values: ArrayLike<number>, shape: Shape): Node => {
    checkShape("constant", shape)
    if (values.length !== sizeOf(shape)) {
      throw new GraphError({
        operation: "constant",
        shapes: [shape],
        reason: `The shape holds ${sizeOf(shape)} numbers and ${values.length} were given.`
      })
    }
    const data = Float32Array.from(values)
    const bits = bitsOf(data)
    const key = `${shape.join()}:${hashBits(bits)}`
    const bucket = constants.get(key) ?? []
    const known = bucket.find((entry) => entry.bits.every((word, index) => word === bits[index]))
    if (known !== undefined) return known.node
    const node = create({ kind: "constant", data }, [], [...shape])
    constants.set(key, [...bucket, { bits, node }])
    return node
  }

  const builder: Builder = {
    input: (name, shape) => leaf("input", name, shape),
    state: (name, shape) => leaf("state", name, shape),
    constant,
    scalar: (value) => constant([value], []),
    stateShape: (name) => {
      const node = named.get(name)
      return node?.operation.kind === "state" ? node.shape : undefined
    },
    node: (operation, inputs, shape) => {
      if (operation.kind === "constant") return constant(operation.data, shape)
      if (operation.kind === "input" || operation.kind === "state") return leaf(operation.kind, operation.name, shape)
      const simpler = options?.simplify === false ? undefined : simplify(operation, inputs, shape, builder)
      if (simpler !== undefined) return simpler
      const ids = inputs.map((input) => input.id)
      if (isCommutative(operation)) ids.sort((a, b) => a - b)
      const key = `${operation.kind}(${attributes(operation, identity)}|${ids.join()})${shape.join()}`
      const known = nodes.get(key)
      if (known !== undefined) return known
      const node = create(operation, [...inputs], [...shape])
      nodes.set(key, node)
      return node
    }
  }
  return builder
}
