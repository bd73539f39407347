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

/** Slices of one node that lie side by side and together are the whole of it. */
export interface Tiling {
  readonly axis: number
  readonly pieces: ReadonlyArray<Node>
}

/**
 * Additions that Gemm can do: of a product that nothing else reads and a bias of shape [n] or [m, n]. By the addition.
 *
 * Gemm starts its accumulation from the bias, which saves a pass over the product; PyTorch's `addmm` is the same operation.
 */
export const fuseBias = (plan: Plan): ReadonlyMap<Node, BiasedProduct> => {
  const fused = new Map<Node, BiasedProduct>()
  for (const { inputs: [left, right], node } of plan.steps) {
    if (node.operation.kind !== "binary" || node.operation.name !== "add" || left === undefined || right === undefined) {
      continue
    }
    for (const [product, bias] of [[left, right], [right, left]] as const) {
      const columns = product.shape[1]
      if (
        product.operation.kind === "matmul" && plan.readers.get(product) === 1 && sameShape(node.shape, product.shape) &&
        columns !== undefined && (sameShape(bias.shape, [columns]) || sameShape(bias.shape, product.shape))
      ) {
        fused.set(node, { product, bias })
        break
      }
    }
  }
  return fused
}

/**
 * Slices that one Split can make instead: the pieces of one node along one axis that follow each other from its start to
 * its end, at least two of them. By the slice; every piece of a tiling is in it.
 */
export const joinSlices = (plan: Plan): ReadonlyMap<Node, Tiling> => {
  const groups = new Map<Node, Map<number, Array<Slice>>>()
  for (const { inputs: [whole], node } of plan.steps) {
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
      const pieces = tile(slices, whole.shape[axis] ?? 0)
      if (pieces.length < 2) continue
      const tiling = { axis, pieces }
      for (const piece of pieces) joined.set(piece, tiling)
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
const tile = (slices: ReadonlyArray<Slice>, length: number): ReadonlyArray<Node> => {
  const next = new Map<number, Slice>()
  const reachesEnd = (position: number) => position === length || next.has(position)
  const backwards = [...slices].sort((a, b) => b.start - a.start || b.end - a.end)
  for (const slice of backwards) {
    if (slice.end > slice.start && reachesEnd(slice.end)) next.set(slice.start, slice)
  }
  const pieces: Array<Node> = []
  for (let slice = next.get(0); slice !== undefined; slice = next.get(slice.end)) pieces.push(slice.node)
  return pieces
}
