/**
 * Loss expressions: typed combinators that read like the file and build graph nodes when a stage is trained.
 */
import type { ProtocolOutput } from "../agent/Protocol.ts"
import type { Node } from "../graph/Graph.ts"

/** A distribution over symbols, as a chain of factors of logits [rows, symbols]. KL and entropy add up over the factors. */
export interface Factors {
  readonly logits: ReadonlyArray<Node>
  /** Weights of the rows [rows, 1], summing to 1, where a mean over them is not even. */
  readonly weights?: Node
}

/** The steps and copies that the rows of a minibatch are. */
export interface Segment {
  readonly steps: number
  readonly copies: number
  readonly keep: Node
}

/** Another view of the same steps: nothing that another agent says is heard; no advice is given. */
export type View = "silence" | "unadvised"

/** What an expression may ask of the update that it is part of. All rows are the [time x env] steps of a minibatch. */
export interface LossContext {
  readonly policy: (agent: string) => Factors
  readonly prior: (agent: string) => Factors
  readonly latent: (agent: string) => Node
  /** What a protocol generates at the steps. */
  readonly protocol: (name: string) => ProtocolOutput
  /** Logits of an instructor's kinds of advice beside silence at 0, [rows, kinds]. */
  readonly instructor: (name: string) => Node
  /** The image of a latent under a mapper. */
  readonly mapped: (mapper: string, latent: Node) => Node
  /** `count` random unit directions [d, count], drawn anew for each minibatch. */
  readonly directions: (d: number, count: number) => Node
  /** log pi_new(choice) - log pi_old(choice), [rows, 1]. */
  readonly logRatio: (agent: string) => Node
  /** log pi_new(choice), [rows, 1]; over a chain the sum over its factors. */
  readonly logProbability: (agent: string) => Node
  /** log pi_old(choice) as it was when it was chosen, [rows, 1]. */
  readonly oldLogProbability: (agent: string) => Node
  /** What was chosen, one-hot, factor by factor, [rows, outcomes]. */
  readonly chosen: (agent: string) => ReadonlyArray<Node>
  /** What a teacher would choose in the agent's place, a probability for each choice, [rows, choices]. Only where there is a teacher. */
  readonly taught: (agent: string) => Node
  /** Standardised advantage, [rows, 1]. */
  readonly advantage: Node
  /** What a rollout earned, [rows, 1], scaled for learning. */
  readonly earned: (what: "reward" | "return" | "value") => Node
  /** How the rows lie: time-major, row = step x copies + copy. `keep` [steps, copies] is 0 at the last step of an episode, else 1. */
  readonly segment: () => Segment
  /** A number, as a node of this graph. */
  readonly number: (value: number) => Node
  /** A number that the host sets at each update: the value of `schedule`. */
  readonly scheduled: (schedule: Schedule) => Node
  /** Records a named part of the loss, logged at every update. */
  readonly record: (name: string, value: Node) => void
  /** The same steps under another view, from the segment's start on: the memory with which it begins is that of the play. */
  readonly viewed: (view: View) => LossContext
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

/** A value per step (or per row of a distribution), [rows, n]. */
export interface Tensor {
  readonly kind: "tensor"
  readonly build: (context: LossContext) => Node
  /** Weights of the rows for a mean; even without them. */
  readonly weights?: (context: LossContext) => Node | undefined
}

/** One number. */
export interface Scalar {
  readonly kind: "scalar"
  readonly build: (context: LossContext) => Node
}

export const categorical = (build: (context: LossContext) => Factors): Categorical => ({ kind: "categorical", build })
export const tensor = (build: (context: LossContext) => Node, weights?: Tensor["weights"]): Tensor => ({
  kind: "tensor",
  build,
  ...(weights === undefined ? {} : { weights })
})
export const scalar = (build: (context: LossContext) => Node): Scalar => ({ kind: "scalar", build })
