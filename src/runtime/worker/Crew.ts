/** The threads that run the stages of one run beside each other. One engine of one thread each: a stage gives the same bytes on any. */
import { Deferred, Effect, Exit, Option, Scope } from "effect"
import { Worker } from "node:worker_threads"
import { EngineError } from "../engine/Engine.ts"
import type { Files } from "../Perform.ts"
import type { Selection } from "../Plan.ts"
import type { Event } from "../Progress.ts"
import type { Failure } from "../Stage.ts"
import type { StageFolder, StoreError } from "../store/Store.ts"
import { failureOf, plainFailure } from "./Messages.ts"
import type { Briefing, Order, Report, Task } from "./Messages.ts"

/** How workers are started: how many at most, the script of a worker thread and the module of the pipeline that it imports. */
export interface Start {
  readonly count: number
  readonly script: URL
  /** Handed to the script beside the briefing. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly module: string
}

/** Workers that wait for tasks. */
export interface Crew {
  /**
   * Runs a task on a worker that has nothing to do, or on a new one, and keeps for it in `folder` what it wants to be kept. Interrupted, it
   * waits until the task has kept what it had done by then.
   */
  readonly run: (
    task: Task,
    folder: Pick<StageFolder, "latest" | "checkpoint">,
    report: (event: Event) => Effect.Effect<void>
  ) => Effect.Effect<Files, Failure>
}

/** One worker and who listens to it. */
interface Thread {
  readonly worker: Worker
  listen: (report: Report) => void
  /** Why it is of no more use. */
  ended: Effect.Effect<never, Failure> | undefined
}

/** Workers, as many as there are tasks at once, each started when it is first needed; the scope's end ends them, whatever they are at. They must have the run's numeric class. */
export const make = Effect.fnUntraced(function* (
  start: Start,
  options: { readonly engine: string; readonly numericClass: string; readonly selection: Selection }
): Effect.fn.Return<Crew, Failure, Scope.Scope> {
  const briefing: Briefing = { module: start.module, engine: options.engine, selection: options.selection }
  const scope = yield* Effect.scope
  const free: Array<Thread> = []

  const open = Effect.acquireRelease(
    Effect.sync((): Thread => {
      const worker = new Worker(start.script, { workerData: { ...start.data, ...briefing } })
      const thread: Thread = { worker, listen: () => undefined, ended: undefined }
      const end = (why: Effect.Effect<never, Failure>) => {
        thread.ended ??= why
        thread.listen({ _tag: "Broken", stack: "" })
      }
      worker.on("message", (report: Report) => thread.listen(report))
      worker.on("error", (error) => end(Effect.die(error)))
      worker.on("exit", (code) => end(Effect.die(new Error(`a worker ended by itself, with code ${code}`))))
      return thread
    }),
    ({ worker }) => Effect.promise(() => worker.terminate())
  )

  /** What a worker says until `last` takes a report as the answer. */
  const until = <A>(
    thread: Thread,
    last: (report: Report) => Effect.Effect<A, Failure> | undefined
  ): Effect.Effect<A, Failure> =>
    Effect.gen(function* () {
      const answer = yield* Deferred.make<A, Failure>()
      thread.listen = (report) => {
        const ended = thread.ended
        const result =
          ended ??
          (report._tag === "Broken"
            ? Effect.die(new Error(report.stack))
            : report._tag === "Failed"
              ? Effect.fail(failureOf(report.failure))
              : last(report))
        if (result !== undefined) Effect.runFork(Deferred.completeWith(answer, result))
      }
      if (thread.ended !== undefined) return yield* thread.ended
      return yield* Deferred.await(answer)
    })

  const ready = (thread: Thread) =>
    until(thread, (report) => {
      if (report._tag !== "Ready") return undefined
      return report.numericClass === options.numericClass
        ? Effect.void
        : Effect.fail(
            new EngineError({
              engine: options.engine,
              graph: "",
              reason: `a worker computes as ${report.numericClass}, the run as ${options.numericClass}`,
              cause: undefined
            })
          )
    })
  /** A worker that has nothing to do, or a new one: none is started before it is needed. */
  const take = Effect.gen(function* () {
    const known = free.pop()
    if (known !== undefined) return known
    const thread = yield* Scope.provide(open, scope)
    yield* ready(thread)
    return thread
  })

  const serve = Effect.fnUntraced(function* (thread: Thread, ...[task, folder, report]: Parameters<Crew["run"]>) {
    const context = yield* Effect.context<never>()
    const fork = Effect.runForkWith(context)
    const say = (order: Order) => thread.worker.postMessage(order)
    const answer = <A>(id: number, effect: Effect.Effect<A, StoreError>) =>
      fork(
        Effect.map(Effect.exit(effect), (exit) => {
          if (Exit.isSuccess(exit)) return say({ _tag: "Answer", id, value: exit.value })
          const failure = Exit.findErrorOption(exit)
          if (Option.isSome(failure)) return say({ _tag: "Refusal", id, failure: plainFailure(failure.value) })
          thread.ended = Effect.failCause(exit.cause as never)
          thread.listen({ _tag: "Broken", stack: "" })
        })
      )
    /** What a worker asks and tells while it is at a task. */
    const hear = (message: Report) => {
      switch (message._tag) {
        case "Event":
          fork(report(message.event))
          return
        case "Warning":
          fork(Effect.logWarning(message.text))
          return
        case "Latest":
          answer(message.id, Effect.map(folder.latest, Option.getOrUndefined))
          return
        case "Checkpoint":
          answer(message.id, folder.checkpoint(message.checkpoint))
      }
    }
    // a worker that does not live any more has nothing to keep
    const stop = Effect.callback<void>((resume) => {
      if (thread.ended !== undefined) return resume(Effect.void)
      thread.listen = (message) => {
        if (thread.ended !== undefined || message._tag === "Stopped") resume(Effect.void)
        else hear(message)
      }
      say({ _tag: "Stop" })
    })
    // the worker may answer at once: listened to before it is asked
    return yield* Effect.raceFirst(
      until(thread, (message) => {
        if (message._tag === "Done") return Effect.succeed(message.artifacts)
        hear(message)
        return undefined
      }),
      Effect.andThen(
        Effect.sync(() => say({ _tag: "Run", task })),
        Effect.never
      )
    ).pipe(Effect.onInterrupt(() => stop))
  })

  return {
    run: (task, folder, report) =>
      Effect.flatMap(take, (thread) =>
        Effect.map(serve(thread, task, folder, report), (files) => {
          // one that was interrupted or has failed may still be at it: it is not given another task
          free.push(thread)
          return files
        })
      )
  }
})
