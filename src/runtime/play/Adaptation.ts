/** Measures what co-training changed (MAPTALK.md section 3): replays with earlier weights, swapped teams, branches, silenced latents. */
import { Effect } from "effect"
import { parametersOf } from "../agent/Player.ts"
import type { Learner, Member, Team } from "../agent/Team.ts"
import type { EngineError, Session } from "../engine/Engine.ts"
import { adaptation, alignment, convergence, gain, teaching, transfer } from "../measure/AdaptationMeasures.ts"
import type { Branches } from "../measure/AdaptationMeasures.ts"
import { matrix } from "../measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../measure/estimator/linear/Matrix.ts"
import { undefinedOf } from "../measure/TeamMeasures.ts"
import type { TracedLatents } from "../measure/TeamMeasures.ts"
import type { Estimate } from "../measure/Statistics.ts"
import type { Random } from "../random/Random.ts"
import type { StageError, StageRun } from "../Stage.ts"
import { branches } from "./Branches.ts"
import { distributions, protocolLogits } from "./Disturbance.ts"
import { latentsOf } from "./Latents.ts"
import { suiteNoise } from "./Measuring.ts"
import { replay } from "./Replay.ts"
import { playTeam } from "./Team.ts"
import { traceTeam } from "./Trace.ts"
import type { Trace } from "./Trace.ts"
import { earlierWeights } from "./Weights.ts"
import type { Trained } from "./Weights.ts"

/** Metrics that are made of what the networks read. */
const fromInputs: ReadonlyArray<string> = [
  "mutual_adaptation",
  "human_adaptation",
  "ai_adaptation",
  "representation_alignment",
  "knowledge_transfer"
]

/** Every metric that is measured here. */
export const adaptationMetrics: ReadonlyArray<string> = [
  ...fromInputs,
  "human_gain",
  "ai_gain",
  "protocol_convergence",
  "protocol_use",
  "protocol_stability",
  "teaching_effectiveness"
]

/** Whether a metric needs what the networks read. */
export const adaptationReadsInputs = (metrics: ReadonlyArray<string>): boolean =>
  metrics.some((metric) => fromInputs.includes(metric))

/** Common states of both policies: steps of the final team, whole episodes. */
const commonRows = 2000
/** Rows that the probes of knowledge transfer are fitted and scored on, at most. */
export const probeRows = 8192
/** Rows that representation alignment is computed on, at most: eleven times, for its interval. */
export const alignedRows = 4096
/** Episodes that are played with one side as it began, at most. */
const swappedEpisodes = 2048
/** Episodes under doubled noise in which states to branch at are looked for, and how many of these are taken, at most. */
const taughtEpisodes = 512
const mostPoints = 500

interface Options {
  readonly metrics: ReadonlyArray<string>
  readonly session: Session
  readonly team: Team
  readonly trained: Trained
  readonly loaded: Set<string>
  readonly trace: Trace
  readonly episodes: number
  readonly random: Random
  readonly greedy: boolean
}

/** The rows of the first whole episodes that have at most `most` rows together; `from` is the episode of each row. */
export const wholeEpisodes = (episode: Int32Array, most: number): number => {
  if (episode.length <= most) return episode.length
  let rows = most
  while (rows > 0 && episode[rows] === episode[rows - 1]) rows--
  return rows
}

/** P(m^H | what the guide read) at recorded steps, intents marginalised, [rows, tokens]. */
const tokenProbabilities = Effect.fnUntraced(function* (options: Options, weights: Trained, rows: number) {
  const { session, team, trace } = options
  const { speaker } = team
  const { choices: intents, inputs } = speaker
  const logits = trace.inputs.speakerPrior.slice(0, rows * intents)
  const parameters = weights.learned.has(speaker.name) ? weights.parameters.get(speaker.name) : undefined
  if (parameters !== undefined) {
    const residual = yield* replay({
      session,
      member: speaker,
      parameters,
      inputs: trace.inputs.speaker.subarray(0, rows * inputs),
      episode: trace.episode.subarray(0, rows)
    })
    residual.logits.forEach((x, i) => (logits[i] = (logits[i] ?? 0) + x))
  }
  const intended = distributions(logits, intents)
  const tokens = team.speaker.symbols.length + 1
  const table = distributions(protocolLogits(team.speaker, weights), tokens)
  const out = new Float64Array(rows * tokens)
  for (let i = 0; i < rows; i++) {
    const context = Math.floor((trace.row[i] ?? 0) / intents)
    for (let a = 0; a < intents; a++) {
      const share = intended.data[i * intents + a] ?? 0
      const from = (context * intents + a) * tokens
      for (let m = 0; m < tokens; m++)
        out[i * tokens + m] = (out[i * tokens + m] ?? 0) + share * (table.data[from + m] ?? 0)
    }
  }
  return matrix(rows, tokens, out)
})

/** The AI's action probabilities at recorded steps, [rows, actions]. */
const actionProbabilities = Effect.fnUntraced(function* (options: Options, weights: Trained, rows: number) {
  const { session, team, trace } = options
  const { actor } = team
  const parameters = weights.learned.has(actor.name) ? weights.parameters.get(actor.name) : undefined
  if (parameters === undefined) return distributions(new Float32Array(rows * actor.choices), actor.choices)
  const { logits } = yield* replay({
    session,
    member: actor,
    parameters,
    inputs: trace.inputs.actor.subarray(0, rows * actor.inputs),
    episode: trace.episode.subarray(0, rows)
  })
  return distributions(logits, actor.choices)
})

/** Success per episode with the parameters of `side` as they were at the start, everything else as it is. */
const successWithFirst = Effect.fnUntraced(function* (
  options: Options,
  side: ReadonlyArray<Learner>,
  initial: Trained,
  episodes: number
) {
  const { session, trained } = options
  const put = (from: Trained) =>
    Effect.forEach(side, (one) => {
      const data = from.parameters.get(one.name)
      return data === undefined
        ? Effect.void
        : session.write(parametersOf(one), { shape: [one.layout.size], data: Float32Array.from(data) })
    })
  yield* put(initial)
  const { success } = yield* playTeam({ ...options, learned: trained.learned, episodes })
  yield* put(trained)
  return success
})

/** Where the instructor advises under doubled noise, spread over the episodes, and what branching there gives. */
const taught = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Branches | undefined, EngineError> {
  const { team, trained } = options
  const { instructor, speaker } = team
  const advised = speaker.taught && instructor !== undefined && trained.learned.has(instructor.name)
  if (!advised || !trained.learned.has(speaker.name)) return undefined
  const noise = suiteNoise(team.environment, speaker.agent)
  const episodes = Math.min(options.episodes, taughtEpisodes)
  const tracer = traceTeam(team, { rows: episodes * team.environment.horizon, inputRows: 0 })
  yield* playTeam({ ...options, learned: trained.learned, episodes, noise, tracer })
  const { advice, episode, t } = tracer.trace()
  const fired: Array<number> = []
  advice.forEach((given, i) => {
    if (given !== 0) fired.push(i)
  })
  if (fired.length === 0) return undefined
  const count = Math.min(mostPoints, fired.length)
  const points = Array.from({ length: count }, (_, k) => {
    const row = fired[Math.floor(((k + 0.5) * fired.length) / count)] ?? 0
    return { episode: episode[row] ?? 0, t: t[row] ?? 0, advice: advice[row] ?? 1 }
  })
  return yield* branches({ ...options, learned: trained.learned, episodes, noise, points })
})

/** z^A at recorded steps as they would have been in silence: what was heard taken for nothing. */
const deafEncodings = Effect.fnUntraced(function* (options: Options, parameters: Float32Array, rows: number) {
  const { session, team, trace } = options
  const { actor } = team
  const inputs = trace.inputs.actor.slice(0, rows * actor.inputs)
  for (let i = 0; i < rows; i++) {
    for (const { offset, width } of actor.ears) {
      const heard = i * actor.inputs + offset
      inputs.fill(0, heard, heard + width)
      inputs[heard + width - 1] = 1
    }
  }
  const { encodings } = yield* replay({
    session,
    member: actor,
    parameters,
    inputs,
    episode: trace.episode.subarray(0, rows)
  })
  return matrix(rows, actor.agent.network.hidden, encodings)
})

const columns = (of: Float32Array, rows: number, member: Member): Matrix => {
  const { inputs, observationSize } = member
  const out = new Float32Array(rows * observationSize)
  for (let i = 0; i < rows; i++) out.set(of.subarray(i * inputs, i * inputs + observationSize), i * observationSize)
  return matrix(rows, observationSize, out)
}

/** The first `rows` rows. */
export const head = (of: Matrix, rows: number): Matrix => ({
  ...of,
  rows,
  data: of.data.subarray(0, rows * of.columns)
})

/**
 * The metrics of adaptation among `metrics`, of the team whose first play gave `trace`. The human's side is the speaking agent with its
 * table; the AI's side is the acting agent with the protocol by which it speaks. Undefined where the training kept no earlier weights.
 */
export const measureAdaptation = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<ReadonlyMap<string, Estimate>, EngineError | StageError, StageRun> {
  const { metrics, random, team, trace, trained } = options
  const found = new Map<string, Estimate>()
  const read = trace.episode.subarray(0, trace.inputs.rows)
  const wants = (...names: ReadonlyArray<string>) => names.some((name) => metrics.includes(name))
  const initial = yield* earlierWeights(team, trained, "initial")
  const changes = ["mutual_adaptation", "human_adaptation", "ai_adaptation"] as const
  if (wants(...changes)) {
    const rows = wholeEpisodes(read, commonRows)
    if (initial === undefined || rows === 0) for (const name of changes) found.set(name, undefinedOf(0))
    else {
      const beside = Effect.fnUntraced(function* (of: typeof tokenProbabilities) {
        return { before: yield* of(options, initial, rows), after: yield* of(options, trained, rows) }
      })
      const { ai, human, mutual } = adaptation({
        human: yield* beside(tokenProbabilities),
        ai: yield* beside(actionProbabilities),
        episode: trace.episode.subarray(0, rows),
        random
      })
      found.set("mutual_adaptation", mutual).set("human_adaptation", human).set("ai_adaptation", ai)
    }
  }
  if (wants("human_gain", "ai_gain")) {
    const episodes = Math.min(options.episodes, swappedEpisodes)
    const { success } = yield* playTeam({ ...options, learned: trained.learned, episodes })
    const sides: ReadonlyArray<readonly [string, ReadonlyArray<Learner>]> = [
      ["human_gain", [team.speaker]],
      ["ai_gain", [team.actor, ...(team.protocol === undefined ? [] : [team.protocol])]]
    ]
    for (const [name, side] of sides) {
      if (!wants(name)) continue
      const moved = side.filter((one) => trained.learned.has(one.name))
      if (initial === undefined) found.set(name, undefinedOf(0))
      // what is frozen was the same at the start
      else {
        const first = moved.length === 0 ? success : yield* successWithFirst(options, moved, initial, episodes)
        found.set(name, gain(success, first))
      }
    }
  }
  if (wants("protocol_convergence", "protocol_use", "protocol_stability")) {
    const late = yield* earlierWeights(team, trained, "late")
    const tokens = team.speaker.symbols.length + 1
    const {
      convergence: both,
      stability,
      use
    } = convergence({
      trace,
      intents: team.speaker.choices,
      final: distributions(protocolLogits(team.speaker, trained), tokens),
      late: late === undefined ? undefined : distributions(protocolLogits(team.speaker, late), tokens),
      random
    })
    found.set("protocol_convergence", both).set("protocol_use", use).set("protocol_stability", stability)
  }
  const latents: TracedLatents | undefined = wants("representation_alignment", "knowledge_transfer")
    ? yield* latentsOf(options)
    : undefined
  if (latents !== undefined && wants("representation_alignment"))
    found.set(
      "representation_alignment",
      alignment(trace.episode.subarray(0, wholeEpisodes(read, alignedRows)), latents)
    )
  if (latents !== undefined && wants("knowledge_transfer")) {
    const rows = wholeEpisodes(read, probeRows)
    const parameters = trained.parameters.get(team.actor.name)
    if (parameters === undefined || !team.actor.hears || rows === 0) found.set("knowledge_transfer", undefinedOf(0))
    else {
      found.set(
        "knowledge_transfer",
        transfer({
          heard: head(latents.ai, rows),
          deaf: yield* deafEncodings(options, parameters, rows),
          full: columns(trace.inputs.speaker, rows, team.speaker),
          best: trace.best.subarray(0, rows),
          episode: trace.episode.subarray(0, rows),
          random
        })
      )
    }
  }
  if (wants("teaching_effectiveness")) found.set("teaching_effectiveness", teaching(yield* taught(options), random))
  return found
})
