/** Environments in TypeScript, in a module of one's own: a game of whole numbers, played in as many copies as are asked for. */
import { Struct } from "effect"
import { boundsBy } from "../../declaration/Environment.ts"
import type { EnvironmentDeclaration, MetricDeclaration, RoleDeclaration } from "../../declaration/Environment.ts"
import type { Parameter, ParameterType, Value } from "../../declaration/Parameter.ts"
import type { Noise } from "../agent/Agent.ts"
import type { Random } from "../random/Random.ts"
import { blockMetrics, isOfBlocks } from "./Blocks.ts"
import { shiftsOf } from "./Shifts.ts"
import { EnvironmentError } from "./Environment.ts"
import { pictureOf } from "./Picture.ts"
import type { Mark } from "./Picture.ts"
import type { Environment, SilentOracle, TalkingOracle, Worlds } from "./Environment.ts"
import { MapTalk } from "./maptalk/Declaration.ts"

// ---- what a module declares ------------------------------------------------------------------------------------

/** Values of parameters by name, of the type that each has. */
export type Values<P extends ReadonlyArray<Parameter>> = {
  readonly [One in P[number] as One["name"]]: ValueOf<One["type"]>
}

type ValueOf<T extends ParameterType> = T extends { readonly kind: "number" }
  ? number
  : T extends { readonly kind: "range" }
    ? { readonly low: number; readonly high: number }
    : T extends { readonly kind: "extent" }
      ? { readonly width: number; readonly height: number }
      : T extends { readonly kind: "block"; readonly parameters: infer Q extends ReadonlyArray<Parameter> }
        ? Values<Q>
        : Value

/**
 * The rules of a game with its parameters fixed. The state of an episode is a list of whole numbers; every function reads or writes
 * that of one episode. Nothing but `begin` and `again` may depend on chance.
 */
export interface Game {
  /** Steps after which an episode ends, with or without success. */
  readonly horizon: number
  /** Rewards are multiplied by this before learning; 1 without it. */
  readonly rewardScale?: number
  /** How many whole numbers the state is. */
  readonly state: number
  /** Writes the start of an episode into `state`, which is all 0; `draw()` gives independent uniform numbers in (0, 1). */
  readonly begin: (state: Int32Array, draw: () => number) => void
  /**
   * Writes another start of the same episode into `state`, which is as `begin` left it: what the episode is about stays, where it starts is
   * drawn anew; the rest stays as in `begin`. With it an environment that `repeats` plays blocks of rounds.
   */
  readonly again?: (state: Int32Array, draw: () => number) => void
  /** By role and observation: writes what is seen into `out`, which is all 0 and as long as the observation is declared. */
  readonly observe: Readonly<Record<string, Readonly<Record<string, (state: Int32Array, out: Float32Array) => void>>>>
  /** Changes the state by a choice of the acting role; returns the reward, with whether it was a collision where there are any. */
  readonly step: (
    state: Int32Array,
    choice: number,
    tokens: number
  ) => number | { readonly reward: number; readonly collided: boolean }
  /** Steps of the best plan from here; 0 is success, and ends the episode. */
  readonly distance: (state: Int32Array) => number
  /** By role and rule: what the rule would choose, -1 for nothing. */
  readonly advise?: Readonly<Record<string, Readonly<Record<string, (state: Int32Array) => number>>>>
  /**
   * By oracle: what it makes the acting role choose, where it says nothing; `drawn` is a uniform number in (0, 1) of the step. Of one that
   * talks, what either side does.
   */
  readonly oracles?: Readonly<Record<string, ((state: Int32Array, drawn: number) => number) | Talk>>
  /** How a state is drawn, on cells that are counted from the north-west corner; without it no episode is shown. */
  readonly picture?: {
    readonly width: number
    readonly height: number
    readonly marks: (state: Int32Array) => ReadonlyArray<Mark>
  }
}

/**
 * An oracle that talks: the role that speaks means something and says it through its noisy channel, the acting role does as it hears. Either
 * side acts on nothing but what it is given here, so that what each knows of the other can be measured.
 */
export interface Talk {
  /** The intent of the role that speaks, an index into its choices. */
  readonly means: (state: Int32Array) => number
  /** The symbol that it sends, -1 for none; without it the one that stands where the intent does. `drawn` is a uniform number in (0, 1). */
  readonly says?: (meant: number, drawn: number, symbols: number) => number
  /** What the acting role sees by itself: one of so many values. */
  readonly sees?: { readonly values: number; readonly of: (state: Int32Array) => number }
  /**
   * What the acting role does: by the intent that it heard last (-1 before the first; symbols beyond the intents, and silence, change
   * nothing), by what it sees (0 without `sees`), and by a uniform number in (0, 1).
   */
  readonly acts: (followed: number, seen: number, drawn: number) => number
}

/** A hand-written player of an environment of a module. */
export interface OwnOracle {
  readonly name: string
  readonly doc: string
  /** One side of it talks; without it the acting role plays by itself. */
  readonly talks?: boolean
  /** Metrics of which it is the floor or the ceiling: those of bica, and the module's own by the names that they are exported by. */
  readonly floorOf?: ReadonlyArray<string>
  readonly ceilingOf?: ReadonlyArray<string>
}

/** An environment of a module with its parameters fixed, and its shifts by name. */
export interface Made<Shifts extends string> extends Environment {
  readonly shifts: { readonly [Name in Shifts]: Environment }
}

/** An environment of a module: its declaration, which the checker reads, and what makes it with given parameters. */
export interface CodeEnvironment {
  readonly _tag: "CodeEnvironment"
  /** Without a name: that is the one by which the module exports it. */
  readonly declaration: Omit<EnvironmentDeclaration, "name">
  /** Values by name in camel case; what is left out has its default. Shifts inherit what they do not state. */
  readonly make: <const Shifts extends Readonly<Record<string, Given>> = Record<never, Given>>(
    name: string,
    given?: Given & { readonly shifts?: Shifts }
  ) => Made<Extract<keyof Shifts, string>>
}

/** Parameters as a compiled pipeline states them. */
export type Given = Readonly<Record<string, unknown>> & {
  readonly noise?: Readonly<Record<string, Partial<Noise>>>
}

/** Those of kind `team` that are of who acts alone; the others are of one who speaks and one who acts. */
const ofActing: ReadonlySet<string> = new Set([
  "ece",
  "brier",
  "reliability",
  "resolution",
  "uncertainty",
  "within_bin_variance",
  "within_bin_covariance"
])

/**
 * Metrics of bica that any environment has: those that are counted of episodes, and those that speak of messages, latents and policies,
 * whatever these are about.
 */
const general: ReadonlySet<string> = new Set([
  "success",
  "steps",
  "collisions",
  "tokens",
  "reward",
  "excess",
  "steps_when_successful",
  "mp",
  "mp_u",
  "bs",
  "bs_change",
  "rc",
  "diversity",
  ...ofActing,
  "mutual_adaptation",
  "human_adaptation",
  "ai_adaptation",
  "human_gain",
  "ai_gain",
  "protocol_stability",
  "representation_alignment",
  "entropy_of_messages",
  "message_intent_information",
  "entropy_of_codes",
  "code_intent_information"
])

/** Metrics of bica that an environment of a module has not, since what they are made of is not there. */
const lacking = (
  speaking: ReadonlyArray<RoleDeclaration>,
  repeats: boolean
): NonNullable<EnvironmentDeclaration["lacks"]> => [
  ...(speaking.length === 1
    ? []
    : [
        {
          metrics: MapTalk.metrics
            .filter(
              ({ kind, name }) => kind === "team" && !ofActing.has(name) && (general.has(name) || isOfBlocks(name))
            )
            .map(({ name }) => name),
          cause: "several of its roles speak, and this is defined of one who speaks and one who acts",
          fix: "Leave it out, or measure it with a metric of a module."
        }
      ]),
  ...(repeats
    ? []
    : [
        {
          metrics: blockMetrics,
          cause: "it cannot begin an episode again",
          fix: "Give its game `again`, and say `repeats: true` where it is made."
        }
      ])
]

/**
 * The metrics of bica that an environment of a module has, but for those that it lacks; their ends are oracles of its own, and what it pays
 * is its own.
 */
const metricsOf = (
  intents: number,
  oracles: ReadonlyArray<OwnOracle>,
  lacks: NonNullable<EnvironmentDeclaration["lacks"]>
): ReadonlyArray<MetricDeclaration> =>
  MapTalk.metrics
    .filter(
      ({ name }) => (general.has(name) || isOfBlocks(name)) && !lacks.some(({ metrics }) => metrics.includes(name))
    )
    .map((one) => ({
      ...Struct.omit(one, ["floor", "ceiling", "range"]),
      // a guide of MapTalk has four intents
      ...(one.range === undefined || one.name === "reward"
        ? {}
        : { range: one.range.replace("ln 4", `ln ${intents}`) }),
      ...boundsBy(oracles, one.name)
    }))

// ---- worlds ----------------------------------------------------------------------------------------------------

/** Numbers that are drawn at once for the start of an episode. */
const drawnAtOnce = 64

const makeWorlds = (
  environment: Environment,
  game: Game,
  options: { readonly count: number; readonly random: Random; readonly stream: string }
): Worlds => {
  const { count, random, stream } = options
  const { declaration, name: title } = environment
  const refuse = (reason: string): never => {
    throw new EnvironmentError({ environment: title, reason })
  }
  const all = new Int32Array(count * game.state)
  const states = Array.from({ length: count }, (_, i) => all.subarray(i * game.state, (i + 1) * game.state))
  const tried = new Int32Array(game.state)
  const episode = new Int32Array(count).fill(-1)
  const elapsed = new Int32Array(count)
  const left = new Int32Array(count)
  const stateOf = (i: number): Int32Array => {
    const state = states[i]
    return state === undefined || episode[i] === -1 ? refuse(`copy ${i} of ${count} was never reset`) : state
  }
  const ended = (i: number): boolean => (elapsed[i] ?? 0) >= game.horizon || left[i] === 0
  const distanceOf = (state: Int32Array): number => {
    const steps = game.distance(state)
    return Number.isInteger(steps) && steps >= 0
      ? steps
      : refuse(`a best plan has a whole number of steps, not ${steps}`)
  }
  const rewardOf = (state: Int32Array, choice: number, tokens: number) => {
    const found = game.step(state, choice, tokens)
    return typeof found === "number" ? { reward: found, collided: false } : found
  }
  const acting = declaration.roles.find(({ kind }) => kind === "acts")?.choices.length ?? 0

  /** The uniform numbers of an episode for one purpose, one after the other. */
  const uniforms = (purpose: string, step: number): (() => number) => {
    const drawn = new Float32Array(drawnAtOnce)
    let next = 0
    return () => {
      if (next % drawnAtOnce === 0) random.uniform({ stage: stream, purpose, step }, drawn, next)
      return drawn[next++ % drawnAtOnce] ?? 0
    }
  }
  const begin = (i: number, number: number): Int32Array => {
    episode[i] = number
    elapsed[i] = 0
    const state = stateOf(i).fill(0)
    game.begin(state, uniforms("map", number))
    return state
  }

  const reset: Worlds["reset"] = (episodes, mask) => {
    for (let i = 0; i < count; i++) {
      if (mask === undefined || mask[i] === 1) left[i] = distanceOf(begin(i, episodes[i] ?? 0))
    }
  }

  const again: Worlds["again"] =
    game.again === undefined
      ? undefined
      : (rounds, mask) => {
          for (let i = 0; i < count; i++) {
            if (mask !== undefined && mask[i] !== 1) continue
            stateOf(i)
            const number = episode[i] ?? 0
            const state = begin(i, number)
            game.again?.(state, uniforms(`again.${rounds[i] ?? 0}`, number))
            left[i] = distanceOf(state)
          }
        }

  const writers = (role: string, sees: ReadonlyArray<string>) => {
    const declared = declaration.roles.find(({ name }) => name === role) ?? refuse(`it has no role ${role}`)
    return sees
      .filter((name) => !name.includes("."))
      .map((name) => {
        const size = declared.observations.find((one) => one.name === name)?.size
        const write = game.observe[role]?.[name]
        return size === undefined || write === undefined
          ? refuse(`a ${role} does not see ${name}`)
          : { view: new Float32Array(size), write }
      })
  }
  const observe: Worlds["observe"] = (role, sees, out, offset, stride) => {
    const parts = writers(role, sees)
    for (let i = 0; i < count; i++) {
      const state = stateOf(i)
      let at = offset + i * stride
      for (const { view, write } of parts) {
        write(state, view.fill(0))
        out.set(view, at)
        at += view.length
      }
    }
  }

  const state: Worlds["state"] = (out, offset) => {
    let at = offset
    for (const { name, observations } of declaration.roles) {
      const names = observations.map((one) => one.name)
      observe(name, names, out, at, environment.stateSize)
      at += environment.observationSize(name, names)
    }
    for (let i = 0; i < count; i++) out[at + i * environment.stateSize] = (elapsed[i] ?? 0) / game.horizon
  }

  return {
    count,
    elapsed,
    reset,
    ...(again === undefined ? {} : { again }),
    observe,
    state,
    advise: (role, rule, out) => {
      const advice = game.advise?.[role]?.[rule] ?? refuse(`it has no rule ${rule} for a ${role}`)
      for (let i = 0; i < count; i++) out[i] = left[i] === 0 ? -1 : advice(stateOf(i))
    },
    optimal: (choices, out) => {
      for (let i = 0; i < count; i++) {
        tried.set(stateOf(i))
        if (left[i] !== 0) rewardOf(tried, choices[i] ?? 0, 0)
        out[i] = left[i] !== 0 && distanceOf(tried) === (left[i] ?? 0) - 1 ? 1 : 0
      }
    },
    step: (choices, tokens, outcome) => {
      for (let i = 0; i < count; i++) {
        const over = ended(i)
        const choice = choices[i] ?? 0
        if (!over && !(choice >= 0 && choice < acting)) refuse(`there are ${acting} choices, and none is ${choice}`)
        const { collided, reward } = over
          ? { reward: 0, collided: false }
          : rewardOf(stateOf(i), choice, tokens[i] ?? 0)
        if (!over) {
          elapsed[i] = (elapsed[i] ?? 0) + 1
          left[i] = distanceOf(stateOf(i))
        }
        outcome.reward[i] = reward
        outcome.collided[i] = collided ? 1 : 0
        outcome.succeeded[i] = !over && left[i] === 0 ? 1 : 0
        outcome.done[i] = ended(i) ? 1 : 0
      }
    },
    distance: (out) => {
      for (let i = 0; i < count; i++) out[i] = distanceOf(stateOf(i))
    },
    // no place and no map: what is drawn of its episodes are pictures of its own
    poses: (out) => out.fill(0),
    scene: () => ({ grid: { width: 1, height: 1 }, blocked: [0], goal: [0, 0] }),
    ...(game.picture === undefined ? {} : { picture: drawing(title, game.picture, stateOf) }),
    save: () => ({ episode: episode.slice(), elapsed: elapsed.slice(), left: left.slice(), state: all.slice() }),
    restore: (saved) => {
      for (const [name, array] of Object.entries({ episode, elapsed, left, state: all })) {
        const from = saved[name]
        if (from === undefined || from.length !== array.length) refuse(`saved worlds need ${name} for ${count} copies`)
        else array.set(from)
      }
    }
  }
}

/** What is drawn of a copy. The game is given a copy of its state, which drawing cannot change. */
const drawing =
  (title: string, { height, marks, width }: NonNullable<Game["picture"]>, stateOf: (copy: number) => Int32Array) =>
  (copy: number) =>
    pictureOf(title, { width, height, marks: marks(stateOf(copy).slice()) })

/** What a function of a module gives; what it throws is said to be the module's. */
const ofModule = <A>(environment: string, run: () => A): A => {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof EnvironmentError) throw cause
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    throw new EnvironmentError({ environment, reason: `the module's own code failed: ${reason}` })
  }
}

/** Worlds of which whatever a game throws is an `EnvironmentError`. */
const guarded = (title: string, worlds: Worlds): Worlds => {
  const { advise, again, distance, observe, optimal, picture, reset, state, step } = worlds
  return {
    ...worlds,
    reset: (...given) => ofModule(title, () => reset(...given)),
    ...(again === undefined ? {} : { again: (...given) => ofModule(title, () => again(...given)) }),
    observe: (...given) => ofModule(title, () => observe(...given)),
    state: (...given) => ofModule(title, () => state(...given)),
    advise: (...given) => ofModule(title, () => advise(...given)),
    optimal: (...given) => ofModule(title, () => optimal(...given)),
    step: (...given) => ofModule(title, () => step(...given)),
    distance: (...given) => ofModule(title, () => distance(...given)),
    ...(picture === undefined ? {} : { picture: (copy) => ofModule(title, () => picture(copy)) })
  }
}

// ---- making one ------------------------------------------------------------------------------------------------

/** `reward_of_success` as `rewardOfSuccess`: as a compiled pipeline writes it. */
const field = (name: string): string => name.replaceAll(/_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** What a parameter has in the end: of what is given, of what it inherits, or its default. */
const valueOf = (
  title: string,
  { default: standard, name, type }: Parameter,
  given: unknown,
  inherited: unknown
): unknown => {
  if (type.kind === "block") {
    const part = (of: unknown, one: Parameter): unknown =>
      typeof of === "object" && of !== null
        ? Object.entries(of).find(([key]) => key === one.name || key === field(one.name))?.[1]
        : undefined
    return Object.fromEntries(
      type.parameters.map((one) => [
        one.name,
        valueOf(title, one, part(given, one), part(inherited, one) ?? part(standard, one))
      ])
    )
  }
  const value = given ?? inherited ?? standard
  if (value === undefined)
    throw new EnvironmentError({ environment: title, reason: `${name} has no default and was not given` })
  return value
}

const valuesOf = (
  title: string,
  parameters: ReadonlyArray<Parameter>,
  given: Given,
  inherited: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    parameters.map((one) => [one.name, valueOf(title, one, given[field(one.name)], inherited[one.name])])
  )

// ---- oracles ---------------------------------------------------------------------------------------------------

/** Writes what is read of the state of each copy. */
const each = (game: Game, worlds: Worlds, out: Int32Array, read: (state: Int32Array, copy: number) => number): void => {
  const { state = new Int32Array(0) } = worlds.save()
  for (let i = 0; i < out.length; i++) out[i] = read(state.subarray(i * game.state, (i + 1) * game.state), i)
}

const silently =
  (title: string, game: Game, choose: (state: Int32Array, drawn: number) => number): SilentOracle =>
  (worlds, drawn, choices) =>
    ofModule(title, () => each(game, worlds, choices, (state, i) => choose(state, drawn[i] ?? 0)))

const talking = (title: string, game: Game, { acts, means, says = (meant) => meant, sees }: Talk): TalkingOracle => ({
  means: (worlds, intents) => ofModule(title, () => each(game, worlds, intents, means)),
  says: (...given) => ofModule(title, () => says(...given)),
  values: sees?.values ?? 1,
  sees: (worlds, seen) =>
    sees === undefined ? seen.fill(0) : ofModule(title, () => each(game, worlds, seen, sees.of)),
  acts: (...given) => ofModule(title, () => acts(...given))
})

/**
 * An environment of one's own, exported by a module under the name that a file gives it. `game` is called once for the environment and once
 * for each shift, with the values of the parameters. `worlds` of what it makes throw an `EnvironmentError` where the game breaks a rule.
 */
export const make = <const P extends ReadonlyArray<Parameter>>(options: {
  readonly doc: string
  readonly parameters: P
  readonly roles: ReadonlyArray<RoleDeclaration>
  /** Hand-written players: yardsticks for what a team reaches. */
  readonly oracles?: ReadonlyArray<OwnOracle>
  /** Its episodes can be begun again, as rounds of a block: its game has `again`. */
  readonly repeats?: boolean
  readonly game: (values: Values<P>) => Game
}): CodeEnvironment => {
  const { doc, game: rules, oracles = [], parameters, repeats = false, roles } = options
  const speaking = roles.filter(({ kind }) => kind === "speaks")
  const lacks = lacking(speaking, repeats)
  const declaration = {
    doc,
    parameters,
    roles,
    oracles: oracles.map(({ talks = false, ...one }) => (talks ? one : { ...one, silent: true })),
    metrics: metricsOf(speaking[0]?.choices.length ?? 0, oracles, lacks),
    ...(lacks.length === 0 ? {} : { lacks })
  }
  const sizeOf = (title: string, role: string, sees: ReadonlyArray<string>): number => {
    const refuse = (reason: string): never => {
      throw new EnvironmentError({ environment: title, reason })
    }
    const declared = roles.find(({ name }) => name === role) ?? refuse(`it has no role ${role}`)
    return sees
      .filter((name) => !name.includes("."))
      .map(
        (name) =>
          declared.observations.find((one) => one.name === name)?.size ?? refuse(`a ${role} does not see ${name}`)
      )
      .reduce((sum, size) => sum + size, 0)
  }
  const one = (title: string, values: Readonly<Record<string, unknown>>, noise: Given["noise"]): Environment => {
    // the values are those of the parameters by their names, which `fromEntries` cannot express
    const game = ofModule(title, () => rules(values as Values<P>))
    if ((game.again !== undefined) !== repeats)
      throw new EnvironmentError({
        environment: title,
        reason: repeats
          ? "it says that it `repeats`, and its game has no `again`"
          : "its game has `again`, and it does not say `repeats: true`"
      })
    const players = oracles.map(({ name, talks = false }): readonly [string, SilentOracle | TalkingOracle] => {
      const script = game.oracles?.[name]
      const refuse = (reason: string): never => {
        throw new EnvironmentError({ environment: title, reason: `${name} is declared as an oracle${reason}` })
      }
      if (script === undefined) return refuse(", and the game has none")
      if (typeof script !== "function")
        return talks ? [name, talking(title, game, script)] : refuse(" that says nothing, and talks in the game")
      return talks ? refuse(" that talks, and says nothing in the game") : [name, silently(title, game, script)]
    })
    const environment: Environment = {
      name: title,
      declaration: { ...declaration, name: title },
      parameters: values,
      noiseOverrides: noise ?? {},
      horizon: game.horizon,
      observationSize: (role, sees) => sizeOf(title, role, sees),
      stateSize: roles.reduce((sum, role) => sum + role.observations.reduce((own, { size }) => own + size, 0), 1),
      rewardScale: game.rewardScale ?? 1,
      oracles: Object.fromEntries(players),
      worlds: (asked) => guarded(title, makeWorlds(environment, game, asked))
    }
    return environment
  }
  return {
    _tag: "CodeEnvironment",
    declaration,
    make: <const Shifts extends Readonly<Record<string, Given>> = Record<never, Given>>(
      name: string,
      given: Given & { readonly shifts?: Shifts } = {}
    ): Made<Extract<keyof Shifts, string>> => {
      const values = valuesOf(name, parameters, given, {})
      const shifts = shiftsOf(name, given.shifts, (title, changes: Given) =>
        one(title, valuesOf(title, parameters, changes, values), changes.noise)
      )
      return { ...one(name, values, given.noise), shifts }
    }
  }
}
