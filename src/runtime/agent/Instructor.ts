/**
 * An instructor: at each step it advises the speaking agent or keeps silent, from the whole state and the speaker's memory
 * (BiCA section 3.6; MAPTALK.md section 1, L_teach). Advice tells the speaker that it is taught, holds the channel's noise at the
 * agent's own level under a shift, and counts as an event that may train the protocol table.
 */
import type { Node } from "../graph/Graph.ts"
import { concat, mul, relu, sigmoid } from "../graph/Operations.ts"
import type { Categorical, Tensor } from "../loss/Expression.ts"
import { categorical, tensor } from "../loss/Expression.ts"
import { layout, linear, orthogonal } from "./Network.ts"
import type { Layout } from "./Network.ts"

/** An instructor of a pipeline. `intervenes` is a quantity for terms. */
export interface Instructor {
  readonly _tag: "Instructor"
  readonly name: string
  /** The agent that it advises. */
  readonly agent: string
  /** Width of its hidden layer; 0 is a linear policy. */
  readonly hidden: number
  /** Silence or advice, per step. */
  readonly policy: Categorical
  /** Probability of advice, per step. */
  readonly intervenes: Tensor
  /** What was given, one-hot, silence first. */
  readonly choice: Tensor
  /** log pi(choice) as the policy is now, and as it was when it chose. */
  readonly logProb: Tensor
  readonly oldLogProb: Tensor
}

export const make = (name: string, options: { readonly agent: string; readonly hidden: number }): Instructor => ({
  _tag: "Instructor",
  name,
  ...options,
  policy: categorical((context) => ({ logits: [decision(context.instructor(name))] })),
  intervenes: tensor((context) => sigmoid(context.instructor(name))),
  choice: tensor((context) => concat(context.chosen(name), 1)),
  logProb: tensor((context) => context.logProbability(name)),
  oldLogProb: tensor((context) => context.oldLogProbability(name))
})

/** Logits of silence and advice [rows, 2] from the logit of advice [rows, 1]. */
const decision = (logit: Node): Node => concat([mul(logit, 0), logit], 1)

export const instructorLayout = (of: Instructor, inputs: number): Layout =>
  of.hidden === 0
    ? layout(of.name, [
        ["advice.weight", [inputs, 1], orthogonal(0.01)],
        ["advice.bias", [1], { kind: "zeros" }]
      ])
    : layout(of.name, [
        ["hidden.weight", [inputs, of.hidden], orthogonal(Math.SQRT2)],
        ["hidden.bias", [of.hidden], { kind: "zeros" }],
        ["advice.weight", [of.hidden, 1], orthogonal(0.01)],
        ["advice.bias", [1], { kind: "zeros" }]
      ])

/** Logit of advice per row [rows, 1], from the critic's state [rows, S] and the speaker's memory before the step [rows, H]. */
export const advise = (of: Layout, vector: Node, state: Node, memory: Node): Node => {
  const inputs = concat([state, memory], 1)
  const last = of.entries.some(({ name }) => name === "hidden.weight")
    ? relu(linear(of, vector, "hidden", inputs))
    : inputs
  return linear(of, vector, "advice", last)
}
