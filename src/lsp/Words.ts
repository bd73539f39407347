/** What the words of the language and the functions of its expressions mean, in a sentence and a form, for people. */

import * as Modules from "../declaration/Modules.ts"
import type { CountedUnit } from "../declaration/Parameter.ts"
import { primitives, quantities, views } from "../declaration/Primitives.ts"

/** A form to write after, and what it states. */
export interface Explanation {
  readonly form: string
  readonly doc: string
}

const word = (form: string, doc: string): Explanation => ({ form, doc })

/** Words of the grammar. A test holds that none is missing. */
export const words: Readonly<Record<string, Explanation>> = {
  // declarations
  use: word("use std.ppo", "Brings in a library of terms."),
  environment: word(
    "environment map = MapTalk { … }",
    "An environment with its parameters and its named distribution shifts."
  ),
  agent: word(
    "agent ai plays map.navigator { sees …  policy … }",
    "Who plays a role of the environment: what it sees and says, its network, its prior and its noise."
  ),
  protocol: word(
    "protocol codes for ai { gumbel_softmax(16) }",
    "How an agent's intents become tokens, as a part that is learnt by itself. In an agent: the same, as its own table."
  ),
  mapper: word(
    "mapper bridge from human to ai { mlp(128) }",
    "A learnt map from the latent of one agent to another's."
  ),
  instructor: word(
    "instructor coach for human { sees …  gives { none, hint, correct } }",
    "A learnt policy that gives an agent advice of one kind or several, or none. The agent is told the kind, and any advice keeps its channel calm under a shift."
  ),
  term: word("term calm = mean(entropy(ai.policy))", "A named number computed from quantities of the agents."),
  define: word("define doubled(x: tensor) = x + x", "An own function over quantities; it may not call itself."),
  budget: word(
    "budget drift: kl(ai.policy || ai.prior) <= 0.05 nats by dual(0.05)",
    "A bound on a quantity, held by a multiplier that rises while the bound is broken."
  ),
  objective: word(
    "objective bica = ppo(ai) + ppo(human) within drift",
    "What a team is trained for: a weighted sum of terms, the budgets it is under, the agents it freezes."
  ),
  stage: word(
    "stage train(objective o) after prior { … }",
    "One unit of work that is seeded, can be resumed, and is not run again while nothing in it changes."
  ),
  study: word(
    "study main { seeds 13, 42  compare bica, one_way }",
    "Seeds x objectives x variants: the runs that are made. Each variant differs from the file in one thing."
  ),
  claim: word(
    "claim better: success(bica) - success(one_way) > 0 with 95 % confidence",
    "A statement about measured values with its statistical test."
  ),

  // statements
  imitate: word(
    "imitate map.planner(errs 30 %) by human until loss < 0.9 nats or 300 updates",
    "Draws an agent to what a rule of its role would choose, on the states that the team comes to; ends when the cross entropy under the rule is below the bound, and at the latest after the limit."
  ),
  fit: word(
    "fit shapes.encoder for 9000 updates { batch 128 }",
    "Fits a model that the players of the environment need, once per seed."
  ),
  repeat: word("repeat 300 times { … }", "The updates of a training, one after the other."),
  rollout: word(
    "rollout 128 environments on dense for 16 steps { discount 0.99 }",
    "Plays copies of the environment side by side and keeps what happens for the update."
  ),
  update: word(
    "update human, ai jointly { epochs 2 }",
    "Takes gradient steps for these agents: one after the other, or with `jointly` on one summed loss."
  ),
  ascend: word("ascend budgets", "Moves the multipliers of the budgets: up where the bound is broken, else down."),
  checkpoint: word("checkpoint every 20", "Keeps the state every so many updates; changes no result."),
  play: word(
    "play 2048 episodes on map, dense by map.planner",
    "Plays whole episodes with the trained team or with oracles."
  ),
  measure: word("measure success, steps", "What is measured of the episodes that are played."),

  // clauses
  shift: word("shift dense { obstacles 0.35 .. 0.45 }", "A named change of the environment, to be measured under."),
  plays: word("agent ai plays map.navigator", "The role that the agent plays."),
  sees: word("sees full, ai.message", "What the policy reads: observations of its role, and messages of other agents."),
  says: word("says { N, E, S, W }", "The symbols that the agent may say."),
  gives: word(
    "gives { none, hint, correct }",
    "What an instructor may give: `none`, which is silence, and up to eight kinds of advice."
  ),
  within: word("within ai_drift, human_drift", "The budgets that an objective is under."),
  freezing: word("freezing human", "What an objective leaves as it is."),
  silencing: word("silencing human", "Whose messages are never sent, in training and in play."),
  after: word(
    "stage test after train",
    "The stages that must have run before: what they trained is played, or trained on. In a claim the training that left a team."
  ),
  on: word(
    "on map, dense",
    "Where episodes are played, trained on, or were measured: the environment or one of its shifts."
  ),
  by: word("by map.planner", "Who plays, who learns, how a budget is held, or the factor of a schedule."),
  for: word("for 16 steps", "How long, for whom, or what a stage trains for."),
  from: word("from table2.bica", "What a study or a map starts from."),
  to: word("from human to ai", "Where a map leads."),
  jointly: word("update human, ai jointly", "One gradient step on the summed loss of all agents that are named."),
  until: word("until loss < 0.9 nats or 300 updates", "When imitation ends."),
  or: word("until loss < 0.9 nats or 300 updates", "The other end of imitation."),
  every: word("checkpoint every 20", "Updates between two checkpoints."),
  times: word("repeat 300 times", "How often."),
  seeds: word("seeds 13, 42, 2025", "The seeds of a study: each gives a run of every objective."),
  compare: word(
    "compare bica, one_way",
    "The objectives that a study trains; when it is left out all of the file that no stage is `for`."
  ),
  vary: word(
    "vary ai.policy gru(128), mlp(128)",
    "Variants of one setting, of a budget's bound or of a term's weight, a run for each value; one of them may be the file's own."
  ),
  without: word(
    "without coach",
    "A variant that leaves out a term, a budget or a module with all that is computed from it; a module stays as it is and keeps silent."
  ),
  with: word(
    "with 95 % confidence",
    "The test of a claim; within its brackets, as in `success(bica with codes.size 8)`, a variant of a study."
  ),
  assuming: word(
    "assuming difference 5 %, spread 2 %",
    "What the power of a claim is computed from: how far the truth lies beyond what is claimed, and the spread over seeds."
  ),
  confidence: word("with 95 % confidence", "The level of the interval that a claim is judged by."),
  p: word("with p < 0.01", "The largest p at which a claim holds."),
  given: word("kl(codes.message given codes.code || codes.message)", "A distribution under a condition."),
  over: word("0.004 -> 0.0004 over 300 updates", "A schedule that goes in a straight line."),
  per: word("1.0 -> 0.3 by 0.95 per update", "How often a schedule's factor is applied."),
  learned: word("learned by hypergradient(100)", "A weight that is learnt."),
  as: word('use "./x.ts" as y', "The name under which a module is known here.")
}

/** Functions of the expression language. */
export const functionDocs: Readonly<Record<string, Explanation>> = Object.fromEntries(
  primitives.map((one) => [one.name, word(one.form, one.doc)])
)

/** What may be asked of agents and of what is learned between them, by what it is asked of. */
export const quantityDocs: Readonly<Record<string, string>> = {
  ...Object.fromEntries(quantities.map((one) => [`${one.of} ${one.name}`, one.doc])),
  "instructor advice": "What it gives, seen by the agent that it advises alone."
}

/** Kinds of the parameters of a definition, and other words that stand where a name could. */
export const placeWords: Readonly<Record<string, string>> = {
  scalar: "One number.",
  tensor: "A value per step; one number fits too.",
  categorical: "A distribution per step.",
  agent: "An agent or an instructor.",
  objective: "The stage is run once for each objective that the study compares.",
  budgets: "Every budget that the objective is under."
}

const described = (all: ReadonlyArray<{ readonly name: string; readonly doc: string }>) =>
  Object.fromEntries(all.map(({ doc, name }) => [name, doc]))

const tests = Modules.claimTests.map(({ doc, interval, name, p }) => ({
  name,
  doc: `${doc} Gives ${interval ? (p ? "an interval and a p" : "an interval") : "a p"}.`
}))

/** Words that mean something at one kind of place alone, by what they are there. */
export const contextWords = {
  view: described(views),
  axis: {
    time: "The steps of the segment.",
    env: "The copies of the environment that are stepped together.",
    latent: "The numbers of a latent.",
    choice: "The choices of a role.",
    token: "The tokens of who speaks, silence last.",
    code: "The latent codes of a protocol.",
    symbol: "The symbols of a protocol.",
    advice: "What an instructor gives, silence first."
  },
  assumption: {
    difference: "How far the truth is taken to lie beyond what is claimed; the power of the claim is computed for it.",
    spread: "The standard deviation over seeds that the power of the claim is computed with."
  },
  test: described(tests),
  reference: Object.fromEntries(Object.entries(Modules.references).map(([name, { doc }]) => [name, doc])),
  statistic: { iqm: "The interquartile mean over seeds: the mean of their middle half (Agarwal et al. 2021)." },
  unit: {
    steps: "Steps of an episode: everybody chooses once in each.",
    episodes: "Whole games, each from a start of its own to success or the horizon.",
    updates: "Rollouts with the gradient steps that are taken on them.",
    environments: "Copies of the environment that are stepped together.",
    nats: "Information in natural logarithms: 1 nat is 1.44 bits.",
    tokens: "Messages that are sent; silence is none.",
    symbols: "Different tokens that may be said.",
    codes: "Latent codes between what an agent has been through and what it says.",
    times: "How often something is repeated.",
    collisions: "Steps into an obstacle or a wall.",
    cells: "Cells of a grid."
  } satisfies Readonly<Record<CountedUnit, string>>
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

/** What a word is at such a place. */
export type WordKind = keyof typeof contextWords

/** What a word means at a place, of units in the singular too; undefined where it is none of the place's words. */
export const meaningAt = (kind: WordKind, name: string): string | undefined => {
  const known: Readonly<Record<string, string>> = contextWords[kind]
  const plural = `${name}s`
  const own = Object.hasOwn(known, name) ? name : kind === "unit" && Object.hasOwn(known, plural) ? plural : undefined
  return own === undefined ? undefined : known[own]
}
