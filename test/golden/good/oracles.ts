// Compiled by bica from oracles.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk { obstacles 20 .. 30 % }
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
 * agent ai plays map.navigator { sees egocentric, heading, human.message  policy gru(8) }
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
 * agent human plays map.guide { sees full  says { N, E, S, W }  policy gru(8)  noise { flip 5 % } }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(8),
  prior: Bica.Agent.uniform,
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0.05, drift: 0 }
})

/**
 * ```bica
 * stage oracles {
 *   play 100 episodes on map by map.random, map.direction_protocol
 *   measure success, steps
 * }
 * ```
 */
export const oraclesStage = Bica.Stage.make("oracles", {
  semantics: "46ccadfdca8f9bca5eb31703363512db43d707d8c0b84c49cc32b3a2dc2157e5",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "seed",
  program: Effect.fn("oracles")(function*() {
    yield* Bica.Play.oracles({
      episodes: 100,
      on: [map],
      by: ["random", "direction_protocol"],
      agents: [ai, human],
      measure: ["success", "steps"]
    })
  })
})

/**
 * ```bica
 * study main { seeds 13, 42, 2025 }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [13, 42, 2025], compare: [] })

/**
 * ```bica
 * claim a_word_helps: success(map.direction_protocol) - success(map.random) > 50 %
 * ```
 */
export const aWordHelps = Bica.Claim.make("a_word_helps", {
  left: Bica.Claim.minus(
    Bica.Claim.measured("success", Bica.Claim.oracle("direction_protocol")),
    Bica.Claim.measured("success", Bica.Claim.oracle("random"))
  ),
  relation: ">",
  right: Bica.Claim.number(0.5),
  test: Bica.Claim.confidence(0.95)
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("oracles", {
  stages: [oraclesStage],
  objectives: [],
  studies: [mainStudy],
  claims: [aWordHelps]
})
