import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { makeGraph } from "../../../src/runtime/graph/Graph.ts"
import * as G from "../../../src/runtime/graph/Operations.ts"
import { engines, openOn } from "./Engines.ts"

/** y = x w; then w becomes w / 2. */
const halving = () => {
  const builder = makeBuilder()
  const x = builder.input("x", [3])
  const w = builder.state("w", [3])
  return makeGraph("halving", { outputs: { y: G.mul(x, w) }, updates: { w: G.mul(w, 0.5) } })
}

const floats = (...values: ReadonlyArray<number>) => Float32Array.from(values)

describe.each(engines)("a session on %s", (engine) => {
  const message = <A>(effect: Effect.Effect<A, Error>) => Effect.map(Effect.flip(effect), (error) => error.message)

  it.effect("carries state from run to run, and from graph to graph", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      const builder = makeBuilder()
      yield* session.load(halving())
      yield* session.load(makeGraph("sum", { outputs: { total: G.sum(builder.state("w", [3])) } }))
      yield* session.write("w", { shape: [3], data: floats(8, 16, 32) })
      assert.deepStrictEqual(yield* session.run("halving", { x: floats(1, 10, 100) }), { y: floats(8, 160, 3200) })
      assert.deepStrictEqual(yield* session.run("halving", { x: floats(1, 10, 100) }), { y: floats(4, 80, 1600) })
      assert.deepStrictEqual(yield* session.read("w"), floats(2, 4, 8))
      assert.deepStrictEqual(yield* session.run("sum", {}), { total: floats(14) })
    })
  )

  it.effect("hands out inputs, states and constants as they are, and swaps states", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      const builder = makeBuilder()
      const x = builder.input("x", [2])
      const [a, b] = [builder.state("a", [2]), builder.state("b", [2])]
      for (const name of ["c", "d", "e", "f"]) builder.state(name, [2])
      const five = builder.constant([5, 6], [2])
      const product = G.mul(x, a)
      yield* session.load(
        makeGraph("plain", {
          outputs: { x, a, five, same: x, product, "product too": product },
          updates: { a: b, b: a, c: product, d: product, e: five, f: x }
        })
      )
      yield* session.write("a", { shape: [2], data: floats(1, 2) })
      yield* session.write("b", { shape: [2], data: floats(3, 4) })
      const fed = floats(10, 20)
      const outputs = yield* session.run("plain", { x: fed })
      assert.deepStrictEqual(outputs, {
        x: floats(10, 20),
        a: floats(1, 2),
        five: floats(5, 6),
        same: floats(10, 20),
        product: floats(10, 40),
        "product too": floats(10, 40)
      })
      // Nobody's array is another's: neither what was fed nor what was handed out reaches a state.
      fed.fill(0)
      for (const output of Object.values(outputs)) output.fill(-1)
      const states = yield* Effect.forEach(["a", "b", "c", "d", "e", "f"], session.read)
      const expected = [floats(3, 4), floats(1, 2), floats(10, 40), floats(10, 40), floats(5, 6), floats(10, 20)]
      assert.deepStrictEqual(states, expected)
      states.forEach((state) => state.fill(-1))
      const again = yield* session.run("plain", { x: floats(1, 1) })
      assert.deepStrictEqual(again["a"], floats(3, 4))
      assert.deepStrictEqual(again["five"], floats(5, 6))
    })
  )

  it.effect("leaves what it handed out alone", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      yield* session.load(halving())
      const written = floats(8, 16, 32)
      yield* session.write("w", { shape: [3], data: written })
      written.fill(0)
      const first = yield* session.run("halving", { x: floats(1, 1, 1) })
      yield* session.run("halving", { x: floats(2, 2, 2) })
      assert.deepStrictEqual(first, { y: floats(8, 16, 32) })
    })
  )

  it.effect("names what is wrong", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      const graph = halving()
      const run = (feeds: Record<string, Float32Array>) => message(session.run("halving", feeds))
      assert.strictEqual(yield* run({}), `${engine}: graph halving: no graph of this name is loaded`)
      yield* session.load(graph)
      yield* session.load(graph)
      assert.strictEqual(
        yield* message(session.load(halving())),
        `${engine}: graph halving: another graph of this name is loaded`
      )
      assert.strictEqual(yield* run({ X: floats(1, 2, 3) }), `${engine}: graph halving: input "x" [3] was not fed`)
      assert.strictEqual(
        yield* run({ x: floats(1, 2) }),
        `${engine}: graph halving: input "x" [3] takes 3 numbers, 2 were fed`
      )
      assert.strictEqual(
        yield* run({ x: floats(1, 2, 3) }),
        `${engine}: graph halving: state "w" [3] has no value; write it before the run`
      )
      assert.strictEqual(yield* message(session.read("w")), `${engine}: there is no state "w"`)
      assert.strictEqual(
        yield* message(session.write("w", { shape: [2, 2], data: floats(1, 2, 3) })),
        `${engine}: state "w": a value of shape [2, 2] has 4 numbers, 3 were given`
      )
      yield* session.write("w", { shape: [4], data: floats(1, 2, 3, 4) })
      assert.strictEqual(
        yield* run({ x: floats(1, 2, 3) }),
        `${engine}: graph halving: state "w" is read as [3] and holds [4]`
      )
      // None of this did harm.
      yield* session.write("w", { shape: [3], data: floats(1, 2, 3) })
      assert.deepStrictEqual(yield* session.run("halving", { x: floats(1, 1, 1) }), { y: floats(1, 2, 3) })
    })
  )

  it.effect("lets NaN through, so that a diverging run is seen", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      const builder = makeBuilder()
      const x = builder.input("x", [2, 19])
      const zero = builder.input("zero", [2, 19])
      const outputs = {
        neg: G.neg(x),
        exp: G.exp(x),
        log: G.log(x),
        sqrt: G.sqrt(x),
        abs: G.abs(x),
        tanh: G.tanh(x),
        sigmoid: G.sigmoid(x),
        relu: G.relu(x),
        clip: G.clip(x, -1, 1),
        add: G.add(x, zero),
        mul: G.mul(x, zero),
        div: G.div(zero, x),
        minimum: G.minimum(x, zero),
        "minimum, the other way": G.minimum(zero, x),
        maximum: G.maximum(x, zero),
        "maximum, the other way": G.maximum(zero, x),
        matmul: G.matmul(x, zero, { transposeB: true }),
        sum: G.sum(x, { axes: [1] }),
        max: G.max(x, { axes: [1] }),
        "max of all": G.max(x),
        softmax: G.softmax(x),
        logSoftmax: G.logSoftmax(x)
      }
      yield* session.load(makeGraph("nan", { outputs }))
      // The second row holds a NaN, with an infinity before it.
      const data = new Float32Array(38).fill(0.5)
      data[20] = Infinity
      data[30] = NaN
      const values = yield* session.run("nan", { x: data, zero: new Float32Array(38) })
      for (const [name, value] of Object.entries(values)) {
        assert.isTrue(value.subarray(Math.floor(value.length / 2)).some(Number.isNaN), `${name} lost the NaN`)
        if (value.length > 1) assert.isFalse(Number.isNaN(value[0]), `${name} spread the NaN`)
      }
    })
  )

  it.effect("gives everything back when its scope closes", () =>
    Effect.gen(function* () {
      const outer = yield* openOn(engine)
      const before = yield* outer.tensorCount
      const scope = yield* Scope.make()
      const session = yield* Scope.provide(openOn(engine), scope)
      yield* session.load(halving())
      yield* session.write("w", { shape: [3], data: floats(1, 2, 3) })
      yield* session.run("halving", { x: floats(1, 1, 1) })
      assert.isAbove(yield* session.tensorCount, before)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* session.tensorCount, before)
      const closed = "the session is closed"
      assert.strictEqual(yield* message(session.run("halving", {})), `${engine}: graph halving: ${closed}`)
      assert.strictEqual(yield* message(session.load(halving())), `${engine}: graph halving: ${closed}`)
      assert.strictEqual(yield* message(session.read("w")), `${engine}: ${closed}`)
      assert.strictEqual(yield* message(session.write("w", { shape: [], data: floats(1) })), `${engine}: ${closed}`)
    })
  )

  it.live("lets timers fire between runs, and can be interrupted", () =>
    Effect.gen(function* () {
      const session = yield* openOn(engine)
      yield* session.load(halving())
      yield* session.write("w", { shape: [3], data: floats(1, 2, 3) })
      const forever = Effect.forever(session.run("halving", { x: floats(1, 1, 1) }))
      const ended = yield* Effect.timeoutOption(forever, "30 millis")
      assert.strictEqual(ended._tag, "None")
    })
  )
})
