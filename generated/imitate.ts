// A human who has learned from a planner what to intend, before human and AI adapt to each other.
//
// Compiled by bica from imitate.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk {
 *   grid       8 by 8
 *   obstacles  0.20 .. 0.30
 *   horizon    80 steps
 * }
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
 *   sees    egocentric(3 by 3), heading, last_action, last_collision, human.message
 *   policy  gru(64)
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
 *   says      { N, E, S, W }
 *   policy    gru(64)
 *   protocol  table { prior literal(90 %), update 10 % }
 *   noise     { flip 5 %, drift 5 % }
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(64),
  prior: Bica.Agent.uniform,
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0.05, drift: 0.05 }
})

/**
 * ```bica
 * objective both    = ppo(ai, entropy 0.005) + ppo(human, entropy 0.005)
 * ```
 */
export const both = Bica.Objective.make("both", {
  semantics: "be19c88a5b5524b478664334c315048770d1b55eb5985651a8a31615a8985fa6",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.005 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.005 }))
  ],
  within: [],
  freezing: []
})

/**
 * ```bica
 * objective one_way = ppo(ai)  freezing human
 * ```
 */
export const oneWay = Bica.Objective.make("one_way", {
  semantics: "6cbe32fde35a6460bba95d2dc5ed071cd69061e77dd0e92164e8d089e464f61e",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [],
  freezing: [human]
})

/**
 * ```bica
 * stage taught {
 *   imitate map.planner(errs 30 %) by human until loss < 0.85 nats or 300 updates
 * }
 * ```
 */
export const taughtStage = Bica.Stage.make("taught", {
  semantics: "d512066cdb123c875085d1c830ae5c90f0e85b19333014e0f2b5c7e8fb329676",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("taught")(function*() {
    const imitation = yield* Bica.Imitation.begin({
      environment: map,
      agents: [ai, human],
      pupil: human,
      teacher: Bica.Imitation.rule("planner", { scale: 100, errs: 0.3 })
    })
    yield* imitation.until({ loss: 0.85, updates: 300, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* imitation.rollout({ environments: 128, steps: 16 })
      yield* imitation.update({
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 300),
        clipNorm: 0.5
      })
    }))
    yield* imitation.end
  })
})

/**
 * ```bica
 * stage guided after taught {
 *   play 1000 episodes on map
 *   measure success, steps, human_alone
 * }
 * ```
 */
export const guidedStage = Bica.Stage.make("guided", {
  semantics: "a165d184a6e91cec971f25f25d198ae0e900750a1997ae7e241e7a0a68412b16",
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
      measure: ["success", "steps", "human_alone"]
    })
  })
})

/**
 * ```bica
 * stage train(objective o) after taught {
 *   repeat 200 times {
 *     rollout 128 environments for 16 steps
 *     update human, ai jointly { epochs 2, minibatches 2, rate 0.004 -> 0.0004 over 200 updates }
 *   }
 *   checkpoint every 20
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "0525328fd5e7524a5fbae47f9866054b0136b53ef6358bf80c9130640d7a9393",
  after: [taughtStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], objective })
    yield* training.repeat({ times: 200, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 128, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai], {
        jointly: true,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 200),
        clipNorm: 0.5
      })
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * stage test after train {
 *   play 1000 episodes on map
 *   measure success, steps, human_alone
 * }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "c917e341d54604c63ccac1a273c4d512ee4eb899741c44b193c49c62af105aea",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 1000,
      on: [map],
      agents: [ai, human],
      objective,
      choose: "greedy",
      measure: ["success", "steps", "human_alone"]
    })
  })
})

/**
 * ```bica
 * study main { seeds 13, 42  compare both, one_way }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [13, 42], compare: [both, oneWay] })

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("imitate", {
  stages: [taughtStage, guidedStage, trainStage, testStage],
  objectives: [both, oneWay],
  studies: [mainStudy],
  claims: []
})
