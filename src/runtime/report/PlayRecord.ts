/** What a stage that plays leaves for a reader's eye: a few episodes step by step, and the protocol as tables. */
import { Schema } from "effect"
import { DrawnEpisode } from "../environment/Picture.ts"

const Point = Schema.Tuple([Schema.Int, Schema.Int])

/** What one speaker said in a step. Choices are indices into its lists in the record. */
const Spoken = {
  intent: Schema.Int,
  token: Schema.Int,
  /** What reached the listener through the noise. */
  heard: Schema.Int
}

/** What was said and done in a step. Choices are indices into the lists of the record. */
const Exchange = {
  ...Spoken,
  /** Of the speakers after the first. */
  others: Schema.optionalKey(Schema.Array(Schema.Struct(Spoken))),
  /** The code that the navigator said; 0 is silence. */
  message: Schema.Int,
  action: Schema.Int,
  collided: Schema.Union([Schema.Boolean, Schema.Int]),
  /** What the instructor gave: 0 for silence, else the kind of advice from 1 on. */
  advice: Schema.optionalKey(Schema.NullOr(Schema.Union([Schema.Boolean, Schema.Int])))
}

/** One step on a map: with the state before it. */
const MapStep = Schema.Struct({
  x: Schema.Int,
  y: Schema.Int,
  /** 0 to 3: north, east, south, west. */
  heading: Schema.Int,
  ...Exchange
})

const Played = {
  on: Schema.String,
  number: Schema.Int,
  /** Steps of the best plan. */
  best: Schema.Int,
  succeeded: Schema.Union([Schema.Boolean, Schema.Int])
}

/** An episode on a map. */
const MapEpisode = Schema.Struct({
  ...Played,
  grid: Schema.Struct({ width: Schema.Int, height: Schema.Int }),
  /** Row-major, 1 where nobody can go. */
  blocked: Schema.Array(Schema.Int),
  goal: Point,
  steps: Schema.Array(MapStep)
})
export type MapEpisode = typeof MapEpisode.Type

/** An episode as its environment draws it: a picture before each step, and one of the end. */
const PicturedEpisode = Schema.Struct({
  ...Played,
  ...DrawnEpisode.fields,
  steps: Schema.Array(Schema.Struct(Exchange))
}).check(Schema.makeFilter(({ frames, steps }) => frames.length === steps.length + 1))
export type PicturedEpisode = typeof PicturedEpisode.Type

export const ReplayEpisode = Schema.Union([MapEpisode, PicturedEpisode])
export type ReplayEpisode = typeof ReplayEpisode.Type
export type ReplayStep = ReplayEpisode["steps"][number]

/** Whether an episode is drawn by its environment. */
export const isPictured = (episode: ReplayEpisode): episode is PicturedEpisode => "frames" in episode

/** The words of a speaker. */
const Words = {
  /** The last one is silence. */
  symbols: Schema.Array(Schema.String),
  intents: Schema.Array(Schema.String)
}

/** What the roles are called, where they are not a guide and a navigator. */
const roles = Schema.optionalKey(Schema.Struct({ speaks: Schema.String, acts: Schema.String }))

/** `replay.json` of a stage. */
export const ReplayRecord = Schema.Struct({
  ...Words,
  codes: Schema.Int,
  actions: Schema.Array(Schema.String),
  roles,
  /** The speakers after the first. */
  others: Schema.optionalKey(Schema.Array(Schema.Struct({ role: Schema.String, ...Words }))),
  episodes: Schema.Array(ReplayEpisode)
})
export type ReplayRecord = typeof ReplayRecord.Type

const Counts = Schema.Array(Schema.Array(Schema.Finite))

const Situated = Schema.Struct({ on: Schema.String, situations: Schema.Array(Schema.String), counts: Counts })

/** The protocol of one speaker. Rows are contexts x intents, columns the symbols with silence last. */
const Spoke = {
  ...Words,
  /** Probabilities before and after training. */
  tables: Schema.Array(Schema.Struct({ when: Schema.String, rows: Counts })),
  /** How often each was said, by condition. */
  used: Schema.optionalKey(Schema.Array(Schema.Struct({ on: Schema.String, counts: Counts })))
}

/** `protocol.json` of a stage. */
export const ProtocolRecord = Schema.Struct({
  ...Spoke,
  contexts: Schema.Array(Schema.String),
  roles,
  /** The speakers after the first. */
  others: Schema.optionalKey(Schema.Array(Schema.Struct({ role: Schema.String, ...Spoke }))),
  /** How often the navigator said each code in each situation, by condition. */
  codes: Schema.optionalKey(Schema.Array(Situated)),
  /** How often an instructor of several kinds gave each in each situation, by condition; silence is the first. */
  advice: Schema.optionalKey(Schema.Array(Situated))
})
export type ProtocolRecord = typeof ProtocolRecord.Type

/** The roles of a record: those of MapTalk where it names none. */
export const rolesIn = (record: Pick<ProtocolRecord, "roles">): { readonly speaks: string; readonly acts: string } =>
  record.roles ?? { speaks: "guide", acts: "navigator" }

/** The speakers of a record with their roles, the first one first. */
export const speakersIn = <A extends { readonly role: string }>(
  record: Omit<A, "role"> & {
    readonly roles?: { readonly speaks: string; readonly acts: string }
    readonly others?: ReadonlyArray<A>
  }
): readonly [Omit<A, "role"> & { readonly role: string }, ...ReadonlyArray<A>] => [
  { ...record, role: rolesIn(record).speaks },
  ...(record.others ?? [])
]
