/** Hand-written teams for MapTalk: yardsticks for what random behaviour, no messages and a perfect protocol reach. */
import { makeChannel } from "../../agent/Channel.ts"
import type { Noise } from "../../agent/Agent.ts"
import { uncertainAbove } from "../../agent/Team.ts"
import type { Reading, Scripted, Tracer } from "../../play/Trace.ts"
import type { Random } from "../../random/Random.ts"
import { EnvironmentError, makeStepOutcome } from "../Environment.ts"
import type { Environment, SilentOracle, TalkingOracle, Worlds } from "../Environment.ts"
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
  /** What either side acted on, [copies, symbols]. */
  readonly guideReads: Int32Array
  readonly navigatorReads: Int32Array
}

/**
 * Chooses for all copies of a batch at one step: writes `choices`, the number of `tokens` sent and what was `said`; of no account where
 * an episode is `over`.
 */
type Policy = (
  worlds: Worlds,
  step: number,
  choices: Int32Array,
  tokens: Uint8Array,
  said: Said,
  over: Uint8Array
) => void

/**
 * A policy for `count` copies; `draw` fills with numbers of the step, the same for an episode in every batch, `drawStranger` with one for
 * each copy that has nothing to do with them. Where `literal`, the guide says what it means and is obeyed blindly.
 */
type Oracle = (options: {
  readonly count: number
  readonly noise: Noise
  readonly literal: boolean
  readonly draw: (step: number, out: Float32Array) => void
  readonly drawStranger: (step: number, out: Float32Array) => void
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

const random: Oracle = ({ count, draw, drawStranger }) => {
  const drawn = new Float32Array(count)
  const stranger = new Float32Array(count)
  return (_worlds, step, choices, _tokens, said) => {
    draw(step, drawn)
    drawStranger(step, stranger)
    said.among.fill(4)
    for (let i = 0; i < count; i++) {
      choices[i] = Math.floor(drawn[i]! * 4)
      said.guideReads[i] = Math.floor(stranger[i]! * 4)
      said.navigatorReads[i] = choices[i]!
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
  return (worlds, _step, choices, _tokens, said) => {
    worlds.advise("guide", "planner", directions)
    readHeadings(worlds, scratch, headings)
    for (let i = 0; i < count; i++) {
      choices[i] = directions[i] === -1 ? STAY : actionTowards(directions[i]!, headings[i]!)
      // one mind in two bodies
      for (const reads of [said.guideReads, said.navigatorReads]) {
        reads[2 * i] = Math.max(0, directions[i]!)
        reads[2 * i + 1] = headings[i]!
      }
    }
  }
}

/**
 * A guide who knows the planner's direction and says `word` of it through its noisy channel, and a navigator who turns to the direction it
 * last heard and walks. `own` uniform numbers of the step are the word's; three more are the channel's and the navigator's.
 */
const following =
  (own: number, word: (direction: number, drawn: Float32Array, at: number) => number): Oracle =>
  ({ count, draw, literal, noise }) => {
    const channel = makeChannel(symbols)
    const width = 3 + own
    const drawn = new Float32Array(count * width)
    const directions = new Int32Array(count)
    const headings = new Int32Array(count)
    const scratch = new Float32Array(count * 4)
    const seen = new Float32Array(count * EGOCENTRIC)
    const followed = new Int32Array(count).fill(-1)
    return (worlds, step, choices, tokens, said) => {
      draw(step, drawn)
      worlds.advise("guide", "planner", directions)
      readHeadings(worlds, scratch, headings)
      worlds.observe("navigator", ["egocentric"], seen, 0, EGOCENTRIC)
      for (let i = 0; i < count; i++) {
        const from = width * i
        const meant = directions[i]!
        const sent = meant === -1 ? channel.silence : literal ? meant : word(meant, drawn, from + 3)
        const heard = channel.hear(sent, noise, drawn[from]!, drawn[from + 1]!)
        tokens[i] = sent === channel.silence ? 0 : 1
        said.intent[i] = meant
        said.token[i] = sent
        said.heard[i] = heard
        // A token that names no direction was garbled: the last direction still stands.
        if (heard < 4) {
          followed[i] = heard
        }
        const choice = followed[i] === -1 ? STAY : actionTowards(followed[i]!, headings[i]!)
        const ahead = seen[i * EGOCENTRIC + FRONT] === 1
        const walled = choice === FORWARD && ahead && !literal
        choices[i] = walled ? (drawn[from + 2]! < 0.5 ? LEFT : RIGHT) : choice
        said.among[i] = walled ? 2 : 1
        said.guideReads[i] = Math.max(0, meant)
        said.navigatorReads[3 * i] = followed[i] === -1 ? NOTHING : followed[i]!
        said.navigatorReads[3 * i + 1] = headings[i]!
        said.navigatorReads[3 * i + 2] = ahead ? 1 : 0
      }
    }
  }

/** The direction that a navigator follows who has heard none. */
const NOTHING = 4

/** What they act on who talk: the direction meant; the direction followed, the heading and whether a wall is ahead. */
const talk: Reading = { guide: [4], navigator: [NOTHING + 1, 4, 2], heard: 0 }

interface Script {
  readonly make: Oracle
  /** Uniform numbers that it takes of each step. */
  readonly numbers: number
  /** What either side acts on; nothing where one of them acts on nothing. */
  readonly reads?: Reading
}

const oracles: Readonly<Record<string, Script>> = {
  random: { make: random, numbers: 1, reads: { guide: [4], navigator: [4] } },
  wanderer: { make: wanderer, numbers: 2 },
  planner: { make: planner, numbers: 0, reads: { guide: [4, 4], navigator: [4, 4] } },
  random_talker: {
    make: following(1, (_direction, drawn, at) => Math.floor(drawn[at]! * symbols.length)),
    numbers: 4,
    reads: talk
  },
  direction_protocol: { make: following(0, (direction) => direction), numbers: 3, reads: talk }
}

/** What the script of an oracle acts on; undefined where a side acts on nothing. */
export const readingOf = (environment: Environment, oracle: string): Reading | undefined =>
  scriptOf(environment, oracle, [])?.reads

/** How many intents the role that speaks has. */
const intentsOf = (environment: Environment): number =>
  environment.declaration.roles.find(({ kind }) => kind === "speaks")?.choices.length ?? 0

/** An oracle of an environment that brings its own. */
const silently = (choose: SilentOracle): Script => ({
  numbers: 1,
  make: ({ count, draw }) => {
    const drawn = new Float32Array(count)
    return (worlds, step, choices) => {
      draw(step, drawn)
      choose(worlds, drawn, choices)
    }
  }
})

/** An oracle of an environment that brings its own, one side of which talks. */
const talkingly = (
  environment: Environment,
  name: string,
  oracle: TalkingOracle,
  vocabulary: ReadonlyArray<string>
): Script => {
  const intents = intentsOf(environment)
  const actions = environment.declaration.roles.find(({ kind }) => kind === "acts")?.choices.length ?? 0
  const within = (what: string, value: number, from: number, count: number): number => {
    if (Number.isInteger(value) && value >= from && value < count) return value
    throw new EnvironmentError({
      environment: environment.name,
      reason: `${name} ${what} ${value}, which is none of ${count}`
    })
  }
  return {
    // two of the channel, one each for what is said and what is done
    numbers: 4,
    reads: { guide: [intents], navigator: [intents + 1, oracle.values], heard: 0 },
    make: ({ count, draw, noise }) => {
      const channel = makeChannel(vocabulary)
      const drawn = new Float32Array(count * 4)
      const meant = new Int32Array(count)
      const seen = new Int32Array(count)
      const followed = new Int32Array(count).fill(-1)
      return (worlds, step, choices, tokens, said, over) => {
        draw(step, drawn)
        oracle.means(worlds, meant)
        oracle.sees(worlds, seen)
        for (let i = 0; i < count; i++) {
          if (over[i] === 1) continue
          const from = 4 * i
          const intent = within("means", meant[i]!, 0, intents)
          const word = within("says", oracle.says(intent, drawn[from + 2]!, channel.silence), -1, channel.silence)
          const sent = word === -1 ? channel.silence : word
          const heard = channel.hear(sent, noise, drawn[from]!, drawn[from + 1]!)
          tokens[i] = sent === channel.silence ? 0 : 1
          said.intent[i] = intent
          said.token[i] = sent
          said.heard[i] = heard
          // what names no intent was garbled, or is silence: the last one still stands
          if (heard < intents) followed[i] = heard
          const looks = within("sees", seen[i]!, 0, oracle.values)
          choices[i] = within("does", oracle.acts(followed[i]!, looks, drawn[from + 3]!), 0, actions)
          said.guideReads[i] = intent
          said.navigatorReads[2 * i] = followed[i] === -1 ? intents : followed[i]!
          said.navigatorReads[2 * i + 1] = looks
        }
      }
    }
  }
}

/** The script of an oracle by its name, for a vocabulary; undefined where there is none. */
const scriptOf = (environment: Environment, oracle: string, vocabulary: ReadonlyArray<string>): Script | undefined => {
  if (environment.oracles === undefined) return Object.hasOwn(oracles, oracle) ? oracles[oracle] : undefined
  const own = Object.hasOwn(environment.oracles, oracle) ? environment.oracles[oracle] : undefined
  if (own === undefined) return undefined
  return typeof own === "function" ? silently(own) : talkingly(environment, oracle, own, vocabulary)
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
    readonly tracer?: Tracer<Scripted>
    /** The guide says what it means, and the navigator turns to the direction it last heard and walks, whatever it sees. */
    readonly literal?: boolean
    /** The vocabulary of the role that speaks; that of MapTalk without it. */
    readonly symbols?: ReadonlyArray<string>
  }
): Episodes => {
  const { episodes, noise = { flip: 0, drift: 0 }, random, stream, tracer } = options
  const vocabulary = options.symbols ?? symbols
  const intents = intentsOf(environment)
  const chosen = scriptOf(environment, oracle, vocabulary)
  if (chosen === undefined) {
    throw new EnvironmentError({ environment: environment.name, reason: `there is no oracle ${oracle}` })
  }
  const results = makeEpisodes(episodes)
  for (let first = 0; first < episodes; first += BATCH) {
    const count = Math.min(BATCH, episodes - first)
    const worlds = environment.worlds({ count, random, stream })
    const policy = chosen.make({
      count,
      noise,
      literal: options.literal === true,
      draw: (step, out) =>
        random.uniform({ stage: stream, purpose: `oracle.${oracle}`, step }, out, first * chosen.numbers),
      drawStranger: (step, out) =>
        random.uniform({ stage: stream, purpose: `oracle.${oracle}.stranger`, step }, out, first)
    })
    const choices = new Int32Array(count)
    const tokens = new Uint8Array(count)
    const outcome = makeStepOutcome(count)
    const said: Said = {
      intent: new Int32Array(count).fill(-1),
      token: new Int32Array(count).fill(vocabulary.length),
      heard: new Int32Array(count).fill(vocabulary.length),
      among: new Int32Array(count).fill(1),
      guideReads: new Int32Array(count * (chosen.reads?.guide.length ?? 0)),
      navigatorReads: new Int32Array(count * (chosen.reads?.navigator.length ?? 0))
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
      policy(worlds, step, choices, tokens, said, before)
      worlds.step(choices, tokens, outcome)
      if (recorder !== undefined) {
        for (let i = 0; i < count; i++) {
          noted.row[i] = intents * noted.context[i]! + Math.max(0, said.intent[i]!)
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
