/** Metrics in TypeScript: what bica does not measure. A module exports them by name, and imports `bica/runtime` alone. */
import { Effect } from "effect"
import type { CodeMetric } from "../../declaration/Code.ts"
import type { Episodes } from "../environment/Episodes.ts"
import type { Trace } from "../play/Trace.ts"
import { StageError } from "../Stage.ts"
import { jackknifeEpisodes, jackknifeGroups } from "./EpisodeBootstrap.ts"
import type { Estimate } from "./Statistics.ts"
import { normal, wilson } from "./Statistics.ts"

/** What is counted of one episode. */
export interface Counts {
  /** Its number: the same number is the same map for every team and oracle of a seed. */
  readonly number: number
  readonly success: boolean
  readonly steps: number
  readonly collisions: number
  /** Tokens sent that are not silence, of all agents. */
  readonly tokens: number
  /** Sum of the rewards, undiscounted and not scaled. */
  readonly reward: number
  /** Steps of the best plan from the start. */
  readonly best: number
}

/**
 * One step. Intents, tokens, messages and actions are indices into the names of `Played`; a token one beyond the last symbol is silence,
 * as message 0 is. `intent` is -1 where nobody guides; `best` is the intent of the best plan, and bit k of `optimal` says whether
 * action k is among the best. `advice` is 0 in silence, else the kind of advice from 1 on. `collided`, `advanced` and `ahead` are 0 or 1; `x`, `y`
 * and `heading` are those before the step.
 */
export interface Step {
  readonly intent: number
  readonly token: number
  readonly heard: number
  readonly message: number
  readonly advice: number
  readonly action: number
  /** Entropy of the acting agent's policy, nats; NaN for a hand-written player of a module, of which nobody knows how sure it is. */
  readonly entropy: number
  readonly collided: number
  readonly advanced: number
  readonly x: number
  readonly y: number
  readonly heading: number
  readonly ahead: number
  readonly best: number
  readonly optimal: number
  /** What the speakers after the first did, in the order of their roles; empty in a team with one. */
  readonly others: ReadonlyArray<Utterance>
}

/** What one speaker did in a step: indices into its own names. */
export interface Utterance {
  readonly intent: number
  readonly token: number
  readonly heard: number
}

/** One episode step by step. */
export interface Stepped extends Counts {
  readonly trace: ReadonlyArray<Step>
}

/** What was played, and what the indices stand for. */
export interface Played {
  /** The environment or the shift, `map.dense`. */
  readonly on: string
  /** Steps that an episode has at most. */
  readonly horizon: number
  readonly symbols: ReadonlyArray<string>
  readonly intents: ReadonlyArray<string>
  /** The names of the speakers after the first. */
  readonly others: ReadonlyArray<{ readonly symbols: ReadonlyArray<string>; readonly intents: ReadonlyArray<string> }>
  readonly actions: ReadonlyArray<string>
  /** Messages that the acting agent may send; 0 where it says nothing. */
  readonly codes: number
}

interface Views {
  readonly counts: Counts
  readonly steps: Stepped
}

type Reads = CodeMetric["reads"]

/** A metric with its declaration, and what makes a number of an episode or of all of them; NaN where it is undefined. */
export interface Metric<R extends Reads = Reads> extends Omit<CodeMetric, "name" | "reads"> {
  readonly _tag: "CodeMetric"
  readonly reads: R
  /** One number of each episode; the metric is their mean, episodes without one left out. */
  readonly each?: (episode: Views[R], played: Played) => number
  /** One number of all episodes together. */
  readonly whole?: (episodes: ReadonlyArray<Views[R]>, played: Played) => number
}

type Stated<R extends Reads> = Omit<CodeMetric, "name" | "reads" | "better"> & {
  readonly reads: R
  readonly better?: CodeMetric["better"]
}

/**
 * A metric of a module of one's own. With `each` it is the mean of one number per episode, with the interval of a mean (Wilson's where
 * every number is 0 or 1); with `whole` one number of all episodes, with the interval of the jackknife over ten groups of them.
 */
export const make = <const R extends Reads>(
  options: Stated<R> &
    (
      | { readonly each: (episode: Views[R], played: Played) => number; readonly whole?: never }
      | { readonly whole: (episodes: ReadonlyArray<Views[R]>, played: Played) => number; readonly each?: never }
    )
): Metric<R> => ({ _tag: "CodeMetric", better: "none", ...options })

/** A metric by the name that a file gives it, `mine.talk`. */
export interface Named {
  readonly name: string
  readonly metric: Metric<"counts"> | Metric<"steps">
}

/** A metric by the name that a file gives it. */
export const named = (name: string, metric: Named["metric"]): Named => ({ name, metric })

/** What a metric must be told of a play; `trace` is needed where a metric reads steps. */
export interface Play extends Played {
  readonly episodes: Episodes
  readonly trace: Trace | undefined
}

/** Frozen, so that no metric changes what another one reads. */
const countsOf = (episodes: Episodes): ReadonlyArray<Counts> =>
  Array.from(episodes.success, (success, number) =>
    Object.freeze({
      number,
      success: success === 1,
      steps: episodes.steps[number] ?? 0,
      collisions: episodes.collisions[number] ?? 0,
      tokens: episodes.tokens[number] ?? 0,
      reward: episodes.reward[number] ?? 0,
      best: episodes.best[number] ?? 0
    })
  )

const stepOf = (trace: Trace, i: number): Step =>
  Object.freeze({
    intent: trace.intent[i] ?? 0,
    token: trace.token[i] ?? 0,
    heard: trace.heard[i] ?? 0,
    message: trace.message[i] ?? 0,
    advice: trace.advice[i] ?? 0,
    action: trace.action[i] ?? 0,
    entropy: trace.entropy[i] ?? 0,
    collided: trace.collided[i] ?? 0,
    advanced: trace.advanced[i] ?? 0,
    x: trace.x[i] ?? 0,
    y: trace.y[i] ?? 0,
    heading: trace.heading[i] ?? 0,
    ahead: trace.ahead[i] ?? 0,
    best: trace.best[i] ?? 0,
    optimal: trace.optimal[i] ?? 0,
    others: Object.freeze(
      trace.others.map(({ heard, intent, token }) =>
        Object.freeze({ intent: intent[i] ?? 0, token: token[i] ?? 0, heard: heard[i] ?? 0 })
      )
    )
  })

/** The episodes that a trace holds, step by step. */
const steppedOf = (counts: ReadonlyArray<Counts>, trace: Trace): ReadonlyArray<Stepped> => {
  const steps: Array<Array<Step>> = Array.from({ length: trace.episodes }, () => [])
  for (let i = 0; i < trace.rows; i++) steps[trace.episode[i] ?? 0]?.push(stepOf(trace, i))
  return counts
    .slice(0, trace.episodes)
    .map((one) => Object.freeze({ ...one, trace: Object.freeze(steps[one.number] ?? []) }))
}

/** The estimate of one metric from what it reads; throws what is wrong with it. */
const estimateOf = <R extends Reads>(
  metric: Metric<R>,
  episodes: ReadonlyArray<Views[R]>,
  played: Played
): Estimate => {
  const { each, unit, whole } = metric
  const low = metric.minimum ?? (unit === "fraction" ? 0 : Number.NEGATIVE_INFINITY)
  const high = metric.maximum ?? (unit === "fraction" ? 1 : Number.POSITIVE_INFINITY)
  const sound = (value: number, of: string): number => {
    if (Number.isNaN(value)) return value
    if (!Number.isFinite(value)) throw new Error(`it gives ${value} ${of}`)
    if (value < low || value > high)
      throw new Error(
        `it gives ${value} ${of}, and says of itself that it is never ${value < low ? "below" : "above"} ${value < low ? low : high}`
      )
    return value
  }
  if (each !== undefined) {
    const values = episodes.map((episode) => sound(each(episode, played), `for episode ${episode.number}`))
    const again = episodes.map((episode) => each(episode, played))
    const differs = values.findIndex((value, i) => !Object.is(value, again[i]))
    if (differs >= 0)
      throw new Error(
        `it gives ${values[differs]} and then ${again[differs]} for the same episode: it is no function of what was played`
      )
    const defined = values.filter((value) => !Number.isNaN(value))
    const ones = defined.filter((value) => value === 1).length
    return unit === "fraction" && ones + defined.filter((value) => value === 0).length === defined.length
      ? wilson(ones, defined.length)
      : normal(defined)
  }
  if (whole === undefined) throw new Error("it makes nothing of episodes")
  const of = (some: ReadonlyArray<Views[R]>): number => sound(whole(some, played), `for ${some.length} episodes`)
  const first = of(episodes)
  const second = of(episodes)
  if (!Object.is(first, second))
    throw new Error(`it gives ${first} and then ${second} for the same episodes: it is no function of what was played`)
  if (episodes.length < 2 * jackknifeGroups)
    return { mean: first, low: Number.NaN, high: Number.NaN, n: episodes.length }
  const found = jackknifeEpisodes(
    Int32Array.from(episodes, (_, i) => i),
    (rows) => {
      const kept = new Set(rows)
      return of(episodes.filter((_, i) => kept.has(i)))
    },
    episodes.length
  )
  return { ...found, low: Math.max(low, found.low), high: Math.min(high, found.high) }
}

/** Whether a metric is known only where a stage plays first. */
export const readsSteps = ({ metric }: Named): boolean => metric.reads === "steps"

/**
 * The metrics of modules among `own`, of one play. A metric that throws, leaves its bounds, or gives two numbers for the same episodes
 * ends the stage; one that reads steps is left out where there is no trace.
 */
export const measureOwn = Effect.fnUntraced(function* (stage: string, own: ReadonlyArray<Named>, play: Play) {
  const found = new Map<string, Estimate>()
  if (own.length === 0) return found
  const { episodes, trace, ...played } = play
  const counts = countsOf(episodes)
  const stepped = trace === undefined || !own.some(readsSteps) ? undefined : steppedOf(counts, trace)
  for (const { metric, name } of own) {
    if (metric.reads === "steps" && stepped === undefined) continue
    const estimate = yield* Effect.try({
      try: () =>
        metric.reads === "steps" ? estimateOf(metric, stepped ?? [], played) : estimateOf(metric, counts, played),
      catch: (cause) =>
        new StageError({ stage, reason: `${name}, on ${play.on}: ${cause instanceof Error ? cause.message : cause}` })
    })
    found.set(name, estimate)
  }
  return found
})
