/** Hand-written teams for MapTalk. */
import { makeChannel } from "../../agent/Channel.ts"
import type { Reading } from "../../play/Trace.ts"
import type { Worlds } from "../Environment.ts"
import type { Oracle, Script } from "../Oracle.ts"
import { FORWARD, LEFT, RIGHT, STAY, symbols } from "./MapTalk.ts"

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
  ({ count, draw, followed, literal, noise }) => {
    const channel = makeChannel(symbols)
    const width = 3 + own
    const drawn = new Float32Array(count * width)
    const directions = new Int32Array(count)
    const headings = new Int32Array(count)
    const scratch = new Float32Array(count * 4)
    const seen = new Float32Array(count * EGOCENTRIC)
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

/** The hand-written teams of MapTalk by name. */
export const scripts: Readonly<Record<string, Script>> = {
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
