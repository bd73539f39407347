/** Measures the metrics of a team or an oracle where it plays first: replays, further plays, estimates. */
import { Effect } from "effect"
import type { Agent, Noise } from "../agent/Agent.ts"
import type { Team } from "../agent/Team.ts"
import type { EngineError, Session } from "../engine/Engine.ts"
import { isOfBlocks, mostBlocks, roundsOfBlock, swapRound } from "../environment/Blocks.ts"
import type { Environment } from "../environment/Environment.ts"
import type { Episodes } from "../environment/Episodes.ts"
import { entrainment } from "../measure/EntrainmentMeasures.ts"
import { shareOf } from "../measure/Statistics.ts"
import type { Estimate } from "../measure/Statistics.ts"
import {
  agreement,
  calibration,
  calibrationOf,
  compatibility,
  latentDiversity,
  messages,
  predictability,
  sensitivity,
  stability,
  undefinedOf
} from "../measure/TeamMeasures.ts"
import type { CalibrationMetrics, Confidences, MessageMetrics, Shifted, Vocabulary } from "../measure/TeamMeasures.ts"
import type { Random } from "../random/Random.ts"
import { playBlocks } from "./Blocks.ts"
import { disturbed } from "./Disturbance.ts"
import { latentsOf } from "./Latents.ts"
import { literalChoice, noiseIn, playTeam } from "./Team.ts"
import { mostInputRows, traceTeam } from "./Trace.ts"
import type { Trace } from "./Trace.ts"
import type { Trained } from "./Weights.ts"

/** Estimates by metric. */
export type Estimates = ReadonlyMap<string, Estimate>

/** Metrics of kind `team` that are measured from the trace of the stage's first play alone. */
const ofMessages = [
  "entropy_of_messages",
  "message_intent_information",
  "message_state_information",
  "entropy_of_codes",
  "code_intent_information",
  "code_state_information",
  "topographic_similarity"
] as const satisfies ReadonlyArray<keyof MessageMetrics>
const ofLatents: ReadonlyArray<string> = ["mp", "mp_u", "rc", "diversity"]
const ofDisturbance: ReadonlyArray<string> = ["bs", "bs_change"]
const ofConfidence = [
  "ece",
  "brier",
  "reliability",
  "resolution",
  "uncertainty",
  "within_bin_variance",
  "within_bin_covariance"
] as const satisfies ReadonlyArray<keyof CalibrationMetrics>

/** Whether some of `metrics` is made of how sure the AI was of what it did. */
const readsConfidence = (metrics: ReadonlyArray<string>): boolean =>
  ofConfidence.some((metric) => metrics.includes(metric))

/** Whether a metric is made of the latents of the stage's first play. */
export const readsLatents = (metrics: ReadonlyArray<string>): boolean =>
  metrics.some((metric) => ofLatents.includes(metric))

/** Whether a metric needs what a team's networks read in the stage's first play. */
export const readsInputs = (metrics: ReadonlyArray<string>): boolean =>
  readsLatents(metrics) || readsConfidence(metrics)

/** Episodes that are played under each shift of the suite, and with the literal executor, at most. */
export const mostEpisodes = 2048

/**
 * Noise under a shift of the suite: twice what the agent declares (flip and drift at most 1), unless the shift states its own.
 */
export const suiteNoise = (environment: Environment, agent: Agent): Noise => {
  const { noise } = agent
  return {
    flip: Math.min(1, 2 * noise.flip),
    drift: Math.min(1, 2 * noise.drift),
    ...environment.noiseOverrides?.[agent.name]
  }
}

/** Sizes of what a team says and chooses. */
export const vocabularyOf = (team: Team): Vocabulary => ({
  intents: team.speaker.choices,
  tokens: team.speaker.symbols.length + 1,
  codes: team.protocol?.of.symbols ?? 0
})

/** Puts the metrics of messages among `metrics` into `found`. */
export const fromMessages = (
  metrics: ReadonlyArray<string>,
  found: Map<string, Estimate>,
  trace: Trace,
  vocabulary: Vocabulary,
  actions: number,
  random: Random
): void => {
  if (ofMessages.some((metric) => metrics.includes(metric))) {
    const said = messages(trace, vocabulary, random)
    for (const metric of ofMessages) found.set(metric, said[metric])
  }
  if (metrics.includes("agreement")) found.set("agreement", agreement(trace, literalChoice, actions, random))
}

/** The metrics of calibration of whom nobody knows how sure it is. */
export const uncalibrated: ReadonlyArray<readonly [string, Estimate]> = ofConfidence.map((name) => [
  name,
  undefinedOf(0)
])

/** Puts the metrics of calibration into `found`, where some of `metrics` is one. */
export const fromConfidences = (
  metrics: ReadonlyArray<string>,
  found: Map<string, Estimate>,
  of: () => Confidences,
  random: Random
): void => {
  if (!readsConfidence(metrics)) return
  const calibrated = calibration(of(), random)
  for (const metric of ofConfidence) found.set(metric, calibrated[metric])
}

/** The metrics of kind `team` among `metrics`, of the team whose first play gave `trace`. */
export const measureTeam = Effect.fnUntraced(function* (options: {
  readonly metrics: ReadonlyArray<string>
  readonly session: Session
  readonly team: Team
  readonly trained: Trained
  readonly loaded: Set<string>
  readonly trace: Trace
  readonly episodes: number
  /** The team under each shift of the suite. */
  readonly suite: ReadonlyArray<Team>
  readonly random: Random
  readonly greedy: boolean
}): Effect.fn.Return<Estimates, EngineError> {
  const { greedy, metrics, random, team, trace, trained } = options
  const found = new Map<string, Estimate>()
  const vocabulary = vocabularyOf(team)
  const actions = team.actor.choices
  // nobody acts on intents that are never sent
  const silenced = team.silenced?.has(team.speaker.name) === true
  fromMessages(metrics, found, trace, vocabulary, actions, random)
  if (readsInputs(metrics)) {
    const latents = yield* latentsOf(options)
    if (metrics.includes("mp") || metrics.includes("mp_u")) {
      const { mp, mp_u } = predictability({ trace, latents, actions, tokens: vocabulary.tokens, random })
      found.set("mp", mp).set("mp_u", mp_u)
    }
    if (metrics.includes("rc")) found.set("rc", compatibility(trace, latents))
    if (metrics.includes("diversity")) found.set("diversity", latentDiversity(trace, latents))
    fromConfidences(metrics, found, () => calibrationOf(trace, latents.actions, greedy), random)
  }
  if (silenced) found.set("agreement", undefinedOf(0))
  const play = { ...options, learned: trained.learned }
  if (metrics.some((metric) => ofDisturbance.includes(metric))) {
    const plays = yield* disturbed({ ...play, noise: noiseIn(team.environment, team.speaker) })
    const { bs, bs_change } = sensitivity(plays, random)
    found.set("bs", bs).set("bs_change", bs_change)
  }
  const episodes = Math.min(options.episodes, mostEpisodes)
  if (metrics.includes("human_alone") && silenced) found.set("human_alone", undefinedOf(0))
  else if (metrics.includes("human_alone")) {
    const { success } = yield* playTeam({ ...play, episodes, variant: { literal: true } })
    found.set("human_alone", shareOf(success))
  }
  if (metrics.includes("ss")) {
    const shifted: Array<Shifted> = []
    for (const there of options.suite) {
      const tracer = traceTeam(there, { rows: mostInputRows, inputRows: mostInputRows })
      const noise = suiteNoise(there.environment, there.speaker.agent)
      const counted = yield* playTeam({ ...play, team: there, episodes, tracer, noise })
      const seen = tracer.trace()
      const latents = yield* latentsOf({ ...options, team: there, trace: seen })
      shifted.push({ ...outcomes(counted), ...calibrationOf(seen, latents.actions, greedy) })
    }
    found.set("ss", stability(shifted, random))
  }
  if (metrics.some(isOfBlocks)) {
    const blocks = { ...play, blocks: Math.min(options.episodes, mostBlocks) }
    const measured = entrainment({
      blocks: yield* playBlocks({ ...blocks, rounds: roundsOfBlock }),
      swapped: yield* playBlocks({ ...blocks, rounds: swapRound, swap: swapRound }),
      random
    })
    for (const [metric, value] of Object.entries(measured)) found.set(metric, value)
  }
  return found
})

/** What stability is made of besides calibration. */
export const outcomes = ({
  collisions,
  steps,
  success
}: Episodes): Pick<Shifted, "success" | "steps" | "collisions"> => ({
  success,
  steps,
  collisions
})
