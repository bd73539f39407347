/**
 * Policy and value networks over one flat vector of parameters per group: one tensor for the optimiser, the checkpoint and the engine.
 */
import type { Node, Shape } from "../graph/Graph.ts"
import { gruSequence, gruStep } from "../graph/Gru.ts"
import { add, concat, matmul, reshape, slice, tanh } from "../graph/Operations.ts"
import { byTiles } from "../graph/Tiles.ts"
import type { Address, Random } from "../random/Random.ts"

/** How a parameter starts. */
export type Initial =
  | { readonly kind: "zeros" }
  /** Orthogonal rows or columns times `gain` (Saxe et al. 2014); `blocks` side by side, each orthogonal of its own. */
  | { readonly kind: "orthogonal"; readonly gain: number; readonly blocks: number }
  /** Independent normal numbers of this standard deviation. */
  | { readonly kind: "normal"; readonly deviation: number }

/** One named parameter of a group. */
export interface Entry {
  readonly name: string
  readonly shape: Shape
  readonly initial: Initial
  readonly offset: number
  readonly size: number
}

/** The parameters of a group, laid end to end. */
export interface Layout {
  readonly group: string
  readonly entries: ReadonlyArray<Entry>
  readonly size: number
}

const zeros: Initial = { kind: "zeros" }
/** Orthogonal of this gain, in `blocks` side by side. */
export const orthogonal = (gain: number, blocks = 1): Initial => ({ kind: "orthogonal", gain, blocks })

/** Lays parameters end to end. */
export const layout = (
  group: string,
  entries: ReadonlyArray<readonly [name: string, shape: Shape, initial: Initial]>
): Layout => {
  let offset = 0
  const placed = entries.map(([name, shape, initial]): Entry => {
    const size = shape.reduce((a, b) => a * b, 1)
    const entry = { name, shape, initial, offset, size }
    offset += size
    return entry
  })
  return { group, entries: placed, size: offset }
}

/** Sizes of a policy, recurrent unless it says otherwise. */
export interface PolicySizes {
  readonly inputs: number
  readonly hidden: number
  readonly choices: number
  readonly kind?: "gru" | "mlp"
}

/**
 * tanh encoder, GRU or a second tanh layer, linear head; the head starts at gain 0.01, so that a policy starts at its prior
 * (Andrychowicz et al. 2021).
 */
export const policyLayout = (
  group: string,
  { choices, hidden, inputs, kind = "gru" }: PolicySizes,
  table?: { readonly rows: number; readonly symbols: number }
): Layout =>
  layout(group, [
    ["encoder.weight", [inputs, hidden], orthogonal(Math.SQRT2)],
    ["encoder.bias", [hidden], zeros],
    ...(kind === "mlp"
      ? ([
          ["second.weight", [hidden, hidden], orthogonal(Math.SQRT2)],
          ["second.bias", [hidden], zeros]
        ] as const)
      : ([
          ["gru.input.weight", [hidden, 3 * hidden], orthogonal(1)],
          ["gru.input.bias", [3 * hidden], zeros],
          ["gru.recurrent.weight", [hidden, 3 * hidden], orthogonal(1, 3)],
          ["gru.recurrent.bias", [3 * hidden], zeros]
        ] as const)),
    ["head.weight", [hidden, choices], orthogonal(0.01)],
    ["head.bias", [choices], zeros],
    ...(table === undefined
      ? []
      : [["table", [table.rows, table.symbols], { kind: "normal", deviation: 0.01 } as Initial] as const])
  ])

/** Two tanh layers of 64 and a linear value, as in MAPPO's central critic (Yu et al. 2022). */
export const criticLayout = (inputs: number, width = 64): Layout =>
  layout("critic", [
    ["first.weight", [inputs, width], orthogonal(Math.SQRT2)],
    ["first.bias", [width], zeros],
    ["second.weight", [width, width], orthogonal(Math.SQRT2)],
    ["second.bias", [width], zeros],
    ["value.weight", [width, 1], orthogonal(1)],
    ["value.bias", [1], zeros]
  ])

/** The node of parameter `name` inside the flat vector `vector`. */
export const parameter = (of: Layout, vector: Node, name: string): Node => {
  const entry = of.entries.find((candidate) => candidate.name === name)
  if (entry === undefined) throw new Error(`group ${of.group} has no parameter ${name}`)
  return reshape(slice(vector, 0, entry.offset, entry.offset + entry.size), entry.shape)
}

/** x W + b with the parameters `name.weight` and `name.bias`. */
export const linear = (of: Layout, vector: Node, name: string, x: Node): Node =>
  add(matmul(x, parameter(of, vector, `${name}.weight`)), parameter(of, vector, `${name}.bias`))

/** What a policy gives. */
export interface PolicyOutput {
  /** Residual logits over the choices, [rows, choices]. */
  readonly logits: Node
  /** GRU states, or the second layer of a policy without memory, [rows, hidden]. */
  readonly states: Node
  /** Encoder output, [rows, hidden]. */
  readonly encoding: Node
}

/**
 * The GRU's input from the encoding, gate by gate, and its recurrent bias. What is added to a gate in both places is added once, here;
 * the candidate's recurrent bias is inside its reset product and stays there.
 */
const recurrence = (of: Layout, vector: Node) => {
  const weight = parameter(of, vector, "gru.input.weight")
  const bias = parameter(of, vector, "gru.input.bias")
  const recurrentBias = parameter(of, vector, "gru.recurrent.bias")
  const hidden = weight.shape[0] ?? 0
  const gate = (x: Node, k: number) => slice(x, x.shape.length - 1, k * hidden, (k + 1) * hidden)
  const gates = [0, 1, 2].map((k) => ({
    weight: gate(weight, k),
    bias: k === 2 ? gate(bias, k) : add(gate(bias, k), gate(recurrentBias, k))
  }))
  const none = weight.builder.constant(new Float32Array(2 * hidden), [2 * hidden])
  return {
    project: (encoding: Node) => gates.map(({ bias, weight }) => add(matmul(encoding, weight), bias)),
    recurrentWeights: parameter(of, vector, "gru.recurrent.weight"),
    recurrentBias: concat([none, gate(recurrentBias, 2)], 0)
  }
}

/** Whether a policy knows of the steps before. */
const remembers = (of: Layout): boolean => of.entries.some(({ name }) => name === "gru.input.weight")

/** Rows [rows, inputs] through a policy without memory. */
const forgetful = (of: Layout, vector: Node, rows: Node): PolicyOutput => {
  const encoding = tanh(linear(of, vector, "encoder", rows))
  const states = tanh(linear(of, vector, "second", encoding))
  return { logits: linear(of, vector, "head", states), states, encoding }
}

/** One step for `environments` copies: observation [env, inputs], hidden [env, hidden], which a policy without memory does not read. */
export const policyStep = (of: Layout, vector: Node, observation: Node, hidden: Node): PolicyOutput => {
  if (!remembers(of)) return forgetful(of, vector, observation)
  const { project, ...recurrent } = recurrence(of, vector)
  const encoding = tanh(linear(of, vector, "encoder", observation))
  const states = gruStep({ input: concat(project(encoding), 1), state: hidden, ...recurrent })
  return { logits: linear(of, vector, "head", states), states, encoding }
}

/** A segment of T steps for B copies, rows time-major: observation [T B, inputs], initial [B, hidden], keep [T, B]. */
export const policySequence = (
  of: Layout,
  vector: Node,
  options: {
    readonly observation: Node
    readonly initial: Node
    readonly keep: Node
  }
): PolicyOutput => {
  const { initial, keep, observation } = options
  const batch = keep.shape[1] ?? 1
  if (!remembers(of)) {
    const tiles = byTiles(observation, batch, (rows) => forgetful(of, vector, rows))
    const together = (part: keyof PolicyOutput) =>
      concat(
        tiles.map((tile) => tile[part]),
        0
      )
    return { logits: together("logits"), states: together("states"), encoding: together("encoding") }
  }
  const { project, ...recurrent } = recurrence(of, vector)
  const encodings = byTiles(observation, batch, (rows) => tanh(linear(of, vector, "encoder", rows)))
  const projected = encodings.map(project)
  const gate = (k: number) =>
    concat(
      projected.flatMap((gates) => gates[k] ?? []),
      0
    )
  const { states } = gruSequence({ input: { z: gate(0), r: gate(1), n: gate(2) }, initial, keep, ...recurrent })
  const logits = concat(
    byTiles(states, batch, (rows) => linear(of, vector, "head", rows)),
    0
  )
  return { logits, states, encoding: concat(encodings, 0) }
}

/** The value of states [rows, inputs] -> [rows, 1], in scaled reward; for whole steps of `batch` rows. */
export const value = (of: Layout, vector: Node, state: Node, batch = state.shape[0] ?? 1): Node =>
  concat(
    byTiles(state, batch, (rows) =>
      linear(of, vector, "value", tanh(linear(of, vector, "second", tanh(linear(of, vector, "first", rows)))))
    ),
    0
  )

/** Columns (or rows, if fewer) made orthonormal by modified Gram-Schmidt, in double precision. */
const orthonormal = (normal: Float32Array, rows: number, columns: number): Float64Array => {
  const tall = rows >= columns
  const length = tall ? rows : columns
  const count = tall ? columns : rows
  const vectors: Array<Float64Array> = []
  for (let k = 0; k < count; k++) {
    const vector = Float64Array.from(normal.subarray(k * length, (k + 1) * length))
    for (let pass = 0; pass < 2; pass++) {
      for (const earlier of vectors) {
        let dot = 0
        for (let i = 0; i < length; i++) dot += (vector[i] ?? 0) * (earlier[i] ?? 0)
        for (let i = 0; i < length; i++) vector[i] = (vector[i] ?? 0) - dot * (earlier[i] ?? 0)
      }
    }
    let norm = 0
    for (const x of vector) norm += x * x
    norm = Math.sqrt(norm)
    vectors.push(vector.map((x) => x / norm))
  }
  const out = new Float64Array(rows * columns)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[r * columns + c] = (tall ? vectors[c]?.[r] : vectors[r]?.[c]) ?? 0
  }
  return out
}

/** The starting values of a group, drawn from the stream `initial/<group>/<parameter>`. */
export const initialise = (of: Layout, random: Random, stage: string): Float32Array => {
  const vector = new Float32Array(of.size)
  for (const { initial, name, offset, shape, size } of of.entries) {
    const address = (block: number): Address => ({ stage, purpose: `initial/${of.group}/${name}`, step: block })
    switch (initial.kind) {
      case "zeros":
        break
      case "normal": {
        const draws = new Float32Array(size)
        random.normal(address(0), draws)
        for (let i = 0; i < size; i++) vector[offset + i] = (draws[i] ?? 0) * initial.deviation
        break
      }
      case "orthogonal": {
        const rows = shape[0] ?? 1
        const columns = shape[1] ?? 1
        const width = columns / initial.blocks
        for (let block = 0; block < initial.blocks; block++) {
          const draws = new Float32Array(rows * width)
          random.normal(address(block), draws)
          const matrix = orthonormal(draws, rows, width)
          for (let r = 0; r < rows; r++) {
            for (let c = 0; c < width; c++) {
              vector[offset + r * columns + block * width + c] = initial.gain * (matrix[r * width + c] ?? 0)
            }
          }
        }
        break
      }
    }
  }
  return vector
}
