/** Hand-written teams for MapTalk: yardsticks for what random behaviour, no messages and a perfect protocol reach. */
import { makeChannel } from "../../agent/Channel.ts"
import type { Noise } from "../../agent/Agent.ts"
import { uncertainAbove } from "../../agent/Team.ts"
import type { Choices, Tracer } from "../../play/Trace.ts"
import type { Random } from "../../random/Random.ts"
import { EnvironmentError, makeStepOutcome } from "../Environment.ts"
import type { Environment, Worlds } from "../Environment.ts"
import type { Episodes } from "../Episodes.ts"
import { makeEpisodes } from "../Episodes.ts"
import { FORWARD, LEFT, RIGHT, STAY, symbols } from "./MapTalk.ts"

/** What an oracle said at a step, one entry per copy; -1 for an intent where it guides nobody. */
interface Said {
  readonly intent: Int32Array
  readonly token: Int32Array
  readonly heard: Int32Array
  /** Among how many choices it chose evenly. */
  readonly among: Int32Array
}

/** Chooses for all copies of a batch at one step: writes `choices`, the number of `tokens` sent and what was `said`. */
type Policy = (worlds: Worlds, step: number, choices: Int32Array, tokens: Uint8Array, said: Said) => void

/** A policy for `count` copies; `draw` fills with numbers of the step, the same for an episode in every batch. */
type Oracle = (options: {
  readonly count: number
  readonly noise: Noise
  readonly draw: (step: number, out: Float32Array) => void
}) => Policy

/** The navigator's choice that travels in direction `d` when facing `heading`; from behind it turns left. */
export const actionTowards = (d: number, heading: number): number => {
  const apart = (d - heading) & 3
  return apart === 0 ? FORWARD : apart === 1 ? RIGHT : LEFT
}

const WANDERER_TURNS = 0.25

// The cell in front is the second of the eight cells around.
const FRONT = 1
const EGOCENTRIC = 16

const random: Oracle = ({ count, draw }) => {
  const drawn = new Float32Array(count)
  return (_worlds, step, choices, _tokens, said) => {
    draw(step, drawn)
    said.among.fill(4)
    for (let i = 0; i < count; i++) {
      choices[i] = Math.floor(drawn[i]! * 4)
    }
  }
}

const wanderer: Oracle = ({ count, draw }) => {
  const drawn = new Float32Array(count * 2)
  const seen = new Float32Array(count * EGOCENTRIC)
  return (worlds, step, choices) => {
    draw(step, drawn)
    worlds.observe("navigator", ["egocentric"], seen, 0, EGOCENTRIC)
    for (let i = 0; i < count; i++) {
      const turns = seen[i * EGOCENTRIC + FRONT] === 1 || drawn[2 * i]! < WANDERER_TURNS
      choices[i] = turns ? (drawn[2 * i + 1]! < 0.5 ? LEFT : RIGHT) : FORWARD
    }
  }
}

const readHeadings = (worlds: Worlds, scratch: Float32Array, out: Int32Array): void => {
  worlds.observe("navigator", ["heading"], scratch, 0, 4)
  for (let i = 0; i < out.length; i++) {
    out[i] = scratch.indexOf(1, i * 4) - i * 4
  }
}

const planner: Oracle = ({ count }) => {
  const directions = new Int32Array(count)
  const headings = new Int32Array(count)
  const scratch = new Float32Array(count * 4)
  return (worlds, _step, choices) => {
    worlds.advise("guide", "planner", directions)
    readHeadings(worlds, scratch, headings)
    for (let i = 0; i < count; i++) {
      choices[i] = directions[i] === -1 ? STAY : actionTowards(directions[i]!, headings[i]!)
    }
  }
}

const directionProtocol: Oracle = ({ count, draw, noise }) => {
  const channel = makeChannel(symbols)
  const drawn = new Float32Array(count * 3)
  const directions = new Int32Array(count)
  const headings = new Int32Array(count)
  const scratch = new Float32Array(count * 4)
  const seen = new Float32Array(count * EGOCENTRIC)
  const following = new Int32Array(count).fill(-1)
  return (worlds, step, choices, tokens, said) => {
    draw(step, drawn)
    worlds.advise("guide", "planner", directions)
    readHeadings(worlds, scratch, headings)
    worlds.observe("navigator", ["egocentric"], seen, 0, EGOCENTRIC)
    for (let i = 0; i < count; i++) {
      const sent = directions[i] === -1 ? channel.silence : directions[i]!
      const heard = channel.hear(sent, noise, drawn[3 * i]!, drawn[3 * i + 1]!)
      tokens[i] = sent === channel.silence ? 0 : 1
      said.intent[i] = directions[i]!
      said.token[i] = sent
      said.heard[i] = heard
      // A token that names no direction was garbled: the last direction still stands.
      if (heard < 4) {
        following[i] = heard
      }
      const choice = following[i] === -1 ? STAY : actionTowards(following[i]!, headings[i]!)
      const walled = choice === FORWARD && seen[i * EGOCENTRIC + FRONT] === 1
      choices[i] = walled ? (drawn[3 * i + 2]! < 0.5 ? LEFT : RIGHT) : choice
      said.among[i] = walled ? 2 : 1
    }
  }
}

const oracles: Readonly<Record<string, { readonly make: Oracle; readonly numbers: number }>> = {
  random: { make: random, numbers: 1 },
  wanderer: { make: wanderer, numbers: 2 },
  planner: { make: planner, numbers: 0 },
  direction_protocol: { make: directionProtocol, numbers: 3 }
}

const BATCH = 512

/**
 * Plays episodes 0 .. `episodes` - 1 of `stream` with the oracle named `oracle`.
 *
 * Equal seeds and streams give all oracles the same maps. The oracle's own numbers for episode e at step t are
 * addressed by (stage `stream`, purpose "oracle.<name>", step t) from e onwards, so that an episode does not depend on how
 * many are played. `noise` is that of the guide's channel; without it the channel is clean. Throws an `EnvironmentError`
 * when there is no such oracle.
 */
export const playOracle = (
  environment: Environment,
  oracle: string,
  options: {
    readonly episodes: number
    readonly random: Random
    readonly stream: string
    readonly noise?: Noise
    readonly tracer?: Tracer<Choices>
  }
): Episodes => {
  const { episodes, noise = { flip: 0, drift: 0 }, random, stream, tracer } = options
  const chosen = Object.hasOwn(oracles, oracle) ? oracles[oracle] : undefined
  if (chosen === undefined) {
    throw new EnvironmentError({ environment: environment.name, reason: `MapTalk has no oracle ${oracle}` })
  }
  const results = makeEpisodes(episodes)
  for (let first = 0; first < episodes; first += BATCH) {
    const count = Math.min(BATCH, episodes - first)
    const worlds = environment.worlds({ count, random, stream })
    const policy = chosen.make({
      count,
      noise,
      draw: (step, out) =>
        random.uniform({ stage: stream, purpose: `oracle.${oracle}`, step }, out, first * chosen.numbers)
    })
    const choices = new Int32Array(count)
    const tokens = new Uint8Array(count)
    const outcome = makeStepOutcome(count)
    const said: Said = {
      intent: new Int32Array(count).fill(-1),
      token: new Int32Array(count).fill(symbols.length),
      heard: new Int32Array(count).fill(symbols.length),
      among: new Int32Array(count).fill(1)
    }
    const recorder = tracer?.batch(count)
    const silence = new Int32Array(count)
    // a team begins an episode unsure
    const noted = {
      row: new Int32Array(count),
      actorEntropy: new Float32Array(count),
      context: new Int32Array(count).fill(1)
    }
    worlds.reset(Int32Array.from({ length: count }, (_, i) => first + i))
    worlds.distance(results.best.subarray(first, first + count))
    for (let step = 0; step < environment.horizon && outcome.done.includes(0); step++) {
      const before = outcome.done.slice()
      recorder?.before(worlds)
      policy(worlds, step, choices, tokens, said)
      worlds.step(choices, tokens, outcome)
      if (recorder !== undefined) {
        for (let i = 0; i < count; i++) {
          noted.row[i] = 4 * noted.context[i]! + Math.max(0, said.intent[i]!)
          noted.actorEntropy[i] = Math.log(said.among[i]!)
          noted.context[i] = 2 * outcome.collided[i]! + (noted.actorEntropy[i]! > uncertainAbove ? 1 : 0)
        }
        recorder.after(
          worlds,
          { ...said, ...noted, action: choices, message: silence, advice: silence },
          outcome,
          before
        )
      }
      for (let i = 0; i < count; i++) {
        if (before[i] === 1) {
          continue
        }
        const at = first + i
        results.success[at] = outcome.succeeded[i]!
        results.steps[at] = results.steps[at]! + 1
        results.collisions[at] = results.collisions[at]! + outcome.collided[i]!
        results.tokens[at] = results.tokens[at]! + tokens[i]!
        results.reward[at] = results.reward[at]! + outcome.reward[i]!
      }
    }
    recorder?.end()
  }
  return results
}
