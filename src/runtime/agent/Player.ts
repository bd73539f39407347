/**
 * Plays a team in many copies of an environment, one step at a time: observe, intend, say, hear, act (MAPTALK.md section 0,
 * "order inside a step"). The engine computes logits; every choice is made on the host.
 */
import { Effect } from "effect"
import type { EngineError, Session } from "../engine/Engine.ts"
import type { StepOutcome, Worlds } from "../environment/Environment.ts"
import { makeBuilder } from "../graph/Build.ts"
import { makeGraph } from "../graph/Graph.ts"
import { mul } from "../graph/Operations.ts"
import type { Noise } from "./Agent.ts"
import type { Channel } from "./Channel.ts"
import { policyStep } from "./Network.ts"
import { entropyRows, greedyRows, sampleRows } from "./Sample.ts"
import type { Member, Team } from "./Team.ts"
import { tableContexts, uncertainAbove } from "./Team.ts"

/** Uniform numbers that one step consumes: one per copy, two for the channel. */
export interface StepDraws {
  readonly intent: Float32Array
  readonly token: Float32Array
  readonly channel: Float32Array
  readonly action: Float32Array
}

/** What one step was, written in place; one row per copy. */
export interface StepRecord {
  readonly speakerInput: Float32Array
  /** Logits of the frozen prior over intents. */
  readonly speakerPrior: Float32Array
  readonly intent: Int32Array
  /** Row of the protocol table: context x intents + intent. */
  readonly row: Int32Array
  readonly token: Int32Array
  readonly speakerLogProbability: Float32Array
  readonly actorInput: Float32Array
  readonly heard: Int32Array
  readonly action: Int32Array
  readonly actorLogProbability: Float32Array
  readonly actorEntropy: Float32Array
}

/** Arrays for `rows` steps (copies, or steps x copies). */
export const makeRecord = (team: Team, rows: number): StepRecord => ({
  speakerInput: new Float32Array(rows * team.speaker.inputs),
  speakerPrior: new Float32Array(rows * team.speaker.choices),
  intent: new Int32Array(rows),
  row: new Int32Array(rows),
  token: new Int32Array(rows),
  speakerLogProbability: new Float32Array(rows),
  actorInput: new Float32Array(rows * team.actor.inputs),
  heard: new Int32Array(rows),
  action: new Int32Array(rows),
  actorLogProbability: new Float32Array(rows),
  actorEntropy: new Float32Array(rows)
})

/** Step `t` of a record of steps x `count` copies, as views. */
export const recordAt = (record: StepRecord, t: number, count: number): StepRecord => {
  const rows = record.intent.length
  const cut = <A extends Float32Array | Int32Array>(array: A): A => {
    const width = array.length / rows
    return array.subarray(t * count * width, (t + 1) * count * width) as A
  }
  return {
    speakerInput: cut(record.speakerInput),
    speakerPrior: cut(record.speakerPrior),
    intent: cut(record.intent),
    row: cut(record.row),
    token: cut(record.token),
    speakerLogProbability: cut(record.speakerLogProbability),
    actorInput: cut(record.actorInput),
    heard: cut(record.heard),
    action: cut(record.action),
    actorLogProbability: cut(record.actorLogProbability),
    actorEntropy: cut(record.actorEntropy)
  }
}

export interface Player {
  /** Takes the protocol table from the parameters; call it after they changed. */
  readonly refresh: Effect.Effect<void, EngineError>
  /** Plays one step in every copy. Copies whose `outcome.done` is 1 must be reset, then `restart`ed. */
  readonly step: (draws: StepDraws, record: StepRecord, outcome: StepOutcome) => Effect.Effect<void, EngineError>
  /** Forgets what the agents remember where `mask` is 1. */
  readonly restart: (mask: Uint8Array) => void
  /** GRU state of an agent as it enters the next step, [copies, hidden]. */
  readonly memory: (member: Member) => Effect.Effect<Float32Array, EngineError>
  /** What continues from step to step outside the session. */
  readonly carried: { readonly keep: Float32Array; readonly collided: Uint8Array; readonly entropy: Float32Array }
}

/** Name of the session state that holds an agent's parameters. */
export const parametersOf = (member: Member): string => `${member.agent.name}.parameters`
export const hiddenOf = (member: Member, count: number): string => `${member.agent.name}.hidden.${count}`
const graphOf = (member: Member, count: number): string => `${member.agent.name}.act.${count}`

/** Gives `member` zero memory for `count` copies, and loads its acting graph if the session does not have it. */
const prepare = Effect.fnUntraced(function*(session: Session, loaded: Set<string>, member: Member, count: number) {
  const hidden = member.agent.network.hidden
  yield* session.write(hiddenOf(member, count), { shape: [count, hidden], data: new Float32Array(count * hidden) })
  const graph = graphOf(member, count)
  if (loaded.has(graph)) return
  loaded.add(graph)
  const builder = makeBuilder()
  const output = policyStep(
    member.layout,
    builder.state(parametersOf(member), [member.layout.size]),
    builder.input("observation", [count, member.inputs]),
    mul(builder.state(hiddenOf(member, count), [count, hidden]), builder.input("keep", [count, 1]))
  )
  yield* session.load(
    makeGraph(graph, { outputs: { logits: output.logits }, updates: { [hiddenOf(member, count)]: output.states } })
  )
})

/**
 * A team at play. Agents not in `learned` follow their frozen prior: their network is not run. With `greedy` the likeliest
 * choice is taken, ties evenly.
 */
export const makePlayer = Effect.fnUntraced(function*(options: {
  readonly session: Session
  readonly team: Team
  readonly worlds: Worlds
  readonly noise: Noise
  readonly channel: Channel
  readonly greedy: boolean
  readonly learned: ReadonlySet<string>
  /** Acting graphs that the session holds already; players of one session share it. */
  readonly loaded: Set<string>
}) {
  const { channel, greedy, learned, loaded, noise, session, team, worlds } = options
  const { actor, speaker } = team
  const count = worlds.count
  const width = team.symbols.length + 1
  const intents = speaker.choices
  const silence = team.symbols.length
  for (const member of [speaker, actor]) if (learned.has(member.agent.name)) yield* prepare(session, loaded, member, count)

  const keep = new Float32Array(count).fill(1)
  const collided = new Uint8Array(count)
  const entropy = new Float32Array(count).fill(1)
  const advice = new Int32Array(count)
  const tokens = new Uint8Array(count)
  const tableRows = new Float32Array(count * width)
  const tokenLogProbability = new Float32Array(count)
  const speakerLogits = new Float32Array(count * intents)
  const zeroLogits = new Float32Array(count * actor.choices)
  let table = team.tablePrior

  const priorLogits = (member: Member, out: Float32Array) => {
    const prior = member.agent.frozenPrior
    out.fill(0)
    if (prior.kind === "uniform") return
    worlds.advise(member.role, prior.rule, advice)
    for (let i = 0; i < count; i++) {
      const choice = advice[i] ?? -1
      if (choice >= 0) out[i * member.choices + choice] = prior.scale
    }
  }

  const logitsOf = Effect.fnUntraced(function*(member: Member, observation: Float32Array) {
    if (!learned.has(member.agent.name)) return undefined
    const { logits } = yield* session.run(graphOf(member, count), { observation, keep })
    return logits
  })

  const step = Effect.fnUntraced(function*(draws: StepDraws, record: StepRecord, outcome: StepOutcome) {
    worlds.observe(speaker.role, speaker.observes, record.speakerInput, 0, speaker.inputs)
    priorLogits(speaker, record.speakerPrior)
    speakerLogits.set(record.speakerPrior)
    const residual = yield* logitsOf(speaker, record.speakerInput)
    if (residual !== undefined) {
      for (let i = 0; i < residual.length; i++) speakerLogits[i] = (speakerLogits[i] ?? 0) + (residual[i] ?? 0)
    }
    sampleRows(speakerLogits, intents, draws.intent, record.intent, record.speakerLogProbability)
    if (greedy) greedyRows(speakerLogits, intents, draws.intent, record.intent)
    for (let i = 0; i < count; i++) {
      const context = (collided[i] ?? 0) * 2 + ((entropy[i] ?? 0) > uncertainAbove ? 1 : 0)
      const row = context * intents + (record.intent[i] ?? 0)
      record.row[i] = row
      for (let k = 0; k < width; k++) tableRows[i * width + k] = table[row * width + k] ?? 0
    }
    sampleRows(tableRows, width, draws.token, record.token, tokenLogProbability)
    if (greedy) greedyRows(tableRows, width, draws.token, record.token)
    for (let i = 0; i < count; i++) {
      record.speakerLogProbability[i] = (record.speakerLogProbability[i] ?? 0) + (tokenLogProbability[i] ?? 0)
    }

    channel.transmit(record.token, noise, draws.channel, record.heard)

    if (actor.hears) record.actorInput.fill(0)
    worlds.observe(actor.role, actor.observes, record.actorInput, 0, actor.inputs)
    if (actor.hears) {
      for (let i = 0; i < count; i++) record.actorInput[i * actor.inputs + actor.observationSize + (record.heard[i] ?? 0)] = 1
    }
    const logits = (yield* logitsOf(actor, record.actorInput)) ?? zeroLogits
    sampleRows(logits, actor.choices, draws.action, record.action, record.actorLogProbability)
    if (greedy) greedyRows(logits, actor.choices, draws.action, record.action)
    entropyRows(logits, actor.choices, record.actorEntropy)

    for (let i = 0; i < count; i++) tokens[i] = record.token[i] === silence ? 0 : 1
    worlds.step(record.action, tokens, outcome)
    entropy.set(record.actorEntropy)
    collided.set(outcome.collided)
    keep.fill(1)
  })

  const refresh = Effect.gen(function*() {
    if (!learned.has(speaker.agent.name)) return
    const parameters = yield* session.read(parametersOf(speaker))
    const entry = speaker.layout.entries.find(({ name }) => name === "table")
    if (entry === undefined) return
    table = team.tablePrior.map((logit, i) => logit + (parameters[entry.offset + i] ?? 0))
  })

  const player: Player = {
    refresh,
    step,
    restart: (mask) => {
      for (let i = 0; i < count; i++) {
        if (mask[i] !== 1) continue
        keep[i] = 0
        collided[i] = 0
        entropy[i] = 1
      }
    },
    memory: Effect.fnUntraced(function*(member: Member) {
      const hidden = member.agent.network.hidden
      const state = Float32Array.from(yield* session.read(hiddenOf(member, count)))
      for (let i = 0; i < count; i++) if (keep[i] === 0) state.fill(0, i * hidden, (i + 1) * hidden)
      return state
    }),
    carried: { keep, collided, entropy }
  }
  return player
})

/** Rows of the protocol table. */
export const tableRows = (team: Team): number => tableContexts * team.speaker.choices
