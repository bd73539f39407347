/**
 * The engines that the suites run on. `BICA_TEST_ENGINES=tfjs-node` adds engines that are not there everywhere.
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import assert from "node:assert/strict"
import { Engine } from "../../../src/runtime/engine/Engine.ts"
import type { EngineError, Session } from "../../../src/runtime/engine/Engine.ts"
import * as Select from "../../../src/runtime/engine/Select.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import type { Graph, Shape } from "../../../src/runtime/graph/Graph.ts"

export type Values = Readonly<Record<string, Float32Array>>

const added = (process.env["BICA_TEST_ENGINES"] ?? "").split(",").filter(Select.isChoice)

export const engines: ReadonlyArray<Select.Choice> = [...new Set<Select.Choice>(["onnx", "tfjs-cpu", ...added])]

/** A session on an engine, for as long as the scope lasts. */
export const openOn = (engine: Select.Choice): Effect.Effect<Session, EngineError, Scope.Scope> =>
  Engine.use(({ open }) => open).pipe(Effect.provide(Select.layer(engine)))

/** What a graph gives when evaluated in float64: outputs and new states by name. */
export const reference = (graph: Graph, feeds: Values): Values => {
  const results = Object.entries({ ...graph.outputs, ...graph.updates })
  const values = evaluate(
    results.map(([, node]) => node),
    feeds
  )
  return Object.fromEntries(results.map(([name], i) => [name, Float32Array.from(values[i] ?? [])]))
}

/**
 * Asserts |a - b| <= 1e-5 max|b| + 1e-7 for every element, b the reference: relative to the largest element of the tensor, because
 * sums round in proportion to their terms and not to what cancellation leaves of them; the absolute part is one rounding step at 1,
 * for tensors that cancel to zero altogether. NaN agrees with NaN, an infinity with itself.
 */
export const agree = (actual: Float32Array | undefined, expected: Float32Array | undefined, what: string) => {
  assert.ok(actual !== undefined && expected !== undefined, `${what} is missing`)
  assert.equal(actual.length, expected.length, `${what}: length`)
  const largest = expected.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0)
  expected.forEach((b, i) => {
    const a = actual[i] ?? NaN
    if (Object.is(a, b) || a === b) return
    assert.ok(Math.abs(a - b) <= 1e-5 * largest + 1e-7, `${what}[${i}]: ${a} is not ${b}`)
  })
}

/** Numbers in [-1, 1) that look random and are the same every time. */
export const numbers = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

export const filled = (shape: Shape, next: () => number): Float32Array =>
  Float32Array.from({ length: shape.reduce((size, axis) => size * axis, 1) }, next)

/** Every bit of some tensors, to be compared. */
export const bitsOf = (values: Values): string =>
  Object.entries(values)
    .map(([name, data]) => `${name} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex")}`)
    .join("\n")
