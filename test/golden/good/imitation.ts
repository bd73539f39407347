// Every way in which an agent learns by imitation, and what may come after it.
//
// Compiled by bica from imitation.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk {
 *   grid 6 by 6
 *
 *   shift dense { obstacles 0.35 .. 0.45 }
 * }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 6, height: 6 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 80,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 },
  shifts: { dense: { obstacles: { low: 0.35, high: 0.45 } } }
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
 *   sees    full, ai.message, coach.advice
 *   says    { N, E, S, W }
 *   policy  gru(16)
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full", "ai.message", "coach.advice"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(16),
  prior: Bica.Agent.uniform,
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0, drift: 0 }
})

/**
 * ```bica
 * protocol codes for ai { gumbel_softmax(8) }
 * ```
 */
export const codes = Bica.Protocol.make("codes", {
  agent: "ai",
  codes: 8,
  symbols: 4,
  temperature: Bica.Schedule.geometric(1, 0.3, 0.995)
})

/**
 * ```bica
 * mapper bridge from human to ai { linear }
 * ```
 */
export const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 0 })

/**
 * ```bica
 * instructor coach for human { sees full  gives { none, hint } }
 * ```
 */
export const coach = Bica.Instructor.make("coach", { agent: "human", hidden: 0 })

/**
 * ```bica
 * term gap = mean(mse(bridge(human.latent), ai.latent))
 * ```
 */
export const gap = Bica.mean(Bica.mse(bridge.map(human.latent), ai.latent))

/**
 * ```bica
 * objective both    = ppo(ai) + ppo(human) + ppo(coach) + 0.1 * gap
 * ```
 */
export const both = Bica.Objective.make("both", {
  semantics: "ace4718ff29df7e960b2e23b380d805a82c4c15a015ec243e619137939994c6a",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("gap", 0.1, gap)
  ],
  within: [],
  freezing: []
})

/**
 * ```bica
 * objective one_way = ppo(ai) + ppo(coach) + 0.1 * gap + 0.01 * mean(codes.speaks)  freezing human
 * ```
 */
export const oneWay = Bica.Objective.make("one_way", {
  semantics: "c93569ad63c6bb673ab531ffaa77e122eb9442d3267d6420b097f2b18c4ec6f9",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("gap", 0.1, gap),
    Bica.Objective.summand("#4", 0.01, Bica.mean(codes.speaks))
  ],
  within: [],
  freezing: [human]
})

/**
 * ```bica
 * stage wild {
 *   play 100 episodes on map by map.planner
 *   measure success
 * }
 * ```
 */
export const wildStage = Bica.Stage.make("wild", {
  semantics: "473c8c4656bc6cbdf17b2a7dd76910c63a08c572a336507fac74f8f684190f5e",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("wild")(function*() {
    yield* Bica.Play.oracles({
      episodes: 100,
      on: [map],
      by: ["planner"],
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      measure: ["success"]
    })
  })
})

/**
 * ```bica
 * stage walks after wild {
 *   imitate compass(2.2) by human until 20 updates
 * }
 * ```
 */
export const walksStage = Bica.Stage.make("walks", {
  semantics: "d547b36bb04f2ae03f7bda41f4e2ad54ea626046c2351c0f8ee2bf7fa9ecd30b",
  after: [wildStage],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("walks")(function*() {
    const imitation = yield* Bica.Imitation.begin({
      environment: map,
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      pupil: human,
      teacher: Bica.Imitation.rule("compass", { scale: 2.2, errs: 0 })
    })
    yield* imitation.until({ updates: 20, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* imitation.rollout({ environments: 128, steps: 16 })
      yield* imitation.update({
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 20),
        clipNorm: 0.5
      })
    }))
    yield* imitation.end
  })
})

/** Makes `plansStage` of its digest and of parts that variants declare anew. */
const plansOf = (semantics: string, { walksStage }: Pick<Varied, "walksStage">) => Bica.Stage.make("plans", {
  semantics,
  after: [walksStage],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("plans")(function*() {
    const imitation = yield* Bica.Imitation.begin({
      environment: map,
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      pupil: human,
      teacher: Bica.Imitation.rule("planner", { scale: 100, errs: 0.3 })
    })
    yield* imitation.until({ loss: 0.9, updates: 200, checkpointEvery: 10 }, Effect.gen(function*() {
      yield* imitation.rollout({ environments: 64, steps: 8 })
      yield* imitation.update({ epochs: 1, minibatches: 4, rate: Bica.Schedule.linear(0.004, 0.001, 100), clipNorm: 1 })
    }))
    yield* imitation.end
  })
})

/**
 * ```bica
 * stage plans after walks {
 *   imitate map.planner(errs 30 %) by human until loss < 0.9 nats or 200 updates {
 *     environments  64
 *     steps         8
 *     epochs        1
 *     minibatches   4
 *     rate          0.004 -> 0.001 over 100 updates
 *     clip_norm     1
 *   }
 *   checkpoint every 10
 * }
 * ```
 */
export const plansStage = plansOf("d26e2f9eca89d6d56dd9eff26ca5ec53e0a89ac07f85795abb9a3575667d6488", { walksStage })

/** Makes `bareStage` of its digest and of parts that variants declare anew. */
const bareOf = (semantics: string, { plansStage }: Pick<Varied, "plansStage">) => Bica.Stage.make("bare", {
  semantics,
  after: [plansStage],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("bare")(function*() {
    const imitation = yield* Bica.Imitation.begin({
      environment: map,
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      pupil: human,
      teacher: Bica.Imitation.rule("planner", { scale: 100, errs: 0 })
    })
    yield* imitation.until({ loss: 0.5, updates: 10, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* imitation.rollout({ environments: 128, steps: 16 })
      yield* imitation.update({
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 10),
        clipNorm: 0.5
      })
    }))
    yield* imitation.end
  })
})

/**
 * ```bica
 * stage bare after plans {
 *   imitate planner by human until loss < 0.5 nats or 10 updates
 * }
 * ```
 */
export const bareStage = bareOf("3472bc6b3d3ce5a01905d6c23aa7cb96f70f64d5affe4f00a3c51123ca1dc477", { plansStage })

/** Makes `asImitatedStage` of its digest and of parts that variants declare anew. */
const asImitatedOf = (semantics: string, { plansStage }: Pick<Varied, "plansStage">) => Bica.Stage.make(
  "as_imitated",
  {
    semantics,
    after: [plansStage],
    agents: [ai, human],
    environment: map,
    forEach: "seed",
    team: "plans",
    derive: { metrics: ["bas", "ce"], baseline: oneWay },
    program: Effect.fn("as_imitated")(function*() {
      yield* Bica.Play.team({
        episodes: 100,
        on: [map, map.shifts.dense],
        agents: [ai, human],
        modules: { protocol: codes, instructor: coach, mapper: bridge },
        objective: Bica.Imitation.team("plans"),
        choose: "sampled",
        measure: ["success", "tokens", "bas", "mp", "bs", "rc", "ss", "ce", "mp_u", "bs_change", "steps"],
        suite: [map.shifts.dense]
      })
    })
  }
)

/**
 * ```bica
 * stage as_imitated after plans {
 *   play 100 episodes on map, dense { choose sampled }
 *   measure success, tokens, bas { baseline one_way  suite dense }
 * }
 * ```
 */
export const asImitatedStage = asImitatedOf("1da74976b2b241220b7f7297234ae34f72629443c5c81acd290b74cde90d350a", {
  plansStage
})

/** Makes `trainStage` of its digest and of parts that variants declare anew. */
const trainOf = (semantics: string, { plansStage }: Pick<Varied, "plansStage">) => Bica.Stage.make("train", {
  semantics,
  after: [plansStage],
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
      yield* training.update([human, ai, bridge, coach, codes], {
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
 * stage train(objective o) after plans {
 *   repeat 40 times {
 *     rollout 32 environments
 *     update human, ai, bridge, coach, codes jointly
 *   }
 * }
 * ```
 */
export const trainStage = trainOf("8b12b00b95bae9d9db10f1cca7e9590df288f60ca7043feca288d28573cd1250", { plansStage })

/** Makes `othersStage` of its digest and of parts that variants declare anew. */
const othersOf = (semantics: string, { plansStage }: Pick<Varied, "plansStage">) => Bica.Stage.make("others", {
  semantics,
  after: [plansStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("others")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({
      environment: map,
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      objective
    })
    yield* training.repeat({ times: 40, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 32, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([ai, bridge, coach, codes], {
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
 * stage others(objective o) after plans {
 *   repeat 40 times {
 *     rollout 32 environments
 *     update ai, bridge, coach, codes jointly
 *   }
 * }
 * ```
 */
export const othersStage = othersOf("71b7dc20b1bbc5b56cf65e843bf1b856d2bc7ee6b396c21d81fb48aba75ffda4", { plansStage })

/** Makes `testStage` of its digest and of parts that variants declare anew. */
const testOf = (semantics: string, { trainStage }: Pick<Varied, "trainStage">) => Bica.Stage.make("test", {
  semantics,
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  derive: { metrics: ["bas", "ce"], baseline: oneWay },
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 100,
      on: [map, map.shifts.dense],
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach, mapper: bridge },
      objective,
      choose: "greedy",
      measure: ["success", "bas", "mp", "bs", "rc", "ss", "ce", "mp_u", "bs_change", "steps", "tokens"],
      suite: [map.shifts.dense]
    })
  })
})

/**
 * ```bica
 * stage test after train {
 *   play 100 episodes on map, dense
 *   measure success, bas { baseline one_way  suite dense }
 * }
 * ```
 */
export const testStage = testOf("99cd0646d5336b34849ad5c812fb017eba384437f2813207520da3cfe90d89bd", { trainStage })

/** What variants declare anew. */
export interface Varied {
  readonly walksStage: typeof walksStage
  readonly plansStage: typeof plansStage
  readonly trainStage: typeof trainStage
}

/**
 * ```bica
 * vary plans.imitate.errs 0 %
 * ```
 */
export const plansImitateErrs0Percent = Bica.Study.variant("plans.imitate.errs=0-percent", () => {
  const plansStage = Bica.Stage.make("plans", {
    semantics: "5916ddbe35af7069641556877ed82c7ddf6a730f77c557a84ed449f76e7f22a5",
    after: [walksStage],
    agents: [ai, human],
    environment: map,
    forEach: "seed",
    program: Effect.fn("plans")(function*() {
      const imitation = yield* Bica.Imitation.begin({
        environment: map,
        agents: [ai, human],
        modules: { protocol: codes, instructor: coach, mapper: bridge },
        pupil: human,
        teacher: Bica.Imitation.rule("planner", { scale: 100, errs: 0 })
      })
      yield* imitation.until({ loss: 0.9, updates: 200, checkpointEvery: 10 }, Effect.gen(function*() {
        yield* imitation.rollout({ environments: 64, steps: 8 })
        yield* imitation.update({
          epochs: 1,
          minibatches: 4,
          rate: Bica.Schedule.linear(0.004, 0.001, 100),
          clipNorm: 1
        })
      }))
      yield* imitation.end
    })
  })
  const bareStage = bareOf("3472bc6b3d3ce5a01905d6c23aa7cb96f70f64d5affe4f00a3c51123ca1dc477", { plansStage })
  const asImitatedStage = asImitatedOf("1da74976b2b241220b7f7297234ae34f72629443c5c81acd290b74cde90d350a", {
    plansStage
  })
  const trainStage = trainOf("8b12b00b95bae9d9db10f1cca7e9590df288f60ca7043feca288d28573cd1250", { plansStage })
  const othersStage = othersOf("71b7dc20b1bbc5b56cf65e843bf1b856d2bc7ee6b396c21d81fb48aba75ffda4", { plansStage })
  const testStage = testOf("99cd0646d5336b34849ad5c812fb017eba384437f2813207520da3cfe90d89bd", { trainStage })
  return {
    objectives: [both, oneWay],
    stages: [wildStage, walksStage, plansStage, bareStage, asImitatedStage, trainStage, othersStage, testStage]
  }
})

/**
 * ```bica
 * vary plans.imitate.loss 1 nats
 * ```
 */
export const plansImitateLoss1Nats = Bica.Study.variant("plans.imitate.loss=1-nats", () => {
  const plansStage = Bica.Stage.make("plans", {
    semantics: "a1c0eabd98799448fa3b9e949b5606d2308311013b0586bcc26db2ee3a93d044",
    after: [walksStage],
    agents: [ai, human],
    environment: map,
    forEach: "seed",
    program: Effect.fn("plans")(function*() {
      const imitation = yield* Bica.Imitation.begin({
        environment: map,
        agents: [ai, human],
        modules: { protocol: codes, instructor: coach, mapper: bridge },
        pupil: human,
        teacher: Bica.Imitation.rule("planner", { scale: 100, errs: 0.3 })
      })
      yield* imitation.until({ loss: 1, updates: 200, checkpointEvery: 10 }, Effect.gen(function*() {
        yield* imitation.rollout({ environments: 64, steps: 8 })
        yield* imitation.update({
          epochs: 1,
          minibatches: 4,
          rate: Bica.Schedule.linear(0.004, 0.001, 100),
          clipNorm: 1
        })
      }))
      yield* imitation.end
    })
  })
  const bareStage = bareOf("3472bc6b3d3ce5a01905d6c23aa7cb96f70f64d5affe4f00a3c51123ca1dc477", { plansStage })
  const asImitatedStage = asImitatedOf("1da74976b2b241220b7f7297234ae34f72629443c5c81acd290b74cde90d350a", {
    plansStage
  })
  const trainStage = trainOf("8b12b00b95bae9d9db10f1cca7e9590df288f60ca7043feca288d28573cd1250", { plansStage })
  const othersStage = othersOf("71b7dc20b1bbc5b56cf65e843bf1b856d2bc7ee6b396c21d81fb48aba75ffda4", { plansStage })
  const testStage = testOf("99cd0646d5336b34849ad5c812fb017eba384437f2813207520da3cfe90d89bd", { trainStage })
  return {
    objectives: [both, oneWay],
    stages: [wildStage, walksStage, plansStage, bareStage, asImitatedStage, trainStage, othersStage, testStage]
  }
})

/**
 * ```bica
 * vary plans.imitate 100 updates
 * ```
 */
export const plansImitate100Updates = Bica.Study.variant("plans.imitate=100-updates", () => {
  const plansStage = Bica.Stage.make("plans", {
    semantics: "174e105d91d866f11462695ce78f390ee4270568082a7d188cdfc8622ca9362f",
    after: [walksStage],
    agents: [ai, human],
    environment: map,
    forEach: "seed",
    program: Effect.fn("plans")(function*() {
      const imitation = yield* Bica.Imitation.begin({
        environment: map,
        agents: [ai, human],
        modules: { protocol: codes, instructor: coach, mapper: bridge },
        pupil: human,
        teacher: Bica.Imitation.rule("planner", { scale: 100, errs: 0.3 })
      })
      yield* imitation.until({ loss: 0.9, updates: 100, checkpointEvery: 10 }, Effect.gen(function*() {
        yield* imitation.rollout({ environments: 64, steps: 8 })
        yield* imitation.update({
          epochs: 1,
          minibatches: 4,
          rate: Bica.Schedule.linear(0.004, 0.001, 100),
          clipNorm: 1
        })
      }))
      yield* imitation.end
    })
  })
  const bareStage = bareOf("3472bc6b3d3ce5a01905d6c23aa7cb96f70f64d5affe4f00a3c51123ca1dc477", { plansStage })
  const asImitatedStage = asImitatedOf("1da74976b2b241220b7f7297234ae34f72629443c5c81acd290b74cde90d350a", {
    plansStage
  })
  const trainStage = trainOf("8b12b00b95bae9d9db10f1cca7e9590df288f60ca7043feca288d28573cd1250", { plansStage })
  const othersStage = othersOf("71b7dc20b1bbc5b56cf65e843bf1b856d2bc7ee6b396c21d81fb48aba75ffda4", { plansStage })
  const testStage = testOf("99cd0646d5336b34849ad5c812fb017eba384437f2813207520da3cfe90d89bd", { trainStage })
  return {
    objectives: [both, oneWay],
    stages: [wildStage, walksStage, plansStage, bareStage, asImitatedStage, trainStage, othersStage, testStage]
  }
})

/**
 * ```bica
 * vary walks.imitate.scale 5
 * ```
 */
export const walksImitateScale5 = Bica.Study.variant("walks.imitate.scale=5", () => {
  const walksStage = Bica.Stage.make("walks", {
    semantics: "55566227d4548f7d656893ffdb754069713b834deb6fd8d04f4d85db9f652a22",
    after: [wildStage],
    agents: [ai, human],
    environment: map,
    forEach: "seed",
    program: Effect.fn("walks")(function*() {
      const imitation = yield* Bica.Imitation.begin({
        environment: map,
        agents: [ai, human],
        modules: { protocol: codes, instructor: coach, mapper: bridge },
        pupil: human,
        teacher: Bica.Imitation.rule("compass", { scale: 5, errs: 0 })
      })
      yield* imitation.until({ updates: 20, checkpointEvery: 20 }, Effect.gen(function*() {
        yield* imitation.rollout({ environments: 128, steps: 16 })
        yield* imitation.update({
          epochs: 2,
          minibatches: 2,
          rate: Bica.Schedule.linear(0.004, 0.0004, 20),
          clipNorm: 0.5
        })
      }))
      yield* imitation.end
    })
  })
  const plansStage = plansOf("d26e2f9eca89d6d56dd9eff26ca5ec53e0a89ac07f85795abb9a3575667d6488", { walksStage })
  const bareStage = bareOf("3472bc6b3d3ce5a01905d6c23aa7cb96f70f64d5affe4f00a3c51123ca1dc477", { plansStage })
  const asImitatedStage = asImitatedOf("1da74976b2b241220b7f7297234ae34f72629443c5c81acd290b74cde90d350a", {
    plansStage
  })
  const trainStage = trainOf("8b12b00b95bae9d9db10f1cca7e9590df288f60ca7043feca288d28573cd1250", { plansStage })
  const othersStage = othersOf("71b7dc20b1bbc5b56cf65e843bf1b856d2bc7ee6b396c21d81fb48aba75ffda4", { plansStage })
  const testStage = testOf("99cd0646d5336b34849ad5c812fb017eba384437f2813207520da3cfe90d89bd", { trainStage })
  return {
    objectives: [both, oneWay],
    stages: [wildStage, walksStage, plansStage, bareStage, asImitatedStage, trainStage, othersStage, testStage]
  }
})

/**
 * ```bica
 * vary walks.imitate.rate 0.01
 * ```
 */
export const walksImitateRate001 = Bica.Study.variant("walks.imitate.rate=0.01", () => {
  const walksStage = Bica.Stage.make("walks", {
    semantics: "229c3b672e9d8939bc485978dfe5e6e3c47b4dafbe9b8d5e7bdb1e228fe9b8f1",
    after: [wildStage],
    agents: [ai, human],
    environment: map,
    forEach: "seed",
    program: Effect.fn("walks")(function*() {
      const imitation = yield* Bica.Imitation.begin({
        environment: map,
        agents: [ai, human],
        modules: { protocol: codes, instructor: coach, mapper: bridge },
        pupil: human,
        teacher: Bica.Imitation.rule("compass", { scale: 2.2, errs: 0 })
      })
      yield* imitation.until({ updates: 20, checkpointEvery: 20 }, Effect.gen(function*() {
        yield* imitation.rollout({ environments: 128, steps: 16 })
        yield* imitation.update({ epochs: 2, minibatches: 2, rate: Bica.Schedule.constant(0.01), clipNorm: 0.5 })
      }))
      yield* imitation.end
    })
  })
  const plansStage = plansOf("d26e2f9eca89d6d56dd9eff26ca5ec53e0a89ac07f85795abb9a3575667d6488", { walksStage })
  const bareStage = bareOf("3472bc6b3d3ce5a01905d6c23aa7cb96f70f64d5affe4f00a3c51123ca1dc477", { plansStage })
  const asImitatedStage = asImitatedOf("1da74976b2b241220b7f7297234ae34f72629443c5c81acd290b74cde90d350a", {
    plansStage
  })
  const trainStage = trainOf("8b12b00b95bae9d9db10f1cca7e9590df288f60ca7043feca288d28573cd1250", { plansStage })
  const othersStage = othersOf("71b7dc20b1bbc5b56cf65e843bf1b856d2bc7ee6b396c21d81fb48aba75ffda4", { plansStage })
  const testStage = testOf("99cd0646d5336b34849ad5c812fb017eba384437f2813207520da3cfe90d89bd", { trainStage })
  return {
    objectives: [both, oneWay],
    stages: [wildStage, walksStage, plansStage, bareStage, asImitatedStage, trainStage, othersStage, testStage]
  }
})

/**
 * ```bica
 * study main {
 *   seeds    13, 42, 2025
 *   compare  both, one_way
 *   vary     plans.imitate.errs 0 %, 30 %
 *   vary     plans.imitate.loss 1 nats
 *   vary     plans.imitate 100 updates
 *   vary     walks.imitate.scale 5
 *   vary     walks.imitate.rate 0.01
 * }
 * ```
 */
export const mainStudy = Bica.Study.make("main", {
  seeds: [13, 42, 2025],
  compare: [both, oneWay],
  variants: [
    plansImitateErrs0Percent,
    plansImitateLoss1Nats,
    plansImitate100Updates,
    walksImitateScale5,
    walksImitateRate001
  ]
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("imitation", {
  stages: [wildStage, walksStage, plansStage, bareStage, asImitatedStage, trainStage, othersStage, testStage],
  objectives: [both, oneWay],
  studies: [mainStudy],
  claims: []
})
