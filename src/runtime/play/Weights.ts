/** The weights that a stage before this one trained. */
import { Effect } from "effect"
import { parametersOf } from "../agent/Player.ts"
import type { Learner, Team } from "../agent/Team.ts"
import type { Session } from "../engine/Engine.ts"
import type { Objective } from "../loss/Objective.ts"
import { StageError, StageRun } from "../Stage.ts"
import { decode } from "../store/Safetensors.ts"

/** What was trained. */
export interface Trained {
  /** The agents and modules that play with what they learned; the others follow their prior or keep silent. */
  readonly learned: ReadonlySet<string>
  /** Flat parameters by group, in the order of its layout: of all `learned`, and of the mapper where it was trained. */
  readonly parameters: ReadonlyMap<string, Float32Array>
}

/**
 * Puts the trained weights of `team` into a session; the agents that `objective` freezes have none and follow their prior. Fails where
 * no stage before this one trains, or where the weights are of another team.
 */
export const loadWeights = Effect.fnUntraced(function* (session: Session, team: Team, objective: Objective) {
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
  const parameters = new Map<string, Float32Array>()
  const read = ({ layout: { entries, group, size } }: Learner) => {
    const vector = new Float32Array(size)
    let present = 0
    for (const entry of entries) {
      const tensor = weights[`${group}.${entry.name}`]
      if (tensor === undefined || tensor.data.length !== entry.size) continue
      present++
      vector.set(tensor.data, entry.offset)
    }
    return { vector, present }
  }
  const frozen = (learner: Learner) => objective.freezing.some(({ name }) => name === learner.layout.group)
  const players: ReadonlyArray<Learner> = [team.speaker, team.actor, team.protocol, team.instructor].filter(
    (part) => part !== undefined
  )
  for (const player of players) {
    if (frozen(player)) continue
    const { entries, group, size } = player.layout
    const { present, vector } = read(player)
    if (present !== entries.length) {
      return yield* new StageError({
        stage: run.label,
        reason: `the weights that were trained have ${present} of the ${entries.length} parameters of ${group}`
      })
    }
    learned.add(group)
    parameters.set(group, vector)
    yield* session.write(parametersOf(player), { shape: [size], data: vector })
  }
  // nothing in play reads the mapper
  if (team.mapper !== undefined && !frozen(team.mapper)) {
    const { present, vector } = read(team.mapper)
    if (present === team.mapper.layout.entries.length) parameters.set(team.mapper.name, vector)
  }
  const trained: Trained = { learned, parameters }
  return trained
})
