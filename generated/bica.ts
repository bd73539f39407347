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
 *   shift noisy { human.noise { flip 10 %, drift 10 % } }
 *   shift both { grid 12 by 12, obstacles 0.35 .. 0.45 }
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
    noisy: { noise: { human: { flip: 0.1, drift: 0.1 } } },
    both: { grid: { width: 12, height: 12 }, obstacles: { low: 0.35, high: 0.45 } }
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
 *   temperature 1.0 -> 0.3 by 0.9975 per update
 * }
 * ```
 */
export const codes = Bica.Protocol.make("codes", {
  agent: "ai",
  codes: 16,
  symbols: 8,
  temperature: Bica.Schedule.geometric(1, 0.3, 0.9975)
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
const bicaOf = (
  semantics: string,
  { ai, human, ib, rep, spoken, aiDrift, humanDrift }: Pick<
    Varied,
    "ai" | "human" | "ib" | "rep" | "spoken" | "aiDrift" | "humanDrift"
  >
) => Bica.Objective.make("bica", {
  semantics,
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 })),
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
 * objective bica = ppo(ai, entropy 0.005) + ppo(human, entropy 0.005) + ppo(coach, entropy 0) + 0.01 * ib + 0.05 * rep
 *     + 0.01 * teach + 0.005 * spoken within ai_drift, human_drift
 * ```
 */
export const bica = bicaOf("90690811701992c5468af09477ef80b451d2619d3f160eae00c787b3617176bc", {
  ai,
  human,
  ib,
  rep,
  spoken,
  aiDrift,
  humanDrift
})

/** Makes `oneWay` of its digest and of parts that variants declare anew. */
const oneWayOf = (semantics: string, { human, bridge }: Pick<Varied, "human" | "bridge">) => Bica.Objective.make(
  "one_way",
  {
    semantics,
    loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
    within: [aiDrift],
    freezing: [human, codes, bridge, coach]
  }
)

/**
 * ```bica
 * objective one_way  = ppo(ai, entropy 0.01) within ai_drift freezing human, codes, bridge, coach
 * ```
 */
export const oneWay = oneWayOf("270cbbb8acb9211d2fc64967139e23e8511362961f4ab17ffc9cf53562ab5ea6", { human, bridge })

/**
 * ```bica
 * objective ai_alone = ppo(ai, entropy 0.01) within ai_drift freezing human, codes, bridge, coach silencing human, codes
 * ```
 */
export const aiAlone = Bica.Objective.make("ai_alone", {
  semantics: "ac82150d32084504b52df5293a6e3f28752cc0d3ce41228896599afbf743d7b4",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [aiDrift],
  freezing: [human, codes, bridge, coach],
  silencing: [human, codes]
})

/** Makes `trainStage` of its digest and of parts that variants declare anew. */
const trainOf = (
  semantics: string,
  { ai, human, codes, bridge }: Pick<Varied, "ai" | "human" | "codes" | "bridge">
) => Bica.Stage.make("train", {
  semantics,
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
    yield* training.repeat({ times: 600, checkpointEvery: 60 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 128, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai, codes, bridge, coach], {
        jointly: true,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 600),
        clipNorm: 0.5
      })
      yield* training.ascend
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * stage train(objective o) {
 *   repeat 600 times {
 *     rollout 128 environments for 16 steps
 *     update human, ai, codes, bridge, coach jointly { epochs 2, minibatches 2, rate 0.004 -> 0.0004 over 600 updates }
 *     ascend budgets
 *   }
 *   checkpoint every 60
 * }
 * ```
 */
export const trainStage = trainOf("92f9c4e622fed5eac4fb7029f46a5ab62f860afa9c5276d92c3f40c256a257a7", {
  ai,
  human,
  codes,
  bridge
})

/** Makes `testStage` of its digest and of parts that variants declare anew. */
const testOf = (
  semantics: string,
  { ai, human, codes, bridge, oneWay, trainStage }: Pick<
    Varied,
    "ai" | "human" | "codes" | "bridge" | "oneWay" | "trainStage"
  >
) => Bica.Stage.make("test", {
  semantics,
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  derive: { metrics: ["bas", "ccm", "ce", "synergy"], baseline: oneWay, alone: aiAlone },
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 2000,
      on: [map, map.shifts.dense, map.shifts.large, map.shifts.noisy],
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      objective,
      choose: "greedy",
      measure: [
        "success",
        "steps",
        "steps_when_successful",
        "excess",
        "collisions",
        "tokens",
        "reward",
        "bas",
        "mp_u",
        "bs_change",
        "ccm",
        "human_alone",
        "mutual_adaptation",
        "human_gain",
        "ai_gain",
        "protocol_convergence",
        "representation_alignment",
        "teaching_effectiveness",
        "knowledge_transfer",
        "entropy_of_messages",
        "message_intent_information",
        "message_state_information",
        "entropy_of_codes",
        "code_state_information",
        "topographic_similarity",
        "mp",
        "bs",
        "rc",
        "ss",
        "ce",
        "diversity",
        "synergy",
        "human_adaptation",
        "ai_adaptation",
        "protocol_use",
        "protocol_stability",
        "agreement"
      ],
      suite: [map.shifts.dense, map.shifts.large, map.shifts.both]
    })
  })
})

/**
 * ```bica
 * stage test after train {
 *   play 2000 episodes on map, dense, large, noisy
 *   measure success, steps, steps_when_successful, excess, collisions, tokens, reward, bas, mp_u, bs_change, ccm,
 *       human_alone, mutual_adaptation, human_gain, ai_gain, protocol_convergence, representation_alignment,
 *       teaching_effectiveness, knowledge_transfer, entropy_of_messages, message_intent_information,
 *       message_state_information, entropy_of_codes, code_state_information, topographic_similarity {
 *     baseline  one_way
 *     alone     ai_alone
 *     suite     dense, large, both
 *   }
 * }
 * ```
 */
export const testStage = testOf("90b7afb8cd440c12ad20b47b3e30b788b912070ac03aa55533ed8dc38101e7e2", {
  ai,
  human,
  codes,
  bridge,
  oneWay,
  trainStage
})

/** Makes `sampledStage` of its digest and of parts that variants declare anew. */
const sampledOf = (
  semantics: string,
  { ai, human, codes, bridge, trainStage }: Pick<Varied, "ai" | "human" | "codes" | "bridge" | "trainStage">
) => Bica.Stage.make("sampled", {
  semantics,
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("sampled")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 2000,
      on: [map, map.shifts.dense, map.shifts.large, map.shifts.noisy],
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      objective,
      choose: "sampled",
      measure: ["success", "steps", "collisions", "tokens", "reward"]
    })
  })
})

/**
 * ```bica
 * stage sampled after train {
 *   play 2000 episodes on map, dense, large, noisy { choose sampled }
 *   measure success, steps, collisions, tokens, reward
 * }
 * ```
 */
export const sampledStage = sampledOf("e51552f5dcede5b1a004644ef2d4649b189a42380537afc783f8cce3df46dbd5", {
  ai,
  human,
  codes,
  bridge,
  trainStage
})

/**
 * ```bica
 * stage oracles {
 *   play 2000 episodes on map, dense, large, noisy
 *       by map.random, map.wanderer, map.planner, map.random_talker, map.direction_protocol
 *   measure success, steps, excess, collisions, tokens, reward, bas, mp_u, ccm, human_alone, mutual_adaptation,
 *       protocol_convergence, representation_alignment, knowledge_transfer, entropy_of_messages,
 *       message_intent_information, message_state_information, topographic_similarity {
 *     baseline  one_way
 *     alone     ai_alone
 *     suite     dense, large, both
 *   }
 * }
 * ```
 */
export const oraclesStage = Bica.Stage.make("oracles", {
  semantics: "77f42b6af3e60e13248ba8e5f3450dfac778daf32f99bed15b5c667e1540be0d",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  derive: { metrics: ["bas", "ccm", "ce", "synergy"], baseline: oneWay, alone: aiAlone },
  program: Effect.fn("oracles")(function*() {
    yield* Bica.Play.oracles({
      episodes: 2000,
      on: [map, map.shifts.dense, map.shifts.large, map.shifts.noisy],
      by: ["random", "wanderer", "planner", "random_talker", "direction_protocol"],
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      measure: [
        "success",
        "steps",
        "excess",
        "collisions",
        "tokens",
        "reward",
        "bas",
        "mp_u",
        "ccm",
        "human_alone",
        "mutual_adaptation",
        "protocol_convergence",
        "representation_alignment",
        "knowledge_transfer",
        "entropy_of_messages",
        "message_intent_information",
        "message_state_information",
        "topographic_similarity",
        "mp",
        "bs",
        "rc",
        "ss",
        "ce",
        "diversity",
        "synergy",
        "human_adaptation",
        "ai_adaptation",
        "human_gain",
        "ai_gain",
        "protocol_use",
        "protocol_stability",
        "bs_change",
        "agreement"
      ],
      suite: [map.shifts.dense, map.shifts.large, map.shifts.both]
    })
  })
})

/** What variants declare anew. */
export interface Varied {
  readonly ai: typeof ai
  readonly human: typeof human
  readonly codes: typeof codes
  readonly bridge: typeof bridge
  readonly ib: typeof ib
  readonly rep: typeof rep
  readonly spoken: typeof spoken
  readonly aiDrift: typeof aiDrift
  readonly humanDrift: typeof humanDrift
  readonly oneWay: typeof oneWay
  readonly trainStage: typeof trainStage
}

/**
 * ```bica
 * vary codes.size 8
 * ```
 */
export const codesSize8 = Bica.Study.variant("codes.size=8", () => {
  const codes = Bica.Protocol.make("codes", {
    agent: "ai",
    codes: 8,
    symbols: 8,
    temperature: Bica.Schedule.geometric(1, 0.3, 0.9975)
  })
  const ib = Bica.mean(Bica.kl(codes.messageGivenCode, codes.message))
  const spoken = Bica.mean(codes.speaks)
  const bica = bicaOf("9d92b61d710851718b9fd5b992817624205db46c187b292045b541e58e71e8de", {
    ai,
    human,
    ib,
    rep,
    spoken,
    aiDrift,
    humanDrift
  })
  const trainStage = trainOf("bdf67aa3dc7da843a40f536f20d7092b5b8f5fcc232c894f756a975823bd9d85", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("9aa940676061afbacdd42c77f9e43b5193540b9f8691a11fe08f3f4805d7b420", {
    ai,
    human,
    codes,
    bridge,
    oneWay,
    trainStage
  })
  const sampledStage = sampledOf("e7cc6028550a9b8a014bb5ac932a130d9e3b5cbbc52ccf7ec842de02470f3b7c", {
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * vary codes.size 32
 * ```
 */
export const codesSize32 = Bica.Study.variant("codes.size=32", () => {
  const codes = Bica.Protocol.make("codes", {
    agent: "ai",
    codes: 32,
    symbols: 8,
    temperature: Bica.Schedule.geometric(1, 0.3, 0.9975)
  })
  const ib = Bica.mean(Bica.kl(codes.messageGivenCode, codes.message))
  const spoken = Bica.mean(codes.speaks)
  const bica = bicaOf("e1a87880cb5f392e6a8959d97d497e5ca0622d034a223ad0a46d33f32df93f70", {
    ai,
    human,
    ib,
    rep,
    spoken,
    aiDrift,
    humanDrift
  })
  const trainStage = trainOf("6b0bf7fab23e126eb9f2be9a80f66b892cb4be6a8b1751bf73c75685891c5e7c", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("6901ebbf45f6694a8c7f066062721cdaf0aef90f94be8a4ada29f9a445afb686", {
    ai,
    human,
    codes,
    bridge,
    oneWay,
    trainStage
  })
  const sampledStage = sampledOf("7eb3f155d601ba64c8f81bc862473630132d638ac4beb62deb15445b2fc9ed95", {
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * vary codes.temperature.start 0.5
 * ```
 */
export const codesTemperatureStart05 = Bica.Study.variant("codes.temperature.start=0.5", () => {
  const codes = Bica.Protocol.make("codes", {
    agent: "ai",
    codes: 16,
    symbols: 8,
    temperature: Bica.Schedule.geometric(0.5, 0.3, 0.9975)
  })
  const ib = Bica.mean(Bica.kl(codes.messageGivenCode, codes.message))
  const spoken = Bica.mean(codes.speaks)
  const bica = bicaOf("e0a98ef4a15d9176af5c0ff49b020cf7584039953b4cde59f11a30f3725bb5a6", {
    ai,
    human,
    ib,
    rep,
    spoken,
    aiDrift,
    humanDrift
  })
  const trainStage = trainOf("1b173a99c011a722fd334bff10e01be83c078c2ca33a75abb37c763f39814338", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("f0d129ef24e8471b45b32b6a8c5ecdd006f87034d8d67416341ff76cb45f658f", {
    ai,
    human,
    codes,
    bridge,
    oneWay,
    trainStage
  })
  const sampledStage = sampledOf("175b7da3d9d0adc64dff713329d4a70f3090aa11acdac144277a2d70c2cdcd21", {
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * vary codes.temperature.start 2.0
 * ```
 */
export const codesTemperatureStart2 = Bica.Study.variant("codes.temperature.start=2", () => {
  const codes = Bica.Protocol.make("codes", {
    agent: "ai",
    codes: 16,
    symbols: 8,
    temperature: Bica.Schedule.geometric(2, 0.3, 0.9975)
  })
  const ib = Bica.mean(Bica.kl(codes.messageGivenCode, codes.message))
  const spoken = Bica.mean(codes.speaks)
  const bica = bicaOf("1c12b101549846c7bb7983aa31d36cf6b2b1333e060c6ff904d8f4cb36b6a638", {
    ai,
    human,
    ib,
    rep,
    spoken,
    aiDrift,
    humanDrift
  })
  const trainStage = trainOf("7be79b7922c8c9a9108e15c104b825fa265dee02c36955eb14e3807b5e31ad9c", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("d81ab37d6273cdf0c1c7adb47fd25b8a2570b8098e3d05189eea4fb3351e1cfe", {
    ai,
    human,
    codes,
    bridge,
    oneWay,
    trainStage
  })
  const sampledStage = sampledOf("745b7a82cc05054e7f6f91657fa9f23fc00c52de6473dec5f49264f0b05b1b84", {
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * vary ai.policy gru(32)
 * ```
 */
export const aiPolicyGru32 = Bica.Study.variant("ai.policy=gru-32", () => {
  const ai = Bica.Agent.make("ai", {
    plays: "navigator",
    sees: ["egocentric", "heading", "last_action", "last_collision", "human.message"],
    policy: Bica.Agent.gru(32),
    prior: Bica.Agent.uniform
  })
  const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 64 })
  const rep = Bica.add(
    Bica.divide(Bica.square(Bica.w2(bridge.map(human.latent), Bica.stopGradient(ai.latent))), Bica.number(64)),
    Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
  )
  const aiDrift = Bica.Budget.make("ai_drift", {
    quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
    atMost: 1,
    unit: "nats",
    by: Bica.Budget.dual({ rate: 0.05, start: 0 })
  })
  const bica = bicaOf("909797d99df02d770ac130eb8f704635cdc707de4b2c6f0d31510e01bfdb3b8b", {
    ai,
    human,
    ib,
    rep,
    spoken,
    aiDrift,
    humanDrift
  })
  const trainStage = trainOf("e70a873ca67a509f017a25d1d9b208e1e1e455b6fa829598fb4be58f94250d11", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("4898a028300b5e1422d8f29de52a96693b3b2924b573cc5d807492a2fdc016a2", {
    ai,
    human,
    codes,
    bridge,
    oneWay,
    trainStage
  })
  const sampledStage = sampledOf("35efd92f224b6873d9b7c4f0f45445051aca4b5a0abeb1c8917a0974d363aa28", {
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * vary human.protocol.update 0 %
 * ```
 */
export const humanProtocolUpdate0Percent = Bica.Study.variant("human.protocol.update=0-percent", () => {
  const human = Bica.Agent.make("human", {
    plays: "guide",
    sees: ["full", "ai.message", "coach.advice"],
    says: ["N", "E", "S", "W", "1", "2", "3", "4", "J", "D", "TURN_A", "ALIGN"],
    policy: Bica.Agent.gru(64),
    prior: Bica.Agent.rule("compass", 2.2),
    protocol: Bica.Agent.table({ literal: 0.9, update: 0 }),
    noise: { flip: 0.05, drift: 0.05 }
  })
  const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 64 })
  const rep = Bica.add(
    Bica.divide(Bica.square(Bica.w2(bridge.map(human.latent), Bica.stopGradient(ai.latent))), Bica.number(64)),
    Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
  )
  const humanDrift = Bica.Budget.make("human_drift", {
    quantity: Bica.mean(Bica.kl(human.policy, human.prior)),
    atMost: 1.2,
    unit: "nats",
    by: Bica.Budget.dual({ rate: 0.05, start: 0 })
  })
  const bica = bicaOf("199d5fd4f8753c9a2ac37030b3920af1218183d48c5056d75b0cd86345dc3881", {
    ai,
    human,
    ib,
    rep,
    spoken,
    aiDrift,
    humanDrift
  })
  const trainStage = trainOf("8379cc0fd4a2629b97c987be4cddbfa1723db1417d1ee4fd0222612ae6841d8a", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("236d0ffbac8285b22207c7dfbb09e1609f63a100d5a45dc30411a2e04f0bd32a", {
    ai,
    human,
    codes,
    bridge,
    oneWay,
    trainStage
  })
  const sampledStage = sampledOf("eb938674afe53e67a4c1fe3a1e01f6f7812f12c2d14d7a66cbcbdb5bcd8543d3", {
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * vary human.protocol.update 50 %
 * ```
 */
export const humanProtocolUpdate50Percent = Bica.Study.variant("human.protocol.update=50-percent", () => {
  const human = Bica.Agent.make("human", {
    plays: "guide",
    sees: ["full", "ai.message", "coach.advice"],
    says: ["N", "E", "S", "W", "1", "2", "3", "4", "J", "D", "TURN_A", "ALIGN"],
    policy: Bica.Agent.gru(64),
    prior: Bica.Agent.rule("compass", 2.2),
    protocol: Bica.Agent.table({ literal: 0.9, update: 0.5 }),
    noise: { flip: 0.05, drift: 0.05 }
  })
  const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 64 })
  const rep = Bica.add(
    Bica.divide(Bica.square(Bica.w2(bridge.map(human.latent), Bica.stopGradient(ai.latent))), Bica.number(64)),
    Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
  )
  const humanDrift = Bica.Budget.make("human_drift", {
    quantity: Bica.mean(Bica.kl(human.policy, human.prior)),
    atMost: 1.2,
    unit: "nats",
    by: Bica.Budget.dual({ rate: 0.05, start: 0 })
  })
  const bica = bicaOf("39f700a232278034da99bb8e81a302a060a4edc2312c8ecfb46f17fa2e1e7913", {
    ai,
    human,
    ib,
    rep,
    spoken,
    aiDrift,
    humanDrift
  })
  const trainStage = trainOf("5c62e10a0d66628754d528f55317cefac0e989a04777d8afb910bb50ba611108", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("3ca464291477699628cc5a89aea87abcea8fa2032379583c79ea4dafba9166b7", {
    ai,
    human,
    codes,
    bridge,
    oneWay,
    trainStage
  })
  const sampledStage = sampledOf("e37c8a29d94c6b1f7c9ce0b06bfdbd98ce766539072f260b07cba7c7fbc7a56c", {
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * vary human.prior planner(2.2)
 * ```
 */
export const humanPriorPlanner22 = Bica.Study.variant("human.prior=planner-2.2", () => {
  const human = Bica.Agent.make("human", {
    plays: "guide",
    sees: ["full", "ai.message", "coach.advice"],
    says: ["N", "E", "S", "W", "1", "2", "3", "4", "J", "D", "TURN_A", "ALIGN"],
    policy: Bica.Agent.gru(64),
    prior: Bica.Agent.rule("planner", 2.2),
    protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
    noise: { flip: 0.05, drift: 0.05 }
  })
  const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 64 })
  const rep = Bica.add(
    Bica.divide(Bica.square(Bica.w2(bridge.map(human.latent), Bica.stopGradient(ai.latent))), Bica.number(64)),
    Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
  )
  const humanDrift = Bica.Budget.make("human_drift", {
    quantity: Bica.mean(Bica.kl(human.policy, human.prior)),
    atMost: 1.2,
    unit: "nats",
    by: Bica.Budget.dual({ rate: 0.05, start: 0 })
  })
  const bica = bicaOf("7862f1e1844a167200c36e4aad9fb3a6a1369a7bfe52eb08021e01de25c35f6a", {
    ai,
    human,
    ib,
    rep,
    spoken,
    aiDrift,
    humanDrift
  })
  const trainStage = trainOf("fb1623026348aac65c08f11beb8fc6c241308ea0e4e2a6e529f00c1f021d9215", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("83b6ea8b953e1e8b3c30f7977e6504cf318cdfb750b4acbdb8c7747ab639dc0a", {
    ai,
    human,
    codes,
    bridge,
    oneWay,
    trainStage
  })
  const sampledStage = sampledOf("7fc04b47ed13119d6d52950a13265cfecc06322e603e3fd9562dca275ad03eb2", {
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * without ib
 * ```
 */
export const withoutIb = Bica.Study.variant("without-ib", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "be30e784e912f9986c0b19e47479732772a8de868f55e4b7c196a5cf4bd7e667",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0 })),
      Bica.Objective.summand("rep", 0.05, rep),
      Bica.Objective.summand("teach", 0.01, teach),
      Bica.Objective.summand("spoken", 0.005, spoken)
    ],
    within: [aiDrift, humanDrift],
    freezing: []
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * without rep
 * ```
 */
export const withoutRep = Bica.Study.variant("without-rep", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "eac224573db2aee5ac1568059b11e38aea9aae426e70a3cd8285cb539cad09a1",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0 })),
      Bica.Objective.summand("ib", 0.01, ib),
      Bica.Objective.summand("teach", 0.01, teach),
      Bica.Objective.summand("spoken", 0.005, spoken)
    ],
    within: [aiDrift, humanDrift],
    freezing: [bridge]
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * without teach
 * ```
 */
export const withoutTeach = Bica.Study.variant("without-teach", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "50d65a39349c7215b573eefdd79de96a00d5f8eb10565838eddd3dc303477ae8",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0 })),
      Bica.Objective.summand("ib", 0.01, ib),
      Bica.Objective.summand("rep", 0.05, rep),
      Bica.Objective.summand("spoken", 0.005, spoken)
    ],
    within: [aiDrift, humanDrift],
    freezing: []
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * without coach
 * ```
 */
export const withoutCoach = Bica.Study.variant("without-coach", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "3a81dce21ddc953ae5402fe7adaf63b2c19dac00b689e44ff029a93b26f4e3c6",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ib", 0.01, ib),
      Bica.Objective.summand("rep", 0.05, rep),
      Bica.Objective.summand("spoken", 0.005, spoken)
    ],
    within: [aiDrift, humanDrift],
    freezing: [coach]
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * without codes
 * ```
 */
export const withoutCodes = Bica.Study.variant("without-codes", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "e29627085854d662851de8ae3e3db325802c50d5bdcbc0597b222cfa50cb7955",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0 })),
      Bica.Objective.summand("rep", 0.05, rep),
      Bica.Objective.summand("teach", 0.01, teach)
    ],
    within: [aiDrift, humanDrift],
    freezing: [codes]
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * without bridge
 * ```
 */
export const withoutBridge = Bica.Study.variant("without-bridge", () => {
  const rep = Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
  const bica = Bica.Objective.make("bica", {
    semantics: "1fe6ae8a27ab53a386eeccace80c485deeb8de0b7e617cd50613625417428e44",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0 })),
      Bica.Objective.summand("ib", 0.01, ib),
      Bica.Objective.summand("rep", 0.05, rep),
      Bica.Objective.summand("teach", 0.01, teach),
      Bica.Objective.summand("spoken", 0.005, spoken)
    ],
    within: [aiDrift, humanDrift],
    freezing: [bridge]
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * without ai_drift
 * ```
 */
export const withoutAiDrift = Bica.Study.variant("without-ai_drift", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "453647d634303eba14b791dff3915bbb15a4162f178489cc2c4042dfcf7d5eee",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0 })),
      Bica.Objective.summand("ib", 0.01, ib),
      Bica.Objective.summand("rep", 0.05, rep),
      Bica.Objective.summand("teach", 0.01, teach),
      Bica.Objective.summand("spoken", 0.005, spoken)
    ],
    within: [humanDrift],
    freezing: []
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * without human_drift
 * ```
 */
export const withoutHumanDrift = Bica.Study.variant("without-human_drift", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "c786eeb4be2f6e3bd959134d5fe349542da975497934695b030617e802e99445",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0 })),
      Bica.Objective.summand("ib", 0.01, ib),
      Bica.Objective.summand("rep", 0.05, rep),
      Bica.Objective.summand("teach", 0.01, teach),
      Bica.Objective.summand("spoken", 0.005, spoken)
    ],
    within: [aiDrift],
    freezing: []
  })
  return { objectives: [bica], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * vary human.prior planner(2.2)
 * ```
 */
export const humanPriorPlanner22Variant = Bica.Study.variant("human.prior=planner-2.2", () => {
  const human = Bica.Agent.make("human", {
    plays: "guide",
    sees: ["full", "ai.message", "coach.advice"],
    says: ["N", "E", "S", "W", "1", "2", "3", "4", "J", "D", "TURN_A", "ALIGN"],
    policy: Bica.Agent.gru(64),
    prior: Bica.Agent.rule("planner", 2.2),
    protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
    noise: { flip: 0.05, drift: 0.05 }
  })
  const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 64 })
  const oneWay = oneWayOf("7f65759d68a252fb16f829f99f061f411ac55132809ba6bd8da6881efe0f320c", { human, bridge })
  const trainStage = trainOf("fb1623026348aac65c08f11beb8fc6c241308ea0e4e2a6e529f00c1f021d9215", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("83b6ea8b953e1e8b3c30f7977e6504cf318cdfb750b4acbdb8c7747ab639dc0a", {
    ai,
    human,
    codes,
    bridge,
    oneWay,
    trainStage
  })
  const sampledStage = sampledOf("7fc04b47ed13119d6d52950a13265cfecc06322e603e3fd9562dca275ad03eb2", {
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [oneWay], stages: [trainStage, testStage, sampledStage, oraclesStage] }
})

/**
 * ```bica
 * study table2 { seeds 13, 42, 15213, 2025, 4096  compare bica, one_way, ai_alone }
 * ```
 */
export const table2Study = Bica.Study.make("table2", {
  seeds: [13, 42, 15213, 2025, 4096],
  compare: [bica, oneWay, aiAlone]
})

/**
 * ```bica
 * study ablations {
 *   from     table2.bica
 *   seeds    42, 2025
 *   vary     codes.size 8, 32
 *   vary     codes.temperature.start 0.5, 2.0
 *   vary     ai.policy gru(32)
 *   vary     human.protocol.update 0 %, 50 %
 *   vary     human.prior planner(2.2)
 *   without  ib, rep, teach, coach, codes, bridge, ai_drift, human_drift
 * }
 * ```
 */
export const ablationsStudy = Bica.Study.make("ablations", {
  seeds: [42, 2025],
  compare: [bica],
  variants: [
    codesSize8,
    codesSize32,
    codesTemperatureStart05,
    codesTemperatureStart2,
    aiPolicyGru32,
    humanProtocolUpdate0Percent,
    humanProtocolUpdate50Percent,
    humanPriorPlanner22,
    withoutIb,
    withoutRep,
    withoutTeach,
    withoutCoach,
    withoutCodes,
    withoutBridge,
    withoutAiDrift,
    withoutHumanDrift
  ]
})

/**
 * ```bica
 * study guided { from table2.one_way  vary human.prior planner(2.2) }
 * ```
 */
export const guidedStudy = Bica.Study.make("guided", {
  seeds: [13, 42, 15213, 2025, 4096],
  compare: [oneWay],
  variants: [humanPriorPlanner22Variant]
})

/**
 * ```bica
 * claim mutual_beats_one_way: success(bica) - success(one_way) > 0 with p < 0.05 assuming difference 4 %, spread 0.5 %
 * ```
 */
export const mutualBeatsOneWay = Bica.Claim.make("mutual_beats_one_way", {
  left: Bica.Claim.minus(Bica.Claim.measured("success", bica), Bica.Claim.measured("success", oneWay)),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.significance(0.05, { by: "paired_t", family: "table2" })
})

/**
 * ```bica
 * claim mutual_is_shorter:    steps(bica) < steps(one_way) with p < 0.05 assuming difference 4 steps, spread 1 step
 * ```
 */
export const mutualIsShorter = Bica.Claim.make("mutual_is_shorter", {
  left: Bica.Claim.measured("steps", bica),
  relation: "<",
  right: Bica.Claim.measured("steps", oneWay),
  test: Bica.Claim.significance(0.05, { by: "paired_t", family: "table2" })
})

/**
 * ```bica
 * claim messages_help:        steps(bica) < steps(ai_alone) with p < 0.05 assuming difference 8 steps, spread 1 step
 * ```
 */
export const messagesHelp = Bica.Claim.make("messages_help", {
  left: Bica.Claim.measured("steps", bica),
  relation: "<",
  right: Bica.Claim.measured("steps", aiAlone),
  test: Bica.Claim.significance(0.05, { by: "paired_t", family: "table2" })
})

/**
 * ```bica
 * claim better_aligned:       bas(bica) - bas(one_way) > 0 with p < 0.05 assuming difference 5 %, spread 1 %
 * ```
 */
export const betterAligned = Bica.Claim.make("better_aligned", {
  left: Bica.Claim.minus(Bica.Claim.measured("bas", bica), Bica.Claim.measured("bas", oneWay)),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.significance(0.05, { by: "paired_t", family: "table2" })
})

/**
 * ```bica
 * claim more_complementary:   ccm(bica) - ccm(one_way) > 0 with p < 0.05 assuming difference 10 %, spread 2 %
 * ```
 */
export const moreComplementary = Bica.Claim.make("more_complementary", {
  left: Bica.Claim.minus(Bica.Claim.measured("ccm", bica), Bica.Claim.measured("ccm", oneWay)),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.significance(0.05, { by: "paired_t", family: "table2" })
})

/**
 * ```bica
 * claim near_optimal:         steps(bica) <= 1.10 * steps(map.planner) with 95 % confidence
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
 * claim reliable:             success(bica) >= 99 % with 95 % confidence assuming difference 0.9 %, spread 0.2 %
 * ```
 */
export const reliable = Bica.Claim.make("reliable", {
  left: Bica.Claim.measured("success", bica),
  relation: ">=",
  right: Bica.Claim.number(0.99),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim robust_when_denser:   success(bica on dense) >= 97 % with 95 % confidence
 * ```
 */
export const robustWhenDenser = Bica.Claim.make("robust_when_denser", {
  left: Bica.Claim.measured("success", bica, map.shifts.dense),
  relation: ">=",
  right: Bica.Claim.number(0.97),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim robust_when_larger:   success(bica on large) >= 97 % with 95 % confidence
 * ```
 */
export const robustWhenLarger = Bica.Claim.make("robust_when_larger", {
  left: Bica.Claim.measured("success", bica, map.shifts.large),
  relation: ">=",
  right: Bica.Claim.number(0.97),
  test: Bica.Claim.confidence(0.95)
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("bica", {
  stages: [trainStage, testStage, sampledStage, oraclesStage],
  objectives: [bica, oneWay, aiAlone],
  studies: [table2Study, ablationsStudy, guidedStudy],
  claims: [
    mutualBeatsOneWay,
    mutualIsShorter,
    messagesHelp,
    betterAligned,
    moreComplementary,
    nearOptimal,
    reliable,
    robustWhenDenser,
    robustWhenLarger
  ]
})
