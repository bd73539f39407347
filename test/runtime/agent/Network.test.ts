import { describe, expect, it } from "vitest"
import {
  criticLayout,
  initialise,
  parameter,
  policyLayout,
  policySequence,
  policyStep,
  value
} from "../../../src/runtime/agent/Network.ts"
import type { Entry, Layout } from "../../../src/runtime/agent/Network.ts"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { mul } from "../../../src/runtime/graph/Operations.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { numbers } from "../engine/Engines.ts"

const layout = policyLayout("ai", { inputs: 5, hidden: 4, choices: 3 }, { rows: 6, symbols: 2 })

const entryOf = (of: Layout, name: string): Entry => {
  const entry = of.entries.find((candidate) => candidate.name === name)
  if (entry === undefined) throw new Error(`no ${name}`)
  return entry
}
const partOf = (of: Layout, vector: ArrayLike<number>, name: string): Array<number> => {
  const { offset, size } = entryOf(of, name)
  return Array.from({ length: size }, (_, i) => vector[offset + i] ?? NaN)
}

/** Largest |dot product - expected| over pairs of rows or columns of a block of columns. */
const departure = (
  matrix: ReadonlyArray<number>,
  rows: number,
  columns: number,
  from: number,
  to: number,
  gain: number
) => {
  const wide = to - from > rows
  const at = (r: number, c: number) => matrix[r * columns + from + c] ?? NaN
  const count = wide ? rows : to - from
  const length = wide ? to - from : rows
  let worst = 0
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) {
      let dot = 0
      for (let i = 0; i < length; i++) dot += wide ? at(a, i) * at(b, i) : at(i, a) * at(i, b)
      worst = Math.max(worst, Math.abs(dot - (a === b ? gain * gain : 0)))
    }
  }
  return worst
}

describe("the layout of a policy", () => {
  it("lays the parameters end to end", () => {
    expect(layout.entries.map(({ name, offset, shape }) => [name, offset, shape])).toEqual([
      ["encoder.weight", 0, [5, 4]],
      ["encoder.bias", 20, [4]],
      ["gru.input.weight", 24, [4, 12]],
      ["gru.input.bias", 72, [12]],
      ["gru.recurrent.weight", 84, [4, 12]],
      ["gru.recurrent.bias", 132, [12]],
      ["head.weight", 144, [4, 3]],
      ["head.bias", 156, [3]],
      ["table", 159, [6, 2]]
    ])
    expect(layout.size).toBe(171)
  })

  it("has no table for who does not speak, and refuses to name one", () => {
    const silent = policyLayout("ai", { inputs: 5, hidden: 4, choices: 3 })
    expect(silent.size).toBe(159)
    expect(() => parameter(silent, makeBuilder().state("w", [159]), "table")).toThrow("group ai has no parameter table")
  })
})

describe("starting values", () => {
  const policy = policyLayout("ai", { inputs: 38, hidden: 16, choices: 4 }, { rows: 16, symbols: 13 })
  const vector = initialise(policy, makeRandom(13), "train")

  it("are orthogonal of the stated gain: W'W, or WW' where W is wide, is gain^2 I", () => {
    const gains = [
      ["encoder.weight", Math.SQRT2],
      ["gru.input.weight", 1],
      ["head.weight", 0.01]
    ] as const
    for (const [name, gain] of gains) {
      const {
        shape: [rows = 0, columns = 0]
      } = entryOf(policy, name)
      expect(departure(partOf(policy, vector, name), rows, columns, 0, columns, gain) / gain ** 2, name).toBeLessThan(
        1e-6
      )
    }
    const critic = criticLayout(54)
    const values = initialise(critic, makeRandom(13), "train")
    for (const [name, gain] of [
      ["first.weight", Math.SQRT2],
      ["second.weight", Math.SQRT2],
      ["value.weight", 1]
    ] as const) {
      const {
        shape: [rows = 0, columns = 0]
      } = entryOf(critic, name)
      expect(departure(partOf(critic, values, name), rows, columns, 0, columns, gain), name).toBeLessThan(1e-6)
    }
  })

  it("make each gate's recurrent matrix orthogonal of its own, and different", () => {
    const weights = partOf(policy, vector, "gru.recurrent.weight")
    for (const gate of [0, 1, 2]) expect(departure(weights, 16, 48, gate * 16, (gate + 1) * 16, 1)).toBeLessThan(1e-6)
    expect(weights[0]).not.toBeCloseTo(weights[16] ?? NaN, 3)
    expect(weights[0]).not.toBeCloseTo(weights[32] ?? NaN, 3)
  })

  it("are 0 for biases and small for the table", () => {
    for (const name of ["encoder.bias", "gru.input.bias", "gru.recurrent.bias", "head.bias"]) {
      expect(
        partOf(policy, vector, name).every((x) => x === 0),
        name
      ).toBe(true)
    }
    const table = partOf(policy, vector, "table")
    const deviation = Math.sqrt(table.reduce((sum, x) => sum + x * x, 0) / table.length)
    // 208 draws of deviation 0.01: three standard errors are 0.0015
    expect(Math.abs(deviation - 0.01)).toBeLessThan(0.0015)
  })

  it("are the same at every asking, and others for another seed, stage or group", () => {
    expect(initialise(policy, makeRandom(13), "train")).toEqual(vector)
    const others = [
      initialise(policy, makeRandom(14), "train"),
      initialise(policy, makeRandom(13), "train/1"),
      initialise(
        policyLayout("human", { inputs: 38, hidden: 16, choices: 4 }, { rows: 16, symbols: 13 }),
        makeRandom(13),
        "train"
      )
    ]
    for (const other of others) expect(other[0]).not.toBeCloseTo(vector[0] ?? NaN, 5)
  })

  it("of a parameter do not depend on what else the group holds", () => {
    const fewer = policyLayout("ai", { inputs: 38, hidden: 16, choices: 4 })
    const found = initialise(fewer, makeRandom(13), "train")
    for (const { name } of fewer.entries) expect(partOf(fewer, found, name), name).toEqual(partOf(policy, vector, name))
    const more = policyLayout("ai", { inputs: 38, hidden: 16, choices: 7 })
    expect(partOf(more, initialise(more, makeRandom(13), "train"), "encoder.weight")).toEqual(
      partOf(policy, vector, "encoder.weight")
    )
  })
})

// ---- forward --------------------------------------------------------------------------------------------------

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** x W + b for one row, W [rows, columns]. */
const linear = (of: Layout, vector: ArrayLike<number>, name: string, x: ReadonlyArray<number>): Array<number> => {
  const weights = partOf(of, vector, `${name}.weight`)
  const bias = partOf(of, vector, `${name}.bias`)
  return bias.map((b, c) => x.reduce((sum, value, r) => sum + value * (weights[r * bias.length + c] ?? NaN), b))
}

/** One step of one copy in plain loops, from the formulas of the GRU. */
const plainStep = (
  of: Layout,
  vector: ArrayLike<number>,
  observation: ReadonlyArray<number>,
  h: ReadonlyArray<number>
) => {
  const n = h.length
  const x = linear(of, vector, "gru.input", linear(of, vector, "encoder", observation).map(Math.tanh))
  const a = linear(of, vector, "gru.recurrent", h)
  const at = (values: ReadonlyArray<number>, gate: number, i: number) => values[gate * n + i] ?? NaN
  const next = h.map((old, i) => {
    const z = sigmoid(at(x, 0, i) + at(a, 0, i))
    const r = sigmoid(at(x, 1, i) + at(a, 1, i))
    return (1 - z) * Math.tanh(at(x, 2, i) + r * at(a, 2, i)) + z * old
  })
  return { state: next, logits: linear(of, vector, "head", next) }
}

describe("a policy forward", () => {
  const steps = 3
  const batch = 2
  const next = numbers(7)
  const vector = Array.from({ length: layout.size }, next)
  const observation = Array.from({ length: steps * batch * 5 }, next)
  const initial = Array.from({ length: batch * 4 }, next)
  // the first copy's episode ends after step 0, the second's after step 1
  const keep = [0, 1, 1, 0, 1, 1]

  const row = (values: ArrayLike<number>, i: number, n: number) =>
    Array.from({ length: n }, (_, k) => values[i * n + k] ?? NaN)

  const sequence = () => {
    const g = makeBuilder()
    const { logits, states } = policySequence(layout, g.state("w", [layout.size]), {
      observation: g.input("observation", [steps * batch, 5]),
      initial: g.input("initial", [batch, 4]),
      keep: g.input("keep", [steps, batch])
    })
    return evaluate([logits, states], { w: vector, observation, initial, keep })
  }

  it("over a segment is the plain recurrence, forgetting where an episode ended", () => {
    const [logits = [], states = []] = sequence()
    for (let b = 0; b < batch; b++) {
      let h = row(initial, b, 4)
      for (let t = 0; t < steps; t++) {
        const i = t * batch + b
        const expected = plainStep(layout, vector, row(observation, i, 5), h)
        expected.state.forEach((x, k) => expect(states[i * 4 + k]).toBeCloseTo(x, 12))
        expected.logits.forEach((x, k) => expect(logits[i * 3 + k]).toBeCloseTo(x, 12))
        h = expected.state.map((x) => x * (keep[i] ?? NaN))
      }
    }
  })

  it("step by step gives what the segment gives", () => {
    const [logits = [], states = []] = sequence()
    const g = makeBuilder()
    const output = policyStep(
      layout,
      g.state("w", [layout.size]),
      g.input("observation", [batch, 5]),
      mul(g.state("hidden", [batch, 4]), g.input("keep", [batch, 1]))
    )
    let hidden: ArrayLike<number> = initial
    for (let t = 0; t < steps; t++) {
      const [now = [], state = []] = evaluate([output.logits, output.states], {
        w: vector,
        hidden,
        observation: observation.slice(t * batch * 5, (t + 1) * batch * 5),
        keep: t === 0 ? [1, 1] : keep.slice((t - 1) * batch, t * batch)
      })
      Array.from(now).forEach((x, k) => expect(x).toBeCloseTo(logits[t * batch * 3 + k] ?? NaN, 12))
      Array.from(state).forEach((x, k) => expect(x).toBeCloseTo(states[t * batch * 4 + k] ?? NaN, 12))
      hidden = state
    }
  })
})

describe("a policy without memory", () => {
  const plain = policyLayout("ai", { inputs: 5, hidden: 4, choices: 3, kind: "mlp" })
  const next = numbers(11)
  const vector = Array.from({ length: plain.size }, next)
  const observation = Array.from({ length: 6 * 5 }, next)

  it("is two tanh layers and a linear head", () => {
    expect(plain.entries.map(({ name, size }) => [name, size])).toEqual([
      ["encoder.weight", 20],
      ["encoder.bias", 4],
      ["second.weight", 16],
      ["second.bias", 4],
      ["head.weight", 12],
      ["head.bias", 3]
    ])
    const g = makeBuilder()
    const { encoding, logits, states } = policySequence(plain, g.state("w", [plain.size]), {
      observation: g.input("observation", [6, 5]),
      initial: g.input("initial", [2, 4]),
      keep: g.input("keep", [3, 2])
    })
    const [first = [], second = [], last = []] = evaluate([encoding, states, logits], { w: vector, observation })
    for (let i = 0; i < 6; i++) {
      const encoded = linear(plain, vector, "encoder", observation.slice(i * 5, i * 5 + 5)).map(Math.tanh)
      const layer = linear(plain, vector, "second", encoded).map(Math.tanh)
      encoded.forEach((x, k) => expect(first[i * 4 + k]).toBeCloseTo(x, 12))
      layer.forEach((x, k) => expect(second[i * 4 + k]).toBeCloseTo(x, 12))
      linear(plain, vector, "head", layer).forEach((x, k) => expect(last[i * 3 + k]).toBeCloseTo(x, 12))
    }
  })

  it("does in a step what it does in a segment, whatever came before", () => {
    const g = makeBuilder()
    const step = policyStep(
      plain,
      g.state("w", [plain.size]),
      g.input("observation", [6, 5]),
      g.input("hidden", [6, 4])
    )
    const [one = []] = evaluate([step.logits], { w: vector, observation, hidden: Array.from({ length: 24 }, next) })
    const [other = []] = evaluate([step.logits], { w: vector, observation, hidden: Array.from({ length: 24 }, next) })
    expect(Array.from(one)).toEqual(Array.from(other))
  })
})

it("the critic is two tanh layers and a linear value", () => {
  const critic = criticLayout(3, 4)
  expect(critic.size).toBe(16 + 20 + 5)
  const next = numbers(3)
  const vector = Array.from({ length: critic.size }, next)
  const state = Array.from({ length: 6 }, next)
  const g = makeBuilder()
  const [found = []] = evaluate([value(critic, g.state("w", [critic.size]), g.input("x", [2, 3]))], {
    w: vector,
    x: state
  })
  for (const i of [0, 1]) {
    const first = linear(critic, vector, "first", state.slice(i * 3, i * 3 + 3)).map(Math.tanh)
    const [expected = NaN] = linear(critic, vector, "value", linear(critic, vector, "second", first).map(Math.tanh))
    expect(found[i]).toBeCloseTo(expected, 12)
  }
})
