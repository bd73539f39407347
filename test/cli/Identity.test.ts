import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { environment } from "../../src/cli/Identity.ts"
import { Engine } from "../../src/runtime/engine/Engine.ts"
import * as Select from "../../src/runtime/engine/Select.ts"

/** The reference engine, as it would be if it stated something else of its bits. */
const stating = (deterministic: boolean) =>
  Layer.effect(
    Engine,
    Effect.map(Engine, (engine) => Engine.of({ ...engine, identity: { ...engine.identity, deterministic } }))
  ).pipe(Layer.provide(Select.layer("tfjs-cpu")))

describe("what a run records of its engine", () => {
  it.effect("holds that it does not state that it gives the same bits every time, and nothing when it does", () =>
    Effect.gen(function* () {
      const [proven, unproven] = [
        yield* environment.pipe(Effect.provide(stating(true))),
        yield* environment.pipe(Effect.provide(stating(false)))
      ]
      assert.isFalse("deterministic" in proven)
      assert.deepStrictEqual(unproven, { ...proven, deterministic: false })
    })
  )
})
