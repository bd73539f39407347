/** Latents of both sides at the steps of a trace, and what the AI's policy gave there. */
import { Effect } from "effect"
import { initialise } from "../agent/Network.ts"
import type { Member, Team } from "../agent/Team.ts"
import type { EngineError, Session } from "../engine/Engine.ts"
import { matrix, zeros } from "../measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../measure/estimator/linear/Matrix.ts"
import type { TracedLatents } from "../measure/TeamMeasures.ts"
import type { Random } from "../random/Random.ts"
import { mapLatents, replay } from "./Replay.ts"
import type { Replayed } from "./Replay.ts"
import type { Reading, Trace } from "./Trace.ts"
import type { Trained } from "./Weights.ts"

/** A network that was never trained has the parameters with which one of this address starts. */
const untrained = "latents"

/** Runs `member` over what it read in the trace: with what it learned, or as it was initialised where it learned nothing. */
export const replayMember = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly team: Team
  readonly member: Member
  readonly trained: Trained
  readonly random: Random
  readonly trace: Trace
}): Effect.fn.Return<Replayed, EngineError> {
  const { member, random, session, team, trace, trained } = options
  return yield* replay({
    session,
    member,
    parameters: trained.parameters.get(member.name) ?? initialise(member.layout, random, untrained),
    inputs: member === team.speaker ? trace.inputs.speaker : trace.inputs.actor,
    episode: trace.episode.subarray(0, trace.inputs.rows)
  })
})

/**
 * z^H (the guide's GRU state), z^A (the AI's encoder output), h^A before the step, T(z^H) where a mapper was trained, and the AI's
 * action probabilities, at the rows of the trace whose inputs it holds. A side that does not learn has the latents of its network as
 * it was initialised: what it sees and hears, mixed at random.
 */
export const latentsOf = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly team: Team
  readonly trained: Trained
  readonly random: Random
  readonly trace: Trace
}): Effect.fn.Return<TracedLatents & { readonly actions: Matrix }, EngineError> {
  const { session, team, trace, trained } = options
  const { actor, mapper, speaker } = team
  const rows = trace.inputs.rows
  const human = yield* replayMember({ ...options, member: speaker })
  const ai = yield* replayMember({ ...options, member: actor })
  const parameters = mapper === undefined ? undefined : trained.parameters.get(mapper.name)
  const width = { human: speaker.agent.network.hidden, ai: actor.agent.network.hidden }
  const mapped =
    mapper === undefined || parameters === undefined
      ? undefined
      : yield* mapLatents({ session, mapper, parameters, latents: human.states, from: width.human })
  const probabilities = matrix(rows, actor.choices, trained.learned.has(actor.name) ? ai.logits : zerosLike(ai.logits))
  softmaxRows(probabilities.data, actor.choices)
  return {
    human: matrix(rows, width.human, human.states),
    mapped: mapped === undefined ? undefined : matrix(rows, width.ai, mapped),
    ai: matrix(rows, width.ai, ai.encodings),
    aiBefore: matrix(rows, width.ai, ai.before),
    actions: probabilities
  }
})

/** One-hot rows, [rows, columns], with the 1 at `code(i)`. */
const oneHot = (rows: number, columns: number, code: (i: number) => number): Matrix => {
  const out = zeros(rows, columns)
  for (let i = 0; i < rows; i++) out.data[i * columns + code(i)] = 1
  return out
}

/**
 * Latents of an oracle, between whose sides there is no network: the symbols that its script acts on, one-hot, those of a side crossed. What
 * the navigator carries from step to step is what it followed before (nothing at first), a constant where it follows nothing. `deaf`
 * is z^A as if nothing had been heard, undefined where the navigator hears nothing anyway.
 */
export const latentsOfOracle = (
  { episode, inputs }: Pick<Trace, "episode" | "inputs">,
  { guide, heard, navigator }: Reading
): TracedLatents & { readonly deaf: Matrix | undefined } => {
  const { rows } = inputs
  const crossed = (values: Float32Array, sizes: ReadonlyArray<number>, silent?: number): Matrix => {
    const value = (i: number, k: number, size: number) =>
      k === silent ? size - 1 : (values[i * sizes.length + k] ?? 0)
    return oneHot(
      rows,
      sizes.reduce((a, b) => a * b, 1),
      (i) => sizes.reduce((code, size, k) => code * size + value(i, k, size), 0)
    )
  }
  const followed = heard === undefined ? 1 : (navigator[heard] ?? 1)
  const before = (i: number): number =>
    heard === undefined || i === 0 || episode[i] !== episode[i - 1]
      ? followed - 1
      : (inputs.actor[(i - 1) * navigator.length + heard] ?? followed - 1)
  return {
    human: crossed(inputs.speaker, guide),
    mapped: undefined,
    ai: crossed(inputs.actor, navigator),
    aiBefore: oneHot(rows, followed, before),
    deaf: heard === undefined ? undefined : crossed(inputs.actor, navigator, heard)
  }
}

const zerosLike = (values: Float32Array): Float32Array => new Float32Array(values.length)

/** Turns rows of `n` logits into probabilities. */
const softmaxRows = (logits: Float64Array, n: number): void => {
  for (let at = 0; at < logits.length; at += n) {
    const row = logits.subarray(at, at + n)
    const top = Math.max(...row)
    let sum = 0
    for (const logit of row) sum += Math.exp(logit - top)
    row.forEach((logit, k) => {
      row[k] = Math.exp(logit - top) / sum
    })
  }
}
