/**
 * A process of its own that works on runs, for tests that kill it, race it or give it a disk that does not take its
 * files.
 *
 * `train RUNS NAME...` goes on from the newest checkpoints of several runs at once, without end; `race RUNS` opens
 * the runs named on its input, one at a time; `fill RUNS` writes checkpoints until one is refused; `open RUNS USER`
 * opens a run as that user. What has happened is told on standard output, a line each, written before going on.
 */
import { Effect, Exit, Option, Result, Scope } from "effect"
import { writeSync } from "node:fs"
import { createInterface } from "node:readline"
import * as FileStore from "../../../src/runtime/store/FileStore.ts"
import { type Checkpoint, Store, type StoreError } from "../../../src/runtime/store/Store.ts"

const say = (line: string) => Effect.sync(() => void writeSync(1, `${line}\n`))

const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

/** The next line of the input; none at its end. */
const hear = Effect.map(
  Effect.promise(() => input.next()),
  (next) => (next.done === true ? Option.none<string>() : Option.some(next.value))
)

/** 64 KB of the same number, so that a mixture of two updates shows. */
const at = (update: number): Checkpoint => ({
  update,
  tensors: { w: { shape: [128, 128], data: new Float32Array(128 * 128).fill(update) } },
  state: { update }
})

const train = Effect.fnUntraced(function* (runs: string, name: string) {
  const store = yield* Store
  const run = yield* store.open(runs, name)
  const stage = yield* run.stage({ label: "train/seed-13", key: `${name}-train` })
  const latest = yield* stage.latest
  let update = Option.isSome(latest) ? latest.value.update : 0
  yield* say(`${name} open`)
  while (true) {
    update += 1
    yield* stage.checkpoint(at(update))
    yield* say(`${name} checkpoint ${update}`)
    if (update % 3 === 0) {
      const ended = yield* run.stage({ label: `ended/${update}`, key: `${name}-ended-${update}` })
      yield* ended.checkpoint(at(update))
      yield* ended.complete({ a: new Uint8Array(4096).fill(update), b: new Uint8Array(4096).fill(update) })
      yield* say(`${name} ended ${update}`)
      yield* run.write("report.bin", new Uint8Array(4096).fill(update), { artifact: true })
      yield* say(`${name} report ${update}`)
    }
  }
})

const trainAll = Effect.fnUntraced(function* (runs: string, names: ReadonlyArray<string>) {
  yield* say("ready")
  yield* hear
  yield* Effect.forEach(names, (name) => train(runs, name), { concurrency: "unbounded", discard: true })
})

const race = Effect.fnUntraced(function* (runs: string) {
  const store = yield* Store
  yield* say("ready")
  while (true) {
    const name = yield* hear
    if (Option.isNone(name)) return
    const scope = yield* Scope.make()
    const opened = yield* Effect.result(Effect.provideService(store.open(runs, name.value), Scope.Scope, scope))
    yield* say(Result.isSuccess(opened) ? "held" : `refused ${opened.failure.reason}`)
    yield* hear
    yield* Scope.close(scope, Exit.void)
    yield* say("closed")
  }
})

const tell = (error: StoreError) => say(JSON.stringify({ path: error.path, reason: error.reason, fix: error.fix }))

const fill = Effect.fnUntraced(function* (runs: string) {
  const store = yield* Store
  const run = yield* store.open(runs, "r")
  const stage = yield* run.stage({ label: "train", key: "train" })
  let written = 0
  const refused = yield* Effect.flip(
    Effect.forever(
      Effect.suspend(() =>
        Effect.tap(stage.checkpoint({ ...at(written + 1), state: "x".repeat(20_000 * (written + 1)) }), () =>
          Effect.sync(() => (written += 1))
        )
      )
    )
  )
  yield* tell(refused)
  const latest = yield* stage.latest
  yield* say(
    Option.isSome(latest) && latest.value.update === written && written > 0 ? "the last one written is there" : "lost"
  )
})

const open = Effect.fnUntraced(function* (runs: string, user: string) {
  if (process.setuid !== undefined && user !== "") process.setuid(Number(user))
  const store = yield* Store
  const opened = yield* Effect.result(store.open(runs, "r"))
  if (Result.isFailure(opened)) yield* tell(opened.failure)
})

const [mode, runs = "", ...rest] = process.argv.slice(2)
const work =
  mode === "train"
    ? trainAll(runs, rest)
    : mode === "race"
      ? race(runs)
      : mode === "fill"
        ? fill(runs)
        : open(runs, rest[0] ?? "")

await Effect.runPromise(Effect.provide(Effect.scoped(work), FileStore.layer))
