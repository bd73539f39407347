import { mul, relu, sub } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { LossContext, Scalar } from "./Expression.ts"

/** A constraint `quantity <= atMost` held by dual ascent. */
export interface Budget {
  readonly _tag: "Budget"
  readonly name: string
  readonly quantity: Scalar
  readonly atMost: number
  readonly unit: string
  readonly by: Dual
}

/** Dual ascent with step size `rate` from `start`. */
export interface Dual {
  readonly rate: number
  readonly start: number
}

/** A dual variable that climbs by `rate` times the violation (BiCA eq. 7; Tessler et al. 2018; Stooke et al. 2020). */
export const dual = (options: { readonly rate: number; readonly start?: number }): Dual => ({
  rate: options.rate,
  start: options.start ?? 0
})

export const make = (
  name: string,
  options: {
    readonly quantity: Scalar
    readonly atMost: number
    readonly unit: string
    readonly by: Dual
  }
): Budget => ({ _tag: "Budget", name, ...options })

/** lambda * max(0, quantity - bound): the hinge is outside the mean, as the paper writes it. */
export const penalty = (
  budget: Budget,
  multiplier: Node,
  context: LossContext
): { readonly quantity: Node; readonly penalty: Node } => {
  const quantity = budget.quantity.build(context)
  return { quantity, penalty: mul(multiplier, relu(sub(quantity, budget.atMost))) }
}

/**
 * One dual step: lambda <- max(0, lambda + rate (quantity - bound)). The violation is not clipped, so lambda can fall.
 *
 * ```ts import.meta.vitest
 * ascend({ rate: 0.1, start: 0 }, 0.5, 1.3, 1) // => 0.53
 * ascend({ rate: 0.1, start: 0 }, 0.01, 0, 1) // => 0
 * ```
 */
export const ascend = (by: Dual, multiplier: number, quantity: number, atMost: number): number =>
  Math.max(0, multiplier + by.rate * (quantity - atMost))
