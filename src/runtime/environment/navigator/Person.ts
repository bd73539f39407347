/**
 * The surrogate of a person who explores: attends to some factors of a picture more than to others, values pictures by
 * their likeness to those seen before, chooses with noise, and adapts within a budget (NAVIGATOR.md section 4).
 *
 * Features g(f) in R^8 in five groups: shape (3), scale (1), orientation (2), x (1), y (1). Attention is a point of the
 * 5-simplex; it persists from session to session, while memories belong to one session.
 */
import { matrix, zeros } from "../../measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../../measure/estimator/linear/Matrix.ts"
import type { Address, Random } from "../../random/Random.ts"
import type { Catalogue } from "./Catalogue.ts"

export interface PersonSettings {
  /** Step of attention against the gradient of the squared error of prediction; 0: a person who does not learn. */
  readonly attention_rate: number
  /** tau_H: the largest KL of attention to the attention the person came with, in nats. */
  readonly budget: number
  /** Step of the trust in the AI's forecasts towards the gain they would have been. */
  readonly trust_rate: number
  /** Clicks of a session before trust moves. */
  readonly trust_after: number
  /** Standard deviation of a percept's noise, fresh at each look. */
  readonly noise: number
  /** Concentration of the Dirichlet that first attention is drawn from, a whole number. */
  readonly concentration: number
  /** Weight of the value the person came with against one memory at distance 0. */
  readonly prior_weight: number
  /** Share of the oracle in the value the person came with; the rest is an oracle that has nothing to do with it. */
  readonly shared_taste: number
  /** Inverse temperature of choice, per unit of value. */
  readonly precision: number
  /** Standard deviation of the noise of each value in a choice. */
  readonly value_noise: number
  /** Probability of a choice at random. */
  readonly lapse: number
  /** Items that come to mind, of which the best is the person's own idea. */
  readonly ideas: number
  /** Standard deviation of a click about the item that is meant, per axis of the map. */
  readonly jitter: number
}

/** The defaults; the budget is the recommended .05 nats (at .25 the bound is rarely reached). */
export const personDefaults: PersonSettings = {
  attention_rate: 0.15,
  budget: 0.05,
  trust_rate: 0.2,
  trust_after: 5,
  noise: 0.3,
  concentration: 4,
  prior_weight: 0.5,
  shared_taste: 0.5,
  precision: 12,
  value_noise: 0.03,
  lapse: 0.05,
  ideas: 8,
  jitter: 0.075
}

/** The number of features, and of numbers in a percept. */
export const FEATURES = 8

/** The number of groups of features, one for each factor. */
export const GROUPS = 5

const groupOf = Int32Array.of(0, 0, 0, 1, 2, 2, 3, 4)

/**
 * Features of each item: [count, 8]. Shape is one-hot, orientation cosine and sine of its angle; every column is centred
 * over the catalogue, and each group scaled so that the sum of its squares is 1 on average (0 if the group is constant).
 */
export const featuresOf = (catalogue: Catalogue): Matrix => {
  const { count, normalised } = catalogue
  const features = zeros(count, FEATURES)
  const at = features.data
  for (let i = 0; i < count; i++) {
    const [from, to] = [i * 5, i * FEATURES]
    at[to + normalised[from]!] = 1
    at[to + 3] = normalised[from + 1]!
    const angle = 2 * Math.PI * normalised[from + 2]!
    at[to + 4] = Math.cos(angle)
    at[to + 5] = Math.sin(angle)
    at[to + 6] = normalised[from + 3]!
    at[to + 7] = normalised[from + 4]!
  }
  const power = new Float64Array(GROUPS)
  for (let k = 0; k < FEATURES; k++) {
    let sum = 0
    for (let i = 0; i < count; i++) sum += at[i * FEATURES + k]!
    for (let i = 0; i < count; i++) {
      at[i * FEATURES + k]! -= sum / count
      power[groupOf[k]!]! += at[i * FEATURES + k]! ** 2 / count
    }
  }
  // below this it is rounding: no item differs from another in the group
  const scales = power.map((square) => (square > 1e-18 ? 1 / Math.sqrt(square) : 0))
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < FEATURES; k++) at[i * FEATURES + k]! *= scales[groupOf[k]!]!
  }
  return features
}

/**
 * A draw from the symmetric Dirichlet of the given dimension: independent gammas divided by their sum (Devroye 1986,
 * section XI.4). The concentration is a whole number n, for which a gamma is the sum of n exponentials -ln u: exact, and
 * always the same n uniforms. A `RangeError` where it is not.
 */
export const drawDirichlet = (
  random: Random,
  address: Address,
  dimension: number,
  concentration: number
): Float64Array => {
  if (!Number.isInteger(concentration) || concentration < 1) {
    throw new RangeError(`a concentration is a whole number from 1, not ${concentration}`)
  }
  const uniforms = new Float32Array(dimension * concentration)
  random.uniform(address, uniforms)
  const gammas = new Float64Array(dimension)
  for (let i = 0; i < uniforms.length; i++) gammas[Math.floor(i / concentration)]! -= Math.log(uniforms[i]!)
  const total = gammas.reduce((sum, gamma) => sum + gamma, 0)
  return gammas.map((gamma) => gamma / total)
}

/** The percept z = sqrt(5 a_group) g + sd noise of the features at row `item`: 8 numbers. */
export const percept = (
  attention: Float64Array,
  features: Matrix,
  item: number,
  noise: Float32Array,
  sd: number
): Float64Array => {
  const z = new Float64Array(FEATURES)
  for (let k = 0; k < FEATURES; k++) {
    z[k] = Math.sqrt(GROUPS * attention[groupOf[k]!]!) * features.data[item * FEATURES + k]! + sd * (noise[k] ?? 0)
  }
  return z
}

/** A picture seen and scored: its item, the noise of the look, and the score as it was observed. */
export interface Memory {
  readonly item: number
  readonly noise: Float32Array
  readonly score: number
}

/**
 * The value of a percept (exemplar model: Nosofsky 1986):
 *
 *   v = (sum_i K_i s_i + w v0) / (sum_i K_i + w),  K_i = exp(-1/2 |z - z_i|^2),
 *
 * over the remembered percepts `memories` (8 numbers each) with scores s_i; w is the weight of v0.
 */
export const exemplarValue = (
  z: Float64Array,
  memories: ReadonlyArray<Float64Array>,
  scores: ReadonlyArray<number>,
  v0: number,
  weight: number
): number => {
  let above = weight * v0
  let below = weight
  for (let i = 0; i < memories.length; i++) {
    const memory = memories[i]!
    let squares = 0
    for (let k = 0; k < FEATURES; k++) squares += (z[k]! - memory[k]!) ** 2
    const likeness = Math.exp(-0.5 * squares)
    above += likeness * scores[i]!
    below += likeness
  }
  return above / below
}

/**
 * The gradient by attention of (v - s)^2, where v is the exemplar value of `item` under the look `noise` and s its
 * score: 5 numbers. Percepts and memories are seen under the same attention, with the noise each had when it was looked
 * at (attention weighs the dimensions of likeness: Kruschke 1992).
 */
export const attentionGradient = (options: {
  readonly attention: Float64Array
  readonly features: Matrix
  readonly seen: Memory
  readonly memories: ReadonlyArray<Memory>
  readonly v0: number
  readonly weight: number
  readonly noise: number
}): Float64Array => {
  const { attention, features, memories, noise, seen, v0, weight } = options
  const z = percept(attention, features, seen.item, seen.noise, noise)
  const remembered = memories.map((memory) => percept(attention, features, memory.item, memory.noise, noise))
  const scores = memories.map((memory) => memory.score)
  const v = exemplarValue(z, remembered, scores, v0, weight)
  let total = weight
  const slope = new Float64Array(GROUPS)
  remembered.forEach((memory, i) => {
    let squares = 0
    // half the derivative of the squared distance by each group's attention
    const distance = new Float64Array(GROUPS)
    for (let k = 0; k < FEATURES; k++) {
      const difference = z[k]! - memory[k]!
      squares += difference * difference
      const g = features.data[seen.item * FEATURES + k]! - features.data[memories[i]!.item * FEATURES + k]!
      const group = groupOf[k]!
      distance[group]! += 0.5 * difference * g * Math.sqrt(GROUPS / attention[group]!)
    }
    const likeness = Math.exp(-0.5 * squares)
    total += likeness
    for (let j = 0; j < GROUPS; j++) slope[j]! -= likeness * distance[j]! * (scores[i]! - v)
  })
  return slope.map((each) => (2 * (v - seen.score) * each) / total)
}

/** KL(a || b) of two distributions, in nats. */
export const kullbackLeibler = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let j = 0; j < a.length; j++) if (a[j]! > 0) sum += a[j]! * Math.log(a[j]! / b[j]!)
  return Math.max(0, sum)
}

/**
 * The point of the segment from `start` to `attention` nearest to `attention` whose KL to `start` is at most `budget`,
 * by bisection: KL grows along the segment.
 */
export const withinBudget = (attention: Float64Array, start: Float64Array, budget: number): Float64Array => {
  const at = (share: number): Float64Array => start.map((from, j) => from + share * (attention[j]! - from))
  if (kullbackLeibler(attention, start) <= budget) return attention
  if (budget <= 0) return Float64Array.from(start)
  let [low, high] = [0, 1]
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2
    if (kullbackLeibler(at(middle), start) <= budget) low = middle
    else high = middle
  }
  return at(low)
}

/**
 * Attention after one step: a <- a exp(-rate clip(5 gradient, -1, 1)), divided by its sum, then .995 a + .001, so that
 * no factor is lost for good (ALCOVE, Kruschke 1992, with exponentiated steps, which stay on the simplex).
 */
export const steppedAttention = (attention: Float64Array, gradient: Float64Array, rate: number): Float64Array => {
  const clipped = gradient.map((slope) => Math.min(1, Math.max(-1, GROUPS * slope)))
  const stepped = attention.map((a, j) => a * Math.exp(-rate * clipped[j]!))
  const total = stepped.reduce((sum, a) => sum + a, 0)
  return stepped.map((a) => (0.995 * a) / total + 0.001)
}

/** Choice probabilities: softmax of precision times the values, with a lapse to all alike (Luce 1959). */
export const choiceProbabilities = (values: Float64Array, precision: number, lapse: number): Float64Array => {
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity)
  const weights = values.map((value) => Math.exp(precision * (value - largest)))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => ((1 - lapse) * weight) / total + lapse / values.length)
}

/** The first index at which the running sum of `probabilities` exceeds `uniform`; the last one for rounding. */
export const drawIndex = (probabilities: Float64Array, uniform: number): number => {
  let sum = 0
  for (let j = 0; j < probabilities.length; j++) {
    sum += probabilities[j]!
    if (uniform < sum) return j
  }
  return probabilities.length - 1
}

/** A person who lives through the sessions of a seed. */
export interface Person {
  /** Whether the person learns: values, attention and trust; otherwise v = v0 throughout. */
  readonly learns: boolean
  readonly attention: () => Float64Array
  readonly trust: () => number
  /** KL of attention to the attention the person came with, in nats. */
  readonly drift: () => number
  /** Begins a session: memories are forgotten; `v0` is the value of each item to someone who has seen none. */
  readonly begin: (v0: Float64Array) => void
  /** A look at an item, by 8 standard normals: its percept. */
  readonly look: (item: number, noise: Float32Array) => Float64Array
  /** The value of an item under a look. */
  readonly value: (item: number, noise: Float32Array) => number
  /** Takes in that `seen` had this score: attention adapts, then the picture is remembered. */
  readonly learn: (seen: Memory) => void
  /** Takes in the error of the own forecast and of the AI's. */
  readonly compare: (own: number, assistant: number) => void
}

/** A person with first attention `start`; one whose attention rate is 0, or with `learns` false, stays as it is. */
export const makePerson = (options: {
  readonly features: Matrix
  readonly start: Float64Array
  readonly settings: PersonSettings
  readonly learns: boolean
}): Person => {
  const { features, settings, start } = options
  const learns = options.learns && settings.attention_rate > 0
  let attention = Float64Array.from(start)
  let trust = 0
  let v0 = new Float64Array(features.rows)
  let memories: Array<Memory> = []
  let remembered: ReadonlyArray<Float64Array> = []
  let scores: ReadonlyArray<number> = []

  const look = (item: number, noise: Float32Array) => percept(attention, features, item, noise, settings.noise)

  return {
    learns,
    attention: () => Float64Array.from(attention),
    trust: () => trust,
    drift: () => kullbackLeibler(attention, start),
    begin: (values) => {
      v0 = Float64Array.from(values)
      memories = []
      remembered = []
      scores = []
    },
    look,
    value: (item, noise) =>
      learns ? exemplarValue(look(item, noise), remembered, scores, v0[item]!, settings.prior_weight) : v0[item]!,
    learn: (seen) => {
      if (!learns) return
      const gradient = attentionGradient({
        attention,
        features,
        seen,
        memories,
        v0: v0[seen.item]!,
        weight: settings.prior_weight,
        noise: settings.noise
      })
      const stepped = steppedAttention(attention, gradient, settings.attention_rate)
      attention = Float64Array.from(withinBudget(stepped, start, settings.budget))
      memories.push(seen)
      remembered = memories.map((memory) => look(memory.item, memory.noise))
      scores = memories.map((memory) => memory.score)
    },
    compare: (own, assistant) => {
      if (!learns) return
      trust = Math.min(1, Math.max(0, trust + settings.trust_rate * (Math.abs(own) - Math.abs(assistant))))
    }
  }
}

/** Percepts of `items`, one row each, from their standard normals, 8 for each item: [items, 8]. */
export const perceptsOf = (person: Person, items: Int32Array, noise: Float32Array): Matrix => {
  const rows = new Float64Array(items.length * FEATURES)
  items.forEach((item, i) => {
    rows.set(person.look(item, noise.subarray(i * FEATURES, (i + 1) * FEATURES)), i * FEATURES)
  })
  return matrix(items.length, FEATURES, rows)
}
