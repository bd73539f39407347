/** The JAX peer, in processes of its own: the same experiment written with another stack. */
import { Effect, Queue, Schema } from "effect"
import type { Scope } from "effect"
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { createInterface } from "node:readline"
import { BenchError, seconds } from "./Child.ts"
import { configuration } from "./Experiment.ts"
import type { ObjectiveName } from "./Experiment.ts"

const Version = Schema.Struct({ version: Schema.String })
const Figures = Schema.Struct({ both: Schema.Finite, memory: Schema.Finite })
const decodeVersion = Schema.decodeUnknownEffect(Schema.fromJsonString(Version))
const decodeFigures = Schema.decodeUnknownEffect(Schema.fromJsonString(Figures))

/** One thread: for XLA's kernels, for its pool of tasks, and for whatever NumPy was built with. */
const oneThread = {
  XLA_FLAGS: "--xla_cpu_multi_thread_eigen=false",
  NPROC: "1",
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  JAX_PLATFORMS: "cpu"
}

/** The peer's own words for an objective: without what ours does not have (AI messages, instructor, representation terms). */
const objectives: Readonly<Record<ObjectiveName, Readonly<Record<string, number | string>>>> = {
  bidirectional: { aimsg: 0, instr: 0, rep: 0, plast: 0 },
  one_directional: { human: "fixed" }
}

export interface Peer {
  readonly version: string
  /** Environment steps per CPU-second over `updates` updates, and the peak memory in MiB. */
  readonly train: (updates: number) => Effect.Effect<typeof Figures.Type, BenchError>
}

/** Starts the peer in `folder` with its own Python, or `python3` where it has none. It ends with the scope. */
export const peer = Effect.fnUntraced(function* (
  folder: string,
  objective: ObjectiveName,
  hidden: number
): Effect.fn.Return<Peer, BenchError, Scope.Scope> {
  const what = `peer, ${objective}, ${hidden} units`
  const own = Path.join(folder, "venv", "bin", "python")
  const lines = yield* Queue.unbounded<string | undefined>()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(Fs.existsSync(own) ? own : "python3", [Path.join(import.meta.dirname, "peer.py")], {
        cwd: folder,
        env: { ...process.env, ...oneThread },
        stdio: ["pipe", "pipe", "inherit"]
      })
    ),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  createInterface({ input: child.stdout }).on("line", (line) => void Queue.offerUnsafe(lines, line))
  child.on("error", () => void Queue.offerUnsafe(lines, undefined))
  child.on("close", () => void Queue.offerUnsafe(lines, undefined))
  // a process that has ended closes its input; that it ended is said by `close`
  child.stdin.on("error", () => undefined)
  const next = Effect.flatMap(Queue.take(lines), (line) =>
    line === undefined
      ? Effect.fail(new BenchError({ what, reason: `no peer answers in ${folder}; what it said is above` }))
      : Effect.succeed(line)
  )
  const unreadable = (error: unknown) => new BenchError({ what, reason: String(error) })
  const { version } = yield* Effect.flatMap(next, (line) => Effect.mapError(decodeVersion(line), unreadable))
  const { environments, seed, steps } = configuration
  return {
    version,
    train: Effect.fnUntraced(function* (updates: number) {
      // one more, for the first compiles and does not count
      const words = { ...objectives[objective], H: hidden, seed, steps: environments * steps * (updates + 1) }
      child.stdin.write(`${JSON.stringify(words)}\n`)
      return yield* Effect.flatMap(next, (line) => Effect.mapError(decodeFigures(line), unreadable))
    })
  }
})

/** Seconds from the start of the peer to its first update whose episodes succeed at least as often as `threshold`. */
export const peerSeconds = (folder: string, threshold: number): Effect.Effect<number, BenchError> => {
  const own = Path.join(folder, "venv", "bin", "python")
  const { environments, seed, steps } = configuration
  const updates = 300
  const words = { ...objectives.bidirectional, H: 64, seed, steps: environments * steps * updates }
  // with as many reports as updates, each is of one update
  const script = `import json, sys; from bica import train; train(verbose=${updates}, evals=False, **json.loads(sys.argv[1]))`
  return seconds("peer to the threshold", {
    command: Fs.existsSync(own) ? own : "python3",
    words: ["-c", script, JSON.stringify(words)],
    folder,
    environment: oneThread,
    until: (line) => Number(/\bsr=([\d.]+)/.exec(line)?.[1] ?? 0) >= threshold
  })
}
