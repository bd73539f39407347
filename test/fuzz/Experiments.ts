/** Experiments that are right by construction: what the checks must accept and the emitter must compile. */
import * as fc from "fast-check"

const of = <A extends string>(...words: ReadonlyArray<A>): fc.Arbitrary<A> => fc.constantFrom(...words)
const whole = (low: number, high: number): fc.Arbitrary<string> => fc.integer({ min: low, max: high }).map(String)
const decimal = (low: number, high: number): fc.Arbitrary<string> =>
  fc.integer({ min: Math.round(low * 1000), max: Math.round(high * 1000) }).map((n) => String(n / 1000))
const maybe = (text: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(""), text)
const words = (...parts: ReadonlyArray<fc.Arbitrary<string>>): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((all) => all.filter((part) => part !== "").join(" "))
const subset = <A extends string>(minimum: number, ...all: ReadonlyArray<A>): fc.Arbitrary<Array<A>> =>
  fc.shuffledSubarray([...all], { minLength: minimum })

/** Names that are words of the language, or of the language that it compiles to. */
const names = fc.shuffledSubarray(
  (
    "calm warm eval await class function yield prior policy stage term update default_ new let const import Bica Effect " +
    "pipeline a _ x1 Object"
  ).split(" "),
  { minLength: 16, maxLength: 16 }
)

const schedule = (from: fc.Arbitrary<string>, to: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    from,
    fc
      .tuple(from, to, whole(1, 500), decimal(0.5, 0.999), fc.boolean())
      .map(([a, b, n, r, over]) => (over ? `${a} -> ${b} over ${n} updates` : `${a} -> ${b} by ${r} per update`))
  )

interface Choice {
  readonly width: number
  readonly names: ReadonlyArray<string>
  readonly modules: boolean
}

/** A tensor of one value per step that trains both agents or one of them. */
const perStep = (who: string): fc.Arbitrary<string> =>
  of(
    `entropy(${who}.policy)`,
    `kl(${who}.policy || ${who}.prior)`,
    `abs(entropy(${who}.policy) - 0.5)`,
    `hinge(kl(${who}.policy || ${who}.prior))`
  )

/** A scalar loss with a gradient to both agents. */
const loss: fc.Arbitrary<string> = fc.letrec<{ tensor: string; scalar: string }>((tie) => ({
  tensor: fc.oneof(
    { maxDepth: 3, depthIdentifier: "loss" },
    fc.tuple(perStep("ai"), perStep("human")).map(([a, b]) => `(${a} + ${b})`),
    fc.constant("(ai.latent - human.latent)"),
    tie("tensor").map((x) => `square(${x})`),
    tie("tensor").map((x) => `exp(-abs(${x}))`),
    tie("tensor").map((x) => `clip(${x}, -100, 100)`),
    tie("tensor").map((x) => `sqrt(1 + square(${x}))`)
  ),
  scalar: fc.oneof(
    { maxDepth: 3, depthIdentifier: "loss" },
    tie("tensor").map((x) => `mean(${x})`),
    tie("tensor").map((x) => `sum(${x})`),
    tie("scalar").map((x) => `(${x} / 3)`),
    tie("scalar").map((x) => `-${x}`),
    fc.tuple(tie("tensor"), tie("tensor")).map(([a, b]) => `mean(${a}) * mean(${b})`)
  )
})).scalar

/** Losses that train the AI or the human, one for every function that the language and its libraries have. */
const losses = [
  "mean(entropy(ai.policy) + entropy(human.policy))",
  "-mean(exp(ai.log_prob - ai.old_log_prob) * map.advantage)",
  "mean(where(entropy(ai.policy) < mean(entropy(ai.policy)), entropy(ai.policy), 0))",
  "mean((map.return <= 0) * ai.log_prob)",
  "-mean((map.advantage >= 1) * ai.log_prob)",
  "mean(where(map.reward == 0, 0, entropy(ai.policy)))",
  "mean(log(1 + norm(ai.latent)))",
  "sqrt(var(ai.latent) + 0.01)",
  "mean(var(ai.latent over time))",
  "mean(max(entropy(ai.policy) over time))",
  "-mean(min(exp(ai.log_prob - ai.old_log_prob), clip(exp(ai.log_prob - ai.old_log_prob), 0.9, 1.1)))",
  "-mean(exp(ai.log_prob - ai.old_log_prob) * min(map.return - quantile(map.return, 0.4), 0))",
  "mean(js(human.message || lag(human.message, 1)))",
  "mean(cross_entropy(human.prior || human.policy))",
  "-mean(log_prob(ai.policy, ai.choice) * map.advantage)",
  "mean(nll(human.intent, human.choice))",
  "mean(brier(human.intent, human.choice))",
  "mutual_information(ai.policy)",
  "mean(square(softmax(ai.policy) - 0.25))",
  "mean(nll(ai.policy, one_hot(lag(ai.policy, 1))))",
  "mean(mse(ai.latent, stop_gradient(ema(ai.latent, 4))))",
  "mean(at(entropy(ai.policy), 0))",
  "mean(kl(ai.policy || paired(ai.policy, silence)))",
  "mean(kl(human.intent || stop_gradient(lag(human.intent, 1))))",
  "(1 - mean(cosine(ai.latent, lag(ai.latent, 2))))",
  "-mean(dot(human.latent, ai.latent)) / 64",
  "hsic(human.latent, ai.latent)",
  "(1 - cka(human.latent, ai.latent))",
  "(1 - cca(human.latent, ai.latent))",
  "mmd(human.latent, stop_gradient(ai.latent))",
  "sinkhorn(human.latent, stop_gradient(ai.latent))",
  "representation_gap(human.latent, ai.latent)",
  "distillation(human.latent, ai.latent)",
  "angle(human.latent, ai.latent)",
  "surprise(human.intent, human.choice)",
  "miscalibration(human.intent, human.choice)",
  "confidence_penalty(ai.policy)",
  "distil(human.prior, human.policy)",
  "self_imitation(ai, map.advantage)",
  "clipped_surrogate(ai, map.advantage, 0.2)",
  "policy_gradient(ai, map.advantage)",
  "approximate_kl(ai)"
]

/** How much such a loss counts: a number, a schedule, or what its effect on the task makes of it. */
const weights = of(
  "0.01",
  "(0.1 -> 0.01 over 20 updates)",
  "learned by hypergradient(100)",
  "learned by hypergradient(50, start 0.05)"
)

const block = (entries: ReadonlyArray<fc.Arbitrary<string>>): fc.Arbitrary<string> =>
  fc.tuple(...entries.map(maybe)).map((all) => {
    const given = all.filter((entry) => entry !== "")
    return given.length === 0 ? "" : `{ ${given.join(", ")} }`
  })

const places = ["map", "dense", "large"] as const

const written = ({ modules, names: n, width }: Choice): fc.Arbitrary<string> => {
  const [term = "t", budget = "b", both = "o", alone = "p", train = "s", test = "u", oracles = "v", study = "w"] = n
  const [first = "c", second = "d", define = "f", codes = "codes", bridge = "bridge", coach = "coach"] = n.slice(8)
  const [silent = "q", further = "r", taught = "k", guided = "l"] = n.slice(14)
  const learners = modules ? `human, ai, ${codes}, ${bridge}, ${coach}` : "human, ai"
  return fc
    .record({
      grid: whole(3, 20),
      density: fc.tuple(decimal(0, 0.3), decimal(0.3, 0.6)).map(([a, b]) => `${a} .. ${b}`),
      horizon: whole(1, 200),
      reward: block([
        decimal(-5, 5).map((x) => `step ${x}`),
        decimal(-9, 0).map((x) => `collision ${x}`),
        decimal(1, 99).map((x) => `goal +${x}`)
      ]),
      sees: subset(1, "egocentric(3 by 3)", "heading", "last_action", "last_collision"),
      prior: words(
        of("prior"),
        fc.oneof(
          of("uniform"),
          decimal(0, 9).map((x) => `compass(${x})`),
          of("planner(2)")
        )
      ),
      noise: block([whole(0, 100).map((x) => `flip ${x} %`), decimal(0, 1).map((x) => `drift ${x}`)]),
      loss,
      weight: schedule(decimal(1, 2), decimal(0.001, 1)),
      clip: decimal(0.001, 1),
      bound: decimal(0.001, 5),
      dual: decimal(0.001, 1),
      kinds: of("hint", "hint, correct", "hint, correct, wait"),
      method: of("linear", `mlp(${width})`),
      temperature: schedule(decimal(0.5, 2), decimal(0.1, 0.5)),
      times: whole(1, 900),
      environments: whole(2, 256),
      segment: maybe(whole(1, 64).map((x) => `for ${x} steps`)),
      rollout: block([decimal(0, 1).map((x) => `discount ${x}`), decimal(0, 1).map((x) => `trace ${x}`)]),
      update: block([
        whole(1, 9).map((x) => `epochs ${x}`),
        of("minibatches 1", "minibatches 2"),
        schedule(decimal(0.002, 0.01), decimal(0.001, 0.002)).map((x) => `rate ${x}`),
        decimal(0.1, 5).map((x) => `clip_norm ${x}`)
      ]),
      jointly: modules ? fc.constant("jointly") : maybe(of("jointly")),
      checkpoint: maybe(whole(1, 99).map((x) => `checkpoint every ${x}`)),
      episodes: whole(2000, 9000),
      where: subset(0, "dense", "large"),
      metrics: subset(0, "collisions", "tokens", "reward", "steps", "entrainment"),
      choose: maybe(of("{ choose greedy }", "{ choose sampled }")),
      seeds: fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 3, maxLength: 5 }),
      level: of(
        "",
        "with 95 % confidence",
        "with 90 % confidence",
        "with 95 % confidence by bootstrap",
        "with p < 0.05"
      ),
      tested: of("", "with p < 0.05 by paired_t", "with 95 % confidence by welch"),
      assuming: maybe(decimal(20, 90).map((x) => `assuming difference ${x} %, spread 1 %`)),
      axis: of(
        "mean(entropy(ai.policy) over time)",
        "mean(entropy(ai.policy) over env)",
        // one component is no axis
        `sum(square(ai.latent) over ${width === 1 ? "time" : "latent"})`
      ),
      silencing: fc.boolean(),
      imitation: fc.option(
        fc.record({
          teacher: words(
            of("planner", "compass", "map.planner"),
            of("", "(2.2)", "(errs 30 %)", "(5, errs 0.1)", "{ errs 20 % }")
          ),
          bound: of("", "loss < 0.9 nats or", "loss < 1.2 nats or"),
          limit: whole(1, 400),
          given: block([
            whole(2, 256).map((x) => `environments ${x}`),
            whole(1, 64).map((x) => `steps ${x}`),
            whole(1, 9).map((x) => `epochs ${x}`),
            of("minibatches 1", "minibatches 2"),
            schedule(decimal(0.002, 0.01), decimal(0.001, 0.002)).map((x) => `rate ${x}`)
          ]),
          plays: fc.boolean(),
          varied: fc.boolean()
        }),
        { nil: undefined }
      ),
      longer: fc.option(
        fc.record({ on: of("", "on map", "on dense", "on map.large"), first: fc.boolean(), varied: fc.boolean() }),
        { nil: undefined }
      ),
      suite: maybe(subset(1, "dense", "large").map((all) => `suite ${all.join(", ")}`)),
      compared: fc.boolean(),
      varied: maybe(
        fc
          .uniqueArray(fc.integer({ min: 11, max: 99 }), { minLength: 1, maxLength: 2 })
          .map((all) => `vary human.prior ${all.map((x) => `compass(${x})`).join(", ")}`)
      ),
      rate: maybe(decimal(0.02, 0.05).map((x) => `vary ${train}.update.rate ${x}`)),
      without: maybe(of(`without ${term}`, `without ${budget}`)),
      more: fc.shuffledSubarray(losses, { maxLength: 4 }),
      weights: fc.array(weights, { minLength: 4, maxLength: 4 }),
      networks: fc.tuple(of("gru", "mlp"), of("gru", "mlp")),
      left: fc.boolean(),
      robust: fc.boolean(),
      comment: of("", "// what */ is `asked` ${here}", '// "quoted" \\ \u2028 é')
    })
    .map(
      (x) => `use std.ppo
use std.alignment
use std.information
use std.imitation
${x.comment}
environment map = MapTalk {
  grid ${x.grid} by ${x.grid}
  obstacles ${x.density}
  horizon ${x.horizon} steps
  ${x.reward === "" ? "" : `reward ${x.reward}`}
  shift dense { obstacles 0.31 .. 0.57 }
  shift large { grid 23 by 23 }
}
agent ai plays map.navigator {
  sees ${x.sees.join(", ")}, human.message
  ${modules ? "says 8 codes" : ""}
  policy ${x.networks[0]}(${width})
}
agent human plays map.guide {
  sees full${modules ? `, ai.message, ${coach}.advice` : ""}
  says { N, E, S, W }
  policy ${x.networks[1]}(${width})
  ${x.prior}
  ${x.noise === "" ? "" : `noise ${x.noise}`}
}
${
  modules
    ? `protocol ${codes} for ai { gumbel_softmax(16), temperature ${x.temperature} }
mapper ${bridge} from human to ai { ${x.method} }
instructor ${coach} for human { sees full gives { none, ${x.kinds} } policy ${x.method} }
`
    : ""
}define ${define}(x: scalar) = x * ${x.bound}
term ${term} = ${define}(${x.loss})
${x.more.map((each, i) => `term further_${i} = ${each}\n`).join("")}budget ${budget}: kl(ai.policy || ai.prior) <= ${x.bound} nats by dual(${x.dual})
objective ${both} = ppo(ai, clip ${x.clip}) + ppo(human)${
        modules
          ? ` + ppo(${coach}, entropy 0) + mean(${codes}.speaks) + mean(kl(${codes}.message given ${codes}.code || ${codes}.message)) + w2(${bridge}(human.latent), stop_gradient(ai.latent))`
          : ""
      } + (${x.weight}) * ${term} + 0.001 * mean(${x.axis})${x.more.map((_, i) => ` + ${x.weights[i] ?? "1"} * further_${i}`).join("")} within ${budget}
objective ${alone} = ppo(ai) within ${budget} freezing ${["human", ...(modules ? [codes, bridge, coach] : [])].join(", ")}
${x.silencing ? `objective ${silent} = ppo(ai) within ${budget} freezing ${["human", ...(modules ? [codes, bridge, coach] : [])].join(", ")} silencing human${modules ? `, ${codes}` : ""}` : ""}
${
  x.imitation === undefined
    ? ""
    : `stage ${taught} {
  imitate ${x.imitation.teacher} by human until ${x.imitation.bound} ${x.imitation.limit} updates ${x.imitation.given}
  ${x.checkpoint}
}
${x.imitation.plays ? `stage ${guided} after ${taught} { play ${x.episodes} episodes on map ${x.choose} measure success }` : ""}
`
}${
        x.longer?.first === true
          ? `stage settles for ${alone} ${x.imitation === undefined ? "" : `after ${taught}`} {
  repeat 3 times { rollout ${x.environments} environments update ai ${x.update} ascend budgets }
}
`
          : ""
      }stage ${train}(objective o) ${x.longer?.first === true ? "after settles" : x.imitation === undefined ? "" : `after ${taught}`} {
  repeat ${x.times} times {
    rollout ${x.environments} environments ${x.segment} ${x.rollout}
    update ${learners} ${x.jointly} ${x.update}
    ascend budgets
  }
  ${x.checkpoint}
}
stage ${test} after ${train} {
  play ${x.episodes} episodes on ${["map", ...x.where].join(", ")} ${x.choose}
  measure ${["success", ...x.metrics, ...(x.compared ? ["ce", ...(x.silencing ? ["ccm"] : []), ...(x.suite === "" ? [] : ["ss"])] : [])].join(", ")}${x.compared ? ` { baseline ${alone} ${x.silencing ? `alone ${silent}` : ""} ${x.suite} }` : ""}
}
${
  x.longer === undefined
    ? ""
    : `stage goes_on(objective o) after ${train} {
  repeat ${x.times} times {
    rollout ${x.environments} environments ${x.longer.on} ${x.segment}
    update ${learners} ${x.jointly}
    ascend budgets
  }
}
stage judged after goes_on { play ${x.episodes} episodes on map ${x.choose} measure success }
${x.longer.first ? `stage settled after settles { play ${x.episodes} episodes on map ${x.choose} measure success }` : ""}
`
}stage ${oracles} { play ${x.episodes} episodes on ${places.join(", ")} by map.planner, map.random measure success }
study ${study} { seeds ${x.seeds.join(", ")} compare ${both}, ${alone}${x.silencing ? `, ${silent}` : ""} }
study ${further} { from ${study}.${both} ${x.varied} ${x.rate} ${x.longer?.varied === true ? "vary goes_on.rollout 257" : ""} ${x.imitation?.varied === true ? `vary ${taught}.imitate.errs 41 %` : ""} ${x.without === "" ? (x.left && x.more.length > 0 ? "without further_0" : "") : `${x.without}${x.left && x.more.length > 0 ? ", further_0" : ""}`} }
claim ${first}: success(${both}${x.longer === undefined ? "" : ` after ${train}`}) - success(${alone}${x.longer === undefined ? "" : " after goes_on"}) > 0 ${x.tested} ${x.assuming}
${x.longer?.first === true ? `claim settled: success(settles) < success(${both} after goes_on) ${x.tested}\n` : ""}${x.left && x.more.length > 0 ? `claim needs_it: success(${both}${x.longer === undefined ? "" : ` after ${train}`}) - success(${both} without further_0${x.longer === undefined ? "" : ` after ${train}`}) > 0 ${x.tested}\n` : ""}${x.robust ? `claim typical: iqm(success(${both}${x.longer === undefined ? "" : " after goes_on"})) >= 40 % with 95 % confidence by bootstrap\n` : ""}claim ${second}: success(${both}${x.longer === undefined ? "" : ` after ${train}`}${x.where[0] === undefined ? "" : ` on ${x.where[0]}`}) >= 40 % ${x.level}
`
    )
}

/** A file in which the checks find no error. */
export const experiment: fc.Arbitrary<string> = fc
  .record({
    // one width for both agents, so that their latents may be compared
    width: fc.integer({ min: 1, max: 64 }),
    names,
    modules: fc.boolean()
  })
  .chain(written)
