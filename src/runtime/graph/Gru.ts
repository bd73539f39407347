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
import { tiles } from "./Tiles.ts"

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

/** Three gates apart, so that one product per gate needs no copies of columns. */
export interface Gates {
  readonly z: Node
  readonly r: Node
  readonly n: Node
}

/** The gates of a tensor that holds them side by side along its last axis. */
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
  /** r a_n */
  readonly reset: Node
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
  const reset = mul(r, recurrent)
  const n = tanh(add(input.n, reset))
  const difference = sub(started, n)
  const change = mul(z, difference)
  return { started, z, r, n, recurrent, reset, difference, change, state: add(n, change) }
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
  /** [T B, 3H], or [T B, H] by gate: the projected inputs, bias included; row t B + b is step t of sequence b. */
  readonly input: Node | Gates
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
  if ("shape" in input) expectShape("gruSequence", "input", input, [rows, 3 * hidden])
  else for (const gate of [input.z, input.r, input.n]) expectShape("gruSequence", "input", gate, [rows, hidden])
  expectShape("gruSequence", "initial", initial, [batch, hidden])
  expectShape("gruSequence", "recurrentBias", recurrentBias, [3 * hidden])

  const kept = reshape(keep, [rows, 1])
  const at = (x: Node, t: number) => slice(x, 0, t * batch, (t + 1) * batch)
  const inputs = "shape" in input ? gatesOf(input, hidden) : input
  const weights = gatesOf(recurrentWeights, hidden)
  const bias = gatesOf(recurrentBias, hidden)
  const trace: Array<Step> = []
  let state = initial
  for (let t = 0; t < steps; t++) {
    const next = step({ z: at(inputs.z, t), r: at(inputs.r, t), n: at(inputs.n, t) }, state, weights, bias)
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
   *     da_z  = dh_t z (h - n) (1 - z)       da_n = q r        da_r = da_n (a_n - r a_n)
   *     dh    = da_t W' + dh_t z
   *
   * Everything is done step by step and tile by tile: their tensors stay in the processor's caches, those of all steps would not.
   */
  const pullback = (gradient: Node): ReadonlyArray<Node> => {
    const parts = { z: new Array<Node>(), r: new Array<Node>(), q: new Array<Node>(), n: new Array<Node>() }
    let dInitial = gradient
    let carry: Node | undefined
    for (const [t, { change, difference, n, r, recurrent, reset, z }] of [...trace.entries()].reverse()) {
      const dh = carry === undefined ? at(gradient, t) : add(at(gradient, t), carry)
      const through = mul(dh, z)
      const q = mul(sub(dh, through), sub(1, mul(n, n)))
      const dz = mul(through, sub(difference, change))
      const dn = mul(q, r)
      const dr = mul(dn, sub(recurrent, reset))
      parts.z.unshift(dz)
      parts.r.unshift(dr)
      parts.q.unshift(q)
      parts.n.unshift(dn)
      const back = (da: Node, w: Node, sofar: Node) => add(matmul(da, w, { transposeB: true }), sofar)
      const dIn = back(dn, weights.n, back(dr, weights.r, back(dz, weights.z, through)))
      if (t > 0) carry = mul(dIn, at(kept, t - 1))
      else dInitial = dIn
    }
    const [z, r, q, n] = [parts.z, parts.r, parts.q, parts.n].map((steps) => concat(steps, 0))
    if (z === undefined || r === undefined || q === undefined || n === undefined) return []
    const started = concat(
      trace.map((entry) => entry.started),
      0
    )
    const overTiles = (f: (from: number, to: number) => Node) =>
      tiles(steps, batch)
        .map(({ from, to }) => f(from, to))
        .reduce((sofar, part) => add(part, sofar))
    const rowsOf = (x: Node) => (from: number, to: number) => slice(x, 0, from, to)
    const gates = [z, r, n]
    return [
      z,
      r,
      q,
      dInitial,
      concat(
        gates.map((da) =>
          overTiles((from, to) => matmul(rowsOf(started)(from, to), rowsOf(da)(from, to), { transposeA: true }))
        ),
        1
      ),
      concat(
        gates.map((da) => sum(overTiles(rowsOf(da)), { axes: [0] })),
        0
      )
    ]
  }

  const states =
    options.gradient === "unrolled"
      ? unrolled
      : withGradient(unrolled, [inputs.z, inputs.r, inputs.n, initial, recurrentWeights, recurrentBias], pullback)
  return { states, last: mul(at(states, steps - 1), at(kept, steps - 1)) }
}
