// An instructor of three kinds of advice: what it costs, how certain it is, and what it is worth.
//
// Compiled by bica from advice.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk {
 *   shift noisy { human.noise { flip 10 %, drift 10 % } }
 * }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 8, height: 8 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 80,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 },
  shifts: { noisy: { noise: { human: { flip: 0.1, drift: 0.1 } } } }
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
 *   sees      full, coach.advice
 *   says      { N, E, S, W }
 *   policy    gru(16)
 *   prior     compass(2.2)
 *   protocol  table { update 10 % }
 *   noise     { flip 5 %, drift 5 % }
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full", "coach.advice"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(16),
  prior: Bica.Agent.rule("compass", 2.2),
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0.05, drift: 0.05 }
})

/**
 * ```bica
 * instructor coach for human { sees full  gives { none, hint, correct, wait }  policy mlp(64) }
 * ```
 */
export const coach = Bica.Instructor.make("coach", { agent: "human", hidden: 64, kinds: 3 })

/**
 * ```bica
 * term teach   = mean(coach.intervenes)
 * ```
 */
export const teach = Bica.mean(coach.intervenes)

/**
 * ```bica
 * term certain = mean(entropy(coach.policy))
 * ```
 */
export const certain = Bica.mean(Bica.entropy(coach.policy))

/**
 * ```bica
 * objective bica     = ppo(ai) + ppo(human) + ppo(coach, entropy 0) + 0.05 * teach - 0.01 * certain
 * ```
 */
export const bica = Bica.Objective.make("bica", {
  semantics: "d6b1f41ea1e8e10b1580f9649a680726a4fc57868d44a51a990b6747e86b710f",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0 })),
    Bica.Objective.summand("teach", 0.05, teach),
    Bica.Objective.summand("certain", -0.01, certain)
  ],
  within: [],
  freezing: []
})

/**
 * ```bica
 * objective untaught = ppo(ai) + ppo(human)  freezing coach
 * ```
 */
export const untaught = Bica.Objective.make("untaught", {
  semantics: "59c531b135b95fda9437a60f0d907077221f878f684bb7dc98a3ca767203611c",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 }))
  ],
  within: [],
  freezing: [coach]
})

/**
 * ```bica
 * stage train(objective o) {
 *   repeat 40 times {
 *     rollout 64 environments for 16 steps
 *     update human, ai, coach jointly
 *   }
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "22f895c763da450bb000bb88ec8c562cbc0678295c2f3c109d8ca9ea1fbaa1dc",
  after: [],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({
      environment: map,
      agents: [ai, human],
      modules: { instructor: coach },
      objective
    })
    yield* training.repeat({ times: 40, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 64, steps: 16, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([human, ai, coach], {
        jointly: true,
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
 *   play 1024 episodes on map, noisy
 *   measure success, teaching_effectiveness
 * }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "87b7f79a78b1dc12b37d387feea6d3065e2af27ed9709901185c2d138f9820ac",
  after: [trainStage],
  agents: [ai, human],
  environment: map,
  forEach: "objective",
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 1024,
      on: [map, map.shifts.noisy],
      agents: [ai, human],
      modules: { instructor: coach },
      objective,
      choose: "greedy",
      measure: ["success", "teaching_effectiveness"]
    })
  })
})

/**
 * ```bica
 * study main { seeds 13, 42, 2025 }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [13, 42, 2025], compare: [bica, untaught] })

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("advice", {
  stages: [trainStage, testStage],
  objectives: [bica, untaught],
  studies: [mainStudy],
  claims: []
})
