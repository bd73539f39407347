/**
 * A trace: what happened at each step of the episodes that were played, for the estimators.
 *
 * Rows stand episode after episode, in the order in which they were played; only steps that count are rows, none from after
 * an episode's end. A trace holds whole episodes from the first on, as many as fit: an episode's number says nothing of its
 * map, so they are a sample like any other, the same for every team and oracle of a seed.
 */
import type { Speech, StepRecord } from "../agent/Player.ts"
import { contextSize } from "../agent/Protocol.ts"
import type { Team } from "../agent/Team.ts"
import type { Environment, Scene, StepOutcome, Worlds } from "../environment/Environment.ts"
import type { DrawnEpisode, Mark } from "../environment/Picture.ts"

/** Rows that a trace holds at most. */
export const mostRows = 2 ** 18
/** Rows at most of which it holds what the networks read: about 150 numbers each, some 1000 episodes of a team that finds the way. */
export const mostInputRows = 10_000

/** Maps that a trace holds at most. */
export const mostScenes = 16

/** Episodes that are drawn where an environment draws its own pictures, at most. */
export const mostDrawn = 4

/** What was read, chosen, sent and heard, one row per step. */
export interface Trace {
  readonly rows: number
  /** Whole episodes in it: those numbered from 0. */
  readonly episodes: number
  /** The episode of each row. */
  readonly episode: Int32Array
  /** Steps before this one in its episode. */
  readonly t: Int32Array
  /** The guide's choice a^H, an index into the role's choices; -1 where nobody guides (an oracle that says nothing). */
  readonly intent: Int32Array
  /** Row of the protocol table: context x intents + intent; context = 2 (collided before) + (AI's entropy before above 0.5 nat). */
  readonly row: Int32Array
  /** The token m^H as it was sent; the index after the last symbol is silence. */
  readonly token: Int32Array
  /** The token as it arrived. */
  readonly heard: Int32Array
  /** The AI's message m^A; 0 is silence. */
  readonly message: Int32Array
  /** What the instructor gave: 0 for silence, else the kind of advice from 1 on. */
  readonly advice: Int32Array
  /** The AI's choice a^A. */
  readonly action: Int32Array
  /** Entropy of the AI's policy, nats. */
  readonly entropy: Float32Array
  /** 1 where the step was a collision. */
  readonly collided: Uint8Array
  /** 1 where the step changed the position. */
  readonly advanced: Uint8Array
  /** Position and heading before the step. */
  readonly x: Int32Array
  readonly y: Int32Array
  readonly heading: Int32Array
  /** 1 where the cell in front is an obstacle or the wall. */
  readonly ahead: Uint8Array
  /** The direction of the best plan over cells and headings, before the step. */
  readonly best: Int32Array
  /** Bit k is 1 where choice k of the AI is among the best at this step (the set of optimal actions of the cell and heading). */
  readonly optimal: Int32Array
  /** The maps of the first episodes, 16 at most. */
  readonly scenes: ReadonlyArray<Scene>
  /** The pictures of the first episodes of a team in an environment that draws its own, 4 at most. */
  readonly drawn?: ReadonlyArray<DrawnEpisode>
  /** What the networks read, for the first rows. */
  readonly inputs: Inputs
  /** What the speakers after the first chose and how they were heard, one entry per row; empty of a team with one. */
  readonly others: ReadonlyArray<Spoken>
}

/** What one speaker chose, sent, and how it was heard. */
export type Spoken = Pick<Speech, "intent" | "row" | "token" | "heard">

/** What the networks read at the first `rows` rows of a trace (whole episodes too), row-major; of an oracle the symbols that it acts on. */
export interface Inputs {
  readonly rows: number
  /** The guide's observation, the AI's message and the advice (one-hot): all that its network reads, [rows, speaker.inputs]. */
  readonly speaker: Float32Array
  /** Logits of the guide's frozen prior, [rows, intents]. */
  readonly speakerPrior: Float32Array
  /** The AI's observation and the heard token (one-hot), [rows, actor.inputs]. */
  readonly actor: Float32Array
  /** What the AI's message protocol reads (eq. 4), [rows, context]; empty without a protocol. */
  readonly context: Float32Array
}

/** What a step chose, one entry per copy. */
export interface Choices extends Spoken, Pick<StepRecord, "message" | "advice" | "action" | "actorEntropy"> {
  /** Of the speakers after the first. */
  readonly others?: ReadonlyArray<Spoken>
}

/** The symbols that an oracle's script acts on at a step, by how many values each has; they are its latents. */
export interface Reading {
  readonly guide: ReadonlyArray<number>
  readonly navigator: ReadonlyArray<number>
  /** Which of the navigator's symbols is what it follows of what it heard; its last value is nothing. */
  readonly heard?: number
}

/** What a step of an oracle chose and what it acted on, [copies, symbols] for either side. */
export interface Scripted extends Choices {
  readonly guideReads: Int32Array
  readonly navigatorReads: Int32Array
}

/** What a tracer keeps of the networks' inputs: how wide each part is, and what writes all of copy `i` from `at`. */
interface Reads<in C> {
  readonly speaker: number
  readonly speakerPrior: number
  readonly actor: number
  readonly context: number
  readonly write: (record: C, i: number, out: Float32Array, at: number) => void
}

const readsNothing: Reads<Choices> = { speaker: 0, speakerPrior: 0, actor: 0, context: 0, write: () => undefined }

/** The columns of a step, in the order in which they are kept. */
const names = [
  "t",
  "intent",
  "row",
  "token",
  "heard",
  "message",
  "advice",
  "action",
  "entropy",
  "collided",
  "advanced",
  "x",
  "y",
  "heading",
  "ahead",
  "best",
  "optimal"
] as const
type Column = (typeof names)[number]

/** The columns of each further speaker, after those of the step. */
const spokenNames = ["intent", "row", "token", "heard"] as const

/** Rows of `width` numbers, as many as are added. */
const growing = (width: number) => {
  let data = new Float32Array(256 * width)
  let rows = 0
  return {
    /** Adds a row and returns where it starts in `data`. */
    add: (): number => {
      if ((rows + 1) * width > data.length) {
        const larger = new Float32Array(data.length * 2)
        larger.set(data)
        data = larger
      }
      return rows++ * width
    },
    data: (): Float32Array => data
  }
}

/** How many of the first episodes have at most `most` steps together. */
const episodesWithin = (lengths: Int32Array, most: number): number => {
  let sum = 0
  for (let k = 0; k < lengths.length; k++) {
    sum += lengths[k] ?? 0
    if (sum > most) return k
  }
  return lengths.length
}

/** Rows of a batch in the order of their steps, of the copies below a limit that falls as the copies take more steps. */
const steps = (width: number) => {
  const rows = growing(width)
  const copies: Array<number> = []
  return {
    data: rows.data,
    add: (copy: number): number => {
      copies.push(copy)
      return rows.add()
    },
    /** The rows of the first `kept` copies, copy after copy. */
    ordered: (lengths: Int32Array, kept: number): Float32Array => {
      const at = new Int32Array(kept)
      let total = 0
      for (let k = 0; k < kept; k++) {
        at[k] = total
        total += lengths[k] ?? 0
      }
      const out = new Float32Array(total * width)
      const data = rows.data()
      copies.forEach((copy, k) => {
        if (copy >= kept) return
        const to = at[copy] ?? 0
        at[copy] = to + 1
        out.set(data.subarray(k * width, (k + 1) * width), to * width)
      })
      return out
    }
  }
}

/** 1 where the cell in front of (x, y), facing `heading`, is an obstacle or outside the grid. */
const blockedAhead = (scene: Scene | undefined, x: number, y: number, heading: number): number => {
  if (scene === undefined) return 0
  const { height, width } = scene.grid
  const nx = x + (heading === 1 ? 1 : heading === 3 ? -1 : 0)
  const ny = y + (heading === 2 ? 1 : heading === 0 ? -1 : 0)
  return nx < 0 || ny < 0 || nx >= width || ny >= height ? 1 : (scene.blocked[ny * width + nx] ?? 0)
}

/** Records the copies of one batch of worlds, each of which plays one episode. */
export interface Recorder<in C> {
  /** Notes the state before a step. */
  readonly before: (worlds: Worlds) => void
  /** Adds what the step was, in the copies that are not `finished`. */
  readonly after: (worlds: Worlds, record: C, outcome: StepOutcome, finished: Uint8Array) => void
  /** Puts the batch into the trace; it has been played to its end. */
  readonly end: () => void
}

/** Puts a trace together from batches of episodes, in their order. */
export interface Tracer<in C = StepRecord> {
  /** The next batch, of `count` copies. */
  readonly batch: (count: number) => Recorder<C>
  readonly trace: () => Trace
}

/** How much a trace holds at most. */
export interface Caps {
  readonly rows: number
  readonly inputRows: number
}

const makeTracer = <C>(
  environment: Environment,
  choicesOf: (record: C) => Choices,
  reads: Reads<C>,
  caps: Caps = { rows: mostRows, inputRows: mostInputRows },
  draws = false,
  /** Speakers after the first. */
  others = 0
): Tracer<C> => {
  const width = names.length + others * spokenNames.length
  // an environment of a module has no map
  const mapped = environment.oracles === undefined
  const acting = environment.declaration.roles.find(({ kind }) => kind === "acts")
  const speaking = environment.declaration.roles.find(({ kind }) => kind === "speaks")
  const choices = acting?.choices.length ?? 0
  const plans = speaking?.rules.some(({ name }) => name === "planner") === true
  const inputWidth = reads.speaker + reads.speakerPrior + reads.actor + reads.context
  const kept: Array<{
    readonly lengths: Int32Array
    readonly scenes: ReadonlyArray<Scene>
    readonly values: Float32Array
    readonly inputs: Float32Array
  }> = []
  const drawn: Array<{
    readonly grid: DrawnEpisode["grid"]
    readonly frames: [ReadonlyArray<Mark>, ...Array<ReadonlyArray<Mark>>]
  }> = []
  let rows = 0
  let inputRows = inputWidth === 0 ? caps.inputRows : 0
  let open = true
  let inputsOpen = inputWidth > 0 && caps.inputRows > 0

  const batch = (count: number): Recorder<C> => {
    const lengths = new Int32Array(count)
    let limit = open ? count : 0
    let inputLimit = inputsOpen ? count : 0
    const values = steps(width)
    const inputs = steps(inputWidth)
    const poses = new Int32Array(3 * count)
    const after = new Int32Array(3 * count)
    const best = new Int32Array(count)
    const optimal = new Int32Array(count)
    const one = new Int32Array(count)
    const flags = new Uint8Array(count)
    let scenes: ReadonlyArray<Scene> = []
    let playing = true
    return {
      before: (worlds) => {
        if (limit === 0 || !playing) return
        if (scenes.length === 0 && mapped) scenes = Array.from({ length: limit }, (_, i) => worlds.scene(i))
        if (draws && drawn.length === 0 && kept.length === 0)
          for (let i = 0; i < Math.min(limit, mostDrawn); i++) {
            const first = worlds.picture?.(i)
            if (first !== undefined) drawn.push({ grid: first.grid, frames: [first.marks] })
          }
        worlds.poses(poses)
        if (speaking !== undefined && plans) worlds.advise(speaking.name, "planner", best)
        optimal.fill(0)
        for (let choice = 0; choice < choices; choice++) {
          worlds.optimal(one.fill(choice), flags)
          for (let i = 0; i < count; i++) optimal[i] = (optimal[i] ?? 0) | ((flags[i] ?? 0) << choice)
        }
      },
      after: (worlds, record, outcome, finished) => {
        if (limit === 0 || !playing) return
        playing = false
        worlds.poses(after)
        const chosen = choicesOf(record)
        for (let i = 0; i < limit; i++) {
          if (finished[i] === 1) continue
          playing = true
          // the columns in the order of their names
          const at = values.add(i)
          const data = values.data()
          const x = poses[3 * i] ?? 0
          const y = poses[3 * i + 1] ?? 0
          const heading = poses[3 * i + 2] ?? 0
          data[at] = lengths[i] ?? 0
          data[at + 1] = chosen.intent[i] ?? 0
          data[at + 2] = chosen.row[i] ?? 0
          data[at + 3] = chosen.token[i] ?? 0
          data[at + 4] = chosen.heard[i] ?? 0
          data[at + 5] = chosen.message[i] ?? 0
          data[at + 6] = chosen.advice[i] ?? 0
          data[at + 7] = chosen.action[i] ?? 0
          data[at + 8] = chosen.actorEntropy[i] ?? 0
          data[at + 9] = outcome.collided[i] ?? 0
          data[at + 10] = after[3 * i] !== x || after[3 * i + 1] !== y ? 1 : 0
          data[at + 11] = x
          data[at + 12] = y
          data[at + 13] = heading
          data[at + 14] = blockedAhead(scenes[i], x, y, heading)
          data[at + 15] = best[i] ?? 0
          data[at + 16] = optimal[i] ?? 0
          let to = at + names.length
          for (const one of chosen.others ?? []) for (const name of spokenNames) data[to++] = one[name][i] ?? 0
          if (i < inputLimit) {
            const from = inputs.add(i)
            reads.write(record, i, inputs.data(), from)
          }
          lengths[i] = (lengths[i] ?? 0) + 1
          const next = kept.length === 0 && i < drawn.length ? worlds.picture?.(i) : undefined
          if (next !== undefined) drawn[i]?.frames.push(next.marks)
        }
        // an episode has at least the steps that it has had: what is beyond a cap now stays beyond it
        limit = Math.min(limit, episodesWithin(lengths, caps.rows - rows))
        inputLimit = Math.min(inputLimit, limit, episodesWithin(lengths, caps.inputRows - inputRows))
      },
      end: () => {
        const within = lengths.subarray(0, limit)
        const block = {
          lengths: within,
          scenes: scenes.slice(0, Math.min(limit, mostScenes)),
          values: values.ordered(lengths, limit),
          inputs: inputs.ordered(lengths, inputLimit)
        }
        kept.push(block)
        rows += block.values.length / width
        if (inputWidth > 0) inputRows += block.inputs.length / inputWidth
        open = open && limit === count
        inputsOpen = inputsOpen && inputLimit === count
      }
    }
  }

  const trace = (): Trace => {
    const at = <A extends Int32Array | Uint8Array | Float32Array>(k: number, out: A): A => {
      let to = 0
      for (const { values } of kept) for (let at = k; at < values.length; at += width) out[to++] = values[at] ?? 0
      return out
    }
    const column = <A extends Int32Array | Uint8Array | Float32Array>(name: Column, out: A): A =>
      at(names.indexOf(name), out)
    const whole = (name: Column) => column(name, new Int32Array(rows))
    const flag = (name: Column) => column(name, new Uint8Array(rows))
    const episode = new Int32Array(rows)
    let number = 0
    let row = 0
    for (const { lengths } of kept) {
      for (const length of lengths) episode.fill(number++, row, (row += length))
    }
    const read = inputWidth === 0 ? 0 : inputRows
    let offset = 0
    const part = (width: number): Float32Array => {
      const out = new Float32Array(read * width)
      let to = 0
      for (const { inputs } of kept) {
        for (let from = offset; from < inputs.length; from += inputWidth) {
          out.set(inputs.subarray(from, from + width), to)
          to += width
        }
      }
      offset += width
      return out
    }
    return {
      rows,
      episodes: number,
      episode,
      t: whole("t"),
      intent: whole("intent"),
      row: whole("row"),
      token: whole("token"),
      heard: whole("heard"),
      message: whole("message"),
      advice: whole("advice"),
      action: whole("action"),
      entropy: column("entropy", new Float32Array(rows)),
      collided: flag("collided"),
      advanced: flag("advanced"),
      x: whole("x"),
      y: whole("y"),
      heading: whole("heading"),
      ahead: flag("ahead"),
      best: whole("best"),
      optimal: whole("optimal"),
      scenes: kept.flatMap(({ scenes }) => scenes).slice(0, mostScenes),
      ...(drawn.length === 0 ? {} : { drawn: drawn.slice(0, number) }),
      inputs: {
        rows: read,
        speaker: part(reads.speaker),
        speakerPrior: part(reads.speakerPrior),
        actor: part(reads.actor),
        context: part(reads.context)
      },
      others: Array.from({ length: others }, (_, k): Spoken => {
        const of = (j: number) => at(names.length + k * spokenNames.length + j, new Int32Array(rows))
        return { intent: of(0), row: of(1), token: of(2), heard: of(3) }
      })
    }
  }
  return { batch, trace }
}

/** Writes a one-hot of `n` from `at`. */
const hot = (out: Float32Array, at: number, n: number, index: number): void => {
  out.fill(0, at, at + n)
  out[at + index] = 1
}

/** Traces what a team's player records. */
export const traceTeam = (team: Team, caps?: Caps): Tracer => {
  const { actor, speaker } = team
  const size = speaker.recorded
  const taught = speaker.adviceSize
  const symbols = speaker.inputs - size - taught
  const context = team.protocol === undefined ? 0 : contextSize(actor.observationSize)
  const copy = (from: Float32Array, width: number, i: number, out: Float32Array, at: number): number => {
    for (let k = 0; k < width; k++) out[at + k] = from[i * width + k] ?? 0
    return at + width
  }
  return makeTracer<StepRecord>(
    team.environment,
    ({ speeches: [first, ...others], ...step }) => ({ ...step, ...first, others }),
    {
      speaker: speaker.inputs,
      speakerPrior: speaker.choices,
      actor: actor.inputs,
      context,
      write: (record, i, out, at) => {
        const [speech] = record.speeches
        let to = copy(speech.input, size, i, out, at)
        if (speaker.hears) hot(out, to, symbols, record.message[i] ?? 0)
        if (speaker.taught) hot(out, to + symbols, taught, record.advice[i] ?? 0)
        to = copy(speech.prior, speaker.choices, i, out, to + symbols + taught)
        to = copy(record.actorInput, actor.inputs, i, out, to)
        copy(record.context, context, i, out, to)
      }
    },
    caps,
    true,
    team.speakers.length - 1
  )
}

/** Traces an oracle; with `reading`, what its script acts on too. */
export const traceOracle = (environment: Environment, reading?: Reading, caps?: Caps): Tracer<Scripted> => {
  if (reading === undefined) return makeTracer(environment, (script) => script, readsNothing, caps)
  const [guide, navigator] = [reading.guide.length, reading.navigator.length]
  return makeTracer<Scripted>(
    environment,
    (script) => script,
    {
      speaker: guide,
      speakerPrior: 0,
      actor: navigator,
      context: 0,
      write: (record, i, out, at) => {
        for (let k = 0; k < guide; k++) out[at + k] = record.guideReads[i * guide + k] ?? 0
        for (let k = 0; k < navigator; k++) out[at + guide + k] = record.navigatorReads[i * navigator + k] ?? 0
      }
    },
    caps
  )
}
