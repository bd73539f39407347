/** From a compiled file to the pipeline it defines. */
import { Effect, Predicate } from "effect"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import type { Pipeline } from "../runtime/Pipeline.ts"
import type { Checked } from "./Language.ts"
import { compiled } from "./Language.ts"
import type { Stop } from "./Stop.ts"
import { wrongFile } from "./Stop.ts"

const isPipeline = (value: unknown): value is Pipeline =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "Pipeline"

/** The address of the compiled module of a checked file, which is compiled when it is not known yet. */
export const moduleOf = (file: Checked): Effect.Effect<string, Stop> =>
  Effect.map(compiled(file), (path) => pathToFileURL(Path.resolve(path)).href)

/**
 * The pipeline of a checked file: its compiled module is imported. A module that cannot be
 * imported is a fault of the compiler, not of the file; but for an environment of the user's own that cannot be made as the file asks.
 */
export const load = Effect.fnUntraced(function* (file: Checked): Effect.fn.Return<Pipeline, Stop> {
  const address = yield* moduleOf(file)
  const module: unknown = yield* Effect.promise(() => import(address)).pipe(
    Effect.catchDefect((defect) =>
      Predicate.isTagged(defect, "EnvironmentError") && defect instanceof Error
        ? Effect.fail(
            wrongFile(`${file.source.name}: ${defect.message}`, "Mend the module, or what the file gives it.")
          )
        : Effect.die(defect)
    )
  )
  if (typeof module === "object" && module !== null && "pipeline" in module && isPipeline(module.pipeline)) {
    return module.pipeline
  }
  return yield* Effect.die(new Error(`${address} does not export a pipeline`))
})
