/** The engine that a command runs on. */
import { Effect, Layer } from "effect"
import type { Engine } from "../runtime/engine/Engine.ts"
import * as Select from "../runtime/engine/Select.ts"
import { stopOf } from "./Failures.ts"
import type { Stop } from "./Stop.ts"
import { wrongFile } from "./Stop.ts"

/**
 * The engine of that name, or without one the fastest that works here. A name that no engine has is wrong usage; an engine
 * that is not there is the machine's fault.
 */
export const engineLayer = (name: string | undefined): Layer.Layer<Engine, Stop> => {
  const choice = name ?? "auto"
  if (!Select.isChoice(choice)) {
    return Layer.unwrap(
      Effect.fail(wrongFile(`bica: there is no engine ${choice}; there are ${Select.choices.join(", ")}`))
    )
  }
  return Layer.effectContext(Layer.build(Select.layer(choice)).pipe(Effect.mapError(stopOf)))
}
