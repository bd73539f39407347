/** Plays a team's episodes on fresh maps. */
import { Effect } from "effect"
import type { Noise } from "../agent/Agent.ts"
import { makeChannel } from "../agent/Channel.ts"
import { makePlayer, makeRecord } from "../agent/Player.ts"
import type { Member, Team } from "../agent/Team.ts"
import type { Session } from "../engine/Engine.ts"
import { makeStepOutcome } from "../environment/Environment.ts"
import type { Environment } from "../environment/Environment.ts"
import type { Episodes } from "../measure/Measure.ts"
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
}) {
  const { episodes, random, session, team } = options
  const { environment } = team
  const channel = makeChannel(team.symbols)
  const silence = team.symbols.length
  const result: Episodes = {
    success: new Uint8Array(episodes),
    steps: new Int32Array(episodes),
    collisions: new Int32Array(episodes),
    tokens: new Int32Array(episodes),
    reward: new Float64Array(episodes),
    best: new Int32Array(episodes)
  }
  for (let from = 0; from < episodes; from += largest) {
    const count = Math.min(largest, episodes - from)
    const worlds = environment.worlds({ count, random, stream })
    const numbers = Int32Array.from({ length: count }, (_, i) => from + i)
    worlds.reset(numbers)
    worlds.distance(result.best.subarray(from, from + count))
    const player = yield* makePlayer({
      session,
      team,
      worlds,
      noise: noiseIn(environment, team.speaker),
      channel,
      greedy: options.greedy,
      learned: options.learned,
      loaded: options.loaded
    })
    yield* player.refresh
    const record = makeRecord(team, count)
    const outcome = makeStepOutcome(count)
    const finished = new Uint8Array(count)
    const recorder = options.tracer?.batch(count)
    let playing = count
    for (let t = 0; t < environment.horizon && playing > 0; t++) {
      const draw = (purpose: string, perCopy = 1) => {
        const out = new Float32Array(count * perCopy)
        random.uniform({ stage: stream, purpose, step: t }, out, from * perCopy)
        return out
      }
      const gumbel = (purpose: string, width: number) => {
        const out = new Float32Array(count * width)
        random.gumbel({ stage: stream, purpose, step: t }, out, from * width)
        return out
      }
      recorder?.before(worlds)
      yield* player.step(
        {
          intent: draw("intent"),
          token: draw("token"),
          channel: draw("channel", 2),
          action: draw("action"),
          // without noise the likeliest is said, and advice is given where it is likelier than not
          ...(options.greedy
            ? {}
            : {
                codeNoise: gumbel("code", team.protocol?.of.codes ?? 0),
                symbolNoise: gumbel("symbol", team.protocol?.of.symbols ?? 0),
                advice: draw("advice")
              })
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
        result.tokens[k] =
          (result.tokens[k] ?? 0) + (record.token[i] === silence ? 0 : 1) + (record.message[i] === 0 ? 0 : 1)
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
