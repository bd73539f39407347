// An instructor that sees the last steps, and what it is worth to see fewer or more of them.
//
// Compiled by bica from history.bica
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
 * instructor coach for human { sees full, history(8)  gives { none, hint, correct }  policy mlp(64) }
 * ```
 */
export const coach = Bica.Instructor.make("coach", { agent: "human", hidden: 64, kinds: 2, history: 8 })

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

/** Makes `bica` of its digest and of parts that variants declare anew. */
const bicaOf = (semantics: string, { coach, teach, certain }: Pick<Varied, "coach" | "teach" | "certain">) => Bica.Objective.make(
  "bica",
  {
    semantics,
    loss: [
      Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 })),
      Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0 })),
      Bica.Objective.summand("teach", 0.05, teach),
      Bica.Objective.summand("certain", -0.01, certain)
    ],
    within: [],
    freezing: []
  }
)

/**
 * ```bica
 * objective bica     = ppo(ai) + ppo(human) + ppo(coach, entropy 0) + 0.05 * teach - 0.01 * certain
 * ```
 */
export const bica = bicaOf("9eac2860decc0cad9b39f0d11a839685085aa2fc1e74849f3462f1d1f8b51fb4", {
  coach,
  teach,
  certain
})

/**
 * ```bica
 * objective untaught = ppo(ai) + ppo(human)  freezing coach
 * ```
 */
export const untaught = Bica.Objective.make("untaught", {
  semantics: "a3aef4fa3fb49331b3ff08b1da5178a52c53daf1d6b75a20bbbc397703399e35",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0.01 }))
  ],
  within: [],
  freezing: [coach]
})

/** Makes `trainStage` of its digest and of parts that variants declare anew. */
const trainOf = (semantics: string, { coach }: Pick<Varied, "coach">) => Bica.Stage.make("train", {
  semantics,
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
 * stage train(objective o) {
 *   repeat 40 times {
 *     rollout 64 environments for 16 steps
 *     update human, ai, coach jointly
 *   }
 * }
 * ```
 */
export const trainStage = trainOf("873f9cf3b21134839e3fe5dd586521bb196059beeb40f2fa36f922694d8300ce", { coach })

/** Makes `testStage` of its digest and of parts that variants declare anew. */
const testOf = (semantics: string, { coach, trainStage }: Pick<Varied, "coach" | "trainStage">) => Bica.Stage.make(
  "test",
  {
    semantics,
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
  }
)

/**
 * ```bica
 * stage test after train {
 *   play 1024 episodes on map, noisy
 *   measure success, teaching_effectiveness
 * }
 * ```
 */
export const testStage = testOf("93bd1e34dcc2e419f04a20e664e1d511f32e8ff3bce5a01c86586c390193da22", {
  coach,
  trainStage
})

/** What variants declare anew. */
export interface Varied {
  readonly coach: typeof coach
  readonly teach: typeof teach
  readonly certain: typeof certain
  readonly trainStage: typeof trainStage
}

/**
 * ```bica
 * vary coach.history 4
 * ```
 */
export const coachHistory4 = Bica.Study.variant("coach.history=4", () => {
  const coach = Bica.Instructor.make("coach", { agent: "human", hidden: 64, kinds: 2, history: 4 })
  const teach = Bica.mean(coach.intervenes)
  const certain = Bica.mean(Bica.entropy(coach.policy))
  const bica = bicaOf("1893e298f28b388d12fe63908d1a6b47fe4f20256153f6b2b880ca1a4480f494", { coach, teach, certain })
  const trainStage = trainOf("1d037af8948b9b5278650b0c7c1f2ded0aeb6dfd4b70a3e2b37bba9e2e1b1213", { coach })
  const testStage = testOf("93b939eae1ed6a19caaac25462c3439333503215cb2c60901c2abebb635f6927", { coach, trainStage })
  return { objectives: [bica], stages: [trainStage, testStage] }
})

/**
 * ```bica
 * vary coach.history 16
 * ```
 */
export const coachHistory16 = Bica.Study.variant("coach.history=16", () => {
  const coach = Bica.Instructor.make("coach", { agent: "human", hidden: 64, kinds: 2, history: 16 })
  const teach = Bica.mean(coach.intervenes)
  const certain = Bica.mean(Bica.entropy(coach.policy))
  const bica = bicaOf("878a546721b194f543463bf47eabf654e7f406b5668efddef3c55b298d5d2676", { coach, teach, certain })
  const trainStage = trainOf("c63035fbf2cf396755a7fff8e8a250289225699db35b41d4dcb4fd91490666be", { coach })
  const testStage = testOf("f054b219aeddedee214c1fdf618ec8ead292a59a19a381ff3f2bef3594900b87", { coach, trainStage })
  return { objectives: [bica], stages: [trainStage, testStage] }
})

/**
 * ```bica
 * vary coach.gives { none, hint }
 * ```
 */
export const coachGivesNoneHint = Bica.Study.variant("coach.gives=none-hint", () => {
  const coach = Bica.Instructor.make("coach", { agent: "human", hidden: 64, history: 8 })
  const teach = Bica.mean(coach.intervenes)
  const certain = Bica.mean(Bica.entropy(coach.policy))
  const bica = bicaOf("75334cc26927c2b4e62b31172565bd6e4a1e2e956fb0cd4f699a2a573c7d2283", { coach, teach, certain })
  const trainStage = trainOf("237c8a3b5b134ab59124bd0dfd5aa68e75a0a36d732293442571c48e8bb97d49", { coach })
  const testStage = testOf("5defd3a37917cbfc9c6c48a0f0dc0cb6d91513a3861ac101d878200ed97ed6d9", { coach, trainStage })
  return { objectives: [bica], stages: [trainStage, testStage] }
})

/**
 * ```bica
 * study main { seeds 13, 42, 2025 }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [13, 42, 2025], compare: [bica, untaught] })

/**
 * ```bica
 * study ablations {
 *   from  main.bica
 *   seeds 42
 *   vary  coach.history 4, 8, 16
 *   vary  coach.gives { none, hint }
 * }
 * ```
 */
export const ablationsStudy = Bica.Study.make("ablations", {
  seeds: [42],
  compare: [bica],
  variants: [coachHistory4, coachHistory16, coachGivesNoneHint]
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("history", {
  stages: [trainStage, testStage],
  objectives: [bica, untaught],
  studies: [mainStudy, ablationsStudy],
  claims: []
})
