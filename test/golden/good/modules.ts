// Modules before the agents that they stand between, defaults left out, names that the host language would not take
//
// Compiled by bica from modules.bica
import { Effect } from "effect"
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk { grid 5 by 5 horizon 20 steps }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 5, height: 5 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 20,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 }
})

/**
 * ```bica
 * agent walker plays map.navigator {
 *   sees heading, guide.message
 *   says 3 codes
 *   policy gru(12)
 * }
 * ```
 */
export const walker = Bica.Agent.make("walker", {
  plays: "navigator",
  sees: ["heading", "guide.message"],
  policy: Bica.Agent.gru(12),
  prior: Bica.Agent.uniform
})

/**
 * ```bica
 * agent guide plays map.guide {
 *   sees full, default.advice, walker.message
 *   says { N, E, S, W }
 *   policy gru(8)
 *   prior planner(2)
 * }
 * ```
 */
export const guide = Bica.Agent.make("guide", {
  plays: "guide",
  sees: ["full", "default.advice", "walker.message"],
  says: ["N", "E", "S", "W"],
  policy: Bica.Agent.gru(8),
  prior: Bica.Agent.rule("planner", 2),
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0, drift: 0 }
})

/**
 * ```bica
 * instructor default for guide { gives { hint, none } sees full }
 * ```
 */
export const defaultModule = Bica.Instructor.make("default", { agent: "guide", hidden: 0 })

/**
 * ```bica
 * mapper new from guide to walker { linear }
 * ```
 */
export const newModule = Bica.Mapper.make("new", { from: guide, to: walker, hidden: 0 })

/**
 * ```bica
 * protocol module for walker { gumbel_softmax(6) }
 * ```
 */
export const moduleModule = Bica.Protocol.make("module", {
  agent: "walker",
  codes: 6,
  symbols: 3,
  temperature: Bica.Schedule.geometric(1, 0.3, 0.995)
})

/**
 * ```bica
 * term image = new(guide.latent)
 * ```
 */
export const image = newModule.map(guide.latent)

/**
 * ```bica
 * term near  = apart(image, walker.latent)^2 + apart(new(stop_gradient(guide.latent)), walker.latent)
 * ```
 */
export const near = Bica.add(
  Bica.square(Bica.w2(image, Bica.stopGradient(walker.latent))),
  Bica.w2(newModule.map(Bica.stopGradient(guide.latent)), Bica.stopGradient(walker.latent))
)

/**
 * ```bica
 * term alike = 1 - cca(guide.latent, walker.latent)
 * ```
 */
export const alike = Bica.subtract(Bica.number(1), Bica.cca(guide.latent, walker.latent))

/**
 * ```bica
 * term clear = uncertain(module.message given module.code) - uncertain(module.message) + uncertain(module.code)
 * ```
 */
export const clear = Bica.add(
  Bica.subtract(Bica.mean(Bica.entropy(moduleModule.messageGivenCode)), Bica.mean(Bica.entropy(moduleModule.message))),
  Bica.mean(Bica.entropy(moduleModule.code))
)

/**
 * ```bica
 * term rate  = sum(square(kl(module.message given module.code || module.message)))
 * ```
 */
export const rate = Bica.total(Bica.square(Bica.kl(moduleModule.messageGivenCode, moduleModule.message)))

/**
 * ```bica
 * term calm  = uncertain(default.policy)
 * ```
 */
export const calm = Bica.mean(Bica.entropy(defaultModule.policy))

/**
 * ```bica
 * budget quiet  : module.speaks       <= 0.5  by dual(0.01)
 * ```
 */
export const quiet = Bica.Budget.make("quiet", {
  quantity: Bica.mean(moduleModule.speaks),
  atMost: 0.5,
  unit: "none",
  by: Bica.Budget.dual({ rate: 0.01, start: 0 })
})

/**
 * ```bica
 * budget seldom : default.intervenes  <= 10 % by dual(0.1)
 * ```
 */
export const seldom = Bica.Budget.make("seldom", {
  quantity: Bica.mean(defaultModule.intervenes),
  atMost: 0.1,
  unit: "none",
  by: Bica.Budget.dual({ rate: 0.1, start: 0 })
})

/**
 * ```bica
 * budget drift  : kl(guide.policy || guide.prior) <= 1 nats by dual(0.1)
 * ```
 */
export const drift = Bica.Budget.make("drift", {
  quantity: Bica.mean(Bica.kl(guide.policy, guide.prior)),
  atMost: 1,
  unit: "nats",
  by: Bica.Budget.dual({ rate: 0.1, start: 0 })
})

/**
 * ```bica
 * objective all  = ppo(walker) + ppo(guide) + ppo(default, entropy 0) + 0.1 * near + 0.01 * alike + clear + rate - 0.01 * calm within drift, quiet, seldom
 * ```
 */
export const all = Bica.Objective.make("all", {
  semantics: "d9e24feeba4c6ed7f7d4484a9dfd1d3bb636ad8bca40a2b8194c209acc4f4ec0",
  loss: [
    Bica.Objective.summand("ppo(walker)", 1, Bica.ppo(walker, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(guide)", 1, Bica.ppo(guide, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(default)", 1, Bica.ppo(defaultModule, { clip: 0.2, entropy: 0 })),
    Bica.Objective.summand("near", 0.1, near),
    Bica.Objective.summand("alike", 0.01, alike),
    Bica.Objective.summand("clear", 1, clear),
    Bica.Objective.summand("rate", 1, rate),
    Bica.Objective.summand("calm", -0.01, calm)
  ],
  within: [drift, quiet, seldom],
  freezing: []
})

/**
 * ```bica
 * objective deaf = ppo(walker) + ppo(guide) + 0.1 * near freezing default, module
 * ```
 */
export const deaf = Bica.Objective.make("deaf", {
  semantics: "4c14f802cdb3b1d14b9518e84217ecc9bd902b9a5dd86de66f30986b2aea69ac",
  loss: [
    Bica.Objective.summand("ppo(walker)", 1, Bica.ppo(walker, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("ppo(guide)", 1, Bica.ppo(guide, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("near", 0.1, near)
  ],
  within: [],
  freezing: [defaultModule, moduleModule]
})

/**
 * ```bica
 * stage train(objective o) {
 *   repeat 2 times {
 *     rollout 8 environments for 4 steps
 *     update module, new, default, guide, walker
 *     ascend budgets
 *   }
 * }
 * ```
 */
export const trainStage = Bica.Stage.make("train", {
  semantics: "2040e350aa1f298ed51479acbc104e66ffc6387149616a34752b0c7a397679a2",
  after: [],
  agents: [walker, guide],
  environment: map,
  forEach: "objective",
  program: Effect.fn("train")(function*(objective: Bica.Objective.Objective) {
    const training = yield* Bica.Training.begin({
      environment: map,
      agents: [walker, guide],
      modules: { protocol: moduleModule, instructor: defaultModule, mapper: newModule },
      objective
    })
    yield* training.repeat({ times: 2, checkpointEvery: 20 }, Effect.gen(function*() {
      yield* training.rollout({ environments: 8, steps: 4, discount: 0.99, trace: 0.95, valueWeight: 0.5 })
      yield* training.update([moduleModule, newModule, defaultModule, guide, walker], {
        jointly: false,
        epochs: 2,
        minibatches: 2,
        rate: Bica.Schedule.linear(0.004, 0.0004, 2),
        clipNorm: 0.5
      })
      yield* training.ascend
    }))
    yield* training.end
  })
})

/**
 * ```bica
 * stage test after train { play 4 episodes on map measure tokens }
 * ```
 */
export const testStage = Bica.Stage.make("test", {
  semantics: "a823b0e87f4e5c682ef8122883be87c4f21012773e47e976c861c50e611dc355",
  after: [trainStage],
  agents: [walker, guide],
  environment: map,
  forEach: "objective",
  program: Effect.fn("test")(function*(objective: Bica.Objective.Objective) {
    yield* Bica.Play.team({
      episodes: 4,
      on: [map],
      agents: [walker, guide],
      modules: { protocol: moduleModule, instructor: defaultModule, mapper: newModule },
      objective,
      choose: "greedy",
      measure: ["tokens"]
    })
  })
})

/**
 * ```bica
 * stage oracles { play 4 episodes on map by map.planner measure steps }
 * ```
 */
export const oraclesStage = Bica.Stage.make("oracles", {
  semantics: "40e7ebb8109640dcb9a0ec8de7ce00bc5c857afe23a1cc5b371e9930d2dd90a6",
  after: [],
  agents: [walker, guide],
  environment: map,
  forEach: "seed",
  program: Effect.fn("oracles")(function*() {
    yield* Bica.Play.oracles({
      episodes: 4,
      on: [map],
      by: ["planner"],
      agents: [walker, guide],
      modules: { protocol: moduleModule, instructor: defaultModule, mapper: newModule },
      measure: ["steps"]
    })
  })
})

/**
 * ```bica
 * study main { seeds 1 }
 * ```
 */
export const mainStudy = Bica.Study.make("main", { seeds: [1], compare: [all, deaf] })

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("modules", {
  stages: [trainStage, testStage, oraclesStage],
  objectives: [all, deaf],
  studies: [mainStudy],
  claims: []
})
