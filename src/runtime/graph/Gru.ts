/**
 * The gated recurrent unit, stepwise and over sequences.
 *
 * Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder", in the variant that applies the reset gate after the
 * recurrent product (`linear_before_reset` in ONNX, the only one of cuDNN). Gate order along the last axis: z (update), r (reset),
 * n (candidate):
 *
 *     a = h W + b        z = sigmoid(x_z + a_z)      n  = tanh(x_n + r a_n)
 *                        r = sigmoid(x_r + a_r)      h' = (1 - z) n + z h
 */
import type { Node, Shape } from "./Graph.ts"
import { GraphError } from "./GraphError.ts"
import { add, concat, matmul, mul, reshape, sigmoid, slice, sub, sum, tanh, withGradient } from "./Operations.ts"
import { sameShape } from "./Shape.ts"

const expectShape = (operation: string, name: string, node: Node, shape: Shape): void => {
  if (!sameShape(node.shape, shape)) {
    throw new GraphError({
      operation,
      shapes: [node.shape, shape],
      reason: `\`${name}\` has the first shape and needs the second.`
    })
  }
}

const sizes = (operation: string, recurrentWeights: Node): number => {
  const hidden = recurrentWeights.shape[0] ?? 0
  expectShape(operation, "recurrentWeights", recurrentWeights, [hidden, 3 * hidden])
  return hidden
}

/** A tensor of three gates side by side along its last axis, taken apart: one product per gate needs no copies of its columns. */
interface Gates {
  readonly z: Node
  readonly r: Node
  readonly n: Node
}

const gatesOf = (x: Node, hidden: number): Gates => {
  const axis = x.shape.length - 1
  const gate = (index: number) => slice(x, axis, index * hidden, (index + 1) * hidden)
  return { z: gate(0), r: gate(1), n: gate(2) }
}

/** What one step was; all [B, H]. */
interface Step {
  readonly started: Node
  readonly z: Node
  readonly r: Node
  readonly n: Node
  /** a_n */
  readonly recurrent: Node
  /** h - n, of the state h that it started from. */
  readonly difference: Node
  /** z (h - n) */
  readonly change: Node
  readonly state: Node
}

const step = (input: Gates, started: Node, weights: Gates, bias: Gates): Step => {
  const z = sigmoid(add(matmul(started, weights.z), add(input.z, bias.z)))
  const r = sigmoid(add(matmul(started, weights.r), add(input.r, bias.r)))
  const recurrent = add(matmul(started, weights.n), bias.n)
  const n = tanh(add(input.n, mul(r, recurrent)))
  const difference = sub(started, n)
  const change = mul(z, difference)
  return { started, z, r, n, recurrent, difference, change, state: add(n, change) }
}

/**
 * One step. `input` [B, 3H] is the projected input, its bias included; `state` [B, H]; `recurrentWeights` [H, 3H];
 * `recurrentBias` [3H]. Gives the next state [B, H]. Errors: other shapes.
 */
export const gruStep = (options: {
  readonly input: Node
  readonly state: Node
  readonly recurrentWeights: Node
  readonly recurrentBias: Node
}): Node => {
  const { input, state, recurrentWeights, recurrentBias } = options
  const hidden = sizes("gruStep", recurrentWeights)
  const batch = state.shape[0] ?? 0
  expectShape("gruStep", "state", state, [batch, hidden])
  expectShape("gruStep", "input", input, [batch, 3 * hidden])
  expectShape("gruStep", "recurrentBias", recurrentBias, [3 * hidden])
  return step(gatesOf(input, hidden), state, gatesOf(recurrentWeights, hidden), gatesOf(recurrentBias, hidden)).state
}

export interface GruSequence {
  /** [T B, 3H]: the projected inputs, bias included; row t B + b is step t of sequence b. */
  readonly input: Node
  /** [B, H]: the state before the first step. */
  readonly initial: Node
  /** [H, 3H] */
  readonly recurrentWeights: Node
  /** [3H] */
  readonly recurrentBias: Node
  /** [T, B]: what is kept of the state after step t: 1, or 0 where the sequence ended. Gets no gradient when `gradient` is "batched". */
  readonly keep: Node
  /**
   * "batched" (default): the hand-derived gradient, which shares what the steps forward have computed. "unrolled": plain
   * differentiation through the steps. Equal up to rounding.
   */
  readonly gradient?: "batched" | "unrolled"
}

/** Sums over the steps, by gate. */
type Sums = { -readonly [gate in keyof Gates]?: Node }

export interface GruStates {
  /** [T B, H]: h_t, before it is masked by `keep`. */
  readonly states: Node
  /** [B, H]: h_(T-1) keep_(T-1), the state to go on from. */
  readonly last: Node
}

/** T steps of B sequences, unrolled: step t + 1 starts from h_t keep_t. Errors: shapes that do not fit each other. */
export const gruSequence = (options: GruSequence): GruStates => {
  const { input, initial, recurrentWeights, recurrentBias, keep } = options
  const hidden = sizes("gruSequence", recurrentWeights)
  const [steps = 0, batch = 0] = keep.shape
  const rows = steps * batch
  expectShape("gruSequence", "keep", keep, [steps, batch])
  expectShape("gruSequence", "input", input, [rows, 3 * hidden])
  expectShape("gruSequence", "initial", initial, [batch, hidden])
  expectShape("gruSequence", "recurrentBias", recurrentBias, [3 * hidden])

  const kept = reshape(keep, [rows, 1])
  const at = (x: Node, t: number) => slice(x, 0, t * batch, (t + 1) * batch)
  const weights = gatesOf(recurrentWeights, hidden)
  const bias = gatesOf(recurrentBias, hidden)
  const trace: Array<Step> = []
  let state = initial
  for (let t = 0; t < steps; t++) {
    const next = step(gatesOf(at(input, t), hidden), state, weights, bias)
    trace.push(next)
    if (t < steps - 1) state = mul(next.state, at(kept, t))
  }
  const unrolled = concat(
    trace.map((entry) => entry.state),
    0
  )

  /**
   * With g_t the gradient of h_t from outside, k_t = keep_t, h the masked state that a step starts from and a_t = [z, r, n] of its
   * recurrent product:
   *
   *     dh_t  = g_t + k_t dh_(t+1)             q    = dh_t (1 - z) (1 - n n)
   *     da_z  = dh_t z (h - n) (1 - z)         da_n = q r        da_r = da_n a_n (1 - r)
   *     dh    = da_t W' + dh_t z
   *
   * Everything is done step by step: the tensors of a step stay in the processor's caches, those of all steps would not.
   */
  const pullback = (gradient: Node): ReadonlyArray<Node> => {
    const inputs: Array<Node> = []
    let dInitial = gradient
    let carry: Node | undefined
    const weightSums: Sums = {}
    const biasSums: Sums = {}
    for (const [t, { change, difference, n, r, recurrent, started, z }] of [...trace.entries()].reverse()) {
      const dh = carry === undefined ? at(gradient, t) : add(at(gradient, t), carry)
      const through = mul(dh, z)
      const q = mul(sub(dh, through), sub(1, mul(n, n)))
      const dz = mul(through, sub(difference, change))
      const dn = mul(q, r)
      const dr = mul(dn, mul(recurrent, sub(1, r)))
      inputs.push(concat([dz, dr, q], 1))
      const back = (da: Node, w: Node, sofar: Node) => add(matmul(da, w, { transposeB: true }), sofar)
      const dIn = back(dn, weights.n, back(dr, weights.r, back(dz, weights.z, through)))
      for (const [gate, da] of [
        ["z", dz],
        ["r", dr],
        ["n", dn]
      ] as const) {
        const product = matmul(started, da, { transposeA: true })
        const sum = weightSums[gate]
        weightSums[gate] = sum === undefined ? product : add(product, sum)
        const total = biasSums[gate]
        biasSums[gate] = total === undefined ? da : add(total, da)
      }
      if (t > 0) carry = mul(dIn, at(kept, t - 1))
      else dInitial = dIn
    }
    const sides = (sums: Sums) => [sums.z, sums.r, sums.n].filter((part) => part !== undefined)
    return [
      concat(inputs.reverse(), 0),
      dInitial,
      concat(sides(weightSums), 1),
      concat(
        sides(biasSums).map((part) => sum(part, { axes: [0] })),
        0
      )
    ]
  }

  const states =
    options.gradient === "unrolled"
      ? unrolled
      : withGradient(unrolled, [input, initial, recurrentWeights, recurrentBias], pullback)
  return { states, last: mul(at(states, steps - 1), at(kept, steps - 1)) }
}
