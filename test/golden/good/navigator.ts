// A world that needs a model: it is fitted in a stage of its own, and players explore it.
//
// Compiled by bica from navigator.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment shapes = LatentNavigator {
 *   clicks  50 steps
 *   person  { budget 0.1 nats }
 *
 *   shift fixed { person { attention_rate 0, trust_rate 0 } }
 *   shift own_map { mapper { weight 0 } }
 * }
 * ```
 */
export const shapes = Bica.LatentNavigator.make("shapes", {
  clicks: 50,
  catalogue: 2048,
  suggestions: 3,
  person: { attentionRate: 0.15, budget: 0.1, trustRate: 0.2, noise: 0.3, lapse: 0.05 },
  mapper: { weight: 0.2, every: 25 },
  shifts: {
    fixed: { person: { attentionRate: 0, budget: 0.1, trustRate: 0, noise: 0.3, lapse: 0.05 } },
    own_map: { mapper: { weight: 0, every: 25 } }
  }
})

/**
 * ```bica
 * stage encode {
 *   fit shapes.encoder for 2000 updates { resolution native, pool 20000 }
 *   checkpoint every 200
 * }
 * ```
 */
export const encodeStage = Bica.Stage.make("encode", {
  semantics: "8e52a7f76a43789bfe084360856dc8a81ae3228394b04eee95a649cc08c550bb",
  after: [],
  agents: [],
  environment: shapes,
  forEach: "seed",
  program: Effect.fn("encode")(function*() {
    yield* Bica.LatentNavigator.fit({
      model: "encoder",
      updates: 2000,
      resolution: "native",
      pool: 20000,
      latents: 16,
      beta: 4,
      batch: 128,
      rate: 0.001,
      checkpointEvery: 200
    })
  })
})

/**
 * ```bica
 * stage explore after encode {
 *   play 10 episodes on shapes, fixed, own_map by shapes.random, shapes.human_alone, shapes.bidirectional
 *   measure exploration_efficiency, discovery_rate, human_drift
 * }
 * ```
 */
export const exploreStage = Bica.Stage.make("explore", {
  semantics: "da083dfcb0039a03ba8ab86a7cd0a44e63f782a5faae79068dfafa8c85616863",
  after: [encodeStage],
  agents: [],
  environment: shapes,
  forEach: "seed",
  program: Effect.fn("explore")(function*() {
    yield* Bica.LatentNavigator.play({
      episodes: 10,
      on: [shapes, shapes.shifts.fixed, shapes.shifts.own_map],
      by: ["random", "human_alone", "bidirectional"],
      measure: ["exploration_efficiency", "discovery_rate", "human_drift", "best_score", "mean_score"]
    })
  })
})

/**
 * ```bica
 * study main { seeds 13, 42, 2025, 4096, 15213 }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [13, 42, 2025, 4096, 15213], compare: [] })

/**
 * ```bica
 * claim together: exploration_efficiency(shapes.bidirectional) > exploration_efficiency(shapes.human_alone)
 *     with 95 % confidence
 * ```
 */
export const together = Bica.Claim.make("together", {
  left: Bica.Claim.measured("exploration_efficiency", Bica.Claim.oracle("bidirectional")),
  relation: ">",
  right: Bica.Claim.measured("exploration_efficiency", Bica.Claim.oracle("human_alone")),
  test: Bica.Claim.confidence(0.95)
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("navigator", {
  stages: [encodeStage, exploreStage],
  objectives: [],
  studies: [mainStudy],
  claims: [together]
})
