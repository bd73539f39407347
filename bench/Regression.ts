/** Holds ratios to what they were: seconds belong to a machine, ratios taken within a round mostly to the program. */
import type { Result } from "./Result.ts"

/** A ratio that has become worse by more than both results scatter. */
export interface Regression {
  readonly what: string
  readonly before: number
  readonly now: number
  /** How many times as bad. */
  readonly worse: number
}

/**
 * The ratios of `now` that have a better way and are worse than in `before` by more than `tolerance` (0.25 is a quarter), with their whole
 * ranges apart: the best round of now is worse than the worst round of then. Ratios that only one result has are passed over.
 */
export const regressions = (before: Result, now: Result, tolerance: number): ReadonlyArray<Regression> =>
  now.ratios.flatMap((ratio) => {
    const { above, below, better, what } = ratio
    const known = before.ratios.find((other) => other.above === above && other.below === below)
    if (better === undefined || known === undefined) return []
    const worse = better === "more" ? known.median / ratio.median : ratio.median / known.median
    const apart = better === "more" ? ratio.maximum < known.minimum : ratio.minimum > known.maximum
    return worse > 1 + tolerance && apart ? [{ what, before: known.median, now: ratio.median, worse }] : []
  })
