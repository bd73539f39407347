/** Quantities along the steps of an episode. Rows are time-major: a step of all copies lies together. */
import { add, concat, mul, reshape, select, slice } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { Categorical, LossContext, Segment, Tensor } from "./Expression.ts"
import { categorical, tensor } from "./Expression.ts"

const steps = (x: Node, { copies, steps: count }: Segment): ReadonlyArray<Node> => {
  if (x.shape[0] !== copies * count)
    throw new Error(`a value of ${x.shape[0] ?? 0} rows is not one of ${count} steps and ${copies} copies`)
  return Array.from({ length: count }, (_, t) => slice(x, 0, t * copies, (t + 1) * copies))
}

/** 1 where the step before was of the same episode, [copies, 1]. */
const goesOn = ({ copies, keep }: Segment, t: number): Node => reshape(slice(keep, 0, t - 1, t), [copies, 1])

const lagged = (x: Node, segment: Segment, n: number): Node => {
  let rows = steps(x, segment)
  // n times one step: what has no step before stays, so that it is held at the first of the episode
  for (let k = 0; k < n && k < segment.steps; k++) {
    const now = rows
    rows = now.map((row, t) => {
      const before = now[t - 1]
      return before === undefined ? row : select(goesOn(segment, t), before, row)
    })
  }
  return concat([...rows], 0)
}

/** x_(t-n) in the same episode; the first x of the segment or episode where that began later. */
export function lag(x: Tensor, n: number): Tensor
export function lag(x: Categorical, n: number): Categorical
export function lag(x: Tensor | Categorical, n: number): Tensor | Categorical {
  return x.kind === "tensor"
    ? tensor((context) => lagged(x.build(context), context.segment(), n))
    : categorical((context) => ({
        logits: x.build(context).logits.map((logits) => lagged(logits, context.segment(), n))
      }))
}

/** y_t = a y_(t-1) + (1 - a) x_t with a = 2^(-1 / halfLife); y = x where the segment or an episode begins. */
export const ema = (x: Tensor, halfLife: number): Tensor =>
  tensor((context: LossContext) => {
    const segment = context.segment()
    const kept = 2 ** (-1 / halfLife)
    const out: Array<Node> = []
    for (const [t, row] of steps(x.build(context), segment).entries()) {
      const before = out[t - 1]
      out.push(before === undefined ? row : select(goesOn(segment, t), add(mul(before, kept), mul(row, 1 - kept)), row))
    }
    return concat(out, 0)
  })

/** x at a step of the segment counted from 0, [copies, width]. */
export const at = (x: Tensor, step: number): Tensor =>
  tensor((context) => {
    const segment = context.segment()
    const row = steps(x.build(context), segment)[step]
    if (row === undefined) throw new Error(`at: there is no step ${step} in a segment of ${segment.steps} steps`)
    return row
  })
