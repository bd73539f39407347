// Compiled by bica from reordered.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk { reward { goal 25 } shift rich { reward { goal 100 } } }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 8, height: 8 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 80,
  reward: { step: -1, collision: -5, goal: 25, token: -0.05, scale: 0.1 },
  shifts: { rich: { reward: { step: -1, collision: -5, goal: 100, token: -0.05, scale: 0.1 } } }
})

/**
 * ```bica
 * agent human plays map.guide { policy gru(8) says { N, E, S, W } sees full noise { drift 5 % } protocol table { update 0.2 } }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(8),
  prior: Bica.Agent.uniform,
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.2 }),
  noise: { flip: 0, drift: 0.05 }
})

/**
 * ```bica
 * agent ai plays map.navigator { policy gru(8) sees human.message, heading }
 * ```
 */
export const ai = Bica.Agent.make("ai", {
  plays: "navigator",
  sees: ["human.message", "heading"],
  policy: Bica.Agent.gru(8),
  prior: Bica.Agent.uniform
})

/**
 * ```bica
 * term spread = entropy(human.policy)
 * ```
 */
export const spread = Bica.entropy(human.policy)

/**
 * ```bica
 * term calm = mean(spread)
 * ```
 */
export const calm = Bica.mean(spread)

/**
 * ```bica
 * term distance = kl(ai.policy || ai.prior)
 * ```
 */
export const distance = Bica.kl(ai.policy, ai.prior)

/**
 * ```bica
 * budget drift: distance <= 1 nat by dual(0.1)
 * ```
 */
export const drift = Bica.Budget.make("drift", {
  quantity: Bica.mean(distance),
  atMost: 1,
  unit: "nats",
  by: Bica.Budget.dual({ rate: 0.1, start: 0 })
})

/**
 * ```bica
 * objective one_way = ppo(ai) within drift freezing human
 * ```
 */
export const oneWay = Bica.Objective.make("one_way", {
  semantics: "63218782deaeb1fe35692297b7c3b71fb78d28baf34d3ca842ab3fa7e1199030",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [drift],
  freezing: [human]
})

/**
 * ```bica
 * objective both = ppo(ai) + ppo(human) - 0.01 * calm within drift
 * ```
 */
export const both = Bica.Objective.make("both", {
  semantics: "7ea7f9a070b59c1c2d25326a574f0f6973a0e871904a5c1c7aa34da05c4b0d7a",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("calm", -0.01, calm)
  ],
  within: [drift],
  freezing: []
})

/**
 * ```bica
 * stage train(objective o) {
 *   checkpoint every 5
 *   repeat 10 times { rollout 8 environments update ai, human jointly ascend budgets }
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "ff6f65b63e137cc0f0aff2caf3e180bbda07689159cd5c2e76a0aad9d2652acb",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], objective })
    yield* training.repeat({ times: 10, checkpointEvery: 5 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 8, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([ai, human], {
        jointly: true,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 10),
        clipNorm: 0.5
      })
      yield* training.ascend
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * stage test after train { measure steps, success play 16 episodes on map }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "bd93abe9ead5aa7d07db10769427f59dae4a9d8c3e8d445b3d563352155c5c3f",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 16,
      on: [map],
      agents: [ai, human],
      objective,
      choose: "greedy",
      measure: ["steps", "success"]
    })
  })
})

/**
 * ```bica
 * study main { compare both, one_way seeds 3, 2, 1 }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [3, 2, 1], compare: [both, oneWay] })

/**
 * ```bica
 * claim quick: steps(both) <= 30 steps
 * ```
 */
export const quick = Bica.Claim.make("quick", {
  left: Bica.Claim.measured("steps", both),
  relation: "<=",
  right: Bica.Claim.number(30),
  test: Bica.Claim.confidence(0.95)
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("reordered", {
  stages: [trainStage, testStage],
  objectives: [oneWay, both],
  studies: [mainStudy],
  claims: [quick]
})
