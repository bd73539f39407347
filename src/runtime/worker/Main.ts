/**
 * A worker: a thread that runs stages of a pipeline for the run that started it. Files are the run's business: what a stage keeps goes
 * there and comes from there, so that the run's folder has one owner.
 */
import { Cause, Effect, Exit, Fiber, Layer, Logger, ManagedRuntime, Option } from "effect"
import { parentPort, workerData } from "node:worker_threads"
import { Engine } from "../engine/Engine.ts"
import type { EngineError } from "../engine/Engine.ts"
import * as Select from "../engine/Select.ts"
import { perform } from "../Perform.ts"
import type { Files } from "../Perform.ts"
import type { Pipeline } from "../Pipeline.ts"
import { plan } from "../Plan.ts"
import { Progress } from "../Progress.ts"
import type { Failure } from "../Stage.ts"
import { StageError } from "../Stage.ts"
import type { Checkpoint, StoreError } from "../store/Store.ts"
import { failureOf, plainFailure } from "./Messages.ts"
import type { Briefing, Order, Report, Task } from "./Messages.ts"

/** Serves the run that started this thread until the thread is ended. Throws outside of a worker. */
export const serve = async (): Promise<void> => {
  const port = parentPort
  if (port === null) throw new Error("this module runs in a worker of a run")
  const { engine, module, selection } = workerData as Briefing
  const say = (report: Report) => port.postMessage(report)

  let asked = 0
  const waiting = new Map<number, (answer: Extract<Order, { readonly id: number }>) => void>()
  // what is asked of the run is asked of its store, which fails in one way
  const ask = <A>(question: (id: number) => Report): Effect.Effect<A, StoreError> =>
    Effect.callback<A, StoreError>((resume) => {
      const id = asked++
      waiting.set(id, (answer) =>
        resume(
          answer._tag === "Answer"
            ? Effect.succeed(answer.value as A)
            : Effect.fail(failureOf(answer.failure) as StoreError)
        )
      )
      say(question(id))
    })

  const warnings = Logger.layer([
    Logger.make(({ logLevel, message }) => {
      if (logLevel !== "Warn" && logLevel !== "Error" && logLevel !== "Fatal") return
      say({ _tag: "Warning", text: (Array.isArray(message) ? message : [message]).map(String).join(" ") })
    })
  ])
  const progress = Progress.of({ report: (event) => Effect.sync(() => say({ _tag: "Event", event })) })
  if (!Select.isChoice(engine)) throw new Error(`there is no engine ${engine}`)
  const runtime = ManagedRuntime.make(Layer.mergeAll(Select.layer(engine), Layer.succeed(Progress, progress), warnings))
  const { pipeline } = (await import(module)) as { readonly pipeline: Pipeline }

  const run = Effect.fnUntraced(function* (task: Task): Effect.fn.Return<Files, Failure, Engine | Progress> {
    const { identity } = yield* Engine
    const jobs = yield* plan(pipeline, selection, identity.numericClass)
    const job = jobs.find(({ identity }) => identity.label === task.label)
    if (job === undefined) {
      return yield* new StageError({ stage: task.label, reason: "the worker's pipeline does not have it" })
    }
    return yield* perform(job, {
      folder: {
        latest: Effect.map(
          ask<Checkpoint | undefined>((id) => ({ _tag: "Latest", id })),
          Option.fromUndefinedOr
        ),
        checkpoint: (checkpoint) => ask((id) => ({ _tag: "Checkpoint", id, checkpoint }))
      },
      updates: selection.updates,
      upstream: task.upstream
    })
  })

  let task: Fiber.Fiber<Report, EngineError> | undefined
  port.on("message", (order: Order) => {
    switch (order._tag) {
      case "Run": {
        const fiber = runtime.runFork(run(order.task).pipe(Effect.match({ onFailure: failed, onSuccess: done })))
        task = fiber
        fiber.addObserver((exit) => {
          if (Exit.isSuccess(exit)) say(exit.value)
          else if (!Cause.hasInterruptsOnly(exit.cause)) say({ _tag: "Broken", stack: String(exit.cause) })
        })
        return
      }
      case "Stop":
        // what the stage still hands over comes before: it is interrupted when it has kept that
        void Effect.runPromise(task === undefined ? Effect.void : Fiber.interrupt(task)).then(() =>
          say({ _tag: "Stopped" })
        )
        return
      default:
        waiting.get(order.id)?.(order)
        waiting.delete(order.id)
    }
  })
  const opened = await runtime.runPromiseExit(
    Effect.map(Engine, ({ identity }) => identity.numericClass).pipe(
      Effect.match({
        onFailure: failed,
        onSuccess: (numericClass): Report => ({ _tag: "Ready", numericClass })
      })
    )
  )
  say(Exit.isSuccess(opened) ? opened.value : { _tag: "Broken", stack: String(opened.cause) })
}

const failed = (failure: Failure): Report => ({ _tag: "Failed", failure: plainFailure(failure) })
const done = (artifacts: Files): Report => ({ _tag: "Done", artifacts })
