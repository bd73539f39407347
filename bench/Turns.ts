/** Everything that is measured, in the order of a round, and what is compared with what. */
import { Effect } from "effect"
import type { Scope } from "effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { root } from "../src/cli/Installation.ts"
import type { BenchError } from "./Child.ts"
import { lines, seconds, worker } from "./Child.ts"
import { configuration, objectiveNames } from "./Experiment.ts"
import type { ObjectiveName } from "./Experiment.ts"
import type { Reply } from "./Messages.ts"
import { peer, peerSeconds } from "./Peer.ts"
import type { Comparison, Figure, Turn } from "./Plan.ts"

/** How much is measured at once. */
export interface Size {
  readonly hidden: ReadonlyArray<number>
  /** Updates that are timed together. */
  readonly block: number
  /** Updates that come before and do not count; it takes some fifty until V8 has compiled what it will. */
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
  warmUp: 60,
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

const path = (...parts: ReadonlyArray<string>): string => Path.join(root, ...parts)

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
  let begun = 0
  // a process of its own in each round, as the peer has: how its memory happens to lie makes one faster than the next by some percent
  const inItsOwn = Effect.gen(function* () {
    const { ask } = yield* worker(`training (${who})`, {
      _tag: "Training",
      objective,
      hidden,
      block: size.block,
      warmUp: size.warmUp,
      runs: Path.join(folder, `runs-${begun++}`)
    })
    return yield* ask({ _tag: "Train" })
  })
  const ours: Turn = {
    id,
    figures: [
      figure(`${id}.rollout`, "rollout alone"),
      figure(`${id}.update`, "update alone"),
      figure(`${id}.both`, "rollout, update and dual ascent"),
      {
        id: `${id}.products`,
        section: "Training",
        what: `${who}: one product of 512 x 512 matrices, measured beside it`,
        unit: "10^9 operations per CPU-second"
      },
      memory(`${id}.memory`, "training")
    ],
    measure: Effect.scoped(inItsOwn)
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
      below: `peer.${objective}.${hidden}.both`,
      better: "more" as const
    }))
  ),
  ...size.hidden.flatMap((hidden) =>
    objectiveNames.map((objective) => ({
      what: `environment steps for 10^9 operations of the machine's matrix product: ${words[objective]}, ${hidden} units`,
      above: `training.${objective}.${hidden}.both`,
      below: `training.${objective}.${hidden}.products`,
      better: "more" as const
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
  const flagship = Path.join("pipelines", "bica.bica")
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
    long: path(flagship),
    times: size.compilations
  })
  const wholly = (
    id: string,
    what: string,
    section: Figure["section"],
    arguments_: ReadonlyArray<string>,
    bar: Pick<Figure, "below"> = {}
  ): Turn => ({
    id,
    figures: [{ id: `${id}.cold`, section, what, unit: "ms", ...bar }],
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
    wholly(
      "flagship",
      `bica check ${flagship}, the whole process`,
      "Language",
      [launcher, "check", flagship],
      // what somebody who waits for an answer still takes for an answer
      { below: 500 }
    ),
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
        {
          id: "language.compile",
          section: "Language",
          what: `checking and compiling it in a warm process`,
          unit: "ms"
        },
        {
          id: "language.thousand_lines",
          section: "Language",
          what: "a file of 1,000 lines, parsed and checked anew in a warm process",
          unit: "ms",
          below: 50
        },
        {
          id: "language.thousand_lines_cpu",
          section: "Language",
          what: "the same, processor time",
          unit: "ms of processor time"
        },
        {
          id: "language.thousand_lines_new",
          section: "Language",
          what: "another file of 1,000 lines each time, of which the warm process has seen nothing that means the same",
          unit: "ms"
        },
        {
          id: "language.thousand_lines_new_cpu",
          section: "Language",
          what: "the same, processor time",
          unit: "ms of processor time"
        },
        {
          id: "language.edit",
          section: "Language",
          what: "such a file after an edit of one character, median of nine places",
          unit: "ms",
          below: 16
        },
        {
          id: "language.edit_cpu",
          section: "Language",
          what: "the same, processor time",
          unit: "ms of processor time"
        },
        {
          id: "language.edit_slowest",
          section: "Language",
          what: "the same, the slowest place of the nine",
          unit: "ms"
        }
      ],
      measure: ask({ _tag: "Compile" })
    }
  ]
  const comparisons: ReadonlyArray<Comparison> = [
    { what: "start-up, compiled before / Node itself", above: "start.again", below: "node.cold", better: "less" },
    { what: "start-up, never compiled before / compiled before", above: "start.first", below: "start.again" },
    { what: "bica check / Node itself", above: "check.cold", below: "node.cold", better: "less" },
    {
      what: `bica check ${flagship} / Node itself`,
      above: "flagship.cold",
      below: "node.cold",
      better: "less"
    },
    { what: "check, whole process / warm", above: "check.cold", below: "language.check" }
  ]
  return { turns, comparisons }
})

/** A small study of two seeds, long enough for start-up not to count. */
const twoSeeds = (updates: number): string => {
  const text = Fs.readFileSync(path("pipelines", "maptalk.bica"), "utf8")
  return text
    .replace(/repeat \d+ times/, `repeat ${updates} times`)
    .replace(/play [\d,_]+ episodes/g, "play 64 episodes")
    .replace(/^study[^\n]*$/m, "study two { seeds 1, 2  compare bica }")
    .replace(/^claim[^\n]*\{[^}]*\}\n|^claim[^\n]*\n/gm, "")
}

/** Two seeds one after the other and at once. */
const workers = (
  size: Size,
  folder: string
): { readonly turns: ReadonlyArray<Turn>; readonly comparisons: ReadonlyArray<Comparison> } => {
  const file = Path.join(folder, "maptalk.bica")
  Fs.writeFileSync(file, twoSeeds(size.block))
  let run = 0
  const took = (count: number) =>
    Effect.suspend(() => {
      const runs = Path.join(folder, `workers-${run++}`)
      const words = [path("bin", "bica.js"), "run", file, "--runs", runs, "--workers", String(count), "--json"]
      return Effect.map(lines("two seeds", { command: process.execPath, words, folder: root }), (said) => {
        // from the first update of a training to the end of the last: compiling and starting are measured elsewhere
        const updates = said.filter(({ line }) => line.includes('"_tag":"Update"'))
        const steps = updates.length * configuration.environments * configuration.steps
        return steps / ((updates.at(-1)?.at ?? 0) - (updates[0]?.at ?? 0))
      })
    })
  const figure = (id: string, what: string): Figure => ({
    id,
    section: "Workers",
    what,
    unit: "environment steps per second"
  })
  return {
    turns: [
      {
        id: "workers.one",
        figures: [figure("workers.one.speed", "two seeds, one after the other")],
        measure: Effect.map(took(1), (speed) => ({ speed }))
      },
      {
        id: "workers.two",
        figures: [figure("workers.two.speed", "two seeds at once, two workers")],
        measure: Effect.map(took(2), (speed) => ({ speed }))
      }
    ],
    comparisons: [
      { what: "two workers / one, two seeds", above: "workers.two.speed", below: "workers.one.speed", better: "more" }
    ]
  }
}

/** Success of the episodes that ended in an update, from which on a team counts as good: share of all. */
const threshold = 0.855

/** From the command to the first update whose episodes succeed often enough, start-up and compilation counted. */
const thresholds = (
  folder: string,
  peerFolder: string | undefined
): { readonly turns: ReadonlyArray<Turn>; readonly comparisons: ReadonlyArray<Comparison> } => {
  const figure = (id: string, what: string): Figure => ({
    id,
    section: "Start-up",
    what: `${what} to 85.5 % success on seed ${configuration.seed}, from the command on`,
    unit: "s"
  })
  let run = 0
  const ours = Effect.suspend(() =>
    seconds("to the threshold", {
      command: process.execPath,
      words: [
        path("bin", "bica.js"),
        "run",
        path("pipelines", "maptalk.bica"),
        "--seed",
        String(configuration.seed),
        "--runs",
        Path.join(folder, `threshold-${run++}`),
        "--json"
      ],
      folder: root,
      until: (line) => {
        const event: unknown = line.startsWith("{") ? JSON.parse(line) : undefined
        return (
          typeof event === "object" && event !== null && "success" in event && Number(event.success ?? 0) >= threshold
        )
      }
    })
  )
  const turns: ReadonlyArray<Turn> = [
    {
      id: "threshold",
      figures: [figure("threshold.seconds", "bica run pipelines/maptalk.bica")],
      measure: Effect.map(ours, (seconds) => ({ seconds }))
    }
  ]
  if (peerFolder === undefined) return { turns, comparisons: [] }
  return {
    turns: [
      ...turns,
      {
        id: "peer.threshold",
        figures: [figure("peer.threshold.seconds", "JAX peer")],
        measure: Effect.map(peerSeconds(peerFolder, threshold), (seconds) => ({ seconds }))
      }
    ],
    comparisons: [
      {
        what: "JAX peer / bica: seconds to 85.5 % success",
        above: "peer.threshold.seconds",
        below: "threshold.seconds",
        better: "more"
      }
    ]
  }
}

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
  const besides = size.everyCommand ? [workers(size, folder), thresholds(folder, peerFolder)] : []
  return {
    turns: [
      ...trained.flatMap(({ turns }) => turns),
      ...staged.turns,
      ...commanded.turns,
      ...besides.flatMap(({ turns }) => turns)
    ],
    comparisons: [
      ...trainingComparisons(size),
      ...commanded.comparisons,
      ...besides.flatMap(({ comparisons }) => comparisons)
    ],
    engine: staged.engine,
    peerVersion: trained[0]?.peerVersion
  }
})
