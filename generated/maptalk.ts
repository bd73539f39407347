// MapTalk: does mutual adaptation beat one-way adaptation?  Li & Song 2025, section 4.1
//
// Compiled by bica from maptalk.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk {
 *   grid       8 by 8
 *   obstacles  0.20 .. 0.30
 *   horizon    80 steps
 *   reward     { step -1, collision -5, goal +50, token -0.05 }
 *
 *   shift dense { obstacles 0.35 .. 0.45 }
 *   shift large { grid 12 by 12 }
 *   shift noisy { human.noise { flip 10 %, drift 10 % } }
 * }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 8, height: 8 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 80,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 },
  shifts: {
    dense: { obstacles: { low: 0.35, high: 0.45 } },
    large: { grid: { width: 12, height: 12 } },
    noisy: { noise: { human: { flip: 0.1, drift: 0.1 } } }
  }
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
 * budget human_drift: kl(human.policy || human.prior) <= 1.2 nats  by dual(0.05)
 * ```
 */
export const humanDrift = Bica.Budget.make("human_drift", {
  quantity: Bica.mean(Bica.kl(human.policy, human.prior)),
  atMost: 1.2,
  unit: "nats",
  by: Bica.Budget.dual({ rate: 0.05, start: 0 })
})

/**
 * ```bica
 * objective bica    = ppo(ai, entropy 0.005) + ppo(human, entropy 0.005)  within ai_drift, human_drift
 * ```
 */
export const bica = Bica.Objective.make("bica", {
  semantics: "d6288174a5dae3cc602cb90cb13ef00a052ca948e43d9bbca198c35d4501018b",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 }))
  ],
  within: [aiDrift, humanDrift],
  freezing: []
})

/**
 * ```bica
 * objective one_way = ppo(ai)                                             within ai_drift  freezing human
 * ```
 */
export const oneWay = Bica.Objective.make("one_way", {
  semantics: "c9283469c3b75154df30f6e4702866f3f9b47b482de2053ea388e52208348528",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [aiDrift],
  freezing: [human]
})

/**
 * ```bica
 * stage train(objective o) {
 *   repeat 500 times {
 *     rollout 128 environments for 16 steps
 *     update human, ai jointly { epochs 2, minibatches 2, rate 0.004 -> 0.0004 over 500 updates }
 *     ascend budgets
 *   }
 *   checkpoint every 20
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "ebe648c25b9bfb759e68ad6b35cf646a749b99009a73f3a87bdce3bca3ff9dee",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], objective })
    yield* training.repeat({ times: 500, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 128, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai], {
        jointly: true,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 500),
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
 *   play 2048 episodes on map, dense, large, noisy
 *   measure success, steps, collisions, tokens, reward
 * }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "dc2d06be0b0a0f4aff91e22b4c45c0e7aeb8ff03760c863175f08503002b6b16",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 2048,
      on: [map, map.shifts.dense, map.shifts.large, map.shifts.noisy],
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
 *   play 2048 episodes on map, dense, large by map.random, map.wanderer, map.planner, map.direction_protocol
 *   measure success, steps, collisions, tokens, reward
 * }
 * ```
 */
export const oraclesStage = Bica.Stage.make("oracles", {
  semantics: "3107c648985679d5cf1ac1c6ad3cc97745424bd57c2d3942e20fb9283ac81ccb",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("oracles")(function*() {
    yield* Bica.Play.oracles({
      episodes: 2048,
      on: [map, map.shifts.dense, map.shifts.large],
      by: ["random", "wanderer", "planner", "direction_protocol"],
      agents: [ai, human],
      measure: ["success", "steps", "collisions", "tokens", "reward"]
    })
  })
})

/**
 * ```bica
 * study main { seeds 13, 42, 2025  compare bica, one_way }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [13, 42, 2025], compare: [bica, oneWay] })

/**
 * ```bica
 * claim mutual_beats_one_way: success(bica) - success(one_way) > 0      with 95 % confidence
 * ```
 */
export const mutualBeatsOneWay = Bica.Claim.make("mutual_beats_one_way", {
  left: Bica.Claim.minus(Bica.Claim.measured("success", bica), Bica.Claim.measured("success", oneWay)),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim near_optimal:         steps(bica) <= 1.10 * steps(map.planner)  with 95 % confidence
 * ```
 */
export const nearOptimal = Bica.Claim.make("near_optimal", {
  left: Bica.Claim.measured("steps", bica),
  relation: "<=",
  right: Bica.Claim.times(Bica.Claim.number(1.1), Bica.Claim.measured("steps", Bica.Claim.oracle("planner"))),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim reliable:             success(bica) >= 97 %                     with 95 % confidence
 * ```
 */
export const reliable = Bica.Claim.make("reliable", {
  left: Bica.Claim.measured("success", bica),
  relation: ">=",
  right: Bica.Claim.number(0.97),
  test: Bica.Claim.confidence(0.95)
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("maptalk", {
  stages: [trainStage, testStage, oraclesStage],
  objectives: [bica, oneWay],
  studies: [mainStudy],
  claims: [mutualBeatsOneWay, nearOptimal, reliable]
})
