/** Playing episodes: a trained team or an oracle on fresh maps, measured. */
import { Effect } from "effect"
import type { Scope } from "effect"
import type { Agent } from "./agent/Agent.ts"
import { assemble, silence } from "./agent/Team.ts"
import type { Modules } from "./agent/Team.ts"
import { Engine } from "./engine/Engine.ts"
import type { Environment } from "./environment/Environment.ts"
import { playOracle } from "./environment/maptalk/Oracles.ts"
import type { Objective } from "./loss/Objective.ts"
import type { Measured } from "./measure/Measure.ts"
import { encodeMeasures, measure } from "./measure/Measure.ts"
import { noiseIn, playTeam, stream } from "./play/Team.ts"
import { loadWeights } from "./play/Weights.ts"
import { Progress } from "./Progress.ts"
import { StageRun } from "./Stage.ts"
import type { Failure } from "./Stage.ts"

/** Tells that episodes are played: a stage of no updates. */
const begun = Effect.fnUntraced(function* (label: string) {
  const progress = yield* Progress
  yield* progress.report({ _tag: "StageStarted", label, updates: 0, from: 0 })
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
    const assembled = silence(
      yield* assemble(run.label, environment, options.agents, options.modules),
      options.objective.silencing ?? []
    )
    const { learned } = yield* loadWeights(session, assembled, options.objective)
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
