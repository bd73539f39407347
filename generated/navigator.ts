// Latent Navigator: a person and an assistant explore the latent space of a β-VAE. Does it help when both adapt?  Li & Song 2025, section 4.2
//
// Compiled by bica from navigator.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment shapes = LatentNavigator {
 *   clicks     100 steps
 *   catalogue  2048
 *   person     { attention_rate 0.15, budget 0.05 nats, trust_rate 0.2 }
 *   mapper     { weight 20 %, every 25 }
 *
 *   // one side adapts, the other does not
 *   shift fixed_person { person { attention_rate 0, trust_rate 0 } }
 *   shift own_map { mapper { weight 0 } }
 * }
 * ```
 */
export const shapes = Bica.LatentNavigator.make("shapes", {
  clicks: 100,
  catalogue: 2048,
  suggestions: 3,
  person: { attentionRate: 0.15, budget: 0.05, trustRate: 0.2, noise: 0.3, lapse: 0.05 },
  mapper: { weight: 0.2, every: 25 },
  shifts: {
    fixed_person: { person: { attentionRate: 0, budget: 0.05, trustRate: 0, noise: 0.3, lapse: 0.05 } },
    own_map: { mapper: { weight: 0, every: 25 } }
  }
})

/**
 * ```bica
 * stage encode {
 *   fit shapes.encoder for 3000 updates { beta 4, pool 60000 }
 * }
 * ```
 */
export const encodeStage = Bica.Stage.make("encode", {
  semantics: "34e8ea9daef693cc1146778a206ec9ab400e03fdf41d03ac1566b4e6313daca3",
  after: [],
  agents: [],
  environment: shapes,
  forEach: "seed",
  program: Effect.fn("encode")(function*() {
    yield* Bica.LatentNavigator.fit({
      model: "encoder",
      updates: 3000,
      resolution: "halved",
      pool: 60000,
      latents: 16,
      beta: 4,
      batch: 128,
      rate: 0.001,
      checkpointEvery: 500
    })
  })
})

/**
 * ```bica
 * stage explore after encode {
 *   play 10 episodes on shapes
 *       by shapes.random, shapes.human_alone, shapes.ai_alone, shapes.one_directional, shapes.bidirectional
 *   measure exploration_efficiency, discovery_rate, preference_correlation, percept_correlation, cognitive_compatibility,
 *       suggestions_taken, human_drift
 * }
 * ```
 */
export const exploreStage = Bica.Stage.make("explore", {
  semantics: "2c2f248cadef10ea57dadabd3e8235f7cc0a2e989bcd502d3e7fb2ef941c7d3b",
  after: [encodeStage],
  agents: [],
  environment: shapes,
  forEach: "seed",
  program: Effect.fn("explore")(function*() {
    yield* Bica.LatentNavigator.play({
      episodes: 10,
      on: [shapes],
      by: ["random", "human_alone", "ai_alone", "one_directional", "bidirectional"],
      measure: [
        "exploration_efficiency",
        "discovery_rate",
        "preference_correlation",
        "percept_correlation",
        "cognitive_compatibility",
        "suggestions_taken",
        "human_drift",
        "best_score",
        "mean_score",
        "value_agreement",
        "percept_correlation_floor",
        "percept_correlation_ceiling",
        "percept_alignment",
        "understanding",
        "percept_alignment_ceiling",
        "mapped_alignment",
        "likelihood_ratio_index",
        "understanding_ceiling"
      ]
    })
  })
})

/**
 * ```bica
 * stage ablate after encode {
 *   play 10 episodes on fixed_person, own_map by shapes.bidirectional
 *   measure exploration_efficiency, discovery_rate, preference_correlation, cognitive_compatibility
 * }
 * ```
 */
export const ablateStage = Bica.Stage.make("ablate", {
  semantics: "f7320f42fde46a1c436e55fdb2134aed242c49672cf6ef1854cd3ac99b3a3a7f",
  after: [encodeStage],
  agents: [],
  environment: shapes,
  forEach: "seed",
  program: Effect.fn("ablate")(function*() {
    yield* Bica.LatentNavigator.play({
      episodes: 10,
      on: [shapes.shifts.fixed_person, shapes.shifts.own_map],
      by: ["bidirectional"],
      measure: [
        "exploration_efficiency",
        "discovery_rate",
        "preference_correlation",
        "cognitive_compatibility",
        "best_score",
        "mean_score",
        "value_agreement",
        "percept_alignment",
        "understanding",
        "percept_alignment_ceiling",
        "mapped_alignment",
        "likelihood_ratio_index",
        "understanding_ceiling"
      ]
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
 * claim beats_the_person: exploration_efficiency(shapes.bidirectional) - exploration_efficiency(shapes.human_alone) > 0
 *     with 95 % confidence
 * ```
 */
export const beatsThePerson = Bica.Claim.make("beats_the_person", {
  left: Bica.Claim.minus(
    Bica.Claim.measured("exploration_efficiency", Bica.Claim.oracle("bidirectional")),
    Bica.Claim.measured("exploration_efficiency", Bica.Claim.oracle("human_alone"))
  ),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim beats_the_assistant: exploration_efficiency(shapes.bidirectional) - exploration_efficiency(shapes.ai_alone) > 0
 *     with 95 % confidence
 * ```
 */
export const beatsTheAssistant = Bica.Claim.make("beats_the_assistant", {
  left: Bica.Claim.minus(
    Bica.Claim.measured("exploration_efficiency", Bica.Claim.oracle("bidirectional")),
    Bica.Claim.measured("exploration_efficiency", Bica.Claim.oracle("ai_alone"))
  ),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim beats_one_direction: exploration_efficiency(shapes.bidirectional) - exploration_efficiency(shapes.one_directional)
 *     > 0 with 95 % confidence
 * ```
 */
export const beatsOneDirection = Bica.Claim.make("beats_one_direction", {
  left: Bica.Claim.minus(
    Bica.Claim.measured("exploration_efficiency", Bica.Claim.oracle("bidirectional")),
    Bica.Claim.measured("exploration_efficiency", Bica.Claim.oracle("one_directional"))
  ),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.confidence(0.95)
})

/**
 * ```bica
 * claim learning_narrows: discovery_rate(shapes.bidirectional on fixed_person) - discovery_rate(shapes.bidirectional)
 *     > 0 % with 95 % confidence
 * ```
 */
export const learningNarrows = Bica.Claim.make("learning_narrows", {
  left: Bica.Claim.minus(
    Bica.Claim.measured("discovery_rate", Bica.Claim.oracle("bidirectional"), shapes.shifts.fixed_person),
    Bica.Claim.measured("discovery_rate", Bica.Claim.oracle("bidirectional"))
  ),
  relation: ">",
  right: Bica.Claim.number(0),
  test: Bica.Claim.confidence(0.95)
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("navigator", {
  stages: [encodeStage, exploreStage, ablateStage],
  objectives: [],
  studies: [mainStudy],
  claims: [beatsThePerson, beatsTheAssistant, beatsOneDirection, learningNarrows]
})
