/** Reductions over all rows, or over one named axis. */
import {
  broadcast,
  max,
  mean as average,
  neg,
  reshape,
  slice,
  square,
  sub,
  sum,
  matchRanks
} from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import { mean } from "./Arithmetic.ts"
import type { Value } from "./Arithmetic.ts"
import type { LossContext, Scalar, Tensor } from "./Expression.ts"
import { scalar, tensor } from "./Expression.ts"

/** An axis of a value: the steps, the copies of the environment, or its components. */
export type Axis = "time" | "env" | "component"

type Reduce = (x: Node, options: { readonly axes: ReadonlyArray<number>; readonly keep: boolean }) => Node

const smallest: Reduce = (x, options) => neg(max(neg(x), options))
const variance: Reduce = (x, options) =>
  average(square(sub(x, average(x, { axes: options.axes, keep: true }))), options)

const reductions = { mean: average, total: sum, variance, least: smallest, largest: max } as const

/**
 * Along an axis of rows [steps x copies, width]: over `time` [copies, width], over `env` [steps, width], over `component` [rows, 1]. What has
 * lost one of the two already has one row for each of the other, and keeps one row.
 */
export const over = (reduction: keyof typeof reductions, x: Tensor, axis: Axis): Tensor =>
  tensor(
    (context: LossContext) => {
      const rows = x.build(context)
      const reduce: Reduce = reductions[reduction]
      if (axis === "component") return reduce(rows, { axes: [1], keep: true })
      const { copies, steps } = context.segment()
      const [height = 1, width = 1] = rows.shape
      if (height !== copies * steps) return reduce(rows, { axes: [0], keep: true })
      const cube = reshape(rows, [steps, copies, width])
      return reduce(cube, { axes: [axis === "time" ? 0 : 1], keep: false })
    },
    axis === "component" ? x.weights : undefined
  )

/** The variance over everything, of the population. Over the codes of a protocol, weighted by their share of the steps. */
export const varianceOf = (x: Value): Scalar => {
  const centre = mean(x)
  if (x.kind === "scalar") return scalar((context) => square(sub(x.build(context), centre.build(context))))
  return mean(tensor((context) => square(sub(x.build(context), centre.build(context))), x.weights))
}

/** The smallest of all; equals share the gradient. */
export const least = (x: Value): Scalar => scalar((context) => neg(max(neg(x.build(context)))))

/** The largest of all; equals share the gradient. */
export const largest = (x: Value): Scalar => scalar((context) => max(x.build(context)))

/** A value with one row for each copy, [copies, width], at every step: [steps x copies, width]. */
export const everyStep = (x: Tensor): Tensor =>
  tensor((context) => {
    const rows = x.build(context)
    const { copies, steps } = context.segment()
    const width = rows.shape[1] ?? 1
    return reshape(broadcast(reshape(rows, [1, copies, width]), [steps, copies, width]), [steps * copies, width])
  })

/** A value with one row for each step, [steps, width], for every copy: [steps x copies, width]. */
export const everyCopy = (x: Tensor): Tensor =>
  tensor((context) => {
    const rows = x.build(context)
    const { copies, steps } = context.segment()
    const width = rows.shape[1] ?? 1
    return reshape(broadcast(reshape(rows, [steps, 1, width]), [steps, copies, width]), [steps * copies, width])
  })

/**
 * The value below which a share of the rows [n, 1] lies: the k-th smallest, k = ceil(share n), at least the first (Hyndman & Fan 1996,
 * definition 1). No gradient.
 */
export const quantile = (x: Tensor, share: number): Scalar =>
  scalar((context) => {
    const rows = x.build(context)
    const [n = 1] = rows.shape
    const ranks = rows.builder.constant(
      Float32Array.from({ length: n }, (_, i) => i),
      [n, 1]
    )
    const k = Math.min(n, Math.max(1, Math.ceil(share * n - 1e-9)))
    return sum(slice(matchRanks(ranks, rows), 0, k - 1, k))
  })
