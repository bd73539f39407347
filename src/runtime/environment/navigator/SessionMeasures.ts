/**
 * What a session of the navigator is measured by, with floors and ceilings (NAVIGATOR.md section 5). NaN where a measure
 * is not defined.
 */
import { clip01 } from "../../measure/estimator/Bounds.ts"
import { heldOutCanonicalCorrelation } from "../../measure/estimator/CanonicalCorrelation.ts"
import { linearCka } from "../../measure/estimator/LinearCka.ts"
import { takeRows } from "../../measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../../measure/estimator/linear/Matrix.ts"
import { spearman } from "../../measure/statistics/Spearman.ts"
import type { Catalogue } from "./Catalogue.ts"
import type { SessionRecord } from "./Session.ts"
import { componentsOf, scoresOf } from "./Taste.ts"

export interface SessionMeasures {
  /** How far above random clicks the best score so far lies on average; 1: the best item at the first click. */
  readonly exploration_efficiency: number
  readonly best_score: number
  readonly mean_score: number
  /** Held-out canonical correlation of the person's percepts and the AI's coordinates. */
  readonly percept_correlation: number
  /** The same with the rows of one side shuffled. */
  readonly percept_correlation_floor: number
  /** The same of two looks of the person. */
  readonly percept_correlation_ceiling: number
  /** Debiased linear CKA of the same two sides, and of two looks. */
  readonly percept_alignment: number
  readonly percept_alignment_ceiling: number
  /** CKA of percepts with what the mapper expects of them. */
  readonly mapped_alignment: number
  /** Spearman of the AI's predicted preference with the person's value, on items of the sample that were not clicked. */
  readonly preference_correlation: number
  /** Spearman of the person's value with the oracle, on the whole sample, so that it is comparable over conditions. */
  readonly value_agreement: number
  /** Share of the oracle's modes that were found. */
  readonly discovery_rate: number
  /** Of the last 50 choices: 1 - mean NLL of the AI's forecast / ln(options), in [0, 1]. */
  readonly understanding: number
  /** The same not cut off at 0: the likelihood ratio index against chance (McFadden 1974). */
  readonly likelihood_ratio_index: number
  /** 1 - mean entropy of the choice / ln(options) of the same choices: what the best forecast reaches. */
  readonly understanding_ceiling: number
  /** Half of CKA and understanding. */
  readonly cognitive_compatibility: number
  /** Share of the clicks at which a suggestion was taken. */
  readonly suggestions_taken: number
  /** KL of the person's attention to the first one, in nats. */
  readonly human_drift: number
}

/** Choices at the end of a session by which understanding is judged. */
const JUDGED = 50

/** A mode is found by an item whose value of it is at least this share of the catalogue's largest. */
const FOUND = 0.8

/** Most canonical correlations that are averaged. */
const CORRELATIONS = 5

/**
 * R, the expected best of t uniform draws with replacement, averaged over t = 1 .. clicks:
 *
 *   mean_t sum_i s_(i) [(i/n)^t - ((i-1)/n)^t]  over ascending scores s_(1) .. s_(n).
 */
export const randomBest = (scores: Float64Array, clicks: number): number => {
  const sorted = Float64Array.from(scores).sort()
  const n = sorted.length
  // mean over t of p^t, a geometric sum
  const mean = (p: number): number => (p === 1 ? 1 : (p * (1 - p ** clicks)) / (1 - p) / clicks)
  let sum = 0
  let before = 0
  sorted.forEach((score, i) => {
    const upTo = mean((i + 1) / n)
    sum += score * (upTo - before)
    before = upTo
  })
  return sum
}

/**
 * (mean_t b_t - R) / (max s - R) with b_t the best score of the first t clicks and `all` the scores of the catalogue:
 * 0 for uniform draws on average, 1 for the best item at the first click, not cut off below; NaN where max s = R.
 */
export const explorationEfficiency = (clicked: Float64Array, all: Float64Array): number => {
  const reached = randomBest(all, clicked.length)
  const largest = all.reduce((a, b) => Math.max(a, b), -Infinity)
  let best = -Infinity
  let sum = 0
  for (const score of clicked) {
    best = Math.max(best, score)
    sum += best
  }
  // closer than this, only rounding is between them: all scores are alike
  return largest - reached > 1e-12 ? (sum / clicked.length - reached) / (largest - reached) : Number.NaN
}

/**
 * The share of modes of which a clicked item has at least .8 of the catalogue's largest value; `components` is
 * [count, modes].
 */
export const discoveryRate = (clicked: ArrayLike<number>, components: Float64Array, modes: number): number => {
  let found = 0
  for (let m = 0; m < modes; m++) {
    let largest = 0
    for (let i = m; i < components.length; i += modes) largest = Math.max(largest, components[i]!)
    const reached = Array.from(clicked).some((item) => components[item * modes + m]! >= FOUND * largest)
    if (reached) found++
  }
  return found / modes
}

/**
 * The likelihood ratio index of forecasts [choices, options] of what was chosen, and the ceiling that the entropy of the
 * choice leaves, both over the last `judged` choices. An option that was not there has probability NaN. NaN without
 * choices.
 */
export const forecastQuality = (
  choices: Int32Array,
  forecasts: Float64Array,
  probabilities: Float64Array,
  judged: number
): { readonly index: number; readonly ceiling: number } => {
  const options = forecasts.length / choices.length
  const chance = Math.log(options)
  let [n, nll, entropy] = [0, 0, 0]
  for (let i = choices.length - 1; i >= 0 && n < judged; i--) {
    if (choices[i]! < 0) continue
    n++
    nll -= Math.log(forecasts[i * options + choices[i]!]!)
    for (let j = 0; j < options; j++) {
      const p = probabilities[i * options + j]!
      if (p > 0) entropy -= p * Math.log(p)
    }
  }
  return n === 0
    ? { index: Number.NaN, ceiling: Number.NaN }
    : { index: 1 - nll / n / chance, ceiling: 1 - entropy / n / chance }
}

const halfOf = (rows: number): readonly [Int32Array, Int32Array] => {
  const half = Math.floor(rows / 2)
  return [Int32Array.from({ length: half }, (_, i) => i), Int32Array.from({ length: rows - half }, (_, i) => half + i)]
}

// Directions on the first half of the rows, correlations on the second.
const splitCca = (x: Matrix, y: Matrix, count: number): number => {
  const [first, second] = halfOf(x.rows)
  const part = (rows: Int32Array) => ({ x: takeRows(x, rows), y: takeRows(y, rows) })
  return heldOutCanonicalCorrelation(part(first), part(second), count)
}

/** All measures of a session on the catalogue it was played on. */
export const measureSession = (record: SessionRecord, catalogue: Catalogue): SessionMeasures => {
  const { choices, clicked, sample, scores, taste } = record
  const truth = scoresOf(taste, catalogue)
  const count = Math.min(CORRELATIONS, catalogue.dimensions)
  const { coordinates, mapped, percepts, secondPercepts, shuffled } = sample
  const cka = linearCka(percepts, coordinates)

  const met = new Set(clicked)
  const unmet = Array.from(sample.items.keys()).filter((i) => !met.has(sample.items[i]!))

  const { ceiling, index } = forecastQuality(choices, record.forecasts, record.probabilities, JUDGED)
  const understanding = clip01(index)
  const suggested = record.suggestions.length / clicked.length
  const chose = choices.some((choice) => choice >= 0)
  return {
    exploration_efficiency: explorationEfficiency(scores, truth),
    best_score: scores.reduce((a, b) => Math.max(a, b), -Infinity),
    mean_score: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    percept_correlation: splitCca(percepts, coordinates, count),
    percept_correlation_floor: splitCca(percepts, takeRows(coordinates, shuffled), count),
    percept_correlation_ceiling: splitCca(percepts, secondPercepts, count),
    percept_alignment: cka,
    percept_alignment_ceiling: linearCka(percepts, secondPercepts),
    mapped_alignment: mapped === undefined ? Number.NaN : linearCka(percepts, mapped),
    preference_correlation: spearman(
      unmet.map((i) => sample.predicted[i]!),
      unmet.map((i) => sample.values[i]!)
    ),
    value_agreement: spearman(
      sample.values,
      Array.from(sample.items, (item) => truth[item]!)
    ),
    discovery_rate: discoveryRate(clicked, componentsOf(taste, catalogue), taste.modes.length),
    understanding,
    likelihood_ratio_index: index,
    understanding_ceiling: ceiling,
    cognitive_compatibility: (cka + understanding) / 2,
    suggestions_taken: chose
      ? choices.reduce((sum, choice) => sum + (choice >= 0 && choice < suggested ? 1 : 0), 0) / clicked.length
      : Number.NaN,
    human_drift: record.drift
  }
}
