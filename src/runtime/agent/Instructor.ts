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
  /** How many of the last steps of the episode it sees; 0 for none. */
  readonly history: number
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
    /** None without it. */
    readonly history?: number
  }
): Instructor => ({
  _tag: "Instructor",
  name,
  agent: options.agent,
  hidden: options.hidden,
  kinds: options.kinds ?? 1,
  history: options.history ?? 0,
  policy: categorical((context) => ({ logits: [decision(context.instructor(name))] })),
  intervenes: tensor((context) => intervention(context.instructor(name))),
  choice: tensor((context) => concat(context.chosen(name), 1)),
  logProb: tensor((context) => context.logProbability(name)),
  oldLogProb: tensor((context) => context.oldLogProbability(name))
})

/** Silence and the kinds of advice, in the order of a one-hot choice. */
export const outcomesOf = (of: Instructor): number => of.kinds + 1

/**
 * How wide a step is in what an instructor sees of the past: whether it collided, its reward as it is scaled for learning, what the
 * instructor gave (one-hot, silence first), and the token that its pupil was heard to say (one-hot, silence last).
 */
const pastStep = (of: Instructor, symbols: number): number => 2 + outcomesOf(of) + symbols + 1

/** Numbers of all that an instructor sees of the past, for a pupil with so many symbols; 0 without a history. */
export const pastSize = (of: Instructor, symbols: number): number => of.history * pastStep(of, symbols)

/**
 * The past of `count` copies, the newest step first; before the first step of an episode stands nothing but zeros. `note` puts what
 * a step was in front.
 */
export const makePast = (of: Instructor, symbols: number, count: number) => {
  const width = pastStep(of, symbols)
  const size = of.history * width
  const data = new Float32Array(count * size)
  return {
    data,
    note: (i: number, step: { collided: number; reward: number; advice: number; heard: number }): void => {
      if (size === 0) return
      const at = i * size
      data.copyWithin(at + width, at, at + size - width)
      data.fill(0, at, at + width)
      data[at] = step.collided
      data[at + 1] = step.reward
      data[at + 2 + step.advice] = 1
      data[at + 2 + outcomesOf(of) + step.heard] = 1
    },
    forget: (i: number): void => void data.fill(0, i * size, (i + 1) * size)
  }
}

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

/**
 * Logits of advice per row [rows, kinds], from the critic's state [rows, S], the speaker's memory before the step [rows, H], and what
 * the instructor sees of the past [rows, P], where it sees any.
 */
export const advise = (of: Layout, vector: Node, state: Node, memory: Node, past?: Node): Node => {
  const inputs = concat(past === undefined ? [state, memory] : [state, memory, past], 1)
  const last = of.entries.some(({ name }) => name === "hidden.weight")
    ? relu(linear(of, vector, "hidden", inputs))
    : inputs
  return linear(of, vector, "advice", last)
}
