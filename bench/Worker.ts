/**
 * A measured process: does what its task says, when the bench tells it to, and says what that took. Between two commands it does nothing,
 * so that several of them take turns on one machine. It stays alive between turns: what it measures is warm.
 */
import { Effect, Layer, Queue } from "effect"
import type { Schema, Scope } from "effect"
import * as Fs from "node:fs"
import type { Analysis } from "../src/dsl/index.ts"
import type { Engine } from "../src/runtime/engine/Engine.ts"
import { Engine as EngineService } from "../src/runtime/engine/Engine.ts"
import * as Select from "../src/runtime/engine/Select.ts"
import * as Bica from "../src/runtime/index.ts"
import { Progress } from "../src/runtime/Progress.ts"
import { makeRandom } from "../src/runtime/random/Random.ts"
import { StageRun } from "../src/runtime/Stage.ts"
import * as FileStore from "../src/runtime/store/FileStore.ts"
import { Store } from "../src/runtime/store/Store.ts"
import { configuration, experiment, map } from "./Experiment.ts"
import { edits, longFile } from "./LongFile.ts"
import type { Command, Reply, Task } from "./Messages.ts"
import { decodeCommand, decodeTask } from "./Messages.ts"
import * as Meter from "./Meter.ts"
import { median } from "./Spread.ts"
import { productRate } from "./Work.ts"

type Inbox = Queue.Dequeue<unknown>

const say = (reply: Reply) => Effect.sync(() => void process.send?.(reply))

const nextCommand = (inbox: Inbox): Effect.Effect<Command, Schema.SchemaError> =>
  Effect.flatMap(Queue.take(inbox), (message) => decodeCommand(message))

/** Processor time of rollouts and updates, and what lies between two updates, over one block. */
interface Block {
  began: Meter.Reading
  updates: number
  rollout: number
  update: number
  /** Wall time of whole updates. */
  readonly whole: Array<number>
  /** Wall time from the end of an update to the beginning of the next, where a checkpoint was written between. */
  readonly checkpoints: Array<number>
}

const emptyBlock = (): Block => ({ began: Meter.read(), updates: 0, rollout: 0, update: 0, whole: [], checkpoints: [] })

const valuesOf = (block: Block, checkpointEvery: number | undefined): Record<string, number> => {
  const { environments, steps } = configuration
  const taken = block.updates * environments * steps
  const values: Record<string, number> = {
    rollout: taken / block.rollout,
    update: taken / block.update,
    both: taken / Meter.since(block.began).cpu,
    memory: Meter.peakMemory()
  }
  if (checkpointEvery === undefined) return values
  const checkpoint = median(block.checkpoints)
  return {
    ...values,
    checkpoint: 1000 * checkpoint,
    // of a training that checkpoints as often as pipelines/maptalk.bica does
    checkpointShare: (100 * checkpoint) / (20 * median(block.whole) + checkpoint)
  }
}

const train = Effect.fnUntraced(function* (task: Extract<Task, { readonly _tag: "Training" }>, inbox: Inbox) {
  const { agents, objective } = experiment(task.objective, task.hidden)
  const engine = yield* EngineService
  const store = yield* Store
  const run = yield* store.open(task.runs, `${task.objective}-${task.hidden}-${task.checkpointEvery ?? "none"}`)
  const label = `train/${task.objective}/seed-${configuration.seed}`
  const artifacts: Record<string, Uint8Array> = {}
  const stage = StageRun.of({
    name: "train",
    label,
    seed: configuration.seed,
    random: makeRandom(configuration.seed),
    address: "train/0",
    folder: yield* run.stage({ label, key: "bench" }),
    upstream: {},
    artifact: (name, bytes) =>
      Effect.sync(() => {
        artifacts[name] = bytes
      })
  })

  const evaluate = (training: Bica.Training.Training, episodes: number) =>
    Effect.gen(function* () {
      yield* training.end
      const before = Meter.read()
      yield* Bica.Play.team({
        episodes,
        on: [map],
        agents,
        objective,
        choose: "greedy",
        measure: ["success", "steps"]
      }).pipe(
        Effect.scoped,
        Effect.provideService(StageRun, { ...stage, name: "test", upstream: { train: { ...artifacts } } })
      )
      const { cpu } = Meter.since(before)
      yield* say({ _tag: "Measured", values: { episodes: episodes / cpu, memory: Meter.peakMemory() } })
    })

  const { clipNorm, discount, environments, epochs, minibatches, rate, steps, trace, valueWeight } = configuration
  yield* Effect.gen(function* () {
    const training = yield* Bica.Training.begin({ environment: map, agents, objective })
    let block = emptyBlock()
    let size = task.warmUp
    let updates = 0
    let ended: number | undefined
    let warm = false
    const body = Effect.gen(function* () {
      // the time between two updates belongs to the block that the first of them is in
      const wrote = task.checkpointEvery !== undefined && updates > 0 && updates % task.checkpointEvery === 0
      if (ended !== undefined && wrote) block.checkpoints.push(performance.now() / 1e3 - ended)
      if (block.updates === size) {
        // measured beside each block, so that speeds can be put over what the machine gave at that time
        const values = { ...valuesOf(block, task.checkpointEvery), products: (yield* productRate) / 1e9 }
        yield* say(warm ? { _tag: "Measured", values } : { _tag: "Ready", engine: engine.identity })
        warm = true
        size = task.block
        let command = yield* nextCommand(inbox)
        while (command._tag !== "Train") {
          if (command._tag === "Evaluate") yield* evaluate(training, command.episodes)
          command = yield* nextCommand(inbox)
        }
        block = emptyBlock()
      }
      const first = Meter.read()
      yield* training.rollout({ environments, steps, discount, trace, valueWeight })
      const second = Meter.read()
      yield* training.update([...agents], {
        jointly: true,
        epochs,
        minibatches,
        rate: Bica.Schedule.linear(rate.from, rate.to, rate.over),
        clipNorm
      })
      yield* training.ascend
      const third = Meter.read()
      block.rollout += Meter.since(first, second).cpu
      block.update += Meter.since(second, third).cpu
      block.whole.push(third.wall - first.wall)
      block.updates++
      updates++
      ended = third.wall
    })
    yield* training.repeat(
      { times: Number.MAX_SAFE_INTEGER, checkpointEvery: task.checkpointEvery ?? Number.MAX_SAFE_INTEGER },
      body
    )
  }).pipe(Effect.provideService(StageRun, stage), Effect.provideService(Progress, Progress.silent))
})

const language = Effect.fnUntraced(function* (task: Extract<Task, { readonly _tag: "Language" }>, inbox: Inbox) {
  const { analyse, emit } = yield* Effect.promise(() => import("../src/dsl/index.ts"))
  const { MapTalk } = yield* Effect.promise(() => import("../src/runtime/environment/maptalk/Declaration.ts"))
  const source = { name: task.file, text: Fs.readFileSync(task.file, "utf8") }
  const check = Effect.suspend(() => {
    const { program } = analyse(source, { environments: [MapTalk] })
    return program === undefined
      ? Effect.die(new Error(`${task.file} has errors: bica check says which`))
      : Effect.succeed(program)
  })
  const compile = Effect.flatMap(check, (program) => Effect.promise(() => emit(program, { source: source.text })))
  const timed = <A, E, R>(work: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const taken: Array<number> = []
      for (let k = 0; k < task.times; k++) {
        const before = Meter.read()
        yield* work
        taken.push(1000 * Meter.since(before).wall)
      }
      return median(taken)
    })
  const catalogue = { environments: [MapTalk] }
  const pattern = Fs.readFileSync(task.long, "utf8")
  let edition = 0
  /** A long file that this process has not seen before. */
  const unseen = () => ({ name: task.file, text: longFile(pattern, 1000, ++edition) })
  const read = (source: { readonly name: string; readonly text: string }, earlier?: Analysis) => {
    const before = Meter.read()
    const analysis = analyse(source, catalogue, earlier)
    const { cpu, wall } = Meter.since(before)
    return { analysis, cpu: 1000 * cpu, wall: 1000 * wall }
  }
  const familiar = { name: task.file, text: longFile(pattern, 1000) }
  const whole = (source: () => { readonly name: string; readonly text: string }) =>
    Effect.sync(() => {
      const taken = Array.from({ length: task.times }, () => {
        const { analysis, cpu, wall } = read(source())
        if (analysis.program === undefined) throw new Error("the long file has errors")
        return { cpu, wall }
      })
      return { cpu: median(taken.map(({ cpu }) => cpu)), wall: median(taken.map(({ wall }) => wall)) }
    })
  const edited = Effect.sync(() => {
    const places: Array<Array<{ readonly cpu: number; readonly wall: number }>> = []
    for (let k = 0; k < task.times; k++) {
      const long = unseen()
      let now = analyse(long, catalogue)
      for (const [place, text] of edits(long.text).entries()) {
        const { analysis, cpu, wall } = read({ name: long.name, text }, now)
        places[place] = [...(places[place] ?? []), { cpu, wall }]
        // what is measured is one edit; the way back to the file before it is not
        now = analyse(long, catalogue, analysis)
      }
    }
    const all = places.flat()
    return {
      cpu: median(all.map(({ cpu }) => cpu)),
      wall: median(all.map(({ wall }) => wall)),
      slowest: Math.max(...places.map((taken) => median(taken.map(({ wall }) => wall))))
    }
  })
  yield* timed(compile)
  // an editor's process has read for a while: what is compiled for speed is, by then
  yield* whole(unseen)
  yield* whole(() => familiar)
  yield* edited
  yield* say({ _tag: "Ready" })
  while (true) {
    yield* nextCommand(inbox)
    const [checked, compiled] = [yield* timed(check), yield* timed(compile)]
    const fresh = yield* whole(unseen)
    const known = yield* whole(() => familiar)
    const edit = yield* edited
    yield* say({
      _tag: "Measured",
      values: {
        check: checked,
        compile: compiled,
        thousand_lines: known.wall,
        thousand_lines_cpu: known.cpu,
        thousand_lines_new: fresh.wall,
        thousand_lines_new_cpu: fresh.cpu,
        edit: edit.wall,
        edit_cpu: edit.cpu,
        edit_slowest: edit.slowest
      }
    })
  }
})

const layer: Layer.Layer<Engine | Store, unknown> = Layer.mergeAll(Select.layer("auto"), FileStore.layer)

const work = (task: Task, inbox: Inbox): Effect.Effect<void, unknown, Scope.Scope> =>
  task._tag === "Training" ? train(task, inbox).pipe(Effect.provide(layer)) : language(task, inbox)

const program = Effect.gen(function* () {
  const inbox = yield* Queue.unbounded<unknown>()
  process.on("message", (message) => void Queue.offerUnsafe(inbox, message))
  // the bench is gone, however it ended: there is nobody to measure for
  process.on("disconnect", () => process.exit(0))
  yield* work(yield* decodeTask(process.argv[2] ?? ""), inbox)
})

await Effect.runPromise(Effect.scoped(program))
