/** Minibatches that look random, for update graphs that are evaluated by themselves. */
import { outcomesOf } from "../../../src/runtime/agent/Instructor.ts"
import { contextSize } from "../../../src/runtime/agent/Protocol.ts"
import { teamPastSize } from "../../../src/runtime/agent/Team.ts"
import type { Team } from "../../../src/runtime/agent/Team.ts"
import { criticGroup, groupOf } from "../../../src/runtime/train/UpdateGraph.ts"
import { hidden } from "../agent/Teams.ts"
import { numbers } from "../engine/Engines.ts"

export type Feeds = Readonly<Record<string, ReadonlyArray<number>>>

export const steps = 3
export const batch = 2
export const rows = steps * batch
/** Larger than any gradient here. */
export const unclipped = 1e6

/** A minibatch and parameters; old log probabilities near those of an untrained team. */
export const feedsOf = (of: Team, seed: number): Feeds => {
  const next = numbers(seed)
  const list = (n: number, scale = 1, shift = 0) => Array.from({ length: n }, () => next() * scale + shift)
  const oneHot = (n: number) => {
    const picks = Array.from({ length: rows }, () => Math.floor(((next() + 1) / 2) * n))
    return picks.flatMap((pick) => Array.from({ length: n }, (_, k) => (k === pick ? 1 : 0)))
  }
  const { actor, instructor, mapper, protocol, speaker } = of
  const states: Record<string, ReadonlyArray<number>> = {}
  const parts = [protocol, mapper, instructor].flatMap((part) => (part === undefined ? [] : [groupOf(part)]))
  const groups = [groupOf(actor), groupOf(speaker), criticGroup(of), ...parts]
  for (const group of groups) {
    const { size } = group.layout
    states[group.parameters] = list(size, 0.3)
    states[group.first] = list(size, 0)
    states[group.second] = list(size, 0)
  }
  return {
    ...states,
    keep: [1, 0, 1, 1, 0, 1],
    advantage: list(rows, 2),
    returns: list(rows, 3),
    state: list(rows * of.environment.stateSize),
    "actor.input": list(rows * actor.inputs),
    "actor.memory": list(batch * hidden),
    "actor.choice": oneHot(4),
    "actor.log_probability": list(rows, 0.5, -1.4),
    "speaker.input": list(rows * speaker.observationSize),
    "speaker.memory": list(batch * hidden),
    "speaker.prior": oneHot(4).map((x) => 2.2 * x),
    "speaker.row": oneHot(16),
    "speaker.intent": oneHot(4),
    "speaker.token": oneHot(13),
    "speaker.plastic": list(rows, 0, 1),
    "speaker.log_probability": list(rows, 1, -4.5),
    "multiplier.ai_drift": [0.7],
    "multiplier.human_drift": [1.3],
    rate: [0.004],
    ...(protocol === undefined
      ? {}
      : {
          "protocol.context": list(rows * contextSize(actor.observationSize)),
          "protocol.code_noise": list(rows * protocol.of.codes),
          "protocol.symbol_noise": list(rows * protocol.of.symbols),
          "schedule.0": [0.8]
        }),
    ...(instructor === undefined
      ? {}
      : {
          "instructor.choice": oneHot(outcomesOf(instructor.of)),
          "instructor.log_probability": list(rows, 0.2, -0.7),
          ...(instructor.of.history === 0 ? {} : { "instructor.past": list(rows * teamPastSize(of)) })
        }),
    ...Object.fromEntries(
      groups.flatMap(({ layout: { group } }) => [
        [`first_correction.${group}`, [1 / (1 - 0.9)]],
        [`second_correction.${group}`, [1 / (1 - 0.999)]]
      ])
    )
  }
}
