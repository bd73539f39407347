// Every function and operator of the expression language once, as the reference shows it.
//
// Compiled by bica from primitives.bica
import * as Bica from "bica/runtime"

/**
 * ```bica
 * environment map = MapTalk { grid 4 by 4 }
 * ```
 */
export const map = Bica.MapTalk.make("map", {
  grid: { width: 4, height: 4 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 80,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 }
})

/**
 * ```bica
 * agent ai plays map.navigator {
 *   sees    egocentric, heading, human.message
 *   says    8 codes
 *   policy  gru(8)
 * }
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
 * agent human plays map.guide {
 *   sees    full, ai.message, coach.advice
 *   says    { N, E, S, W, 1, 2, 3, 4, J, D, TURN_A, ALIGN }
 *   policy  gru(8)
 *   prior   compass(2.2)
 * }
 * ```
 */
export const human = Bica.Agent.make("human", {
  plays: "guide",
  sees: ["full", "ai.message", "coach.advice"],
  says: ["N", "E", "S", "W", "1", "2", "3", "4", "J", "D", "TURN_A", "ALIGN"],
  policy: Bica.Agent.gru(8),
  prior: Bica.Agent.rule("compass", 2.2),
  protocol: Bica.Agent.table({ literal: 0.9, update: 0.1 }),
  noise: { flip: 0, drift: 0 }
})

/**
 * ```bica
 * protocol codes for ai { gumbel_softmax(5) }
 * ```
 */
export const codes = Bica.Protocol.make("codes", {
  agent: "ai",
  codes: 5,
  symbols: 8,
  temperature: Bica.Schedule.geometric(1, 0.3, 0.995)
})

/**
 * ```bica
 * mapper bridge from human to ai { mlp(6) }
 * ```
 */
export const bridge = Bica.Mapper.make("bridge", { from: human, to: ai, hidden: 6 })

/**
 * ```bica
 * instructor coach for human { sees full  gives { none, hint } }
 * ```
 */
export const coach = Bica.Instructor.make("coach", { agent: "human", hidden: 0 })

/**
 * ```bica
 * term by_plus = mean(entropy(ai.policy) + entropy(human.policy))
 * ```
 */
export const byPlus = Bica.mean(Bica.add(Bica.entropy(ai.policy), Bica.entropy(human.policy)))

/**
 * ```bica
 * term by_minus = mean(entropy(ai.policy) - 1)
 * ```
 */
export const byMinus = Bica.mean(Bica.subtract(Bica.entropy(ai.policy), Bica.number(1)))

/**
 * ```bica
 * term by_times = -mean(exp(ai.log_prob - ai.old_log_prob) * map.advantage)
 * ```
 */
export const byTimes = Bica.negate(
  Bica.mean(Bica.multiply(Bica.exp(Bica.subtract(ai.logProb, ai.oldLogProb)), Bica.Earned.advantage))
)

/**
 * ```bica
 * term by_over = mean(norm(ai.latent)) / 64
 * ```
 */
export const byOver = Bica.divide(Bica.mean(Bica.norm(ai.latent)), Bica.number(64))

/**
 * ```bica
 * term by_raised = mean((entropy(ai.policy) - 1)^2)
 * ```
 */
export const byRaised = Bica.mean(Bica.square(Bica.subtract(Bica.entropy(ai.policy), Bica.number(1))))

/**
 * ```bica
 * term by_less = mean(where(entropy(ai.policy) < mean(entropy(ai.policy)), entropy(ai.policy), 0))
 * ```
 */
export const byLess = Bica.mean(
  Bica.where(
    Bica.less(Bica.entropy(ai.policy), Bica.mean(Bica.entropy(ai.policy))),
    Bica.entropy(ai.policy),
    Bica.number(0)
  )
)

/**
 * ```bica
 * term by_at_most = mean((map.return <= 0) * ai.log_prob)
 * ```
 */
export const byAtMost = Bica.mean(Bica.multiply(Bica.lessEqual(Bica.Earned.returns, Bica.number(0)), ai.logProb))

/**
 * ```bica
 * term by_more = -mean((map.advantage > 0) * ai.log_prob)
 * ```
 */
export const byMore = Bica.negate(
  Bica.mean(Bica.multiply(Bica.greater(Bica.Earned.advantage, Bica.number(0)), ai.logProb))
)

/**
 * ```bica
 * term by_at_least = -mean((map.advantage >= 1) * ai.log_prob)
 * ```
 */
export const byAtLeast = Bica.negate(
  Bica.mean(Bica.multiply(Bica.greaterEqual(Bica.Earned.advantage, Bica.number(1)), ai.logProb))
)

/**
 * ```bica
 * term by_same = mean(where(map.reward == 0, 0, entropy(ai.policy)))
 * ```
 */
export const bySame = Bica.mean(
  Bica.where(Bica.equal(Bica.Earned.reward, Bica.number(0)), Bica.number(0), Bica.entropy(ai.policy))
)

/**
 * ```bica
 * term by_exp = -mean(exp(ai.log_prob - ai.old_log_prob) * map.advantage)
 * ```
 */
export const byExp = Bica.negate(
  Bica.mean(Bica.multiply(Bica.exp(Bica.subtract(ai.logProb, ai.oldLogProb)), Bica.Earned.advantage))
)

/**
 * ```bica
 * term by_log = mean(log(1 + norm(ai.latent)))
 * ```
 */
export const byLog = Bica.mean(Bica.log(Bica.add(Bica.number(1), Bica.norm(ai.latent))))

/**
 * ```bica
 * term by_sqrt = sqrt(var(ai.latent) + 0.01)
 * ```
 */
export const bySqrt = Bica.sqrt(Bica.add(Bica.variance(ai.latent), Bica.number(0.01)))

/**
 * ```bica
 * term by_abs = mean(abs(ai.latent))
 * ```
 */
export const byAbs = Bica.mean(Bica.abs(ai.latent))

/**
 * ```bica
 * term by_square = mean(square(ai.latent))
 * ```
 */
export const bySquare = Bica.mean(Bica.square(ai.latent))

/**
 * ```bica
 * term by_hinge = hinge(mean(entropy(ai.policy)) - 0.5 nats)
 * ```
 */
export const byHinge = Bica.hinge(Bica.subtract(Bica.mean(Bica.entropy(ai.policy)), Bica.number(0.5)))

/**
 * ```bica
 * term by_clip = -mean(min(exp(ai.log_prob - ai.old_log_prob), clip(exp(ai.log_prob - ai.old_log_prob), 0.9, 1.1)))
 * ```
 */
export const byClip = Bica.negate(
  Bica.mean(
    Bica.minimum(
      Bica.exp(Bica.subtract(ai.logProb, ai.oldLogProb)),
      Bica.clip(Bica.exp(Bica.subtract(ai.logProb, ai.oldLogProb)), 0.9, 1.1)
    )
  )
)

/**
 * ```bica
 * term by_where = mean(where(map.advantage > 0, entropy(ai.policy), 0))
 * ```
 */
export const byWhere = Bica.mean(
  Bica.where(Bica.greater(Bica.Earned.advantage, Bica.number(0)), Bica.entropy(ai.policy), Bica.number(0))
)

/**
 * ```bica
 * term by_mean = mean(entropy(ai.policy))
 * ```
 */
export const byMean = Bica.mean(Bica.entropy(ai.policy))

/**
 * ```bica
 * term by_sum = mean(sum(square(ai.latent) over latent))
 * ```
 */
export const bySum = Bica.mean(Bica.over("total", Bica.square(ai.latent), "component"))

/**
 * ```bica
 * term by_var = mean(var(ai.latent over time))
 * ```
 */
export const byVar = Bica.mean(Bica.over("variance", ai.latent, "time"))

/**
 * ```bica
 * term by_min = -mean(min(exp(ai.log_prob - ai.old_log_prob), 1))
 * ```
 */
export const byMin = Bica.negate(
  Bica.mean(Bica.minimum(Bica.exp(Bica.subtract(ai.logProb, ai.oldLogProb)), Bica.number(1)))
)

/**
 * ```bica
 * term by_max = mean(max(entropy(ai.policy) over time))
 * ```
 */
export const byMax = Bica.mean(Bica.over("largest", Bica.entropy(ai.policy), "time"))

/**
 * ```bica
 * term by_quantile = -mean(exp(ai.log_prob - ai.old_log_prob) * min(map.return - quantile(map.return, 0.4), 0))
 * ```
 */
export const byQuantile = Bica.negate(
  Bica.mean(
    Bica.multiply(
      Bica.exp(Bica.subtract(ai.logProb, ai.oldLogProb)),
      Bica.minimum(Bica.subtract(Bica.Earned.returns, Bica.quantile(Bica.Earned.returns, 0.4)), Bica.number(0))
    )
  )
)

/**
 * ```bica
 * term by_kl = mean(kl(human.policy || human.prior))
 * ```
 */
export const byKl = Bica.mean(Bica.kl(human.policy, human.prior))

/**
 * ```bica
 * term by_js = mean(js(human.message || lag(human.message, 1)))
 * ```
 */
export const byJs = Bica.mean(Bica.js(human.message, Bica.lag(human.message, 1)))

/**
 * ```bica
 * term by_entropy = mean(entropy(ai.policy))
 * ```
 */
export const byEntropy = Bica.mean(Bica.entropy(ai.policy))

/**
 * ```bica
 * term by_cross_entropy = mean(cross_entropy(human.prior || human.policy))
 * ```
 */
export const byCrossEntropy = Bica.mean(Bica.crossEntropy(human.prior, human.policy))

/**
 * ```bica
 * term by_log_prob = -mean(log_prob(ai.policy, ai.choice) * map.advantage)
 * ```
 */
export const byLogProb = Bica.negate(
  Bica.mean(Bica.multiply(Bica.logProbability(ai.policy, ai.choice), Bica.Earned.advantage))
)

/**
 * ```bica
 * term by_nll = mean(nll(human.intent, human.choice))
 * ```
 */
export const byNll = Bica.mean(Bica.negativeLogLikelihood(human.intent, human.choice))

/**
 * ```bica
 * term by_brier = mean(brier(human.intent, human.choice))
 * ```
 */
export const byBrier = Bica.mean(Bica.brier(human.intent, human.choice))

/**
 * ```bica
 * term by_mutual_information = mutual_information(ai.policy)
 * ```
 */
export const byMutualInformation = Bica.mutualInformation(ai.policy)

/**
 * ```bica
 * term by_softmax = mean(square(softmax(ai.policy) - 0.25))
 * ```
 */
export const bySoftmax = Bica.mean(Bica.square(Bica.subtract(Bica.softmax(ai.policy), Bica.number(0.25))))

/**
 * ```bica
 * term by_one_hot = mean(nll(ai.policy, one_hot(lag(ai.policy, 1))))
 * ```
 */
export const byOneHot = Bica.mean(Bica.negativeLogLikelihood(ai.policy, Bica.oneHot(Bica.lag(ai.policy, 1))))

/**
 * ```bica
 * term by_mse = mean(mse(bridge(human.latent), stop_gradient(ai.latent)))
 * ```
 */
export const byMse = Bica.mean(Bica.mse(bridge.map(human.latent), Bica.stopGradient(ai.latent)))

/**
 * ```bica
 * term by_cosine = 1 - mean(cosine(bridge(human.latent), stop_gradient(ai.latent)))
 * ```
 */
export const byCosine = Bica.subtract(
  Bica.number(1),
  Bica.mean(Bica.cosine(bridge.map(human.latent), Bica.stopGradient(ai.latent)))
)

/**
 * ```bica
 * term by_dot = -mean(dot(bridge(human.latent), ai.latent)) / 64
 * ```
 */
export const byDot = Bica.divide(Bica.negate(Bica.mean(Bica.dot(bridge.map(human.latent), ai.latent))), Bica.number(64))

/**
 * ```bica
 * term by_norm = mean(norm(ai.latent - lag(ai.latent, 1)))
 * ```
 */
export const byNorm = Bica.mean(Bica.norm(Bica.subtract(ai.latent, Bica.lag(ai.latent, 1))))

/**
 * ```bica
 * term by_w2 = w2(bridge(human.latent), stop_gradient(ai.latent))
 * ```
 */
export const byW2 = Bica.w2(bridge.map(human.latent), Bica.stopGradient(ai.latent))

/**
 * ```bica
 * term by_sinkhorn = sinkhorn(bridge(human.latent), stop_gradient(ai.latent))
 * ```
 */
export const bySinkhorn = Bica.sinkhorn(bridge.map(human.latent), Bica.stopGradient(ai.latent))

/**
 * ```bica
 * term by_mmd = mmd(bridge(human.latent), stop_gradient(ai.latent))
 * ```
 */
export const byMmd = Bica.mmd(bridge.map(human.latent), Bica.stopGradient(ai.latent))

/**
 * ```bica
 * term by_cca = 1 - cca(human.latent, ai.latent)
 * ```
 */
export const byCca = Bica.subtract(Bica.number(1), Bica.cca(human.latent, ai.latent))

/**
 * ```bica
 * term by_cka = 1 - cka(human.latent, ai.latent)
 * ```
 */
export const byCka = Bica.subtract(Bica.number(1), Bica.cka(human.latent, ai.latent))

/**
 * ```bica
 * term by_hsic = hsic(human.latent, ai.latent)
 * ```
 */
export const byHsic = Bica.hsic(human.latent, ai.latent)

/**
 * ```bica
 * term by_lag = mean(norm(ai.latent - lag(ai.latent, 1)))
 * ```
 */
export const byLag = Bica.mean(Bica.norm(Bica.subtract(ai.latent, Bica.lag(ai.latent, 1))))

/**
 * ```bica
 * term by_ema = mean(mse(ai.latent, stop_gradient(ema(ai.latent, 4))))
 * ```
 */
export const byEma = Bica.mean(Bica.mse(ai.latent, Bica.stopGradient(Bica.ema(ai.latent, 4))))

/**
 * ```bica
 * term by_at = mean(at(entropy(ai.policy), 0))
 * ```
 */
export const byAt = Bica.mean(Bica.at(Bica.entropy(ai.policy), 0))

/**
 * ```bica
 * term by_paired = mean(kl(ai.policy || paired(ai.policy, silence)))
 * ```
 */
export const byPaired = Bica.mean(Bica.kl(ai.policy, Bica.paired(ai.policy, "silence")))

/**
 * ```bica
 * term by_stop_gradient = mean(kl(human.intent || stop_gradient(lag(human.intent, 1))))
 * ```
 */
export const byStopGradient = Bica.mean(Bica.kl(human.intent, Bica.stopGradient(Bica.lag(human.intent, 1))))

/**
 * ```bica
 * term by_ppo = ppo(ai, entropy 0)
 * ```
 */
export const byPpo = Bica.ppo(ai, { clip: 0.2, entropy: 0 })

/**
 * ```bica
 * objective all = ppo(human, entropy 0) + ppo(coach) + 0.01 * by_plus + 0.01 * by_minus + 0.01 * by_times + 0.01 * by_over
 *     + 0.01 * by_raised + 0.01 * by_less + 0.01 * by_at_most + 0.01 * by_more + 0.01 * by_at_least + 0.01 * by_same
 *     + 0.01 * by_exp + 0.01 * by_log + 0.01 * by_sqrt + 0.01 * by_abs + 0.01 * by_square + 0.01 * by_hinge
 *     + 0.01 * by_clip + 0.01 * by_where + 0.01 * by_mean + 0.01 * by_sum + 0.01 * by_var + 0.01 * by_min + 0.01 * by_max
 *     + 0.01 * by_quantile + 0.01 * by_kl + 0.01 * by_js + 0.01 * by_entropy + 0.01 * by_cross_entropy
 *     + 0.01 * by_log_prob + 0.01 * by_nll + 0.01 * by_brier + 0.01 * by_mutual_information + 0.01 * by_softmax
 *     + 0.01 * by_one_hot + 0.01 * by_mse + 0.01 * by_cosine + 0.01 * by_dot + 0.01 * by_norm + 0.01 * by_w2
 *     + 0.01 * by_sinkhorn + 0.01 * by_mmd + 0.01 * by_cca + 0.01 * by_cka + 0.01 * by_hsic + 0.01 * by_lag
 *     + 0.01 * by_ema + 0.01 * by_at + 0.01 * by_paired + 0.01 * by_stop_gradient + 0.01 * by_ppo
 * ```
 */
export const all = Bica.Objective.make("all", {
  semantics: "dbccfb704b30db58e08ba9c6c298a18f8ffa2507ee4b52b76886e15b56243e3c",
  loss: [
    Bica.Objective.summand("ppo(human)", 1, Bica.ppo(human, { clip: 0.2, entropy: 0 })),
    Bica.Objective.summand("ppo(coach)", 1, Bica.ppo(coach, { clip: 0.2, entropy: 0.01 })),
    Bica.Objective.summand("by_plus", 0.01, byPlus),
    Bica.Objective.summand("by_minus", 0.01, byMinus),
    Bica.Objective.summand("by_times", 0.01, byTimes),
    Bica.Objective.summand("by_over", 0.01, byOver),
    Bica.Objective.summand("by_raised", 0.01, byRaised),
    Bica.Objective.summand("by_less", 0.01, byLess),
    Bica.Objective.summand("by_at_most", 0.01, byAtMost),
    Bica.Objective.summand("by_more", 0.01, byMore),
    Bica.Objective.summand("by_at_least", 0.01, byAtLeast),
    Bica.Objective.summand("by_same", 0.01, bySame),
    Bica.Objective.summand("by_exp", 0.01, byExp),
    Bica.Objective.summand("by_log", 0.01, byLog),
    Bica.Objective.summand("by_sqrt", 0.01, bySqrt),
    Bica.Objective.summand("by_abs", 0.01, byAbs),
    Bica.Objective.summand("by_square", 0.01, bySquare),
    Bica.Objective.summand("by_hinge", 0.01, byHinge),
    Bica.Objective.summand("by_clip", 0.01, byClip),
    Bica.Objective.summand("by_where", 0.01, byWhere),
    Bica.Objective.summand("by_mean", 0.01, byMean),
    Bica.Objective.summand("by_sum", 0.01, bySum),
    Bica.Objective.summand("by_var", 0.01, byVar),
    Bica.Objective.summand("by_min", 0.01, byMin),
    Bica.Objective.summand("by_max", 0.01, byMax),
    Bica.Objective.summand("by_quantile", 0.01, byQuantile),
    Bica.Objective.summand("by_kl", 0.01, byKl),
    Bica.Objective.summand("by_js", 0.01, byJs),
    Bica.Objective.summand("by_entropy", 0.01, byEntropy),
    Bica.Objective.summand("by_cross_entropy", 0.01, byCrossEntropy),
    Bica.Objective.summand("by_log_prob", 0.01, byLogProb),
    Bica.Objective.summand("by_nll", 0.01, byNll),
    Bica.Objective.summand("by_brier", 0.01, byBrier),
    Bica.Objective.summand("by_mutual_information", 0.01, byMutualInformation),
    Bica.Objective.summand("by_softmax", 0.01, bySoftmax),
    Bica.Objective.summand("by_one_hot", 0.01, byOneHot),
    Bica.Objective.summand("by_mse", 0.01, byMse),
    Bica.Objective.summand("by_cosine", 0.01, byCosine),
    Bica.Objective.summand("by_dot", 0.01, byDot),
    Bica.Objective.summand("by_norm", 0.01, byNorm),
    Bica.Objective.summand("by_w2", 0.01, byW2),
    Bica.Objective.summand("by_sinkhorn", 0.01, bySinkhorn),
    Bica.Objective.summand("by_mmd", 0.01, byMmd),
    Bica.Objective.summand("by_cca", 0.01, byCca),
    Bica.Objective.summand("by_cka", 0.01, byCka),
    Bica.Objective.summand("by_hsic", 0.01, byHsic),
    Bica.Objective.summand("by_lag", 0.01, byLag),
    Bica.Objective.summand("by_ema", 0.01, byEma),
    Bica.Objective.summand("by_at", 0.01, byAt),
    Bica.Objective.summand("by_paired", 0.01, byPaired),
    Bica.Objective.summand("by_stop_gradient", 0.01, byStopGradient),
    Bica.Objective.summand("by_ppo", 0.01, byPpo)
  ],
  within: [],
  freezing: []
})

/** The whole experiment. */
export const pipeline = Bica.Pipeline.make("primitives", { stages: [], objectives: [all], studies: [], claims: [] })
