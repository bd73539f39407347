/** A small team with everything that is learned between agents, its weights drawn and not trained. */
import { Effect } from "effect"
import * as Instructor from "../../../src/runtime/agent/Instructor.ts"
import * as Mapper from "../../../src/runtime/agent/Mapper.ts"
import { initialise } from "../../../src/runtime/agent/Network.ts"
import { parametersOf } from "../../../src/runtime/agent/Player.ts"
import * as Protocol from "../../../src/runtime/agent/Protocol.ts"
import { assemble } from "../../../src/runtime/agent/Team.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import type { Trained } from "../../../src/runtime/play/Weights.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { openOn } from "../engine/Engines.ts"
import { guide, navigator } from "../agent/Teams.ts"

export const map = MapTalk.make("map", {
  grid: { width: 5, height: 5 },
  obstacles: { low: 0.1, high: 0.2 },
  horizon: 20,
  shifts: { dense: { obstacles: { low: 0.3, high: 0.3 } }, loud: { noise: { human: { flip: 0.5 } } } }
})

export const ai = navigator()
export const human = guide({ sees: ["full", "ai.message", "coach.advice"] })
export const modules = {
  protocol: Protocol.make("codes", {
    agent: "ai",
    codes: 4,
    symbols: 3,
    temperature: { kind: "constant", value: 1 }
  }),
  instructor: Instructor.make("coach", { agent: "human", hidden: 0 }),
  mapper: Mapper.make("bridge", { from: human, to: ai, hidden: 0 })
}

export const random = makeRandom(5)

/** Four times what a network starts with, so that choices are not near ties. */
const loud = (vector: Float32Array): Float32Array => vector.map((x) => 4 * x)

/** A session with the team's weights in it; `frozen` groups have none. */
export const whole = Effect.fnUntraced(function* (frozen: ReadonlyArray<string> = []) {
  const session = yield* openOn("onnx")
  const team = yield* assemble("test", map, [ai, human], modules)
  const parameters = new Map<string, Float32Array>()
  const learned = new Set<string>()
  for (const learner of [team.speaker, team.actor, team.protocol, team.instructor, team.mapper]) {
    if (learner === undefined || frozen.includes(learner.name)) continue
    const vector = loud(initialise(learner.layout, random, "weights"))
    parameters.set(learner.name, vector)
    if (learner !== team.mapper) learned.add(learner.name)
    yield* session.write(parametersOf(learner), { shape: [vector.length], data: vector })
  }
  const trained: Trained = { learned, parameters }
  return { session, team, trained, loaded: new Set<string>(), random }
})
