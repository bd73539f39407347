/**
 * What a run is: the meaning of its file, the machine and engine that it ran on, and the keys of its stages. It is written when
 * the run starts, beside the source, so that a later question ("what changed?") is answered from the run alone.
 */
import { Schema } from "effect"
import { betters, metricUnits } from "../../declaration/Environment.ts"
import { sha256 } from "../store/Record.ts"

/** The name of the record in a run folder. It is no artifact: it names the machine. */
export const identityName = "identity.json"

/** What of a machine decides the bits of a run. */
export const Environment = Schema.Struct({
  node: Schema.String,
  /** `linux-x64`, `darwin-arm64`, ... */
  platform: Schema.String,
  /** The class of the processor: `x64-avx2`, `arm64-neon`, ... */
  instructions: Schema.String,
  engine: Schema.String,
  version: Schema.String,
  /** Runs of one class have the same bits. */
  numericClass: Schema.String,
  threads: Schema.Int,
  /** False where the engine says that nothing shows that it gives the same bits every time. */
  deterministic: Schema.optionalKey(Schema.Literal(false))
})
export type Environment = typeof Environment.Type

/**
 * The meaning of a file: for each declaration that means something of its own (`stage train`, `objective bica`, `claim near`)
 * the digests of what it is made of, by aspect. `agent ai` is an aspect of every stage that the agent takes part in. What
 * changes no digest changes no result.
 */
export const Meaning = Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.String))
export type Meaning = typeof Meaning.Type

/**
 * The file in its own words, every default filled in: at each place (`environment map, grid`) what stands there (`5 by 5`).
 */
export const Statements = Schema.Record(Schema.String, Schema.String)
export type Statements = typeof Statements.Type

/** One stage of a run, for one seed and, where it has them, one objective and one variant. */
export const Job = Schema.Struct({
  label: Schema.String,
  key: Schema.String,
  stage: Schema.String,
  objective: Schema.NullOr(Schema.String),
  /** The variant of the experiment; absent as it stands. */
  variant: Schema.optionalKey(Schema.String),
  seed: Schema.Int,
  after: Schema.Array(Schema.String)
})
export type Job = typeof Job.Type

/** What modules of the user's own say of themselves, as far as results are told by it. */
export const Declared = Schema.Struct({
  /** The environment, `doors.Doors`; one of bica's own where modules add metrics to it. */
  name: Schema.String,
  doc: Schema.String,
  metrics: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      doc: Schema.String,
      formula: Schema.optionalKey(Schema.String),
      unit: Schema.Literals(metricUnits),
      better: Schema.Literals(betters),
      kind: Schema.Literals(["episode", "team", "derived"]),
      range: Schema.optionalKey(Schema.String),
      floor: Schema.optionalKey(Schema.String),
      ceiling: Schema.optionalKey(Schema.String)
    })
  ),
  oracles: Schema.Array(Schema.Struct({ name: Schema.String, doc: Schema.String }))
})
export type Declared = typeof Declared.Type

export const Identity = Schema.Struct({
  format: Schema.Literal("bica-identity/1"),
  pipeline: Schema.String,
  bica: Schema.String,
  /** Version of the arithmetic. */
  numerics: Schema.Int,
  environment: Environment,
  meaning: Meaning,
  statements: Statements,
  /** Absent where no module takes part. */
  declared: Schema.optionalKey(Schema.Array(Declared)),
  /** In the order in which they run. */
  jobs: Schema.Array(Job)
})
export type Identity = typeof Identity.Type

/** Reads the record's text. */
export const decodeIdentity = Schema.decodeUnknownResult(Schema.fromJsonString(Identity))

/** The bytes of the record: indented JSON and a newline. */
export const encodeIdentity = (identity: Identity): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(identity, null, 1)}\n`)

/** Data as JSON with the keys of every object in order: equal data give equal text. */
const ordered = (data: Schema.Json): string => {
  if (data === null || typeof data !== "object") return JSON.stringify(data)
  if (isList(data)) return `[${data.map(ordered).join(",")}]`
  const keys = Object.keys(data).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${ordered(data[key] ?? null)}`).join(",")}}`
}

const isList = (data: Schema.Json): data is ReadonlyArray<Schema.Json> => Array.isArray(data)

/** Sixteen hexadecimal digits of the sha256 of data. */
export const digestOf = (data: Schema.Json): string => sha256(ordered(data)).slice(0, 16)

/** What the parts of a list are called: agents by their name, modules by what they are and their name. */
const partName = (part: Schema.Json): string | undefined => {
  if (part === null || typeof part !== "object" || isList(part)) return undefined
  if (typeof part.name === "string") return `agent ${part.name}`
  const kind = ["protocol", "mapper", "instructor"].find((each) => typeof part[each] === "string")
  return kind === undefined ? undefined : `${kind} ${String(part[kind])}`
}

/**
 * The digests of a declaration's canonical data by aspect: one for each field, and one for each agent and module by its name.
 */
export const aspectsOf = (data: Schema.Json): Readonly<Record<string, string>> => {
  if (data === null || typeof data !== "object" || isList(data)) return { all: digestOf(data) }
  const found = Object.entries(data).flatMap(([field, value]): ReadonlyArray<readonly [string, string]> => {
    if (!isList(value) || (field !== "agents" && field !== "modules")) return [[field, digestOf(value)]]
    return value.map((part): readonly [string, string] => [partName(part) ?? field, digestOf(part)])
  })
  return Object.fromEntries(found)
}

/** One digest over a meaning: equal when no stage, objective, study or claim means anything else. */
export const meaningDigest = (meaning: Meaning): string => sha256(ordered(meaning))
