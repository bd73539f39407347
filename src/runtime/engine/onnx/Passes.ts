/**
 * Peephole passes over a plan on its way to ONNX. Each only says what may be written otherwise; the plan stays as it is.
 */
import type { Node } from "../../graph/Graph.ts"
import { sameShape } from "../../graph/Shape.ts"
import type { Plan } from "../Plan.ts"

/** A matrix product with something added to it. */
export interface BiasedProduct {
  readonly product: Node
  readonly bias: Node
}

/** Pieces of one node that lie side by side and together are the whole of it; those without a node are read by nobody. */
export interface Tiling {
  readonly axis: number
  readonly pieces: ReadonlyArray<{ readonly length: number; readonly node: Node | undefined }>
}

/**
 * Additions that Gemm can do: of a product that nothing else reads and a bias of shape [n] or [m, n]. By the addition.
 *
 * Gemm starts its accumulation from the bias, which saves a pass over the product; PyTorch's `addmm` is the same operation.
 */
export const fuseBias = (plan: Plan): ReadonlyMap<Node, BiasedProduct> => {
  const fused = new Map<Node, BiasedProduct>()
  for (const {
    inputs: [left, right],
    node
  } of plan.steps) {
    if (
      node.operation.kind !== "binary" ||
      node.operation.name !== "add" ||
      left === undefined ||
      right === undefined
    ) {
      continue
    }
    for (const [product, bias] of [
      [left, right],
      [right, left]
    ] as const) {
      const columns = product.shape[1]
      if (
        product.operation.kind === "matmul" &&
        plan.readers.get(product) === 1 &&
        sameShape(node.shape, product.shape) &&
        columns !== undefined &&
        (sameShape(bias.shape, [columns]) || sameShape(bias.shape, product.shape))
      ) {
        fused.set(node, { product, bias })
        break
      }
    }
  }
  return fused
}

/**
 * Slices that one Split can make instead, by the slice: the pieces of one node along one axis that follow each other from its start to
 * its end, at least two of them; or, where there are no such, at least three that do not overlap and make up at least half of it.
 */
export const joinSlices = (plan: Plan): ReadonlyMap<Node, Tiling> => {
  const groups = new Map<Node, Map<number, Array<Slice>>>()
  for (const {
    inputs: [whole],
    node
  } of plan.steps) {
    if (node.operation.kind !== "slice" || whole === undefined) continue
    const { axis, end, start } = node.operation
    const byAxis = groups.get(whole) ?? new Map<number, Array<Slice>>()
    groups.set(whole, byAxis)
    const group = byAxis.get(axis) ?? []
    byAxis.set(axis, group)
    group.push({ node, start, end })
  }

  const joined = new Map<Node, Tiling>()
  for (const [whole, byAxis] of groups) {
    for (const [axis, slices] of byAxis) {
      const length = whole.shape[axis] ?? 0
      const exact = tile(slices, length)
      const chosen = exact.length >= 2 ? exact : disjoint(slices)
      const covered = chosen.reduce((sum, { end, start }) => sum + end - start, 0)
      if (covered < length && (chosen.length < 3 || 2 * covered < length)) continue
      const tiling = { axis, pieces: withGaps(chosen, length) }
      for (const { node } of chosen) joined.set(node, tiling)
    }
  }
  return joined
}

/** The passes by name, so that each can be left out and its effect be seen. */
export const passes = ["fuseBias", "joinSlices", "turnNarrow"] as const
export type Pass = (typeof passes)[number]

/** Widest tensor of rows that counts as narrow, and the fewest rows. */
const narrowWidth = 32
const fewestRows = 128

/** [rows, n] with rows enough and n small: a column, or a few of them. */
export const isNarrow = ({ shape }: Node): boolean => {
  const [rows = 0, columns = 0] = shape
  return shape.length === 2 && rows >= fewestRows && columns <= narrowWidth && rows >= 8 * columns
}

/**
 * Nodes of many short rows that are better held on their side, [n, rows] in place of [rows, n].
 *
 * ONNX Runtime goes through a softmax, a select or a product with a column row by row: some 50 to 100 ns for each, as long as for 200 products.
 * On their side the same operations go through n long rows. Matrix products take and give either side by their flags and constants and
 * inputs are turned beforehand, so that nothing is transposed on the way; a group of nodes that would have to be is left as it is.
 */
export const turnNarrow = (plan: Plan): ReadonlySet<Node> => {
  const steps = new Map(plan.steps.map((step) => [step.node, step]))
  const able = new Set<Node>()
  for (const step of plan.steps) if (canTurn(step, able)) able.add(step.node)
  const readers = new Map<Node, Array<Node>>()
  for (const { inputs, node } of plan.steps) {
    for (const input of inputs) readers.set(input, [...(readers.get(input) ?? []), node])
  }
  const results = new Set([...plan.outputs, ...plan.updates].map(({ node }) => node))
  const turned = new Set<Node>()
  const seen = new Set<Node>()
  for (const first of able) {
    if (seen.has(first)) continue
    seen.add(first)
    const group = new Set([first])
    for (const node of group) {
      for (const other of [...(steps.get(node)?.inputs ?? []), ...(readers.get(node) ?? [])]) {
        if (!able.has(other) || seen.has(other)) continue
        seen.add(other)
        group.add(other)
      }
    }
    // what has to be transposed on the way, once for each node, against what is spared; both in rows that are gone through one by one
    const crossing = new Set<Node>()
    let spared = 0
    for (const node of group) {
      const rows = node.shape[0] ?? 0
      const inputs = steps.get(node)?.inputs ?? []
      spared += savings(node, inputs) * rows
      if (node.operation.kind !== "matmul") {
        for (const input of inputs) if (isWide(input) && !group.has(input) && !isFree(input)) crossing.add(input)
      }
      const leaves =
        results.has(node) ||
        (readers.get(node) ?? []).some((reader) => !group.has(reader) && !takesTurned(reader, node))
      if (leaves && isWide(node)) crossing.add(node)
    }
    for (const node of crossing) spared -= node.shape[0] ?? 0
    if (spared > 0) for (const node of group) turned.add(node)
  }
  // an input is fed on its side where that is how it is read
  for (const { node } of plan.steps) {
    const reading = readers.get(node) ?? []
    if (
      node.operation.kind === "input" &&
      isNarrow(node) &&
      !results.has(node) &&
      reading.every((reader) => turned.has(reader) || takesTurned(reader, node)) &&
      reading.some((reader) => turned.has(reader) && reader.operation.kind !== "matmul")
    ) {
      turned.add(node)
    }
  }
  return turned
}

/** Whether a reader that is not turned can do with an operand that is. */
export const takesTurned = ({ operation }: Node, operand: Node): boolean => {
  switch (operation.kind) {
    case "matmul":
      return true
    case "reduce":
      return operation.axes.includes(0) && (operation.axes.length === 2 || !operation.keep)
    default:
      return operand.shape[1] === 1 && operation.kind === "reshape"
  }
}

const isWide = (node: Node): boolean => isNarrow(node) && node.shape[1] !== 1
const isFree = ({ operation }: Node): boolean => operation.kind === "constant" || operation.kind === "input"

/** Rows gone through one by one (1), or not (0), by a node as it stands. */
const savings = ({ operation, shape }: Node, inputs: ReadonlyArray<Node>): number => {
  switch (operation.kind) {
    case "softmax":
    case "logSoftmax":
      return 2
    case "select":
      return 1
    case "binary":
      return inputs.some((input) => input.shape[0] === shape[0] && input.shape[1] === 1) && shape[1] !== 1 ? 1 : 0
    default:
      return 0
  }
}

const canTurn = ({ inputs, node }: Plan["steps"][number], able: ReadonlySet<Node>): boolean => {
  const { operation, shape } = node
  const [rows, columns] = shape
  const isPiece = shape.length === 2 && (columns ?? 0) <= narrowWidth
  const [first] = inputs
  switch (operation.kind) {
    case "unary":
    case "clip":
    case "softmax":
    case "logSoftmax":
      return isNarrow(node)
    case "binary":
    case "select":
      return isNarrow(node) && inputs.every((input) => sideShape(input.shape, rows ?? 0) !== undefined)
    case "broadcast":
      return isNarrow(node) && first !== undefined && sideShape(first.shape, rows ?? 0) !== undefined
    case "reduce":
      return (
        isNarrow(node) &&
        first !== undefined &&
        able.has(first) &&
        operation.keep &&
        operation.axes.length === 1 &&
        operation.axes[0] === 1
      )
    case "matmul":
      return isNarrow(node)
    case "concat":
      return operation.axis === 0 && isNarrow(node) && inputs.every((input) => able.has(input))
    case "slice":
      return operation.axis === 0 && isPiece && first !== undefined && able.has(first)
    default:
      return false
  }
}

/** The shape on its side of an operand beside tensors of so many rows; undefined where it has none. */
export const sideShape = (shape: ReadonlyArray<number>, rows: number): ReadonlyArray<number> | undefined => {
  const [a = 1, b = 1] = shape
  switch (shape.length) {
    case 0:
      return []
    case 1:
      return [a, 1]
    case 2:
      return a === rows || a === 1 ? [b, a] : undefined
    default:
      return undefined
  }
}

// internal

interface Slice {
  readonly node: Node
  readonly start: number
  readonly end: number
}

/** A chain of slices from 0 to `length`, of the shortest pieces that lead there; empty when there is none. */
const tile = (slices: ReadonlyArray<Slice>, length: number): ReadonlyArray<Slice> => {
  const next = new Map<number, Slice>()
  const backwards = [...slices].sort((a, b) => b.start - a.start || b.end - a.end)
  for (const slice of backwards) {
    if (slice.end > slice.start && (slice.end === length || next.has(slice.end))) next.set(slice.start, slice)
  }
  const pieces: Array<Slice> = []
  for (let slice = next.get(0); slice !== undefined; slice = next.get(slice.end)) pieces.push(slice)
  return pieces
}

/** As many slices as possible that do not overlap, from left to right: always the one that ends first. */
const disjoint = (slices: ReadonlyArray<Slice>): ReadonlyArray<Slice> => {
  const pieces: Array<Slice> = []
  for (const slice of [...slices].sort((a, b) => a.end - b.end || b.start - a.start)) {
    if (slice.end > slice.start && slice.start >= (pieces.at(-1)?.end ?? 0)) pieces.push(slice)
  }
  return pieces
}

const withGaps = (slices: ReadonlyArray<Slice>, length: number): Tiling["pieces"] => {
  const pieces: Array<Tiling["pieces"][number]> = []
  let position = 0
  for (const { end, node, start } of slices) {
    if (start > position) pieces.push({ length: start - position, node: undefined })
    pieces.push({ length: end - start, node })
    position = end
  }
  if (length > position) pieces.push({ length: length - position, node: undefined })
  return pieces
}
