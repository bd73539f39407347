/** A small team on a small map. */
import * as Agent from "../../../src/runtime/agent/Agent.ts"
import { assemble } from "../../../src/runtime/agent/Team.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"

export const hidden = 8

/** Four by four cells, no obstacles. */
export const map = MapTalk.make("map", { grid: { width: 4, height: 4 }, obstacles: { low: 0, high: 0 }, horizon: 20 })

export const navigator = (changes: Partial<Parameters<typeof Agent.make>[1]> = {}) =>
  Agent.make("ai", {
    plays: "navigator",
    sees: ["egocentric", "heading", "last_action", "last_collision", "human.message"],
    policy: Agent.gru(hidden),
    prior: Agent.uniform,
    ...changes
  })

export const guide = (changes: Partial<Parameters<typeof Agent.make>[1]> = {}) =>
  Agent.make("human", {
    plays: "guide",
    sees: ["full"],
    says: MapTalk.symbols,
    policy: Agent.gru(hidden),
    prior: Agent.rule("compass", 2.2),
    protocol: Agent.table({ literal: 0.9, update: 0.5 }),
    noise: { flip: 0.05, drift: 0.05 },
    ...changes
  })

export const ai = navigator()
export const human = guide()

export const team = assemble("test", map, [ai, human])
