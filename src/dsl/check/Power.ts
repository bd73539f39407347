/**
 * The power of a claim's test: how often a study of this design decides a claim that is true, computed from the number of seeds, the
 * episodes of each, the test, and what is assumed of the truth. Seeds are the unit of replication; the margin over seeds is taken to
 * be normal, so that its mean over its spread has a noncentral t distribution (Cohen 1988; Johnson & Welch 1940).
 */

import normal from "@stdlib/stats-base-dists-normal-cdf"

/** P(Z <= x) of a standard normal Z, exact in the lower tail. */
export const normalBelow = (x: number): number => normal(x, 0, 1)

/** Points at which the distribution of the spread is taken; even. */
const points = 400

/** Values of a function that were computed lately: of one version of a file to the next most stay the same. */
const remembered = <In, A, Key = In>(compute: (of: In) => A, keyOf: (of: In) => Key, most = 256): ((of: In) => A) => {
  const known = new Map<Key, A>()
  return (of) => {
    const key = keyOf(of)
    const before = known.get(key)
    if (before !== undefined) return before
    if (known.size >= most) known.clear()
    const made = compute(of)
    known.set(key, made)
    return made
  }
}

const itself = (of: number): number => of

/** Estimated spreads of `df` degrees of freedom, Simpson's weights of their density, and the sum of these. */
const spreads = remembered((df: number) => {
  const far = 1 + 9 / Math.sqrt(df)
  const near = Math.max(0, 1 - 9 / Math.sqrt(2 * df))
  const width = (far - near) / points
  const top = Math.sqrt(Math.max(0, df - 1) / df)
  const log = (s: number) => (df > 1 ? (df - 1) * Math.log(s) : 0) - (df * s * s) / 2
  const highest = df > 1 ? log(top) : 0
  const at = new Float64Array(points + 1)
  const weights = new Float64Array(points + 1)
  let sum = 0
  for (let k = 0; k <= points; k++) {
    const s = near + k * width
    const density = s === 0 && df > 1 ? 0 : Math.exp(log(s) - highest)
    const simpson = (k === 0 || k === points ? 1 : k % 2 === 1 ? 4 : 2) * density
    at[k] = s
    weights[k] = simpson
    sum += simpson
  }
  return { at, weights, sum }
}, itself)

/**
 * P(T > at) of the noncentral t with `df` degrees of freedom and noncentrality `shift`: the mean over the distribution of the
 * estimated spread s, a chi of `df` degrees over sqrt(df), of P(Z > at s - shift); Simpson's rule.
 */
export const noncentralAbove = (at: number, df: number, shift: number): number => {
  const spread = spreads(df)
  let sum = 0
  for (let k = 0; k <= points; k++) {
    sum += (spread.weights[k] ?? 0) * normalBelow(shift - at * (spread.at[k] ?? 0))
  }
  return sum / spread.sum
}

/** Where a falling function passes `alpha` between two places, to some twelve digits: regula falsi, an end that stays twice weighing half (Illinois). */
const passing = (above: (x: number) => number, alpha: number, from: number, to: number): number => {
  let [low, high] = [from, to]
  let [atLow, atHigh] = [above(low) - alpha, above(high) - alpha]
  let stayed: "low" | "high" | undefined
  let x = high
  for (let k = 0; k < 30 && atLow !== atHigh; k++) {
    const before = x
    x = (low * atHigh - high * atLow) / (atHigh - atLow)
    if (Math.abs(x - before) < 1e-12 * x) return x
    const at = above(x) - alpha
    if (at > 0) {
      ;[low, atLow] = [x, at]
      if (stayed === "high") atHigh /= 2
      stayed = "high"
    } else {
      ;[high, atHigh] = [x, at]
      if (stayed === "low") atLow /= 2
      stayed = "low"
    }
  }
  return x
}

/**
 * The least x with `above(x)` at most `alpha`, for a falling function: halves what is between until nothing is. What lies beyond a
 * narrow bracket around the place is known without computing it.
 */
export const critical = (above: (x: number) => number, alpha: number): number => {
  let high = 1
  while (above(high) > alpha && high < 1e7) high *= 2
  let low = 0
  const near = passing(above, alpha, low, high)
  const [under, over] = [near * (1 - 1e-11), near * (1 + 1e-11)]
  const bracketed = under > low && over < high && above(under) > alpha && above(over) <= alpha
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    const isAbove = bracketed && middle <= under ? true : bracketed && middle >= over ? false : above(middle) > alpha
    if (isAbove) low = middle
    else high = middle
  }
  return high
}

/** The normal value, and the t value of `df` degrees of freedom, that are exceeded with the probability `alpha`. */
const criticalNormal = remembered((alpha: number) => critical((x) => normalBelow(-x), alpha), itself)
const criticalT = remembered(
  (df: number) => remembered((alpha: number) => critical((x) => noncentralAbove(x, df, 0), alpha), itself),
  itself
)

/** How the claim is tested. */
export type Method = "bootstrap" | "paired_t" | "welch" | "sign_flip"

/** What the power is computed from. */
export interface Design {
  readonly method: Method
  /** Whether two conditions stand against each other; `welch` has two samples then. */
  readonly two: boolean
  readonly seeds: number
  /** One-sided level. */
  readonly alpha: number
  /** How far the truth lies beyond what is claimed, over the spread of the margin from seed to seed. */
  readonly effect: number
}

const computed = ({ alpha, effect, method, seeds, two }: Design): number => {
  if (seeds < 2) return 0
  if (method === "sign_flip" && 2 ** -seeds >= alpha) return 0
  const df = method === "welch" && two ? 2 * (seeds - 1) : seeds - 1
  const at = method === "bootstrap" ? criticalNormal(alpha) * Math.sqrt((seeds - 1) / seeds) : criticalT(df)(alpha)
  return noncentralAbove(at, df, effect * Math.sqrt(seeds))
}

/**
 * The power of a design, from 0 to 1; one seed has none. `paired_t` and `welch` (with equal spreads) are exact for a normal margin.
 * The percentile bootstrap is taken as the normal interval with the spread of the seeds at hand (divisor n), which it tends to. A
 * sign-flip test is taken as the t test that it comes near, and has no power where its smallest p, 2^-n, is not below the level.
 */
export const power: (design: Design) => number = remembered(
  computed,
  ({ alpha, effect, method, seeds, two }) => `${method} ${two} ${seeds} ${alpha} ${effect}`,
  4096
)

/** The least effect that a design decides with this power, up to 1000 spreads; undefined beyond. */
export const effectFor = (design: Omit<Design, "effect">, wanted: number): number | undefined => {
  const enough = (effect: number) => power({ ...design, effect }) >= wanted
  let high = 1
  while (!enough(high)) {
    high *= 2
    if (high > 1000) return undefined
  }
  let low = 0
  for (let k = 0; k < 12; k++) {
    const middle = (low + high) / 2
    if (enough(middle)) high = middle
    else low = middle
  }
  return high
}

/** The least number of seeds with this power, up to `most`; undefined beyond. */
export const seedsFor = (design: Omit<Design, "seeds">, wanted: number, most: number): number | undefined => {
  const enough = (seeds: number) => power({ ...design, seeds }) >= wanted
  if (!(design.effect > 0) || !enough(most)) return undefined
  let low = 1
  let high = most
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (enough(middle)) high = middle
    else low = middle
  }
  return high
}
