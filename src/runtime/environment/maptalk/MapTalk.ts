/**
 * MapTalk (Li & Song 2025, section 4.1): a navigator on a grid with obstacles, a guide who sees the map and talks.
 *
 * Choices of the navigator are 0 .. 3 for forward, left, right, stay; headings and the guide's choices are 0 .. 3 for
 * north, east, south, west. Forward into an obstacle or wall is a collision and moves nothing. Every choice costs a step.
 */
import type { Noise } from "../../agent/Agent.ts"
import type { Random } from "../../random/Random.ts"
import { EnvironmentError } from "../Environment.ts"
import { shiftsOf } from "../Shifts.ts"
import type { Environment, StepOutcome, Worlds } from "../Environment.ts"
import { MapTalk as declaration } from "./Declaration.ts"
import { makeMaps } from "./Maps.ts"

export const FORWARD = 0
export const LEFT = 1
export const RIGHT = 2
export const STAY = 3

/** The guide's vocabulary in Li & Song 2025; silence is not a symbol of it. */
export const symbols: ReadonlyArray<string> = ["N", "E", "S", "W", "1", "2", "3", "4", "J", "D", "TURN_A", "ALIGN"]

/** What a step earns; a step's reward is the sum of what applies. `scale` is for learning only. */
export interface Reward {
  readonly step: number
  readonly collision: number
  readonly goal: number
  /** Per token that is not silence. */
  readonly token: number
  readonly scale: number
}

/** Parameters with every default filled in. */
export interface Parameters {
  readonly grid: { readonly width: number; readonly height: number }
  /** Obstacle probability of a map, drawn from this range. */
  readonly obstacles: { readonly low: number; readonly high: number }
  /** Steps. */
  readonly horizon: number
  readonly reward: Reward
}

/** Parameters as given; what is left out has the declaration's default. */
export interface Given {
  readonly grid?: Parameters["grid"]
  readonly obstacles?: Parameters["obstacles"]
  readonly horizon?: number
  readonly reward?: Partial<Reward>
}

/** What a named shift changes; everything else is inherited. `noise` replaces what the named agents declare. */
export interface Shift extends Given {
  readonly noise?: Readonly<Record<string, Partial<Noise>>>
}

/** MapTalk with its parameters fixed, and its shifts by name. */
export interface MapTalk<Shifts extends Readonly<Record<string, Shift>>> extends Environment {
  readonly parameters: Readonly<Record<string, unknown>> & Parameters
  readonly shifts: { readonly [Name in Extract<keyof Shifts, string>]: Environment }
}

const defaults: Parameters = {
  grid: { width: 8, height: 8 },
  obstacles: { low: 0.2, high: 0.3 },
  horizon: 80,
  reward: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 }
}

const inherit = (base: Parameters, given: Given): Parameters => ({
  grid: given.grid ?? base.grid,
  obstacles: given.obstacles ?? base.obstacles,
  horizon: given.horizon ?? base.horizon,
  reward: { ...base.reward, ...given.reward }
})

const check = (environment: string, { grid, horizon, obstacles, reward }: Parameters): void => {
  const refuse = (reason: string): never => {
    throw new EnvironmentError({ environment, reason })
  }
  if (!Number.isInteger(grid.width) || grid.width !== grid.height || grid.width < 3 || grid.width > 64) {
    refuse(`a grid is square, from 3 by 3 to 64 by 64, not ${grid.width} by ${grid.height}`)
  }
  if (!(obstacles.low >= 0 && obstacles.low <= obstacles.high && obstacles.high <= 0.6)) {
    refuse(`obstacles are a range within 0 .. 0.6, not ${obstacles.low} .. ${obstacles.high}`)
  }
  if (!Number.isInteger(horizon) || horizon < 1 || horizon > 10_000) {
    refuse(`a horizon is from 1 to 10000 steps, not ${horizon}`)
  }
  for (const [name, value] of Object.entries(reward)) {
    if (!Number.isFinite(value)) {
      refuse(`reward ${name} is a finite number, not ${value}`)
    }
  }
  if (!(reward.scale > 0)) {
    refuse(`reward scale is above 0, not ${reward.scale}`)
  }
}

const sizes: Readonly<Record<string, Readonly<Record<string, number>>>> = Object.fromEntries(
  declaration.roles.map((role) => [
    role.name,
    Object.fromEntries(role.observations.map((observation) => [observation.name, observation.size]))
  ])
)

const navigatorSees = ["egocentric", "heading", "last_action", "last_collision"]
const guideSees = ["full"]

const sizeOf = (environment: string, role: string, sees: ReadonlyArray<string>): number => {
  const known = sizes[role]
  if (known === undefined) {
    throw new EnvironmentError({ environment, reason: `MapTalk has no role ${role}` })
  }
  let size = 0
  for (const name of sees) {
    if (name.includes(".")) {
      continue
    }
    const one = known[name]
    if (one === undefined) {
      throw new EnvironmentError({ environment, reason: `a ${role} does not see ${name}` })
    }
    size += one
  }
  return size
}

const STATE_SIZE = sizeOf("MapTalk", "navigator", navigatorSees) + sizeOf("MapTalk", "guide", guideSees) + 1

// Distances are given in these units whatever the grid, so that a larger grid looks to a network like a longer way.
const DISPLACEMENT_UNIT = 8
const DISTANCE_UNIT = 20
const DISTANCE_LIMIT = 3
const EXTRA_COST_UNIT = 4
// More than the best plan of any grid can take.
const NO_WAY = 1_000_000

const makeWorlds = (
  environment: string,
  parameters: Parameters,
  options: { readonly count: number; readonly random: Random; readonly stream: string }
): Worlds => {
  const { count } = options
  const { horizon, reward } = parameters
  const maps = makeMaps({ ...options, environment, size: parameters.grid.width, obstacles: parameters.obstacles })
  const { blocked, cells, distance: distances, goal, offsets, width } = maps

  const episode = new Int32Array(count).fill(-1)
  const position = new Int32Array(count)
  const heading = new Int32Array(count)
  const elapsed = new Int32Array(count)
  const lastAction = new Int32Array(count)
  const lastCollision = new Int32Array(count)
  let waiting = count

  // The eight cells around, for each heading: front-left, front, front-right, left, right, back-left, back, back-right.
  const around = new Int32Array(32)
  for (let h = 0; h < 4; h++) {
    const front = offsets[h]!
    const right = offsets[(h + 1) & 3]!
    around.set([front - right, front, front + right, -right, right, -front - right, -front, -front + right], h * 8)
  }

  const ready = (): void => {
    if (waiting > 0) {
      throw new EnvironmentError({ environment, reason: `${waiting} of ${count} copies were never reset` })
    }
  }

  const ended = (i: number): boolean => elapsed[i]! >= horizon || position[i] === goal[i]

  // Steps of the best plan that first walks one cell in each direction, for the copy last asked about.
  const costs = new Int32Array(4)
  const costDirections = (i: number): number => {
    const cell = position[i]!
    let best = 0
    for (let d = 0; d < 4; d++) {
      const next = i * cells + cell + offsets[d]!
      const apart = (d - heading[i]!) & 3
      const cost = blocked[next] === 1 ? NO_WAY : (apart === 3 ? 1 : apart) + 1 + distances[next * 4 + d]!
      costs[d] = cost
      if (cost < costs[best]!) {
        best = d
      }
    }
    return best
  }

  // The direction of the larger distance to the goal; north or south when equal; -1 on the goal.
  const compass = (i: number): number => {
    const south = Math.floor(goal[i]! / width) - Math.floor(position[i]! / width)
    const east = (goal[i]! % width) - (position[i]! % width)
    if (Math.abs(east) > Math.abs(south)) {
      return east > 0 ? 1 : 3
    }
    return south === 0 ? -1 : south > 0 ? 2 : 0
  }

  const writeOneHot = (hot: number, n: number, out: Float32Array, at: number): void => {
    for (let k = 0; k < n; k++) {
      out[at + k] = k === hot ? 1 : 0
    }
  }

  const writeEgocentric = (out: Float32Array, offset: number, stride: number): void => {
    for (let i = 0; i < count; i++) {
      const at = offset + i * stride
      const row = heading[i]! * 8
      for (let k = 0; k < 8; k++) {
        const cell = position[i]! + around[row + k]!
        out[at + k] = blocked[i * cells + cell]!
        out[at + 8 + k] = cell === goal[i] ? 1 : 0
      }
    }
  }
  const writeHeading = (out: Float32Array, offset: number, stride: number): void => {
    for (let i = 0; i < count; i++) {
      writeOneHot(heading[i]!, 4, out, offset + i * stride)
    }
  }
  const writeLastAction = (out: Float32Array, offset: number, stride: number): void => {
    for (let i = 0; i < count; i++) {
      writeOneHot(lastAction[i]!, 4, out, offset + i * stride)
    }
  }
  const writeLastCollision = (out: Float32Array, offset: number, stride: number): void => {
    for (let i = 0; i < count; i++) {
      out[offset + i * stride] = lastCollision[i]!
    }
  }
  const writeFull = (out: Float32Array, offset: number, stride: number): void => {
    for (let i = 0; i < count; i++) {
      const at = offset + i * stride
      const best = costDirections(i)
      const least = costs[best]!
      for (let d = 0; d < 4; d++) {
        out[at + d] = blocked[i * cells + position[i]! + offsets[d]!]!
        out[at + 4 + d] = d === best ? 1 : 0
        out[at + 8 + d] = Math.min(1, (costs[d]! - least) / EXTRA_COST_UNIT)
      }
      writeOneHot(compass(i), 4, out, at + 12)
      out[at + 16] = ((goal[i]! % width) - (position[i]! % width)) / DISPLACEMENT_UNIT
      out[at + 17] = (Math.floor(goal[i]! / width) - Math.floor(position[i]! / width)) / DISPLACEMENT_UNIT
      out[at + 18] = Math.min(DISTANCE_LIMIT, least / DISTANCE_UNIT)
      writeOneHot(heading[i]!, 4, out, at + 19)
      writeOneHot(lastAction[i]!, 4, out, at + 23)
      out[at + 27] = lastCollision[i]!
    }
  }
  const writers: Readonly<Record<string, (out: Float32Array, offset: number, stride: number) => void>> = {
    "navigator.egocentric": writeEgocentric,
    "navigator.heading": writeHeading,
    "navigator.last_action": writeLastAction,
    "navigator.last_collision": writeLastCollision,
    "guide.full": writeFull
  }

  const observe: Worlds["observe"] = (role, sees, out, offset, stride) => {
    ready()
    // Refuses unknown names before anything is written.
    sizeOf(environment, role, sees)
    let at = offset
    for (const name of sees) {
      const write = writers[`${role}.${name}`]
      if (write !== undefined) {
        write(out, at, stride)
        at += sizes[role]![name]!
      }
    }
  }

  const state: Worlds["state"] = (out, offset) => {
    observe("navigator", navigatorSees, out, offset, STATE_SIZE)
    observe("guide", guideSees, out, offset + 25, STATE_SIZE)
    for (let i = 0; i < count; i++) {
      out[offset + i * STATE_SIZE + STATE_SIZE - 1] = elapsed[i]! / horizon
    }
  }

  const begin = (i: number, cell: number, facing: number): void => {
    position[i] = cell
    heading[i] = facing
    elapsed[i] = 0
    lastAction[i] = STAY
    lastCollision[i] = 0
  }

  const reset: Worlds["reset"] = (episodes, mask) => {
    for (let i = 0; i < count; i++) {
      if (mask !== undefined && mask[i] !== 1) {
        continue
      }
      maps.generate(i, episodes[i]!)
      if (episode[i] === -1) {
        waiting--
      }
      episode[i] = episodes[i]!
      begin(i, maps.start[i]!, maps.heading[i]!)
    }
  }

  const again: Worlds["again"] = (rounds, mask) => {
    ready()
    for (let i = 0; i < count; i++) {
      if (mask === undefined || mask[i] === 1) {
        begin(i, ...maps.startAgain(i, episode[i]!, rounds[i]!))
      }
    }
  }

  const advise: Worlds["advise"] = (role, rule, out) => {
    ready()
    if (role !== "guide" || (rule !== "compass" && rule !== "planner")) {
      throw new EnvironmentError({ environment, reason: `MapTalk has no rule ${rule} for a ${role}` })
    }
    for (let i = 0; i < count; i++) {
      out[i] = position[i] === goal[i] ? -1 : rule === "compass" ? compass(i) : costDirections(i)
    }
  }

  const optimal: Worlds["optimal"] = (choices, out) => {
    ready()
    for (let i = 0; i < count; i++) {
      const cell = i * cells + position[i]!
      const facing = heading[i]!
      let after = -1
      switch (choices[i]) {
        case FORWARD: {
          const next = cell + offsets[facing]!
          after = blocked[next] === 1 ? -1 : next * 4 + facing
          break
        }
        case LEFT: {
          after = cell * 4 + ((facing + 3) & 3)
          break
        }
        case RIGHT: {
          after = cell * 4 + ((facing + 1) & 3)
          break
        }
      }
      out[i] = after >= 0 && distances[after]! + 1 === distances[cell * 4 + facing] ? 1 : 0
    }
  }

  const step = (choices: Int32Array, tokens: Uint8Array, outcome: StepOutcome): void => {
    ready()
    for (let i = 0; i < count; i++) {
      if (ended(i)) {
        outcome.reward[i] = 0
        outcome.collided[i] = 0
        outcome.succeeded[i] = 0
        outcome.done[i] = 1
        continue
      }
      const choice = choices[i]!
      let collided = 0
      if (choice === FORWARD) {
        const next = position[i]! + offsets[heading[i]!]!
        if (blocked[i * cells + next] === 1) {
          collided = 1
        } else {
          position[i] = next
        }
      } else if (choice === LEFT) {
        heading[i] = (heading[i]! + 3) & 3
      } else if (choice === RIGHT) {
        heading[i] = (heading[i]! + 1) & 3
      } else if (choice !== STAY) {
        throw new EnvironmentError({ environment, reason: `a navigator's choices are 0 .. 3, not ${choice}` })
      }
      elapsed[i] = elapsed[i]! + 1
      lastAction[i] = choice
      lastCollision[i] = collided
      const succeeded = position[i] === goal[i] ? 1 : 0
      outcome.reward[i] =
        reward.step + reward.collision * collided + reward.goal * succeeded + reward.token * tokens[i]!
      outcome.collided[i] = collided
      outcome.succeeded[i] = succeeded
      outcome.done[i] = ended(i) ? 1 : 0
    }
  }

  const distance: Worlds["distance"] = (out) => {
    ready()
    for (let i = 0; i < count; i++) {
      out[i] = distances[(i * cells + position[i]!) * 4 + heading[i]!]!
    }
  }

  const poses: Worlds["poses"] = (out) => {
    ready()
    for (let i = 0; i < count; i++) {
      out[3 * i] = (position[i]! % width) - 1
      out[3 * i + 1] = Math.floor(position[i]! / width) - 1
      out[3 * i + 2] = heading[i]!
    }
  }

  const scene: Worlds["scene"] = (copy) => {
    ready()
    const size = width - 2
    return {
      grid: { width: size, height: size },
      blocked: Array.from(
        { length: size * size },
        (_, k) => blocked[copy * cells + (Math.floor(k / size) + 1) * width + (k % size) + 1]!
      ),
      goal: [(goal[copy]! % width) - 1, Math.floor(goal[copy]! / width) - 1]
    }
  }

  const save: Worlds["save"] = () => ({
    episode: episode.slice(),
    position: position.slice(),
    heading: heading.slice(),
    elapsed: elapsed.slice(),
    lastAction: lastAction.slice(),
    lastCollision: lastCollision.slice()
  })

  const restore: Worlds["restore"] = (saved) => {
    const kept = { episode, position, heading, elapsed, lastAction, lastCollision }
    for (const name of Object.keys(kept)) {
      const from = saved[name]
      if (from === undefined || from.length !== count) {
        throw new EnvironmentError({
          environment,
          reason: `saved worlds need ${name} for ${count} copies, not ${from === undefined ? "none" : from.length}`
        })
      }
    }
    // Maps are not saved: they follow from the episode.
    waiting = 0
    for (let i = 0; i < count; i++) {
      const saving = saved["episode"]![i]!
      if (saving === -1) {
        waiting++
      } else if (saving !== episode[i]) {
        maps.generate(i, saving)
      }
    }
    for (const [name, array] of Object.entries(kept)) {
      array.set(saved[name]!)
    }
  }

  return { count, elapsed, reset, again, observe, state, advise, optimal, step, distance, poses, scene, save, restore }
}

const makeOne = (
  name: string,
  parameters: Parameters,
  noiseOverrides: Readonly<Record<string, Partial<Noise>>>
): Omit<MapTalk<Record<never, Shift>>, "shifts"> => {
  check(name, parameters)
  return {
    name,
    declaration,
    parameters: { ...parameters },
    noiseOverrides,
    horizon: parameters.horizon,
    observationSize: (role, sees) => sizeOf(name, role, sees),
    stateSize: STATE_SIZE,
    rewardScale: parameters.reward.scale,
    worlds: (options) => makeWorlds(name, parameters, options)
  }
}

/**
 * MapTalk under the pipeline's `name`.
 *
 * What is left out has the declaration's default. A shift inherits everything that it does not state and is itself an
 * environment, named `name.shift`. Throws an `EnvironmentError` for parameters outside the declared ranges.
 */
export const make = <const Shifts extends Readonly<Record<string, Shift>> = Record<never, Shift>>(
  name: string,
  given: Given & { readonly shifts?: Shifts } = {}
): MapTalk<Shifts> => {
  const parameters = inherit(defaults, given)
  return {
    ...makeOne(name, parameters, {}),
    shifts: shiftsOf(name, given.shifts, (title, changes: Shift) =>
      makeOne(title, inherit(parameters, changes), changes.noise ?? {})
    )
  }
}
