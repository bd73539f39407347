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

interface Step {
  /** [B, 2H]: z, r. */
  readonly gates: Node
  /** [B, H]: z. */
  readonly update: Node
  /** [B, H]: n. */
  readonly candidate: Node
  /** [B, H]: a_n. */
  readonly recurrent: Node
  /** [B, H]: h'. */
  readonly state: Node
}

/** One step from the input's gates [B, 2H] and candidate [B, H]. */
const step = (
  inputGates: Node,
  inputCandidate: Node,
  state: Node,
  recurrentWeights: Node,
  recurrentBias: Node,
  hidden: number
): Step => {
  const a = add(matmul(state, recurrentWeights), recurrentBias)
  const gates = sigmoid(add(inputGates, slice(a, 1, 0, 2 * hidden)))
  const update = slice(gates, 1, 0, hidden)
  const reset = slice(gates, 1, hidden, 2 * hidden)
  const recurrent = slice(a, 1, 2 * hidden, 3 * hidden)
  const candidate = tanh(add(inputCandidate, mul(reset, recurrent)))
  return { gates, update, candidate, recurrent, state: add(candidate, mul(update, sub(state, candidate))) }
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
  return step(
    slice(input, 1, 0, 2 * hidden),
    slice(input, 1, 2 * hidden, 3 * hidden),
    state,
    recurrentWeights,
    recurrentBias,
    hidden
  ).state
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
   * "batched" (default): the hand-derived gradient, whose time loop carries dh only and whose weight gradients are one product over
   * all rows. "unrolled": plain differentiation through the steps. Equal up to rounding.
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
  expectShape("gruSequence", "input", input, [rows, 3 * hidden])
  expectShape("gruSequence", "initial", initial, [batch, hidden])
  expectShape("gruSequence", "recurrentBias", recurrentBias, [3 * hidden])

  const kept = reshape(keep, [rows, 1])
  const at = (x: Node, t: number) => slice(x, 0, t * batch, (t + 1) * batch)
  const inputGates = slice(input, 1, 0, 2 * hidden)
  const inputCandidate = slice(input, 1, 2 * hidden, 3 * hidden)
  const trace: Array<Step> = []
  let state = initial
  for (let t = 0; t < steps; t++) {
    const next = step(at(inputGates, t), at(inputCandidate, t), state, recurrentWeights, recurrentBias, hidden)
    trace.push(next)
    if (t < steps - 1) state = mul(next.state, at(kept, t))
  }
  const unrolled = concat(
    trace.map((entry) => entry.state),
    0
  )

  /**
   * With g_t the gradient of h_t from outside, k_t = keep_t and h_in the masked state that a step starts from:
   *
   *     dh_t  = g_t + k_t dh_in_(t+1)
   *     da_t  = dh_t [ (h_in - n) z (1 - z),  (1 - z)(1 - n n) a_n r (1 - r),  (1 - z)(1 - n n) r ]
   *     dh_in = da_t W' + dh_t z
   *
   * The bracket A does not depend on dh: it is computed for all rows at once, and so is everything after the loop.
   */
  const pullback = (gradient: Node): ReadonlyArray<Node> => {
    const gates = concat(
      trace.map((entry) => entry.gates),
      0
    )
    const z = slice(gates, 1, 0, hidden)
    const r = slice(gates, 1, hidden, 2 * hidden)
    const n = concat(
      trace.map((entry) => entry.candidate),
      0
    )
    const recurrent = concat(
      trace.map((entry) => entry.recurrent),
      0
    )
    const started =
      steps === 1
        ? initial
        : concat([initial, mul(slice(unrolled, 0, 0, rows - batch), slice(kept, 0, 0, rows - batch))], 0)

    const rest = sub(1, z)
    const toUpdate = mul(sub(started, n), mul(z, rest))
    const toCandidate = mul(rest, sub(1, mul(n, n)))
    const toReset = mul(toCandidate, mul(recurrent, mul(r, sub(1, r))))
    // The three gates side by side, so that one product serves all.
    const bracket = concat([toUpdate, toReset, mul(toCandidate, r)], 1)
    const spread = (dh: Node, from: Node): Node => {
      const count = dh.shape[0] ?? 0
      const product = mul(reshape(dh, [count, 1, hidden]), reshape(from, [count, 3, hidden]))
      return reshape(product, [count, 3 * hidden])
    }

    const dhs: Array<Node> = []
    let dInitial = gradient
    let carry: Node | undefined
    for (const [t, entry] of [...trace.entries()].reverse()) {
      const dh = carry === undefined ? at(gradient, t) : add(at(gradient, t), carry)
      dhs.push(dh)
      const da = spread(dh, at(bracket, t))
      const dIn = add(matmul(da, recurrentWeights, { transposeB: true }), mul(dh, entry.update))
      if (t > 0) carry = mul(dIn, at(kept, t - 1))
      else dInitial = dIn
    }
    const dh = concat(dhs.reverse(), 0)
    const da = spread(dh, bracket)
    return [
      concat([slice(da, 1, 0, 2 * hidden), mul(dh, toCandidate)], 1),
      dInitial,
      matmul(started, da, { transposeA: true }),
      sum(da, { axes: [0] })
    ]
  }

  const states =
    options.gradient === "unrolled"
      ? unrolled
      : withGradient(unrolled, [input, initial, recurrentWeights, recurrentBias], pullback)
  return { states, last: mul(at(states, steps - 1), at(kept, steps - 1)) }
}
