/**
 * The environment contract as checks that any environment can be run against, in any test runner:
 *
 * ```ts
 * for (const { check, name } of contract(myEnvironment)) it(name, check)
 * ```
 */
import type { RoleDeclaration } from "../../declaration/Environment.ts"
import { makeRandom } from "../random/Random.ts"
import type { Random } from "../random/Random.ts"
import { playOracle } from "./OraclePlay.ts"
import { EnvironmentError, makeStepOutcome } from "./Environment.ts"
import type { Environment, StepOutcome, Worlds } from "./Environment.ts"

/** One demand of the contract; `check` throws an `EnvironmentError` that says what was found where it is not met. */
export interface Check {
  readonly name: string
  readonly check: () => void
}

/** Everything that may be asked of worlds at one moment, by name. */
type View = Readonly<Record<string, ArrayLike<number>>>

const STREAM = "contract"

/**
 * The checks for `environment`.
 *
 * `count` copies (default 8) are played for `steps` steps (default: the horizon, at most 100) with uniformly random choices
 * from `seed` (default 1). Observations and states must be finite and not larger in magnitude than `limit` (default 100).
 *
 * A check takes it that the environment is deterministic once an episode is addressed, that the acting role is the only one
 * that moves it, and that each step of a best plan shortens it by one.
 */
export const contract = (
  environment: Environment,
  options: {
    readonly count?: number
    readonly seed?: number
    readonly steps?: number
    readonly limit?: number
  } = {}
): ReadonlyArray<Check> => {
  const { count = 8, limit = 100, seed = 1 } = options
  const steps = options.steps ?? Math.min(environment.horizon, 100)
  const { declaration } = environment
  const random = makeRandom(seed)

  const refuse = (reason: string): never => {
    throw new EnvironmentError({ environment: environment.name, reason })
  }
  const demand = (holds: boolean, reason: () => string): void => {
    if (!holds) {
      refuse(reason())
    }
  }
  const throws = (run: () => void): boolean => {
    try {
      run()
      return false
    } catch {
      return true
    }
  }

  const actor = (): RoleDeclaration => {
    const acting = declaration.roles.filter((role) => role.kind === "acts")
    return acting.length === 1 ? acting[0]! : refuse(`${acting.length} roles act; exactly one must`)
  }
  const namesOf = (role: RoleDeclaration): ReadonlyArray<string> => role.observations.map(({ name }) => name)

  const begin = (from: Random = random, copies = count, first = 0): Worlds => {
    const worlds = environment.worlds({ count: copies, random: from, stream: STREAM })
    worlds.reset(Int32Array.from({ length: copies }, (_, i) => first + i))
    return worlds
  }

  const observed = (worlds: Worlds, role: string, sees: ReadonlyArray<string>): Float32Array => {
    const size = environment.observationSize(role, sees)
    const out = new Float32Array(worlds.count * size)
    worlds.observe(role, sees, out, 0, size)
    return out
  }

  const distances = (worlds: Worlds): Int32Array => {
    const out = new Int32Array(worlds.count)
    worlds.distance(out)
    return out
  }

  const optimal = (worlds: Worlds, choice: number): Uint8Array => {
    const out = new Uint8Array(worlds.count)
    worlds.optimal(new Int32Array(worlds.count).fill(choice), out)
    return out
  }

  const advised = (worlds: Worlds, role: string, rule: string): Int32Array => {
    const out = new Int32Array(worlds.count)
    worlds.advise(role, rule, out)
    return out
  }

  const view = (worlds: Worlds): View => {
    const seen: Record<string, ArrayLike<number>> = { elapsed: worlds.elapsed.slice(), distance: distances(worlds) }
    for (const role of declaration.roles) {
      seen[`what ${role.name} observes`] = observed(worlds, role.name, namesOf(role))
      for (const rule of role.rules) {
        seen[`what ${rule.name} advises ${role.name}`] = advised(worlds, role.name, rule.name)
      }
    }
    const state = new Float32Array(worlds.count * environment.stateSize)
    worlds.state(state, 0)
    seen["state"] = state
    actor().choices.forEach((choice, index) => {
      seen[`whether ${choice} is optimal`] = optimal(worlds, index)
    })
    return seen
  }

  const equal = (left: View, right: View, when: string): void => {
    for (const name of Object.keys(left)) {
      const a = left[name]!
      const b = right[name] ?? []
      demand(a.length === b.length, () => `${name} has ${a.length} numbers, then ${b.length}, ${when}`)
      for (let i = 0; i < a.length; i++) {
        demand(Object.is(a[i], b[i]), () => `${name} [${i}] is ${a[i]}, then ${b[i]}, ${when}`)
      }
    }
  }

  // Row `i` of every array of a view.
  const rowOf = (whole: View, i: number, copies: number): View =>
    Object.fromEntries(
      Object.entries(whole).map(([name, values]) => {
        const size = values.length / copies
        return [name, Array.from({ length: size }, (_, k) => values[i * size + k]!)]
      })
    )

  const choicesAt = (step: number, copies = count): Int32Array => {
    const words = new Uint32Array(copies)
    random.words({ stage: STREAM, purpose: "choices", step }, words)
    return Int32Array.from(words, (word) => word % actor().choices.length)
  }

  const silent = new Uint8Array(count)

  // Plays on from `from` and calls `after` with each outcome.
  const play = (
    worlds: Worlds,
    from: number,
    to: number,
    after: (outcome: StepOutcome, step: number) => void
  ): void => {
    const outcome = makeStepOutcome(count)
    for (let step = from; step < to; step++) {
      worlds.step(choicesAt(step), silent, outcome)
      after(outcome, step)
    }
  }

  const copied = (outcome: StepOutcome): View => ({
    reward: outcome.reward.slice(),
    collided: outcome.collided.slice(),
    succeeded: outcome.succeeded.slice(),
    done: outcome.done.slice()
  })

  return [
    {
      name: "its declaration and its sizes agree",
      check: () => {
        demand(actor().choices.length > 0, () => `${actor().name} has nothing to choose`)
        demand(
          Number.isInteger(environment.horizon) && environment.horizon > 0,
          () => `the horizon is ${environment.horizon}`
        )
        demand(environment.rewardScale > 0, () => `the reward scale is ${environment.rewardScale}`)
        demand(
          Number.isInteger(environment.stateSize) && environment.stateSize > 0,
          () => `the state has ${environment.stateSize} numbers`
        )
        for (const role of declaration.roles) {
          let sum = 0
          for (const { name, size } of role.observations) {
            const is = environment.observationSize(role.name, [name])
            demand(is === size, () => `${role.name}.${name} is declared with ${size} numbers and has ${is}`)
            sum += size
          }
          const together = environment.observationSize(role.name, namesOf(role))
          demand(together === sum, () => `${role.name} sees ${together} numbers, ${sum} one by one`)
        }
      }
    },
    {
      name: "the same seed and stream play the same",
      check: () => {
        const left = begin()
        const right = begin(makeRandom(seed))
        equal(view(left), view(right), "at the start")
        const outcomes: Array<View> = []
        const views: Array<View> = []
        play(left, 0, steps, (outcome) => {
          outcomes.push(copied(outcome))
          views.push(view(left))
        })
        play(right, 0, steps, (outcome, step) => {
          equal(outcomes[step]!, copied(outcome), `in step ${step}`)
          equal(views[step]!, view(right), `after step ${step}`)
        })
      }
    },
    {
      name: "an episode is the same in any copy, alone or among others",
      check: () => {
        const together = view(begin())
        for (let i = 0; i < count; i++) {
          equal(rowOf(together, i, count), view(begin(random, 1, i)), `when episode ${i} is played alone`)
        }
      }
    },
    {
      name: "observations and states are finite",
      check: () => {
        const worlds = begin()
        const inspect = (when: string): void => {
          for (const [name, values] of Object.entries(view(worlds))) {
            if (name !== "state" && !name.endsWith(" observes")) {
              continue
            }
            for (let i = 0; i < values.length; i++) {
              demand(Math.abs(values[i]!) <= limit, () => `${name} [${i}] is ${values[i]} ${when}`)
            }
          }
        }
        inspect("at the start")
        play(worlds, 0, steps, (_, step) => inspect(`after step ${step}`))
      }
    },
    {
      name: "observations fill their own columns and nothing else",
      check: () => {
        const worlds = begin()
        play(worlds, 0, Math.min(3, steps), () => {})
        for (const role of declaration.roles) {
          // Reversed and with a message among the names: the order asked for is the order given, messages take no room.
          const sees = [...namesOf(role)].reverse()
          const size = environment.observationSize(role.name, [...sees, "someone.message"])
          const offset = 5
          const stride = size + 3
          const untouched = -12345.5
          const out = new Float32Array(offset + count * stride + 7).fill(untouched)
          worlds.observe(role.name, [...sees, "someone.message"], out, offset, stride)
          const expected = new Float32Array(out.length).fill(untouched)
          let column = offset
          for (const name of sees) {
            const alone = observed(worlds, role.name, [name])
            const width = alone.length / count
            for (let i = 0; i < count; i++) {
              expected.set(alone.subarray(i * width, (i + 1) * width), column + i * stride)
            }
            column += width
          }
          equal({ columns: expected }, { columns: out }, `when ${role.name} observes ${sees.join(", ")}`)
        }
      }
    },
    {
      name: "a masked reset starts only the masked copies",
      check: () => {
        const worlds = begin()
        play(worlds, 0, Math.min(5, steps), () => {})
        const before = view(worlds)
        const mask = Uint8Array.from({ length: count }, (_, i) => i % 2)
        worlds.reset(
          Int32Array.from({ length: count }, (_, i) => 100 + i),
          mask
        )
        const after = view(worlds)
        const fresh = view(begin(random, count, 100))
        for (let i = 0; i < count; i++) {
          equal(
            rowOf(mask[i] === 1 ? fresh : before, i, count),
            rowOf(after, i, count),
            `when copy ${i} was ${mask[i] === 1 ? "" : "not "}reset`
          )
        }
      }
    },
    {
      name: "a reset forgets the episode before it",
      check: () => {
        const worlds = begin()
        const start = view(worlds)
        play(worlds, 0, steps, () => {})
        worlds.reset(Int32Array.from({ length: count }, (_, i) => i))
        equal(start, view(worlds), "when the episodes are started again")
      }
    },
    {
      name: "an episode begun again depends on its address and its round alone",
      check: () => {
        const worlds = begin()
        if (worlds.again === undefined) return
        const begun = (of: Worlds, rounds: Int32Array, mask?: Uint8Array): View => {
          of.again?.(rounds, mask)
          return view(of)
        }
        const every = (round: number): Int32Array => new Int32Array(count).fill(round)
        const scenes = (): ReadonlyArray<string> =>
          Array.from({ length: count }, (_, i) => JSON.stringify(worlds.scene(i)))
        const start = view(worlds)
        const maps = scenes()
        for (const round of [0, 1, 5]) {
          const first = begun(worlds, every(round))
          scenes().forEach((map, i) => {
            demand(worlds.elapsed[i] === 0, () => `copy ${i} has ${worlds.elapsed[i]} elapsed steps when begun again`)
            demand(first["distance"]![i]! > 0, () => `copy ${i} is at its end when begun again`)
            demand(map === maps[i], () => `copy ${i} is on another map when begun again`)
          })
          play(worlds, 0, Math.min(5, steps), () => {})
          equal(first, begun(worlds, every(round)), `when round ${round} is begun after a few steps`)
          equal(first, begun(begin(makeRandom(seed)), every(round)), `when round ${round} is begun elsewhere`)
        }
        const mixed = every(0).map((_, i) => (3 * i) % 5)
        const together = begun(worlds, mixed)
        for (let i = 0; i < count; i++) {
          const alone = begun(begin(random, 1, i), mixed.slice(i, i + 1))
          equal(rowOf(together, i, count), alone, `when round ${mixed[i]} of episode ${i} is begun alone`)
        }
        const mask = Uint8Array.from({ length: count }, (_, i) => i % 2)
        const some = begun(worlds, every(7), mask)
        const all = begun(begin(), every(7))
        for (let i = 0; i < count; i++) {
          equal(
            rowOf(mask[i] === 1 ? all : together, i, count),
            rowOf(some, i, count),
            `when copy ${i} was ${mask[i] === 1 ? "" : "not "}begun again`
          )
        }
        const restored = begin(random, count, 100)
        restored.restore(worlds.save())
        equal(some, view(restored), "when begun again, saved and restored")
        worlds.reset(Int32Array.from({ length: count }, (_, i) => i))
        equal(start, view(worlds), "when the episodes are started as at first")
      }
    },
    {
      name: "episodes end with success or at the horizon",
      check: () => {
        const worlds = begin()
        const over = new Uint8Array(count)
        play(worlds, 0, environment.horizon, ({ collided, done, reward, succeeded }, step) => {
          for (let i = 0; i < count; i++) {
            if (over[i] === 1) {
              continue
            }
            for (const flag of [collided[i]!, succeeded[i]!, done[i]!]) {
              demand(flag === 0 || flag === 1, () => `copy ${i} has the flag ${flag} in step ${step}`)
            }
            demand(Number.isFinite(reward[i]), () => `copy ${i} has the reward ${reward[i]} in step ${step}`)
            demand(
              worlds.elapsed[i] === step + 1,
              () => `copy ${i} has ${worlds.elapsed[i]} elapsed steps after ${step + 1}`
            )
            demand(succeeded[i] === 0 || done[i] === 1, () => `copy ${i} succeeded in step ${step} and was not done`)
            over[i] = done[i]!
          }
        })
        over.forEach((ended, i) => demand(ended === 1, () => `copy ${i} was not done at the horizon`))
      }
    },
    {
      name: "an ended episode stays as it is",
      check: () => {
        const worlds = begin()
        play(worlds, 0, environment.horizon, () => {})
        const end = view(worlds)
        play(worlds, environment.horizon, environment.horizon + 3, ({ collided, done, reward, succeeded }) => {
          for (let i = 0; i < count; i++) {
            demand(
              reward[i] === 0 && collided[i] === 0 && succeeded[i] === 0 && done[i] === 1,
              () => `copy ${i} was stepped after its end and gave reward ${reward[i]}, done ${done[i]}`
            )
          }
          equal(end, view(worlds), "when stepped after its end")
        })
      }
    },
    {
      name: "saved worlds continue as if never stopped",
      check: () => {
        const half = Math.floor(steps / 2)
        const worlds = begin()
        play(worlds, 0, half, () => {})
        const saved = worlds.save()
        const kept = Object.fromEntries(Object.entries(saved).map(([name, values]) => [name, values.slice()]))
        const here = view(worlds)
        const outcomes: Array<View> = []
        play(worlds, half, steps, (outcome) => outcomes.push({ ...copied(outcome), ...view(worlds) }))
        equal(kept, saved, "when the worlds it was saved from are played on")

        const elsewhere = environment.worlds({ count, random: makeRandom(seed), stream: STREAM })
        const other = begin(random, count, 100)
        for (const restored of [worlds, elsewhere, other]) {
          restored.restore(kept)
          equal(here, view(restored), "when restored")
          play(restored, half, steps, (outcome, step) => {
            equal(outcomes[step - half]!, { ...copied(outcome), ...view(restored) }, `in step ${step} when restored`)
          })
        }
      }
    },
    {
      name: "rules advise choices of their role",
      check: () => {
        const worlds = begin()
        const inspect = (): void => {
          for (const role of declaration.roles) {
            for (const rule of role.rules) {
              for (const choice of advised(worlds, role.name, rule.name)) {
                demand(
                  choice >= -1 && choice < role.choices.length,
                  () => `${rule.name} advises ${choice} to ${role.name}, who has ${role.choices.length} choices`
                )
              }
            }
          }
        }
        inspect()
        play(worlds, 0, steps, inspect)
      }
    },
    {
      name: "a choice is optimal where it shortens the best plan by one step",
      check: () => {
        const worlds = begin()
        const over = new Uint8Array(count)
        const choices = new Int32Array(count)
        const outcome = makeStepOutcome(count)
        for (let step = 0; step < steps && over.includes(0); step++) {
          const before = distances(worlds)
          const saved = worlds.save()
          const found = new Uint8Array(count)
          for (let choice = 0; choice < actor().choices.length; choice++) {
            const best = optimal(worlds, choice)
            worlds.step(new Int32Array(count).fill(choice), silent, outcome)
            const after = distances(worlds)
            for (let i = 0; i < count; i++) {
              if (over[i] === 1) {
                continue
              }
              demand(
                (best[i] === 1) === (after[i] === before[i]! - 1),
                () =>
                  `choice ${choice} leads copy ${i} from ${before[i]} to ${after[i]} steps and is ${best[i] === 1 ? "" : "not "}optimal`
              )
              demand(
                (outcome.succeeded[i] === 1) === (after[i] === 0),
                () => `copy ${i} is ${after[i]} steps from its end, succeeded ${outcome.succeeded[i]}`
              )
              if (best[i] === 1) {
                found[i] = 1
                choices[i] = choice
              }
            }
            worlds.restore(saved)
          }
          for (let i = 0; i < count; i++) {
            demand(over[i] === 1 || found[i] === 1, () => `no choice is optimal for copy ${i}, ${before[i]} steps away`)
          }
          worlds.step(choices, silent, outcome)
          outcome.done.forEach((done, i) => {
            over[i] = done
          })
        }
      }
    },
    {
      name: "its hand-written players choose and say what there is",
      check: () => {
        const speaking = declaration.roles.find(({ kind }) => kind === "speaks")
        for (const { name } of declaration.oracles) {
          // symbols of its own, one for each intent: what a file lets the role say is not known here
          const symbols = environment.oracles === undefined ? {} : { symbols: speaking?.choices ?? [] }
          try {
            playOracle(environment, name, { episodes: count, random, stream: STREAM, ...symbols })
          } catch (cause) {
            refuse(`${name}: ${cause instanceof EnvironmentError ? cause.reason : cause}`)
          }
        }
      }
    },
    {
      name: "its pictures can be drawn, of every state on a grid of one size",
      check: () => {
        const worlds = begin()
        const { picture } = worlds
        if (picture === undefined) return
        const first = picture(0).grid
        const inspect = (): void => {
          for (let i = 0; i < count; i++) {
            const { grid } = picture(i)
            demand(
              grid.width === first.width && grid.height === first.height,
              () => `a picture has ${grid.width} by ${grid.height} cells, the first ${first.width} by ${first.height}`
            )
          }
        }
        inspect()
        const before = view(worlds)
        inspect()
        equal(before, view(worlds), "when it is drawn")
        play(worlds, 0, steps, inspect)
      }
    },
    {
      name: "names it does not have are refused",
      check: () => {
        const worlds = begin()
        const out = new Float32Array(count)
        const [role] = declaration.roles
        demand(
          throws(() => environment.observationSize("no such role", [])),
          () => "it gives a size to a role that it does not have"
        )
        demand(
          role === undefined || throws(() => environment.observationSize(role.name, ["no such observation"])),
          () => "it gives a size to an observation that it does not have"
        )
        demand(
          role === undefined || throws(() => worlds.observe(role.name, ["no such observation"], out, 0, 1)),
          () => "it lets a role observe what it does not have"
        )
        demand(
          role === undefined || throws(() => worlds.advise(role.name, "no such rule", new Int32Array(count))),
          () => "it advises by a rule that it does not have"
        )
      }
    }
  ]
}
