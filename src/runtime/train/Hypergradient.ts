/**
 * Learned weights of a loss, by hypergradient descent (Baydin et al. 2018) with one step unrolled.
 *
 * The loss of a gradient step is T + sum_k w_k L_k + (penalties, value loss): T are the summands of fixed weight, the task; L_k is a
 * summand of learned weight w_k = sign(start) exp(omega_k), which keeps its sign. With theta_t = theta_(t-1) - step(g_(t-1)), what the step made of w_k is, exactly,
 * through the clipping of the gradient and Adam, and with the moments before the step held:
 *
 *   u_k = d theta_t / d w_k = -d step(g) / d g . grad L_k(theta_(t-1)).
 *
 * The next step has another minibatch, which that step did not see. On it h_k = <grad T(theta_t), u_k> is the derivative of the task's
 * loss with respect to w_k, so that of omega_k is w_k h_k, and
 *
 *   omega_k <- omega_k - rate w_k h_k,
 *
 * kept within a factor of 1000 of the start. Without clipping and with plain gradient descent of rate alpha in Adam's place, h_k would
 * be -alpha <grad T(theta_t), grad L_k(theta_(t-1))>. In an alternation every pass has a step, an u_k and an h_k of its own.
 */
import type { Node } from "../graph/Graph.ts"
import { add, div, greater, maximum, mul, neg, select, sqrt, square, sub, sum } from "../graph/Operations.ts"
import type { Hypergradient } from "../loss/Objective.ts"
import { adam } from "./Adam.ts"

/** The state that holds what the last step of `group` was worth per unit of the weight of `summand`. */
export const tangentOf = (group: string, summand: string): string => `${group}.tangent.${summand}`

/** Name of the scalar input that carries a learned weight. */
export const weightOf = (summand: string): string => `weight.${summand}`

/** How far a weight may go from where it starts, as a factor. */
export const farthest = 1000

/** The omega that a learned weight starts from. */
export const start = (by: Hypergradient): number => Math.log(Math.abs(by.start))

/**
 * The weight of an omega.
 *
 * ```ts import.meta.vitest
 * weightAt({ kind: "hypergradient", rate: 1, start: -2 }, Math.log(3)).toFixed(6) // => "-3.000000"
 * ```
 */
export const weightAt = (by: Hypergradient, omega: number): number => Math.sign(by.start) * Math.exp(omega)

/**
 * The next omega of a learned weight from h, the derivative of the task's loss with respect to the weight.
 *
 * ```ts import.meta.vitest
 * move({ kind: "hypergradient", rate: 0.5, start: 1 }, 0, -3) // => 1.5
 * move({ kind: "hypergradient", rate: 0.5, start: 1 }, 0, -3000) // => Math.log(1000)
 * ```
 */
export const move = (by: Hypergradient, omega: number, h: number): number => {
  const centre = start(by)
  const reach = Math.log(farthest)
  return Math.min(centre + reach, Math.max(centre - reach, omega - by.rate * weightAt(by, omega) * h))
}

/** What one group's step of Adam is made of. */
export interface AdamStep {
  /** Gradient of the whole loss. */
  readonly gradient: Node
  /** The gradient times the factor that clips it. */
  readonly clipped: Node
  /** New moments. */
  readonly first: Node
  readonly second: Node
  /** 1 / (1 - beta^n) of the two moments. */
  readonly firstCorrection: Node
  readonly secondCorrection: Node
  readonly rate: Node
}

/** How all groups' gradients are clipped together: by min(1, bound / (norm + 1e-8)). */
export interface Clipping {
  readonly norm: Node
  readonly scale: Node
  readonly bound: number
}

/** The derivative of the clipping factor when the gradients move along `along`, one per group. */
export const scaleTangent = (
  clipping: Clipping,
  gradients: ReadonlyArray<Node>,
  along: ReadonlyArray<Node | undefined>
): Node => {
  const { bound, norm } = clipping
  const apart = add(norm, 1e-8)
  const products = gradients.flatMap((gradient, k) => {
    const part = along[k]
    return part === undefined ? [] : [sum(mul(gradient, part))]
  })
  const moved = div(
    products.reduce((a, b) => add(a, b), norm.builder.scalar(0)),
    maximum(norm, 1e-20)
  )
  return select(greater(apart, bound), neg(div(mul(moved, bound), square(apart))), 0)
}

/** d theta / d w of one group's step when its gradient moves along `along` (undefined: only through the clipping). */
export const stepTangent = (step: AdamStep, scale: Node, scaleMoved: Node, along: Node | undefined): Node => {
  const byScale = mul(step.gradient, scaleMoved)
  const clipped = along === undefined ? byScale : add(mul(along, scale), byScale)
  const root = sqrt(mul(step.second, step.secondCorrection))
  const below = add(root, adam.epsilon)
  const firstMoved = mul(clipped, mul(step.firstCorrection, 1 - adam.first))
  // the second moment moves by 2 (1 - beta) c dc and its root by that over twice the root; where the root is 0, so is c
  const rootMoved = div(
    mul(mul(step.clipped, clipped), mul(step.secondCorrection, 1 - adam.second)),
    maximum(root, 1e-20)
  )
  const quotient = div(mul(step.first, step.firstCorrection), below)
  return neg(mul(div(sub(firstMoved, mul(quotient, rootMoved)), below), step.rate))
}
