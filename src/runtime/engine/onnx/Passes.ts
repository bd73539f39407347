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
