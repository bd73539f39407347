// The whole of BiCA on MapTalk: messages both ways, a learned protocol, a mapper between the latents, an instructor.
// Li & Song 2025, sections 3 and 4.1
//
// Compiled by bica from bica.bica
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
 *   shift both { obstacles 0.35 .. 0.45, grid 12 by 12 }
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
    both: { grid: { width: 12, height: 12 }, obstacles: { low: 0.35, high: 0.45 } },
    noisy: { noise: { human: { flip: 0.1, drift: 0.1 } } }
  }
})

/**
 * ```bica
 * agent ai plays map.navigator {
 *   sees    egocentric(3 by 3), heading, last_action, last_collision, human.message
 *   says    8 codes
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
 *   sees      full, ai.message, coach.advice
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
  sees: ["full", "ai.message", "coach.advice"],
  says: ["N", "E", "S", "W", "1", "2", "3", "4", "J", "D", "TURN_A", "ALIGN"],
  policy: Bica.Agent.gru(64),
  prior: Bica.Agent.rule("compass", 2.2),
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0.05, drift: 0.05 }
})

/**
 * ```bica
 * protocol codes for ai {
 *   gumbel_softmax(16)
 *   temperature 1.0 -> 0.3 by 0.995 per update
 * }
 * ```
 */
export const codes = Bica.Protocol.make("codes", {
  agent: "ai",
  codes: 16,
  symbols: 8,
  temperature: Bica.Schedule.geometric(1, 0.3, 0.995)
})

/**
 * ```bica
 * mapper bridge from human to ai { mlp(64) }
 * ```
 */
export const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 64 })

/**
 * ```bica
 * instructor coach for human {
 *   sees    full
 *   gives   { none, hint }
 *   policy  linear
 * }
 * ```
 */
export const coach = Bica.Instructor.make("coach", { agent: "human", hidden: 0 })

/**
 * ```bica
 * term ib     = mean(kl(codes.message given codes.code || codes.message))
 * ```
 */
export const ib = Bica.mean(Bica.kl(codes.messageGivenCode, codes.message))

/**
 * ```bica
 * term rep    = w2(bridge(human.latent), stop_gradient(ai.latent))^2 / 64 + (1 - cca(human.latent, ai.latent))
 * ```
 */
export const rep = Bica.add(
  Bica.divide(Bica.square(Bica.w2(bridge.map(human.latent), Bica.stopGradient(ai.latent))), Bica.number(64)),
  Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
)

/**
 * ```bica
 * term teach  = mean(coach.intervenes)
 * ```
 */
export const teach = Bica.mean(coach.intervenes)

/**
 * ```bica
 * term spoken = mean(codes.speaks)
 * ```
 */
export const spoken = Bica.mean(codes.speaks)

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
 * objective bica = ppo(ai) + ppo(human) + ppo(coach, entropy 0) + 0.01 * ib + 0.05 * rep + 0.01 * teach + 0.005 * spoken
 *     within ai_drift, human_drift
 * ```
 */
export const bica = Bica.Objective.make("bica", {
  semantics: "09d1302d883e397e5b060e5c454b7e006e76f5f3cfbb17f731ba69d667610850",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0 })),
    Bica.Objective.summand("ib", 0.01, ib),
    Bica.Objective.summand("rep", 0.05, rep),
    Bica.Objective.summand("teach", 0.01, teach),
    Bica.Objective.summand("spoken", 0.005, spoken)
  ],
  within: [aiDrift, humanDrift],
  freezing: []
})

/**
 * ```bica
 * objective one_way  = ppo(ai)  within ai_drift  freezing human, codes, bridge, coach
 * ```
 */
export const oneWay = Bica.Objective.make("one_way", {
  semantics: "723710b5411741fb1b01ffd4ff49a78c98c2271f6aa1acf61a673179945e1941",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [aiDrift],
  freezing: [human, codes, bridge, coach]
})

/**
 * ```bica
 * objective ai_alone = ppo(ai)  within ai_drift  freezing human, codes, bridge, coach  silencing human
 * ```
 */
export const aiAlone = Bica.Objective.make("ai_alone", {
  semantics: "f9de70166a76609c85004f40a520ba3754cf5027e0e2648103746c52301b2852",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [aiDrift],
  freezing: [human, codes, bridge, coach],
  silencing: [human]
})

/**
 * ```bica
 * stage train(objective o) {
 *   repeat 300 times {
 *     rollout 128 environments for 16 steps
 *     update human, ai, codes, bridge, coach jointly { epochs 2, minibatches 2, rate 0.004 -> 0.0004 over 300 updates }
 *     ascend budgets
 *   }
 *   checkpoint every 20
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "cbfae42a4779294579008bee9f020274aa48b48a29ae4ca7b16e17d4a45fbef6",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({
      environment: map,
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      objective
    })
    yield* training.repeat({ times: 300, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 128, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai, codes, bridge, coach], {
        jointly: true,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 300),
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
 *   measure success, steps, collisions, tokens, reward, bas, ccm, entropy_of_messages, message_intent_information,
 *       message_state_information, code_state_information, topographic_similarity {
 *     baseline  one_way
 *     alone     ai_alone
 *     suite     dense, large, both
 *   }
 * }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "9daa88832d138f114fa08099842b59db2d635942496e8e3d0db417acf1cfcce9",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  derive: { metrics: ["bas", "ccm", "ce", "synergy"], baseline: oneWay, alone: aiAlone },
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 2048,
      on: [map, map.shifts.dense, map.shifts.large, map.shifts.noisy],
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      objective,
      choose: "greedy",
      measure: [
        "success",
        "steps",
        "collisions",
        "tokens",
        "reward",
        "bas",
        "ccm",
        "entropy_of_messages",
        "message_intent_information",
        "message_state_information",
        "code_state_information",
        "topographic_similarity",
        "mp",
        "bs",
        "rc",
        "ss",
        "ce",
        "diversity",
        "synergy",
        "mp_u",
        "bs_change",
        "agreement",
        "human_alone"
      ],
      suite: [map.shifts.dense, map.shifts.large, map.shifts.both]
    })
  })
})

/**
 * ```bica
 * stage oracles {
 *   play 8192 episodes on map, dense, large by map.random, map.wanderer, map.planner, map.direction_protocol
 *   measure success, steps, collisions, tokens, reward, ss, agreement, message_state_information {
 *     suite dense, large, both
 *   }
 * }
 * ```
 */
export const oraclesStage = Bica.Stage.make("oracles", {
  semantics: "61a3786940ba5d4b344d1dbb1dce1bd678425e09fee89dec42ba0f4c9b07be4e",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("oracles")(function*() {
    yield* Bica.Play.oracles({
      episodes: 8192,
      on: [map, map.shifts.dense, map.shifts.large],
      by: ["random", "wanderer", "planner", "direction_protocol"],
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      measure: ["success", "steps", "collisions", "tokens", "reward", "ss", "agreement", "message_state_information"],
      suite: [map.shifts.dense, map.shifts.large, map.shifts.both]
    })
  })
})

/**
 * ```bica
 * study main { seeds 13, 42, 2025  compare bica, one_way, ai_alone }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [13, 42, 2025], compare: [bica, oneWay, aiAlone] })

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
export const pipeline = Bica.Pipeline.make("bica", {
  stages: [trainStage, testStage, oraclesStage],
  objectives: [bica, oneWay, aiAlone],
  studies: [mainStudy],
  claims: [mutualBeatsOneWay, nearOptimal, reliable]
})
