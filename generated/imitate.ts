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
 *   policy  gru(32)
 * }
 * ```
 */
export const ai = Bica.Agent.make("ai", {
  plays: "navigator",
  sees: ["egocentric", "heading", "last_action", "last_collision", "human.message"],
  policy: Bica.Agent.gru(32),
  prior: Bica.Agent.uniform
})

/**
 * ```bica
 * agent human plays map.guide {
 *   sees      full
 *   says      { N, E, S, W }
 *   policy    gru(32)
 *   protocol  table { prior literal(90 %), update 10 % }
 *   noise     { flip 5 %, drift 5 % }
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(32),
  prior: Bica.Agent.uniform,
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0.05, drift: 0.05 }
})

/**
 * ```bica
 * objective both    = ppo(ai) + ppo(human)
 * ```
 */
export const both = Bica.Objective.make("both", {
  semantics: "5f874c94cc35f3c2e329c18a1e75cc6fff4cf324955ca61f53691b0bd42075d0",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 }))
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
  semantics: "2e5fe685c2b1bd15f99f18aa669957115c6097e9097751c50b8ee9e113b869cd",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [],
  freezing: [human]
})

/**
 * ```bica
 * stage taught {
 *   imitate map.planner(errs 30 %) by human until loss < 0.9 nats or 60 updates {
 *     environments 64
 *   }
 * }
 * ```
 */
export const taughtStage = Bica.Stage.make("taught", {
  semantics: "2bd09afbcca46913265657b00bec2efc940ee2b699e729a850b7aa11f0e97559",
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
    yield* imitation.until({ loss: 0.9, updates: 60, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* imitation.rollout({ environments: 64, steps: 16 })
      yield* imitation.update({
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 60),
        clipNorm: 0.5
      })
    }))
    yield* imitation.end
  })
})

/**
 * ```bica
 * stage guided after taught {
 *   play 500 episodes on map
 *   measure success, steps, human_alone
 * }
 * ```
 */
export const guidedStage = Bica.Stage.make("guided", {
  semantics: "fc95a8c57930e1230bfcf28d0272fd8909fc6c34578a20778f77dc46f4ef5c45",
  after: [taughtStage],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  team: "taught",
  program: Effect.fn("guided")(function*() {
    yield* Bica.Play.team({
      episodes: 500,
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
 *   repeat 60 times {
 *     rollout 64 environments
 *     update human, ai jointly
 *   }
 *   checkpoint every 20
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "6c0459ef5b9571b102ad1784f542deb041485d91a14cc0a3fb3837cd530a94b5",
  after: [taughtStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: map, agents: [ai, human], objective })
    yield* training.repeat({ times: 60, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 64, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai], {
        jointly: true,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 60),
        clipNorm: 0.5
      })
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * stage test after train {
 *   play 500 episodes on map
 *   measure success, steps, human_alone
 * }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "d0e1211ae21c3b1de36963c3f5878111add82a76478f55d5cda3244434c15fc5",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 500,
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
 * study main {
 *   seeds    13, 42
 *   compare  both, one_way
 * }
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
