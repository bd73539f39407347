/** Agents as a pipeline states them: role, what is seen and said, network, prior, channel noise. */
import type { Categorical, Tensor } from "../loss/Expression.ts"
import { categorical, tensor } from "../loss/Expression.ts"
import type { Node } from "../graph/Graph.ts"

/** A recurrent policy network: tanh encoder and GRU of `hidden` units. */
export interface GruNetwork {
  readonly kind: "gru"
  readonly hidden: number
}

/** A gated recurrent unit (Cho et al. 2014) of the given width. */
export const gru = (hidden: number): GruNetwork => ({ kind: "gru", hidden })

/** A policy network without memory: two tanh layers of `hidden` units. */
export interface MlpNetwork {
  readonly kind: "mlp"
  readonly hidden: number
}

/** Two tanh layers of the given width, which know nothing of the steps before. */
export const mlp = (hidden: number): MlpNetwork => ({ kind: "mlp", hidden })

export type Network = GruNetwork | MlpNetwork

/** A frozen prior over the role's choices: uniform, or `scale` logits on what a fixed rule of the role advises. */
export type Prior =
  | { readonly kind: "uniform" }
  | { readonly kind: "rule"; readonly rule: string; readonly scale: number }

/** The uniform prior: KL to it is ln n - entropy. */
export const uniform: Prior = { kind: "uniform" }

/** Puts `scale` (a logit) on what `rule` advises: the policy is this prior plus a learned residual. */
export const rule = (name: string, scale: number): Prior => ({ kind: "rule", rule: name, scale })

/** How intents become tokens: a table of logits [context, intent, token], part of the speaking agent. */
export interface ProtocolTable {
  readonly kind: "table"
  /** Prior probability of the token that names the intent; the rest is uniform over the other tokens and silence. */
  readonly literal: number
  /** Probability that a step trains the table. */
  readonly update: number
}

export const table = (options: { readonly literal: number; readonly update: number }): ProtocolTable => ({
  kind: "table",
  ...options
})

/** Noise on what an agent says: replaced by another symbol; a count token moved by one. Probabilities per token. */
export interface Noise {
  readonly flip: number
  readonly drift: number
}

/** An agent of a pipeline. `policy`, `prior` and `latent` are quantities for terms and budgets. */
export interface Agent {
  readonly _tag: "Agent"
  readonly name: string
  readonly role: string
  readonly sees: ReadonlyArray<string>
  readonly says: ReadonlyArray<string>
  readonly network: Network
  readonly frozenPrior: Prior
  readonly protocol: ProtocolTable | undefined
  readonly noise: Noise
  /** Action or (intent, message) distribution, axes [time, env]. */
  readonly policy: Categorical
  readonly prior: Categorical
  /** GRU state, or of a network without memory its second layer, axes [time, env, hidden]. */
  readonly latent: Tensor
  /** Of a role that speaks: the distribution over intents, and that over tokens given the intent. */
  readonly intent: Categorical
  readonly message: Categorical
  /** What was chosen and, of a role that speaks, said; one-hot. */
  readonly choice: Tensor
  readonly said: Tensor
  /** log pi(choice) as the policy is now, and as it was when it chose; over a chain the sum over its factors. */
  readonly logProb: Tensor
  readonly oldLogProb: Tensor
}

export const make = (
  name: string,
  options: {
    readonly plays: string
    readonly sees: ReadonlyArray<string>
    readonly says?: ReadonlyArray<string>
    readonly policy: Network
    readonly prior: Prior
    readonly protocol?: ProtocolTable
    readonly noise?: Noise
  }
): Agent => ({
  _tag: "Agent",
  name,
  role: options.plays,
  sees: options.sees,
  says: options.says ?? [],
  network: options.policy,
  frozenPrior: options.prior,
  protocol: options.protocol,
  noise: options.noise ?? { flip: 0, drift: 0 },
  policy: categorical((context) => context.policy(name)),
  prior: categorical((context) => context.prior(name)),
  latent: tensor((context) => context.latent(name)),
  intent: categorical((context) => ({ logits: [factor(name, context.policy(name).logits, 0)] })),
  message: categorical((context) => ({ logits: [factor(name, context.policy(name).logits, 1)] })),
  choice: tensor((context) => factor(name, context.chosen(name), 0)),
  said: tensor((context) => factor(name, context.chosen(name), 1)),
  logProb: tensor((context) => context.logProbability(name)),
  oldLogProb: tensor((context) => context.oldLogProbability(name))
})

/** A factor of a chain of choices; throws where the chain ends before it. */
const factor = (name: string, factors: ReadonlyArray<Node>, k: number): Node => {
  const found = factors[k]
  if (found === undefined) throw new Error(`${name} makes no such choice: its role does not speak`)
  return found
}
