/** One point of the growth curves, in a process of its own: trains a little and says what a step cost and how much memory it took. */
import { Effect, Layer, Option } from "effect"
import { assemble } from "../src/runtime/agent/Team.ts"
import * as Select from "../src/runtime/engine/Select.ts"
import * as Bica from "../src/runtime/index.ts"
import { Progress } from "../src/runtime/Progress.ts"
import { makeRandom } from "../src/runtime/random/Random.ts"
import { StageRun } from "../src/runtime/Stage.ts"
import { updateGraph } from "../src/runtime/train/UpdateGraph.ts"
import { configuration, experiment } from "./Experiment.ts"
import type { Growth, Point } from "./Growth.ts"
import * as Meter from "./Meter.ts"
import { median } from "./Spread.ts"
import { productRate, productWork } from "./Work.ts"

const train = Effect.fnUntraced(function* ({ environments, grid, hidden, horizon, updates }: Growth) {
  const map = Bica.MapTalk.make("map", { grid: { width: grid, height: grid }, horizon })
  const { agents, objective } = experiment("bidirectional", hidden)
  const team = yield* assemble("growth", map, agents)
  const { clipNorm, discount, epochs, minibatches, rate, seed, steps, trace, valueWeight } = configuration
  const batch = environments / minibatches
  const targets = [team.speaker, team.actor]
  const { graph } = updateGraph("work", {
    team,
    objective,
    targets,
    trainCritic: true,
    steps,
    batch,
    valueWeight,
    clipNorm
  })
  const stage = StageRun.of({
    name: "train",
    label: "growth",
    seed,
    random: makeRandom(seed),
    address: "train/0",
    folder: { latest: Effect.succeed(Option.none()), checkpoint: () => Effect.void },
    upstream: {},
    artifact: () => Effect.void
  })
  const taken: Array<{ readonly rollout: number; readonly update: number }> = []
  yield* Effect.gen(function* () {
    const training = yield* Bica.Training.begin({ environment: map, agents, objective })
    const body = Effect.gen(function* () {
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
      taken.push({ rollout: Meter.since(first, second).cpu, update: Meter.since(second).cpu })
    })
    yield* training.repeat({ times: updates, checkpointEvery: Number.MAX_SAFE_INTEGER }, body)
  }).pipe(Effect.scoped, Effect.provideService(StageRun, stage), Effect.provideService(Progress, Progress.silent))
  const rows = environments * steps
  // the first half warms up
  const counted = taken.slice(Math.floor(taken.length / 2))
  const point: Point = {
    rollout: (1e6 * median(counted.map((each) => each.rollout))) / rows,
    update: (1e6 * median(counted.map((each) => each.update))) / rows,
    memory: Meter.peakMemory(),
    work: (productWork(graph) * epochs * minibatches) / rows,
    rate: yield* productRate
  }
  return point
})

const growth = JSON.parse(process.argv[2] ?? "{}") as Growth
const point = await Effect.runPromise(train(growth).pipe(Effect.provide(Layer.mergeAll(Select.layer("onnx")))))
process.stdout.write(`${JSON.stringify(point)}\n`)
