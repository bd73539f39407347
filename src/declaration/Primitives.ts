/**
 * Functions and operators of the expression language, each declared once: the checker takes its type rule from here, completion
 * and the reference their words, and the compiler its name in the runtime.
 */

/** What a function may be given and what it gives, as the checker reads it. */
export type Rule =
  /** One value of any kind but a distribution, element by element. */
  | { readonly kind: "each"; readonly gradient: boolean; readonly distributions?: boolean }
  /** Two values, element by element. */
  | { readonly kind: "both"; readonly gradient: boolean }
  /** Over all rows, or over one named axis; `pair`: of two values instead, element by element, under the name `pair`. */
  | { readonly kind: "reduce"; readonly pair?: string }
  /** `p || q`. `chain`: adds up over the factors of a chain of choices. */
  | { readonly kind: "divergence"; readonly chain: boolean }
  /** One distribution. `rows`: a value per row, else one number. */
  | { readonly kind: "distribution"; readonly chain: boolean; readonly rows: boolean }
  /** A distribution and weights over what it is about, one-hot or soft. */
  | { readonly kind: "scored" }
  /** Two values of one width, one number for each row. */
  | { readonly kind: "rowwise"; readonly operands: 1 | 2 }
  /** Two samples: the rows of two values. */
  | { readonly kind: "samples"; readonly widths: "equal" | "any" }
  /** A distribution or a value, as shares of its components. */
  | { readonly kind: "shares"; readonly gradient: boolean }
  /** Along the steps of an episode, with one number. */
  | {
      readonly kind: "time"
      readonly minimum: number
      readonly maximum: number
      readonly integer: boolean
      readonly keeps: "steps" | "copies"
      readonly distributions: boolean
    }
  /** A value and numbers that are known beforehand. */
  | { readonly kind: "limited" }
  | { readonly kind: "quantile" }
  /** A condition and two values. */
  | { readonly kind: "where" }
  /** A number, a value or a distribution, and the name of a view. */
  | { readonly kind: "paired" }
  /** A loss of its own, typed by the checker. */
  | { readonly kind: "loss" }

/** The unit of the result: that of the operands, none, nats, or a power or product of theirs. */
export type UnitRule = "same" | "plain" | "nats" | "root" | "square" | "product"

/** A function or operator of the language. */
export interface Primitive {
  readonly name: string
  readonly group: "arithmetic" | "statistics" | "distributions" | "representations" | "time" | "learning"
  /** How it is written. */
  readonly form: string
  /** Its name in the runtime. */
  readonly runtime: string
  readonly rule: Rule
  readonly unit: UnitRule
  /** The library that must be used. */
  readonly library?: string
  /** What it is, in a sentence. */
  readonly doc: string
  readonly formula: string
  /** Kinds and axes. */
  readonly shape: string
  /** What there is to know beside the formula. */
  readonly notes?: string
  readonly citation?: string
  /** A term that uses it. */
  readonly example: string
}

const each = { kind: "each", gradient: true } as const
const both = { kind: "both", gradient: true } as const
const elementwise = "x: a number or a value with any axes; the result has the same axes"
const broadcast = "numbers and values; a number goes with every value, a value of width 1 with every width"
const perRow = "a value of width 1 for each row"
const compared = { kind: "both", gradient: false } as const
const comparison = (
  name: string,
  runtime: string,
  doc: string,
  formula: string
): Omit<Primitive, "example" | "citation"> => ({
  name,
  group: "arithmetic",
  form: `x ${name} y`,
  runtime,
  rule: compared,
  unit: "plain",
  doc,
  formula,
  shape: broadcast,
  notes: "Its mean is a share. No gradient."
})

/** Operators, by their sign. */
export const operators: ReadonlyArray<Primitive> = [
  {
    name: "+",
    group: "arithmetic",
    form: "x + y",
    runtime: "add",
    rule: both,
    unit: "same",
    doc: "The sum.",
    formula: "x + y",
    shape: broadcast,
    notes: "Both sides have one unit; a plain number goes with each.",
    example: "mean(entropy(ai.policy) + entropy(human.policy))"
  },
  {
    name: "-",
    group: "arithmetic",
    form: "x - y",
    runtime: "subtract",
    rule: both,
    unit: "same",
    doc: "The difference.",
    formula: "x - y",
    shape: broadcast,
    notes: "Both sides have one unit; a plain number goes with each.",
    example: "mean(entropy(ai.policy) - 1)"
  },
  {
    name: "*",
    group: "arithmetic",
    form: "x * y",
    runtime: "multiply",
    rule: both,
    unit: "product",
    doc: "The product.",
    formula: "x y",
    shape: broadcast,
    notes: "Units are multiplied.",
    example: "-mean(exp(ai.log_prob - ai.old_log_prob) * map.advantage)"
  },
  {
    name: "/",
    group: "arithmetic",
    form: "x / y",
    runtime: "divide",
    rule: both,
    unit: "product",
    doc: "The quotient.",
    formula: "x / y",
    shape: broadcast,
    notes: "Units are divided.",
    example: "mean(norm(ai.latent)) / 64"
  },
  {
    name: "^",
    group: "arithmetic",
    form: "x ^ 2",
    runtime: "power",
    rule: each,
    unit: "square",
    doc: "A whole power.",
    formula: "x^n, n a whole number from 2 to 8",
    shape: elementwise,
    notes: "The unit is raised too.",
    example: "mean((entropy(ai.policy) - 1)^2)"
  },
  {
    ...comparison("<", "less", "1 where the left side is smaller, else 0.", "[x < y]"),
    example: "mean(where(entropy(ai.policy) < mean(entropy(ai.policy)), entropy(ai.policy), 0))"
  },
  {
    ...comparison("<=", "lessEqual", "1 where the left side is not larger, else 0.", "[x <= y]"),
    example: "mean((map.return <= 0) * ai.log_prob)"
  },
  {
    ...comparison(">", "greater", "1 where the left side is larger, else 0.", "[x > y]"),
    example: "-mean((map.advantage > 0) * ai.log_prob)"
  },
  {
    ...comparison(">=", "greaterEqual", "1 where the left side is not smaller, else 0.", "[x >= y]"),
    example: "-mean((map.advantage >= 1) * ai.log_prob)"
  },
  {
    ...comparison("==", "equal", "1 where both sides are equal, else 0.", "[x = y]"),
    example: "mean(where(map.reward == 0, 0, entropy(ai.policy)))"
  }
]

/** Functions, in the order of the reference. */
export const primitives: ReadonlyArray<Primitive> = [
  // ---- arithmetic
  {
    name: "exp",
    group: "arithmetic",
    form: "exp(x)",
    runtime: "exp",
    rule: each,
    unit: "plain",
    doc: "e to the power of x, value by value.",
    formula: "e^x",
    shape: elementwise,
    example: "-mean(exp(ai.log_prob - ai.old_log_prob) * map.advantage)"
  },
  {
    name: "log",
    group: "arithmetic",
    form: "log(x)",
    runtime: "log",
    rule: each,
    unit: "plain",
    doc: "The natural logarithm, value by value.",
    formula: "ln x; -infinity at 0, NaN below",
    shape: elementwise,
    example: "mean(log(1 + norm(ai.latent)))"
  },
  {
    name: "sqrt",
    group: "arithmetic",
    form: "sqrt(x)",
    runtime: "sqrt",
    rule: each,
    unit: "root",
    doc: "The square root, value by value; halves the power of the unit.",
    formula: "x^(1/2); NaN below 0, an infinite gradient at 0",
    shape: elementwise,
    example: "sqrt(var(ai.latent) + 0.01)"
  },
  {
    name: "abs",
    group: "arithmetic",
    form: "abs(x)",
    runtime: "abs",
    rule: each,
    unit: "same",
    doc: "The distance from 0, value by value.",
    formula: "|x|; the derivative at 0 is 0",
    shape: elementwise,
    example: "mean(abs(ai.latent))"
  },
  {
    name: "square",
    group: "arithmetic",
    form: "square(x)",
    runtime: "square",
    rule: each,
    unit: "square",
    doc: "x times x; squares the unit.",
    formula: "x^2",
    shape: elementwise,
    example: "mean(square(ai.latent))"
  },
  {
    name: "hinge",
    group: "arithmetic",
    form: "hinge(x)",
    runtime: "hinge",
    rule: each,
    unit: "same",
    doc: "x where it is above 0, else 0.",
    formula: "max(0, x); the derivative at 0 is 0",
    shape: elementwise,
    example: "hinge(mean(entropy(ai.policy)) - 0.5 nats)"
  },
  {
    name: "clip",
    group: "arithmetic",
    form: "clip(x, low, high)",
    runtime: "clip",
    rule: { kind: "limited" },
    unit: "same",
    doc: "x, kept between two numbers.",
    formula: "min(max(x, low), high); the derivative is 1 from bound to bound, else 0",
    shape: elementwise,
    example: "-mean(min(exp(ai.log_prob - ai.old_log_prob), clip(exp(ai.log_prob - ai.old_log_prob), 0.9, 1.1)))"
  },
  {
    name: "where",
    group: "arithmetic",
    form: "where(condition, x, y)",
    runtime: "where",
    rule: { kind: "where" },
    unit: "same",
    doc: "x where the condition is not 0, else y.",
    formula: "x if c != 0 else y",
    shape: broadcast,
    notes: "The condition gets no gradient, and x and y have one unit.",
    example: "mean(where(map.advantage > 0, entropy(ai.policy), 0))"
  },
  // ---- statistics
  {
    name: "mean",
    group: "statistics",
    form: "mean(x over axis)",
    runtime: "mean",
    rule: { kind: "reduce" },
    unit: "same",
    doc: "The mean over all steps: one number. With `over`, along one axis.",
    formula: "(1/n) sum_i x_i; over the codes of a protocol, weighted by their share of the steps",
    shape:
      "x: a value. Without `over` one number; `over time` leaves one row per copy, `over env` one per step, `over latent` one column",
    example: "mean(entropy(ai.policy))"
  },
  {
    name: "sum",
    group: "statistics",
    form: "sum(x over axis)",
    runtime: "total",
    rule: { kind: "reduce" },
    unit: "same",
    doc: "The sum over all steps: one number. With `over`, along one axis.",
    formula: "sum_i x_i",
    shape: "as `mean`",
    example: "mean(sum(square(ai.latent) over latent))"
  },
  {
    name: "var",
    group: "statistics",
    form: "var(x over axis)",
    runtime: "variance",
    rule: { kind: "reduce" },
    unit: "square",
    doc: "The variance over all steps: one number. With `over`, along one axis.",
    formula: "(1/n) sum_i (x_i - mean x)^2, of the population",
    shape: "as `mean`",
    example: "mean(var(ai.latent over time))"
  },
  {
    name: "min",
    group: "statistics",
    form: "min(x, y)",
    runtime: "least",
    rule: { kind: "reduce", pair: "minimum" },
    unit: "same",
    doc: "The smaller of two values, or the smallest of one.",
    formula: "min(x, y), where equal the gradient goes to x; min_i x_i, equals share the gradient",
    shape: "of two values element by element; of one as `mean`",
    example: "-mean(min(exp(ai.log_prob - ai.old_log_prob), 1))"
  },
  {
    name: "max",
    group: "statistics",
    form: "max(x, y)",
    runtime: "largest",
    rule: { kind: "reduce", pair: "maximum" },
    unit: "same",
    doc: "The larger of two values, or the largest of one.",
    formula: "max(x, y), where equal the gradient goes to x; max_i x_i, equals share the gradient",
    shape: "of two values element by element; of one as `mean`",
    example: "mean(max(entropy(ai.policy) over time))"
  },
  {
    name: "quantile",
    group: "statistics",
    form: "quantile(x, share)",
    runtime: "quantile",
    rule: { kind: "quantile" },
    unit: "same",
    doc: "The value below which a share of the rows lies: one number, without a gradient.",
    formula: "x_(k), the k-th smallest with k = ceil(share n), at least 1",
    shape: "x: a value of width 1; share: a number from 0 to 1. One number",
    notes:
      "The inverse of the empirical distribution function. It trains nothing: thresholds are not learned through it.",
    citation: "Hyndman & Fan 1996, definition 1",
    example: "-mean(exp(ai.log_prob - ai.old_log_prob) * min(map.return - quantile(map.return, 0.4), 0))"
  },
  // ---- distributions
  {
    name: "kl",
    group: "distributions",
    form: "kl(p || q)",
    runtime: "kl",
    rule: { kind: "divergence", chain: true },
    unit: "nats",
    doc: "Kullback-Leibler divergence of p from q at every step, in nats: the sum of p (ln p - ln q).",
    formula: "sum_k p_k (ln p_k - ln q_k), summed over the factors of a chain under the sampled history",
    shape: `p, q: distributions over the same things; ${perRow}`,
    citation: "Kullback & Leibler 1951",
    example: "mean(kl(human.policy || human.prior))"
  },
  {
    name: "js",
    group: "distributions",
    form: "js(p || q)",
    runtime: "js",
    rule: { kind: "divergence", chain: false },
    unit: "nats",
    doc: "Jensen-Shannon divergence of two distributions at every step, in nats, from 0 to ln 2.",
    formula: "KL(p || m) / 2 + KL(q || m) / 2 with m = (p + q) / 2",
    shape: `p, q: distributions of one choice over the same things; ${perRow}`,
    notes:
      "A chain of choices (`human.policy`) has no such sum over its factors: name `human.intent` or `human.message`.",
    citation: "Lin 1991",
    example: "mean(js(human.message || lag(human.message, 1)))"
  },
  {
    name: "entropy",
    group: "distributions",
    form: "entropy(p)",
    runtime: "entropy",
    rule: { kind: "distribution", chain: true, rows: true },
    unit: "nats",
    doc: "Entropy of a distribution at every step, in nats: the sum of -p ln p.",
    formula: "-sum_k p_k ln p_k, summed over the factors of a chain under the sampled history",
    shape: `p: a distribution; ${perRow}`,
    citation: "Shannon 1948",
    example: "mean(entropy(ai.policy))"
  },
  {
    name: "cross_entropy",
    group: "distributions",
    form: "cross_entropy(p || q)",
    runtime: "crossEntropy",
    rule: { kind: "divergence", chain: true },
    unit: "nats",
    doc: "Cross-entropy of q under p at every step, in nats: the sum of -p ln q.",
    formula: "-sum_k p_k ln q_k = H(p) + KL(p || q), summed over the factors of a chain",
    shape: `p, q: distributions over the same things; ${perRow}`,
    citation: "Shannon 1948",
    example: "mean(cross_entropy(human.prior || human.policy))"
  },
  {
    name: "log_prob",
    group: "distributions",
    form: "log_prob(p, x)",
    runtime: "logProbability",
    rule: { kind: "scored" },
    unit: "nats",
    doc: "The logarithm of the probability of x under p at every step, in nats.",
    formula: "sum_k x_k ln p_k, x one-hot",
    shape: `p: a distribution of one choice; x: a value as wide as p has outcomes; ${perRow}`,
    notes: "Of the choices that were really made, a chain of them as well, it is `ai.log_prob`.",
    example: "-mean(log_prob(ai.policy, ai.choice) * map.advantage)"
  },
  {
    name: "nll",
    group: "distributions",
    form: "nll(p, x)",
    runtime: "negativeLogLikelihood",
    rule: { kind: "scored" },
    unit: "nats",
    doc: "The negative log-likelihood of x under p at every step, in nats: the logarithmic score.",
    formula: "-sum_k x_k ln p_k, x one-hot",
    shape: `p: a distribution of one choice; x: a value as wide as p has outcomes; ${perRow}`,
    citation: "Good 1952",
    example: "mean(nll(human.intent, human.choice))"
  },
  {
    name: "brier",
    group: "distributions",
    form: "brier(p, x)",
    runtime: "brier",
    rule: { kind: "scored" },
    unit: "plain",
    doc: "The Brier score of p for x at every step, from 0 to 2.",
    formula: "sum_k (p_k - x_k)^2, x one-hot",
    shape: `p: a distribution of one choice; x: a value as wide as p has outcomes; ${perRow}`,
    citation: "Brier 1950",
    example: "mean(brier(human.intent, human.choice))"
  },
  {
    name: "mutual_information",
    group: "distributions",
    form: "mutual_information(p)",
    runtime: "mutualInformation",
    rule: { kind: "distribution", chain: false, rows: false },
    unit: "nats",
    doc: "How much the choice says about the row it is made in: the information between rows and outcomes, in nats.",
    formula: "H(mean_i p_i) - mean_i H(p_i), rows weighted as in `mean`",
    shape: "p: a distribution of one choice; one number, from 0 to ln of the outcomes",
    notes:
      "Of `codes.message given codes.code` it is I(M; C), the rate of an information bottleneck. Over the steps of a minibatch it measures how far a choice depends on the situation.",
    citation: "Shannon 1948; as a training signal Eccles et al. 2019",
    example: "mutual_information(ai.policy)"
  },
  {
    name: "softmax",
    group: "distributions",
    form: "softmax(x)",
    runtime: "softmax",
    rule: { kind: "shares", gradient: true },
    unit: "plain",
    doc: "The probabilities of a distribution, or of the components of a value, as a value.",
    formula: "e^x_k / sum_j e^x_j",
    shape: "x: a distribution of one choice, or a value of several components; a value as wide",
    example: "mean(square(softmax(ai.policy) - 0.25))"
  },
  {
    name: "one_hot",
    group: "distributions",
    form: "one_hot(x)",
    runtime: "oneHot",
    rule: { kind: "shares", gradient: false },
    unit: "plain",
    doc: "A 1 at the most probable outcome or the largest component, else 0; equals share. No gradient.",
    formula: "[x_k = max_j x_j] / the number of largest ones",
    shape: "x: a distribution of one choice, or a value of several components; a value as wide",
    example: "mean(nll(ai.policy, one_hot(lag(ai.policy, 1))))"
  },
  // ---- representations
  {
    name: "mse",
    group: "representations",
    form: "mse(x, y)",
    runtime: "mse",
    rule: { kind: "rowwise", operands: 2 },
    unit: "square",
    doc: "The mean squared difference of the components, at every step.",
    formula: "(1/d) sum_k (x_k - y_k)^2",
    shape: `x, y: values of one width; ${perRow}`,
    example: "mean(mse(bridge(human.latent), stop_gradient(ai.latent)))"
  },
  {
    name: "cosine",
    group: "representations",
    form: "cosine(x, y)",
    runtime: "cosine",
    rule: { kind: "rowwise", operands: 2 },
    unit: "plain",
    doc: "The cosine of the angle between two values, at every step.",
    formula: "x . y / sqrt((|x|^2 + 1e-12) (|y|^2 + 1e-12)); 0 where one of them is 0",
    shape: `x, y: values of one width; ${perRow}`,
    example: "1 - mean(cosine(bridge(human.latent), stop_gradient(ai.latent)))"
  },
  {
    name: "dot",
    group: "representations",
    form: "dot(x, y)",
    runtime: "dot",
    rule: { kind: "rowwise", operands: 2 },
    unit: "product",
    doc: "The inner product of two values, at every step.",
    formula: "sum_k x_k y_k",
    shape: `x, y: values of one width; ${perRow}`,
    example: "-mean(dot(bridge(human.latent), ai.latent)) / 64"
  },
  {
    name: "norm",
    group: "representations",
    form: "norm(x)",
    runtime: "norm",
    rule: { kind: "rowwise", operands: 1 },
    unit: "same",
    doc: "The Euclidean length of a value, at every step.",
    formula: "sqrt(sum_k x_k^2 + 1e-12): the root is held away from 0, where it has no gradient",
    shape: `x: a value; ${perRow}`,
    example: "mean(norm(ai.latent - lag(ai.latent, 1)))"
  },
  {
    name: "w2",
    group: "representations",
    form: "w2(x, y)",
    runtime: "w2",
    rule: { kind: "samples", widths: "equal" },
    unit: "same",
    library: "std.alignment",
    doc: "The 2-Wasserstein distance between the distributions of two values over the steps, estimated over random directions (Bonneel et al. 2015). Needs `use std.alignment`.",
    formula: "sqrt((d/R) sum_r mean_j (sort(X theta_r)_j - sort(Y theta_r)_j)^2 + 1e-12), R = 8 directions",
    shape: "x, y: values of one width over the steps; one number, on at most 256 evenly spaced rows",
    citation: "Bonneel et al. 2015",
    example: "w2(bridge(human.latent), stop_gradient(ai.latent))"
  },
  {
    name: "sinkhorn",
    group: "representations",
    form: "sinkhorn(x, y)",
    runtime: "sinkhorn",
    rule: { kind: "samples", widths: "equal" },
    unit: "square",
    library: "std.alignment",
    doc: "The debiased entropic transport cost between the distributions of two values over the steps. Needs `use std.alignment`.",
    formula:
      "OT(x, y) - OT(x, x) / 2 - OT(y, y) / 2 with cost |x_i - y_j|^2 and blur a tenth of its mean, 20 Sinkhorn steps in logarithms",
    shape: "x, y: values of one width over the steps; one number, on at most 64 evenly spaced rows",
    notes: "The gradient takes the potentials as optimal (envelope theorem): exact in the limit of many steps.",
    citation: "Cuturi 2013; Genevay et al. 2018; Feydy et al. 2019",
    example: "sinkhorn(bridge(human.latent), stop_gradient(ai.latent))"
  },
  {
    name: "mmd",
    group: "representations",
    form: "mmd(x, y)",
    runtime: "mmd",
    rule: { kind: "samples", widths: "equal" },
    unit: "plain",
    library: "std.alignment",
    doc: "The squared maximum mean discrepancy between the distributions of two values over the steps. Needs `use std.alignment`.",
    formula:
      "mean k(x_i, x_j) + mean k(y_i, y_j) - 2 mean k(x_i, y_j), k(a, b) = exp(-|a - b|^2 / s), s the mean of |a - b|^2 over all pairs of both samples",
    shape: "x, y: values of one width over the steps; one number, on at most 256 evenly spaced rows",
    notes: "The biased estimate, which is never negative; it does not depend on the scale of the values.",
    citation: "Gretton et al. 2012, eq. 5",
    example: "mmd(bridge(human.latent), stop_gradient(ai.latent))"
  },
  {
    name: "cca",
    group: "representations",
    form: "cca(x, y)",
    runtime: "cca",
    rule: { kind: "samples", widths: "any" },
    unit: "plain",
    library: "std.alignment",
    doc: "The mean squared canonical correlation between two values over the steps, from 0 to 1 (Hotelling 1936). Needs `use std.alignment`.",
    formula: "tr(Sx^-1 Sxy Sy^-1 Syx) / d, with a ridge of 1e-2 of the mean variance",
    shape: "x, y: values over the steps; one number",
    citation: "Hotelling 1936; Kornblith et al. 2019",
    example: "1 - cca(human.latent, ai.latent)"
  },
  {
    name: "cka",
    group: "representations",
    form: "cka(x, y)",
    runtime: "cka",
    rule: { kind: "samples", widths: "any" },
    unit: "plain",
    library: "std.alignment",
    doc: "Linear centred kernel alignment between two values over the steps, from 0 to 1. Needs `use std.alignment`.",
    formula: "|Xc' Yc|_F^2 / (|Xc' Xc|_F |Yc' Yc|_F), Xc and Yc centred; 1e-12 is added below",
    shape: "x, y: values over the steps; one number",
    citation: "Kornblith et al. 2019, eq. 4",
    example: "1 - cka(human.latent, ai.latent)"
  },
  {
    name: "hsic",
    group: "representations",
    form: "hsic(x, y)",
    runtime: "hsic",
    rule: { kind: "samples", widths: "any" },
    unit: "plain",
    library: "std.alignment",
    doc: "The Hilbert-Schmidt independence criterion of two values over the steps: 0 where they are independent. Needs `use std.alignment`.",
    formula: "tr(K H L H) / (n - 1)^2, kernels exp(-|a - b|^2 / s), s the mean of |a - b|^2 over all pairs",
    shape: "x, y: values over the steps; one number, on at most 256 evenly spaced rows",
    notes: "The biased estimate, of order 1/n under independence; it does not depend on the scale of the values.",
    citation: "Gretton et al. 2005",
    example: "hsic(human.latent, ai.latent)"
  },
  // ---- time
  {
    name: "lag",
    group: "time",
    form: "lag(x, n)",
    runtime: "lag",
    rule: { kind: "time", minimum: 1, maximum: 64, integer: true, keeps: "steps", distributions: true },
    unit: "same",
    doc: "x as it was n steps before, in the same episode.",
    formula: "x_(t-n); where the segment or the episode began later, the first x of it",
    shape: "x: a value or a distribution over the steps; the same",
    notes: "So the difference to an earlier step is 0 where there is none.",
    example: "mean(norm(ai.latent - lag(ai.latent, 1)))"
  },
  {
    name: "ema",
    group: "time",
    form: "ema(x, half_life)",
    runtime: "ema",
    rule: { kind: "time", minimum: 1e-3, maximum: 1e6, integer: false, keeps: "steps", distributions: false },
    unit: "same",
    doc: "The exponential moving average of x along an episode; half of it is forgotten in `half_life` steps.",
    formula: "y_t = a y_(t-1) + (1 - a) x_t with a = 2^(-1 / half_life); y = x where the segment or the episode begins",
    shape: "x: a value over the steps; the same",
    example: "mean(mse(ai.latent, stop_gradient(ema(ai.latent, 4))))"
  },
  {
    name: "at",
    group: "time",
    form: "at(x, step)",
    runtime: "at",
    rule: { kind: "time", minimum: 0, maximum: 100_000, integer: true, keeps: "copies", distributions: false },
    unit: "same",
    doc: "x at one step of the segment, counted from 0: a row for each copy of the environment.",
    formula: "x_step",
    shape: "x: a value over the steps; a row for each copy",
    example: "mean(at(entropy(ai.policy), 0))"
  },
  // ---- views
  {
    name: "paired",
    group: "distributions",
    form: "paired(x, view)",
    runtime: "paired",
    rule: { kind: "paired" },
    unit: "same",
    doc: "x on another view of the same steps: in `silence` nothing that another agent says is heard; `unadvised` no advice is given.",
    formula: "x with the agents' networks run again over the segment, what the view takes away replaced by silence",
    shape: "x: a number, a value or a distribution of an agent; the same",
    notes:
      "What was chosen, earned and kept in memory before the segment is that of the play. A divergence of the two views says how far messages move who hears them. Under `silence` nobody who speaks is trained through x.",
    citation: "positive listening, Lowe et al. 2019; causal influence, Jaques et al. 2019",
    example: "mean(kl(ai.policy || paired(ai.policy, silence)))"
  },
  // ---- learning
  {
    name: "stop_gradient",
    group: "learning",
    form: "stop_gradient(x)",
    runtime: "stopGradient",
    rule: { kind: "each", gradient: false, distributions: true },
    unit: "same",
    doc: "x, with no gradient through it: it trains nothing.",
    formula: "x",
    shape: "x: a number, a value or a distribution; the same",
    example: "mean(kl(human.intent || stop_gradient(lag(human.intent, 1))))"
  },
  {
    name: "ppo",
    group: "learning",
    form: "ppo(agent, clip 0.2, entropy 0.01)",
    runtime: "ppo",
    rule: { kind: "loss" },
    unit: "plain",
    library: "std.ppo",
    doc: "The clipped surrogate of proximal policy optimisation for an agent or an instructor, with its critic and entropy bonus (Schulman et al. 2017). Needs `use std.ppo`.",
    formula: "-mean min(r A, clip(r, 1 - clip, 1 + clip) A) - entropy mean H(policy), r = exp(log_prob - old_log_prob)",
    shape: "agent: an agent or an instructor; one number",
    notes:
      "A is standardised over the rollout. `clipped_surrogate` of std.ppo says the first part in the language itself.",
    citation: "Schulman et al. 2017, eq. 7; Huang et al. 2022",
    example: "ppo(ai, entropy 0)"
  }
]

const byName: ReadonlyMap<string, Primitive> = new Map(primitives.map((one) => [one.name, one]))
const bySign: ReadonlyMap<string, Primitive> = new Map(operators.map((one) => [one.name, one]))

/** The function called `name`. */
export const primitive = (name: string): Primitive | undefined => byName.get(name)

/** The operator written as `sign`. */
export const operator = (sign: string): Primitive | undefined => bySign.get(sign)

/** Views that `paired` knows, and what an agent must see for them to differ from the play. */
export const views: ReadonlyArray<{
  readonly name: string
  readonly takes: "messages" | "advice"
  readonly doc: string
}> = [
  { name: "silence", takes: "messages", doc: "Nothing that another agent says is heard." },
  { name: "unadvised", takes: "advice", doc: "No advice is given." }
]

// ---- quantities ------------------------------------------------------------------------------------------------

/** What a quantity is about. */
export type QuantityShape =
  /** A distribution over the choices of a role; for a role that speaks, a chain of intent and token. */
  "policy" | "latent" | "intent" | "token" | "code" | "symbol" | "advice" | "choice" | "said" | "row"

/** Something that expressions may ask of an agent, of what is learned between agents, or of an environment. */
export interface Quantity {
  readonly of: "agent" | "protocol" | "instructor" | "environment"
  readonly name: string
  readonly doc: string
  readonly shape: QuantityShape
  readonly unit: "any" | "nats" | "reward"
  /** Whether a gradient flows from it to whoever it is of. */
  readonly trains: boolean
  /** Only roles that speak have it. */
  readonly speaks?: boolean
}

/** Every quantity, in the order in which they are proposed. */
export const quantities: ReadonlyArray<Quantity> = [
  {
    of: "agent",
    name: "policy",
    doc: "The distribution over its choices at every step; trains the agent.",
    shape: "policy",
    unit: "any",
    trains: true
  },
  {
    of: "agent",
    name: "prior",
    doc: "The frozen distribution that its policy is a learned residual on; trains nothing.",
    shape: "policy",
    unit: "any",
    trains: false
  },
  {
    of: "agent",
    name: "latent",
    doc: "The state of its recurrent network at every step; trains the agent.",
    shape: "latent",
    unit: "any",
    trains: true
  },
  {
    of: "agent",
    name: "intent",
    doc: "The distribution over the intents of an agent that speaks, at every step; trains the agent.",
    shape: "intent",
    unit: "any",
    trains: true,
    speaks: true
  },
  {
    of: "agent",
    name: "message",
    doc: "The distribution over the tokens of an agent that speaks, given its intent, at every step; trains the agent.",
    shape: "token",
    unit: "any",
    trains: true,
    speaks: true
  },
  {
    of: "agent",
    name: "choice",
    doc: "What it chose at every step, one-hot; trains nothing.",
    shape: "choice",
    unit: "any",
    trains: false
  },
  {
    of: "agent",
    name: "said",
    doc: "The token that it said at every step, silence last, one-hot; trains nothing.",
    shape: "said",
    unit: "any",
    trains: false,
    speaks: true
  },
  {
    of: "agent",
    name: "log_prob",
    doc: "The logarithm of the probability of what it chose, as its policy is now; trains the agent.",
    shape: "row",
    unit: "nats",
    trains: true
  },
  {
    of: "agent",
    name: "old_log_prob",
    doc: "The logarithm of the probability of what it chose when it chose it; trains nothing.",
    shape: "row",
    unit: "nats",
    trains: false
  },
  {
    of: "protocol",
    name: "code",
    doc: "The distribution over its latent codes at every step.",
    shape: "code",
    unit: "any",
    trains: true
  },
  {
    of: "protocol",
    name: "message",
    doc: "The distribution over its symbols in a minibatch; `message given code` is that under each code.",
    shape: "symbol",
    unit: "any",
    trains: true
  },
  {
    of: "protocol",
    name: "speaks",
    doc: "How likely it is to break the silence, at every step.",
    shape: "row",
    unit: "any",
    trains: true
  },
  {
    of: "instructor",
    name: "intervenes",
    doc: "How likely it is to give advice, at every step.",
    shape: "row",
    unit: "any",
    trains: true
  },
  {
    of: "instructor",
    name: "policy",
    doc: "The distribution over what it gives, at every step.",
    shape: "advice",
    unit: "any",
    trains: true
  },
  {
    of: "instructor",
    name: "choice",
    doc: "What it gave at every step, silence first, one-hot; trains nothing.",
    shape: "choice",
    unit: "any",
    trains: false
  },
  {
    of: "instructor",
    name: "log_prob",
    doc: "The logarithm of the probability of what it gave, as its policy is now.",
    shape: "row",
    unit: "nats",
    trains: true
  },
  {
    of: "instructor",
    name: "old_log_prob",
    doc: "The logarithm of the probability of what it gave when it gave it; trains nothing.",
    shape: "row",
    unit: "nats",
    trains: false
  },
  {
    of: "environment",
    name: "reward",
    doc: "What the team earned at every step, scaled for learning; trains nothing.",
    shape: "row",
    unit: "reward",
    trains: false
  },
  {
    of: "environment",
    name: "return",
    doc: "What the team earned from the step on, discounted, as the critic completes it (GAE); trains nothing.",
    shape: "row",
    unit: "reward",
    trains: false
  },
  {
    of: "environment",
    name: "value",
    doc: "What the critic expected before the step; trains nothing.",
    shape: "row",
    unit: "reward",
    trains: false
  },
  {
    of: "environment",
    name: "advantage",
    doc: "Return less value, standardised over the rollout; trains nothing.",
    shape: "row",
    unit: "any",
    trains: false
  }
]

/** The quantities of one kind of thing. */
export const quantitiesOf = (of: Quantity["of"]): ReadonlyArray<Quantity> => quantities.filter((one) => one.of === of)
