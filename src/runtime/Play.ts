/** Playing episodes: a trained team or an oracle on fresh maps, measured. */
import { Effect } from "effect"
import type { Scope } from "effect"
import type { Agent, Noise } from "./agent/Agent.ts"
import { makeChannel } from "./agent/Channel.ts"
import { makePlayer, makeRecord, parametersOf } from "./agent/Player.ts"
import { assemble } from "./agent/Team.ts"
import type { Learner, Member, Modules, Team } from "./agent/Team.ts"
import { Engine } from "./engine/Engine.ts"
import type { Session } from "./engine/Engine.ts"
import { makeStepOutcome } from "./environment/Environment.ts"
import type { Environment } from "./environment/Environment.ts"
import { playOracle } from "./environment/maptalk/Oracles.ts"
import type { Objective } from "./loss/Objective.ts"
import type { Episodes, Measured } from "./measure/Measure.ts"
import { encodeMeasures, measure } from "./measure/Measure.ts"
import { Progress } from "./Progress.ts"
import type { Random } from "./random/Random.ts"
import { StageError, StageRun } from "./Stage.ts"
import type { Failure } from "./Stage.ts"
import { decode } from "./store/Safetensors.ts"

/** Every played episode has the address (seed, "play", number): conditions, shifts and oracles of a seed meet on the same draws. */
const stream = "play"
/** Copies stepped together. */
const largest = 1024

/** Tells that episodes are played: a stage of no updates. */
const begun = Effect.fnUntraced(function* (label: string) {
  const progress = yield* Progress
  yield* progress.report({ _tag: "StageStarted", label, updates: 0, from: 0 })
})

/** Puts the trained weights of `team` into a session; the agents that `objective` freezes have none and follow their prior. */
const loadWeights = Effect.fnUntraced(function* (session: Session, team: Team, objective: Objective) {
  const run = yield* StageRun
  const found = Object.values(run.upstream).flatMap((artifacts) => {
    const bytes = artifacts["weights.safetensors"]
    return bytes === undefined ? [] : [bytes]
  })
  const bytes = found.at(-1)
  if (bytes === undefined) {
    return yield* new StageError({ stage: run.label, reason: "it plays a team, but no stage before it trains one" })
  }
  const { tensors: weights } = yield* Effect.fromResult(decode(bytes)).pipe(
    Effect.mapError((error) => new StageError({ stage: run.label, reason: `weights.safetensors: ${error.reason}` }))
  )
  const learned = new Set<string>()
  const learners: ReadonlyArray<Learner> = [team.speaker, team.actor, team.protocol, team.instructor].filter(
    (part) => part !== undefined
  )
  for (const learner of learners) {
    const { entries, group, size } = learner.layout
    if (objective.freezing.some(({ name }) => name === group)) continue
    const vector = new Float32Array(size)
    let present = 0
    for (const entry of entries) {
      const tensor = weights[`${group}.${entry.name}`]
      if (tensor === undefined || tensor.data.length !== entry.size) continue
      present++
      vector.set(tensor.data, entry.offset)
    }
    if (present !== entries.length) {
      return yield* new StageError({
        stage: run.label,
        reason: `the weights that were trained have ${present} of the ${entries.length} parameters of ${group}`
      })
    }
    learned.add(group)
    yield* session.write(parametersOf(learner), { shape: [size], data: vector })
  }
  return learned
})

/** Noise on what the speaker says in `environment`, which a shift may override. */
const noiseIn = (environment: Environment, speaker: Member): Noise => ({
  ...speaker.agent.noise,
  ...environment.noiseOverrides?.[speaker.agent.name]
})

const playTeam = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly team: Team
  readonly learned: ReadonlySet<string>
  readonly loaded: Set<string>
  readonly episodes: number
  readonly random: Random
  readonly greedy: boolean
}) {
  const { episodes, random, session, team } = options
  const { environment } = team
  const channel = makeChannel(team.symbols)
  const silence = team.symbols.length
  const result: Episodes = {
    success: new Uint8Array(episodes),
    steps: new Int32Array(episodes),
    collisions: new Int32Array(episodes),
    tokens: new Int32Array(episodes),
    reward: new Float64Array(episodes),
    best: new Int32Array(episodes)
  }
  for (let from = 0; from < episodes; from += largest) {
    const count = Math.min(largest, episodes - from)
    const worlds = environment.worlds({ count, random, stream })
    const numbers = Int32Array.from({ length: count }, (_, i) => from + i)
    worlds.reset(numbers)
    worlds.distance(result.best.subarray(from, from + count))
    const player = yield* makePlayer({
      session,
      team,
      worlds,
      noise: noiseIn(environment, team.speaker),
      channel,
      greedy: options.greedy,
      learned: options.learned,
      loaded: options.loaded
    })
    yield* player.refresh
    const record = makeRecord(team, count)
    const outcome = makeStepOutcome(count)
    const finished = new Uint8Array(count)
    let playing = count
    for (let t = 0; t < environment.horizon && playing > 0; t++) {
      const draw = (purpose: string, perCopy = 1) => {
        const out = new Float32Array(count * perCopy)
        random.uniform({ stage: stream, purpose, step: t }, out, from * perCopy)
        return out
      }
      const gumbel = (purpose: string, width: number) => {
        const out = new Float32Array(count * width)
        random.gumbel({ stage: stream, purpose, step: t }, out, from * width)
        return out
      }
      yield* player.step(
        {
          intent: draw("intent"),
          token: draw("token"),
          channel: draw("channel", 2),
          action: draw("action"),
          // without noise the likeliest is said, and advice is given where it is likelier than not
          ...(options.greedy
            ? {}
            : {
                codeNoise: gumbel("code", team.protocol?.of.codes ?? 0),
                symbolNoise: gumbel("symbol", team.protocol?.of.symbols ?? 0),
                advice: draw("advice")
              })
        },
        record,
        outcome
      )
      for (let i = 0; i < count; i++) {
        if (finished[i] === 1) continue
        const k = from + i
        result.steps[k] = (result.steps[k] ?? 0) + 1
        result.collisions[k] = (result.collisions[k] ?? 0) + (outcome.collided[i] ?? 0)
        result.tokens[k] =
          (result.tokens[k] ?? 0) + (record.token[i] === silence ? 0 : 1) + (record.message[i] === 0 ? 0 : 1)
        result.reward[k] = (result.reward[k] ?? 0) + (outcome.reward[i] ?? 0)
        if (outcome.done[i] !== 1) continue
        result.success[k] = outcome.succeeded[i] ?? 0
        finished[i] = 1
        playing--
      }
      // a copy that has ended plays on for nobody: it starts over, so that it stays within the rules
      worlds.reset(numbers, outcome.done)
      player.restart(outcome.done)
    }
  }
  return result
})

/** Plays the trained team on fresh maps of each environment and measures it. */
export const team = Effect.fnUntraced(function* (options: {
  readonly episodes: number
  readonly on: ReadonlyArray<Environment>
  readonly agents: ReadonlyArray<Agent>
  readonly modules?: Modules
  readonly objective: Objective
  readonly choose: "greedy" | "sampled"
  readonly measure: ReadonlyArray<string>
}): Effect.fn.Return<void, Failure, StageRun | Engine | Progress | Scope.Scope> {
  const run = yield* StageRun
  yield* begun(run.label)
  const engine = yield* Engine
  const session = yield* engine.open
  const measures: Array<Measured> = []
  const loaded = new Set<string>()
  for (const environment of options.on) {
    const assembled = yield* assemble(run.label, environment, options.agents, options.modules)
    const learned = yield* loadWeights(session, assembled, options.objective)
    const episodes = yield* playTeam({
      session,
      team: assembled,
      learned,
      loaded,
      episodes: options.episodes,
      random: run.random,
      greedy: options.choose === "greedy"
    })
    measures.push(
      ...(yield* measure(run.label, options.measure, episodes, {
        by: options.objective.name,
        oracle: false,
        on: environment.name,
        choose: options.choose
      }))
    )
  }
  yield* run.artifact("measures.json", encodeMeasures(measures))
})

/** Plays hand-written policies on the same maps and measures them. */
export const oracles = Effect.fnUntraced(function* (options: {
  readonly episodes: number
  readonly on: ReadonlyArray<Environment>
  readonly by: ReadonlyArray<string>
  readonly agents: ReadonlyArray<Agent>
  readonly modules?: Modules
  readonly measure: ReadonlyArray<string>
}): Effect.fn.Return<void, Failure, StageRun | Progress> {
  const run = yield* StageRun
  yield* begun(run.label)
  const measures: Array<Measured> = []
  for (const environment of options.on) {
    const { speaker } = yield* assemble(run.label, environment, options.agents, options.modules)
    for (const oracle of options.by) {
      const episodes = playOracle(environment, oracle, {
        episodes: options.episodes,
        random: run.random,
        stream,
        noise: noiseIn(environment, speaker)
      })
      measures.push(
        ...(yield* measure(run.label, options.measure, episodes, {
          by: oracle,
          oracle: true,
          on: environment.name,
          choose: "greedy"
        }))
      )
    }
  }
  yield* run.artifact("measures.json", encodeMeasures(measures))
})
