import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { depends, gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { makeGraph, order } from "../../../src/runtime/graph/Graph.ts"
import { GraphError } from "../../../src/runtime/graph/GraphError.ts"
import { gruSequence, gruStep } from "../../../src/runtime/graph/Gru.ts"
import { matmul, mul, sum } from "../../../src/runtime/graph/Operations.ts"
import { expectGradients } from "./finiteDifferences.ts"

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** The recurrence written down once more over plain numbers: one sequence, row after row. */
const byHand = (
  steps: number,
  batch: number,
  hidden: number,
  feeds: { readonly [name: string]: ReadonlyArray<number> }
): { readonly states: ReadonlyArray<number>; readonly last: ReadonlyArray<number> } => {
  const read = (name: string, index: number) => feeds[name]?.[index] ?? NaN
  const states = Array.from({ length: steps * batch * hidden }, () => 0)
  const last = Array.from({ length: batch * hidden }, () => 0)
  for (let s = 0; s < batch; s++) {
    let h = Array.from({ length: hidden }, (_, i) => read("initial", s * hidden + i))
    for (let t = 0; t < steps; t++) {
      const row = t * batch + s
      const x = (gate: number, i: number) => read("input", row * 3 * hidden + gate * hidden + i)
      const a = (gate: number, i: number) =>
        h.reduce(
          (total, value, j) => total + value * read("weights", j * 3 * hidden + gate * hidden + i),
          read("bias", gate * hidden + i)
        )
      const next = h.map((value, i) => {
        const z = sigmoid(x(0, i) + a(0, i))
        const r = sigmoid(x(1, i) + a(1, i))
        const n = Math.tanh(x(2, i) + r * a(2, i))
        return (1 - z) * n + z * value
      })
      for (const [i, value] of next.entries()) states[row * hidden + i] = value
      h = next.map((value) => value * read("keep", row))
    }
    for (const [i, value] of h.entries()) last[s * hidden + i] = value
  }
  return { states, last }
}

const build = (steps: number, batch: number, hidden: number, gradient: "batched" | "unrolled") => {
  const b = makeBuilder()
  const input = b.input("input", [steps * batch, 3 * hidden])
  const initial = b.input("initial", [batch, hidden])
  const recurrentWeights = b.state("weights", [hidden, 3 * hidden])
  const recurrentBias = b.state("bias", [3 * hidden])
  const keep = b.input("keep", [steps, batch])
  const sequence = gruSequence({ input, initial, recurrentWeights, recurrentBias, keep, gradient })
  return { b, variables: [input, initial, recurrentWeights, recurrentBias], keep, ...sequence }
}

const feedsOf = (steps: number, batch: number, hidden: number) => {
  const numbers = (length: number, scale: number) =>
    fc.array(fc.double({ min: -scale, max: scale, noNaN: true }), { minLength: length, maxLength: length })
  return fc.record({
    input: numbers(steps * batch * 3 * hidden, 1.5),
    initial: numbers(batch * hidden, 1),
    weights: numbers(3 * hidden * hidden, 1),
    bias: numbers(3 * hidden, 0.5),
    keep: fc.array(fc.constantFrom(0, 1, 1, 1), { minLength: steps * batch, maxLength: steps * batch }),
    weighting: numbers(steps * batch * hidden, 1)
  })
}

const sizes: ReadonlyArray<readonly [number, number, number]> = [
  [5, 3, 2],
  [1, 2, 3],
  [2, 1, 1],
  [4, 1, 2]
]

describe.each(sizes)("gruSequence of %d steps, %d sequences, %d units", (steps, batch, hidden) => {
  const batched = build(steps, batch, hidden, "batched")
  const unrolled = build(steps, batch, hidden, "unrolled")
  const lossOf = ({ b, states }: typeof batched) =>
    sum(mul(mul(states, states), b.input("weighting", [steps * batch, hidden])))
  const feeds = feedsOf(steps, batch, hidden)

  it("computes the recurrence", () => {
    fc.assert(
      fc.property(feeds, (values) => {
        const expected = byHand(steps, batch, hidden, values)
        const [states, last] = evaluate([batched.states, batched.last], values)
        for (const [i, value] of expected.states.entries()) expect(states?.[i]).toBeCloseTo(value, 12)
        for (const [i, value] of expected.last.entries()) expect(last?.[i]).toBeCloseTo(value, 12)
      }),
      { seed: 1, numRuns: 10, endOnFailure: true }
    )
  })

  it("has the gradients of plain differentiation", () => {
    const hand = gradients(lossOf(batched), batched.variables)
    const plain = gradients(lossOf(unrolled), unrolled.variables)
    fc.assert(
      fc.property(feeds, (values) => {
        const found = evaluate(hand, values)
        for (const [index, expected] of evaluate(plain, values).entries()) {
          for (const [i, value] of expected.entries()) expect(found[index]?.[i]).toBeCloseTo(value, 11)
        }
      }),
      { seed: 2, numRuns: 10, endOnFailure: true }
    )
  })

  it("has the gradients of finite differences, through `last` as well", () => {
    const loss = lossOf(batched)
    const lastLoss = sum(mul(batched.last, batched.last))
    fc.assert(
      fc.property(feeds, (values) => {
        expectGradients(loss, batched.variables, values)
        expectGradients(lastLoss, batched.variables, values)
      }),
      { seed: 3, numRuns: 2, endOnFailure: true }
    )
  })
})

describe("gruSequence", () => {
  it("cuts the gradient where a sequence ended", () => {
    const { b, states, variables } = build(3, 1, 2, "batched")
    const lastStep = sum(mul(states, b.constant([0, 0, 0, 0, 1, 1], [3, 2])))
    const values = {
      input: Array.from({ length: 18 }, (_, i) => Math.sin(i)),
      initial: [0.5, -0.5],
      weights: Array.from({ length: 12 }, (_, i) => Math.cos(i)),
      bias: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
      keep: [1, 0, 1]
    }
    const [dInput, dInitial] = evaluate(gradients(lastStep, variables), values)
    expect(
      Array.from(dInput ?? [])
        .slice(0, 12)
        .every((value) => value === 0)
    ).toBe(true)
    expect(
      Array.from(dInput ?? [])
        .slice(12)
        .every((value) => value !== 0)
    ).toBe(true)
    expect(Array.from(dInitial ?? []).every((value) => value === 0)).toBe(true)
  })

  it("gives `keep` no gradient", () => {
    const { states, keep, variables } = build(3, 2, 2, "batched")
    expect(depends(states, keep)).toBe(false)
    for (const variable of variables) expect(depends(states, variable)).toBe(true)
  })

  it("spends less than plain differentiation", () => {
    const graph = (gradient: "batched" | "unrolled") => {
      const { states, variables } = build(20, 4, 8, gradient)
      const d = gradients(sum(mul(states, states)), variables)
      return order(makeGraph("d", { outputs: Object.fromEntries(d.map((node, i) => [`d${i}`, node])) }))
    }
    const count = (gradient: "batched" | "unrolled", ...kinds: ReadonlyArray<string>) =>
      graph(gradient).filter((node) => kinds.includes(node.operation.kind)).length
    // for each gate: a product per step forward and one into the step before, and one for the weights over a tile of all steps
    expect(count("batched", "matmul")).toBe(123)
    expect(count("batched", "unary", "binary")).toBeLessThan(count("unrolled", "unary", "binary"))
  })

  it("is its steps one after the other", () => {
    const b = makeBuilder()
    const recurrentWeights = b.state("weights", [2, 6])
    const recurrentBias = b.state("bias", [6])
    const weights = { recurrentWeights, recurrentBias }
    const first = gruStep({ input: b.input("x0", [1, 6]), state: b.input("h", [1, 2]), ...weights })
    const second = gruStep({ input: b.input("x1", [1, 6]), state: first, ...weights })
    const { states } = build(2, 1, 2, "batched")
    const x0 = [0.1, 0.2, -0.3, 0.4, 0.5, -0.6]
    const x1 = [1, -1, 0.5, 0.25, -0.75, 0]
    const shared = { weights: Array.from({ length: 12 }, (_, i) => Math.cos(i)), bias: [0.1, 0, 0.2, 0, 0.3, 0] }
    const [h0, h1] = evaluate([first, second], { x0, x1, h: [0.3, -0.3], ...shared })
    const [all] = evaluate([states], { input: [...x0, ...x1], initial: [0.3, -0.3], keep: [1, 1], ...shared })
    expect(Array.from(all ?? [])).toEqual([...(h0 ?? []), ...(h1 ?? [])])
  })

  it("trains a readout end to end", () => {
    const { b, states, variables } = build(3, 2, 2, "batched")
    const readout = b.state("readout", [2, 1])
    const loss = sum(mul(matmul(states, readout), b.input("signal", [6, 1])))
    expectGradients(loss, [readout, ...variables], {
      input: Array.from({ length: 36 }, (_, i) => Math.sin(i * i)),
      initial: [0.5, -0.5, 0.2, 0.1],
      weights: Array.from({ length: 12 }, (_, i) => Math.cos(i)),
      bias: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
      keep: [1, 0, 1, 1, 1, 1],
      readout: [1, -2],
      signal: [1, 2, -1, 0.5, 3, -2]
    })
  })
})

describe("shapes of a GRU", () => {
  it("must fit each other", () => {
    const b = makeBuilder()
    const recurrentWeights = b.state("weights", [2, 6])
    const recurrentBias = b.state("bias", [6])
    const state = b.input("h", [4, 2])
    expect(() => gruStep({ input: b.input("x", [4, 2]), state, recurrentWeights, recurrentBias })).toThrow(
      "gruStep of [4, 2], [4, 6]: `input` has the first shape and needs the second."
    )
    expect(() =>
      gruStep({ input: b.input("y", [4, 6]), state, recurrentWeights: recurrentBias, recurrentBias })
    ).toThrow(GraphError)
    const sequence = { initial: state, recurrentWeights, recurrentBias, keep: b.input("keep", [3, 4]) }
    expect(() => gruSequence({ ...sequence, input: b.input("short", [11, 6]) })).toThrow(
      "gruSequence of [11, 6], [12, 6]: `input` has the first shape and needs the second."
    )
    expect(() => gruSequence({ ...sequence, keep: b.input("flat", [12]), input: b.input("z", [12, 6]) })).toThrow(
      GraphError
    )
  })
})
