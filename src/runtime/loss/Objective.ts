import type { Budget } from "./Budget.ts"
import type { Scalar, Schedule } from "./Expression.ts"

/**
 * A weight that is learned: it starts at `start` and keeps its sign; after every gradient step the logarithm of its size moves by
 * -`rate` times the derivative of the task's loss with respect to that logarithm (see `train/Hypergradient.ts`).
 */
export interface Hypergradient {
  readonly kind: "hypergradient"
  readonly rate: number
  readonly start: number
}

/** The factor of a summand: fixed, changing from update to update, or learned. */
export type Weight = Schedule | Hypergradient

/** A weighted part of a loss. Its value and its weight are columns of the learning curve where it has a name. */
export interface Summand {
  readonly name: string | undefined
  readonly weight: Weight
  readonly term: Scalar
}

/** What a team is trained for: a loss, the budgets it is under, and the agents and modules that it leaves as they are. */
export interface Objective {
  readonly _tag: "Objective"
  readonly name: string
  /** sha256 over the meaning of the objective and all that it depends on. */
  readonly semantics: string
  /** The loss is the sum of these, each times its weight. */
  readonly loss: ReadonlyArray<Summand>
  readonly within: ReadonlyArray<Budget>
  readonly freezing: ReadonlyArray<{ readonly name: string }>
  /** Agents and protocols whose messages are never sent, in training and in play. */
  readonly silencing?: ReadonlyArray<{ readonly name: string }>
}

/** A learned weight; `rate` is the step size of its logarithm. Baydin et al. 2018 on the weights of a loss, one step unrolled. */
export const hypergradient = (options: { readonly rate: number; readonly start: number }): Hypergradient => ({
  kind: "hypergradient",
  ...options
})

/** `weight` times `term`, called `name` in the learning curve. */
export const summand = (name: string, weight: number | Weight, term: Scalar): Summand => ({
  name,
  weight: typeof weight === "number" ? { kind: "constant", value: weight } : weight,
  term
})

/** An objective; a loss of one expression is a summand without a name and of weight 1. */
export const make = (
  name: string,
  options: {
    readonly semantics: string
    readonly loss: Scalar | ReadonlyArray<Summand>
    readonly within: ReadonlyArray<Budget>
    readonly freezing: ReadonlyArray<{ readonly name: string }>
    readonly silencing?: ReadonlyArray<{ readonly name: string }>
  }
): Objective => ({
  _tag: "Objective",
  name,
  ...options,
  loss:
    "kind" in options.loss
      ? [{ name: undefined, weight: { kind: "constant", value: 1 }, term: options.loss }]
      : options.loss
})
