/**
 * Metrics of a team (MAPTALK.md section 2): what feeds the estimators from traces of played episodes, and their intervals.
 *
 * Every value is NaN where its minimum data is missing; nothing is made up for it.
 */
import type { Random } from "../random/Random.ts"
import type { Trace } from "../play/Trace.ts"
import { behaviouralSensitivity, disabledSide, sideSensitivity } from "./estimator/BehaviouralSensitivity.ts"
import type { BrierParts } from "./estimator/CalibrationError.ts"
import type { SideSensitivity } from "./estimator/BehaviouralSensitivity.ts"
import { clip01 } from "./estimator/Bounds.ts"
import { brierDecomposition, calibrationBins, expectedCalibrationError } from "./estimator/CalibrationError.ts"
import { kappaOf } from "./estimator/CohenKappa.ts"
import { diversity } from "./estimator/Diversity.ts"
import { entropy } from "./estimator/Entropy.ts"
import { jensenShannon } from "./estimator/JensenShannon.ts"
import { takeRows } from "./estimator/linear/Matrix.ts"
import type { Matrix } from "./estimator/linear/Matrix.ts"
import type { Latents } from "./estimator/MappedLatents.ts"
import { informationOf } from "./estimator/MutualInformation.ts"
import { mutualPredictability } from "./estimator/MutualPredictability.ts"
import type { SidePredictability } from "./estimator/MutualPredictability.ts"
import { representationCompatibility } from "./estimator/RepresentationCompatibility.ts"
import { meanOfDefined } from "./estimator/Aggregate.ts"
import { countPairs } from "./estimator/Symbols.ts"
import { synergisticStability } from "./estimator/SynergisticStability.ts"
import { topographicSimilarity } from "./estimator/TopographicSimilarity.ts"
import { bootstrapEpisodes, jackknifeEpisodes } from "./EpisodeBootstrap.ts"
import type { Estimate } from "./Statistics.ts"

/** Latents at the first rows of a trace (`trace.inputs.rows`), row by row. */
export interface TracedLatents {
  /** z^H, the guide's GRU state after the step. */
  readonly human: Matrix
  /** T(z^H), where a mapper was trained. */
  readonly mapped: Matrix | undefined
  /** z^A, the AI's encoding of what it sees and hears. */
  readonly ai: Matrix
  /** h^A, the AI's GRU state before the step. */
  readonly aiBefore: Matrix
}

/** Undefined, of `n`. */
export const undefinedOf = (n: number): Estimate => ({ mean: Number.NaN, low: Number.NaN, high: Number.NaN, n })

// ---- mutual predictability ---------------------------------------------------------------------------------------

/** MP and its Theil's U, which stands beside it because a sender that never varies has MP 1. */
export const predictability = (options: {
  readonly trace: Trace
  readonly latents: TracedLatents
  /** Choices of the AI; tokens of the guide with silence. */
  readonly actions: number
  readonly tokens: number
  readonly random: Random
}): { readonly mp: Estimate; readonly mp_u: Estimate } => {
  const { actions, latents, random, tokens, trace } = options
  const rows = trace.inputs.rows
  const episode = trace.episode.subarray(0, rows)
  const found = mutualPredictability({
    ai: { features: latents.human, labels: trace.action.subarray(0, rows), classes: actions, episode },
    human: { features: latents.aiBefore, labels: trace.token.subarray(0, rows), classes: tokens, episode }
  })
  const episodes = rows === 0 ? 0 : (episode[rows - 1] ?? 0) + 1
  // the probes stay as they are; the held-out episodes are resampled
  const loss = (side: SidePredictability, times: Uint16Array): number => {
    let sum = 0
    let weight = 0
    side.heldOut.forEach((row, k) => {
      const w = times[episode[row] ?? 0] ?? 0
      weight += w
      sum += w * (side.losses[k] ?? 0)
    })
    return sum / weight
  }
  const sides = [
    { side: found.ai, classes: actions },
    { side: found.human, classes: tokens }
  ]
  const mp = (times: Uint16Array) =>
    meanOfDefined(sides.map(({ classes, side }) => 1 - clip01(loss(side, times) / Math.log(classes)))).value
  const u = (times: Uint16Array) =>
    meanOfDefined(
      sides.map(({ side }) => (Number.isNaN(side.uncertainty) ? Number.NaN : 1 - loss(side, times) / side.labelEntropy))
    ).value
  return {
    mp: bootstrapEpisodes(episodes, mp, random, found.predictability.defined),
    mp_u: bootstrapEpisodes(episodes, u, random, found.uncertainty.defined)
  }
}

// ---- latents -----------------------------------------------------------------------------------------------------

/** Some rows of the latents as the estimators of representations take them; without a mapper they fit one. */
export const latentRows = (latents: TracedLatents, episode: ArrayLike<number>, rows: Int32Array): Latents => ({
  human: takeRows(latents.mapped ?? latents.human, rows),
  ai: takeRows(latents.ai, rows),
  episode: Int32Array.from(rows, (i) => episode[i] ?? 0),
  mapper: latents.mapped === undefined ? "fitted" : "trained"
})

/** RC; n counts episodes. */
export const compatibility = (trace: Trace, latents: TracedLatents): Estimate => {
  const episode = trace.episode.subarray(0, trace.inputs.rows)
  return jackknifeEpisodes(
    episode,
    (rows) => representationCompatibility(latentRows(latents, episode, rows)).compatibility,
    new Set(episode).size
  )
}

/** Diversity of z^H and z^A; n counts episodes. */
export const latentDiversity = (trace: Trace, latents: TracedLatents): Estimate => {
  const episode = trace.episode.subarray(0, trace.inputs.rows)
  return jackknifeEpisodes(
    episode,
    (rows) =>
      diversity({
        human: takeRows(latents.human, rows),
        ai: takeRows(latents.ai, rows),
        episode: Int32Array.from(rows, (i) => episode[i] ?? 0)
      }),
    new Set(episode).size
  )
}

// ---- messages ----------------------------------------------------------------------------------------------------

/** Rows of a trace in which someone guides; an oracle that says nothing has none. */
const guided = (trace: Trace): boolean => trace.rows > 0 && (trace.intent[0] ?? -1) >= 0

const paired = (
  trace: Trace,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  sizes: readonly [xs: number, ys: number],
  of: (counts: Float64Array) => number,
  random: Random
): Estimate =>
  bootstrapEpisodes(
    trace.episodes,
    (times) => of(countPairs(x, y, sizes[0], sizes[1], (i) => times[trace.episode[i] ?? 0] ?? 0)),
    random
  )

/** Situations in which the AI speaks: 4 (collided before) + 2 (unsure before) + (blocked ahead). */
export const situations: ReadonlyArray<string> = [false, true].flatMap((collided) =>
  [false, true].flatMap((unsure) =>
    [false, true].map(
      (blocked) =>
        `${collided ? "collided" : "moved"}, ${unsure ? "unsure" : "sure"}, ${blocked ? "blocked" : "free"} ahead`
    )
  )
)

/** The situation of each row of a trace, an index into `situations`. */
export const situationsOf = (trace: Trace, intents: number): Int32Array =>
  Int32Array.from(
    { length: trace.rows },
    (_, i) => 2 * Math.floor((trace.row[i] ?? 0) / intents) + (trace.ahead[i] ?? 0)
  )

/** What a team's messages say. */
export interface MessageMetrics {
  readonly entropy_of_messages: Estimate
  readonly message_intent_information: Estimate
  readonly message_state_information: Estimate
  readonly entropy_of_codes: Estimate
  readonly code_intent_information: Estimate
  readonly code_state_information: Estimate
  readonly topographic_similarity: Estimate
}

/** Sizes of what is said and chosen. */
export interface Vocabulary {
  readonly intents: number
  /** The guide's tokens, silence included. */
  readonly tokens: number
  /** The AI's symbols, silence included; 0 where it has none. */
  readonly codes: number
}

/**
 * Entropies and mutual informations of messages (Miller & Madow), nats; the topographic similarity of the guide's protocol: over pairs
 * of rows (context, intent) that were used, Spearman's correlation of how many of the row's features differ (collided before, unsure
 * before, intent) and of the Jensen-Shannon divergence of what was sent in them.
 */
export const messages = (trace: Trace, vocabulary: Vocabulary, random: Random): MessageMetrics => {
  const { codes, intents, tokens } = vocabulary
  const none = undefinedOf(trace.episodes)
  const counted = (series: Int32Array, size: number): Estimate => {
    const always = new Uint8Array(series.length)
    return paired(trace, series, always, [size, 1], (counts) => entropy(counts).corrected, random)
  }
  const information = (x: Int32Array, y: Int32Array, xs: number, ys: number): Estimate =>
    paired(trace, x, y, [xs, ys], (counts) => informationOf(counts, ys).corrected, random)
  if (!guided(trace)) {
    return {
      entropy_of_messages: none,
      message_intent_information: none,
      message_state_information: none,
      entropy_of_codes: none,
      code_intent_information: none,
      code_state_information: none,
      topographic_similarity: none
    }
  }
  return {
    entropy_of_messages: counted(trace.token, tokens),
    message_intent_information: information(trace.token, trace.intent, tokens, intents),
    message_state_information: information(trace.token, trace.best, tokens, intents),
    entropy_of_codes: codes === 0 ? none : counted(trace.message, codes),
    code_intent_information: codes === 0 ? none : information(trace.message, trace.intent, codes, intents),
    code_state_information:
      codes === 0 ? none : information(trace.message, situationsOf(trace, intents), codes, situations.length),
    topographic_similarity: paired(
      trace,
      trace.row,
      trace.token,
      [4 * intents, tokens],
      (counts) => similarityOf(counts, intents, tokens),
      random
    )
  }
}

const similarityOf = (counts: Float64Array, intents: number, tokens: number): number => {
  const rows = Array.from({ length: 4 * intents }, (_, row) => {
    const sent = counts.slice(row * tokens, (row + 1) * tokens)
    const total = sent.reduce((a, b) => a + b, 0)
    return { features: [row >= 2 * intents, Math.floor(row / intents) % 2, row % intents], sent, total }
  }).filter(({ total }) => total > 0)
  const shares = rows.map(({ sent, total }) => sent.map((count) => count / total))
  return topographicSimilarity(
    rows.length,
    (i, j) => rows[i]?.features.filter((feature, k) => feature !== rows[j]?.features[k]).length ?? Number.NaN,
    (i, j) => jensenShannon(shares[i] ?? new Float64Array(0), shares[j] ?? new Float64Array(0))
  )
}

/** clip01 of Cohen's kappa of the AI's actions and the literal executor's for the sent intent. */
export const agreement = (
  trace: Trace,
  executor: (intent: number, heading: number) => number,
  actions: number,
  random: Random
): Estimate => {
  if (!guided(trace)) return undefinedOf(trace.episodes)
  const literal = Int32Array.from({ length: trace.rows }, (_, i) =>
    executor(trace.intent[i] ?? 0, trace.heading[i] ?? 0)
  )
  return paired(trace, trace.action, literal, [actions, actions], (counts) => clip01(kappaOf(counts, actions)), random)
}

// ---- behavioural sensitivity -------------------------------------------------------------------------------------

/** Which episodes of a play reached the goal. */
export type Outcomes = Uint8Array

/** Plays with one side's messages exchanged; episodes and draws are those of the undisturbed play. */
export interface DisturbedSide {
  readonly outcomes: ReadonlyArray<Outcomes>
  /** Visit-averaged KL(p' || p) over the exchanges, nats per step. */
  readonly divergence: number
}

/** The plays of BS. A side is "disabled" where it has a channel that this team does not use; without a channel it is not there. */
export interface Disturbed {
  readonly undisturbed: Outcomes
  /** Steps of the undisturbed play, per episode. */
  readonly steps: Int32Array
  /** Undisturbed plays with other random numbers. */
  readonly reseeded: ReadonlyArray<Outcomes>
  readonly sides: ReadonlyArray<DisturbedSide | "disabled">
}

/** BS and the signed change of success, over the sides that have a channel; n counts sides that are defined. */
export const sensitivity = (
  plays: Disturbed,
  random: Random
): { readonly bs: Estimate; readonly bs_change: Estimate } => {
  const episodes = plays.undisturbed.length
  const share = (outcomes: Outcomes, times: Uint16Array): number => {
    let reached = 0
    for (let i = 0; i < episodes; i++) reached += (outcomes[i] ?? 0) * (times[i] ?? 0)
    return reached / episodes
  }
  const sides = (times: Uint16Array): ReadonlyArray<SideSensitivity> => {
    const success = share(plays.undisturbed, times)
    const reseeded = plays.reseeded.map((outcomes) => share(outcomes, times))
    let steps = 0
    for (let i = 0; i < episodes; i++) steps += (plays.steps[i] ?? 0) * (times[i] ?? 0)
    return plays.sides.map((side) =>
      side === "disabled"
        ? disabledSide
        : sideSensitivity({
            success,
            reseeded,
            perturbed: side.outcomes.map((outcomes) => share(outcomes, times)),
            meanLength: steps / episodes,
            divergence: side.divergence
          })
    )
  }
  const whole = sides(new Uint16Array(episodes).fill(1))
  const change = (found: ReadonlyArray<SideSensitivity>) =>
    meanOfDefined(found.map((side) => (Number.isNaN(side.sensitivity) ? Number.NaN : side.change)))
  return {
    bs: bootstrapEpisodes(
      episodes,
      (times) => behaviouralSensitivity(sides(times)).value,
      random,
      behaviouralSensitivity(whole).defined
    ),
    bs_change: bootstrapEpisodes(episodes, (times) => change(sides(times)).value, random, change(whole).defined)
  }
}

// ---- synergistic stability ---------------------------------------------------------------------------------------

/** Episodes played under one shift; calibration over the rows for which confidences are known. */
export interface Shifted {
  readonly success: Uint8Array
  readonly steps: Int32Array
  readonly collisions: Int32Array
  /** The episode of each row, the probability of the likeliest action, and whether that is among the best. */
  readonly episode: ArrayLike<number>
  readonly confidence: ArrayLike<number>
  readonly correct: ArrayLike<number>
}

/** SS over the shifts of the suite, all played on the same episode numbers; n counts shifts that are defined. */
export const stability = (suite: ReadonlyArray<Shifted>, random: Random): Estimate => {
  const episodes = Math.min(...suite.map(({ success }) => success.length))
  const found = (times: Uint16Array) => {
    const over = (values: ArrayLike<number>) => {
      let sum = 0
      for (let i = 0; i < episodes; i++) sum += (values[i] ?? 0) * (times[i] ?? 0)
      return sum
    }
    return synergisticStability(
      suite.map((shift) => ({
        success: over(shift.success) / over(new Uint8Array(episodes).fill(1)),
        collisionRate: over(shift.collisions) / over(shift.steps),
        calibrationError: expectedCalibrationError(
          shift.confidence,
          shift.correct,
          calibrationBins,
          (row) => times[shift.episode[row] ?? 0] ?? 0
        )
      }))
    )
  }
  if (suite.length === 0) return undefinedOf(0)
  return bootstrapEpisodes(
    episodes,
    (times) => found(times).value,
    random,
    found(new Uint16Array(episodes).fill(1)).defined
  )
}

/** Confidences and correctness of rows, and the episode of each. */
export type Confidences = Pick<Shifted, "episode" | "confidence" | "correct">

/** Confidence and correctness of a team's actions: the likeliest by its probabilities; where greedy, what it did. */
export const calibrationOf = (trace: Trace, actions: Matrix, greedy: boolean): Confidences => {
  const rows = trace.inputs.rows
  const confidence = new Float64Array(rows)
  const correct = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) {
    const row = actions.data.subarray(i * actions.columns, (i + 1) * actions.columns)
    let top = 0
    row.forEach((p, k) => {
      if (p > (row[top] ?? 0)) top = k
    })
    confidence[i] = row[top] ?? Number.NaN
    // ties are drawn in play
    const chosen = greedy ? (trace.action[i] ?? 0) : top
    correct[i] = ((trace.optimal[i] ?? 0) >> chosen) & 1
  }
  return { episode: trace.episode.subarray(0, rows), confidence, correct }
}

/** The same of an oracle, which chooses evenly among exp(entropy) actions. */
export const oracleCalibration = (trace: Trace): Confidences => ({
  episode: trace.episode,
  confidence: Float64Array.from(trace.entropy, (nats) => Math.exp(-nats)),
  correct: Uint8Array.from({ length: trace.rows }, (_, i) => ((trace.optimal[i] ?? 0) >> (trace.action[i] ?? 0)) & 1)
})

// ---- calibration -------------------------------------------------------------------------------------------------

/** Calibration of a team's actions. */
export interface CalibrationMetrics {
  readonly ece: Estimate
  readonly brier: Estimate
  readonly reliability: Estimate
  readonly resolution: Estimate
  readonly uncertainty: Estimate
  readonly within_bin_variance: Estimate
  readonly within_bin_covariance: Estimate
}

/** Rows, and episodes in which an outcome occurs, that reliability and resolution need: with fewer the noise of the shares is what they measure. */
export const leastOutcomes = 1000
export const leastEpisodes = 30

/**
 * ECE, and the Brier score with its parts, over 15 equal bins; n counts episodes. Reliability and resolution are undefined of fewer
 * than 1000 rows, or where being right or being wrong occurs in fewer than 30 episodes.
 */
export const calibration = ({ confidence, correct, episode }: Confidences, random: Random): CalibrationMetrics => {
  const rows = confidence.length
  const episodes = rows === 0 ? 0 : (episode[rows - 1] ?? 0) + 1
  const having = (outcome: number): number => {
    const found = new Set<number>()
    for (let i = 0; i < rows; i++) if (correct[i] === outcome) found.add(episode[i] ?? 0)
    return found.size
  }
  const enough = rows >= leastOutcomes && Math.min(having(0), having(1)) >= leastEpisodes
  const parts = brierDecomposition(confidence, correct, episode)
  const part = (name: keyof BrierParts): Estimate =>
    bootstrapEpisodes(episodes, (times) => parts((k) => times[k] ?? 0)[name], random)
  return {
    ece: bootstrapEpisodes(
      episodes,
      (times) => expectedCalibrationError(confidence, correct, calibrationBins, (row) => times[episode[row] ?? 0] ?? 0),
      random
    ),
    brier: part("brier"),
    reliability: enough ? part("reliability") : undefinedOf(episodes),
    resolution: enough ? part("resolution") : undefinedOf(episodes),
    uncertainty: part("uncertainty"),
    within_bin_variance: part("variance"),
    within_bin_covariance: part("covariance")
  }
}
