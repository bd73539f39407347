/**
 * An instructor: at each step it keeps silent or gives the speaking agent one of its kinds of advice, from the whole state and the
 * speaker's memory (BiCA section 3.6; MAPTALK.md section 1, L_teach). Advice of a kind is an embedding of its own, by which the speaker
 * is told; it holds the channel's noise at the agent's own level under a shift, and counts as an event that may train the protocol table.
 */
import type { Node } from "../graph/Graph.ts"
import { concat, mul, relu, sigmoid, slice, softmax, sum } from "../graph/Operations.ts"
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
  /** Kinds of advice besides silence. */
  readonly kinds: number
  /** Silence or a kind of advice, per step. */
  readonly policy: Categorical
  /** Probability of advice of any kind, 1 - pi(silence), per step. */
  readonly intervenes: Tensor
  /** What was given, one-hot, silence first. */
  readonly choice: Tensor
  /** log pi(choice) as the policy is now, and as it was when it chose. */
  readonly logProb: Tensor
  readonly oldLogProb: Tensor
}

export const make = (
  name: string,
  options: {
    readonly agent: string
    readonly hidden: number
    /** One without it. */
    readonly kinds?: number
  }
): Instructor => ({
  _tag: "Instructor",
  name,
  agent: options.agent,
  hidden: options.hidden,
  kinds: options.kinds ?? 1,
  policy: categorical((context) => ({ logits: [decision(context.instructor(name))] })),
  intervenes: tensor((context) => intervention(context.instructor(name))),
  choice: tensor((context) => concat(context.chosen(name), 1)),
  logProb: tensor((context) => context.logProbability(name)),
  oldLogProb: tensor((context) => context.oldLogProbability(name))
})

/** Silence and the kinds of advice, in the order of a one-hot choice. */
export const outcomesOf = (of: Instructor): number => of.kinds + 1

/** How many kinds logits [rows, kinds] are of. */
const kindsIn = (logits: Node): number => logits.shape[1] ?? 1

/** Logits of silence, which is 0, and of advice [rows, kinds + 1] from the logits of advice [rows, kinds]. */
export const decision = (logits: Node): Node =>
  concat([mul(kindsIn(logits) === 1 ? logits : slice(logits, 1, 0, 1), 0), logits], 1)

/** Probability of any advice [rows, 1] from the logits of advice [rows, kinds]; of one kind it is their logistic function. */
const intervention = (logits: Node): Node =>
  kindsIn(logits) === 1
    ? sigmoid(logits)
    : sum(slice(softmax(decision(logits)), 1, 1, kindsIn(logits) + 1), { axes: [1], keep: true })

export const instructorLayout = (of: Instructor, inputs: number): Layout =>
  of.hidden === 0
    ? layout(of.name, [
        ["advice.weight", [inputs, of.kinds], orthogonal(0.01)],
        ["advice.bias", [of.kinds], { kind: "zeros" }]
      ])
    : layout(of.name, [
        ["hidden.weight", [inputs, of.hidden], orthogonal(Math.SQRT2)],
        ["hidden.bias", [of.hidden], { kind: "zeros" }],
        ["advice.weight", [of.hidden, of.kinds], orthogonal(0.01)],
        ["advice.bias", [of.kinds], { kind: "zeros" }]
      ])

/** Logits of advice per row [rows, kinds], from the critic's state [rows, S] and the speaker's memory before the step [rows, H]. */
export const advise = (of: Layout, vector: Node, state: Node, memory: Node): Node => {
  const inputs = concat([state, memory], 1)
  const last = of.entries.some(({ name }) => name === "hidden.weight")
    ? relu(linear(of, vector, "hidden", inputs))
    : inputs
  return linear(of, vector, "advice", last)
}
