/**
 * Loss expressions: typed combinators that read like the file and build graph nodes when a stage is trained.
 */
import type { Node } from "../graph/Graph.ts"

/** A distribution over symbols, as a chain of factors of logits [rows, symbols]. KL and entropy add up over the factors. */
export interface Factors {
  readonly logits: ReadonlyArray<Node>
}

/** What an expression may ask of the update that it is part of. All rows are the [time x env] steps of a minibatch. */
export interface LossContext {
  readonly policy: (agent: string) => Factors
  readonly prior: (agent: string) => Factors
  readonly latent: (agent: string) => Node
  /** log pi_new(choice) - log pi_old(choice), [rows, 1]. */
  readonly logRatio: (agent: string) => Node
  /** Standardised advantage, [rows, 1]. */
  readonly advantage: Node
  /** A number, as a node of this graph. */
  readonly number: (value: number) => Node
  /** A number that the host sets at each update: the value of `schedule`. */
  readonly scheduled: (schedule: Schedule) => Node
  /** Records a named part of the loss, logged at every update. */
  readonly record: (name: string, value: Node) => void
}

/** A value that changes from update to update. */
export type Schedule =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "linear"; readonly from: number; readonly to: number; readonly over: number }
  | { readonly kind: "geometric"; readonly from: number; readonly to: number; readonly by: number }

/** A distribution per step. */
export interface Categorical {
  readonly kind: "categorical"
  readonly build: (context: LossContext) => Factors
}

/** A value per step, [rows, n]. */
export interface Tensor {
  readonly kind: "tensor"
  readonly build: (context: LossContext) => Node
}

/** One number. */
export interface Scalar {
  readonly kind: "scalar"
  readonly build: (context: LossContext) => Node
}

export const categorical = (build: (context: LossContext) => Factors): Categorical => ({ kind: "categorical", build })
export const tensor = (build: (context: LossContext) => Node): Tensor => ({ kind: "tensor", build })
export const scalar = (build: (context: LossContext) => Node): Scalar => ({ kind: "scalar", build })
