// Compiled by bica from minimal.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 8, height: 8 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 80,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 }
})

/**
 * ```bica
 * agent ai plays map.navigator {
 *   sees egocentric, heading, human.message
 *   policy gru(8)
 * }
 * ```
 */
export const ai = Bica.Agent.make("ai", {
  plays: "navigator",
  sees: ["egocentric", "heading", "human.message"],
  policy: Bica.Agent.gru(8),
  prior: Bica.Agent.uniform
})

/**
 * ```bica
 * agent human plays map.guide {
 *   sees full
 *   says { N, E, S, W }
 *   policy gru(8)
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(8),
  prior: Bica.Agent.uniform,
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0, drift: 0 }
})

/**
 * ```bica
 * objective both = ppo(ai) + ppo(human)
 * ```
 */
export const both = Bica.Objective.make("both", {
  semantics: "f0c59ab992726429fb55b62e0251854c7f572720a96c71966f617f836e9920a6",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 }))
  ],
  within: [],
  freezing: []
})

/**
 * ```bica
 * stage train(objective o) {
 *   repeat 3 times {
 *     rollout 8 environments
 *     update human, ai
 *   }
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "a92f6ccc6b92207ce2365638878f3c23e131c00367e3db049d88f468c5710ab2",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], objective })
    yield* training.repeat({ times: 3, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 8, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai], {
        jointly: false,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 3),
        clipNorm: 0.5
      })
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * stage test after train {
 *   play 200 episodes on map
 *   measure success
 * }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "e9eea56ab29bacdb2a6c56ed5dfe3b4a3c8ed7974b3eb9325c4c617794386c7f",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 200,
      on: [map],
      agents: [ai, human],
      objective,
      choose: "greedy",
      measure: ["success"]
    })
  })
})

/**
 * ```bica
 * study main { seeds 13, 42, 2025 }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [13, 42, 2025], compare: [both] })

/**
 * ```bica
 * claim often: success(both) > 50 %
 * ```
 */
export const often = Bica.Claim.make("often", {
  left: Bica.Claim.measured("success", both),
  relation: ">",
  right: Bica.Claim.number(0.5),
  test: Bica.Claim.confidence(0.95)
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("minimal", {
  stages: [trainStage, testStage],
  objectives: [both],
  studies: [mainStudy],
  claims: [often]
})
