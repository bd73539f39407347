/** What the bench and the processes that it measures say to each other. */
import { Schema } from "effect"
import { objectiveNames } from "./Experiment.ts"

/** What a measured process is for; one per process, given when it starts. */
export const Task = Schema.TaggedUnion({
  /** Trains, `block` updates at a time, after `warmUp` updates that do not count. */
  Training: {
    objective: Schema.Literals(objectiveNames),
    hidden: Schema.Int,
    block: Schema.Int,
    warmUp: Schema.Int,
    /** Updates between checkpoints; without it none is written. */
    checkpointEvery: Schema.optionalKey(Schema.Int),
    /** The folder for the run. */
    runs: Schema.String
  },
  /** Checks and compiles a file over and over, and reads and edits one of a thousand lines that is made of `long`. */
  Language: { file: Schema.String, long: Schema.String, times: Schema.Int }
})
export type Task = typeof Task.Type

/** Measure once: the next block of updates, so many greedy episodes with the weights as they are, or the language. */
export const Command = Schema.TaggedUnion({
  Train: {},
  Evaluate: { episodes: Schema.Int },
  Compile: {}
})
export type Command = typeof Command.Type

/** Which engine trains. */
export const EngineFacts = Schema.Struct({
  name: Schema.String,
  version: Schema.String,
  numericClass: Schema.String,
  device: Schema.String,
  threads: Schema.Int
})

export const Reply = Schema.TaggedUnion({
  Ready: { engine: Schema.optionalKey(EngineFacts) },
  Measured: { values: Schema.Record(Schema.String, Schema.Finite) }
})
export type Reply = typeof Reply.Type

export const decodeTask = Schema.decodeUnknownEffect(Schema.fromJsonString(Task))
export const decodeCommand = Schema.decodeUnknownEffect(Command)
export const decodeReply = Schema.decodeUnknownEffect(Reply)
