import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { spawn, spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type RunFolder, Store } from "../../../src/runtime/store/Store.ts"
import { filesBelow, folder, storeLoggingTo } from "./Scratch.ts"

const worker = join(import.meta.dirname, "Worker.ts")

/** Starts a worker; `said` collects its lines, `until` waits for one, `ended` for its end. */
const start = (...argv: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [worker, ...argv], { stdio: ["pipe", "pipe", "inherit"] })
      const said: Array<string> = []
      const listeners = new Set<() => void>()
      createInterface({ input: child.stdout }).on("line", (line) => {
        // The log of the store goes the same way.
        said.push(line)
        for (const listener of listeners) listener()
      })
      const ended = new Promise<void>((resolve) => child.on("close", () => resolve()))
      const count = (prefix: string) => said.filter((line) => line.startsWith(prefix)).length
      return {
        said,
        tell: (line: string) => child.stdin.write(`${line}\n`),
        close: () => child.stdin.end(),
        kill: () => child.kill("SIGKILL"),
        ended,
        /** Resolves when `n` lines begin with `prefix`; rejects when the worker ends before. */
        until: (prefix: string, n = 1) =>
          new Promise<void>((resolve, reject) => {
            const look = () => {
              if (count(prefix) < n) return
              listeners.delete(look)
              resolve()
            }
            listeners.add(look)
            look()
            void ended.then(() => reject(new Error(`the worker ended without ${prefix}: ${said.join(" | ")}`)))
          })
      }
    }),
    (child) => Effect.promise(() => (child.kill(), child.ended))
  )

/** What a worker has reported as written in one run. */
interface Reported {
  checkpoint: number
  report: number
  readonly ended: Set<number>
}

const note = (reported: Reported, name: string, said: ReadonlyArray<string>) => {
  for (const line of said) {
    const [run, what, update] = line.split(" ")
    if (run !== name) continue
    if (what === "checkpoint") reported.checkpoint = Number(update)
    if (what === "report") reported.report = Number(update)
    if (what === "ended") reported.ended.add(Number(update))
  }
}

const all = (bytes: ArrayLike<number>, value: number) =>
  Array.prototype.every.call(bytes, (item: number) => item === value)

/** Everything that was reported as written is there, and everything that is there is whole. */
const inspect = Effect.fnUntraced(function* (run: RunFolder, name: string, reported: Reported) {
  const stage = yield* run.stage({ label: "train/seed-13", key: `${name}-train` })
  const latest = yield* stage.latest
  if (Option.isNone(latest)) assert.strictEqual(reported.checkpoint, 0)
  else {
    const { state, tensors, update } = latest.value
    // The kill may fall between the writing and the report; the next process goes on from what was written.
    assert.isTrue(
      update === reported.checkpoint || update === reported.checkpoint + 1,
      `${update} after ${reported.checkpoint}`
    )
    assert.deepStrictEqual(state, { update })
    const { data } = tensors["w"] ?? assert.fail("no tensor w")
    assert.isTrue(data.length === 128 * 128 && all(data, update))
    reported.checkpoint = update
  }
  for (let update = 3; update <= reported.checkpoint + 1; update += 3) {
    const ended = yield* run.stage({ label: `ended/${update}`, key: `${name}-ended-${update}` })
    const artifacts = yield* ended.completed
    if (Option.isNone(artifacts)) {
      assert.isFalse(reported.ended.has(update), `the artifacts of ${update} are gone`)
      continue
    }
    assert.deepStrictEqual(Object.keys(artifacts.value), ["a", "b"])
    for (const bytes of Object.values(artifacts.value)) assert.isTrue(bytes.length === 4096 && all(bytes, update & 255))
  }
  const report = yield* run.read("report.bin")
  if (Option.isNone(report)) assert.strictEqual(reported.report, 0)
  else assert.isTrue(report.value.length === 4096 && all(report.value, report.value[0] ?? -1))
  assert.deepStrictEqual(
    filesBelow(run.path).filter((file) => file.includes(".tmp-") || file.includes("lock.")),
    []
  )
})

describe("a process killed at any instant", () => {
  // The kill comes so many checkpoints of the first run and so many milliseconds after the start; where that falls in
  // the work differs from time to time. The first of each lane falls into the opening. Each process works on three
  // runs at once, each at another point of its work: 24 kills of a run.
  const lanes: ReadonlyArray<readonly [string, ReadonlyArray<readonly [checkpoints: number, ms: number]>]> = [
    [
      "one",
      [
        [0, 20],
        [4, 0],
        [1, 7],
        [2, 19]
      ]
    ],
    [
      "two",
      [
        [0, 5],
        [5, 3],
        [2, 11],
        [1, 27]
      ]
    ]
  ]
  const names = ["r0", "r1", "r2"]
  for (const [lane, instants] of lanes) {
    it.concurrent(`leaves the newest finished checkpoint, whole artifacts and no remains: lane ${lane}`, () => {
      const lines: Array<string> = []
      return Effect.runPromise(
        Effect.gen(function* () {
          const runs = yield* folder
          const store = yield* Store
          const reported = names.map((): Reported => ({ checkpoint: 0, report: 0, ended: new Set() }))
          for (const [checkpoints, ms] of instants) {
            yield* Effect.scoped(
              Effect.gen(function* () {
                const child = yield* start("train", runs, ...names)
                yield* Effect.promise(() => child.until("ready"))
                child.tell("go")
                yield* Effect.promise(() => child.until("r0 checkpoint", checkpoints))
                yield* Effect.sleep(ms)
                child.kill()
                yield* Effect.promise(() => child.ended)
                for (const [at, name] of names.entries()) note(reported[at] ?? assert.fail(name), name, child.said)
              })
            )
            for (const [at, name] of names.entries()) {
              yield* Effect.scoped(
                Effect.flatMap(store.open(runs, name), (run) => inspect(run, name, reported[at] ?? assert.fail(name)))
              )
            }
          }
          // The runs went on through the kills, locks were left behind, and not once was a damaged file seen.
          assert.isTrue(reported.some(({ checkpoint, ended }) => checkpoint >= 7 && ended.size > 0))
          assert.isTrue(lines.some((line) => line.includes("taken over from process")))
          assert.deepStrictEqual(
            lines.filter((line) => !line.startsWith("Info")),
            []
          )
        }).pipe(Effect.scoped, Effect.provide(storeLoggingTo(lines)))
      )
    })
  }
})

describe("several processes on one run", () => {
  it.live("are let in one at a time, whether the folder is new, known or left by a process that was killed", () =>
    Effect.gen(function* () {
      const runs = yield* folder
      const children = yield* Effect.forEach([0, 1, 2], () => start("race", runs))
      yield* Effect.promise(() => Promise.all(children.map((child) => child.until("ready"))))
      for (let round = 1; round <= 20; round++) {
        const name = `r${round % 2 === 0 ? round - 1 : round}`
        if (round % 3 === 0) {
          Fs.mkdirSync(join(runs, name), { recursive: true })
          const dead = {
            format: "bica-lock/1",
            pid: 4_194_304,
            host: hostname(),
            started: null,
            boot: null,
            nonce: "0123456789abcdef",
            since: ""
          }
          Fs.writeFileSync(join(runs, name, "lock"), JSON.stringify(dead))
        }
        const before = children.map((child) => child.said.length)
        const answered = children.map((child) => child.said.filter((line) => /^(held|refused)/.test(line)).length)
        for (const child of children) child.tell(name)
        yield* Effect.promise(() =>
          Promise.all(
            children.map((child, i) =>
              Promise.race([
                child.until("held", child.said.filter((line) => line === "held").length + 1),
                child.until("refused", (answered[i] ?? 0) - child.said.filter((line) => line === "held").length + 1)
              ])
            )
          )
        )
        const answers = children.map(
          (child, i) => child.said.slice(before[i]).find((line) => /^(held|refused)/.test(line)) ?? ""
        )
        assert.strictEqual(
          answers.filter((answer) => answer === "held").length,
          1,
          `round ${round}: ${answers.join(" | ")}`
        )
        for (const answer of answers) assert.match(answer, /^(held|refused process \d+ holds the run since .*)$/)
        for (const child of children) child.tell("close")
        yield* Effect.promise(() => Promise.all(children.map((child) => child.until("closed", round))))
        assert.deepStrictEqual(filesBelow(join(runs, name)), ["run.json"])
      }
    })
  )

  it.live.skipIf(process.platform !== "linux")(
    "take over from one that has ended although its parent has not noticed",
    () => {
      const lines: Array<string> = []
      return Effect.gen(function* () {
        const runs = yield* folder
        // The shell starts a child and then becomes a program that never asks how its child ended.
        const parent = yield* Effect.acquireRelease(
          Effect.sync(() =>
            spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 61"], { stdio: ["ignore", "pipe", "ignore"] })
          ),
          (child) => Effect.sync(() => child.kill("SIGKILL"))
        )
        const pid = yield* Effect.promise(
          () => new Promise<number>((resolve) => parent.stdout.once("data", (data) => resolve(Number(String(data)))))
        )
        while (!Fs.readFileSync(`/proc/${parent.pid}/cmdline`, "utf8").startsWith("sleep")) yield* Effect.sleep(5)
        process.kill(pid, "SIGKILL")
        while (!Fs.readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")) yield* Effect.sleep(5)
        Fs.mkdirSync(join(runs, "r"))
        const zombie = {
          format: "bica-lock/1",
          pid,
          host: hostname(),
          started: null,
          boot: null,
          nonce: "0123456789abcdef",
          since: ""
        }
        Fs.writeFileSync(join(runs, "r/lock"), JSON.stringify(zombie))
        const store = yield* Store
        yield* Effect.scoped(store.open(runs, "r"))
        assert.isTrue(lines.some((line) => line.includes(`taken over from process ${pid}`)))
      }).pipe(Effect.scoped, Effect.provide(storeLoggingTo(lines)))
    }
  )
})

/** Runs a shell script in mounts of its own, where the system lets us; what it mounts is gone when it ends. */
const inOwnMounts = (script: string, ...argv: ReadonlyArray<string>) => {
  const own = process.getuid?.() === 0 ? ["-m"] : ["-r", "-m"]
  return spawnSync("unshare", [...own, "sh", "-e", "-c", script, "sh", ...argv], { encoding: "utf8", timeout: 30_000 })
}

const canMount =
  process.platform === "linux" && inOwnMounts('mount -t tmpfs -o size=64k tmpfs "$1"', "/tmp").status === 0

const told = (output: string): { readonly path: string; readonly reason: string; readonly fix: string } =>
  JSON.parse(output.split("\n").find((line) => line.startsWith("{")) ?? "{}")

describe("a disk", () => {
  it.live.skipIf(!canMount)("that is full refuses the checkpoint and keeps the one before", () =>
    Effect.gen(function* () {
      const runs = yield* folder
      const script = 'mount -t tmpfs -o size=1m tmpfs "$1"; "$2" "$3" fill "$1"; find "$1" -name \'.tmp-*\''
      const { stderr, stdout } = inOwnMounts(script, runs, process.execPath, worker)
      assert.strictEqual(stderr, "")
      assert.strictEqual(told(stdout).reason, "the disk is full")
      assert.strictEqual(told(stdout).fix, "Free some space and resume the run: what was written before is intact.")
      assert.match(
        told(stdout).path,
        /\/r\/stages\/train\/checkpoints\/\d{8}\/(tensors\.safetensors|state\.json|manifest\.json)$/
      )
      assert.include(stdout, "the last one written is there")
      assert.notInclude(stdout, ".tmp-")
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(!canMount)("that is read-only is named", () =>
    Effect.gen(function* () {
      const runs = yield* folder
      const script = 'mount -t tmpfs -o ro tmpfs "$1"; "$2" "$3" open "$1"'
      const { stderr, stdout } = inOwnMounts(script, runs, process.execPath, worker)
      assert.strictEqual(stderr, "")
      assert.deepStrictEqual(told(stdout), {
        path: join(runs, "r"),
        reason: "the file system is read-only",
        fix: "Choose a folder for the runs on a disk that can be written."
      })
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(process.getuid === undefined)("on which this user may not write is named", () =>
    Effect.gen(function* () {
      const runs = yield* folder
      Fs.chmodSync(runs, 0o555)
      // Permissions do not bind root, so the worker becomes nobody.
      const user = process.getuid?.() === 0 ? "65534" : ""
      const { stderr, stdout } = spawnSync(process.execPath, [worker, "open", runs, user], {
        encoding: "utf8",
        timeout: 30_000
      })
      assert.strictEqual(stderr, "")
      assert.deepStrictEqual(told(stdout), {
        path: join(runs, "r"),
        reason: "this user has no right to use it",
        fix: "Give yourself the right to read and write it, or choose another folder for the runs."
      })
      Fs.chmodSync(runs, 0o755)
    }).pipe(Effect.scoped)
  )
})
