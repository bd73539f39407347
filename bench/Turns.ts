/** Everything that is measured, in the order of a round, and what is compared with what. */
import { Effect } from "effect"
import type { Scope } from "effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { root } from "../src/cli/Installation.ts"
import type { BenchError } from "./Child.ts"
import { seconds, worker } from "./Child.ts"
import { objectiveNames } from "./Experiment.ts"
import type { ObjectiveName } from "./Experiment.ts"
import type { Reply } from "./Messages.ts"
import { peer } from "./Peer.ts"
import type { Comparison, Figure, Turn } from "./Plan.ts"

/** How much is measured at once. */
export interface Size {
  readonly hidden: ReadonlyArray<number>
  /** Updates that are timed together. */
  readonly block: number
  /** Updates that come before and do not count. */
  readonly warmUp: number
  /** Episodes of an evaluation. */
  readonly episodes: number
  /** Updates between checkpoints where they are measured. */
  readonly checkpointEvery: number
  /** How often a file is checked and compiled in one process. */
  readonly compilations: number
  /** Whether commands are also measured in their second form: started again, and compiling where checking was measured. */
  readonly everyCommand: boolean
}

export const fullSize: Size = {
  hidden: [64, 128],
  block: 59,
  warmUp: 20,
  episodes: 2000,
  checkpointEvery: 5,
  compilations: 15,
  everyCommand: true
}

export const quickSize: Size = {
  hidden: [64],
  block: 2,
  warmUp: 1,
  episodes: 64,
  checkpointEvery: 1,
  compilations: 2,
  everyCommand: false
}

const words: Readonly<Record<ObjectiveName, string>> = {
  bidirectional: "both learn, two budgets",
  one_directional: "human frozen, one budget"
}

interface Prepared {
  readonly turns: ReadonlyArray<Turn>
  readonly comparisons: ReadonlyArray<Comparison>
  readonly engine: NonNullable<Extract<Reply, { readonly _tag: "Ready" }>["engine"]> | undefined
  readonly peerVersion: string | undefined
}

/** Training one objective at one width, and the peer's beside it. */
const training = Effect.fnUntraced(function* (
  objective: ObjectiveName,
  hidden: number,
  size: Size,
  folder: string,
  peerFolder: string | undefined
) {
  const who = `${words[objective]}, ${hidden} units`
  const id = `training.${objective}.${hidden}`
  const peerId = `peer.${objective}.${hidden}`
  const figure = (id: string, what: string): Figure => ({
    id,
    section: "Training",
    what: `${who}: ${what}`,
    unit: "environment steps per CPU-second"
  })
  const memory = (id: string, what: string): Figure => ({
    id,
    section: "Memory",
    what: `${what}, ${who}`,
    unit: "MiB at the peak",
    last: true
  })
  const { ask } = yield* worker(`training (${who})`, {
    _tag: "Training",
    objective,
    hidden,
    block: size.block,
    warmUp: size.warmUp,
    runs: Path.join(folder, "runs")
  })
  const ours: Turn = {
    id,
    figures: [
      figure(`${id}.rollout`, "rollout alone"),
      figure(`${id}.update`, "update alone"),
      figure(`${id}.both`, "rollout, update and dual ascent"),
      memory(`${id}.memory`, "training")
    ],
    measure: ask({ _tag: "Train" })
  }
  if (peerFolder === undefined) return { turns: [ours], peerVersion: undefined }
  const { train, version } = yield* peer(peerFolder, objective, hidden)
  const other: Turn = {
    id: peerId,
    figures: [
      figure(`${peerId}.both`, "JAX peer, rollout, update and dual ascent"),
      memory(`${peerId}.memory`, "JAX peer, training")
    ],
    measure: train(size.block)
  }
  return { turns: [ours, other], peerVersion: version }
})

/** What is put over what; comparisons of which a side is not measured fall away. */
const trainingComparisons = (size: Size): ReadonlyArray<Comparison> => [
  ...size.hidden.flatMap((hidden) =>
    objectiveNames.map((objective) => ({
      what: `bica / JAX peer: ${words[objective]}, ${hidden} units`,
      above: `training.${objective}.${hidden}.both`,
      below: `peer.${objective}.${hidden}.both`
    }))
  ),
  ...size.hidden.map((hidden) => ({
    what: `human frozen / both learn, ${hidden} units`,
    above: `training.one_directional.${hidden}.both`,
    below: `training.bidirectional.${hidden}.both`
  })),
  ...objectiveNames.map((objective) => ({
    what: `64 / 128 units, ${words[objective]}`,
    above: `training.${objective}.64.both`,
    below: `training.${objective}.128.both`
  }))
]

/** Checkpoints and evaluation: one process that trains, writes checkpoints and plays, as a run does. */
const stages = Effect.fnUntraced(function* (size: Size, folder: string) {
  const { ask, engine } = yield* worker("checkpoints and evaluation", {
    _tag: "Training",
    objective: "bidirectional",
    hidden: 64,
    block: 4 * size.checkpointEvery,
    warmUp: size.warmUp,
    checkpointEvery: size.checkpointEvery,
    runs: Path.join(folder, "runs")
  })
  const who = `${words.bidirectional}, 64 units`
  const turns: ReadonlyArray<Turn> = [
    {
      id: "checkpoint",
      figures: [
        { id: "checkpoint.checkpoint", section: "Checkpoints", what: `one checkpoint (${who})`, unit: "ms" },
        {
          id: "checkpoint.checkpointShare",
          section: "Checkpoints",
          what: "share of training time, one every 20 updates",
          unit: "%"
        }
      ],
      measure: ask({ _tag: "Train" })
    },
    {
      id: "evaluation",
      figures: [
        {
          id: "evaluation.episodes",
          section: "Evaluation",
          what: `${size.episodes} greedy episodes (${who})`,
          unit: "episodes per CPU-second"
        },
        {
          id: "evaluation.memory",
          section: "Memory",
          what: `training with checkpoints, then ${size.episodes} episodes, ${who}`,
          unit: "MiB at the peak",
          last: true
        }
      ],
      measure: ask({ _tag: "Evaluate", episodes: size.episodes })
    }
  ]
  return { turns, engine }
})

/** The command line as it is typed, and the compiler without it. */
const commands = Effect.fnUntraced(function* (size: Size, folder: string) {
  const launcher = Path.join(root, "bin", "bica.js")
  const file = Path.join("pipelines", "maptalk.bica")
  const milliseconds = (
    what: string,
    arguments_: ReadonlyArray<string>,
    more: { readonly environment?: Readonly<Record<string, string>>; readonly until?: (line: string) => boolean } = {}
  ) =>
    Effect.map(seconds(what, { command: process.execPath, words: arguments_, folder: root, ...more }), (s) => 1000 * s)
  let started = 0
  const start = Effect.gen(function* () {
    const fresh = Path.join(folder, `start-${started++}`)
    const run = (name: string) =>
      milliseconds(
        "start-up",
        [launcher, "run", Path.join("pipelines", "smoke.bica"), "--runs", Path.join(fresh, name), "--json"],
        // the cache of compiled files: empty the first time
        {
          environment: { XDG_CACHE_HOME: Path.join(fresh, "cache") },
          until: (line) => line.includes('"_tag":"Update"')
        }
      )
    const first = yield* run("first")
    const again = size.everyCommand ? { again: yield* run("again") } : {}
    yield* Effect.sync(() => Fs.rmSync(fresh, { recursive: true, force: true }))
    return { first, ...again }
  })
  const { ask } = yield* worker("compiler", {
    _tag: "Language",
    file: Path.join(root, file),
    times: size.compilations
  })
  const wholly = (id: string, what: string, section: Figure["section"], arguments_: ReadonlyArray<string>): Turn => ({
    id,
    figures: [{ id: `${id}.cold`, section, what, unit: "ms" }],
    measure: Effect.map(milliseconds(what, arguments_), (cold) => ({ cold }))
  })
  const turns: ReadonlyArray<Turn> = [
    wholly("node", "Node itself (node -e 0), for comparison", "Start-up", ["-e", "0"]),
    {
      id: "start",
      figures: [
        {
          id: "start.first",
          section: "Start-up",
          what: "bica run pipelines/smoke.bica to the first update, never compiled before",
          unit: "ms"
        },
        { id: "start.again", section: "Start-up", what: "the same, compiled before", unit: "ms" }
      ],
      measure: start
    },
    wholly("check", `bica check ${file}, the whole process`, "Language", [launcher, "check", file]),
    ...(size.everyCommand
      ? [
          wholly("build", `bica build --emit ts ${file}, the whole process`, "Language", [
            launcher,
            "build",
            "--emit",
            "ts",
            file
          ])
        ]
      : []),
    {
      id: "language",
      figures: [
        { id: "language.check", section: "Language", what: `checking ${file} in a warm process`, unit: "ms" },
        { id: "language.compile", section: "Language", what: `checking and compiling it in a warm process`, unit: "ms" }
      ],
      measure: ask({ _tag: "Compile" })
    }
  ]
  const comparisons: ReadonlyArray<Comparison> = [
    { what: "start-up, compiled before / Node itself", above: "start.again", below: "node.cold" },
    { what: "start-up, never compiled before / compiled before", above: "start.first", below: "start.again" },
    { what: "bica check / Node itself", above: "check.cold", below: "node.cold" },
    { what: "check, whole process / warm", above: "check.cold", below: "language.check" }
  ]
  return { turns, comparisons }
})

/** Starts every process that is measured and waits until they are warm. They end with the scope; `folder` holds what they write. */
export const prepare = Effect.fnUntraced(function* (
  size: Size,
  folder: string,
  peerFolder: string | undefined
): Effect.fn.Return<Prepared, BenchError, Scope.Scope> {
  const pairs = size.hidden.flatMap((hidden) => objectiveNames.map((objective) => ({ hidden, objective })))
  const [trained, staged, commanded] = yield* Effect.all(
    [
      Effect.forEach(pairs, ({ hidden, objective }) => training(objective, hidden, size, folder, peerFolder)),
      stages(size, folder),
      commands(size, folder)
    ],
    { concurrency: 2 }
  )
  return {
    turns: [...trained.flatMap(({ turns }) => turns), ...staged.turns, ...commanded.turns],
    comparisons: [...trainingComparisons(size), ...commanded.comparisons],
    engine: staged.engine,
    peerVersion: trained[0]?.peerVersion
  }
})
