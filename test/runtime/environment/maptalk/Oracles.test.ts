import { describe, expect, it } from "vitest"
import { EnvironmentError } from "../../../../src/runtime/environment/Environment.ts"
import type { Environment } from "../../../../src/runtime/environment/Environment.ts"
import * as MapTalk from "../../../../src/runtime/environment/maptalk/MapTalk.ts"
import { actionTowards } from "../../../../src/runtime/environment/maptalk/Oracles.ts"
import { playOracle } from "../../../../src/runtime/environment/OraclePlay.ts"
import type { Episodes } from "../../../../src/runtime/environment/Episodes.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"

const map = MapTalk.make("map", { shifts: { dense: { obstacles: { low: 0.35, high: 0.45 } } } })

const play = (environment: Environment, oracle: string, noise = 0, episodes = 8192): Episodes =>
  playOracle(environment, oracle, {
    episodes,
    random: makeRandom(42),
    stream: "oracles",
    noise: { flip: noise, drift: noise }
  })

const mean = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!
  }
  return sum / values.length
}

// Expected values are those of an independent program on 8192 other maps; bounds are at least three standard errors of the
// difference.
describe("on 8192 fresh maps", () => {
  it("the planner always succeeds, in exactly the steps of the best plan", () => {
    const results = play(map, "planner")
    expect(mean(results.success)).toBe(1)
    expect(results.steps).toEqual(results.best)
    expect(Math.abs(mean(results.steps) - 8.55)).toBeLessThan(0.2)
    expect(mean(results.collisions)).toBe(0)
    expect(mean(results.tokens)).toBe(0)
    // Every step costs 1, the last earns 50.
    expect(results.reward).toEqual(Float64Array.from(results.steps, (steps) => 50 - steps))
  })

  it("random actions succeed in 15.6 % and take 72.8 steps", () => {
    const results = play(map, "random")
    expect(Math.abs(mean(results.success) - 0.156)).toBeLessThan(0.015)
    expect(Math.abs(mean(results.steps) - 72.8)).toBeLessThan(0.8)
    expect(Math.abs(mean(results.collisions) - 8)).toBeLessThan(0.4)
    expect(results.steps.every((steps, i) => steps === 80 || results.success[i] === 1)).toBe(true)
  })

  it("the wanderer succeeds in 40 % and never collides", () => {
    const results = play(map, "wanderer")
    expect(Math.abs(mean(results.success) - 0.4)).toBeLessThan(0.025)
    expect(Math.abs(mean(results.steps) - 60.9)).toBeLessThan(1.3)
    expect(mean(results.collisions)).toBe(0)
  })

  it("the direction protocol survives 5 % noise at 0.4 steps over the best plan", () => {
    const results = play(map, "direction_protocol", 0.05)
    expect(mean(results.success)).toBe(1)
    expect(Math.abs(mean(results.steps) - 8.9)).toBeLessThan(0.2)
    // On the same maps the excess is measured more sharply: 8.94 - 8.55 there.
    expect(Math.abs(mean(results.steps) - mean(results.best) - 0.39)).toBeLessThan(0.06)
    expect(mean(results.collisions)).toBe(0)
    expect(results.tokens).toEqual(results.steps)
    expect(results.reward.every((reward, i) => Math.abs(reward - 50 + 1.05 * results.steps[i]!) < 1e-4)).toBe(true)
  })

  it("the shifts are as hard as they were measured to be", () => {
    expect(Math.abs(mean(play(map.shifts.dense, "random").success) - 0.2056)).toBeLessThan(0.025)
    const protocol = play(map.shifts.dense, "direction_protocol", 0.1)
    expect(mean(protocol.success)).toBe(1)
    expect(Math.abs(mean(protocol.steps) - mean(protocol.best) - 0.85)).toBeLessThan(0.1)
  })
})

describe("playOracle", () => {
  it("follows the plan exactly through a clean channel", () => {
    const clean = play(map, "direction_protocol", 0, 600)
    expect(clean.steps).toEqual(clean.best)
  })

  it("gives an episode the same result however many are played", () => {
    for (const oracle of ["random", "wanderer", "random_talker", "direction_protocol"]) {
      const many = play(map, oracle, 0.3, 1100)
      const few = play(map, oracle, 0.3, 7)
      expect(few.steps).toEqual(many.steps.slice(0, 7))
      expect(few.reward).toEqual(many.reward.slice(0, 7))
      expect(play(map, oracle, 0.3, 1100)).toEqual(many)
    }
  })

  it("lets a guide who would say anything be taken at its word where it is to be literal", () => {
    const literal = playOracle(map, "random_talker", {
      episodes: 600,
      random: makeRandom(42),
      stream: "o",
      literal: true
    })
    expect(literal.steps).toEqual(literal.best)
    const babbled = playOracle(map, "random_talker", { episodes: 600, random: makeRandom(42), stream: "o" })
    expect(babbled.tokens).toEqual(babbled.steps)
    expect(mean(babbled.collisions)).toBe(0)
    expect(mean(babbled.success)).toBeLessThan(0.4)
  })

  it("plays all oracles on the same maps", () => {
    expect(play(map, "random", 0, 100).best).toEqual(play(map, "planner", 0, 100).best)
  })

  it("plays every declared oracle and no other", () => {
    for (const { name } of map.declaration.oracles) {
      expect(play(map, name, 0, 3).steps.length).toBe(3)
    }
    expect(() => play(map, "clairvoyant", 0, 1)).toThrow(EnvironmentError)
    expect(() => play(map, "toString", 0, 1)).toThrow("no oracle toString")
  })
})

describe("actionTowards", () => {
  it("walks ahead, turns to the side, and turns left when the way is behind", () => {
    expect([0, 1, 2, 3].map((d) => actionTowards(d, 0))).toEqual([
      MapTalk.FORWARD,
      MapTalk.RIGHT,
      MapTalk.LEFT,
      MapTalk.LEFT
    ])
    expect([0, 1, 2, 3].map((d) => actionTowards(d, 3))).toEqual([
      MapTalk.RIGHT,
      MapTalk.LEFT,
      MapTalk.LEFT,
      MapTalk.FORWARD
    ])
  })
})
