/** What a run and its workers say to each other: plain data that can be copied from one thread to another. */
import { EngineError } from "../engine/Engine.ts"
import type { Files } from "../Perform.ts"
import type { Selection } from "../Plan.ts"
import type { Event } from "../Progress.ts"
import { Diverged, StageError } from "../Stage.ts"
import type { Failure } from "../Stage.ts"
import type { Checkpoint } from "../store/Store.ts"
import { StoreError } from "../store/Store.ts"

/** A job to run, by its label, and what the stages before it gave. */
export interface Task {
  readonly label: string
  readonly upstream: Readonly<Record<string, Files>>
}

/** A failure without its class, which does not outlive the copy. */
export interface PlainFailure {
  readonly tag: Failure["_tag"]
  readonly fields: Readonly<Record<string, unknown>>
}

/** From the run to a worker. */
export type Order =
  | { readonly _tag: "Run"; readonly task: Task }
  /** To end the task as soon as what it has done can be kept. */
  | { readonly _tag: "Stop" }
  | { readonly _tag: "Answer"; readonly id: number; readonly value: unknown }
  | { readonly _tag: "Refusal"; readonly id: number; readonly failure: PlainFailure }

/** From a worker to the run. */
export type Report =
  | { readonly _tag: "Ready"; readonly numericClass: string }
  | { readonly _tag: "Event"; readonly event: Event }
  | { readonly _tag: "Warning"; readonly text: string }
  | { readonly _tag: "Latest"; readonly id: number }
  | { readonly _tag: "Checkpoint"; readonly id: number; readonly checkpoint: Checkpoint }
  | { readonly _tag: "Done"; readonly artifacts: Files }
  /** The answer to `Stop`: there is no task any more. */
  | { readonly _tag: "Stopped" }
  | { readonly _tag: "Failed"; readonly failure: PlainFailure }
  | { readonly _tag: "Broken"; readonly stack: string }

/** What a worker must know before its first task. */
export interface Briefing {
  /** Address of the module that exports the pipeline. */
  readonly module: string
  readonly engine: string
  /** Decides the jobs, as it does for the run. */
  readonly selection: Selection
}

const causeText = (cause: unknown): string | undefined =>
  cause === undefined ? undefined : cause instanceof Error ? cause.message : String(cause)

/** A failure as data. Of its cause only the sentence is left. */
export const plainFailure = (failure: Failure): PlainFailure => {
  const tag = failure._tag
  switch (tag) {
    case "EngineError":
      return {
        tag,
        fields: {
          engine: failure.engine,
          graph: failure.graph,
          reason: failure.reason,
          cause: causeText(failure.cause)
        }
      }
    case "StoreError":
      return {
        tag,
        fields: { path: failure.path, reason: failure.reason, fix: failure.fix, cause: causeText(failure.cause) }
      }
    case "Diverged":
      return {
        tag,
        fields: { stage: failure.stage, update: failure.update, quantity: failure.quantity, value: failure.value }
      }
    case "StageError":
      return { tag, fields: { stage: failure.stage, reason: failure.reason } }
  }
}

/** The failure that was made data by `plainFailure`. */
export const failureOf = ({ fields, tag }: PlainFailure): Failure => {
  const text = (name: string) => String(fields[name])
  switch (tag) {
    case "EngineError":
      return new EngineError({
        engine: text("engine"),
        graph: text("graph"),
        reason: text("reason"),
        cause: fields.cause
      })
    case "StoreError":
      return new StoreError({ path: text("path"), reason: text("reason"), fix: text("fix"), cause: fields.cause })
    case "Diverged":
      return new Diverged({
        stage: text("stage"),
        update: Number(fields.update),
        quantity: text("quantity"),
        value: text("value")
      })
    case "StageError":
      return new StageError({ stage: text("stage"), reason: text("reason") })
  }
}
