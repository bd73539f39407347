import { describe, expect, it } from "vitest"
import { contract } from "../../../src/runtime/environment/Contract.ts"
import { EnvironmentError } from "../../../src/runtime/environment/Environment.ts"
import type { Environment, StepOutcome, Worlds } from "../../../src/runtime/environment/Environment.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"

const sound = MapTalk.make("map", {
  grid: { width: 5, height: 5 },
  obstacles: { low: 0.1, high: 0.2 },
  horizon: 20,
  shifts: {
    dense: { obstacles: { low: 0.5, high: 0.6 } },
    large: { grid: { width: 12, height: 12 }, horizon: 80 },
    tiny: { grid: { width: 3, height: 3 }, obstacles: { low: 0, high: 0 }, horizon: 1 }
  }
})

for (const environment of [MapTalk.make("default"), sound, ...Object.values(sound.shifts)]) {
  describe(`MapTalk ${environment.name} keeps the contract`, () => {
    for (const { check, name } of contract(environment)) {
      it(name, check)
    }
  })
}

/** The environment with something about its worlds broken. */
const broken = (change: (worlds: Worlds, count: number) => Partial<Worlds>): Environment => ({
  ...sound,
  worlds: (options) => {
    const worlds = sound.worlds(options)
    return { ...worlds, ...change(worlds, options.count) }
  }
})

/** Names of the checks that an environment fails, each by saying what was found. */
const failed = (environment: Environment): Array<string> =>
  contract(environment).flatMap(({ check, name }) => {
    try {
      check()
      return []
    } catch (error) {
      expect(error).toBeInstanceOf(EnvironmentError)
      expect((error as EnvironmentError).message.length).toBeGreaterThan(10)
      return [name]
    }
  })

const stepped = (change: (outcome: StepOutcome, worlds: Worlds) => void): Environment =>
  broken((worlds) => ({
    step: (choices, tokens, outcome) => {
      worlds.step(choices, tokens, outcome)
      change(outcome, worlds)
    }
  }))

describe("the contract catches", () => {
  it("nothing in a sound environment", () => {
    expect(failed(sound)).toEqual([])
  })

  it("a size that is not the declared one", () => {
    const environment: Environment = {
      ...sound,
      observationSize: (role, sees) => sound.observationSize(role, sees) + (sees.includes("heading") ? 1 : 0)
    }
    expect(failed(environment)).toContain("its declaration and its sizes agree")
  })

  it("two roles that act", () => {
    const environment: Environment = {
      ...sound,
      declaration: {
        ...sound.declaration,
        roles: sound.declaration.roles.map((role) => ({ ...role, kind: "acts" as const }))
      }
    }
    expect(failed(environment)).toContain("its declaration and its sizes agree")
  })

  it("numbers that are drawn from what was drawn before", () => {
    let calls = 0
    const environment = broken((worlds) => ({
      observe: (role, sees, out, offset, stride) => {
        worlds.observe(role, sees, out, offset, stride)
        out[offset] = out[offset]! + (calls++ % 7)
      }
    }))
    expect(failed(environment)).toContain("the same seed and stream play the same")
  })

  it("rewards that differ from run to run", () => {
    let calls = 0
    expect(
      failed(
        stepped(({ reward }) => {
          reward[0] = calls++
        })
      )
    ).toContain("the same seed and stream play the same")
  })

  it("episodes that depend on the copy", () => {
    const environment = broken((worlds) => ({
      reset: (episodes, mask) =>
        worlds.reset(
          episodes.map((episode, i) => episode * 1000 + i),
          mask
        )
    }))
    expect(failed(environment)).toContain("an episode is the same in any copy, alone or among others")
  })

  it("observations that are not finite", () => {
    const environment = broken((worlds) => ({
      observe: (role, sees, out, offset, stride) => {
        worlds.observe(role, sees, out, offset, stride)
        if (role === "guide") {
          out[offset] = Number.NaN
        }
      }
    }))
    expect(failed(environment)).toContain("observations and states are finite")
  })

  it("states without bound", () => {
    const environment = broken((worlds) => ({
      state: (out, offset) => {
        worlds.state(out, offset)
        out[offset] = 1e6
      }
    }))
    expect(failed(environment)).toContain("observations and states are finite")
  })

  it("observations written beside their columns", () => {
    const environment = broken((worlds) => ({
      observe: (role, sees, out, offset, stride) => {
        worlds.observe(role, sees, out, offset, stride)
        out[offset - 1] = 0
      }
    }))
    expect(failed(environment)).toEqual(["observations fill their own columns and nothing else"])
  })

  it("observations in another order than asked for", () => {
    const environment = broken((worlds) => ({
      observe: (role, sees, out, offset, stride) => worlds.observe(role, [...sees].sort(), out, offset, stride)
    }))
    expect(failed(environment)).toEqual(["observations fill their own columns and nothing else"])
  })

  it("a reset that ignores its mask", () => {
    const environment = broken((worlds) => ({ reset: (episodes) => worlds.reset(episodes) }))
    expect(failed(environment)).toEqual(["a masked reset starts only the masked copies"])
  })

  it("a reset that keeps something of the episode before", () => {
    const environment = broken((worlds) => ({
      reset: (episodes, mask) => {
        const elapsed = worlds.elapsed.slice()
        worlds.reset(episodes, mask)
        worlds.elapsed.set(elapsed)
      }
    }))
    expect(failed(environment)).toContain("a reset forgets the episode before it")
  })

  it("an episode begun again that is not what its address says", () => {
    const name = "an episode begun again depends on its address and its round alone"
    const begun = (change: (worlds: Worlds, rounds: Int32Array, mask?: Uint8Array) => void): Array<string> =>
      failed(broken((worlds) => ({ again: (rounds, mask) => change(worlds, rounds, mask) })))
    let calls = 0
    expect(begun((worlds, rounds, mask) => worlds.again?.(rounds, mask))).toEqual([])
    expect(
      begun((worlds, rounds, mask) =>
        worlds.again?.(
          rounds.map((round) => round + 10 * calls++),
          mask
        )
      ),
      "drawn from what was drawn before"
    ).toEqual([name])
    expect(
      begun((worlds, rounds, mask) =>
        worlds.again?.(
          rounds.map((round, i) => 10 * round + i),
          mask
        )
      ),
      "by the copy"
    ).toEqual([name])
    expect(
      begun((worlds, rounds) => worlds.again?.(rounds)),
      "without its mask"
    ).toEqual([name])
    expect(
      begun((worlds, rounds, mask) =>
        worlds.reset(
          rounds.map((round) => 50 + round),
          mask
        )
      ),
      "on another map"
    ).toEqual([name])
    expect(
      begun((worlds, rounds, mask) => {
        const elapsed = worlds.elapsed.slice()
        worlds.again?.(rounds, mask)
        worlds.elapsed.set(elapsed)
      }),
      "with the steps of the round before"
    ).toEqual([name])
    expect(
      begun(() => undefined),
      "where it ended"
    ).toEqual([name])
  })

  it("episodes that never end", () => {
    const environment = stepped(({ done, succeeded }) => done.set(succeeded))
    expect(failed(environment)).toContain("episodes end with success or at the horizon")
  })

  it("success that does not end the episode", () => {
    const environment = stepped(({ done, succeeded }, worlds) => {
      done.forEach((_, i) => {
        done[i] = succeeded[i] === 1 && worlds.elapsed[i]! < 20 ? 0 : done[i]!
      })
    })
    expect(failed(environment)).toContain("episodes end with success or at the horizon")
  })

  it("rewards that are not finite", () => {
    const environment = stepped(({ collided, reward }) => {
      reward.forEach((_, i) => {
        reward[i] = collided[i] === 1 ? Number.NEGATIVE_INFINITY : reward[i]!
      })
    })
    expect(failed(environment)).toContain("episodes end with success or at the horizon")
  })

  it("rewards after the end", () => {
    const environment = stepped(({ done, reward }) => {
      reward.forEach((_, i) => {
        reward[i] = done[i] === 1 && reward[i] === 0 ? -1 : reward[i]!
      })
    })
    expect(failed(environment)).toContain("an ended episode stays as it is")
  })

  it("saved arrays that are still being written", () => {
    const environment = broken((worlds) => ({ save: () => ({ ...worlds.save(), elapsed: worlds.elapsed }) }))
    expect(failed(environment)).toContain("saved worlds continue as if never stopped")
  })

  it("a restore that forgets part of the state", () => {
    for (const name of ["heading", "lastAction", "lastCollision", "elapsed", "position"]) {
      const environment = broken((worlds, count) => ({
        restore: (saved) =>
          worlds.restore({ ...saved, [name]: new Int32Array(count).fill(name === "position" ? 8 : 0) })
      }))
      expect(failed(environment), name).toContain("saved worlds continue as if never stopped")
    }
  })

  it("a restore that keeps the maps of other episodes", () => {
    const environment = broken((worlds, count) => ({
      restore: (saved) => worlds.restore({ ...saved, episode: new Int32Array(count).fill(3) })
    }))
    expect(failed(environment)).toContain("saved worlds continue as if never stopped")
  })

  it("advice that is no choice", () => {
    const environment = broken((worlds) => ({
      advise: (role, rule, out) => {
        worlds.advise(role, rule, out)
        out[0] = 4
      }
    }))
    expect(failed(environment)).toContain("rules advise choices of their role")
  })

  it("choices that are called optimal and are not", () => {
    const environment = broken(() => ({ optimal: (_, out) => void out.fill(1) }))
    expect(failed(environment)).toEqual(["a choice is optimal where it shortens the best plan by one step"])
  })

  it("states for which nothing is optimal", () => {
    const environment = broken(() => ({ optimal: (_, out) => void out.fill(0) }))
    expect(failed(environment)).toEqual(["a choice is optimal where it shortens the best plan by one step"])
  })

  it("distances that do not fall along the best plan", () => {
    const environment = broken(() => ({ distance: (out) => void out.fill(5) }))
    expect(failed(environment)).toEqual(["a choice is optimal where it shortens the best plan by one step"])
  })

  it("names that it does not have and answers", () => {
    const role = broken((worlds) => ({
      advise: (role, rule, out) => worlds.advise(role, rule === "no such rule" ? "planner" : rule, out),
      observe: (role, sees, out, offset, stride) =>
        worlds.observe(
          role,
          sees.filter((name) => name !== "no such observation"),
          out,
          offset,
          stride
        )
    }))
    expect(failed(role)).toEqual(["names it does not have are refused"])
  })
})

describe("episodes of MapTalk", () => {
  const start = (seed: number, stream: string): Array<number> => {
    const worlds = sound.worlds({ count: 8, random: makeRandom(seed), stream })
    worlds.reset(Int32Array.from({ length: 8 }, (_, i) => i))
    const state = new Float32Array(8 * sound.stateSize)
    worlds.state(state, 0)
    return Array.from(state)
  }

  it("differ with the seed and with the stream", () => {
    expect(start(1, "train")).toEqual(start(1, "train"))
    expect(start(1, "train")).not.toEqual(start(2, "train"))
    expect(start(1, "train")).not.toEqual(start(1, "test"))
  })
})
