/** Measured values: what, by whom, where, from how many episodes. */
import { Effect, Schema } from "effect"
import type { Episodes } from "../environment/Episodes.ts"
import { StageError } from "../Stage.ts"
import type { Estimate } from "./Statistics.ts"
import { normal, shareOf } from "./Statistics.ts"

/** A value measured by one stage for one seed; the interval is over episodes. */
export const Measured = Schema.Struct({
  metric: Schema.String,
  /** The objective or the oracle. */
  by: Schema.String,
  oracle: Schema.Boolean,
  /** The environment or the shift. */
  on: Schema.String,
  choose: Schema.Literals(["greedy", "sampled"]),
  /** null where the quantity is undefined. */
  value: Schema.NullOr(Schema.Finite),
  low: Schema.NullOr(Schema.Finite),
  high: Schema.NullOr(Schema.Finite),
  /** Episodes, or blocks of them; for a value made of parts (mp, bs, ss, bas, synergy, ccm) the number of parts that are defined. */
  n: Schema.Int
})
export type Measured = typeof Measured.Type

/** The text of a stage's `measures.json`. */
export const Measures = Schema.fromJsonString(Schema.Struct({ measures: Schema.Array(Measured) }))

/** The bytes of a stage's `measures.json`. */
export const encodeMeasures = (measures: ReadonlyArray<Measured>): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify({ measures }, null, 1)}\n`)

/** Reads a stage's `measures.json`. */
export const decodeMeasures = Effect.fnUntraced(function* (stage: string, bytes: Uint8Array) {
  const { measures } = yield* Schema.decodeUnknownEffect(Measures)(new TextDecoder().decode(bytes)).pipe(
    Effect.mapError(
      (error) => new StageError({ stage, reason: `measures.json is not what this version writes: ${error.message}` })
    )
  )
  return measures
})

/**
 * The estimate of a metric over episodes: `success` the share of episodes that reached the goal (Wilson interval); `steps`,
 * `collisions`, `tokens`, `reward` sums per episode, failures included; `excess` steps beyond the best plan; `steps_when_successful`
 * steps of the episodes that reached the goal, whose number is n (normal intervals).
 * Undefined metrics are `undefined`.
 */
export const estimate = (metric: string, episodes: Episodes): Estimate | undefined => {
  switch (metric) {
    case "success":
      return shareOf(episodes.success)
    case "steps":
      return normal(episodes.steps)
    case "collisions":
      return normal(episodes.collisions)
    case "tokens":
      return normal(episodes.tokens)
    case "reward":
      return normal(episodes.reward)
    case "steps_when_successful":
      return normal(episodes.steps.filter((_, i) => episodes.success[i] === 1))
    case "excess":
      return normal(episodes.steps.map((steps, i) => steps - (episodes.best[i] ?? 0)))
    default:
      return undefined
  }
}

const orNull = (x: number) => (Number.isFinite(x) ? x : null)

/** One measured value per metric: of `others` where it is there, else of the episodes. */
export const measure = Effect.fnUntraced(function* (
  stage: string,
  metrics: ReadonlyArray<string>,
  episodes: Episodes,
  of: Pick<Measured, "by" | "on" | "oracle" | "choose">,
  others: ReadonlyMap<string, Estimate> = new Map()
) {
  return yield* Effect.forEach(metrics, (metric) => {
    const found = others.get(metric) ?? estimate(metric, episodes)
    return found === undefined
      ? Effect.fail(new StageError({ stage, reason: `nothing here measures ${metric}` }))
      : Effect.succeed<Measured>({
          metric,
          ...of,
          value: orNull(found.mean),
          low: orNull(found.low),
          high: orNull(found.high),
          n: found.n
        })
  })
})
