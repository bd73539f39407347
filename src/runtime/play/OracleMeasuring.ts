/** Measures the metrics of an oracle, the floors and ceilings of a team's, by the estimators that measure teams. */
import type { Team } from "../agent/Team.ts"
import { isOfBlocks, mostBlocks, roundsOfBlock, swapRound } from "../environment/Blocks.ts"
import type { Environment } from "../environment/Environment.ts"
import { playOracle, playOracleBlocks, readingOf } from "../environment/OraclePlay.ts"
import { alignment, convergence, transfer } from "../measure/AdaptationMeasures.ts"
import { entrainment } from "../measure/EntrainmentMeasures.ts"
import type { Estimate } from "../measure/Statistics.ts"
import { shareOf } from "../measure/Statistics.ts"
import {
  compatibility,
  latentDiversity,
  oracleCalibration,
  predictability,
  stability,
  undefinedOf
} from "../measure/TeamMeasures.ts"
import type { Shifted } from "../measure/TeamMeasures.ts"
import type { Random } from "../random/Random.ts"
import { adaptationMetrics, adaptationReadsInputs, alignedRows, head, probeRows, wholeEpisodes } from "./Adaptation.ts"
import { distributions } from "./Disturbance.ts"
import { latentsOfOracle } from "./Latents.ts"
import {
  fromConfidences,
  fromMessages,
  mostEpisodes,
  outcomes,
  readsLatents,
  suiteNoise,
  uncalibrated,
  vocabularyOf
} from "./Measuring.ts"
import type { Estimates } from "./Measuring.ts"
import { noiseIn, stream } from "./Team.ts"
import { mostRows, traceOracle } from "./Trace.ts"
import type { Reading, Scripted, Trace, Tracer } from "./Trace.ts"

/** Rows that an oracle's latents are measured on, at most: 128 episodes and a tenth more, as diversity needs, also of who takes 80 steps in each. */
const mostReadRows = 12_000

/** Traces an oracle as far as `metrics` need it. */
export const tracerOfOracle = (
  environment: Environment,
  oracle: string,
  metrics: ReadonlyArray<string>
): Tracer<Scripted> =>
  traceOracle(
    environment,
    readsLatents(metrics) || adaptationReadsInputs(metrics) ? readingOf(environment, oracle) : undefined,
    { rows: mostRows, inputRows: mostReadRows }
  )

/** Metrics made of latents. */
const fromLatents = (
  metrics: ReadonlyArray<string>,
  found: Map<string, Estimate>,
  options: { readonly team: Team; readonly trace: Trace; readonly reading: Reading; readonly random: Random }
): void => {
  const { random, reading, team, trace } = options
  const { deaf, ...latents } = latentsOfOracle(trace, reading)
  const { tokens } = vocabularyOf(team)
  const read = trace.episode.subarray(0, trace.inputs.rows)
  if (metrics.includes("mp") || metrics.includes("mp_u")) {
    const { mp, mp_u } = predictability({ trace, latents, actions: team.actor.choices, tokens, random })
    found.set("mp", mp).set("mp_u", mp_u)
  }
  if (metrics.includes("rc")) found.set("rc", compatibility(trace, latents))
  if (metrics.includes("diversity")) found.set("diversity", latentDiversity(trace, latents))
  if (metrics.includes("representation_alignment"))
    found.set("representation_alignment", alignment(read.subarray(0, wholeEpisodes(read, alignedRows)), latents))
  if (metrics.includes("knowledge_transfer") && deaf !== undefined) {
    const rows = wholeEpisodes(read, probeRows)
    found.set(
      "knowledge_transfer",
      transfer({
        heard: head(latents.ai, rows),
        deaf: head(deaf, rows),
        full: head(latents.human, rows),
        best: trace.best.subarray(0, rows),
        episode: read.subarray(0, rows),
        random
      })
    )
  }
}

/**
 * The metrics of kind `team` among `metrics`, of an oracle that was traced. Its latents are the symbols that its script acts on. A script
 * does not change: its protocol is as stable as can be, its adaptation and what that is worth are 0. It says what it says for certain or
 * evenly at random, which no change of its messages by a few nats could be of: its sensitivity is undefined. So is what is made of an
 * instructor, of messages where it says nothing, and of latents where a side acts on nothing.
 */
export const measureOracle = (options: {
  readonly metrics: ReadonlyArray<string>
  readonly oracle: string
  readonly team: Team
  readonly trace: Trace
  readonly episodes: number
  readonly suite: ReadonlyArray<Environment>
  readonly random: Random
}): Estimates => {
  const { metrics, oracle, random, suite, team, trace } = options
  const { environment, speaker } = team
  const found = new Map<string, Estimate>()
  for (const metric of [...adaptationMetrics, "mp", "mp_u", "rc", "diversity", "bs", "bs_change", "human_alone"])
    found.set(metric, undefinedOf(0))
  for (const metric of ["mutual_adaptation", "human_adaptation", "ai_adaptation", "human_gain", "ai_gain"])
    found.set(metric, { mean: 0, low: 0, high: 0, n: trace.episodes })
  fromMessages(metrics, found, trace, { ...vocabularyOf(team), codes: 0 }, team.actor.choices, random)
  if (metrics.some((metric) => metric.startsWith("protocol_"))) {
    const table = distributions(team.speaker.tablePrior, team.speaker.symbols.length + 1)
    const protocol = convergence({ trace, intents: speaker.choices, final: table, late: table, random })
    found
      .set("protocol_convergence", protocol.convergence)
      .set("protocol_use", protocol.use)
      .set("protocol_stability", protocol.stability)
  }
  // an oracle of a module says what it does, and not among how many it chose
  if (environment.oracles === undefined) fromConfidences(metrics, found, () => oracleCalibration(trace), random)
  else for (const [metric, none] of uncalibrated) found.set(metric, none)
  const reading = readingOf(environment, oracle)
  if (reading !== undefined && trace.inputs.rows > 0) fromLatents(metrics, found, { team, trace, reading, random })
  const episodes = Math.min(options.episodes, mostEpisodes)
  if (metrics.includes("human_alone") && reading?.heard !== undefined) {
    const noise = noiseIn(environment, speaker)
    const { success } = playOracle(environment, oracle, { episodes, random, stream, noise, literal: true })
    found.set("human_alone", shareOf(success))
  }
  if (metrics.includes("ss")) {
    const shifted = suite.map((there): Shifted => {
      const tracer = traceOracle(there)
      const noise = suiteNoise(there, speaker.agent)
      const counted = playOracle(there, oracle, { episodes, random, stream, noise, tracer })
      return { ...outcomes(counted), ...oracleCalibration(tracer.trace()) }
    })
    found.set("ss", stability(shifted, random))
  }
  if (metrics.some(isOfBlocks)) {
    const blocks = (rounds: number, swap?: number) =>
      playOracleBlocks(environment, oracle, {
        blocks: Math.min(options.episodes, mostBlocks),
        rounds,
        ...(swap === undefined ? {} : { swap }),
        random,
        stream,
        noise: noiseIn(environment, speaker),
        ...(environment.oracles === undefined ? {} : { symbols: speaker.symbols })
      })
    const measured = entrainment({ blocks: blocks(roundsOfBlock), swapped: blocks(swapRound, swapRound), random })
    for (const [metric, value] of Object.entries(measured)) found.set(metric, value)
    // nobody guides, so there is no token that could say anything
    if (environment.declaration.oracles.find(({ name }) => name === oracle)?.silent === true)
      found.set("block_information", undefinedOf(0))
  }
  return new Map([...found].filter(([metric]) => metrics.includes(metric)))
}
