/** What a run tells while it works: events for a terminal, a log or a machine. */
import { Context, Effect } from "effect"

/** A dual variable at an update: its value, the budgeted quantity as measured, and the bound. */
export interface DualReading {
  readonly name: string
  readonly value: number
  readonly quantity: number
  readonly bound: number
  readonly unit: string
}

export type Event =
  | {
      readonly _tag: "RunStarted"
      readonly pipeline: string
      readonly folder: string
      readonly engine: string
      readonly stages: number
      /** Stages that may run at once, where there are workers. */
      readonly workers?: number
    }
  | { readonly _tag: "StageStarted"; readonly label: string; readonly updates: number; readonly from: number }
  | {
      readonly _tag: "Update"
      readonly label: string
      readonly update: number
      readonly updates: number
      /** Environment steps taken so far. */
      readonly steps: number
      /** Environment steps per second of wall time, over the last updates. */
      readonly stepsPerSecond: number
      /** Share of the episodes that ended in this update with success; NaN when none ended. */
      readonly success: number
      readonly duals: ReadonlyArray<DualReading>
      /** Of an imitation: the cross entropy before the update, in nats, and the bound below which it ends. */
      readonly imitation?: { readonly loss: number; readonly bound?: number }
      /** Of a fit: what is made smaller, in nats; `steps` are images then. */
      readonly fit?: { readonly loss: number }
      readonly secondsLeft: number
    }
  | { readonly _tag: "StageEnded"; readonly label: string; readonly cached: boolean; readonly seconds: number }
  | { readonly _tag: "RunEnded"; readonly folder: string; readonly seconds: number }

/** Receives the events of a run. The default hears nothing. */
export class Progress extends Context.Service<
  Progress,
  {
    readonly report: (event: Event) => Effect.Effect<void>
  }
>()("bica/runtime/Progress") {
  static readonly silent = Progress.of({ report: () => Effect.void })
}
