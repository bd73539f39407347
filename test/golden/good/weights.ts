// Weights: fixed, falling, learned
//
// Compiled by bica from weights.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk {
 *   grid     5 by 5
 *   horizon  40 steps
 * }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 5, height: 5 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 40,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 }
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
 *   prior   compass(2.2)
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(16),
  prior: Bica.Agent.rule("compass", 2.2),
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0, drift: 0 }
})

/**
 * ```bica
 * term near   = mean(kl(ai.policy || ai.prior))
 * ```
 */
export const near = Bica.mean(Bica.kl(ai.policy, ai.prior))

/**
 * ```bica
 * term spread = mean(entropy(human.policy))
 * ```
 */
export const spread = Bica.mean(Bica.entropy(human.policy))

/**
 * ```bica
 * objective both = ppo(ai) + ppo(human) + learned by hypergradient(200, start 0.05) * near
 *     - learned by hypergradient(200) * spread - (0.02 -> 0.01 over 10 updates) * mean(entropy(ai.policy))
 * ```
 */
export const both = Bica.Objective.make("both", {
  semantics: "c5df5effbbf3e60a0ef0d449b7e9d77603b476217a0d7cadba29b347f350fd14",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("near", Bica.Objective.hypergradient({ rate: 200, start: 0.05 }), near),
    Bica.Objective.summand("spread", Bica.Objective.hypergradient({ rate: 200, start: -0.1 }), spread),
    Bica.Objective.summand("#5", Bica.Schedule.linear(-0.02, -0.01, 10), Bica.mean(Bica.entropy(ai.policy)))
  ],
  within: [],
  freezing: []
})

/**
 * ```bica
 * stage train(objective o) {
 *   repeat 12 times {
 *     rollout 16 environments for 8 steps
 *     update human, ai jointly
 *   }
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "0b3892b3d2b73188af131fd5c6e59fc0ab49647a1cbb9685ef462c94de977485",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], objective })
    yield* training.repeat({ times: 12, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 16, steps: 8, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai], {
        jointly: true,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 12),
        clipNorm: 0.5
      })
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * study main { seeds 13  compare both }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [13], compare: [both] })

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("weights", {
  stages: [trainStage],
  objectives: [both],
  studies: [mainStudy],
  claims: []
})
