// Trainings that go on from each other: a shared beginning for an objective of its own, then a harder map
//
// Compiled by bica from curriculum.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk {
 *   grid       5 by 5
 *   obstacles  0.10 .. 0.20
 *   horizon    40 steps
 *
 *   shift dense { obstacles 0.30 .. 0.40 }
 *   shift loud { human.noise { flip 20 % } }
 * }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 5, height: 5 },
  obstacles: { low: 0.1, high: 0.2 },
  horizon: 40,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 },
  shifts: { dense: { obstacles: { low: 0.3, high: 0.4 } }, loud: { noise: { human: { flip: 0.2, drift: 0 } } } }
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
 *   says    { N, E, S, W }
 *   policy  gru(16)
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(16),
  prior: Bica.Agent.uniform,
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0, drift: 0 }
})

/**
 * ```bica
 * term calm = mean(entropy(ai.policy))
 * ```
 */
export const calm = Bica.mean(Bica.entropy(ai.policy))

/**
 * ```bica
 * budget near: kl(ai.policy || ai.prior) <= 0.5 nats by dual(0.1)
 * ```
 */
export const near = Bica.Budget.make("near", {
  quantity: Bica.mean(Bica.kl(ai.policy, ai.prior)),
  atMost: 0.5,
  unit: "nats",
  by: Bica.Budget.dual({ rate: 0.1, start: 0 })
})

/**
 * ```bica
 * objective alone = ppo(ai) - 0.01 * calm  freezing human
 * ```
 */
export const alone = Bica.Objective.make("alone", {
  semantics: "cfe9ab93c031b00f4fe7883ee14bb495575cea2479706499dd49aee8d044d8c7",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("calm", -0.01, calm)
  ],
  within: [],
  freezing: [human]
})

/**
 * ```bica
 * objective both  = ppo(ai) + ppo(human)   within near
 * ```
 */
export const both = Bica.Objective.make("both", {
  semantics: "7255f7cef878f64d57ac8597a67d12925d1d1e65ac33342038836b0960129672",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 }))
  ],
  within: [near],
  freezing: []
})

/**
 * ```bica
 * objective given = ppo(ai)                freezing human
 * ```
 */
export const given = Bica.Objective.make("given", {
  semantics: "bdcb4267ce1d4c47c4646ce2f4769f8a64f2bd8912f00f8ad896b391bf73802b",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [],
  freezing: [human]
})

/**
 * ```bica
 * stage taught { imitate map.planner by human until loss < 0.9 nats or 40 updates }
 * ```
 */
export const taughtStage = Bica.Stage.make("taught", {
  semantics: "90dfdafbe70091511223bc3df4bcd1570052f3084c1e26663a4c891b3ef5523f",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("taught")(function*() {
    const imitation = yield* Bica.Imitation.begin({
      environment: map,
      agents: [ai, human],
      pupil: human,
      teacher: Bica.Imitation.rule("planner", { scale: 100, errs: 0 })
    })
    yield* imitation.until({ loss: 0.9, updates: 40, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* imitation.rollout({ environments: 128, steps: 16 })
      yield* imitation.update({
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 40),
        clipNorm: 0.5
      })
    }))
    yield* imitation.end
  })
})

/** Makes `settleStage` of its digest and of parts that variants declare anew. */
const settleOf = (semantics: string, { alone }: Pick<Varied, "alone">) => Bica.Stage.make("settle", {
  semantics,
  after: [taughtStage],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("settle")(function*() {
    const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], objective: alone })
    yield* training.repeat({ times: 20, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 32, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([ai], {
        jointly: true,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 20),
        clipNorm: 0.5
      })
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * stage settle for alone after taught {
 *   repeat 20 times { rollout 32 environments for 16 steps  update ai jointly }
 * }
 * ```
 */
export const settleStage = settleOf("bd8b50f2c0479e72179d7683d967d91aafb79563775ff8298639a125b4a22698", { alone })

/** Makes `easyStage` of its digest and of parts that variants declare anew. */
const easyOf = (semantics: string, { settleStage }: Pick<Varied, "settleStage">) => Bica.Stage.make("easy", {
  semantics,
  after: [settleStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  from: settleStage,
  program: Effect.fn("easy")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], objective })
    yield* training.repeat({ times: 40, checkpointEvery: 20 }, Effect.gen(function*() {
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
 * stage easy(objective o) after settle {
 *   repeat 40 times {
 *     rollout 32 environments for 16 steps
 *     update human, ai jointly
 *     ascend budgets
 *   }
 * }
 * ```
 */
export const easyStage = easyOf("305175e90f977ca87382bf72a1068f2ff04a1e60ecadacf590ae6a464b5a836e", { settleStage })

/** Makes `hardStage` of its digest and of parts that variants declare anew. */
const hardOf = (semantics: string, { easyStage }: Pick<Varied, "easyStage">) => Bica.Stage.make("hard", {
  semantics,
  after: [easyStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  from: easyStage,
  program: Effect.fn("hard")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: map.shifts.dense, agents: [ai, human], objective })
    yield* training.repeat({ times: 40, checkpointEvery: 20 }, Effect.gen(function*() {
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
 * stage hard(objective o) after easy {
 *   repeat 40 times {
 *     rollout 32 environments on dense for 16 steps
 *     update human, ai jointly
 *     ascend budgets
 *   }
 * }
 * ```
 */
export const hardStage = hardOf("889dca0f724274171fc5506e33ee80aadb0c5cf3993c8bf8f4819b42a74cdc01", { easyStage })

/** Makes `endsStage` of its digest and of parts that variants declare anew. */
const endsOf = (semantics: string, { hardStage }: Pick<Varied, "hardStage">) => Bica.Stage.make("ends", {
  semantics,
  after: [hardStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  from: hardStage,
  program: Effect.fn("ends")(function*() {
    const training = yield* Bica.Training.begin({ environment: map.shifts.loud, agents: [ai, human], objective: given })
    yield* training.repeat({ times: 10, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 32, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([ai], {
        jointly: false,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 10),
        clipNorm: 0.5
      })
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * stage ends for given after hard {
 *   repeat 10 times { rollout 32 environments on map.loud  update ai }
 * }
 * ```
 */
export const endsStage = endsOf("b2b696e938191b3cfe5945d05f96d154b1a1ed51e6517fb2cf6dda51378c3173", { hardStage })

/**
 * ```bica
 * stage guided after taught {
 *   play 1000 episodes on map
 *   measure success
 * }
 * ```
 */
export const guidedStage = Bica.Stage.make("guided", {
  semantics: "9e360cc917e4e79c3c8e459da2d4e91423e827cd93bfde01d09b14de785ad863",
  after: [taughtStage],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  team: "taught",
  program: Effect.fn("guided")(function*() {
    yield* Bica.Play.team({
      episodes: 1000,
      on: [map],
      agents: [ai, human],
      objective: Bica.Imitation.team("taught"),
      choose: "greedy",
      measure: ["success"]
    })
  })
})

/** Makes `settledStage` of its digest and of parts that variants declare anew. */
const settledOf = (semantics: string, { alone, settleStage }: Pick<Varied, "alone" | "settleStage">) => Bica.Stage.make(
  "settled",
  {
    semantics,
    after: [settleStage],
    agents: [ai, human],
    environment: map,
    forEach: "seed",
    team: "settle",
    program: Effect.fn("settled")(function*() {
      yield* Bica.Play.team({
        episodes: 1000,
        on: [map],
        agents: [ai, human],
        objective: alone,
        choose: "greedy",
        measure: ["success"]
      })
    })
  }
)

/**
 * ```bica
 * stage settled after settle {
 *   play 1000 episodes on map
 *   measure success
 * }
 * ```
 */
export const settledStage = settledOf("7c1180118009fa9f8daebdad3af751d92a1be1a473c6e5d4587b06b9d408f9ef", {
  alone,
  settleStage
})

/** Makes `afterEasyStage` of its digest and of parts that variants declare anew. */
const afterEasyOf = (semantics: string, { easyStage }: Pick<Varied, "easyStage">) => Bica.Stage.make(
  "after_easy",
  {
    semantics,
    after: [easyStage],
    agents: [ai, human],
    environment: map,
    forEach: "objective",
    team: "easy",
    derive: { metrics: ["ce"], baseline: given },
    program: Effect.fn("after_easy")(function*(objective: Bica.Objective.Objective) {
      yield* Bica.Play.team({
        episodes: 1000,
        on: [map, map.shifts.dense],
        agents: [ai, human],
        objective,
        choose: "greedy",
        measure: ["success", "ce", "steps", "tokens"]
      })
    })
  }
)

/**
 * ```bica
 * stage after_easy after easy {
 *   play 1000 episodes on map, dense
 *   measure success, ce { baseline given }
 * }
 * ```
 */
export const afterEasyStage = afterEasyOf("8238807a83262359d6c9129bca10ead399d6fdb66696e2a15582cc92391f8576", {
  easyStage
})

/** Makes `afterHardStage` of its digest and of parts that variants declare anew. */
const afterHardOf = (semantics: string, { hardStage }: Pick<Varied, "hardStage">) => Bica.Stage.make(
  "after_hard",
  {
    semantics,
    after: [hardStage],
    agents: [ai, human],
    environment: map,
    forEach: "objective",
    team: "hard",
    derive: { metrics: ["ce"], baseline: given },
    program: Effect.fn("after_hard")(function*(objective: Bica.Objective.Objective) {
      yield* Bica.Play.team({
        episodes: 1000,
        on: [map, map.shifts.dense],
        agents: [ai, human],
        objective,
        choose: "greedy",
        measure: ["success", "steps", "tokens", "ce"]
      })
    })
  }
)

/**
 * ```bica
 * stage after_hard after hard {
 *   play 1000 episodes on map, dense
 *   measure success, steps, tokens, ce { baseline given }
 * }
 * ```
 */
export const afterHardStage = afterHardOf("8238807a83262359d6c9129bca10ead399d6fdb66696e2a15582cc92391f8576", {
  hardStage
})

/** Makes `afterEndsStage` of its digest and of parts that variants declare anew. */
const afterEndsOf = (semantics: string, { endsStage }: Pick<Varied, "endsStage">) => Bica.Stage.make(
  "after_ends",
  {
    semantics,
    after: [endsStage],
    agents: [ai, human],
    environment: map,
    forEach: "objective",
    team: "ends",
    program: Effect.fn("after_ends")(function*() {
      yield* Bica.Play.team({
        episodes: 1000,
        on: [map.shifts.loud],
        agents: [ai, human],
        objective: given,
        choose: "sampled",
        measure: ["success"]
      })
    })
  }
)

/**
 * ```bica
 * stage after_ends after ends {
 *   play 1000 episodes on loud { choose sampled }
 *   measure success
 * }
 * ```
 */
export const afterEndsStage = afterEndsOf("61b0690b98913cee27ac1cda70ada8fec5c6f1ea7da189504491cafc403b19cb", {
  endsStage
})

/** What variants declare anew. */
export interface Varied {
  readonly alone: typeof alone
  readonly settleStage: typeof settleStage
  readonly easyStage: typeof easyStage
  readonly hardStage: typeof hardStage
  readonly endsStage: typeof endsStage
}

/**
 * ```bica
 * vary calm 0.1
 * ```
 */
export const calm01 = Bica.Study.variant("calm=0.1", () => {
  const alone = Bica.Objective.make("alone", {
    semantics: "790ac04efca78ed2ce0b293d4a43aa8e1735474cfe56c8c489624bf414f4d6e5",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("calm", -0.1, calm)
    ],
    within: [],
    freezing: [human]
  })
  const settleStage = settleOf("2f518947b949bfcd49c65f8a387fd9a35cdb22550bb58a1ae3e1264aedf3fce4", { alone })
  const easyStage = easyOf("305175e90f977ca87382bf72a1068f2ff04a1e60ecadacf590ae6a464b5a836e", { settleStage })
  const hardStage = hardOf("889dca0f724274171fc5506e33ee80aadb0c5cf3993c8bf8f4819b42a74cdc01", { easyStage })
  const endsStage = endsOf("b2b696e938191b3cfe5945d05f96d154b1a1ed51e6517fb2cf6dda51378c3173", { hardStage })
  const settledStage = settledOf("e0aca72f32c28fd10298c37d6c17b21cde18f506a4dc24fe64ad89a5b7c69b7e", {
    alone,
    settleStage
  })
  const afterEasyStage = afterEasyOf("8238807a83262359d6c9129bca10ead399d6fdb66696e2a15582cc92391f8576", { easyStage })
  const afterHardStage = afterHardOf("8238807a83262359d6c9129bca10ead399d6fdb66696e2a15582cc92391f8576", { hardStage })
  const afterEndsStage = afterEndsOf("61b0690b98913cee27ac1cda70ada8fec5c6f1ea7da189504491cafc403b19cb", { endsStage })
  return {
    objectives: [both, given],
    stages: [
      taughtStage,
      settleStage,
      easyStage,
      hardStage,
      endsStage,
      guidedStage,
      settledStage,
      afterEasyStage,
      afterHardStage,
      afterEndsStage
    ]
  }
})

/**
 * ```bica
 * vary calm 0.2
 * ```
 */
export const calm02 = Bica.Study.variant("calm=0.2", () => {
  const alone = Bica.Objective.make("alone", {
    semantics: "6b0a94956c550cec859005c71eb5668de68a246dea471822fbd5eeb55a777623",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("calm", -0.2, calm)
    ],
    within: [],
    freezing: [human]
  })
  const settleStage = settleOf("9b047be27210e3512de19ea80f0d618063252469d764acdf5cff2a21d079d3fd", { alone })
  const easyStage = easyOf("305175e90f977ca87382bf72a1068f2ff04a1e60ecadacf590ae6a464b5a836e", { settleStage })
  const hardStage = hardOf("889dca0f724274171fc5506e33ee80aadb0c5cf3993c8bf8f4819b42a74cdc01", { easyStage })
  const endsStage = endsOf("b2b696e938191b3cfe5945d05f96d154b1a1ed51e6517fb2cf6dda51378c3173", { hardStage })
  const settledStage = settledOf("19b3211fbb3f3b3c602b25aaa33d337647370fdcf84c65eee920ec5820aaa87a", {
    alone,
    settleStage
  })
  const afterEasyStage = afterEasyOf("8238807a83262359d6c9129bca10ead399d6fdb66696e2a15582cc92391f8576", { easyStage })
  const afterHardStage = afterHardOf("8238807a83262359d6c9129bca10ead399d6fdb66696e2a15582cc92391f8576", { hardStage })
  const afterEndsStage = afterEndsOf("61b0690b98913cee27ac1cda70ada8fec5c6f1ea7da189504491cafc403b19cb", { endsStage })
  return {
    objectives: [both, given],
    stages: [
      taughtStage,
      settleStage,
      easyStage,
      hardStage,
      endsStage,
      guidedStage,
      settledStage,
      afterEasyStage,
      afterHardStage,
      afterEndsStage
    ]
  }
})

/**
 * ```bica
 * vary hard.repeat 80
 * ```
 */
export const hardRepeat80 = Bica.Study.variant("hard.repeat=80", () => {
  const hardStage = Bica.Stage.make("hard", {
    semantics: "5161b0ee3aaf2856ce7a60e58bd34ad15a6a388b6638f4b7238f0b81a4d967fb",
    after: [easyStage],
    agents: [ai, human],
    environment: map,
    forEach: "objective",
    from: easyStage,
    program: Effect.fn("hard")(function*(objective: Bica.Objective.Objective) {
      const training = yield* Bica.Training.begin({ environment: map.shifts.dense, agents: [ai, human], objective })
      yield* training.repeat({ times: 80, checkpointEvery: 20 }, Effect.gen(function*() {
        yield* training.rollout({ environments: 32, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
        yield* training.update([human, ai], {
          jointly: true,
          epochs: 2,
          minibatches: 2,
          rate: Bica.Schedule.linear(0.004, 0.0004, 80),
          clipNorm: 0.5
        })
        yield* training.ascend
      }))
      yield* training.end
    })
  })
  const endsStage = endsOf("b2b696e938191b3cfe5945d05f96d154b1a1ed51e6517fb2cf6dda51378c3173", { hardStage })
  const afterHardStage = afterHardOf("8238807a83262359d6c9129bca10ead399d6fdb66696e2a15582cc92391f8576", { hardStage })
  const afterEndsStage = afterEndsOf("61b0690b98913cee27ac1cda70ada8fec5c6f1ea7da189504491cafc403b19cb", { endsStage })
  return {
    objectives: [both, given],
    stages: [
      taughtStage,
      settleStage,
      easyStage,
      hardStage,
      endsStage,
      guidedStage,
      settledStage,
      afterEasyStage,
      afterHardStage,
      afterEndsStage
    ]
  }
})

/**
 * ```bica
 * without near
 * ```
 */
export const withoutNear = Bica.Study.variant("without-near", () => {
  const both = Bica.Objective.make("both", {
    semantics: "b92c947a046a10bbe8717153355bf5186079ee035a10bb200ae35bed6fd2156c",
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 }))
    ],
    within: [],
    freezing: []
  })
  return {
    objectives: [both, given],
    stages: [
      taughtStage,
      settleStage,
      easyStage,
      hardStage,
      endsStage,
      guidedStage,
      settledStage,
      afterEasyStage,
      afterHardStage,
      afterEndsStage
    ]
  }
})

/**
 * ```bica
 * study main {
 *   seeds    13, 42, 2025, 4096, 15213
 *   compare  both, given
 *   vary     calm 0.1, 0.2
 *   vary     hard.repeat 80
 *   without  near
 * }
 * ```
 */
export const mainStudy = Bica.Study.make("main", {
  seeds: [13, 42, 2025, 4096, 15213],
  compare: [both, given],
  variants: [calm01, calm02, hardRepeat80, withoutNear]
})

/**
 * ```bica
 * claim clears: success(both after hard on dense) - success(both after easy on dense) > 0 with 95 % confidence
 *     assuming difference 20 %
 * ```
 */
export const clears = Bica.Claim.make("clears", {
  left: Bica.Claim.minus(
    Bica.Claim.measured("success", Bica.Claim.team(both, { after: hardStage }), map.shifts.dense),
    Bica.Claim.measured("success", Bica.Claim.team(both, { after: easyStage }), map.shifts.dense)
  ),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim learns: success(settle) - success(taught) > 0 assuming difference 20 %
 * ```
 */
export const learns = Bica.Claim.make("learns", {
  left: Bica.Claim.minus(
    Bica.Claim.measured("success", Bica.Claim.leftBy(settleStage)),
    Bica.Claim.measured("success", Bica.Claim.leftBy(taughtStage))
  ),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim calmer: success(settle) - success(settle with calm 0.1) > 0 assuming difference 20 %
 * ```
 */
export const calmer = Bica.Claim.make("calmer", {
  left: Bica.Claim.minus(
    Bica.Claim.measured("success", Bica.Claim.leftBy(settleStage)),
    Bica.Claim.measured("success", Bica.Claim.leftBy(settleStage, { variant: calm01 }))
  ),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim longer: success(given with hard.repeat 80 after hard) > success(given after hard) assuming difference 20 %
 * ```
 */
export const longer = Bica.Claim.make("longer", {
  left: Bica.Claim.measured("success", Bica.Claim.team(given, { after: hardStage, variant: hardRepeat80 })),
  relation: ">",
  right: Bica.Claim.measured("success", Bica.Claim.team(given, { after: hardStage })),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim loud:   success(both on loud, sampled) > 20 % assuming difference 20 %
 * ```
 */
export const loud = Bica.Claim.make("loud", {
  left: Bica.Claim.measured("success", Bica.Claim.team(both, { after: endsStage, choose: "sampled" }), map.shifts.loud),
  relation: ">",
  right: Bica.Claim.number(0.2),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim quick:  steps(both after hard) < 40 steps assuming spread 1 steps
 * ```
 */
export const quick = Bica.Claim.make("quick", {
  left: Bica.Claim.measured("steps", Bica.Claim.team(both, { after: hardStage })),
  relation: "<",
  right: Bica.Claim.number(40),
  test: Bica.Claim.confidence(0.95)
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("curriculum", {
  stages: [
    taughtStage,
    settleStage,
    easyStage,
    hardStage,
    endsStage,
    guidedStage,
    settledStage,
    afterEasyStage,
    afterHardStage,
    afterEndsStage
  ],
  objectives: [alone, both, given],
  studies: [mainStudy],
  claims: [clears, learns, calmer, longer, loud, quick]
})
