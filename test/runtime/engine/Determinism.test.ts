import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Engine } from "../../../src/runtime/engine/Engine.ts"
import * as Select from "../../../src/runtime/engine/Select.ts"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { makeGraph } from "../../../src/runtime/graph/Graph.ts"
import * as G from "../../../src/runtime/graph/Operations.ts"
import { bitsOf, engines, filled, numbers, openOn } from "./Engines.ts"
import { classifier, recurrent, train } from "./Networks.ts"

const child = (task: "train" | "memory", engine: (typeof engines)[number]): string =>
  execFileSync(process.execPath, ["--expose-gc", fileURLToPath(new URL("./Child.ts", import.meta.url)), task, engine], {
    encoding: "utf8"
  })

const trainBoth = (engine: (typeof engines)[number]) =>
  Effect.gen(function* () {
    const session = yield* openOn(engine)
    const first = yield* train(session, classifier(), 5)
    const second = yield* train(session, recurrent("batched"), 5)
    return `${bitsOf(first)}\n${bitsOf(second)}\n`
  }).pipe(Effect.scoped)

describe.each(engines)("bits on %s", (engine) => {
  it.effect("are what the engine says of them: the same every time, which the tests below hold it to", () =>
    Effect.gen(function* () {
      const { identity } = yield* Engine
      assert.deepStrictEqual([identity.deterministic, identity.threads], [true, 1])
    }).pipe(Effect.provide(Select.layer(engine)))
  )

  it.effect("are the same in two sessions", () =>
    Effect.gen(function* () {
      assert.isTrue((yield* trainBoth(engine)) === (yield* trainBoth(engine)))
    })
  )

  it.effect("are the same in another process", () =>
    Effect.gen(function* () {
      assert.isTrue((yield* trainBoth(engine)) === child("train", engine))
    })
  )

  it.effect("do not depend on where in a buffer a feed lies", () =>
    Effect.gen(function* () {
      const builder = makeBuilder()
      const x = builder.input("x", [37, 53])
      const session = yield* openOn(engine)
      const rows = G.sum(x, { axes: [1] })
      yield* session.load(
        makeGraph("sums", { outputs: { all: G.sum(x), rows, product: G.matmul(x, x, { transposeB: true }) } })
      )
      const data = filled([37, 53], numbers(5))
      const expected = bitsOf(yield* session.run("sums", { x: data }))
      for (let offset = 1; offset < 8; offset++) {
        const moved = new Float32Array(data.length + offset).subarray(offset)
        moved.set(data)
        assert.strictEqual(bitsOf(yield* session.run("sums", { x: moved })), expected, `offset ${offset}`)
      }
    })
  )
})

describe("onnx", () => {
  it("needs no more memory after 360 updates than after 60", () => {
    const { after, before } = JSON.parse(child("memory", "onnx"))
    // The states and feeds of one update take 13 kB; one leaked per update would be 4 MB.
    assert.isAtMost(after - before, 100_000)
  })
})
