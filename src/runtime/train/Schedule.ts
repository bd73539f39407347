/** Numbers that change from update to update. */
import type { Schedule as Type } from "../loss/Expression.ts"

export type Schedule = Type

/** The same value at every update. */
export const constant = (value: number): Schedule => ({ kind: "constant", value })

/** From `from` to `to` in equal steps over `over` updates, `to` from then on. */
export const linear = (from: number, to: number, over: number): Schedule => ({ kind: "linear", from, to, over })

/** `from` multiplied by `by` at each update, never past `to`. */
export const geometric = (from: number, to: number, by: number): Schedule => ({ kind: "geometric", from, to, by })

/**
 * The value of a schedule at update `update` (0 is the first).
 *
 * ```ts import.meta.vitest
 * at(linear(1, 0, 4), 1) // => 0.75
 * at(geometric(1, 0.3, 0.5), 2) // => 0.3
 * ```
 */
export const at = (schedule: Schedule, update: number): number => {
  switch (schedule.kind) {
    case "constant":
      return schedule.value
    case "linear":
      return schedule.from + (schedule.to - schedule.from) * Math.min(1, update / schedule.over)
    case "geometric": {
      const value = schedule.from * schedule.by ** update
      return schedule.to < schedule.from ? Math.max(schedule.to, value) : Math.min(schedule.to, value)
    }
  }
}
