/** Environments of modules: the game of doors keeps the contract, and its worlds are worked out by hand. */
import { describe, expect, it } from "vitest"
import * as CodeEnvironment from "../../../src/runtime/environment/CodeEnvironment.ts"
import { contract } from "../../../src/runtime/environment/Contract.ts"
import { EnvironmentError, makeStepOutcome } from "../../../src/runtime/environment/Environment.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { Doors } from "../../cli/fixtures/doors.ts"

const room = Doors.make("room", {
  horizon: 3,
  reward: { other: -0.5 },
  shifts: { right: { left: 0 }, long: { horizon: 50, noise: { guide: { flip: 0.5 } } } }
})

for (const environment of [Doors.make("default"), room, ...Object.values(room.shifts)]) {
  describe(`${environment.name} keeps the contract`, () => {
    for (const { check, name } of contract(environment)) it(name, check)
  })
}

const begin = (environment: typeof room.shifts.right, count = 4) => {
  const worlds = environment.worlds({ count, random: makeRandom(1), stream: "test" })
  worlds.reset(Int32Array.from({ length: count }, (_, i) => i))
  return worlds
}

describe("an environment of a module", () => {
  it("has what is given, what a shift changes, and else the default, in blocks too", () => {
    expect(room.parameters).toEqual({ horizon: 3, left: 0.5, reward: { lucky: 1, other: -0.5 } })
    expect(room.shifts.long.parameters).toEqual({ horizon: 50, left: 0.5, reward: { lucky: 1, other: -0.5 } })
    expect([room.shifts.right.name, room.shifts.long.horizon, room.horizon]).toEqual(["room.right", 50, 3])
    expect(room.shifts.long.noiseOverrides).toEqual({ guide: { flip: 0.5 } })
  })

  it("plays by its rules", () => {
    const worlds = begin(room.shifts.right, 2)
    const outcome = makeStepOutcome(2)
    const seen = new Float32Array(4)
    worlds.observe("guide", ["lucky"], seen, 0, 2)
    expect([...seen]).toEqual([0, 1, 0, 1])
    worlds.step(Int32Array.of(0, 1), new Uint8Array(2), outcome)
    expect([[...outcome.reward], [...outcome.collided], [...outcome.succeeded], [...outcome.done]]).toEqual([
      [-0.5, 1],
      [1, 0],
      [0, 1],
      [0, 1]
    ])
    // the state of the critic: what the guesser sees, what the guide sees, a third of the horizon
    const state = new Float32Array(2 * 5)
    worlds.state(state, 0)
    expect([...state].map((x) => Number(x.toFixed(4)))).toEqual([1, 0, 0, 1, 0.3333, 0, 1, 0, 1, 0.3333])
    const advice = new Int32Array(2)
    worlds.advise("guide", "honest", advice)
    expect([...advice]).toEqual([1, -1])
  })

  it("draws its episodes by their address, with the probability that is stated", () => {
    const worlds = begin(Doors.make("room", { left: 0.8 }), 2000)
    const seen = new Float32Array(4000)
    worlds.observe("guide", ["lucky"], seen, 0, 2)
    const left = seen.filter((x, i) => i % 2 === 0 && x === 1).length
    // four standard deviations of a binomial of 2000
    expect(Math.abs(left - 1600)).toBeLessThan(4 * Math.sqrt(2000 * 0.8 * 0.2))
  })

  it("refuses what it does not have, and a game that breaks its own rules", () => {
    const worlds = begin(room)
    const step = () => worlds.step(new Int32Array(4).fill(2), new Uint8Array(4), makeStepOutcome(4))
    expect(step).toThrow("room: there are 2 choices, and none is 2")
    const { doc, parameters, roles } = Doors.declaration
    const broken = CodeEnvironment.make({
      doc,
      parameters,
      roles,
      game: () => ({
        horizon: 2,
        state: 1,
        begin: (state) => void (state[0] = 1),
        observe: { guesser: { last: () => {} }, guide: { lucky: () => {} } },
        step: () => 0,
        distance: () => 0.5
      })
    })
    expect(() => begin(broken.make("odd"))).toThrow(EnvironmentError)
    expect(() => begin(broken.make("odd"))).toThrow("a best plan has a whole number of steps, not 0.5")
  })

  it("without a default must be given a value", () => {
    const needy = CodeEnvironment.make({
      doc: "",
      parameters: [
        { name: "how_many", doc: "", type: { kind: "number", unit: "none", minimum: 1, maximum: 9 } },
        { name: "size", doc: "", type: { kind: "extent", minimum: 1, maximum: 9 }, default: { width: 2, height: 3 } }
      ],
      roles: Doors.declaration.roles,
      game: ({ how_many, size }) => ({
        horizon: how_many * size.width * size.height,
        state: 1,
        begin: () => {},
        observe: {},
        step: () => 0,
        distance: () => 1
      })
    })
    expect(() => needy.make("room")).toThrow("room: how_many has no default and was not given")
    expect(needy.make("room", { howMany: 2 }).horizon).toBe(12)
  })
})
