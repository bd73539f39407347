/** Playing episodes: a trained team or an oracle on fresh maps, measured. */
import { Effect } from "effect"
import type { Scope } from "effect"
import type { Agent } from "./agent/Agent.ts"
import { assemble, silence } from "./agent/Team.ts"
import type { Modules, Team } from "./agent/Team.ts"
import { Engine } from "./engine/Engine.ts"
import type { Environment } from "./environment/Environment.ts"
import { playOracle } from "./environment/OraclePlay.ts"
import type { Objective } from "./loss/Objective.ts"
import { measureOwn, readsSteps as ownReadsSteps } from "./measure/CodeMetric.ts"
import type { Named } from "./measure/CodeMetric.ts"
import type { Measured } from "./measure/Measure.ts"
import { encodeMeasures, measure } from "./measure/Measure.ts"
import { noiseIn, playTeam, stream } from "./play/Team.ts"
import { adaptationReadsInputs, measureAdaptation } from "./play/Adaptation.ts"
import { measureTeam, readsInputs } from "./play/Measuring.ts"
import { measureOracle, tracerOfOracle } from "./play/OracleMeasuring.ts"
import { protocolJson, replayJson } from "./play/Pictures.ts"
import type { Played } from "./play/Pictures.ts"
import { mostInputRows, mostRows, traceTeam } from "./play/Trace.ts"
import type { Caps } from "./play/Trace.ts"
import { loadWeights } from "./play/Weights.ts"
import type { Trained } from "./play/Weights.ts"
import { Progress } from "./Progress.ts"
import { StageRun } from "./Stage.ts"
import type { Failure } from "./Stage.ts"

/** Tells that episodes are played: a stage of no updates. */
const begun = Effect.fnUntraced(function* (label: string) {
  const progress = yield* Progress
  yield* progress.report({ _tag: "StageStarted", label, updates: 0, from: 0 })
})

/** Metrics that are measured on an environment: those of episodes everywhere, those of the team where the stage plays first. */
const measuredOn = (
  environment: Environment,
  first: boolean,
  metrics: ReadonlyArray<string>,
  own: ReadonlyArray<Named>
): ReadonlyArray<string> => {
  const kinds = new Map([
    ...environment.declaration.metrics.map(({ kind, name }) => [name, kind] as const),
    ...own.map((one) => [one.name, ownReadsSteps(one) ? "team" : "episode"] as const)
  ])
  return metrics.filter((name) => {
    const kind = kinds.get(name)
    return kind === undefined || kind === "episode" || (kind === "team" && first)
  })
}

/** Whether a metric among `metrics` is of all steps together. */
const readsSteps = (environment: Environment, metrics: ReadonlyArray<string>, own: ReadonlyArray<Named>): boolean =>
  environment.declaration.metrics.some(({ kind, name }) => kind === "team" && metrics.includes(name)) ||
  own.some((one) => ownReadsSteps(one) && metrics.includes(one.name))

/** What metrics of modules are told of a play. */
const playedBy = ({ actor, environment, protocol, speakers: [speaker, ...others] }: Team) => {
  const choices = (role: string) => environment.declaration.roles.find(({ name }) => name === role)?.choices ?? []
  return {
    on: environment.name,
    horizon: environment.horizon,
    symbols: speaker.symbols,
    intents: choices(speaker.role),
    others: others.map(({ role, symbols }) => ({ symbols, intents: choices(role) })),
    actions: choices(actor.role),
    codes: protocol?.of.symbols ?? 0
  }
}

/** Rows that the picture of a protocol is drawn from where no metric needs more. */
const pictured = 4096

/** What the first play of a stage holds of its steps, and what the others do: enough for a few episodes. */
const capsFor = (
  environment: Environment,
  first: boolean,
  metrics: ReadonlyArray<string>,
  own: ReadonlyArray<Named>
): Caps => {
  const few = 4 * environment.horizon
  if (!first) return { rows: few, inputRows: 0 }
  const reads = readsInputs(metrics) || adaptationReadsInputs(metrics)
  return {
    rows: readsSteps(environment, metrics, own) ? mostRows : Math.max(few, pictured),
    inputRows: reads ? mostInputRows : 0
  }
}

/**
 * Plays the trained team on fresh maps of each environment and measures it; `suite` is what stability is measured under. Metrics of
 * kind `derived` are not made here, but of what all stages of a seed measured (`measure/Derived.ts`).
 */
export const team = Effect.fnUntraced(function* (options: {
  readonly episodes: number
  readonly on: ReadonlyArray<Environment>
  readonly agents: ReadonlyArray<Agent>
  readonly modules?: Modules
  readonly objective: Objective
  readonly choose: "greedy" | "sampled"
  readonly measure: ReadonlyArray<string>
  /** Metrics of modules among these, by the names that they have there. */
  readonly own?: ReadonlyArray<Named>
  readonly suite?: ReadonlyArray<Environment>
}): Effect.fn.Return<void, Failure, StageRun | Engine | Progress | Scope.Scope> {
  const run = yield* StageRun
  yield* begun(run.label)
  const engine = yield* Engine
  const session = yield* engine.open
  const { agents, modules = {}, objective, own = [], suite = [] } = options
  const greedy = options.choose === "greedy"
  const measures: Array<Measured> = []
  const plays: Array<Played> = []
  const loaded = new Set<string>()
  let learnt: Trained | undefined
  const teamOn = (environment: Environment) =>
    Effect.map(assemble(run.label, environment, agents, modules), (all) => silence(all, objective.silencing ?? []))
  for (const environment of options.on) {
    const first = plays.length === 0
    const metrics = measuredOn(environment, first, options.measure, own)
    const assembled = yield* teamOn(environment)
    const trained = yield* loadWeights(session, assembled, objective)
    learnt = trained
    const tracer = traceTeam(assembled, capsFor(environment, first, metrics, own))
    const play = { session, loaded, episodes: options.episodes, random: run.random, greedy }
    const episodes = yield* playTeam({ ...play, team: assembled, learned: trained.learned, tracer })
    const trace = tracer.trace()
    const shifted = first && metrics.includes("ss") ? yield* Effect.forEach(suite, teamOn) : []
    const measuring = { ...play, metrics, team: assembled, trained, trace, suite: shifted }
    const ofOwn = yield* measureOwn(run.label, own, {
      ...playedBy(assembled),
      episodes,
      trace: first ? trace : undefined
    })
    const ofTeam = first
      ? new Map([...(yield* measureTeam(measuring)), ...(yield* measureAdaptation(measuring)), ...ofOwn])
      : ofOwn
    measures.push(
      ...(yield* measure(
        run.label,
        metrics,
        episodes,
        { by: objective.name, oracle: false, on: environment.name, choose: options.choose },
        ofTeam
      ))
    )
    plays.push({ team: assembled, trace, episodes })
  }
  yield* run.artifact("measures.json", encodeMeasures(measures))
  if (learnt === undefined) return
  yield* run.artifact("replay.json", replayJson(plays))
  yield* run.artifact("protocol.json", protocolJson(plays, learnt))
})

/** Plays hand-written policies on the same maps and measures them. */
export const oracles = Effect.fnUntraced(function* (options: {
  readonly episodes: number
  readonly on: ReadonlyArray<Environment>
  readonly by: ReadonlyArray<string>
  readonly agents: ReadonlyArray<Agent>
  readonly modules?: Modules
  readonly measure: ReadonlyArray<string>
  /** Metrics of modules among these, by the names that they have there. */
  readonly own?: ReadonlyArray<Named>
  readonly suite?: ReadonlyArray<Environment>
}): Effect.fn.Return<void, Failure, StageRun | Progress> {
  const run = yield* StageRun
  yield* begun(run.label)
  const { own = [] } = options
  const measures: Array<Measured> = []
  for (const [place, environment] of options.on.entries()) {
    const metrics = measuredOn(environment, place === 0, options.measure, own)
    const assembled = yield* assemble(run.label, environment, options.agents, options.modules)
    const { speaker } = assembled
    const ofSteps = readsSteps(environment, metrics, own)
    for (const oracle of options.by) {
      const tracer = ofSteps ? tracerOfOracle(environment, oracle, metrics) : undefined
      const episodes = playOracle(environment, oracle, {
        episodes: options.episodes,
        random: run.random,
        stream,
        noise: noiseIn(environment, speaker),
        ...(environment.oracles === undefined ? {} : { symbols: speaker.symbols }),
        ...(tracer === undefined ? {} : { tracer })
      })
      const trace = tracer?.trace()
      const ofOwn = yield* measureOwn(run.label, own, {
        ...playedBy(assembled),
        episodes,
        trace: place === 0 ? trace : undefined
      })
      const ofTeam =
        trace === undefined
          ? ofOwn
          : new Map([
              ...measureOracle({
                metrics,
                oracle,
                team: assembled,
                trace,
                episodes: options.episodes,
                suite: options.suite ?? [],
                random: run.random
              }),
              ...ofOwn
            ])
      measures.push(
        ...(yield* measure(
          run.label,
          metrics,
          episodes,
          { by: oracle, oracle: true, on: environment.name, choose: "greedy" },
          ofTeam
        ))
      )
    }
  }
  yield* run.artifact("measures.json", encodeMeasures(measures))
})
