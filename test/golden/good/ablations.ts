// What each part is worth: one factor at a time, from what the study `table2` found of `bica`.
//
// Compiled by bica from ablations.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk {
 *   grid  5 by 5
 *
 *   shift dense { obstacles 0.30 .. 0.40 }
 * }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 5, height: 5 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 80,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 },
  shifts: { dense: { obstacles: { low: 0.3, high: 0.4 } } }
})

/**
 * ```bica
 * agent ai plays map.navigator {
 *   sees    egocentric, heading, human.message
 *   says    4 codes
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
 *   sees      full, ai.message, coach.advice
 *   says      { N, E, S, W }
 *   policy    gru(16)
 *   prior     compass(2.2)
 *   protocol  table { update 10 % }
 *   noise     { flip 5 % }
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full", "ai.message", "coach.advice"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(16),
  prior: Bica.Agent.rule("compass", 2.2),
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0.05, drift: 0 }
})

/**
 * ```bica
 * protocol codes for ai { gumbel_softmax(8), temperature 1.0 -> 0.3 by 0.99 per update }
 * ```
 */
export const codes = Bica.Protocol.make("codes", {
  agent: "ai",
  codes: 8,
  symbols: 4,
  temperature: Bica.Schedule.geometric(1, 0.3, 0.99)
})

/**
 * ```bica
 * mapper bridge from human to ai { mlp(16) }
 * ```
 */
export const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 16 })

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
 * term rep   = w2(bridge(human.latent), stop_gradient(ai.latent))^2 / 16 + (1 - cca(human.latent, ai.latent))
 * ```
 */
export const rep = Bica.add(
  Bica.divide(Bica.square(Bica.w2(bridge.map(human.latent), Bica.stopGradient(ai.latent))), Bica.number(16)),
  Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
)

/**
 * ```bica
 * term teach = mean(coach.intervenes)
 * ```
 */
export const teach = Bica.mean(coach.intervenes)

/**
 * ```bica
 * budget ai_drift: kl(ai.policy || ai.prior) <= 1.0 nats by dual(0.05)
 * ```
 */
export const aiDrift = Bica.Budget.make("ai_drift", {
  quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
  atMost: 1,
  unit: "nats",
  by: Bica.Budget.dual({ rate: 0.05, start: 0 })
})

/** Makes `bica` of its digest and of parts that variants declare anew. */
const bicaOf = (semantics: string, { ai, human, rep, aiDrift }: Pick<Varied, "ai" | "human" | "rep" | "aiDrift">) => Bica.Objective.make(
  "bica",
  {
    semantics,
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("rep", 0.05, rep),
      Bica.Objective.summand("teach", 0.01, teach)
    ],
    within: [aiDrift],
    freezing: []
  }
)

/**
 * ```bica
 * objective bica    = ppo(ai) + ppo(human) + ppo(coach) + 0.05 * rep + 0.01 * teach within ai_drift
 * ```
 */
export const bica = bicaOf("8ed5afcbe918ef6dcb6c764b5f453030da387682332b2f7fd984cf4d45176552", {
  ai,
  human,
  rep,
  aiDrift
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
 * objective one_way = ppo(ai) within ai_drift freezing human, codes, bridge, coach
 * ```
 */
export const oneWay = oneWayOf("6be6e377ac30e4059ae99f5c9ded745f0ac93227e12b373e720295606b249bef", { human, bridge })

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
    yield* training.repeat({ times: 40, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 32, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai, codes, bridge, coach], {
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
 * stage train(objective o) {
 *   repeat 40 times {
 *     rollout 32 environments
 *     update human, ai, codes, bridge, coach jointly { rate 0.004 -> 0.0004 over 40 updates }
 *     ascend budgets
 *   }
 * }
 * ```
 */
export const trainStage = trainOf("9f040d5a0ca6bc814442f41c96eeb7dbd6549c4768f1163143283fc9fa95fffb", {
  ai,
  human,
  codes,
  bridge
})

/** Makes `testStage` of its digest and of parts that variants declare anew. */
const testOf = (
  semantics: string,
  { map, ai, human, codes, bridge, trainStage }: Pick<
    Varied,
    "map" | "ai" | "human" | "codes" | "bridge" | "trainStage"
  >
) => Bica.Stage.make("test", {
  semantics,
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 256,
      on: [map, map.shifts.dense],
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      objective,
      choose: "greedy",
      measure: ["success", "steps"]
    })
  })
})

/**
 * ```bica
 * stage test after train {
 *   play 256 episodes on map, dense
 *   measure success, steps
 * }
 * ```
 */
export const testStage = testOf("ee56b8062d56154e04be1f429c23e859798843d0bcd1ce7fa571c4406f7f0a54", {
  map,
  ai,
  human,
  codes,
  bridge,
  trainStage
})

/** Makes `oraclesStage` of its digest and of parts that variants declare anew. */
const oraclesOf = (semantics: string, { human, bridge }: Pick<Varied, "human" | "bridge">) => Bica.Stage.make(
  "oracles",
  {
    semantics,
    after: [],
    agents: [ai, human],
    environment: map,
    forEach: "seed",
    program: Effect.fn("oracles")(function*() {
      yield* Bica.Play.oracles({
        episodes: 256,
        on: [map],
        by: ["planner"],
        agents: [ai, human],
        modules: { protocol: codes, instructor: coach, mapper: bridge },
        measure: ["success"]
      })
    })
  }
)

/**
 * ```bica
 * stage oracles {
 *   play 256 episodes on map by map.planner
 *   measure success
 * }
 * ```
 */
export const oraclesStage = oraclesOf("dc28afd4d7283dd30cc7960c3466a26fcf30c5170a5e00d90e75bf62b528d091", {
  human,
  bridge
})

/** What variants declare anew. */
export interface Varied {
  readonly map: typeof map
  readonly ai: typeof ai
  readonly human: typeof human
  readonly codes: typeof codes
  readonly bridge: typeof bridge
  readonly rep: typeof rep
  readonly aiDrift: typeof aiDrift
  readonly trainStage: typeof trainStage
}

/**
 * ```bica
 * vary codes.size 4
 * ```
 */
export const codesSize4 = Bica.Study.variant("codes.size=4", () => {
  const codes = Bica.Protocol.make("codes", {
    agent: "ai",
    codes: 4,
    symbols: 4,
    temperature: Bica.Schedule.geometric(1, 0.3, 0.99)
  })
  const bica = bicaOf("fd51b1deb951ae9c75e25e9f514db25212802bee5c8dbbb7473f11ed06901926", { ai, human, rep, aiDrift })
  const trainStage = trainOf("fe6322f4255120d88c6a57e11fddc928a2cc366646d6dd53718ea5bd195665b6", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("84f2cc0489b636604e278796570e5ebad6a07e9a1dcdb8dee65e991134e35a31", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary codes.size 16
 * ```
 */
export const codesSize16 = Bica.Study.variant("codes.size=16", () => {
  const codes = Bica.Protocol.make("codes", {
    agent: "ai",
    codes: 16,
    symbols: 4,
    temperature: Bica.Schedule.geometric(1, 0.3, 0.99)
  })
  const bica = bicaOf("6870312a1b68055bfcae5777d88951fa7f0cef9c68f69b9ac1ddfa63f247d02e", { ai, human, rep, aiDrift })
  const trainStage = trainOf("0d61902809a5b84454ce6acaa760d047309de42d98970d3eb7632d328d8f71fb", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("83177f12be59b206ca2cbb59e49cb9569bff2f833947ab2d057fbe252b982c60", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary codes.temperature.start 0.5
 * ```
 */
export const codesTemperatureStart05 = Bica.Study.variant("codes.temperature.start=0.5", () => {
  const codes = Bica.Protocol.make("codes", {
    agent: "ai",
    codes: 8,
    symbols: 4,
    temperature: Bica.Schedule.geometric(0.5, 0.3, 0.99)
  })
  const bica = bicaOf("85252b82ceb67b8c649bf4821149ac46ccfefed2a1e70e3ee68a949e5817d9a4", { ai, human, rep, aiDrift })
  const trainStage = trainOf("d3adddabe688c05b8e9f8b6339126e35d4c0480a87d4e8126643e6c7f079e9e4", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("76462787a3e6c8ff08e5fbd9b94e5fdcc9d5c547420781faed720913ec266553", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary codes.temperature.start 2.0
 * ```
 */
export const codesTemperatureStart2 = Bica.Study.variant("codes.temperature.start=2", () => {
  const codes = Bica.Protocol.make("codes", {
    agent: "ai",
    codes: 8,
    symbols: 4,
    temperature: Bica.Schedule.geometric(2, 0.3, 0.99)
  })
  const bica = bicaOf("11f5a3f0fb8496bab7a1a0a6417956ccf754718a87652f45ec53a7abf6d6f168", { ai, human, rep, aiDrift })
  const trainStage = trainOf("d72b9cfc439400a1e44f8c95561bcef445ebb39d97c1533599f6e258b57fbc70", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("ce459ddef1dbe815e844e29dcdde13f40fa110aa57fb51cb692212388676dced", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary ai.policy gru(32)
 * ```
 */
export const aiPolicyGru32 = Bica.Study.variant("ai.policy=gru-32", () => {
  const ai = Bica.Agent.make("ai", {
    plays: "navigator",
    sees: ["egocentric", "heading", "human.message"],
    policy: Bica.Agent.gru(32),
    prior: Bica.Agent.uniform
  })
  const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 16 })
  const rep = Bica.add(
    Bica.divide(Bica.square(Bica.w2(bridge.map(human.latent), Bica.stopGradient(ai.latent))), Bica.number(16)),
    Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
  )
  const aiDrift = Bica.Budget.make("ai_drift", {
    quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
    atMost: 1,
    unit: "nats",
    by: Bica.Budget.dual({ rate: 0.05, start: 0 })
  })
  const bica = bicaOf("cdfb48948c1881e250ebf09d9422b070d9d2d89c107c6ae0410626bd6f18b0e6", { ai, human, rep, aiDrift })
  const trainStage = trainOf("4454fab04e4780e8b16bcafc8eb3ab5fa6825ef3cae5590df9d63a471ecdf481", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("4581e24db2a4df86393573bce76f8ff92df4d26750cf8b7a1191a664a49bf561", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
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
    says: ["N", "E", "S", "W"],
    policy: Bica.Agent.gru(16),
    prior: Bica.Agent.rule("compass", 2.2),
    protocol: Bica.Agent.table({ literal: 0.9, update: 0.5 }),
    noise: { flip: 0.05, drift: 0 }
  })
  const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 16 })
  const rep = Bica.add(
    Bica.divide(Bica.square(Bica.w2(bridge.map(human.latent), Bica.stopGradient(ai.latent))), Bica.number(16)),
    Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
  )
  const bica = bicaOf("142150167f1edf4bb00347a288d5835813d20d721ad667880c6e64af677075e0", { ai, human, rep, aiDrift })
  const trainStage = trainOf("c1bb0dd4fd6c81006d52ecbbf786add1c067ad97f8770056db78e74d6f997a2d", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("ee794ba4cebfb1ecfb0dc73ecc80b9f0e841322f9efe32956ddd11fa7fb993df", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary human.noise.flip 0 %
 * ```
 */
export const humanNoiseFlip0Percent = Bica.Study.variant("human.noise.flip=0-percent", () => {
  const human = Bica.Agent.make("human", {
    plays: "guide",
    sees: ["full", "ai.message", "coach.advice"],
    says: ["N", "E", "S", "W"],
    policy: Bica.Agent.gru(16),
    prior: Bica.Agent.rule("compass", 2.2),
    protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
    noise: { flip: 0, drift: 0 }
  })
  const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 16 })
  const rep = Bica.add(
    Bica.divide(Bica.square(Bica.w2(bridge.map(human.latent), Bica.stopGradient(ai.latent))), Bica.number(16)),
    Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
  )
  const bica = bicaOf("15dbd9a91d2bb640317b363d061cd5b7311442d634f2dbc555565f800bb7e082", { ai, human, rep, aiDrift })
  const trainStage = trainOf("7b231d28a838230ea5868f05ff20fca3608de40c18f8c6bad2bd465ae17e503d", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("9943a212eb1cce063549d8778920f3f5dff8c4c9fba00dfad26204a196e510cf", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  const oraclesStage = oraclesOf("de054b1c4e0181afbf994ba83c03fdf27e8afdef5f3c51dc05d038ce5c840f45", { human, bridge })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary human.noise.flip 20 %
 * ```
 */
export const humanNoiseFlip20Percent = Bica.Study.variant("human.noise.flip=20-percent", () => {
  const human = Bica.Agent.make("human", {
    plays: "guide",
    sees: ["full", "ai.message", "coach.advice"],
    says: ["N", "E", "S", "W"],
    policy: Bica.Agent.gru(16),
    prior: Bica.Agent.rule("compass", 2.2),
    protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
    noise: { flip: 0.2, drift: 0 }
  })
  const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 16 })
  const rep = Bica.add(
    Bica.divide(Bica.square(Bica.w2(bridge.map(human.latent), Bica.stopGradient(ai.latent))), Bica.number(16)),
    Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
  )
  const bica = bicaOf("68dd268c2383d6af8ca1237c79b9479aae93ec4484cfe89bfd3c5fb69f71c625", { ai, human, rep, aiDrift })
  const trainStage = trainOf("e4d6a171d551d713ec5691412ce8d77371261f6aa3cdcfc336b774120bd4f8f6", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("273a2820cd60c5f1d18cc3a1e8604c77b9552a9c56c3f384cd32a02e6cba7e6e", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  const oraclesStage = oraclesOf("559f0a6019b2f6fa8441360c1453441610277ecb914fbcfc29ceeefa61578f6c", { human, bridge })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary map.dense.obstacles 0.10 .. 0.20
 * ```
 */
export const mapDenseObstacles0102 = Bica.Study.variant("map.dense.obstacles=0.1..0.2", () => {
  const map = Bica.MapTalk.make("map", {
    grid: { width: 5, height: 5 },
    obstacles: { low: 0.2, high: 0.3 },
    horizon: 80,
    reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 },
    shifts: { dense: { obstacles: { low: 0.1, high: 0.2 } } }
  })
  const testStage = testOf("5bbdbb56a3e3a7d250e682e68d8a685f62d2667eb6bed81312920995ca34dba5", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary rep 0.1
 * ```
 */
export const rep01 = Bica.Study.variant("rep=0.1", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "26930538c541285705b64abb45e0acb0b8fd6c37d60764085adbc203b1a477a9",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("rep", 0.1, rep),
      Bica.Objective.summand("teach", 0.01, teach)
    ],
    within: [aiDrift],
    freezing: []
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary ai_drift 0.1 nats
 * ```
 */
export const aiDrift01Nats = Bica.Study.variant("ai_drift=0.1-nats", () => {
  const aiDrift = Bica.Budget.make("ai_drift", {
    quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
    atMost: 0.1,
    unit: "nats",
    by: Bica.Budget.dual({ rate: 0.05, start: 0 })
  })
  const bica = bicaOf("a65d04b9b9f1a5ee04733c85d5d7045c6f477a532da835664c8503e93e18c749", { ai, human, rep, aiDrift })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary train.update.rate 0.002 -> 0.0002 over 40 updates
 * ```
 */
export const trainUpdateRate0002To00002Over40 = Bica.Study.variant("train.update.rate=0.002-to-0.0002-over-40", () => {
  const trainStage = Bica.Stage.make("train", {
    semantics: "cfbe512ee0bb15ef134b84406a235547bae2a15db26ac09af7a7f047b22a601b",
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
      yield* training.repeat({ times: 40, checkpointEvery: 20 }, Effect.gen(function*() {
        yield* training.rollout({ environments: 32, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
        yield* training.update([human, ai, codes, bridge, coach], {
          jointly: true,
          epochs: 2,
          minibatches: 2,
          rate: Bica.Schedule.linear(0.002, 0.0002, 40),
          clipNorm: 0.5
        })
        yield* training.ascend
      }))
      yield* training.end
    })
  })
  const testStage = testOf("ee56b8062d56154e04be1f429c23e859798843d0bcd1ce7fa571c4406f7f0a54", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary train.repeat 80
 * ```
 */
export const trainRepeat80 = Bica.Study.variant("train.repeat=80", () => {
  const trainStage = Bica.Stage.make("train", {
    semantics: "a4164c1753bd9a758b548f19b6389dafe8d98383b24d41dbbe020e34ce7688b3",
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
      yield* training.repeat({ times: 80, checkpointEvery: 20 }, Effect.gen(function*() {
        yield* training.rollout({ environments: 32, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
        yield* training.update([human, ai, codes, bridge, coach], {
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
  const testStage = testOf("ee56b8062d56154e04be1f429c23e859798843d0bcd1ce7fa571c4406f7f0a54", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * without rep
 * ```
 */
export const withoutRep = Bica.Study.variant("without-rep", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "d31a031f0dd3b4849f2fba46227b00ab2c38763c8196aba34a7e23b510977381",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("teach", 0.01, teach)
    ],
    within: [aiDrift],
    freezing: [bridge]
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * without coach
 * ```
 */
export const withoutCoach = Bica.Study.variant("without-coach", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "f5ae7eda9eb6b7df7789bf77da98e0037e192613024741ea18bfe1db4ea54f88",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("rep", 0.05, rep)
    ],
    within: [aiDrift],
    freezing: [coach]
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * without codes
 * ```
 */
export const withoutCodes = Bica.Study.variant("without-codes", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "e9f2d94f2fe545765e5bdd5d9054d87791070538273fca32d281c3ce678034d1",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("rep", 0.05, rep),
      Bica.Objective.summand("teach", 0.01, teach)
    ],
    within: [aiDrift],
    freezing: [codes]
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * without bridge
 * ```
 */
export const withoutBridge = Bica.Study.variant("without-bridge", () => {
  const rep = Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))
  const bica = Bica.Objective.make("bica", {
    semantics: "1bf3e7109c9046b6abbd85d2704ef608b70b025a078f1edd2275b54cfef8a65a",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("rep", 0.05, rep),
      Bica.Objective.summand("teach", 0.01, teach)
    ],
    within: [aiDrift],
    freezing: [bridge]
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * without ai_drift
 * ```
 */
export const withoutAiDrift = Bica.Study.variant("without-ai_drift", () => {
  const bica = Bica.Objective.make("bica", {
    semantics: "39732c35463c22c58c0f81cb7b609dd6b6095924a1f4d67ae57d1885c1dbd496",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("rep", 0.05, rep),
      Bica.Objective.summand("teach", 0.01, teach)
    ],
    within: [],
    freezing: []
  })
  return { objectives: [bica], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * vary human.prior planner(4)
 * ```
 */
export const humanPriorPlanner4 = Bica.Study.variant("human.prior=planner-4", () => {
  const human = Bica.Agent.make("human", {
    plays: "guide",
    sees: ["full", "ai.message", "coach.advice"],
    says: ["N", "E", "S", "W"],
    policy: Bica.Agent.gru(16),
    prior: Bica.Agent.rule("planner", 4),
    protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
    noise: { flip: 0.05, drift: 0 }
  })
  const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 16 })
  const oneWay = oneWayOf("15c595b8ee77fc8bf396f974b9ff26ea11f17448601f3d02af4673eb1e4ae3f4", { human, bridge })
  const trainStage = trainOf("d039fd82518a8de6028aac90ebe7986b096ff5b17d6e2e1e3d78bbe22a4ea11a", {
    ai,
    human,
    codes,
    bridge
  })
  const testStage = testOf("e43d9c739d00810f3cfdd729329acfbc3d3bcf1d09abd307df3503eb9dd315a0", {
    map,
    ai,
    human,
    codes,
    bridge,
    trainStage
  })
  return { objectives: [oneWay], stages: [trainStage, testStage, oraclesStage] }
})

/**
 * ```bica
 * study table2 { seeds 13, 42, 2025  compare bica, one_way }
 * ```
 */
export const table2Study = Bica.Study.make("table2", { seeds: [13, 42, 2025], compare: [bica, oneWay] })

/**
 * ```bica
 * study ablations {
 *   from     table2.bica
 *   vary     codes.size 4, 8, 16
 *   vary     codes.temperature.start 0.5, 2.0
 *   vary     ai.policy gru(32)
 *   vary     human.protocol.update 50 %
 *   vary     human.noise.flip 0 %, 20 %
 *   vary     map.dense.obstacles 0.10 .. 0.20
 *   vary     rep 0.1
 *   vary     ai_drift 0.1 nats
 *   vary     train.update.rate 0.002 -> 0.0002 over 40 updates
 *   vary     train.repeat 80
 *   without  rep, coach, codes, bridge, ai_drift
 * }
 * ```
 */
export const ablationsStudy = Bica.Study.make("ablations", {
  seeds: [13, 42, 2025],
  compare: [bica],
  variants: [
    codesSize4,
    codesSize16,
    codesTemperatureStart05,
    codesTemperatureStart2,
    aiPolicyGru32,
    humanProtocolUpdate50Percent,
    humanNoiseFlip0Percent,
    humanNoiseFlip20Percent,
    mapDenseObstacles0102,
    rep01,
    aiDrift01Nats,
    trainUpdateRate0002To00002Over40,
    trainRepeat80,
    withoutRep,
    withoutCoach,
    withoutCodes,
    withoutBridge,
    withoutAiDrift
  ]
})

/**
 * ```bica
 * study planned { from table2.one_way  seeds 13  vary human.prior planner(4) }
 * ```
 */
export const plannedStudy = Bica.Study.make("planned", {
  seeds: [13],
  compare: [oneWay],
  variants: [humanPriorPlanner4]
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("ablations", {
  stages: [trainStage, testStage, oraclesStage],
  objectives: [bica, oneWay],
  studies: [table2Study, ablationsStudy, plannedStudy],
  claims: []
})
