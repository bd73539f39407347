/** Plays a team's episodes on fresh maps. */
import { Effect } from "effect"
import type { Noise } from "../agent/Agent.ts"
import { makePlayer, makeRecord, purposeOf, tokensSent } from "../agent/Player.ts"
import type { Intervention } from "../agent/Player.ts"
import { ofEach } from "../agent/Team.ts"
import type { Member, Team } from "../agent/Team.ts"
import type { Session } from "../engine/Engine.ts"
import { makeStepOutcome } from "../environment/Environment.ts"
import { makeEpisodes } from "../environment/Episodes.ts"
import type { Environment, Worlds } from "../environment/Environment.ts"
import { STAY } from "../environment/maptalk/MapTalk.ts"
import { actionTowards } from "../environment/maptalk/Oracles.ts"
import type { Random } from "../random/Random.ts"
import type { Tracer } from "./Trace.ts"

/** Every played episode has the address (seed, "play", number): conditions, shifts and oracles of a seed meet on the same draws. */
export const stream = "play"
/** Copies stepped together. */
const largest = 1024

/** Noise on what the speaker says in `environment`, which a shift may override. */
export const noiseIn = (environment: Environment, speaker: Member): Noise => ({
  ...speaker.agent.noise,
  ...environment.noiseOverrides?.[speaker.agent.name]
})

/** A change of what is said: with probability `weight` a symbol m becomes `becomes[m]`. */
export interface Exchange {
  readonly becomes: Int32Array
  readonly weight: number
}

/** How a play differs from the stage's own, for measurements. */
export interface Variant {
  /** 0 (or nothing) for the draws of the stage, another number for others; maps are the same. */
  readonly draws?: number
  /** Messages are drawn although everything else is greedy. */
  readonly drawsMessages?: boolean
  /** Exchanges the guide's tokens (silence is one). */
  readonly token?: Exchange
  /** Exchanges the AI's messages. */
  readonly message?: Exchange
  /** The guide says its intents literally, and a scripted executor takes the AI's place, which says nothing. */
  readonly literal?: boolean
}

/** The choice of the literal executor that last heard direction `following`, or nothing (-1), and faces `heading`. */
export const literalChoice = (following: number, heading: number): number =>
  following < 0 ? STAY : actionTowards(following, heading)

/** The intervention of a variant, made anew for each batch; `draw` gives numbers of the running step. */
const intervene = (
  team: Team,
  variant: Variant,
  worlds: Worlds,
  draw: (purpose: string) => Float32Array
): Intervention & { readonly before?: () => void } => {
  const { literal, message, token } = variant
  const { count } = worlds
  const intents = team.speaker.choices
  const symbols = team.protocol?.of.symbols ?? 0
  const exchange = new Float32Array(symbols * symbols)
  const replace = new Float32Array(count)
  if (message !== undefined) message.becomes.forEach((to, from) => (exchange[from * symbols + to] = 1))
  const following = new Int32Array(count).fill(-1)
  const poses = new Int32Array(3 * count)
  return {
    drawsMessages: variant.drawsMessages === true,
    silencesActor: literal === true,
    ...(message === undefined ? {} : { message: { exchange, replace } }),
    say: (speech) => {
      if (literal === true) speech.token.set(speech.intent)
      if (token === undefined) return
      const drawn = draw("exchange.token")
      for (let i = 0; i < count; i++) {
        const said = speech.token[i] ?? 0
        if ((drawn[i] ?? 1) < token.weight) speech.token[i] = token.becomes[said] ?? said
      }
    },
    ...(message === undefined
      ? {}
      : {
          before: () => {
            const drawn = draw("exchange.message")
            for (let i = 0; i < count; i++) replace[i] = (drawn[i] ?? 1) < message.weight ? 1 : 0
          }
        }),
    ...(literal === true
      ? {
          act: (record) => {
            worlds.poses(poses)
            for (let i = 0; i < count; i++) {
              const heard = record.speeches[0].heard[i] ?? -1
              // a token that names no direction was garbled: the last direction still stands
              if (heard >= 0 && heard < intents) following[i] = heard
              record.action[i] = literalChoice(following[i] ?? -1, poses[3 * i + 2] ?? 0)
            }
          }
        }
      : {})
  }
}

/**
 * Plays `episodes` episodes of `team` from number 0, greedily or sampled, and counts what happened. A `tracer` is given every step; it
 * changes nothing of what is played.
 */
export const playTeam = Effect.fnUntraced(function* (options: {
  readonly session: Session
  readonly team: Team
  readonly learned: ReadonlySet<string>
  readonly loaded: Set<string>
  readonly episodes: number
  readonly random: Random
  readonly greedy: boolean
  readonly tracer?: Tracer
  readonly variant?: Variant
  /** The channel's noise in place of the environment's. */
  readonly noise?: Noise
}) {
  const { episodes, random, session, team, variant } = options
  const other = variant?.draws === undefined || variant.draws === 0 ? "" : `.${variant.draws}`
  const { environment } = team
  const result = makeEpisodes(episodes)
  for (let from = 0; from < episodes; from += largest) {
    const count = Math.min(largest, episodes - from)
    const worlds = environment.worlds({ count, random, stream })
    const numbers = Int32Array.from({ length: count }, (_, i) => from + i)
    worlds.reset(numbers)
    worlds.distance(result.best.subarray(from, from + count))
    let t = 0
    const draw = (purpose: string, perCopy = 1) => {
      const out = new Float32Array(count * perCopy)
      random.uniform({ stage: stream, purpose: `${purpose}${other}`, step: t }, out, from * perCopy)
      return out
    }
    const gumbel = (purpose: string, width: number) => {
      const out = new Float32Array(count * width)
      random.gumbel({ stage: stream, purpose: `${purpose}${other}`, step: t }, out, from * width)
      return out
    }
    const intervention = variant === undefined ? undefined : intervene(team, variant, worlds, draw)
    const player = yield* makePlayer({
      session,
      team,
      worlds,
      noise: (speaker) => options.noise ?? noiseIn(environment, speaker),
      greedy: options.greedy,
      learned: options.learned,
      loaded: options.loaded,
      ...(intervention === undefined ? {} : { intervention })
    })
    yield* player.refresh
    const record = makeRecord(team, count)
    const outcome = makeStepOutcome(count)
    const finished = new Uint8Array(count)
    const recorder = options.tracer?.batch(count)
    let playing = count
    for (; t < environment.horizon && playing > 0; t++) {
      recorder?.before(worlds)
      intervention?.before?.()
      yield* player.step(
        {
          speeches: ofEach(team.speakers, (_, k) => ({
            intent: draw(purposeOf("intent", k)),
            token: draw(purposeOf("token", k)),
            channel: draw(purposeOf("channel", k), 2)
          })),
          action: draw("action"),
          // without noise the likeliest is said, and the likeliest of silence and advice is given
          ...(options.greedy && variant?.drawsMessages !== true
            ? {}
            : {
                codeNoise: gumbel("code", team.protocol?.of.codes ?? 0),
                symbolNoise: gumbel("symbol", team.protocol?.of.symbols ?? 0)
              }),
          ...(options.greedy ? {} : { advice: draw("advice") })
        },
        record,
        outcome
      )
      recorder?.after(worlds, record, outcome, finished)
      for (let i = 0; i < count; i++) {
        if (finished[i] === 1) continue
        const k = from + i
        result.steps[k] = (result.steps[k] ?? 0) + 1
        result.collisions[k] = (result.collisions[k] ?? 0) + (outcome.collided[i] ?? 0)
        result.tokens[k] = (result.tokens[k] ?? 0) + tokensSent(team, record, i)
        result.reward[k] = (result.reward[k] ?? 0) + (outcome.reward[i] ?? 0)
        if (outcome.done[i] !== 1) continue
        result.success[k] = outcome.succeeded[i] ?? 0
        finished[i] = 1
        playing--
      }
      // a copy that has ended plays on for nobody: it starts over, so that it stays within the rules
      worlds.reset(numbers, outcome.done)
      player.restart(outcome.done)
    }
    recorder?.end()
  }
  return result
})
