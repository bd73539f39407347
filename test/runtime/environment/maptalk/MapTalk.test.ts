import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { EnvironmentError, makeStepOutcome } from "../../../../src/runtime/environment/Environment.ts"
import type { Environment, StepOutcome, Worlds } from "../../../../src/runtime/environment/Environment.ts"
import { MapTalk as declaration } from "../../../../src/runtime/environment/maptalk/Declaration.ts"
import * as MapTalk from "../../../../src/runtime/environment/maptalk/MapTalk.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"

const { FORWARD, LEFT, RIGHT, STAY } = MapTalk

const navigatorSees = ["egocentric", "heading", "last_action", "last_collision"]

const small = {
  grid: { width: 4, height: 4 },
  obstacles: { low: 0.3, high: 0.4 },
  horizon: 12
}

// Episode 3 of seed 13 and stream "drawn" (see Maps.test.ts), the navigator at S facing west:
//   ######
//   #.####
//   #.S..#
//   #.##G#
//   #....#
//   ######
const drawn = (parameters: MapTalk.Given = {}): Worlds => {
  const worlds = MapTalk.make("map", { ...small, ...parameters }).worlds({
    count: 1,
    random: makeRandom(13),
    stream: "drawn"
  })
  worlds.reset(Int32Array.of(3))
  return worlds
}

const observed = (worlds: Worlds, role: string, sees: ReadonlyArray<string>, size: number): Array<number> => {
  const out = new Float32Array(worlds.count * size)
  worlds.observe(role, sees, out, 0, size)
  return Array.from(out)
}

/** The numbers of groups that are written apart to be read apart. */
const numbers = (groups: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<number> => groups.flat()

const distance = (worlds: Worlds): number => {
  const out = new Int32Array(worlds.count)
  worlds.distance(out)
  return out[0]!
}

const advised = (worlds: Worlds, rule: string): number => {
  const out = new Int32Array(worlds.count)
  worlds.advise("guide", rule, out)
  return out[0]!
}

const optimal = (worlds: Worlds): Array<number> =>
  [FORWARD, LEFT, RIGHT, STAY].map((choice) => {
    const out = new Uint8Array(worlds.count)
    worlds.optimal(new Int32Array(worlds.count).fill(choice), out)
    return out[0]!
  })

const step = (worlds: Worlds, choice: number, tokens = 0): Record<keyof StepOutcome, number> => {
  const outcome = makeStepOutcome(1)
  worlds.step(Int32Array.of(choice), Uint8Array.of(tokens), outcome)
  return {
    reward: outcome.reward[0]!,
    collided: outcome.collided[0]!,
    succeeded: outcome.succeeded[0]!,
    done: outcome.done[0]!
  }
}

describe("the drawn map", () => {
  it("is seen by the navigator from where it faces", () => {
    const worlds = drawn()
    expect(observed(worlds, "navigator", navigatorSees, 25)).toEqual(
      numbers([
        // Facing west: front-left is south-west (free), left is south, back is east. North, south and the two cells
        // diagonally behind are obstacles.
        [0, 0, 0, 1, 1, 1, 0, 1],
        // The goal is two columns away: not seen.
        [0, 0, 0, 0, 0, 0, 0, 0],
        // West, stay, no collision.
        [0, 0, 0, 1],
        [0, 0, 0, 1],
        [0]
      ])
    )
    step(worlds, RIGHT)
    step(worlds, FORWARD)
    // Facing north into an obstacle after a collision; left is west now.
    expect(observed(worlds, "navigator", navigatorSees, 25)).toEqual(
      numbers([[0, 1, 1, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1]])
    )
    step(worlds, RIGHT)
    step(worlds, FORWARD)
    // One cell east, facing east: the goal is front-right.
    expect(observed(worlds, "navigator", navigatorSees, 25)).toEqual(
      numbers([[1, 0, 0, 1, 1, 1, 0, 1], [0, 0, 1, 0, 0, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0]])
    )
    step(worlds, FORWARD)
    // In the corner: walls in front, the goal to the right.
    expect(observed(worlds, "navigator", ["egocentric"], 16)).toEqual(
      numbers([
        [1, 1, 1, 1, 0, 1, 0, 1],
        [0, 0, 0, 0, 1, 0, 0, 0]
      ])
    )
  })

  it("is seen whole by the guide", () => {
    const worlds = drawn()
    const f = Math.fround
    expect(observed(worlds, "guide", ["full"], 28)).toEqual(
      numbers([
        // North and south are obstacles.
        [1, 0, 1, 0],
        // East is best: 2 turns, 2 steps, 1 turn, 1 step = 6. West: 1 step, 2 turns, 3 steps, 1 turn, 1 step = 8.
        [0, 1, 0, 0],
        [1, 0, 1, 0.5],
        // The goal is 2 east and 1 south.
        [0, 1, 0, 0],
        [0.25, 0.125],
        // 6 steps / 20.
        [f(0.3)],
        [0, 0, 0, 1],
        [0, 0, 0, 1],
        [0]
      ])
    )
    step(worlds, RIGHT)
    step(worlds, RIGHT)
    step(worlds, FORWARD)
    expect(observed(worlds, "guide", ["full"], 28)).toEqual(
      numbers([
        [1, 0, 1, 0],
        // East: 1 step, 1 turn, 1 step = 3. West: 2 turns, 1 step, then back: 2 turns, 2 steps, 1 turn, 1 step = 9.
        [0, 1, 0, 0],
        [1, 0, 1, 1],
        // 1 east and 1 south: equal, so south.
        [0, 0, 1, 0],
        [0.125, 0.125],
        [f(0.15)],
        [0, 1, 0, 0],
        [1, 0, 0, 0],
        [0]
      ])
    )
  })

  it("is seen by the critic as navigator, guide and time", () => {
    const worlds = drawn()
    step(worlds, LEFT)
    step(worlds, STAY)
    step(worlds, STAY)
    const state = new Float32Array(56).fill(9)
    worlds.state(state, 1)
    expect(Array.from(state.subarray(1, 26))).toEqual(observed(worlds, "navigator", navigatorSees, 25))
    expect(Array.from(state.subarray(26, 54))).toEqual(observed(worlds, "guide", ["full"], 28))
    expect([state[0], state[54], state[55]]).toEqual([9, 0.25, 9])
  })

  it("is walked to the goal", () => {
    const worlds = drawn()
    expect([distance(worlds), advised(worlds, "planner"), advised(worlds, "compass")]).toEqual([6, 1, 1])
    // Two turns either way.
    expect(optimal(worlds)).toEqual([0, 1, 1, 0])
    expect(step(worlds, RIGHT)).toEqual({ reward: -1, collided: 0, succeeded: 0, done: 0 })
    expect(distance(worlds)).toBe(5)
    expect(optimal(worlds)).toEqual([0, 0, 1, 0])
    expect(step(worlds, FORWARD)).toEqual({ reward: -6, collided: 1, succeeded: 0, done: 0 })
    expect(distance(worlds)).toBe(5)
    expect(step(worlds, RIGHT, 1).reward).toBe(Math.fround(-1.05))
    expect(optimal(worlds)).toEqual([1, 0, 0, 0])
    step(worlds, FORWARD)
    expect([distance(worlds), advised(worlds, "planner"), advised(worlds, "compass")]).toEqual([3, 1, 2])
    step(worlds, FORWARD)
    // Into the wall in the east, with two tokens.
    expect(step(worlds, FORWARD, 2)).toEqual({ reward: Math.fround(-6.1), collided: 1, succeeded: 0, done: 0 })
    expect([advised(worlds, "planner"), advised(worlds, "compass")]).toEqual([2, 2])
    step(worlds, RIGHT)
    expect(worlds.elapsed[0]).toBe(7)
    expect(step(worlds, FORWARD, 2)).toEqual({ reward: Math.fround(48.9), collided: 0, succeeded: 1, done: 1 })
    expect([distance(worlds), advised(worlds, "planner"), advised(worlds, "compass")]).toEqual([0, -1, -1])
    // The episode is over: nothing is earned or lost any more.
    expect(step(worlds, LEFT, 2)).toEqual({ reward: 0, collided: 0, succeeded: 0, done: 1 })
    expect(worlds.elapsed[0]).toBe(8)
  })

  it("ends at the horizon, also without success", () => {
    const worlds = drawn({ horizon: 3 })
    expect([step(worlds, STAY).done, step(worlds, STAY).done, step(worlds, STAY).done]).toEqual([0, 0, 1])
  })

  it("is a success when the goal is reached in the last step", () => {
    const worlds = drawn({ horizon: 6 })
    for (const choice of [LEFT, LEFT, FORWARD, FORWARD, RIGHT]) {
      expect(step(worlds, choice).done).toBe(0)
    }
    expect(step(worlds, FORWARD)).toEqual({ reward: 49, collided: 0, succeeded: 1, done: 1 })
  })

  it("earns what its parameters say", () => {
    const worlds = drawn({ reward: { step: -2, collision: -3, goal: 10, token: -0.5 } })
    step(worlds, RIGHT)
    expect(step(worlds, FORWARD, 2).reward).toBe(-6)
    for (const choice of [RIGHT, FORWARD, FORWARD, RIGHT]) {
      expect(step(worlds, choice).reward).toBe(-2)
    }
    expect(step(worlds, FORWARD, 1).reward).toBe(7.5)
  })
})

describe("turning", () => {
  it("left goes N W S E, right goes N E S W", () => {
    const headings = (choice: number): Array<number> => {
      const worlds = drawn()
      return [0, 1, 2, 3, 4].map(() => {
        const heading = observed(worlds, "navigator", ["heading"], 4).indexOf(1)
        step(worlds, choice)
        return heading
      })
    }
    expect(headings(LEFT)).toEqual([3, 2, 1, 0, 3])
    expect(headings(RIGHT)).toEqual([3, 0, 1, 2, 3])
  })
})

describe("parameters", () => {
  it("default to what the declaration says", () => {
    const map = MapTalk.make("map")
    for (const parameter of declaration.parameters) {
      expect(map.parameters[parameter.name]).toEqual(parameter.default)
      if (parameter.type.kind === "block") {
        for (const inner of parameter.type.parameters) {
          expect((parameter.default as Record<string, unknown>)[inner.name]).toEqual(inner.default)
        }
      }
    }
    expect(Object.keys(map.parameters)).toEqual(declaration.parameters.map(({ name }) => name))
    expect([map.horizon, map.rewardScale, map.stateSize]).toEqual([80, 0.1, 54])
  })

  it("are inherited by shifts", () => {
    const map = MapTalk.make("map", {
      ...small,
      reward: { token: -1 },
      shifts: {
        dense: { obstacles: { low: 0.5, high: 0.6 } },
        large: { grid: { width: 12, height: 12 }, reward: { goal: 20 } },
        noisy: { noise: { human: { flip: 0.1, drift: 0.1 } } }
      }
    })
    expect(map.shifts.dense.name).toBe("map.dense")
    expect(map.shifts.dense.parameters).toEqual({ ...map.parameters, obstacles: { low: 0.5, high: 0.6 } })
    expect(map.shifts.large.parameters).toEqual({
      ...map.parameters,
      grid: { width: 12, height: 12 },
      reward: { step: -1, collision: -5, goal: 20, token: -1, scale: 0.1 }
    })
    expect(map.shifts.noisy.parameters).toEqual(map.parameters)
    expect(map.shifts.noisy.noiseOverrides).toEqual({ human: { flip: 0.1, drift: 0.1 } })
    expect(map.noiseOverrides).toEqual({})
    expect(Object.keys(map.shifts)).toEqual(["dense", "large", "noisy"])
  })

  it("outside their range are refused by name", () => {
    const refused =
      (given: MapTalk.Given): (() => Environment) =>
      () =>
        MapTalk.make("map", given)
    expect(refused({ grid: { width: 2, height: 2 } })).toThrow("map: a grid is square, from 3 by 3 to 64 by 64")
    expect(refused({ grid: { width: 65, height: 65 } })).toThrow(EnvironmentError)
    expect(refused({ grid: { width: 8, height: 9 } })).toThrow("not 8 by 9")
    expect(refused({ obstacles: { low: 0.3, high: 0.2 } })).toThrow("not 0.3 .. 0.2")
    expect(refused({ obstacles: { low: 0.3, high: 0.61 } })).toThrow(EnvironmentError)
    expect(refused({ obstacles: { low: -0.1, high: 0.2 } })).toThrow(EnvironmentError)
    expect(refused({ horizon: 0 })).toThrow(EnvironmentError)
    expect(refused({ horizon: 1.5 })).toThrow("not 1.5")
    expect(refused({ reward: { goal: Number.NaN } })).toThrow("reward goal")
    expect(refused({ reward: { scale: 0 } })).toThrow("reward scale")
    expect(() => MapTalk.make("map", { shifts: { wide: { grid: { width: 4, height: 5 } } } })).toThrow("map.wide")
  })
})

describe("sizes", () => {
  const map = MapTalk.make("map")

  it("are those of the observations asked for", () => {
    expect(map.observationSize("navigator", navigatorSees)).toBe(25)
    expect(map.observationSize("navigator", ["heading", "egocentric"])).toBe(20)
    expect(map.observationSize("navigator", [])).toBe(0)
    expect(map.observationSize("guide", ["full"])).toBe(28)
  })

  it("do not count messages", () => {
    expect(map.observationSize("navigator", ["egocentric", "human.message"])).toBe(16)
  })

  it("are not given for what a role does not see", () => {
    expect(() => map.observationSize("navigator", ["full"])).toThrow("a navigator does not see full")
    expect(() => map.observationSize("pilot", [])).toThrow("no role pilot")
  })
})

describe("worlds", () => {
  const map = MapTalk.make("map", small)
  const random = makeRandom(13)

  it("refuse to be used before they are reset", () => {
    const worlds = map.worlds({ count: 2, random, stream: "drawn" })
    worlds.reset(Int32Array.of(3, 3), Uint8Array.of(1, 0))
    expect(() => worlds.step(Int32Array.of(0, 0), new Uint8Array(2), makeStepOutcome(2))).toThrow(
      "map: 1 of 2 copies were never reset"
    )
    expect(() => observed(worlds, "guide", ["full"], 28)).toThrow(EnvironmentError)
    worlds.reset(Int32Array.of(3, 3), Uint8Array.of(0, 1))
    expect(distance(worlds)).toBe(6)
  })

  it("refuse a choice that the navigator does not have", () => {
    expect(() => step(drawn(), 4)).toThrow("not 4")
    expect(() => step(drawn(), -1)).toThrow(EnvironmentError)
  })

  it("refuse to restore what was saved from others", () => {
    const saved = drawn().save()
    const two = map.worlds({ count: 2, random, stream: "drawn" })
    expect(() => two.restore(saved)).toThrow("episode for 2 copies, not 1")
    expect(() => drawn().restore({ episode: Int32Array.of(3) })).toThrow("position for 1 copies, not none")
  })

  it("step copies as they would step alone", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 10, maxLength: 10 }), {
          minLength: 1,
          maxLength: 4
        }),
        (choices) => {
          const count = choices.length
          const together = map.worlds({ count, random, stream: "drawn" })
          together.reset(Int32Array.from({ length: count }, (_, i) => i))
          const alone = choices.map((_, i) => {
            const worlds = map.worlds({ count: 1, random, stream: "drawn" })
            worlds.reset(Int32Array.of(i))
            return worlds
          })
          const outcome = makeStepOutcome(count)
          for (let t = 0; t < 10; t++) {
            together.step(
              Int32Array.from(choices, (own) => own[t]!),
              new Uint8Array(count),
              outcome
            )
            alone.forEach((worlds, i) => expect(step(worlds, choices[i]![t]!).reward).toBe(outcome.reward[i]))
          }
          expect(observed(together, "guide", ["full"], 28)).toEqual(
            alone.flatMap((worlds) => observed(worlds, "guide", ["full"], 28))
          )
        }
      ),
      { numRuns: 30, seed: 1 }
    )
  })
})

describe("an episode begun again", () => {
  const poses = (worlds: Worlds): ReadonlyArray<number> => {
    const out = new Int32Array(3 * worlds.count)
    worlds.poses(out)
    return Array.from(out)
  }

  it("starts on any cell from which there is a way to the goal, evenly, facing anywhere", () => {
    const worlds = drawn()
    const before = worlds.scene(0)
    const cells = new Map<string, number>()
    const headings = [0, 0, 0, 0]
    for (let round = 0; round < 4000; round++) {
      worlds.again?.(Int32Array.of(round))
      const [x, y, heading] = poses(worlds)
      cells.set(`${x},${y}`, (cells.get(`${x},${y}`) ?? 0) + 1)
      headings[heading ?? 0]! += 1
    }
    expect(worlds.scene(0)).toEqual(before)
    // the free cells of the map without the goal, (3, 2)
    expect([...cells.keys()].sort()).toEqual(["0,0", "0,1", "0,2", "0,3", "1,1", "1,3", "2,1", "2,3", "3,1", "3,3"])
    // five standard deviations of binomials of 4000, p = 1/10 and 1/4
    for (const times of cells.values()) expect(Math.abs(times - 400)).toBeLessThan(5 * Math.sqrt(4000 * 0.09))
    for (const times of headings) expect(Math.abs(times - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.1875))
  })

  it("draws its start from its own address: the same map begins as ever", () => {
    const worlds = drawn()
    const start = poses(worlds)
    const words = new Uint32Array(10)
    makeRandom(13).words({ stage: "drawn", purpose: "again", step: 3 }, words)
    worlds.again?.(Int32Array.of(2))
    // of the ten starts, row by row, the one that word 8 picks; the heading by word 9
    const starts = ["0,0", "0,1", "1,1", "2,1", "3,1", "0,2", "0,3", "1,3", "2,3", "3,3"]
    const [x, y, heading] = poses(worlds)
    expect(`${x},${y}`).toBe(starts[Math.floor((words[8]! / 2 ** 32) * 10)])
    expect(heading).toBe(words[9]! >>> 30)
    worlds.reset(Int32Array.of(3))
    expect(poses(worlds)).toEqual(start)
  })

  it("must have been begun before", () => {
    const worlds = MapTalk.make("map").worlds({ count: 2, random: makeRandom(1), stream: "drawn" })
    expect(() => worlds.again?.(new Int32Array(2))).toThrow(EnvironmentError)
  })
})
