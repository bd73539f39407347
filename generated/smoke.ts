// The whole way in under a minute: a small team on a small map. CI kills, resumes and verifies this one.
//
// Compiled by bica from smoke.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk {
 *   grid       5 by 5
 *   obstacles  0.10 .. 0.20
 *   horizon    40 steps
 * }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 5, height: 5 },
  obstacles: { low: 0.1, high: 0.2 },
  horizon: 40,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 }
})

/**
 * ```bica
 * agent ai plays map.navigator {
 *   sees    egocentric(3 by 3), heading, last_action, last_collision, human.message
 *   policy  gru(16)
 *   prior   uniform
 * }
 * ```
 */
export const ai = Bica.Agent.make("ai", {
  plays: "navigator",
  sees: ["egocentric", "heading", "last_action", "last_collision", "human.message"],
  policy: Bica.Agent.gru(16),
  prior: Bica.Agent.uniform
})

/**
 * ```bica
 * agent human plays map.guide {
 *   sees      full
 *   says      { N, E, S, W, 1, 2, 3, 4, J, D, TURN_A, ALIGN }
 *   policy    gru(16)
 *   prior     compass(2.2)
 *   protocol  table { update 10 % }
 *   noise     { flip 5 %, drift 5 % }
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full"],
  says: ["N", "E", "S", "W", "1", "2", "3", "4", "J", "D", "TURN_A", "ALIGN"],
  policy: Bica.Agent.gru(16),
  prior: Bica.Agent.rule("compass", 2.2),
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0.05, drift: 0.05 }
})

/**
 * ```bica
 * budget ai_drift:    kl(ai.policy || ai.prior)       <= 1.0 nats  by dual(0.05)
 * ```
 */
export const aiDrift = Bica.Budget.make("ai_drift", {
  quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
  atMost: 1,
  unit: "nats",
  by: Bica.Budget.dual({ rate: 0.05, start: 0 })
})

/**
 * ```bica
 * budget human_drift: kl(human.policy || human.prior) <= 2.0 nats  by dual(0.05)
 * ```
 */
export const humanDrift = Bica.Budget.make("human_drift", {
  quantity: Bica.mean(Bica.kl(human.policy, human.prior)),
  atMost: 2,
  unit: "nats",
  by: Bica.Budget.dual({ rate: 0.05, start: 0 })
})

/**
 * ```bica
 * objective bica    = ppo(ai) + ppo(human)  within ai_drift, human_drift
 * ```
 */
export const bica = Bica.Objective.make("bica", {
  semantics: "4a303c96131022c24b3a7e358655bc5cec3acf9a8027decf4c97e9e392467775",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 }))
  ],
  within: [aiDrift, humanDrift],
  freezing: []
})

/**
 * ```bica
 * objective one_way = ppo(ai)               within ai_drift  freezing human
 * ```
 */
export const oneWay = Bica.Objective.make("one_way", {
  semantics: "c2453ff1b90e78db3c0aa9f3d3debe10f73e7a9ac4f8f588d10d1188ec7ec557",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [aiDrift],
  freezing: [human]
})

/**
 * ```bica
 * stage train(objective o) {
 *   repeat 40 times {
 *     rollout 32 environments for 16 steps
 *     update human, ai jointly { epochs 2, minibatches 2, rate 0.004 -> 0.0004 over 40 updates }
 *     ascend budgets
 *   }
 *   checkpoint every 5
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "4cd21d8502a4a97e56205249c02c98d1952f6bc4e96a085fab3656a7ae6c0a89",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], objective })
    yield* training.repeat({ times: 40, checkpointEvery: 5 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 32, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai], {
        jointly: true,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 40),
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
 *   play 256 episodes on map
 *   measure success, steps, collisions, tokens, reward
 * }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "53e7983b26adee7a966918cf14c0ca251404824d692aa1a669c07e50667231df",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 256,
      on: [map],
      agents: [ai, human],
      objective,
      choose: "greedy",
      measure: ["success", "steps", "collisions", "tokens", "reward"]
    })
  })
})

/**
 * ```bica
 * stage oracles {
 *   play 256 episodes on map by map.random, map.planner
 *   measure success, steps
 * }
 * ```
 */
export const oraclesStage = Bica.Stage.make("oracles", {
  semantics: "314f50cc7d6df44ac9bdb1706dd378557a23bc3096d374660df6b2ce530786b8",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("oracles")(function*() {
    yield* Bica.Play.oracles({
      episodes: 256,
      on: [map],
      by: ["random", "planner"],
      agents: [ai, human],
      measure: ["success", "steps"]
    })
  })
})

/**
 * ```bica
 * study main { seeds 13  compare bica, one_way }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [13], compare: [bica, oneWay] })

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("smoke", {
  stages: [trainStage, testStage, oraclesStage],
  objectives: [bica, oneWay],
  studies: [mainStudy],
  claims: []
})
