/** The plays that behavioural sensitivity compares: one side's messages exchanged, everything else the same. */
import { Effect } from "effect"
import type { Noise } from "../agent/Agent.ts"
import { isSilenced } from "../agent/Team.ts"
import type { Speaker, Team } from "../agent/Team.ts"
import type { EngineError, Session } from "../engine/Engine.ts"
import { leastPerturbations } from "../measure/estimator/BehaviouralSensitivity.ts"
import { matrix } from "../measure/estimator/linear/Matrix.ts"
import type { Matrix } from "../measure/estimator/linear/Matrix.ts"
import { mixtureFor } from "../measure/estimator/MessagePerturbation.ts"
import type { Disturbed, DisturbedSide } from "../measure/TeamMeasures.ts"
import type { Random } from "../random/Random.ts"
import { messageProbabilities } from "./Replay.ts"
import { playTeam, stream } from "./Team.ts"
import type { Exchange } from "./Team.ts"
import { traceTeam } from "./Trace.ts"
import type { Trained } from "./Weights.ts"

/** Episodes of each play at most: there are 21 plays. */
export const disturbedEpisodes = 512
/** Undisturbed plays with other random numbers. */
const reseedings = 4
/** Permutations that are drawn at most; those that give no accepted divergence are passed over. */
const mostPermutations = 32
/** Contexts of the AI's messages that the divergence is averaged over, at most. */
const mostContexts = 2048

/** Rows of `logits` [rows, n] as probabilities. */
export const distributions = (logits: ArrayLike<number>, n: number): Matrix => {
  const table = matrix(logits.length / n, n, logits)
  for (let at = 0; at < table.data.length; at += n) {
    const row = table.data.subarray(at, at + n)
    const top = Math.max(...row)
    let sum = 0
    for (const logit of row) sum += Math.exp(logit - top)
    row.forEach((logit, k) => {
      row[k] = Math.exp(logit - top) / sum
    })
  }
  return table
}

/** A speaker's protocol: logits of the prior and what was learned on top, [contexts x intents, tokens]. */
export const protocolLogits = ({ layout, name, tablePrior }: Speaker, trained: Trained): Float32Array => {
  const parameters = trained.learned.has(name) ? trained.parameters.get(name) : undefined
  const entry = layout.entries.find((one) => one.name === "table")
  if (parameters === undefined || entry === undefined) return tablePrior
  return tablePrior.map((logit, i) => logit + (parameters[entry.offset + i] ?? 0))
}

/** The first eight permutations of symbols whose mixture has an accepted divergence, as exchanges. */
export const exchangesFor = (
  p: Matrix,
  visits: ArrayLike<number>,
  random: Random,
  purpose: string
): ReadonlyArray<Exchange & { readonly divergence: number }> => {
  const found: Array<Exchange & { readonly divergence: number }> = []
  for (let k = 0; k < mostPermutations && found.length < leastPerturbations; k++) {
    const order = random.permutation({ stage: stream, purpose: `exchange.${purpose}.order`, step: k }, p.columns)
    const { divergence, weight } = mixtureFor(p, order, visits)
    if (Number.isNaN(weight)) continue
    // u_k = p_order(k): what was drawn as order(k) is said as k
    const becomes = new Int32Array(p.columns)
    order.forEach((from, to) => (becomes[from] = to))
    found.push({ becomes, weight, divergence })
  }
  return found
}

/**
 * Plays the team undisturbed, with other random numbers, and with 8 exchanges of each side's messages. In all of these plays messages
 * are drawn, of both sides; the rest is chosen as in the stage. An exchange says, with probability a, another symbol for the one drawn:
 * p' = (1 - a) p + a u exactly, and the plays differ nowhere else.
 */
export const disturbed = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly team: Team
  readonly trained: Trained
  readonly loaded: Set<string>
  readonly episodes: number
  readonly random: Random
  readonly greedy: boolean
  readonly noise: Noise
}): Effect.fn.Return<Disturbed, EngineError> {
  const { random, session, team, trained } = options
  const episodes = Math.min(options.episodes, disturbedEpisodes)
  const common = { ...options, episodes, learned: trained.learned }
  const tracer = traceTeam(team)
  const undisturbed = yield* playTeam({ ...common, tracer, variant: { drawsMessages: true } })
  const trace = tracer.trace()
  const reseeded: Array<Uint8Array> = []
  for (let draws = 1; draws <= reseedings; draws++) {
    reseeded.push((yield* playTeam({ ...common, variant: { draws, drawsMessages: true } })).success)
  }

  const side = Effect.fnUntraced(function* (who: "token" | "message", p: Matrix, visits: ArrayLike<number>) {
    const exchanges = exchangesFor(p, visits, random, who)
    const outcomes: Array<Uint8Array> = []
    // with fewer the side is undefined, and need not be played
    if (exchanges.length === leastPerturbations) {
      for (const exchange of exchanges) {
        outcomes.push((yield* playTeam({ ...common, variant: { drawsMessages: true, [who]: exchange } })).success)
      }
    }
    const played: DisturbedSide = {
      outcomes,
      divergence: exchanges.reduce((sum, { divergence }) => sum + divergence, 0) / exchanges.length
    }
    return played
  })

  const sides: Array<DisturbedSide | "disabled"> = []
  const { actor, protocol, speaker } = team
  if (actor.hears && team.silenced?.has(speaker.name) === true) sides.push("disabled")
  else if (actor.hears) {
    const table = distributions(protocolLogits(team.speaker, trained), team.speaker.symbols.length + 1)
    const visits = new Float64Array(table.rows)
    for (const row of trace.row) visits[row] = (visits[row] ?? 0) + 1
    sides.push(yield* side("token", table, visits))
  }
  if (speaker.hears && protocol !== undefined) {
    const parameters = trained.parameters.get(protocol.name)
    const active =
      trained.learned.has(speaker.name) && trained.learned.has(protocol.name) && !isSilenced(team, protocol)
    if (!active || parameters === undefined) sides.push("disabled")
    else {
      const rows = Math.min(mostContexts, trace.inputs.rows)
      const width = trace.inputs.context.length / Math.max(1, trace.inputs.rows)
      const contexts = trace.inputs.context.subarray(0, rows * width)
      const said = yield* messageProbabilities({ session, protocol, parameters, contexts, rows })
      const p = matrix(rows, protocol.of.symbols, said)
      sides.push(yield* side("message", p, new Uint8Array(rows).fill(1)))
    }
  }
  return { undisturbed: undisturbed.success, steps: undisturbed.steps, reseeded, sides }
})
