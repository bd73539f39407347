/** Processes as the bench sees them: ones that answer commands, and ones that are waited for. */
import { Effect, Queue, Schema, Semaphore } from "effect"
import type { Scope } from "effect"
import { fork, spawn } from "node:child_process"
import * as Path from "node:path"
import { createInterface } from "node:readline"
import type { Command, Reply, Task } from "./Messages.ts"
import { decodeReply } from "./Messages.ts"

/** The bench could not measure something. */
export class BenchError extends Schema.TaggedError<BenchError>()("BenchError", {
  what: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.what}: ${this.reason}`
  }
}

/** A warm process that takes its turn when it is asked. */
export interface Worker {
  readonly engine: Extract<Reply, { readonly _tag: "Ready" }>["engine"]
  readonly ask: (command: Command) => Effect.Effect<Readonly<Record<string, number>>, BenchError>
}

const gone = Symbol("gone")

/** Starts a process for `task` and waits until it is warm. It ends with the scope. */
export const worker = Effect.fnUntraced(function* (
  what: string,
  task: Task
): Effect.fn.Return<Worker, BenchError, Scope.Scope> {
  const fail = (reason: string) => new BenchError({ what, reason })
  const replies = yield* Queue.unbounded<unknown>()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => fork(Path.join(import.meta.dirname, "Worker.ts"), [JSON.stringify(task)])),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  child.on("message", (message) => void Queue.offerUnsafe(replies, message))
  child.on("error", () => void Queue.offerUnsafe(replies, gone))
  child.on("exit", () => void Queue.offerUnsafe(replies, gone))
  const reply = Effect.flatMap(Queue.take(replies), (message) =>
    message === gone
      ? Effect.fail(fail("its process ended; what it said is above"))
      : Effect.mapError(decodeReply(message), (error) => fail(String(error)))
  )
  const ready = yield* reply
  if (ready._tag !== "Ready") return yield* fail("it measured before it was asked")
  const turn = yield* Semaphore.make(1)
  const ask = Effect.fnUntraced(function* (command: Command) {
    child.send(command)
    const answer = yield* reply
    return answer._tag === "Measured" ? answer.values : yield* fail("it began anew")
  })
  return { engine: ready.engine, ask: (command) => turn.withPermits(1)(ask(command)) }
})

/**
 * Starts a command and takes the seconds until it has ended well, or until the first line of its output that `until` accepts, where it
 * is stopped.
 */
export const seconds = (
  what: string,
  options: {
    readonly command: string
    readonly words: ReadonlyArray<string>
    readonly folder: string
    readonly environment?: Readonly<Record<string, string>>
    readonly until?: (line: string) => boolean
  }
): Effect.Effect<number, BenchError> =>
  Effect.callback<number, BenchError>((resume) => {
    const began = performance.now()
    const child = spawn(options.command, options.words, {
      cwd: options.folder,
      env: { ...process.env, ...options.environment },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const said: Array<string> = []
    let taken: number | undefined
    createInterface({ input: child.stderr }).on("line", (line) => said.push(line))
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (taken !== undefined || options.until?.(line) !== true) return
      taken = (performance.now() - began) / 1e3
      child.kill("SIGKILL")
    })
    child.on("error", (error) => resume(Effect.fail(new BenchError({ what, reason: error.message }))))
    let ended = 0
    child.on("exit", () => {
      ended = (performance.now() - began) / 1e3
    })
    // output may be read after the exit; it has been when the process is closed
    child.on("close", (code) => {
      const result = taken ?? (code === 0 && options.until === undefined ? ended : undefined)
      resume(
        result === undefined
          ? Effect.fail(new BenchError({ what, reason: `it ended with ${code}: ${said.join(" ")}` }))
          : Effect.succeed(result)
      )
    })
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** Runs a command to its end and takes its lines with the second at which each came. */
export const lines = (
  what: string,
  options: { readonly command: string; readonly words: ReadonlyArray<string>; readonly folder: string }
): Effect.Effect<ReadonlyArray<{ readonly line: string; readonly at: number }>, BenchError> =>
  Effect.callback((resume) => {
    const child = spawn(options.command, options.words, { cwd: options.folder, stdio: ["ignore", "pipe", "pipe"] })
    const said: Array<{ readonly line: string; readonly at: number }> = []
    const complaints: Array<string> = []
    createInterface({ input: child.stderr }).on("line", (line) => complaints.push(line))
    createInterface({ input: child.stdout }).on("line", (line) => said.push({ line, at: performance.now() / 1e3 }))
    child.on("error", (error) => resume(Effect.fail(new BenchError({ what, reason: error.message }))))
    child.on("close", (code) =>
      resume(
        code === 0
          ? Effect.succeed(said)
          : Effect.fail(new BenchError({ what, reason: `it ended with ${code}: ${complaints.join(" ")}` }))
      )
    )
    return Effect.sync(() => void child.kill("SIGKILL"))
  })
