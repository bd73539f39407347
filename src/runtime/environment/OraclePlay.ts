/** Plays the hand-written teams of any environment: yardsticks for what random behaviour, no messages and a perfect protocol reach. */
import type { Noise } from "../agent/Agent.ts"
import { makeChannel } from "../agent/Channel.ts"
import { uncertainAbove } from "../agent/Team.ts"
import type { Reading, Scripted, Tracer } from "../play/Trace.ts"
import type { Random } from "../random/Random.ts"
import { keepBlocks } from "./Blocks.ts"
import type { Blocks } from "./Blocks.ts"
import { EnvironmentError, makeStepOutcome } from "./Environment.ts"
import type { Environment, SilentOracle, TalkingOracle } from "./Environment.ts"
import type { Episodes } from "./Episodes.ts"
import { makeEpisodes } from "./Episodes.ts"
import { symbols } from "./maptalk/MapTalk.ts"
import { scripts } from "./maptalk/Oracles.ts"
import type { Said, Script } from "./Oracle.ts"

/** What the script of an oracle acts on; undefined where a side acts on nothing. */
export const readingOf = (environment: Environment, oracle: string): Reading | undefined =>
  scriptOf(environment, oracle, [])?.reads

/** How many intents the role that speaks has. */
const intentsOf = (environment: Environment): number =>
  environment.declaration.roles.find(({ kind }) => kind === "speaks")?.choices.length ?? 0

/** An oracle of an environment that brings its own: what it does with a number that is drawn for it is its own affair, so nobody knows how sure it is. */
const silently = (choose: SilentOracle): Script => ({
  numbers: 1,
  make: ({ count, draw }) => {
    const drawn = new Float32Array(count)
    return (worlds, step, choices, _tokens, said) => {
      draw(step, drawn)
      said.among.fill(Number.NaN)
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
    make: ({ count, draw, followed, noise }) => {
      const channel = makeChannel(vocabulary)
      const drawn = new Float32Array(count * 4)
      const meant = new Int32Array(count)
      const seen = new Int32Array(count)
      return (worlds, step, choices, tokens, said, over) => {
        draw(step, drawn)
        said.among.fill(Number.NaN)
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
  if (environment.oracles === undefined) return Object.hasOwn(scripts, oracle) ? scripts[oracle] : undefined
  const own = Object.hasOwn(environment.oracles, oracle) ? environment.oracles[oracle] : undefined
  if (own === undefined) return undefined
  return typeof own === "function" ? silently(own) : talkingly(environment, oracle, own, vocabulary)
}

/** What `count` copies have said before the first step. */
const nothingSaid = ({ reads }: Script, count: number, silence: number): Said => ({
  intent: new Int32Array(count).fill(-1),
  token: new Int32Array(count).fill(silence),
  heard: new Int32Array(count).fill(silence),
  among: new Float64Array(count).fill(1),
  guideReads: new Int32Array(count * (reads?.guide.length ?? 0)),
  navigatorReads: new Int32Array(count * (reads?.navigator.length ?? 0))
})

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
      followed: new Int32Array(count).fill(-1),
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
    const said = nothingSaid(chosen, count, vocabulary.length)
    const recorder = tracer?.batch(count)
    const silence = new Int32Array(count)
    // a team begins an episode unsure; of whom nobody knows, the table's context is that of one who is sure
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

/**
 * Plays blocks 0 .. `blocks` - 1 of `rounds` rounds with the oracle named `oracle`, the blocks that teams of the seed play. What the one
 * who acts last heard is remembered from round to round, and with `swap` forgotten before that round, counted from 1. Numbers of step n of a
 * block, counted over its rounds, are addressed by (stage `stream`, purpose "block.oracle.<name>", step n).
 */
export const playOracleBlocks = (
  environment: Environment,
  oracle: string,
  options: {
    readonly blocks: number
    readonly rounds: number
    readonly swap?: number
    readonly random: Random
    readonly stream: string
    readonly noise: Noise
    /** The vocabulary of the role that speaks; that of MapTalk without it. */
    readonly symbols?: ReadonlyArray<string>
  }
): Blocks => {
  const { blocks: count, noise, random, rounds, stream, swap } = options
  const vocabulary = options.symbols ?? symbols
  const chosen = scriptOf(environment, oracle, vocabulary)
  if (chosen === undefined) {
    throw new EnvironmentError({ environment: environment.name, reason: `there is no oracle ${oracle}` })
  }
  const worlds = environment.worlds({ count, random, stream })
  const keeper = keepBlocks(environment, worlds, {
    rounds,
    symbols: vocabulary.length,
    ...(swap === undefined ? {} : { swap })
  })
  const followed = new Int32Array(count).fill(-1)
  const policy = chosen.make({
    count,
    followed,
    noise,
    literal: false,
    draw: (step, out) => random.uniform({ stage: stream, purpose: `block.oracle.${oracle}`, step }, out),
    drawStranger: (step, out) =>
      random.uniform({ stage: stream, purpose: `block.oracle.${oracle}.stranger`, step }, out)
  })
  const choices = new Int32Array(count)
  const tokens = new Uint8Array(count)
  const outcome = makeStepOutcome(count)
  const said = nothingSaid(chosen, count, vocabulary.length)
  // a copy whose block has ended plays on for nobody: none is over
  const over = new Uint8Array(count)
  for (let step = 0; keeper.playing(); step++) {
    keeper.before()
    policy(worlds, step, choices, tokens, said, over)
    worlds.step(choices, tokens, outcome)
    keeper.after(said.token, outcome)
    keeper.beginsAnew.forEach((begun, i) => {
      if (begun === 1) followed[i] = -1
    })
  }
  return keeper.blocks()
}
