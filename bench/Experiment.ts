/** What is trained: MapTalk with the agents, budgets and objectives of pipelines/maptalk.bica, put together by hand. */
import * as Bica from "../src/runtime/index.ts"

/** How every training is set up; the peer's defaults are the same. */
export const configuration = {
  environments: 128,
  steps: 16,
  epochs: 2,
  minibatches: 2,
  discount: 0.99,
  trace: 0.95,
  valueWeight: 0.5,
  clip: 0.2,
  entropy: 0.01,
  clipNorm: 0.5,
  rate: { from: 0.004, to: 0.0004, over: 300 },
  seed: 13
} as const

export const objectiveNames = ["bidirectional", "one_directional"] as const
export type ObjectiveName = (typeof objectiveNames)[number]

export const map = Bica.MapTalk.make("map", {})

/**
 * The team with GRUs of `hidden` units, and one objective. `bidirectional`: both agents learn, each under a budget.
 * `one_directional`: the human is frozen and the AI learns under its budget.
 */
export const experiment = (name: ObjectiveName, hidden: number) => {
  const ai = Bica.Agent.make("ai", {
    plays: "navigator",
    sees: ["egocentric", "heading", "last_action", "last_collision", "human.message"],
    policy: Bica.Agent.gru(hidden),
    prior: Bica.Agent.uniform
  })
  const human = Bica.Agent.make("human", {
    plays: "guide",
    sees: ["full"],
    says: ["N", "E", "S", "W", "1", "2", "3", "4", "J", "D", "TURN_A", "ALIGN"],
    policy: Bica.Agent.gru(hidden),
    prior: Bica.Agent.rule("compass", 2.2),
    protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
    noise: { flip: 0.05, drift: 0.05 }
  })
  const budget = (agent: Bica.Agent.Agent, atMost: number) =>
    Bica.Budget.make(`${agent.name}_drift`, {
      quantity: Bica.mean(Bica.kl(agent.policy, agent.prior)),
      atMost,
      unit: "nats",
      by: Bica.Budget.dual({ rate: 0.05 })
    })
  const { clip, entropy } = configuration
  const objective =
    name === "bidirectional"
      ? Bica.Objective.make(name, {
          semantics: name,
          loss: Bica.sum(Bica.ppo(ai, { clip, entropy }), Bica.ppo(human, { clip, entropy })),
          within: [budget(ai, 1), budget(human, 2)],
          freezing: []
        })
      : Bica.Objective.make(name, {
          semantics: name,
          loss: Bica.ppo(ai, { clip, entropy }),
          within: [budget(ai, 1)],
          freezing: [human]
        })
  return { agents: [human, ai], objective }
}
