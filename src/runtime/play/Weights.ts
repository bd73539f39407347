/** The weights that a stage before this one trained. */
import { Effect } from "effect"
import { parametersOf } from "../agent/Player.ts"
import { learnersOf } from "../agent/Team.ts"
import type { Learner, Team } from "../agent/Team.ts"
import type { Session } from "../engine/Engine.ts"
import type { Objective } from "../loss/Objective.ts"
import { StageError, StageRun } from "../Stage.ts"
import { decode } from "../store/Safetensors.ts"
import type { StoredTensor } from "../store/Store.ts"

/** What was trained. */
export interface Trained {
  /** The agents and modules that play with what they learned; the others follow their prior or keep silent. */
  readonly learned: ReadonlySet<string>
  /** Flat parameters by group, in the order of its layout: of all `learned`, and of the mapper where it was trained. */
  readonly parameters: ReadonlyMap<string, Float32Array>
}

/** The newest artifact `name` of the stages before this one. */
const upstream = Effect.map(StageRun, (run) => (name: string): Uint8Array | undefined => {
  const found = Object.values(run.upstream).flatMap((artifacts) => {
    const bytes = artifacts[name]
    return bytes === undefined ? [] : [bytes]
  })
  return found.at(-1)
})

const weightsIn = Effect.fnUntraced(function* (name: string, bytes: Uint8Array) {
  const run = yield* StageRun
  const { tensors } = yield* Effect.fromResult(decode(bytes)).pipe(
    Effect.mapError((error) => new StageError({ stage: run.label, reason: `${name}: ${error.reason}` }))
  )
  return tensors
})

/** The flat parameters of a learner and how many of its entries were found. */
const flat = (weights: Readonly<Record<string, StoredTensor>>, { layout: { entries, group, size } }: Learner) => {
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

/**
 * The parameters of `trained` as they were drawn (`initial`) or after 90 % of the updates (`late`); undefined where the training kept
 * none, or those of another team.
 */
export const earlierWeights = Effect.fnUntraced(function* (team: Team, trained: Trained, when: "initial" | "late") {
  const name = `weights.${when}.safetensors`
  const bytes = (yield* upstream)(name)
  if (bytes === undefined) return undefined
  const weights = yield* weightsIn(name, bytes)
  const parameters = new Map<string, Float32Array>()
  for (const learner of learnersOf(team)) {
    if (!trained.parameters.has(learner.name)) continue
    const { present, vector } = flat(weights, learner)
    if (present !== learner.layout.entries.length) return undefined
    parameters.set(learner.name, vector)
  }
  const earlier: Trained = { learned: trained.learned, parameters }
  return earlier
})

/**
 * Puts the trained weights of `team` into a session; the agents that `objective` freezes have none and follow their prior, unless they
 * imitated before and play with what they learned there. Fails where no stage before this one trains, or where the weights are of another team.
 */
export const loadWeights = Effect.fnUntraced(function* (session: Session, team: Team, objective: Objective) {
  const run = yield* StageRun
  const bytes = (yield* upstream)("weights.safetensors")
  if (bytes === undefined) {
    return yield* new StageError({ stage: run.label, reason: "it plays a team, but no stage before it trains one" })
  }
  const weights = yield* weightsIn("weights.safetensors", bytes)
  const learned = new Set<string>()
  const parameters = new Map<string, Float32Array>()
  const frozen = (learner: Learner) => objective.freezing.some(({ name }) => name === learner.layout.group)
  for (const player of learnersOf(team)) {
    // nothing in play reads the mapper
    if (player === team.mapper) continue
    const { entries, group, size } = player.layout
    const { present, vector } = flat(weights, player)
    if (frozen(player) && present === 0) continue
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
  if (team.mapper !== undefined && !frozen(team.mapper)) {
    const { present, vector } = flat(weights, team.mapper)
    if (present === team.mapper.layout.entries.length) parameters.set(team.mapper.name, vector)
  }
  const trained: Trained = { learned, parameters }
  return trained
})
