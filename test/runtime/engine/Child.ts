/**
 * Run in a process of its own by Determinism.test.ts: `train` prints the bits of two trainings, `memory` the bytes outside the heap of
 * JavaScript after 60 and after 360 updates.
 */
import { Effect } from "effect"
import * as Select from "../../../src/runtime/engine/Select.ts"
import { bitsOf, openOn } from "./Engines.ts"
import { begin, classifier, recurrent, train } from "./Networks.ts"

const [task = "", engine = ""] = process.argv.slice(2)
const choice = Select.isChoice(engine) ? engine : "onnx"

/** Collected twice, with a turn of the event loop between: finalisers of native values run in one. */
const collected = Effect.gen(function* () {
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.()
    yield* Effect.sleep("10 millis")
  }
  return process.memoryUsage().external
})

const program = Effect.gen(function* () {
  const session = yield* openOn(choice)
  if (task === "train") {
    const first = yield* train(session, classifier(), 5)
    const second = yield* train(session, recurrent("batched"), 5)
    return `${bitsOf(first)}\n${bitsOf(second)}\n`
  }
  const training = classifier()
  yield* begin(session, training)
  const repeat = (times: number) =>
    Effect.gen(function* () {
      for (let update = 0; update < times; update++) yield* session.run("classifier", training.feeds(update))
    })
  yield* repeat(60)
  const before = yield* collected
  yield* repeat(300)
  return JSON.stringify({ before, after: yield* collected })
})

process.stdout.write(await Effect.runPromise(Effect.scoped(program)))
