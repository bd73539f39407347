/**
 * Lets the rest of the process have its turn between the runs of an engine.
 */
import { Effect } from "effect"
import { performance } from "node:perf_hooks"

/**
 * Runs are synchronous inside; without a pause, a training loop would keep timers, signals and interruption waiting for as long as
 * it lasts. The result yields before a run when the last pause was `milliseconds` ago. Time decides only when to pause, never
 * what is computed.
 */
export const make = (milliseconds: number): (<A, E, R>(run: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) => {
  let last = performance.now()
  return (run) =>
    Effect.suspend(() => {
      if (performance.now() - last < milliseconds) return run
      return Effect.flatMap(Effect.yieldNow, () => {
        last = performance.now()
        return run
      })
    })
}
