// Every condition of the study from one file: both learn, one learns, one alone, no messages from the AI.
//
// Compiled by bica from conditions.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk {
 *   grid  5 by 5
 * }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 5, height: 5 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 80,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 }
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
 *   prior   compass(2.2)
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
 * objective bica     = ppo(ai) + ppo(human) + ppo(coach)
 * ```
 */
export const bica = Bica.Objective.make("bica", {
  semantics: "9422954a3695a22074315559044791a01a6d0a45ff1c265a8392f20d67fc0f55",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0.01 }))
  ],
  within: [],
  freezing: []
})

/**
 * ```bica
 * objective one_way  = ppo(ai) freezing human, codes, coach
 * ```
 */
export const oneWay = Bica.Objective.make("one_way", {
  semantics: "188cfe9f4154a21abf55dfcef8448c63c4515afaa0dd28c8c2d553c15b08412f",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [],
  freezing: [human, codes, coach]
})

/**
 * ```bica
 * objective ai_alone = ppo(ai) freezing human, codes, coach silencing human
 * ```
 */
export const aiAlone = Bica.Objective.make("ai_alone", {
  semantics: "0834accfad8216e570ed3fb788065eb97894210b3434216d1d54b8d787ca7f93",
  loss: [Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 }))],
  within: [],
  freezing: [human, codes, coach],
  silencing: [human]
})

/**
 * ```bica
 * objective quiet    = ppo(ai) + ppo(human) + ppo(coach) freezing codes silencing codes
 * ```
 */
export const quiet = Bica.Objective.make("quiet", {
  semantics: "c35e16edd1b01c4355bef7b0f6ed9e1b40bf7fb41784e54ff9d5ad2e8df53999",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0.01 }))
  ],
  within: [],
  freezing: [codes],
  silencing: [codes]
})

/**
 * ```bica
 * stage train(objective o) {
 *   repeat 40 times {
 *     rollout 32 environments
 *     update human, ai, codes, coach
 *   }
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "5da7b223c74132b772a16aea1fae11d082abe0f9fdfb7a7889aebbb20d4b0369",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({
      environment: map,
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach },
      objective
    })
    yield* training.repeat({ times: 40, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 32, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai, codes, coach], {
        jointly: false,
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
 * stage test after train {
 *   play 256 episodes on map
 *   measure success, steps, tokens
 * }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "ece68869a22bfbf759a7034b5de927f84e9796d550c8d58037e0fa28295f887b",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 256,
      on: [map],
      agents: [ai, human],
      modules: { protocol: codes, instructor: coach },
      objective,
      choose: "greedy",
      measure: ["success", "steps", "tokens"]
    })
  })
})

/**
 * ```bica
 * study conditions { seeds 13, 42, 2025 }
 * ```
 */
export const conditionsStudy = Bica.Study.make("conditions", {
  seeds: [13, 42, 2025],
  compare: [bica, oneWay, aiAlone, quiet]
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("conditions", {
  stages: [trainStage, testStage],
  objectives: [bica, oneWay, aiAlone, quiet],
  studies: [conditionsStudy],
  claims: []
})
