/** What an imitation leaves beside its weights. */
import { Schema } from "effect"

/** What an imitation hands over, `imitation.json`: what came of it, and whose weights go on from here. */
export const Handover = Schema.Struct({
  pupil: Schema.String,
  teacher: Schema.Struct({ rule: Schema.String, scale: Schema.Finite, errs: Schema.Finite }),
  /** Updates that were run, and at most. */
  updates: Schema.Int,
  limit: Schema.Int,
  /** The cross entropy at the beginning of the last update, and the teacher's own part of it, in nats. */
  loss: Schema.Finite,
  teacher_entropy: Schema.Finite,
  /** Null where none was asked for. */
  bound: Schema.NullOr(Schema.Finite),
  met: Schema.NullOr(Schema.Boolean),
  /** The agents that have imitated, here or before. */
  hands: Schema.Array(Schema.String)
})
export type Handover = typeof Handover.Type

/** The name of the artifact that says what an imitation hands over. */
export const handoverName = "imitation.json"
