/**
 * Two training updates as the project's own are: everything in one graph, parameters and Adam's moments as states.
 */
import { Effect } from "effect"
import type { EngineError, Session } from "../../../src/runtime/engine/Engine.ts"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import type { Builder, Graph, Node, Shape } from "../../../src/runtime/graph/Graph.ts"
import { makeGraph } from "../../../src/runtime/graph/Graph.ts"
import { gruSequence } from "../../../src/runtime/graph/Gru.ts"
import * as G from "../../../src/runtime/graph/Operations.ts"
import { filled, numbers, reference } from "./Engines.ts"
import type { Values } from "./Engines.ts"

/** A graph to run again and again, the states it starts from and what it is fed at each update. */
export interface Training {
  readonly graph: Graph
  readonly initial: Values
  readonly feeds: (update: number) => Values
}

const optimised = (
  builder: Builder,
  name: string,
  loss: Node,
  shapes: Readonly<Record<string, Shape>>,
  inputs: Readonly<Record<string, Shape>>,
  fill: (input: string, update: number) => Float32Array | undefined = () => undefined
): Training => {
  const names = Object.keys(shapes)
  const parameters = names.map((parameter) => builder.state(parameter, shapes[parameter] ?? []))
  const updates: Record<string, Node> = {}
  const step = G.add(builder.state("step", []), 1)
  updates["step"] = step
  // Kingma and Ba (2015), with beta^t as e^(t log beta).
  const corrected = (moment: Node, beta: number) => G.div(moment, G.sub(1, G.exp(G.mul(step, Math.log(beta)))))
  gradients(loss, parameters).forEach((gradient, i) => {
    const parameter = parameters[i]
    const key = names[i]
    if (parameter === undefined || key === undefined) return
    const first = G.add(G.mul(builder.state(`m ${key}`, parameter.shape), 0.9), G.mul(gradient, 0.1))
    const second = G.add(G.mul(builder.state(`v ${key}`, parameter.shape), 0.999), G.mul(G.square(gradient), 0.001))
    updates[`m ${key}`] = first
    updates[`v ${key}`] = second
    const direction = G.div(corrected(first, 0.9), G.add(G.sqrt(corrected(second, 0.999)), 1e-5))
    updates[key] = G.sub(parameter, G.mul(direction, 0.01))
  })
  const next = numbers(names.length)
  const initial: Record<string, Float32Array> = { step: new Float32Array(1) }
  for (const [key, shape] of Object.entries(shapes)) {
    initial[key] = filled(shape, () => 0.4 * next())
    initial[`m ${key}`] = filled(shape, () => 0)
    initial[`v ${key}`] = filled(shape, () => 0)
  }
  return {
    graph: makeGraph(name, { outputs: { loss }, updates }),
    initial,
    feeds: (update) => {
      const random = numbers(100 + update)
      return Object.fromEntries(
        Object.entries(inputs).map(([input, shape]) => [input, fill(input, update) ?? filled(shape, random)])
      )
    }
  }
}

/** One-hot rows: row i has its one at column 7 i + update, modulo. */
const oneHot = (rows: number, columns: number, update: number): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) =>
    (7 * Math.floor(i / columns) + update) % columns === i % columns ? 1 : 0
  )

/** Two layers of 16 tanh units, 9 inputs, 5 classes, 32 rows; softmax cross-entropy. */
export const classifier = (): Training => {
  const builder = makeBuilder()
  const shapes = { w1: [9, 16], b1: [16], w2: [16, 16], b2: [16], w3: [16, 5], b3: [5] }
  const layer = (x: Node, i: 1 | 2 | 3) =>
    G.add(G.matmul(x, builder.state(`w${i}`, shapes[`w${i}`])), builder.state(`b${i}`, shapes[`b${i}`]))
  const x = builder.input("x", [32, 9])
  const logits = layer(G.tanh(layer(G.tanh(layer(x, 1)), 2)), 3)
  const likelihoods = G.sum(G.mul(G.logSoftmax(logits), builder.input("label", [32, 5])), { axes: [1] })
  return optimised(
    builder,
    "classifier",
    G.neg(G.mean(likelihoods)),
    shapes,
    { x: [32, 9], label: [32, 5] },
    (input, update) => (input === "label" ? oneHot(32, 5, update) : undefined)
  )
}

/** A GRU of 12 units over 6 steps of 4 sequences, two of which end on the way; squared error of a linear read-out. */
export const recurrent = (gradient: "batched" | "unrolled"): Training => {
  const builder = makeBuilder()
  const [steps, batch, hidden] = [6, 4, 12]
  const shapes = {
    wx: [3, 3 * hidden],
    bx: [3 * hidden],
    wh: [hidden, 3 * hidden],
    bh: [3 * hidden],
    wo: [hidden, 2],
    h0: [batch, hidden]
  }
  const state = (name: keyof typeof shapes) => builder.state(name, shapes[name])
  const { last, states } = gruSequence({
    input: G.add(G.matmul(builder.input("x", [steps * batch, 3]), state("wx")), state("bx")),
    initial: state("h0"),
    recurrentWeights: state("wh"),
    recurrentBias: state("bh"),
    keep: builder.input("keep", [steps, batch]),
    gradient
  })
  const error = G.sub(G.matmul(states, state("wo")), builder.input("target", [steps * batch, 2]))
  const loss = G.add(G.mean(G.square(error)), G.mul(0.1, G.mean(G.square(last))))
  const inputs = { x: [steps * batch, 3], keep: [steps, batch], target: [steps * batch, 2] }
  return optimised(builder, `recurrent ${gradient}`, loss, shapes, inputs, (input) =>
    input === "keep" ? Float32Array.from({ length: steps * batch }, (_, i) => (i === 5 || i === 14 ? 0 : 1)) : undefined
  )
}

/** Loads the graph and writes the states. */
export const begin = (session: Session, training: Training): Effect.Effect<void, EngineError> =>
  Effect.gen(function* () {
    yield* session.load(training.graph)
    for (const [name, node] of Object.entries(training.graph.updates)) {
      yield* session.write(name, { shape: node.shape, data: training.initial[name] ?? new Float32Array(0) })
    }
  })

/** Outputs of every update, then the states: `loss 0`, `loss 1`, ..., by name. */
export const train = (session: Session, training: Training, updates: number): Effect.Effect<Values, EngineError> =>
  Effect.gen(function* () {
    const results: Record<string, Float32Array> = {}
    yield* begin(session, training)
    for (let update = 0; update < updates; update++) {
      const outputs = yield* session.run(training.graph.name, training.feeds(update))
      for (const [name, value] of Object.entries(outputs)) results[`${name} ${update}`] = value
    }
    for (const name of Object.keys(training.graph.updates)) results[name] = yield* session.read(name)
    return results
  })

/** What `train` should give: the graph evaluated in float64, states rounded to float32 between updates. */
export const expectedOf = (training: Training, updates: number): Values => {
  const results: Record<string, Float32Array> = {}
  let states = training.initial
  for (let update = 0; update < updates; update++) {
    const values = reference(training.graph, { ...states, ...training.feeds(update) })
    for (const name of Object.keys(training.graph.outputs)) {
      const value = values[name]
      if (value !== undefined) results[`${name} ${update}`] = value
    }
    states = Object.fromEntries(Object.entries(values).filter(([name]) => name in training.graph.updates))
  }
  return { ...results, ...states }
}
