/** Gradients by the five-point rule, independent of differentiation: only the reference interpreter is asked. */
import { expect } from "vitest"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import type { Node } from "../../../src/runtime/graph/Graph.ts"

export type Feeds = Readonly<Record<string, ReadonlyArray<number>>>

/** d f / d x_i = (f(x - 2h) - 8 f(x - h) + 8 f(x + h) - f(x + 2h)) / 12 h, with an error of order h^4. */
export const numericalGradient = (f: (x: ReadonlyArray<number>) => number, x: ReadonlyArray<number>, h: number) =>
  x.map((value, index) => {
    const moved = (steps: number) => f(x.with(index, value + steps * h))
    return (moved(-2) - 8 * moved(-1) + 8 * moved(1) - moved(2)) / (12 * h)
  })

/** Expects the gradients of `loss` (a scalar) to be those of finite differences, to 1e-6 of the largest component. */
export const expectGradients = (loss: Node, variables: ReadonlyArray<Node>, feeds: Feeds, h = 1e-3): void => {
  const analytic = evaluate(gradients(loss, variables), feeds)
  for (const [index, variable] of variables.entries()) {
    const operation = variable.operation
    if (operation.kind !== "input" && operation.kind !== "state") throw new Error("only fed nodes can be varied")
    const name = operation.name
    const numerical = numericalGradient(
      (x) => evaluate([loss], { ...feeds, [name]: x })[0]?.[0] ?? NaN,
      feeds[name] ?? [],
      h
    )
    const scale = Math.max(1e-3, ...numerical.map(Math.abs))
    const found = Array.from(analytic[index] ?? [])
    expect(found).toHaveLength(numerical.length)
    for (const [i, value] of found.entries()) {
      expect(
        Math.abs(value - (numerical[i] ?? NaN)) / scale,
        `d/d${name}[${i}]: ${value} against ${numerical[i]}`
      ).toBeLessThan(1e-6)
    }
  }
}
