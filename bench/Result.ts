/** The result of the bench as it is kept: figures with their spread, and what is needed to read them. */
import { Schema } from "effect"
import { EngineFacts } from "./Messages.ts"

const spreadFields = {
  median: Schema.Finite,
  minimum: Schema.Finite,
  maximum: Schema.Finite,
  /** One per round, in order. */
  values: Schema.Array(Schema.Finite)
}

export const sections = ["Training", "Evaluation", "Memory", "Start-up", "Language", "Checkpoints", "Workers"] as const

export const Measure = Schema.Struct({
  /** `training.bidirectional.64.both`; ratios refer to it. */
  id: Schema.String,
  section: Schema.Literals(sections),
  what: Schema.String,
  unit: Schema.String,
  /** What it is to stay below; results from before there were such bars have none. */
  below: Schema.optionalKey(Schema.Finite),
  ...spreadFields
})
export type Measure = typeof Measure.Type

/** Of two measures, taken round by round. */
export const Ratio = Schema.Struct({
  what: Schema.String,
  above: Schema.String,
  below: Schema.String,
  better: Schema.optionalKey(Schema.Literals(["more", "less"])),
  ...spreadFields
})
export type Ratio = typeof Ratio.Type

export const Result = Schema.Struct({
  format: Schema.Literal("bica-bench/1"),
  /** When it began, ISO 8601, UTC. */
  began: Schema.String,
  /** Made with --quick: it shows that the bench works, its figures mean nothing. */
  quick: Schema.Boolean,
  rounds: Schema.Int,
  machine: Schema.Struct({
    platform: Schema.String,
    processor: Schema.String,
    cores: Schema.Int,
    instructions: Schema.String,
    /** MiB. */
    memory: Schema.Finite,
    /** Processes that were running or waiting to, averaged over the minute before the bench began; null where the system does not tell. */
    loadBefore: Schema.NullOr(Schema.Finite)
  }),
  engine: EngineFacts,
  versions: Schema.Record(Schema.String, Schema.String),
  configuration: Schema.Struct({
    environments: Schema.Int,
    steps: Schema.Int,
    epochs: Schema.Int,
    minibatches: Schema.Int,
    hidden: Schema.Array(Schema.Int),
    /** Updates that are timed together. */
    block: Schema.Int,
    warmUp: Schema.Int,
    episodes: Schema.Int
  }),
  measures: Schema.Array(Measure),
  ratios: Schema.Array(Ratio)
})
export type Result = typeof Result.Type

export const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Result))
