import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, References } from "effect"
import { folder } from "../store/Scratch.ts"
import { train } from "./Trainings.ts"

const options = { times: 3, rollout: { environments: 4, steps: 4 }, checkpointEvery: 1 } as const

describe("a training of which every message is logged", () => {
  it.effect("gives the bytes of a silent one", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      const loud = yield* train({ ...options, folder: yield* folder }).pipe(
        Effect.tap(() => Effect.logTrace("it has ended")),
        Effect.provideService(References.MinimumLogLevel, "All"),
        Effect.provide(Logger.layer([logger]))
      )
      const silent = yield* train({ ...options, folder: yield* folder }).pipe(
        Effect.provideService(References.MinimumLogLevel, "None"),
        Effect.provide(Logger.layer([]))
      )
      assert.deepStrictEqual(lines.at(-1), "it has ended")
      assert.deepStrictEqual(Object.keys(loud.artifacts), Object.keys(silent.artifacts))
      for (const [name, bytes] of Object.entries(loud.artifacts)) {
        assert.deepStrictEqual(Buffer.from(bytes), Buffer.from(silent.artifacts[name] ?? new Uint8Array()), name)
      }
    }).pipe(Effect.scoped)
  )
})
