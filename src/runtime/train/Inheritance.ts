/** The weights that a training takes over from imitations before it. */
import { Effect, Schema } from "effect"
import type { Learner } from "../agent/Team.ts"
import { StageError, StageRun } from "../Stage.ts"
import { decode } from "../store/Safetensors.ts"
import { Handover, handoverName } from "./Handover.ts"

const decodeHandover = Schema.decodeUnknownEffect(Schema.fromJsonString(Handover))

/** Flat parameters by learner, of those among `learners` who imitated in a stage before this one. */
export const inheritedWeights = Effect.fnUntraced(function* (learners: ReadonlyArray<Learner>) {
  const run = yield* StageRun
  const found = new Map<string, Float32Array>()
  for (const [stage, artifacts] of Object.entries(run.upstream)) {
    const said = artifacts[handoverName]
    const bytes = artifacts["weights.safetensors"]
    if (said === undefined || bytes === undefined) continue
    const broken = (reason: string) =>
      new StageError({ stage: run.label, reason: `what ${stage} hands over: ${reason}` })
    const { hands } = yield* decodeHandover(new TextDecoder().decode(said)).pipe(
      Effect.mapError(() => broken(`${handoverName} was written by another version of bica`))
    )
    const { tensors } = yield* Effect.fromResult(decode(bytes)).pipe(Effect.mapError(({ reason }) => broken(reason)))
    for (const { layout, name } of learners) {
      if (!hands.includes(name)) continue
      const vector = new Float32Array(layout.size)
      for (const entry of layout.entries) {
        const tensor = tensors[`${layout.group}.${entry.name}`]
        if (tensor === undefined || tensor.data.length !== entry.size)
          return yield* broken(`the weights of ${name} are of another network`)
        vector.set(tensor.data, entry.offset)
      }
      found.set(name, vector)
    }
  }
  return found as ReadonlyMap<string, Float32Array>
})
