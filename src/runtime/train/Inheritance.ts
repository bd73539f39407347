/** The weights that a training takes over from imitations and from a training before it. */
import { Effect, Schema } from "effect"
import type { Layout } from "../agent/Network.ts"
import type { Learner } from "../agent/Team.ts"
import { StageError, StageRun } from "../Stage.ts"
import { decode } from "../store/Safetensors.ts"
import type { StoredTensor } from "../store/Store.ts"
import { Handover, handoverName } from "./Handover.ts"

const decodeHandover = Schema.decodeUnknownEffect(Schema.fromJsonString(Handover))

type Tensors = Readonly<Record<string, StoredTensor>>

/** The flat parameters of a layout; "absent" where none of them is there, undefined where they are of another network. */
const vectorOf = (tensors: Tensors, layout: Layout): Float32Array | "absent" | undefined => {
  const found = layout.entries.map((entry) => tensors[`${layout.group}.${entry.name}`])
  if (found.every((tensor) => tensor === undefined)) return "absent"
  const vector = new Float32Array(layout.size)
  for (const [i, entry] of layout.entries.entries()) {
    const tensor = found[i]
    if (tensor === undefined || tensor.data.length !== entry.size) return undefined
    vector.set(tensor.data, entry.offset)
  }
  return vector
}

/**
 * Flat parameters by group: of those among `learners` who imitated in a stage before this one or were in the team of a training before it, and
 * of that training's critic, where it reads a state of the same size. Who was frozen there and had never learned is not among them.
 */
export const inheritedWeights = Effect.fnUntraced(function* (learners: ReadonlyArray<Learner>, critic: Layout) {
  const run = yield* StageRun
  const found = new Map<string, Float32Array>()
  for (const [stage, artifacts] of Object.entries(run.upstream)) {
    const said = artifacts[handoverName]
    const bytes = artifacts["weights.safetensors"]
    if (bytes === undefined) continue
    const broken = (reason: string) =>
      new StageError({ stage: run.label, reason: `what ${stage} hands over: ${reason}` })
    // who has not imitated is as it was drawn after an imitation
    const imitated =
      said === undefined
        ? undefined
        : (yield* decodeHandover(new TextDecoder().decode(said)).pipe(
            Effect.mapError(() => broken(`${handoverName} was written by another version of bica`))
          )).hands
    const { tensors } = yield* Effect.fromResult(decode(bytes)).pipe(Effect.mapError(({ reason }) => broken(reason)))
    for (const { layout, name } of learners) {
      if (imitated?.includes(name) === false) continue
      const vector = vectorOf(tensors, layout)
      if (vector === "absent" && imitated === undefined) continue
      if (vector === undefined || vector === "absent")
        return yield* broken(`the weights of ${name} are of another network`)
      found.set(name, vector)
    }
    const values = vectorOf(tensors, critic)
    if (imitated === undefined && values instanceof Float32Array) found.set(critic.group, values)
  }
  return found as ReadonlyMap<string, Float32Array>
})
