/**
 * What the language's own constructs may be given: networks, priors, protocols, noise, losses, the statements of a
 * stage, with ranges, units, defaults and where each default comes from.
 */
import type { Reference, RoleDeclaration } from "./Environment.ts"
import type { Option, Parameter, Source } from "./Parameter.ts"

const paper = (text: string): Source => ({ kind: "paper", text })
const convention = (text: string): Source => ({ kind: "convention", text })
const ours = (text: string): Source => ({ kind: "ours", text })

const probability = { kind: "number", unit: "fraction", minimum: 0, maximum: 1 } as const

/** How many of something: a whole number from 1. */
const count = (unit: "steps" | "episodes" | "environments" | "updates" | "times", maximum: number) =>
  ({ kind: "number", unit, minimum: 1, maximum, integer: true }) as const

// ---- agents ----------------------------------------------------------------------------------------------------

/** Policy networks. */
export const networks: ReadonlyArray<Option> = [
  {
    name: "gru",
    doc: "A tanh encoder and a gated recurrent unit (Cho et al. 2014).",
    parameters: [
      {
        name: "hidden",
        doc: "Width of the encoder and of the recurrent state.",
        type: { kind: "number", unit: "none", minimum: 1, maximum: 4096, integer: true }
      }
    ]
  },
  {
    name: "mlp",
    doc: "Two tanh layers: what it does depends on what it sees in the step, and on nothing before.",
    parameters: [
      {
        name: "hidden",
        doc: "Width of both layers.",
        type: { kind: "number", unit: "none", minimum: 1, maximum: 4096, integer: true }
      }
    ]
  }
]

const scale: Parameter = {
  name: "scale",
  doc: "The logit that is put on what the rule advises.",
  type: { kind: "number", unit: "none", minimum: 0, maximum: 100 }
}

/** Frozen priors over the choices of a role: `uniform`, and each of the role's rules with a scale. */
export const priors = (role: RoleDeclaration): ReadonlyArray<Option> => [
  { name: "uniform", doc: "Every choice alike: KL to it is ln n - entropy.", parameters: [] },
  ...role.rules.map((rule) => ({ name: rule.name, doc: rule.doc, parameters: [scale] }))
]

/** How the intents of a speaking role become tokens. */
export const protocols: ReadonlyArray<Option> = [
  {
    name: "table",
    doc: "A table of logits [context, intent, token], part of the agent that speaks.",
    parameters: [
      {
        name: "prior",
        doc: "What the table says before it is trained.",
        type: {
          kind: "choice",
          options: [
            {
              name: "literal",
              doc: "The token that names the intent with this probability, the rest spread over the other tokens and silence.",
              parameters: [{ name: "probability", doc: "Probability of the literal token.", type: probability }]
            }
          ]
        },
        default: { choice: "literal", arguments: { probability: 0.9 } },
        source: ours("the paper gives no prior of the protocol")
      },
      {
        name: "update",
        doc: "Probability that a step with an event trains the table.",
        type: probability,
        default: 0.1,
        source: ours("the paper leaves open what trains the protocol: a tenth of the steps with an event")
      }
    ]
  }
]

/** Noise on the channel of a speaking agent. */
export const noise: ReadonlyArray<Parameter> = [
  {
    name: "flip",
    doc: "Probability that a token is replaced by another one.",
    type: probability,
    default: 0,
    source: ours("a channel is clean unless the file says otherwise")
  },
  {
    name: "drift",
    doc: "Probability that a count token is moved by one.",
    type: probability,
    default: 0,
    source: ours("a channel is clean unless the file says otherwise")
  }
]

/** `says N codes`: symbols without a meaning beforehand, the first of which is silence. */
export const codes: Parameter = {
  name: "says",
  doc: "Symbols of a learned protocol; the first one is silence.",
  type: { kind: "number", unit: "codes", minimum: 2, maximum: 1024, integer: true }
}

/** What an agent in this role may be given besides what it sees and says. */
export const agent = (role: RoleDeclaration): ReadonlyArray<Parameter> => [
  { name: "policy", doc: "The policy network.", type: { kind: "choice", options: networks } },
  {
    name: "prior",
    doc: "The frozen distribution that the policy is a learned residual on.",
    type: { kind: "choice", options: priors(role) },
    default: { choice: "uniform", arguments: {} },
    source: ours("no preference unless the file states one")
  },
  ...(role.kind === "speaks"
    ? [
        {
          name: "protocol",
          doc: "How intents become tokens.",
          type: { kind: "choice", options: protocols },
          default: {
            choice: "table",
            arguments: { prior: { choice: "literal", arguments: { probability: 0.9 } }, update: 0.1 }
          },
          source: ours("the one protocol that this version has")
        } as const,
        {
          name: "noise",
          doc: "Noise on the channel, per token.",
          type: { kind: "block", parameters: noise },
          default: { flip: 0, drift: 0 },
          source: ours("a channel is clean unless the file says otherwise")
        } as const
      ]
    : [])
]

// ---- between agents --------------------------------------------------------------------------------------------

const hidden: Parameter = {
  name: "hidden",
  doc: "Width of the hidden layer.",
  type: { kind: "number", unit: "none", minimum: 1, maximum: 4096, integer: true }
}

const linear: Option = { name: "linear", doc: "One linear layer.", parameters: [] }
const mlp: Option = { name: "mlp", doc: "One hidden layer of rectified units.", parameters: [hidden] }

/** How a protocol turns what an agent has been through into symbols. */
export const generators: Parameter = {
  name: "method",
  doc: "How symbols are generated.",
  type: {
    kind: "choice",
    options: [
      {
        name: "gumbel_softmax",
        doc: "Straight-through Gumbel-softmax over latent codes and over symbols (Jang et al. 2017; Maddison et al. 2017).",
        parameters: [
          {
            name: "codes",
            doc: "Latent codes between what the agent has been through and what it says.",
            type: { kind: "number", unit: "codes", minimum: 2, maximum: 1024, integer: true }
          }
        ]
      }
    ]
  }
}

/** The block of `protocol`, besides its method. */
export const protocol: ReadonlyArray<Parameter> = [
  {
    name: "temperature",
    doc: "Temperature of the softmax that carries the gradient.",
    type: { kind: "schedule", unit: "none", minimum: 0, maximum: 1000, above: true },
    default: { kind: "geometric", from: 1, to: 0.3, by: 0.995 },
    source: ours("from soft to nearly hard over the first 240 updates")
  }
]

/** How a mapper takes one agent's latent to another's. */
export const mappings: Parameter = {
  name: "method",
  doc: "The map between the latent spaces.",
  type: { kind: "choice", options: [linear, mlp] }
}

/** What an instructor gives when it keeps silent. */
export const silentAdvice = "none"

/** Kinds of advice that an instructor gives at most, besides silence. */
export const mostKindsOfAdvice = 8

/** How far back an instructor sees. */
export const pastSteps: Parameter = {
  name: "steps",
  doc: "How many of the episode's last steps the instructor sees.",
  type: count("steps", 64)
}

/** What an instructor may see besides the whole state. */
export const history: Option = {
  name: "history",
  doc: "The episode's last steps, the newest first: whether each collided, its reward, what the instructor gave, and the token that its agent was heard to say. Before the first step stand zeros.",
  parameters: [pastSteps]
}

/** What an instructor may be given besides what it sees and gives. */
export const instructor: ReadonlyArray<Parameter> = [
  {
    name: "policy",
    doc: "The network that decides when to advise.",
    type: { kind: "choice", options: [linear, mlp] },
    default: { choice: "linear", arguments: {} },
    source: ours("the least that reads the whole state and the memory of the agent")
  }
]

// ---- losses ----------------------------------------------------------------------------------------------------

/** Parameters of `ppo(agent, …)` after the agent. */
export const ppo: ReadonlyArray<Parameter> = [
  {
    name: "clip",
    doc: "How far the probability ratio may leave 1 before its gradient is cut.",
    type: { kind: "number", unit: "none", minimum: 0, maximum: 1, above: true },
    default: 0.2,
    source: paper("Schulman et al. 2017, section 6.1")
  },
  {
    name: "entropy",
    doc: "Weight of the entropy bonus.",
    type: { kind: "number", unit: "none", minimum: 0, maximum: 10 },
    default: 0.01,
    source: paper("Schulman et al. 2017, table 5")
  }
]

/** How a budget is held. */
export const duals: ReadonlyArray<Option> = [
  {
    name: "dual",
    doc: "Dual ascent: the multiplier climbs by `rate` times the violation and never falls below 0.",
    parameters: [
      {
        name: "rate",
        doc: "Step of the multiplier per update and unit of violation.",
        type: { kind: "number", unit: "none", minimum: 0, maximum: 1000, above: true }
      },
      {
        name: "start",
        doc: "The multiplier before the first update.",
        type: { kind: "number", unit: "none", minimum: 0, maximum: 1e6 },
        default: 0,
        source: convention("a constraint costs nothing before it is broken (Stooke et al. 2020)")
      }
    ]
  }
]

/** What learns the weight of a summand. */
export const weights: ReadonlyArray<Option> = [
  {
    name: "hypergradient",
    doc: "After every gradient step the logarithm of the weight moves by -`rate` times the derivative of the task's loss, through that step, with respect to it.",
    parameters: [
      {
        name: "rate",
        doc: "Step of the logarithm of the weight.",
        type: { kind: "number", unit: "none", minimum: 0, maximum: 1e6, above: true }
      },
      {
        name: "start",
        doc: "The weight before the first update; it keeps its sign and stays within a factor of 1000.",
        type: { kind: "number", unit: "none", minimum: 0, maximum: 1e6, above: true },
        default: 0.1,
        source: ours("a tenth of the task's weight")
      }
    ]
  }
]

// ---- statements of a stage -------------------------------------------------------------------------------------

/** `repeat N times`. */
export const repeatTimes: Parameter = {
  name: "repeat",
  doc: "Number of updates.",
  type: count("times", 10_000_000)
}

/** `rollout N environments`. */
export const rolloutEnvironments: Parameter = {
  name: "rollout",
  doc: "Copies of the environment that are stepped together.",
  type: count("environments", 1_000_000)
}

/** `rollout … for N steps`. */
export const rolloutSteps: Parameter = {
  name: "for",
  doc: "Steps of every copy between two updates.",
  type: count("steps", 100_000),
  default: 16,
  source: ours("short segments, many environments")
}

/** `imitate` a rule of the pupil's role: with a scale as a prior has one, and how often it errs. */
export const teacher = (role: RoleDeclaration): Parameter => ({
  name: "imitate",
  doc: "The rule that the pupil is drawn to.",
  type: {
    kind: "choice",
    options: role.rules.map((rule) => ({
      name: rule.name,
      doc: rule.doc,
      parameters: [
        { ...scale, default: 100, source: ours("the rule itself: e^-100 is left to each other choice") },
        {
          name: "errs",
          doc: "The share of its choices that are uniform over all: (1 - errs) p + errs u.",
          type: probability,
          default: 0,
          source: ours("a rule does not err unless the file says so")
        }
      ]
    }))
  }
})

/** `imitate … until loss < X nats`. */
export const imitateBound: Parameter = {
  name: "loss",
  doc: "The cross entropy under the teacher, as measured before an update, below which the imitation ends.",
  type: { kind: "number", unit: "nats", minimum: 0, maximum: 1000, above: true }
}

/** `imitate … or N updates`. */
export const imitateUpdates: Parameter = {
  name: "until",
  doc: "The most updates that an imitation takes.",
  type: count("updates", 10_000_000)
}

/** `fit … for N updates`. */
export const fitUpdates: Parameter = {
  name: "for",
  doc: "How many updates a model is fitted for.",
  type: count("updates", 10_000_000)
}

/** The block of `rollout`. */
export const rollout: ReadonlyArray<Parameter> = [
  {
    name: "discount",
    doc: "Discount per step of future reward (gamma).",
    type: { kind: "number", unit: "none", minimum: 0, maximum: 1 },
    default: 0.99,
    source: paper("Schulman et al. 2017, table 3")
  },
  {
    name: "trace",
    doc: "Decay of the generalised advantage estimate (lambda).",
    type: { kind: "number", unit: "none", minimum: 0, maximum: 1 },
    default: 0.95,
    source: paper("Schulman et al. 2016; Schulman et al. 2017, table 3")
  },
  {
    name: "value_weight",
    doc: "Weight of the squared error of the critic in the loss.",
    type: { kind: "number", unit: "none", minimum: 0, maximum: 1000 },
    default: 0.5,
    source: convention("Huang et al. 2022")
  }
]

/** The block of `update`; the default rate falls over the `times` updates of the repeat that it stands in. */
export const update = (times: number): ReadonlyArray<Parameter> => [
  {
    name: "epochs",
    doc: "Passes over a rollout.",
    type: { kind: "number", unit: "none", minimum: 1, maximum: 1000, integer: true },
    default: 2,
    source: ours("two passes keep the policy near the one that was rolled out")
  },
  {
    name: "minibatches",
    doc: "Parts that a rollout's environments are divided into.",
    type: { kind: "number", unit: "none", minimum: 1, maximum: 100_000, integer: true },
    default: 2,
    source: ours("two halves of the environments, whole sequences")
  },
  {
    name: "rate",
    doc: "Learning rate of Adam.",
    type: { kind: "schedule", unit: "none", minimum: 0, maximum: 1, above: true },
    default: { kind: "linear", from: 0.004, to: 0.0004, over: times },
    source: ours("falls to a tenth over the updates of the repeat")
  },
  {
    name: "clip_norm",
    doc: "Largest global norm of the gradient.",
    type: { kind: "number", unit: "none", minimum: 0, maximum: 1e6, above: true },
    default: 0.5,
    source: convention("Huang et al. 2022")
  }
]

/** The block of `imitate`: what is rolled out and how it is learned from, within `updates` updates. */
export const imitate = (updates: number): ReadonlyArray<Parameter> => [
  {
    name: "environments",
    doc: rolloutEnvironments.doc,
    type: { ...count("environments", 1_000_000), unit: "none" },
    default: 128,
    source: ours("as many copies as the shipped trainings have")
  },
  {
    name: "steps",
    doc: rolloutSteps.doc,
    type: { ...count("steps", 100_000), unit: "none" },
    default: 16,
    source: ours("short segments, many environments")
  },
  ...update(updates).map((one) =>
    one.name === "rate" ? { ...one, source: ours("falls to a tenth over the updates of the imitation") } : one
  )
]

/** `checkpoint every N`. */
export const checkpointEvery: Parameter = {
  name: "checkpoint",
  doc: "Updates between two checkpoints; changes no result.",
  type: count("updates", 10_000_000),
  default: 20,
  source: ours("little is lost when a run is interrupted")
}

/** `checkpoint every N` of a fit, whose updates are short. */
export const fitCheckpointEvery: Parameter = {
  ...checkpointEvery,
  default: 500,
  source: ours("a few seconds are lost when a run is interrupted")
}

/** `play N episodes`. */
export const playEpisodes: Parameter = {
  name: "play",
  doc: "Episodes that are played and measured.",
  type: count("episodes", 10_000_000)
}

/** The block of `play`. */
export const play: ReadonlyArray<Parameter> = [
  {
    name: "choose",
    doc: "How a choice is taken from the policy.",
    type: {
      kind: "choice",
      options: [
        { name: "greedy", doc: "The most probable choice.", parameters: [] },
        { name: "sampled", doc: "A draw from the policy.", parameters: [] }
      ]
    },
    default: { choice: "greedy", arguments: {} },
    source: convention("held-out measurements take the greedy policy")
  }
]

/** What metrics are measured against: the words in the block of `measure`. */
export const references: Readonly<Record<Reference, { readonly doc: string; readonly example: string }>> = {
  baseline: {
    doc: "The objective whose steps and tokens are compared with.",
    example: "baseline one_way"
  },
  alone: { doc: "The objective that trains the AI to act alone, without messages.", example: "alone ai_alone" },
  suite: {
    doc: "The shifts that stability is measured under, with doubled noise; by default those that the stage plays on.",
    example: "suite dense, large"
  }
}

// ---- claims ----------------------------------------------------------------------------------------------------

/** `with 95 % confidence`. */
export const confidence: Parameter = {
  name: "confidence",
  doc: "Confidence at which a claim must hold.",
  type: { kind: "number", unit: "fraction", minimum: 0.5, maximum: 0.9999 },
  default: 0.95,
  source: convention("95 % intervals")
}

/** `with p < 0.01`. */
export const significance: Parameter = {
  name: "p",
  doc: "Largest p at which a claim holds.",
  type: { kind: "number", unit: "none", minimum: 0, maximum: 0.5, above: true }
}

/** A way of testing a claim over seeds. */
export interface ClaimTest {
  readonly name: "bootstrap" | "paired_t" | "welch" | "sign_flip"
  readonly doc: string
  /** Whether it gives an interval, for a confidence, and whether it gives a p. */
  readonly interval: boolean
  readonly p: boolean
  readonly source: Source
}

/** `by …` of a claim. Seeds are the unit of replication. */
export const claimTests: ReadonlyArray<ClaimTest> = [
  {
    name: "bootstrap",
    doc: "The percentile interval of the mean difference, seeds drawn with replacement.",
    interval: true,
    p: false,
    source: convention("percentile bootstrap over seeds, Efron 1979; Agarwal et al. 2021")
  },
  {
    name: "paired_t",
    doc: "Student's t of the difference within each seed.",
    interval: true,
    p: true,
    source: convention("both sides are measured with the same seeds, Student 1908")
  },
  {
    name: "welch",
    doc: "Student's t of two samples of seeds with spreads of their own.",
    interval: true,
    p: true,
    source: convention("the sides are measured with seeds of their own, Welch 1947")
  },
  {
    name: "sign_flip",
    doc: "The share of sign patterns of the differences whose mean is at least as large; no less than 2^-n for n seeds.",
    interval: false,
    p: true,
    source: convention("Fisher 1935; Ernst 2004")
  }
]

/** `assuming difference 5 %`: what the power of a claim is computed from. */
export const assumptions = ["difference", "spread"] as const

// ---- libraries -------------------------------------------------------------------------------------------------

/** A library of terms and what it provides. */
export interface Library {
  readonly name: string
  readonly doc: string
  readonly functions: ReadonlyArray<string>
}

/** Libraries that `use` knows; what is written in the language stands in `std/`. */
export const libraries: ReadonlyArray<Library> = [
  {
    name: "std.ppo",
    doc: "Proximal policy optimisation (Schulman et al. 2017).",
    functions: ["ppo", "ratio", "policy_gradient", "clipped_surrogate", "approximate_kl"]
  },
  {
    name: "std.alignment",
    doc: "Distances between latent representations.",
    functions: ["w2", "sinkhorn", "mmd", "cca", "cka", "hsic", "representation_gap", "distillation", "angle"]
  },
  {
    name: "std.information",
    doc: "What messages and choices say.",
    functions: ["bottleneck", "surprise", "miscalibration", "confidence_penalty"]
  },
  { name: "std.imitation", doc: "Learning from what somebody has shown.", functions: ["distil", "self_imitation"] }
]
