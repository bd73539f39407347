// Terms, definitions, schedules and names that the host language would not take
//
// Compiled by bica from terms.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment class = MapTalk {
 *   grid 5 by 5
 *   shift default { human.noise { flip 10 % } }
 *   shift __proto__ { horizon 20 steps }
 * }
 * ```
 */
export const classEnvironment = Bica.MapTalk.make("class", {
  grid: { width: 5, height: 5 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 80,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 },
  shifts: { default: { noise: { human: { flip: 0.1, drift: 0 } } }, ["__proto__"]: { horizon: 20 } }
})

/**
 * ```bica
 * agent ai plays class.navigator {
 *   sees egocentric(3 by 3), heading, human.message
 *   policy gru(16)
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
 * agent human plays class.guide {
 *   sees full
 *   says { N, E, S, W }
 *   policy gru(16)
 *   prior planner(2)
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(16),
  prior: Bica.Agent.rule("planner", 2),
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0, drift: 0 }
})

/**
 * ```bica
 * term eval     = mean(soft_hinge(entropy(ai.policy), 0.5))
 * ```
 */
export const evalTerm = Bica.mean(
  Bica.log(Bica.add(Bica.number(1), Bica.exp(Bica.subtract(Bica.entropy(ai.policy), Bica.number(0.5)))))
)

/**
 * ```bica
 * term together = mean((ai.latent - stop_gradient(human.latent))^2)
 * ```
 */
export const together = Bica.mean(Bica.square(Bica.subtract(ai.latent, Bica.stopGradient(human.latent))))

/**
 * ```bica
 * term both     = max(eval, together) / 2 - min(eval, 3)
 * ```
 */
export const both = Bica.subtract(
  Bica.divide(Bica.maximum(evalTerm, together), Bica.number(2)),
  Bica.minimum(evalTerm, Bica.number(3))
)

/**
 * ```bica
 * term held     = mean(clip(abs(ai.latent), 0.1, 0.9)) + sqrt(1 + square(eval)) + sum(hinge(-ai.latent)) * 0
 * ```
 */
export const held = Bica.add(
  Bica.add(
    Bica.mean(Bica.clip(Bica.abs(ai.latent), 0.1, 0.9)),
    Bica.sqrt(Bica.add(Bica.number(1), Bica.square(evalTerm)))
  ),
  Bica.multiply(Bica.total(Bica.hinge(Bica.negate(ai.latent))), Bica.number(0))
)

/**
 * ```bica
 * budget training : entropy(human.policy) <= 1.2 nats by dual(0.05, start 0.1)
 * ```
 */
export const trainingBudget = Bica.Budget.make("training", {
  quantity: Bica.mean(Bica.entropy(human.policy)),
  atMost: 1.2,
  unit: "nats",
  by: Bica.Budget.dual({ rate: 0.05, start: 0.1 })
})

/**
 * ```bica
 * budget pipeline : mean(ai.latent^2) <= 0.5 by dual(rate 0.01)
 * ```
 */
export const pipelineBudget = Bica.Budget.make("pipeline", {
  quantity: Bica.mean(Bica.square(ai.latent)),
  atMost: 0.5,
  unit: "none",
  by: Bica.Budget.dual({ rate: 0.01, start: 0 })
})

/**
 * ```bica
 * objective new  = ppo(ai, clip 0.1) + ppo(human, 0.3, 0) - (0.1 -> 0.01 over 20 updates) * both + twice(held) within training, pipeline
 * ```
 */
export const newObjective = Bica.Objective.make("new", {
  semantics: "f5fd866479699005ef6424f21adf19e6aba4f6a8b72296aa413ce57fec9b6e25",
  loss: [
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.1, entropy: 0.01 })),
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.3, entropy: 0 })),
    Bica.Objective.summand("both", Bica.Schedule.linear(-0.1, -0.01, 20), both),
    Bica.Objective.summand("#4", 1, Bica.add(held, held))
  ],
  within: [trainingBudget, pipelineBudget],
  freezing: []
})

/**
 * ```bica
 * objective void = -0.5 * eval + ppo(ai) - (1 -> 0.1 by 0.9 per update) * (eval - 2 * (mean(ai.latent) - 1)) within pipeline freezing human
 * ```
 */
export const voidObjective = Bica.Objective.make("void", {
  semantics: "e8cad70cd6fa9e17e5d064775d36bf862f9c18f13cf8a2eb508487004a6912b3",
  loss: [
    Bica.Objective.summand("eval", -0.5, evalTerm),
    Bica.Objective.summand("ppo(ai)", 1, Bica.ppo(ai, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand(
      "#3",
      Bica.Schedule.geometric(-1, -0.1, 0.9),
      Bica.subtract(evalTerm, Bica.multiply(Bica.number(2), Bica.subtract(Bica.mean(ai.latent), Bica.number(1))))
    )
  ],
  within: [pipelineBudget],
  freezing: [human]
})

/**
 * ```bica
 * stage function(objective o) {
 *   repeat 4 times {
 *     rollout 8 environments for 4 steps { trace 0.9 }
 *     update ai, human { rate 0.001, epochs 1 }
 *     ascend training, pipeline
 *   }
 *   checkpoint every 2 updates
 * }
 * ```
 */
export const functionStage = Bica.Stage.make("function", {
  semantics: "559dc710e2db4b02bba4ce3e62429a3da9263f622f0d3c9479b83793b429d1c2",
  after: [],
  agents: [ai, human],
  environment: classEnvironment,
  forEach: "objective",
  program: Effect.fn("function")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({ environment: classEnvironment, agents: [ai, human], objective })
    yield* training.repeat({ times: 4, checkpointEvery: 2 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 8, steps: 4, discount: 0.99, trace: 0.9, valueWeight: 0.5 })
      yield* training.update([ai, human], {
        jointly: false,
        epochs: 1,
        minibatches: 2,
        rate: Bica.Schedule.constant(0.001),
        clipNorm: 0.5
      })
      yield* training.ascend
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * stage await(objective o) after function {
 *   play 16 episodes on class, class.default, __proto__ { choose sampled }
 *   measure success, steps, reward
 * }
 * ```
 */
export const awaitStage = Bica.Stage.make("await", {
  semantics: "7ab54ca469e22af0d34b79dd74fe6a1f49756c56758ce58718609932d4662d7b",
  after: [functionStage],
  agents: [ai, human],
  environment: classEnvironment,
  forEach: "objective",
  program: Effect.fn("await")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 16,
      on: [classEnvironment, classEnvironment.shifts.default, classEnvironment.shifts.__proto__],
      agents: [ai, human],
      objective,
      choose: "sampled",
      measure: ["success", "steps", "reward"]
    })
  })
})

/**
 * ```bica
 * stage oracles {
 *   play 16 episodes on default by class.random, class.planner
 *   measure steps, reward
 * }
 * ```
 */
export const oraclesStage = Bica.Stage.make("oracles", {
  semantics: "96fa04827dd71e4957a7fe3af54c1139a7f1f77a66cad3f4e57595ad3012d40e",
  after: [],
  agents: [ai, human],
  environment: classEnvironment,
  forEach: "seed",
  program: Effect.fn("oracles")(function*() {
    yield* Bica.Play.oracles({
      episodes: 16,
      on: [classEnvironment.shifts.default],
      by: ["random", "planner"],
      agents: [ai, human],
      measure: ["steps", "reward"]
    })
  })
})

/**
 * ```bica
 * study yield { seeds 7, 4294967295, 0  compare void, new }
 * ```
 */
export const yieldStudy = Bica.Study.make("yield", {
  seeds: [7, 4294967295, 0],
  compare: [voidObjective, newObjective]
})

/**
 * ```bica
 * claim new   : steps(new on default) / steps(class.planner on default) < 2 + 1 with 90 % confidence
 * ```
 */
export const newClaim = Bica.Claim.make("new", {
  left: Bica.Claim.divide(
    Bica.Claim.measured("steps", Bica.Claim.team(newObjective, { choose: "sampled" }), classEnvironment.shifts.default),
    Bica.Claim.measured("steps", Bica.Claim.oracle("planner"), classEnvironment.shifts.default)
  ),
  relation: "<",
  right: Bica.Claim.plus(Bica.Claim.number(2), Bica.Claim.number(1)),
  test: Bica.Claim.confidence(0.9)
})

/**
 * ```bica
 * claim let   : -(success(new) - success(void on __proto__)) * 2 <= 10 % with 99 % confidence assuming difference 80 %
 * ```
 */
export const letClaim = Bica.Claim.make("let", {
  left: Bica.Claim.times(
    Bica.Claim.times(
      Bica.Claim.number(-1),
      Bica.Claim.minus(
        Bica.Claim.measured("success", Bica.Claim.team(newObjective, { choose: "sampled" })),
        Bica.Claim.measured(
          "success",
          Bica.Claim.team(voidObjective, { choose: "sampled" }),
          classEnvironment.shifts.__proto__
        )
      )
    ),
    Bica.Claim.number(2)
  ),
  relation: "<=",
  right: Bica.Claim.number(0.1),
  test: Bica.Claim.confidence(0.99)
})

/**
 * ```bica
 * claim const : steps(new) - 5 steps >= steps(void) - 2 * 3 steps
 * ```
 */
export const constClaim = Bica.Claim.make("const", {
  left: Bica.Claim.minus(
    Bica.Claim.measured("steps", Bica.Claim.team(newObjective, { choose: "sampled" })),
    Bica.Claim.number(5)
  ),
  relation: ">=",
  right: Bica.Claim.minus(
    Bica.Claim.measured("steps", Bica.Claim.team(voidObjective, { choose: "sampled" })),
    Bica.Claim.times(Bica.Claim.number(2), Bica.Claim.number(3))
  ),
  test: Bica.Claim.confidence(0.95)
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("terms", {
  stages: [functionStage, awaitStage, oraclesStage],
  objectives: [newObjective, voidObjective],
  studies: [yieldStudy],
  claims: [newClaim, letClaim, constClaim]
})
