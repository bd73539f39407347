/**
 * A learned message protocol: a generator turns what the acting agent has just been through into one of `codes` latent codes, and a
 * codebook turns codes into symbols, both by straight-through Gumbel-softmax (BiCA section 3.3; Jang et al. 2017; Maddison et al. 2017).
 */
import type { Node } from "../graph/Graph.ts"
import {
  add,
  div,
  equal,
  exp,
  log,
  logSoftmax,
  matmul,
  max,
  relu,
  slice,
  softmax,
  sub,
  withGradient
} from "../graph/Operations.ts"
import type { Categorical, Schedule, Tensor } from "../loss/Expression.ts"
import { categorical, tensor } from "../loss/Expression.ts"
import { layout, linear, orthogonal, parameter } from "./Network.ts"
import type { Layout } from "./Network.ts"

/** A protocol of a pipeline. `code` and `message` are quantities for terms. */
export interface Protocol {
  readonly _tag: "Protocol"
  readonly name: string
  /** The agent that speaks by it. */
  readonly agent: string
  /** Latent codes, K. */
  readonly codes: number
  /** Symbols, V; symbol 0 is silence. */
  readonly symbols: number
  readonly temperature: Schedule
  /** Distribution over codes per step, without noise. */
  readonly code: Categorical
  /** Distribution over symbols, averaged over the steps of a minibatch. */
  readonly message: Categorical
  /** Distribution over symbols given each code, weighted by the codes' share of the steps. */
  readonly messageGivenCode: Categorical
  /** Probability that something is said, per step. */
  readonly speaks: Tensor
}

export const make = (
  name: string,
  options: {
    readonly agent: string
    readonly codes: number
    readonly symbols: number
    readonly temperature: Schedule
  }
): Protocol => ({
  _tag: "Protocol",
  name,
  ...options,
  code: categorical((context) => ({ logits: [context.protocol(name).codeLogits] })),
  message: categorical((context) => ({ logits: [context.protocol(name).marginal] })),
  messageGivenCode: categorical((context) => {
    const { conditional, share } = context.protocol(name)
    return { logits: [conditional], weights: share }
  }),
  speaks: tensor((context) => context.protocol(name).speaks)
})

/** What the generator reads (eq. 4, causal): the actor's observation, its last entropy, collisions and reward surprise of the last steps. */
export const contextWindow = 5
export const contextSize = (observation: number): number => observation + 1 + contextWindow + 1

const width = 32

export const protocolLayout = (of: Protocol, observation: number): Layout =>
  layout(of.name, [
    ["hidden.weight", [contextSize(observation), width], orthogonal(Math.SQRT2)],
    ["hidden.bias", [width], { kind: "zeros" }],
    ["code.weight", [width, of.codes], orthogonal(0.5)],
    ["code.bias", [of.codes], { kind: "zeros" }],
    ["codebook", [of.codes, of.symbols], { kind: "normal", deviation: 0.5 }]
  ])

/** One-hot of the largest entry of each row, with the gradient of the softmax of `logits / temperature` (straight-through). */
export const straightThrough = (logits: Node, temperature: Node): Node => {
  const hard = equal(logits, max(logits, { axes: [1], keep: true }))
  return withGradient(hard, [softmax(div(logits, temperature))], (gradient) => [gradient])
}

/** What a protocol gives for rows of context. */
export interface ProtocolOutput {
  /** [rows, K] */
  readonly codeLogits: Node
  /** One-hot symbols, [rows, V]. */
  readonly message: Node
  /** Log probabilities of symbols given codes, [K, V]. */
  readonly conditional: Node
  /** Share of each code, [K, 1]. */
  readonly share: Node
  /** Log probabilities of symbols over the rows, [1, V]. */
  readonly marginal: Node
  /** [rows, 1] */
  readonly speaks: Node
}

/** The protocol on rows of context [rows, C] with Gumbel noise for codes [rows, K] and symbols [rows, V] (zero: the likeliest). */
export const generate = (
  of: Layout,
  vector: Node,
  inputs: {
    readonly context: Node
    readonly codeNoise: Node
    readonly symbolNoise: Node
    readonly temperature: Node
  }
): ProtocolOutput => {
  const codeLogits = linear(of, vector, "code", relu(linear(of, vector, "hidden", inputs.context)))
  const conditional = logSoftmax(parameter(of, vector, "codebook"))
  const code = straightThrough(add(codeLogits, inputs.codeNoise), inputs.temperature)
  const symbolLogits = matmul(code, conditional)
  const message = straightThrough(add(symbolLogits, inputs.symbolNoise), inputs.temperature)
  const rows = codeLogits.shape[0] ?? 1
  const even = codeLogits.builder.constant(new Float32Array(rows).fill(1 / rows), [rows, 1])
  const share = matmul(softmax(codeLogits), even, { transposeA: true })
  const marginal = log(matmul(share, exp(conditional), { transposeA: true }))
  const speaks = sub(1, slice(exp(symbolLogits), 1, 0, 1))
  return { codeLogits, message, conditional, share, marginal, speaks }
}
