// Every metric, and what each is measured against.
//
// Compiled by bica from measures.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk {
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
 *   sees    egocentric, heading, human.message
 *   policy  gru(16)
 * }
 * ```
 */
export const ai = Bica.Agent.make("ai", {
  plays: "navigator",
  sees: ["egocentric", "heading", "human.message"],
  policy: Bica.Agent.gru(16),
  prior: Bica.Agent.uniform
})

/**
 * ```bica
 * agent human plays map.guide {
 *   sees    full
 *   says    { N, E, S, W, 1, 2, 3, 4 }
 *   policy  gru(16)
 *   prior   compass(2.2)
 *   noise   { flip 5 %, drift 5 % }
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full"],
  says: ["N", "E", "S", "W", "1", "2", "3", "4"],
  policy: Bica.Agent.gru(16),
  prior: Bica.Agent.rule("compass", 2.2),
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0.05, drift: 0.05 }
})

/**
 * ```bica
 * objective both     = ppo(ai) + ppo(human)
 * ```
 */
export const both = Bica.Objective.make("both", {
  semantics: "063ff4d737dc742697858e791594c34c29a11f3fc2a3e6b6b71a3761b686a71f",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 }))
  ],
  within: [],
  freezing: []
})

/**
 * ```bica
 * objective one_way  = ppo(ai)  freezing human
 * ```
 */
export const oneWay = Bica.Objective.make("one_way", {
  semantics: "4ab2d15c1f3ae32b415bd8788316707e22c8a7be04205a4bf541269dfada302e",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [],
  freezing: [human]
})

/**
 * ```bica
 * objective ai_alone = ppo(ai)  freezing human  silencing human
 * ```
 */
export const aiAlone = Bica.Objective.make("ai_alone", {
  semantics: "bbb45574d81d25986d8fe9cdfcac3ad70d19f0972437271bff5c695cd5a97948",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [],
  freezing: [human],
  silencing: [human]
})

/**
 * ```bica
 * stage train(objective o) {
 *   repeat 40 times {
 *     rollout 64 environments for 16 steps
 *     update human, ai jointly
 *   }
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "79c4c0881ea6fbbf3ed3676ffc224b3353c3de6fe1b35647177cc406e4567f28",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], objective })
    yield* training.repeat({ times: 40, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 64, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai], {
        jointly: true,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 40),
        clipNorm: 0.5
      })
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * stage test after train {
 *   play 1024 episodes on map, dense, noisy
 *   measure success, steps_when_successful, bas, ccm, entropy_of_messages, message_intent_information,
 *       topographic_similarity, ece, brier, entrainment {
 *     baseline  one_way
 *     alone     ai_alone
 *     suite     dense, large
 *   }
 * }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "b9916a8f797903f6bb9559e7fe4697ddc6e3e6119b996de3a1c6acf9dc73d330",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  derive: { metrics: ["bas", "ccm", "ce", "synergy"], baseline: oneWay, alone: aiAlone },
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 1024,
      on: [map, map.shifts.dense, map.shifts.noisy],
      agents: [ai, human],
      objective,
      choose: "greedy",
      measure: [
        "success",
        "steps_when_successful",
        "bas",
        "ccm",
        "entropy_of_messages",
        "message_intent_information",
        "topographic_similarity",
        "ece",
        "brier",
        "entrainment",
        "mp",
        "bs",
        "rc",
        "ss",
        "ce",
        "diversity",
        "synergy",
        "reliability",
        "resolution",
        "uncertainty",
        "within_bin_variance",
        "within_bin_covariance",
        "first_round_tokens",
        "last_round_tokens",
        "convention_stability",
        "partner_specificity",
        "first_round_success",
        "last_round_success",
        "block_information",
        "mp_u",
        "bs_change",
        "steps",
        "tokens",
        "agreement",
        "human_alone"
      ],
      suite: [map.shifts.dense, map.shifts.large]
    })
  })
})

/**
 * ```bica
 * stage oracles {
 *   play 1024 episodes on map, dense by map.planner, map.direction_protocol
 *   measure success, ss, agreement, ece
 * }
 * ```
 */
export const oraclesStage = Bica.Stage.make("oracles", {
  semantics: "f042891977616ccaece0c273a5a8c433206b95e92300d76d76c57b3d0a934811",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("oracles")(function*() {
    yield* Bica.Play.oracles({
      episodes: 1024,
      on: [map, map.shifts.dense],
      by: ["planner", "direction_protocol"],
      agents: [ai, human],
      measure: ["success", "ss", "agreement", "ece"],
      suite: [map.shifts.dense]
    })
  })
})

/**
 * ```bica
 * study main { seeds 13, 42, 2025 }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [13, 42, 2025], compare: [both, oneWay, aiAlone] })

/**
 * ```bica
 * claim shorter: entrainment(both) > 0 tokens                  with 95 % confidence
 * ```
 */
export const shorter = Bica.Claim.make("shorter", {
  left: Bica.Claim.measured("entrainment", both),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim aligned: bas(both) - bas(one_way) > 0                  with 95 % confidence
 * ```
 */
export const aligned = Bica.Claim.make("aligned", {
  left: Bica.Claim.minus(Bica.Claim.measured("bas", both), Bica.Claim.measured("bas", oneWay)),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim spoken:  message_intent_information(both) >= 0.1 nats  with 95 % confidence
 * ```
 */
export const spoken = Bica.Claim.make("spoken", {
  left: Bica.Claim.measured("message_intent_information", both),
  relation: ">=",
  right: Bica.Claim.number(0.1),
  test: Bica.Claim.confidence(0.95)
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("measures", {
  stages: [trainStage, testStage, oraclesStage],
  objectives: [both, oneWay, aiAlone],
  studies: [mainStudy],
  claims: [shorter, aligned, spoken]
})
