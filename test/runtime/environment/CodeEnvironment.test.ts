/** Environments of modules: the game of doors keeps the contract, and its worlds are worked out by hand. */
import { describe, expect, it } from "vitest"
import { Effect } from "effect"
import * as Agent from "../../../src/runtime/agent/Agent.ts"
import { assemble } from "../../../src/runtime/agent/Team.ts"
import * as CodeEnvironment from "../../../src/runtime/environment/CodeEnvironment.ts"
import { blockMetrics } from "../../../src/runtime/environment/Blocks.ts"
import { contract } from "../../../src/runtime/environment/Contract.ts"
import { EnvironmentError, makeStepOutcome } from "../../../src/runtime/environment/Environment.ts"
import type { Environment } from "../../../src/runtime/environment/Environment.ts"
import * as MapTalk from "../../../src/runtime/environment/maptalk/MapTalk.ts"
import { playOracle, readingOf } from "../../../src/runtime/environment/OraclePlay.ts"
import { measureOracle, tracerOfOracle } from "../../../src/runtime/play/OracleMeasuring.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { Doors } from "../../cli/fixtures/doors.ts"
import { Hallway } from "./Hallway.ts"

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

const begin = (environment: Environment, count = 4) => {
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

  it("measures blocks where it repeats, and says what it lacks where it does not", () => {
    const names = (of: CodeEnvironment.CodeEnvironment) => of.declaration.metrics.map(({ name }) => name)
    expect(names(Doors)).not.toContain("entrainment")
    expect(Doors.declaration.lacks?.flatMap(({ metrics }) => metrics)).toContain("entrainment")
    expect(names(Hallway)).toEqual(expect.arrayContaining([...blockMetrics]))
    expect(Hallway.declaration.lacks).toBeUndefined()
    // what is measured with it is there too
    const { metrics } = Hallway.declaration
    for (const part of metrics.find(({ name }) => name === "entrainment")?.parts ?? [])
      expect(names(Hallway)).toContain(part)
    expect(room.worlds({ count: 1, random: makeRandom(1), stream: "test" }).again).toBeUndefined()
  })

  it("begins an episode again with what `again` changes of its start", () => {
    const hall = Hallway.make("hall")
    const worlds = begin(hall, 300)
    const lit = () => {
      const seen = new Float32Array(600)
      worlds.observe("guide", ["lit"], seen, 0, 2)
      return [...seen]
    }
    const left = () => {
      const steps = new Int32Array(300)
      worlds.distance(steps)
      return [...steps]
    }
    const sides = lit()
    expect(new Set(left())).toEqual(new Set([1]))
    worlds.again?.(new Int32Array(300).fill(1))
    expect(lit()).toEqual(sides)
    const first = left()
    expect(new Set(first)).toEqual(new Set([1, 2, 3]))
    worlds.again?.(new Int32Array(300).fill(2))
    expect(left()).not.toEqual(first)
    worlds.again?.(new Int32Array(300).fill(1))
    expect(left()).toEqual(first)
  })

  it("that repeats has an `again`, and says so where it has", () => {
    const { doc, parameters, roles } = Doors.declaration
    const one = (repeats: boolean, again: boolean) =>
      CodeEnvironment.make({
        doc,
        parameters,
        roles,
        repeats,
        game: () => ({
          horizon: 1,
          state: 1,
          begin: () => {},
          ...(again ? { again: () => {} } : {}),
          observe: {},
          step: () => 0,
          distance: () => 1
        })
      }).make("room")
    expect(() => one(true, false)).toThrow("room: it says that it `repeats`, and its game has no `again`")
    expect(() => one(false, true)).toThrow("room: its game has `again`, and it does not say `repeats: true`")
    expect(one(true, true).name).toBe("room")
    expect(one(false, false).name).toBe("room")
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

describe("an oracle that talks", () => {
  const told = Doors.make("room", { horizon: 3 })
  const played = (oracle: string, noise: { flip: number; drift: number }, environment: Environment = told) => {
    const tracer = tracerOfOracle(environment, oracle, ["mp", "message_intent_information"])
    const options = { episodes: 60, random: makeRandom(3), stream: "test", noise, tracer, symbols: ["L", "R"] }
    const episodes = playOracle(environment, oracle, options)
    return { episodes, trace: tracer.trace() }
  }
  const clean = { flip: 0, drift: 0 }
  /** The game of doors with other oracles. */
  const withOracles = (
    oracles: ReadonlyArray<CodeEnvironment.OwnOracle>,
    scripts: NonNullable<CodeEnvironment.Game["oracles"]>
  ) => {
    const { doc, parameters, roles } = Doors.declaration
    return CodeEnvironment.make({
      doc,
      parameters,
      roles,
      oracles,
      game: () => ({
        horizon: 3,
        state: 2,
        begin: (state, draw) => void (state[0] = draw() < 0.5 ? 0 : 1),
        observe: { guesser: { last: () => {} }, guide: { lucky: ([lucky = 0], out) => void (out[lucky] = 1) } },
        step: (state, choice) => {
          state[1] = choice === state[0] ? 1 : 0
          return state[1]
        },
        distance: ([, open]) => (open === 1 ? 0 : 1),
        advise: { guide: { honest: ([lucky = 0]) => lucky } },
        oracles: scripts
      })
    })
  }
  const talker = { name: "talker", doc: "Talks.", talks: true }
  const honest: CodeEnvironment.Talk = { means: ([lucky = 0]) => lucky, acts: (followed) => Math.max(0, followed) }

  it("is heard through the channel: as it was said, or turned into the other word", () => {
    const { episodes, trace } = played("teller", clean)
    expect([...new Set(episodes.steps)]).toEqual([1])
    expect(episodes.success.every((one) => one === 1)).toBe(true)
    expect([...episodes.tokens].every((count) => count === 1)).toBe(true)
    expect([...trace.heard]).toEqual([...trace.intent])
    expect(new Set(trace.intent)).toEqual(new Set([0, 1]))
    // every word is turned, so that the wrong door is opened until the horizon
    const garbled = played("teller", { flip: 1, drift: 0 })
    expect([...new Set(garbled.episodes.steps)]).toEqual([3])
    expect(garbled.episodes.success.some((one) => one === 1)).toBe(false)
    expect([...garbled.trace.heard]).toEqual([...garbled.trace.intent].map((intent) => 1 - intent))
  })

  it("is noted as a team is: rows by context and its own number of intents, and what either side acts on", () => {
    const { trace } = played("babbler", clean)
    // it begins unsure (context 1); after a collision it is in context 2
    expect(new Set(trace.row)).toEqual(new Set([2, 3, 4, 5]))
    expect(trace.inputs.rows).toBe(trace.rows)
    expect([...trace.inputs.speaker]).toEqual([...trace.intent])
    expect([...trace.inputs.actor].filter((_, k) => k % 2 === 0)).toEqual([...trace.heard])
    expect(readingOf(told, "babbler")).toEqual({ guide: [2], navigator: [3, 1], heard: 0 })
    expect(readingOf(told, "knower")).toBeUndefined()
  })

  it("is not taken for one who is certain: a metric that reads how sure it was is undefined of it", () => {
    for (const oracle of ["babbler", "knower"]) {
      const { trace } = played(oracle, clean)
      expect(trace.rows).toBeGreaterThan(0)
      expect([...trace.entropy].every(Number.isNaN)).toBe(true)
    }
    const tracer = tracerOfOracle(MapTalk.make("map"), "random", ["mp"])
    playOracle(MapTalk.make("map"), "random", { episodes: 2, random: makeRandom(3), stream: "test", tracer })
    // it chooses evenly among four
    expect([...tracer.trace().entropy].every((nats) => Math.abs(nats - Math.log(4)) < 1e-6)).toBe(true)
  })

  it("may say nothing, or a word that names nothing: what was heard last still stands", () => {
    const script = (says: CodeEnvironment.Talk["says"]) =>
      withOracles([talker], { talker: { ...honest, ...(says === undefined ? {} : { says }) } }).make("room")
    const options = { episodes: 40, random: makeRandom(3), stream: "test", symbols: ["L", "R", "X"] }
    const silent = playOracle(
      script(() => -1),
      "talker",
      options
    )
    expect(silent.tokens.every((count) => count === 0)).toBe(true)
    const odd = playOracle(
      script(() => 2),
      "talker",
      options
    )
    expect([...odd.tokens]).toEqual([...odd.steps])
    // who has heard nothing opens the left door
    expect([...odd.success]).toEqual([...silent.success])
    expect(new Set(odd.success)).toEqual(new Set([0, 1]))
  })

  it("acts on what it sees, one of so many values", () => {
    const sees = { values: 2, of: ([lucky = 0]: Int32Array) => lucky }
    const looks = withOracles([talker], { talker: { ...honest, sees, acts: (_, seen) => seen } }).make("room")
    const options = { episodes: 40, random: makeRandom(3), stream: "test", noise: { flip: 1, drift: 0 } }
    expect([...playOracle(looks, "talker", { ...options, symbols: ["L", "R"] }).steps].every((n) => n === 1)).toBe(true)
    expect(readingOf(looks, "talker")?.navigator).toEqual([3, 2])
  })

  it("is refused where declaration and game differ, or where it means, says, sees or does what is not there", () => {
    const made = (oracle: CodeEnvironment.OwnOracle, scripts: NonNullable<CodeEnvironment.Game["oracles"]>) => () =>
      withOracles([oracle], scripts).make("room")
    expect(made(talker, {})).toThrow("room: talker is declared as an oracle, and the game has none")
    expect(made(talker, { talker: () => 0 })).toThrow("that talks, and says nothing in the game")
    expect(made({ name: "talker", doc: "" }, { talker: honest })).toThrow("that says nothing, and talks in the game")
    const broken = (talk: Partial<CodeEnvironment.Talk>) => {
      const environment = withOracles([talker], { talker: { ...honest, ...talk } }).make("room")
      const found = contract(environment).find(
        ({ name }) => name === "its hand-written players choose and say what there is"
      )
      return found?.check ?? (() => {})
    }
    expect(broken({})).not.toThrow()
    expect(broken({ means: () => 2 })).toThrow("talker: talker means 2, which is none of 2")
    expect(broken({ says: () => 0.5 })).toThrow("talker says 0.5, which is none of 2")
    expect(broken({ sees: { values: 3, of: () => 3 } })).toThrow("talker sees 3, which is none of 3")
    expect(broken({ acts: () => 7 })).toThrow("talker does 7, which is none of 2")
    // what it would do after the end is of no account: the second number of the state is 1 there
    expect(broken({ means: ([lucky = 0, open]) => (open === 1 ? -1 : lucky) })).not.toThrow()
    const throwing = broken({
      acts: () => {
        throw new TypeError("not yet")
      }
    })
    expect(throwing).toThrow("talker: the module's own code failed: TypeError: not yet")
  })

  it("is neither sure nor unsure: nothing says among how many choices it chose", () => {
    const environment = told
    const agent = (name: string, plays: string, sees: ReadonlyArray<string>, says: ReadonlyArray<string> = []) =>
      Agent.make(name, { plays, sees, says, policy: Agent.gru(4), prior: Agent.uniform })
    const team = Effect.runSync(
      assemble("test", environment, [
        agent("guesser", "guesser", ["last", "guide.message"]),
        agent("guide", "guide", ["lucky"], ["L", "R"])
      ])
    )
    const { trace } = played("teller", clean)
    const metrics = environment.declaration.metrics.flatMap(({ name }) =>
      /^(ece|brier|uncertainty)$/.test(name) ? [name] : []
    )
    expect(metrics).toEqual(["ece", "brier", "uncertainty"])
    const found = measureOracle({
      metrics,
      oracle: "teller",
      team,
      trace,
      episodes: 60,
      suite: [],
      random: makeRandom(3)
    })
    expect([...found].map(([, { mean, n }]) => [mean, n])).toEqual(metrics.map(() => [Number.NaN, 0]))
  })

  it("may be the floor or the ceiling of metrics; no oracle of another environment is", () => {
    const ends = (environment: CodeEnvironment.CodeEnvironment, metric: string) => {
      const found = environment.declaration.metrics.find(({ name }) => name === metric)
      return [found?.floor, found?.ceiling, found?.range]
    }
    expect(ends(Doors, "success")).toEqual(["guess", "knower", "0 to 100 %"])
    expect(ends(Doors, "message_intent_information")).toEqual(["babbler", "teller", "0 to ln 2"])
    // of MapTalk `random` is the floor and `planner` the ceiling
    const others = withOracles([{ ...talker, name: "planner" }], { planner: honest })
    expect(ends(others, "success")).toEqual([undefined, undefined, "0 to 100 %"])
  })
})

describe("what an environment of a module draws", () => {
  const { doc, parameters, roles } = Doors.declaration
  const drawing = (picture: NonNullable<CodeEnvironment.Game["picture"]>) =>
    CodeEnvironment.make({
      doc,
      parameters,
      roles,
      game: () => ({
        horizon: 2,
        state: 1,
        begin: (state) => void (state[0] = 1),
        observe: { guesser: { last: () => {} }, guide: { lucky: () => {} } },
        step: (state) => {
          state[0] = 0
          return 1
        },
        distance: ([left = 0]) => left,
        advise: { guide: { honest: () => 0 } },
        picture
      })
    }).make("room")
  const first = (picture: NonNullable<CodeEnvironment.Game["picture"]>) => () => {
    const worlds = drawing(picture).worlds({ count: 1, random: makeRandom(1), stream: "test" })
    worlds.reset(Int32Array.of(0))
    return worlds.picture?.(0)
  }
  const marks = (...all: ReadonlyArray<unknown>) => ({
    width: 2,
    height: 2,
    // what TypeScript would not let a module write
    marks: () => all as ReturnType<NonNullable<CodeEnvironment.Game["picture"]>["marks"]>
  })

  it("are marks on cells, of the state as it is", () => {
    const worlds = begin(room, 1)
    const lucky = new Float32Array(2)
    worlds.observe("guide", ["lucky"], lucky, 0, 2)
    const at = lucky[1] === 1 ? 1 : 0
    expect(worlds.picture?.(0)).toEqual({
      grid: { width: 2, height: 2 },
      marks: [
        { x: 0, y: 0, shape: "text", label: "left" },
        { x: 1, y: 0, shape: "text", label: "right" },
        { x: at, y: 1, shape: "ring" }
      ]
    })
    worlds.step(Int32Array.of(1 - at), new Uint8Array(1), makeStepOutcome(1))
    expect(worlds.picture?.(0).marks.at(-1)).toEqual({ x: 1 - at, y: 1, shape: "cross" })
  })

  it("is nothing that a page would not draw", () => {
    expect(first(marks({ x: 1, y: 1, shape: "disc", tone: "second", label: "a" }))()?.marks).toHaveLength(1)
    expect(first(marks({ x: 2, y: 0, shape: "disc" }))).toThrow("a mark at 2, 0 is outside of 2 by 2 cells")
    expect(first(marks({ x: 0.5, y: 0, shape: "disc" }))).toThrow("room: its picture cannot be drawn")
    expect(first(marks({ x: 0, y: 0, shape: "star" }))).toThrow("its picture cannot be drawn")
    expect(first(marks({ x: 0, y: 0, shape: "text", label: "a long label that no cell holds" }))).toThrow(
      "cannot be drawn"
    )
    expect(first({ ...marks(), width: 65 })).toThrow("cannot be drawn")
    expect(first(marks(...Array.from({ length: 2049 }, () => ({ x: 0, y: 0, shape: "disc" }))))).toThrow(
      "cannot be drawn"
    )
    // what is more than a mark does not get into the record
    expect(first(marks({ x: 0, y: 0, shape: "disc", onload: "x" }))()?.marks).toEqual([{ x: 0, y: 0, shape: "disc" }])
  })

  it("cannot change the game, and is looked at before the environment is used", () => {
    const check = (picture: NonNullable<CodeEnvironment.Game["picture"]>) =>
      contract(drawing(picture)).find(({ name }) => name.startsWith("its pictures"))?.check ?? (() => {})
    const meddling = (state: Int32Array) => {
      state[0] = 7
      return []
    }
    expect(check({ width: 1, height: 1, marks: meddling })).not.toThrow()
    expect(first({ width: 1, height: 1, marks: meddling })()?.marks).toEqual([])
    expect(check({ width: 2, height: 2, marks: ([left = 0]) => [{ x: 3 * (1 - left), y: 0, shape: "disc" }] })).toThrow(
      "room: its picture cannot be drawn: a mark at 3, 0 is outside"
    )
  })
})

describe("a game that throws", () => {
  const { doc, parameters, roles } = Doors.declaration
  const fails = (at: string): never => {
    throw new RangeError(at)
  }
  const game = (changes: Partial<CodeEnvironment.Game>): CodeEnvironment.Game => ({
    horizon: 2,
    state: 1,
    begin: () => {},
    observe: { guesser: { last: () => {} }, guide: { lucky: () => {} } },
    step: () => 0,
    distance: () => 1,
    ...changes
  })

  it("is named, with what it threw", () => {
    const reset = (changes: Partial<CodeEnvironment.Game>) => {
      const made = CodeEnvironment.make({ doc, parameters, roles, game: () => game(changes) }).make("room")
      const worlds = made.worlds({ count: 1, random: makeRandom(1), stream: "test" })
      worlds.reset(Int32Array.of(0))
      return worlds
    }
    const outcome = makeStepOutcome(1)
    const step = () => reset({ step: () => fails("step") }).step(Int32Array.of(0), new Uint8Array(1), outcome)
    for (const [run, at] of [
      [() => reset({ begin: () => fails("begin") }), "begin"],
      [() => reset({ distance: () => fails("distance") }), "distance"],
      [step, "step"],
      [() => CodeEnvironment.make({ doc, parameters, roles, game: () => fails("game") }).make("room"), "game"]
    ] as const) {
      expect(run).toThrow(EnvironmentError)
      expect(run).toThrow(`room: the module's own code failed: RangeError: ${at}`)
    }
  })
})
