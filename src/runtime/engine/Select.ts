/**
 * Which engine runs, and why.
 */
import { Effect, Layer, Result } from "effect"
import * as TensorFlow from "../tensor/TensorFlow.ts"
import type { Engine, EngineError } from "./Engine.ts"
import { machine } from "./Machine.ts"
import * as OnnxEngine from "./onnx/OnnxEngine.ts"
import * as TfjsEngine from "./tfjs/TfjsEngine.ts"

/** What may be asked for: an engine by name, `tfjs` for the fastest of its three, `auto` for the fastest of all. */
export const choices = ["auto", "onnx", "tfjs", "tfjs-node-gpu", "tfjs-node", "tfjs-cpu"] as const

export type Choice = (typeof choices)[number]

export const isChoice = (text: string): text is Choice => choices.some((choice) => choice === text)

/** One engine as `bica doctor` shows it. */
export interface Description {
  readonly name: string
  readonly available: boolean
  /** Whether `auto` takes it. */
  readonly chosen: boolean
  /** Versions, device and threads; or what is missing and what to do. */
  readonly detail: string
}

/**
 * The engine of that choice: `auto` is `tfjs-node-gpu` where CUDA works, else `onnx`; `tfjs` is the first of `tfjs-node-gpu`,
 * `tfjs-node` and `tfjs-cpu` that loads. An engine asked for by name is never replaced by another: if it is not there, the layer fails
 * with what is missing.
 */
export const layer = (choice: Choice): Layer.Layer<Engine, EngineError> => {
  switch (choice) {
    case "auto":
      return Layer.unwrap(
        Effect.map(loads("tfjs-node-gpu"), (there) => (there ? TfjsEngine.layer("tfjs-node-gpu") : OnnxEngine.layer))
      )
    case "onnx":
      return OnnxEngine.layer
    case "tfjs":
      return Layer.unwrap(
        Effect.gen(function* () {
          for (const variant of ["tfjs-node-gpu", "tfjs-node"] as const) {
            if (yield* loads(variant)) return TfjsEngine.layer(variant)
          }
          return TfjsEngine.layer("tfjs-cpu")
        })
      )
    default:
      return TfjsEngine.layer(choice)
  }
}

/** Every engine, whether it can be used on this machine and which one `auto` takes. Loads native packages in a process of their own. */
export const describe: Effect.Effect<ReadonlyArray<Description>> = Effect.gen(function* () {
  const { cores, instructions, platform, processor } = yield* machine
  const here = `${processor} (${platform}, ${instructions}, ${cores} core${cores === 1 ? "" : "s"})`
  const { detail: device } = yield* TensorFlow.cuda

  const onnx = yield* OnnxEngine.identity.pipe(
    Effect.map(({ version }) => ({ available: true, detail: `${version} on ${here}, 1 thread` })),
    Effect.catch(({ reason }) => Effect.succeed({ available: false, detail: reason }))
  )
  const examined = yield* Effect.forEach(["tfjs-node-gpu", "tfjs-node", "tfjs-cpu"] as const, (name) =>
    TensorFlow.examine(name).pipe(
      Effect.map((version) => ({
        name,
        available: true,
        detail: `${version} on ${name === "tfjs-node-gpu" ? device : here}${name === "tfjs-cpu" ? ", plain JavaScript, slow" : ""}`
      })),
      Effect.catch(({ reason }) => Effect.succeed({ name, available: false, detail: reason }))
    )
  )

  const engines = [{ name: "onnx", ...onnx }, ...examined]
  const chosen = ["tfjs-node-gpu", "onnx"].find((name) =>
    engines.some((engine) => engine.name === name && engine.available)
  )
  return engines.map((engine) => ({ ...engine, chosen: engine.name === chosen }))
})

// internal

const loads = (variant: TensorFlow.Variant): Effect.Effect<boolean> =>
  Effect.map(Effect.result(TensorFlow.load(variant)), Result.isSuccess)
