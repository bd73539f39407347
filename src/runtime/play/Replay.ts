/** A policy run again on inputs that were recorded: its logits and latents on histories that another policy may have made. */
import { Effect } from "effect"
import { applyMapper } from "../agent/Mapper.ts"
import { policyStep } from "../agent/Network.ts"
import { generate } from "../agent/Protocol.ts"
import type { Protocol } from "../agent/Protocol.ts"
import type { Learner, Member, Part } from "../agent/Team.ts"
import type { EngineError, Session } from "../engine/Engine.ts"
import { makeBuilder } from "../graph/Build.ts"
import { makeGraph } from "../graph/Graph.ts"
import type { Graph } from "../graph/Graph.ts"
import { exp, matmul, mul, softmax } from "../graph/Operations.ts"

/** Episodes that are run together. */
const together = 128
/** Rows that a mapper takes at once. */
const rowsAtOnce = 1024

/** Graphs by the session that holds them: equal names and layouts are equal graphs. */
const held = new WeakMap<Session, Set<string>>()

/** Loads what `build` gives, once for a session and a name. */
const loadOnce = Effect.fnUntraced(function* (session: Session, name: string, build: () => Graph) {
  const names = held.get(session) ?? new Set<string>()
  held.set(session, names)
  if (names.has(name)) return
  names.add(name)
  yield* session.load(build())
})

/** What a policy gives at each recorded step, row-major. */
export interface Replayed {
  /** Residual logits, [rows, choices]; a policy's logits are these and its prior's. */
  readonly logits: Float32Array
  /** GRU states after the step (h_t; for the guide z^H), [rows, hidden]. */
  readonly states: Float32Array
  /** GRU states before the step (h_{t-1}; zero at the start of an episode), [rows, hidden]. */
  readonly before: Float32Array
  /** Encoder outputs (for the AI z^A = tanh encoding of [o^A; e(heard)]), [rows, hidden]. */
  readonly encodings: Float32Array
}

/** First row and length of each run of equal numbers. */
const runs = (episode: ArrayLike<number>): ReadonlyArray<{ readonly from: number; readonly length: number }> => {
  const found: Array<{ readonly from: number; readonly length: number }> = []
  let from = 0
  for (let i = 1; i <= episode.length; i++) {
    if (i < episode.length && episode[i] === episode[from]) continue
    found.push({ from, length: i - from })
    from = i
  }
  return found
}

/**
 * Runs `member` with the flat vector `parameters` (as in `weights.safetensors`, in the order of its layout) over recorded `inputs`
 * [rows, member.inputs], one episode after another; `episode` is the episode of each row. Memory is zero at the start of each.
 */
export const replay = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly member: Member
  readonly parameters: Float32Array
  readonly inputs: Float32Array
  readonly episode: ArrayLike<number>
}): Effect.fn.Return<Replayed, EngineError> {
  const { episode, inputs, member, parameters, session } = options
  const { choices, layout } = member
  const hidden = member.agent.network.hidden
  const rows = episode.length
  const name = `${member.name}.replay.${layout.size}`
  const vector = `${name}.parameters`
  const memory = `${name}.hidden`
  yield* session.write(vector, { shape: [layout.size], data: parameters })
  yield* session.write(memory, { shape: [together, hidden], data: new Float32Array(together * hidden) })
  yield* loadOnce(session, name, () => {
    const g = makeBuilder()
    const { encoding, logits, states } = policyStep(
      layout,
      g.state(vector, [layout.size]),
      g.input("observation", [together, member.inputs]),
      mul(g.state(memory, [together, hidden]), g.input("keep", [together, 1]))
    )
    return makeGraph(name, { outputs: { logits, states, encoding }, updates: { [memory]: states } })
  })
  const result: Replayed = {
    logits: new Float32Array(rows * choices),
    states: new Float32Array(rows * hidden),
    before: new Float32Array(rows * hidden),
    encodings: new Float32Array(rows * hidden)
  }
  // the longest first: episodes of one length run together
  const order = [...runs(episode)].sort((a, b) => b.length - a.length || a.from - b.from)
  const keep = new Float32Array(together)
  const observation = new Float32Array(together * member.inputs)
  for (let first = 0; first < order.length; first += together) {
    const batch = order.slice(first, first + together)
    const longest = batch[0]?.length ?? 0
    keep.fill(0)
    for (let t = 0; t < longest; t++) {
      batch.forEach(({ from, length }, i) => {
        const at = from + Math.min(t, length - 1)
        observation.set(inputs.subarray(at * member.inputs, (at + 1) * member.inputs), i * member.inputs)
      })
      const { encoding, logits, states } = yield* session.run(name, { observation, keep })
      if (encoding === undefined || logits === undefined || states === undefined) continue
      keep.fill(1)
      batch.forEach(({ from, length }, i) => {
        if (t >= length) return
        const at = from + t
        result.logits.set(logits.subarray(i * choices, (i + 1) * choices), at * choices)
        const state = states.subarray(i * hidden, (i + 1) * hidden)
        result.states.set(state, at * hidden)
        if (t + 1 < length) result.before.set(state, (at + 1) * hidden)
        result.encodings.set(encoding.subarray(i * hidden, (i + 1) * hidden), at * hidden)
      })
    }
  }
  return result
})

/** T(x): the latents `x` [rows, from] of one agent in the other's space, by a mapper with the flat vector `parameters`. */
export const mapLatents = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly mapper: Learner
  readonly parameters: Float32Array
  readonly latents: Float32Array
  readonly from: number
}): Effect.fn.Return<Float32Array, EngineError> {
  const { from, latents, mapper, parameters, session } = options
  const name = `${mapper.name}.replay.${mapper.layout.size}`
  const to = mapper.layout.entries.find((entry) => entry.name === "out.bias")?.size ?? 0
  yield* session.write(`${name}.parameters`, { shape: [mapper.layout.size], data: parameters })
  yield* loadOnce(session, name, () => {
    const g = makeBuilder()
    const image = applyMapper(
      mapper.layout,
      g.state(`${name}.parameters`, [mapper.layout.size]),
      g.input("latents", [rowsAtOnce, from])
    )
    return makeGraph(name, { outputs: { image }, updates: {} })
  })
  const rows = latents.length / from
  const out = new Float32Array(rows * to)
  const chunk = new Float32Array(rowsAtOnce * from)
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - first)
    chunk.set(latents.subarray(first * from, (first + count) * from))
    const given = (yield* session.run(name, { latents: chunk })).image
    if (given !== undefined) out.set(given.subarray(0, count * to), first * to)
  }
  return out
})

/** P(m | context) of the AI's messages [rows, V] at recorded contexts [rows, C], codes marginalised. */
export const messageProbabilities = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly protocol: Part<Protocol>
  readonly parameters: Float32Array
  readonly contexts: Float32Array
  readonly rows: number
}): Effect.fn.Return<Float32Array, EngineError> {
  const { contexts, parameters, protocol, rows, session } = options
  const { codes, symbols } = protocol.of
  const width = rows === 0 ? 0 : contexts.length / rows
  const out = new Float32Array(rows * symbols)
  if (rows === 0) return out
  const name = `${protocol.name}.replay.${protocol.layout.size}`
  yield* session.write(`${name}.parameters`, { shape: [protocol.layout.size], data: parameters })
  yield* loadOnce(session, name, () => {
    const g = makeBuilder()
    const none = (columns: number) => g.constant(new Float32Array(rowsAtOnce * columns), [rowsAtOnce, columns])
    const { codeLogits, conditional } = generate(
      protocol.layout,
      g.state(`${name}.parameters`, [protocol.layout.size]),
      {
        context: g.input("context", [rowsAtOnce, width]),
        codeNoise: none(codes),
        symbolNoise: none(symbols),
        temperature: g.scalar(1)
      }
    )
    const probabilities = matmul(softmax(codeLogits), exp(conditional))
    return makeGraph(name, { outputs: { probabilities }, updates: {} })
  })
  const chunk = new Float32Array(rowsAtOnce * width)
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - first)
    chunk.set(contexts.subarray(first * width, (first + count) * width))
    const { probabilities } = yield* session.run(name, { context: chunk })
    if (probabilities !== undefined) out.set(probabilities.subarray(0, count * symbols), first * symbols)
  }
  return out
})
