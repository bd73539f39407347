/**
 * Plays a team in many copies of an environment, one step at a time: observe, intend, say, hear, act (MAPTALK.md section 0,
 * "order inside a step"). The engine computes logits; every choice is made on the host.
 */
import { Effect } from "effect"
import type { EngineError, Session } from "../engine/Engine.ts"
import type { StepOutcome, Worlds } from "../environment/Environment.ts"
import { makeBuilder } from "../graph/Build.ts"
import { makeGraph } from "../graph/Graph.ts"
import type { Builder, Node } from "../graph/Graph.ts"
import { add, concat, greater, matmul, mul, sigmoid, sub } from "../graph/Operations.ts"
import type { Noise } from "./Agent.ts"
import { makeChannel } from "./Channel.ts"
import { advise, decision, makePast } from "./Instructor.ts"
import type { Instructor } from "./Instructor.ts"
import { policyStep } from "./Network.ts"
import { contextSize, contextWindow, generate } from "./Protocol.ts"
import { entropyRows, greedyRows, sampleRows, sampleTabulated, tabulate } from "./Sample.ts"
import type { Ear, Learner, Member, Part, Speaker, Team } from "./Team.ts"
import { isSilenced, membersOf, ofEach, pupilOf, teamPastSize, uncertainAbove } from "./Team.ts"

/** Uniform numbers that a speaker consumes in a step: one per copy, two for its channel. */
export interface SpeechDraws {
  readonly intent: Float32Array
  readonly token: Float32Array
  readonly channel: Float32Array
}

/** Random numbers that one step consumes, one per copy where it does not say otherwise. */
export interface StepDraws {
  /** Of each speaker. */
  readonly speeches: readonly [SpeechDraws, ...ReadonlyArray<SpeechDraws>]
  readonly action: Float32Array
  /** Gumbel noise of the protocol's codes [copies, K] and symbols [copies, V]; not needed without a protocol. */
  readonly codeNoise?: Float32Array
  readonly symbolNoise?: Float32Array
  /** One per copy; not needed without an instructor. Without it the instructor gives what is likeliest. */
  readonly advice?: Float32Array
  /** What the instructor is made to give in a copy: 0 for silence, else a kind of advice; -1 leaves it to decide. */
  readonly forced?: Int32Array
}

/** The purpose of what speaker number `place` of a team draws; that of the first, or only, one has no number. */
export const purposeOf = (purpose: string, place: number): string => (place === 0 ? purpose : `${purpose}.${place + 1}`)

/** What one speaker did in a step, written in place; one row per copy. */
export interface Speech {
  /** Its observation and the tokens that it heard, without the actor's message and advice. */
  readonly input: Float32Array
  /** Logits of the frozen prior over intents. */
  readonly prior: Float32Array
  readonly intent: Int32Array
  /** Row of its table: context x intents + intent. */
  readonly row: Int32Array
  readonly token: Int32Array
  readonly logProbability: Float32Array
  /** The token as the channel delivered it. */
  readonly heard: Int32Array
}

/** What one step was, written in place; one row per copy. */
export interface StepRecord {
  /** Of each speaker, in the team's order. */
  readonly speeches: readonly [Speech, ...ReadonlyArray<Speech>]
  /** What the protocol reads (eq. 4). */
  readonly context: Float32Array
  /** Symbol of the actor's message; 0 is silence. */
  readonly message: Int32Array
  /** What the instructor gave: 0 for silence, else the kind of advice from 1 on. */
  readonly advice: Int32Array
  readonly adviceLogProbability: Float32Array
  /** What the instructor saw of the steps before; empty of one without a history. */
  readonly past: Float32Array
  readonly actorInput: Float32Array
  readonly action: Int32Array
  readonly actorLogProbability: Float32Array
  readonly actorEntropy: Float32Array
}

const makeSpeech = (speaker: Speaker, rows: number): Speech => ({
  input: new Float32Array(rows * speaker.recorded),
  prior: new Float32Array(rows * speaker.choices),
  intent: new Int32Array(rows),
  row: new Int32Array(rows),
  token: new Int32Array(rows),
  logProbability: new Float32Array(rows),
  heard: new Int32Array(rows)
})

/** Arrays for `rows` steps (copies, or steps x copies). */
export const makeRecord = (team: Team, rows: number): StepRecord => ({
  speeches: ofEach(team.speakers, (speaker) => makeSpeech(speaker, rows)),
  context: new Float32Array(team.protocol === undefined ? 0 : rows * contextSize(team.actor.observationSize)),
  message: new Int32Array(rows),
  advice: new Int32Array(rows),
  adviceLogProbability: new Float32Array(rows),
  past: new Float32Array(rows * teamPastSize(team)),
  actorInput: new Float32Array(rows * team.actor.inputs),
  action: new Int32Array(rows),
  actorLogProbability: new Float32Array(rows),
  actorEntropy: new Float32Array(rows)
})

/** Step `t` of a record of steps x `count` copies, as views. */
export const recordAt = (record: StepRecord, t: number, count: number): StepRecord => {
  const rows = record.action.length
  const cut = <A extends Float32Array | Int32Array>(array: A): A => {
    const width = array.length / rows
    return array.subarray(t * count * width, (t + 1) * count * width) as A
  }
  return {
    speeches: ofEach(record.speeches, (speech) => ({
      input: cut(speech.input),
      prior: cut(speech.prior),
      intent: cut(speech.intent),
      row: cut(speech.row),
      token: cut(speech.token),
      logProbability: cut(speech.logProbability),
      heard: cut(speech.heard)
    })),
    context: cut(record.context),
    message: cut(record.message),
    advice: cut(record.advice),
    adviceLogProbability: cut(record.adviceLogProbability),
    past: cut(record.past),
    actorInput: cut(record.actorInput),
    action: cut(record.action),
    actorLogProbability: cut(record.actorLogProbability),
    actorEntropy: cut(record.actorEntropy)
  }
}

/** Tokens that were sent in the step of copy `i`, the actor's message among them. */
export const tokensSent = (team: Team, record: StepRecord, i: number): number => {
  let sent = record.message[i] === 0 ? 0 : 1
  for (const [k, speaker] of team.speakers.entries())
    if (record.speeches[k]?.token[i] !== speaker.symbols.length) sent++
  return sent
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
  /** What continues from step to step outside the session; `collisions`, `rewards` and the instructor's `past` are the last steps', the newest first. */
  readonly carried: {
    readonly keep: Float32Array
    readonly collided: Uint8Array
    readonly entropy: Float32Array
    readonly collisions: Float32Array
    readonly rewards: Float32Array
    readonly past: Float32Array
  }
}

/** Name of the session state that holds a learner's parameters. */
export const parametersOf = (learner: Learner): string => `${learner.name}.parameters`
export const hiddenOf = (member: Member, count: number): string => `${member.agent.name}.hidden.${count}`
/** `as` tells apart what an intervention makes of a graph. */
const graphOf = (member: Member, count: number, as: "" | ".exchanged" | ".silent"): string =>
  `${member.agent.name}.act.${count}${as}`

/** The parts of a team that take part in what `speaker` hears: a protocol or an instructor only for a speaker who learns and hears it. */
const activeParts = (team: Team, learned: ReadonlySet<string>, speaker: Speaker) => {
  const speaks = learned.has(speaker.name)
  const { instructor } = team
  const protocol = team.protocol === undefined || isSilenced(team, team.protocol) ? undefined : team.protocol
  return {
    protocol: speaks && speaker.hears && protocol !== undefined && learned.has(protocol.name) ? protocol : undefined,
    instructor:
      speaks && speaker.taught && instructor !== undefined && learned.has(instructor.name) ? instructor : undefined
  }
}

/** The graph of an instructor of several kinds, which decides before the speaker hears it; one of one kind decides in the speaker's graph. */
const adviceGraph = (instructor: Learner, count: number): string => `${instructor.name}.act.${count}`

/** Another speech or another actor than the team's own, for measurements; a player without it plays as it does in training. */
export interface Intervention {
  /** Draws messages although the player is greedy. */
  readonly drawsMessages?: boolean
  /** The actor says nothing: the speaker hears silence. */
  readonly silencesActor?: boolean
  /** Changes the token that speaker number `place` chose, before it is sent. */
  readonly say?: (speech: Speech, place: number) => void
  /** Replaces the actor's message m, where `replace` [copies, 1] is 1, by m `exchange` [symbols, symbols]; both are read at each step. */
  readonly message?: { readonly exchange: Float32Array; readonly replace: Float32Array }
  /** Chooses in the actor's place, by what was heard. */
  readonly act?: (record: StepRecord) => void
}

/** What the instructor sees of the past, where it sees any. */
const pastInput = (g: Builder, team: Team, count: number): Node | undefined => {
  const size = teamPastSize(team)
  return size === 0 ? undefined : g.input("past", [count, size])
}

/** Gives `member` zero memory for `count` copies, and loads its acting graph if the session does not have it. */
const prepare = Effect.fnUntraced(function* (
  session: Session,
  team: Team,
  loaded: Set<string>,
  learned: ReadonlySet<string>,
  member: Member,
  count: number,
  as: "" | ".exchanged" | ".silent"
) {
  const hidden = member.agent.network.hidden
  yield* session.write(hiddenOf(member, count), { shape: [count, hidden], data: new Float32Array(count * hidden) })
  const name = graphOf(member, count, as)
  if (loaded.has(name)) return
  loaded.add(name)
  const g = makeBuilder()
  const vector = (learner: Learner) => g.state(parametersOf(learner), [learner.layout.size])
  const memory = mul(g.state(hiddenOf(member, count), [count, hidden]), g.input("keep", [count, 1]))
  const outputs: Record<string, Node> = {}
  let observation: Node
  const speaker = team.speakers.find((one) => one === member)
  if (speaker !== undefined) {
    const active = activeParts(team, learned, speaker)
    const inputs = [g.input("observation", [count, member.recorded])]
    if (member.hears) {
      const symbols = team.protocol?.of.symbols ?? 1
      if (active.protocol === undefined) inputs.push(silent(g, count, symbols))
      else {
        const { layout, of } = active.protocol
        const { message: chosen } = generate(layout, vector(active.protocol), {
          context: g.input("context", [count, contextSize(team.actor.observationSize)]),
          codeNoise: g.input("codeNoise", [count, of.codes]),
          symbolNoise: g.input("symbolNoise", [count, symbols]),
          temperature: g.scalar(1)
        })
        const message =
          as === ".exchanged"
            ? add(
                chosen,
                mul(
                  g.input("replace", [count, 1]),
                  sub(matmul(chosen, g.input("exchange", [symbols, symbols])), chosen)
                )
              )
            : chosen
        outputs.message = message
        inputs.push(message)
      }
    }
    if (member.taught) {
      if (active.instructor === undefined) inputs.push(silent(g, count, member.adviceSize))
      else if (active.instructor.of.kinds > 1) inputs.push(g.input("given", [count, member.adviceSize]))
      else {
        const logit = advise(
          active.instructor.layout,
          vector(active.instructor),
          g.input("state", [count, team.environment.stateSize]),
          memory,
          pastInput(g, team, count)
        )
        const advises = greater(sigmoid(logit), g.input("advice", [count, 1]))
        outputs.adviceLogit = logit
        outputs.advises = advises
        inputs.push(concat([sub(1, advises), advises], 1))
      }
    }
    observation = inputs.length === 1 ? (inputs[0] ?? memory) : concat(inputs, 1)
  } else {
    observation = g.input("observation", [count, member.inputs])
  }
  const output = policyStep(member.layout, vector(member), observation, memory)
  yield* session.load(
    makeGraph(name, {
      outputs: { logits: output.logits, ...outputs },
      updates: { [hiddenOf(member, count)]: output.states }
    })
  )
})

/** Loads the graph by which an instructor of several kinds decides, if the session does not have it. */
const prepareAdvice = Effect.fnUntraced(function* (
  session: Session,
  team: Team,
  loaded: Set<string>,
  instructor: Part<Instructor>,
  pupil: Speaker,
  count: number
) {
  const name = adviceGraph(instructor, count)
  if (loaded.has(name)) return
  loaded.add(name)
  const g = makeBuilder()
  const { hidden } = pupil.agent.network
  const memory = mul(g.state(hiddenOf(pupil, count), [count, hidden]), g.input("keep", [count, 1]))
  const logits = advise(
    instructor.layout,
    g.state(parametersOf(instructor), [instructor.layout.size]),
    g.input("state", [count, team.environment.stateSize]),
    memory,
    pastInput(g, team, count)
  )
  yield* session.load(makeGraph(name, { outputs: { logits: decision(logits) }, updates: {} }))
})

/** One-hot rows that say nothing: the first of `symbols`. */
export const silent = (g: Builder, rows: number, symbols: number): Node => {
  const data = new Float32Array(rows * symbols)
  for (let i = 0; i < rows; i++) data[i * symbols] = 1
  return g.constant(data, [rows, symbols])
}

/**
 * A team at play. Agents not in `learned` follow their frozen prior: their network is not run. With `greedy` the likeliest
 * choice is taken, ties evenly.
 */
export const makePlayer = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly team: Team
  readonly worlds: Worlds
  /** Noise of the channel by which a speaker is heard. */
  readonly noise: (speaker: Speaker) => Noise
  readonly greedy: boolean
  readonly learned: ReadonlySet<string>
  /** Acting graphs that the session holds already; players of one session share it. */
  readonly loaded: Set<string>
  readonly intervention?: Intervention
}) {
  const { greedy, intervention, learned, loaded, session, team, worlds } = options
  const { actor, speakers } = team
  const count = worlds.count
  const silenced = team.protocol !== undefined && intervention?.silencesActor === true
  const heard = silenced ? new Set([...learned].filter((name) => name !== team.protocol?.name)) : learned
  const speakerAs = (speaker: Speaker) =>
    intervention?.message !== undefined && activeParts(team, heard, speaker).protocol !== undefined
      ? ".exchanged"
      : silenced
        ? ".silent"
        : ""
  for (const member of membersOf(team)) {
    if (!learned.has(member.name)) continue
    const speaker = speakers.find((one) => one === member)
    yield* prepare(session, team, loaded, heard, member, count, speaker === undefined ? "" : speakerAs(speaker))
  }
  for (const speaker of speakers) {
    const { instructor } = activeParts(team, heard, speaker)
    if (instructor !== undefined && instructor.of.kinds > 1)
      yield* prepareAdvice(session, team, loaded, instructor, speaker, count)
  }

  const keep = new Float32Array(count).fill(1)
  const collided = new Uint8Array(count)
  const entropy = new Float32Array(count).fill(1)
  const collisions = new Float32Array(count * contextWindow)
  const rewards = new Float32Array(count * contextWindow)
  const pupil = pupilOf(team)
  const pupilPlace = speakers.indexOf(pupil)
  const watching = activeParts(team, heard, pupil).instructor
  const past =
    watching === undefined || watching.of.history === 0 ? undefined : makePast(watching.of, pupil.symbols.length, count)
  const advice = new Int32Array(count)
  const tokens = new Uint8Array(count)
  const zeroLogits = new Float32Array(count * actor.choices)

  const actorObservation = actor.observationSize

  /** Rows of eq. 4 from the actor's observation [copies, actor.inputs] and what happened before. */
  const writeContext = (from: Float32Array, out: Float32Array) => {
    const width = contextSize(actorObservation)
    for (let i = 0; i < count; i++) {
      const to = i * width
      for (let k = 0; k < actorObservation; k++) out[to + k] = from[i * actor.inputs + k] ?? 0
      out[to + actorObservation] = entropy[i] ?? 0
      let mean = 0
      for (let k = 0; k < contextWindow; k++) {
        out[to + actorObservation + 1 + k] = collisions[i * contextWindow + k] ?? 0
        mean += (rewards[i * contextWindow + k] ?? 0) / contextWindow
      }
      out[to + actorObservation + 1 + contextWindow] = (rewards[i * contextWindow] ?? 0) - mean
    }
  }

  /** What happened in this step, in front of what happened before. */
  const remember = (record: StepRecord, outcome: StepOutcome) => {
    for (let i = 0; i < count; i++) {
      past?.note(i, {
        collided: outcome.collided[i] ?? 0,
        reward: (outcome.reward[i] ?? 0) * team.environment.rewardScale,
        advice: record.advice[i] ?? 0,
        heard: record.speeches[pupilPlace]?.heard[i] ?? pupil.symbols.length
      })
      const base = i * contextWindow
      for (let k = contextWindow - 1; k > 0; k--) {
        collisions[base + k] = collisions[base + k - 1] ?? 0
        rewards[base + k] = rewards[base + k - 1] ?? 0
      }
      collisions[base] = outcome.collided[i] ?? 0
      rewards[base] = (outcome.reward[i] ?? 0) * team.environment.rewardScale
    }
  }

  /** Adds the tokens that `member` heard to its input, whose rows have `width` numbers. */
  const hear = (ears: ReadonlyArray<Ear>, record: StepRecord, input: Float32Array, width: number) => {
    for (const { from, offset } of ears) {
      const token = record.speeches[from]?.heard
      if (token === undefined) continue
      for (let i = 0; i < count; i++) input[i * width + offset + (token[i] ?? 0)] = 1
    }
  }

  /** One speaker at play, number `place` of the team. */
  const makeVoice = (speaker: Speaker, place: number) => {
    const { symbols, tablePrior } = speaker
    const channel = makeChannel(symbols)
    const noise = options.noise(speaker)
    const width = symbols.length + 1
    const silence = symbols.length
    const intents = speaker.choices
    const as = speakerAs(speaker)
    const mute = team.silenced?.has(speaker.name) === true && !learned.has(speaker.name)
    // under advice the channel is no noisier than the agent itself
    const own = speaker.agent.noise
    const calm: Noise = { flip: Math.min(noise.flip, own.flip), drift: Math.min(noise.drift, own.drift) }
    const active = activeParts(team, heard, speaker)
    const exchange = active.protocol === undefined ? undefined : intervention?.message
    const several = active.instructor === undefined || active.instructor.of.kinds === 1 ? undefined : active.instructor
    const state = new Float32Array(active.instructor === undefined ? 0 : count * team.environment.stateSize)
    const given = new Float32Array(several === undefined ? 0 : count * speaker.adviceSize)
    const tableLogits = new Float32Array(count * width)
    const tokenLogProbability = new Float32Array(count)
    const logits = new Float32Array(count * intents)
    let table = tablePrior
    let tokenOf = tabulate(table, width)

    const priorLogits = (out: Float32Array) => {
      const prior = speaker.agent.frozenPrior
      out.fill(0)
      if (prior.kind === "uniform") return
      worlds.advise(speaker.role, prior.rule, advice)
      for (let i = 0; i < count; i++) {
        const choice = advice[i] ?? -1
        if (choice >= 0) out[i * intents + choice] = prior.scale
      }
    }

    /** What an instructor of several kinds gives, written into the record and, one-hot, into `given`. */
    const decide = Effect.fnUntraced(function* (instructor: Part<Instructor>, draws: StepDraws, record: StepRecord) {
      worlds.state(state, 0)
      const outcomes = speaker.adviceSize
      const { logits = new Float32Array(count * outcomes) } = yield* session.run(adviceGraph(instructor, count), {
        state,
        keep,
        ...(past === undefined ? {} : { past: record.past })
      })
      const uniform = draws.advice ?? new Float32Array(count).fill(0.5)
      sampleRows(logits, outcomes, uniform, record.advice, record.adviceLogProbability)
      if (draws.advice === undefined) greedyRows(logits, outcomes, uniform, record.advice)
      given.fill(0)
      for (let i = 0; i < count; i++) {
        const forced = draws.forced?.[i] ?? -1
        if (forced >= 0) record.advice[i] = forced
        given[i * outcomes + (record.advice[i] ?? 0)] = 1
      }
    })

    /** The speaker's residual logits, with the message and the advice that it heard on the way. */
    const residual = Effect.fnUntraced(function* (draws: StepDraws, record: StepRecord, input: Float32Array) {
      if (!learned.has(speaker.name)) return undefined
      const feeds: Record<string, Float32Array> = { observation: input, keep }
      if (active.protocol !== undefined) {
        writeContext(record.actorInput, record.context)
        feeds.context = record.context
        feeds.codeNoise = draws.codeNoise ?? new Float32Array(count * active.protocol.of.codes)
        feeds.symbolNoise = draws.symbolNoise ?? new Float32Array(count * active.protocol.of.symbols)
      }
      if (active.instructor !== undefined && past !== undefined) record.past.set(past.data)
      if (several !== undefined) {
        yield* decide(several, draws, record)
        feeds.given = given
      } else if (active.instructor !== undefined) {
        worlds.state(state, 0)
        feeds.state = state
        if (past !== undefined) feeds.past = record.past
        const thresholds = draws.advice ?? new Float32Array(count).fill(0.5)
        // it advises where its probability is above the number
        feeds.advice =
          draws.forced === undefined
            ? thresholds
            : thresholds.map((u, i) => (draws.forced?.[i] === 0 ? 1 : draws.forced?.[i] === 1 ? 0 : u))
      }
      if (exchange !== undefined) {
        feeds.exchange = exchange.exchange
        feeds.replace = exchange.replace
      }
      const { adviceLogit, advises, logits, message } = yield* session.run(graphOf(speaker, count, as), feeds)
      if (active.protocol !== undefined && message !== undefined) {
        const { symbols } = active.protocol.of
        for (let i = 0; i < count; i++) {
          let said = 0
          while (said < symbols - 1 && message[i * symbols + said] !== 1) said++
          record.message[i] = said
        }
      }
      if (adviceLogit !== undefined && advises !== undefined) {
        for (let i = 0; i < count; i++) {
          const logit = (advises[i] === 1 ? 1 : -1) * (adviceLogit[i] ?? 0)
          record.advice[i] = advises[i] ?? 0
          record.adviceLogProbability[i] = -(Math.max(0, -logit) + Math.log1p(Math.exp(-Math.abs(logit))))
        }
      }
      return logits
    })

    /** The speaker intends and speaks, and is heard. */
    const utter = Effect.fnUntraced(function* (
      draws: StepDraws,
      drawn: SpeechDraws,
      record: StepRecord,
      speech: Speech
    ) {
      priorLogits(speech.prior)
      logits.set(speech.prior)
      const learnt = yield* residual(draws, record, speech.input)
      if (learnt !== undefined) {
        for (let i = 0; i < learnt.length; i++) logits[i] = (logits[i] ?? 0) + (learnt[i] ?? 0)
      }
      sampleRows(logits, intents, drawn.intent, speech.intent, speech.logProbability)
      if (greedy) greedyRows(logits, intents, drawn.intent, speech.intent)
      for (let i = 0; i < count; i++) {
        const context = (collided[i] ?? 0) * 2 + ((entropy[i] ?? 0) > uncertainAbove ? 1 : 0)
        speech.row[i] = context * intents + (speech.intent[i] ?? 0)
      }
      sampleTabulated(tokenOf, speech.row, drawn.token, speech.token, tokenLogProbability)
      if (greedy && intervention?.drawsMessages !== true) {
        for (let i = 0; i < count; i++) {
          const row = (speech.row[i] ?? 0) * width
          for (let k = 0; k < width; k++) tableLogits[i * width + k] = table[row + k] ?? 0
        }
        greedyRows(tableLogits, width, drawn.token, speech.token)
      }
      intervention?.say?.(speech, place)
      for (let i = 0; i < count; i++) {
        speech.logProbability[i] = (speech.logProbability[i] ?? 0) + (tokenLogProbability[i] ?? 0)
      }

      channel.transmit(speech.token, noise, drawn.channel, speech.heard)
      if (active.instructor !== undefined) {
        for (let i = 0; i < count; i++) {
          if (record.advice[i] === 0) continue
          speech.heard[i] = channel.hear(
            speech.token[i] ?? silence,
            calm,
            drawn.channel[2 * i] ?? 0,
            drawn.channel[2 * i + 1] ?? 0
          )
        }
      }
    })

    /** What a speaker leaves behind whose messages are never sent and whom nobody trains. */
    const keepSilent = (speech: Speech): void => {
      for (const left of [speech.prior, speech.logProbability, speech.intent, speech.row]) left.fill(0)
      speech.token.fill(silence)
      speech.heard.fill(silence)
    }

    return {
      /** Observes, and speaks or keeps silent. */
      speak: Effect.fnUntraced(function* (draws: StepDraws, record: StepRecord) {
        const speech = record.speeches[place]
        const drawn = draws.speeches[place]
        if (speech === undefined || drawn === undefined)
          throw new RangeError(`a step was drawn for fewer speakers than ${place + 1}`)
        if (speaker.ears.length > 0) speech.input.fill(0)
        worlds.observe(speaker.role, speaker.observes, speech.input, 0, speaker.recorded)
        hear(speaker.ears, record, speech.input, speaker.recorded)
        if (mute) keepSilent(speech)
        else yield* utter(draws, drawn, record, speech)
      }),
      /** Takes its table from the parameters. */
      refresh: Effect.gen(function* () {
        if (!learned.has(speaker.name)) return
        const parameters = yield* session.read(parametersOf(speaker))
        const entry = speaker.layout.entries.find(({ name }) => name === "table")
        if (entry === undefined) return
        table = tablePrior.map((logit, i) => logit + (parameters[entry.offset + i] ?? 0))
        tokenOf = tabulate(table, width)
      })
    }
  }
  const voices = speakers.map(makeVoice)

  const step = Effect.fnUntraced(function* (draws: StepDraws, record: StepRecord, outcome: StepOutcome) {
    if (actor.hears) record.actorInput.fill(0)
    worlds.observe(actor.role, actor.observes, record.actorInput, 0, actor.inputs)
    for (const voice of voices) yield* voice.speak(draws, record)

    hear(actor.ears, record, record.actorInput, actor.inputs)
    if (intervention?.act !== undefined) {
      intervention.act(record)
      record.actorLogProbability.fill(0)
      record.actorEntropy.fill(0)
    } else {
      const logits = learned.has(actor.name)
        ? ((yield* session.run(graphOf(actor, count, ""), { observation: record.actorInput, keep })).logits ??
          zeroLogits)
        : zeroLogits
      sampleRows(logits, actor.choices, draws.action, record.action, record.actorLogProbability)
      if (greedy) greedyRows(logits, actor.choices, draws.action, record.action)
      entropyRows(logits, actor.choices, record.actorEntropy)
    }

    for (let i = 0; i < count; i++) tokens[i] = tokensSent(team, record, i)
    worlds.step(record.action, tokens, outcome)
    entropy.set(record.actorEntropy)
    collided.set(outcome.collided)
    remember(record, outcome)
    keep.fill(1)
  })

  const player: Player = {
    refresh: Effect.forEach(voices, (voice) => voice.refresh, { discard: true }),
    step,
    restart: (mask) => {
      for (let i = 0; i < count; i++) {
        if (mask[i] !== 1) continue
        keep[i] = 0
        collided[i] = 0
        entropy[i] = 1
        collisions.fill(0, i * contextWindow, (i + 1) * contextWindow)
        rewards.fill(0, i * contextWindow, (i + 1) * contextWindow)
        past?.forget(i)
      }
    },
    memory: Effect.fnUntraced(function* (member: Member) {
      const hidden = member.agent.network.hidden
      const state = Float32Array.from(yield* session.read(hiddenOf(member, count)))
      for (let i = 0; i < count; i++) if (keep[i] === 0) state.fill(0, i * hidden, (i + 1) * hidden)
      return state
    }),
    carried: { keep, collided, entropy, collisions, rewards, past: past?.data ?? new Float32Array(0) }
  }
  return player
})
