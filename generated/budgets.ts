// What tightness costs: the AI's policy held within tau nats of the uniform one, from a leash that leaves it no choice to one that
// hardly binds. With a uniform prior KL = ln 4 - entropy, so 1.39 nats is a policy that never hesitates.
//
// Compiled by bica from budgets.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk {
 *   grid       8 by 8
 *   obstacles  0.20 .. 0.30
 *   horizon    80 steps
 *   reward     { step -1, collision -5, goal +50, token -0.05 }
 * }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 8, height: 8 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 80,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 }
})

/**
 * ```bica
 * agent ai plays map.navigator {
 *   sees    egocentric(3 by 3), heading, last_action, last_collision, human.message
 *   policy  gru(64)
 *   prior   uniform
 * }
 * ```
 */
export const ai = Bica.Agent.make("ai", {
  plays: "navigator",
  sees: ["egocentric", "heading", "last_action", "last_collision", "human.message"],
  policy: Bica.Agent.gru(64),
  prior: Bica.Agent.uniform
})

/**
 * ```bica
 * agent human plays map.guide {
 *   sees      full
 *   says      { N, E, S, W, 1, 2, 3, 4, J, D, TURN_A, ALIGN }
 *   policy    gru(64)
 *   prior     compass(2.2)
 *   protocol  table { prior literal(90 %), update 10 % }
 *   noise     { flip 5 %, drift 5 % }
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full"],
  says: ["N", "E", "S", "W", "1", "2", "3", "4", "J", "D", "TURN_A", "ALIGN"],
  policy: Bica.Agent.gru(64),
  prior: Bica.Agent.rule("compass", 2.2),
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0.05, drift: 0.05 }
})

/**
 * ```bica
 * budget ai_drift:    kl(ai.policy || ai.prior)       <= 1.0 nats  by dual(2.0)
 * ```
 */
export const aiDrift = Bica.Budget.make("ai_drift", {
  quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
  atMost: 1,
  unit: "nats",
  by: Bica.Budget.dual({ rate: 2, start: 0 })
})

/**
 * ```bica
 * budget human_drift: kl(human.policy || human.prior) <= 1.2 nats  by dual(0.05)
 * ```
 */
export const humanDrift = Bica.Budget.make("human_drift", {
  quantity: Bica.mean(Bica.kl(human.policy, human.prior)),
  atMost: 1.2,
  unit: "nats",
  by: Bica.Budget.dual({ rate: 0.05, start: 0 })
})

/** Makes `bica` of its digest and of parts that variants declare anew. */
const bicaOf = (semantics: string, { aiDrift }: Varied) => Bica.Objective.make("bica", {
  semantics,
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 }))
  ],
  within: [aiDrift, humanDrift],
  freezing: []
})

/**
 * ```bica
 * objective bica = ppo(ai, entropy 0.005) + ppo(human, entropy 0.005) within ai_drift, human_drift
 * ```
 */
export const bica = bicaOf("6e1e1ca7adf32fc0aeaee286f9705daff70116649ccafd97f5d98b65675265fc", { aiDrift })

/**
 * ```bica
 * stage train(objective o) {
 *   repeat 400 times {
 *     rollout 128 environments for 16 steps
 *     update human, ai jointly { epochs 2, minibatches 2, rate 0.004 -> 0.0004 over 400 updates }
 *     ascend budgets
 *   }
 *   checkpoint every 60
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "837463183363334fed8c9604b37c5e5e6bdd75124c4fa9dacaa0cad3a5cbb850",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], objective })
    yield* training.repeat({ times: 400, checkpointEvery: 60 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 128, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai], {
        jointly: true,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 400),
        clipNorm: 0.5
      })
      yield* training.ascend
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * stage test after train {
 *   play 1000 episodes on map
 *   measure success, steps
 * }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "fda90602460dcedc3690e6eff1e8bb4e77d7970306c8793e9e0603429febff88",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 1000,
      on: [map],
      agents: [ai, human],
      objective,
      choose: "greedy",
      measure: ["success", "steps"]
    })
  })
})

/**
 * ```bica
 * stage sampled after train {
 *   play 1000 episodes on map { choose sampled }
 *   measure success, steps
 * }
 * ```
 */
export const sampledStage = Bica.Stage.make("sampled", {
  semantics: "b2f3ebc2a960725da4b8c1a2b3277e9bd4c47faa36f49311ab5880fc439d34bb",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("sampled")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 1000,
      on: [map],
      agents: [ai, human],
      objective,
      choose: "sampled",
      measure: ["success", "steps"]
    })
  })
})

/** What variants declare anew. */
export interface Varied {
  readonly aiDrift: typeof aiDrift
}

/**
 * ```bica
 * vary ai_drift 0.02
 * ```
 */
export const aiDrift002 = Bica.Study.variant("ai_drift=0.02", () => {
  const aiDrift = Bica.Budget.make("ai_drift", {
    quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
    atMost: 0.02,
    unit: "nats",
    by: Bica.Budget.dual({ rate: 2, start: 0 })
  })
  const bica = bicaOf("e044017db092007bc41337186461bd94275a73bf0ae68cac7550ee3eb158575a", { aiDrift })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage] }
})

/**
 * ```bica
 * vary ai_drift 0.05
 * ```
 */
export const aiDrift005 = Bica.Study.variant("ai_drift=0.05", () => {
  const aiDrift = Bica.Budget.make("ai_drift", {
    quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
    atMost: 0.05,
    unit: "nats",
    by: Bica.Budget.dual({ rate: 2, start: 0 })
  })
  const bica = bicaOf("a26b5a8f85cc9e1c95ebea4d4d170ad1affe0c48caa80f08badb656e5b56a943", { aiDrift })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage] }
})

/**
 * ```bica
 * vary ai_drift 0.1
 * ```
 */
export const aiDrift01 = Bica.Study.variant("ai_drift=0.1", () => {
  const aiDrift = Bica.Budget.make("ai_drift", {
    quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
    atMost: 0.1,
    unit: "nats",
    by: Bica.Budget.dual({ rate: 2, start: 0 })
  })
  const bica = bicaOf("cf7e8130455338e68d23e279462ead8841df34452dd253bfd9a5706d9363c88d", { aiDrift })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage] }
})

/**
 * ```bica
 * vary ai_drift 0.2
 * ```
 */
export const aiDrift02 = Bica.Study.variant("ai_drift=0.2", () => {
  const aiDrift = Bica.Budget.make("ai_drift", {
    quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
    atMost: 0.2,
    unit: "nats",
    by: Bica.Budget.dual({ rate: 2, start: 0 })
  })
  const bica = bicaOf("7b6bdddfecf123c6aac591f1f45fe67c7dba583eff655df7167db0691a2aa00d", { aiDrift })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage] }
})

/**
 * ```bica
 * vary ai_drift 0.5
 * ```
 */
export const aiDrift05 = Bica.Study.variant("ai_drift=0.5", () => {
  const aiDrift = Bica.Budget.make("ai_drift", {
    quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
    atMost: 0.5,
    unit: "nats",
    by: Bica.Budget.dual({ rate: 2, start: 0 })
  })
  const bica = bicaOf("040548d6d7d86fc48d0016ffda9d6a20fc2137e7cac0a7dea36fcacd483a26d1", { aiDrift })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage] }
})

/**
 * ```bica
 * study wide { seeds 42 }
 * ```
 */
export const wideStudy = Bica.Study.make("wide", { seeds: [42], compare: [bica] })

/**
 * ```bica
 * study sweep { from wide.bica  vary ai_drift 0.02, 0.05, 0.1, 0.2, 0.5 }
 * ```
 */
export const sweepStudy = Bica.Study.make("sweep", {
  seeds: [42],
  compare: [bica],
  variants: [aiDrift002, aiDrift005, aiDrift01, aiDrift02, aiDrift05]
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("budgets", {
  stages: [trainStage, testStage, sampledStage],
  objectives: [bica],
  studies: [wideStudy, sweepStudy],
  claims: []
})
