import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { agree, engines, openOn } from "./Engines.ts"
import { begin, classifier, expectedOf, recurrent, train } from "./Networks.ts"

const trainings = [classifier(), recurrent("batched"), recurrent("unrolled")]
const names = trainings.map((training) => [training.graph.name, training] as const)

describe.each(engines)("training on %s", (engine) => {
  it.effect.each(names)("%s: five updates give the losses, parameters and moments of the interpreter", ([, training]) =>
    Effect.gen(function* () {
      const expected = expectedOf(training, 5)
      const actual = yield* train(yield* openOn(engine), training, 5)
      assert.deepStrictEqual(Object.keys(actual).sort(), Object.keys(expected).sort())
      for (const name of Object.keys(expected)) agree(actual[name], expected[name], `${training.graph.name}: ${name}`)
    })
  )

  it.effect("holds as many tensors after 50 updates as after the first", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      const training = classifier()
      yield* begin(session, training)
      yield* session.run("classifier", training.feeds(0))
      const counted = yield* session.tensorCount
      for (let update = 1; update <= 50; update++) yield* session.run("classifier", training.feeds(update))
      assert.strictEqual(yield* session.tensorCount, counted)
    })
  )
})
