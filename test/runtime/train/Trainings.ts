/** Trainings of the small team, and an engine whose runs can be watched. */
import { Effect, Layer } from "effect"
import type { Agent } from "../../../src/runtime/agent/Agent.ts"
import * as Instructor from "../../../src/runtime/agent/Instructor.ts"
import * as Mapper from "../../../src/runtime/agent/Mapper.ts"
import * as Protocol from "../../../src/runtime/agent/Protocol.ts"
import type { Modules } from "../../../src/runtime/agent/Team.ts"
import { Engine } from "../../../src/runtime/engine/Engine.ts"
import type { Session } from "../../../src/runtime/engine/Engine.ts"
import { gather, sizeOfFeed } from "../../../src/runtime/engine/Rows.ts"
import * as Select from "../../../src/runtime/engine/Select.ts"
import type { Environment } from "../../../src/runtime/environment/Environment.ts"
import { statesOf } from "../../../src/runtime/graph/Graph.ts"
import type { Graph } from "../../../src/runtime/graph/Graph.ts"
import { mean, sum } from "../../../src/runtime/loss/Arithmetic.ts"
import * as Budget from "../../../src/runtime/loss/Budget.ts"
import { kl } from "../../../src/runtime/loss/Kl.ts"
import * as Objective from "../../../src/runtime/loss/Objective.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { Progress } from "../../../src/runtime/Progress.ts"
import type { Event } from "../../../src/runtime/Progress.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { StageRun } from "../../../src/runtime/Stage.ts"
import type { Failure } from "../../../src/runtime/Stage.ts"
import * as FileStore from "../../../src/runtime/store/FileStore.ts"
import { Store } from "../../../src/runtime/store/Store.ts"
import * as Schedule from "../../../src/runtime/train/Schedule.ts"
import { begin } from "../../../src/runtime/train/Training.ts"
import type { RolloutOptions, Training, UpdateOptions } from "../../../src/runtime/train/Training.ts"
import { ai, guide, human, map } from "../agent/Teams.ts"
import type { Values } from "../engine/Engines.ts"
import { folder as scratch } from "../store/Scratch.ts"

const drift = (agent: Agent, atMost: number) =>
  Budget.make(`${agent.name}_drift`, {
    quantity: mean(kl(agent.policy, agent.prior)),
    atMost,
    unit: "nats",
    by: Budget.dual({ rate: 0.05, start: 0.2 })
  })

/** PPO of both under budgets that a few updates break. */
export const bica = Objective.make("bica", {
  semantics: "b",
  loss: sum(ppo(ai, { clip: 0.2, entropy: 0.01 }), ppo(human, { clip: 0.2, entropy: 0.01 })),
  within: [drift(ai, 0.0001), drift(human, 0.0001)],
  freezing: []
})

/** PPO of the navigator with a human who does not learn. */
export const oneWay = Objective.make("one_way", {
  semantics: "o",
  loss: ppo(ai, { clip: 0.2, entropy: 0.01 }),
  within: [drift(ai, 1)],
  freezing: [human]
})

/** The same two with everything that is learned between agents: who hears codes and is advised, and what is learned. */
export const listener = guide({ sees: ["full", "ai.message", "coach.advice"] })
export const codes = Protocol.make("codes", {
  agent: "ai",
  codes: 4,
  symbols: 3,
  temperature: Schedule.geometric(1, 0.3, 0.5)
})
export const bridge = Mapper.make("bridge", { from: listener, to: ai, hidden: 0 })
export const coach = Instructor.make("coach", { agent: "human", hidden: 0 })
export const modules: Modules = { protocol: codes, mapper: bridge, instructor: coach }

/** One run of a graph: what it was given and what came out. */
export interface Run {
  readonly graph: Graph
  readonly feeds: Values
  readonly before: Values
  readonly outputs: Values
  readonly after: Values
}

/** What a watched engine did. */
export interface Watch {
  session: Session | undefined
  readonly runs: Array<Run>
}

export const watch = (): Watch => ({ session: undefined, runs: [] })

const readAll = Effect.fnUntraced(function* (session: Session, names: ReadonlyArray<string>) {
  const values: Record<string, Float32Array> = {}
  for (const name of names) values[name] = yield* session.read(name)
  return values
})

/** The engine, telling `seen` of every run of an update graph. */
const watched = (choice: Select.Choice, seen: Watch | undefined) =>
  Layer.effect(
    Engine,
    Effect.map(Engine, (engine) =>
      seen === undefined
        ? engine
        : Engine.of({
            identity: engine.identity,
            open: Effect.map(engine.open, (session): Session => {
              seen.session = session
              const graphs = new Map<string, Graph>()
              return {
                ...session,
                load: (graph) => {
                  graphs.set(graph.name, graph)
                  return session.load(graph)
                },
                submit: Effect.fnUntraced(function* (name, feeds) {
                  const graph = graphs.get(name)
                  if (graph === undefined || !name.startsWith("update.")) return yield* session.submit(name, feeds)
                  const states = statesOf(graph).flatMap(({ operation }) =>
                    operation.kind === "state" ? [operation.name] : []
                  )
                  const before = yield* readAll(session, states)
                  const outputs = yield* session.run(name, feeds)
                  // the arrays are filled anew by the next rollout
                  const given = Object.fromEntries(
                    Object.entries(feeds).map(([input, feed]) => [
                      input,
                      feed instanceof Float32Array ? feed.slice() : gather(feed, new Float32Array(sizeOfFeed(feed)))
                    ])
                  )
                  seen.runs.push({
                    graph,
                    feeds: given,
                    before,
                    outputs,
                    after: yield* readAll(session, Object.keys(graph.updates))
                  })
                  return Effect.succeed(outputs)
                })
              }
            })
          })
    )
  ).pipe(Layer.provide(Select.layer(choice)))

export interface Result {
  readonly artifacts: Readonly<Record<string, Uint8Array>>
  /** The rows of curve.csv, by column; NaN where empty. */
  readonly curve: ReadonlyArray<Readonly<Record<string, number>>>
}

/** The rows of a curve by column. */
export const tableOf = (csv: string): Result["curve"] => {
  const [head = "", ...lines] = csv.trim().split("\n")
  const names = head.split(",")
  return lines.map((line) => {
    const cells = line.split(",")
    return Object.fromEntries(names.map((name, i) => [name, cells[i] === "" ? NaN : Number(cells[i])]))
  })
}

/** Trains the small team. The body is a rollout, an update and an ascent; `each` runs after it. */
export const train = Effect.fnUntraced(function* (options: {
  readonly times: number
  readonly engine?: Select.Choice
  readonly seed?: number
  readonly objective?: Objective.Objective
  readonly environment?: Environment
  readonly agents?: ReadonlyArray<Agent>
  readonly modules?: Modules
  /** Whom the updates move; the agents without it. */
  readonly targets?: ReadonlyArray<{ readonly name: string }>
  readonly checkpointEvery?: number
  /** The runs folder; a new one without it. */
  readonly folder?: string
  readonly rollout?: Partial<RolloutOptions>
  readonly update?: Partial<UpdateOptions>
  readonly body?: (training: Training) => Effect.Effect<void, Failure, StageRun | Progress>
  readonly each?: (training: Training) => Effect.Effect<void, Failure, StageRun | Progress>
  /** Artifacts of the stages before it. */
  readonly upstream?: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>
  readonly watch?: Watch
  readonly events?: Array<Event>
}) {
  const { agents = [ai, human], environment = map, events, objective = bica, seed = 13, times } = options
  const runs = options.folder ?? (yield* scratch)
  const artifacts: Record<string, Uint8Array> = {}
  yield* Effect.gen(function* () {
    const store = yield* Store
    const run = yield* store.open(runs, "r")
    const folder = yield* run.stage({ label: `train/${objective.name}/seed-${seed}`, key: "a".repeat(64) })
    const stage = StageRun.of({
      name: "train",
      label: `train/${objective.name}/seed-${seed}`,
      seed,
      random: makeRandom(seed),
      address: "train/0",
      folder,
      upstream: options.upstream ?? {},
      artifact: (name, bytes) => Effect.sync(() => void (artifacts[name] = bytes))
    })
    yield* Effect.gen(function* () {
      const training = yield* begin({
        environment,
        agents,
        objective,
        ...(options.modules === undefined ? {} : { modules: options.modules })
      })
      const standard = Effect.gen(function* () {
        yield* training.rollout({
          environments: 8,
          steps: 4,
          discount: 0.99,
          trace: 0.95,
          valueWeight: 0.5,
          ...options.rollout
        })
        yield* training.update(options.targets ?? agents, {
          jointly: true,
          epochs: 2,
          minibatches: 2,
          rate: Schedule.linear(0.004, 0.0004, times),
          clipNorm: 0.5,
          ...options.update
        })
        yield* training.ascend
      })
      yield* training.repeat(
        { times, checkpointEvery: options.checkpointEvery ?? 1000 },
        Effect.andThen(options.body?.(training) ?? standard, options.each?.(training) ?? Effect.void)
      )
      yield* training.end
    }).pipe(
      Effect.provideService(StageRun, stage),
      Effect.provideService(Progress, Progress.of({ report: (event) => Effect.sync(() => void events?.push(event)) }))
    )
  }).pipe(
    Effect.scoped,
    Effect.provide(Layer.mergeAll(watched(options.engine ?? "onnx", options.watch), FileStore.layer))
  )
  const result: Result = { artifacts, curve: tableOf(new TextDecoder().decode(artifacts["curve.csv"])) }
  return result
})
