/**
 * Latent Navigator: a person and an assistant look for images on the map of an encoder's latents. The encoder is fitted in a stage of its
 * own; sessions are played by written players, which learn while they play (NAVIGATOR.md section 4).
 */
import { Clock, Effect, Option, Schema } from "effect"
import type { Scope } from "effect"
import { Engine } from "../../engine/Engine.ts"
import type { Session } from "../../engine/Engine.ts"
import { encodeMeasures, measure } from "../../measure/Measure.ts"
import type { Measured } from "../../measure/Measure.ts"
import { normal } from "../../measure/Statistics.ts"
import type { Estimate } from "../../measure/Statistics.ts"
import { Progress } from "../../Progress.ts"
import { StageError, StageRun } from "../../Stage.ts"
import type { Failure } from "../../Stage.ts"
import { decode, encode } from "../../store/Safetensors.ts"
import type { StoredTensor } from "../../store/Store.ts"
import type { World } from "../Environment.ts"
import { EnvironmentError } from "../Environment.ts"
import { shiftsOf } from "../Shifts.ts"
import { makeEpisodes } from "../Episodes.ts"
import { catalogueCount, makeCatalogue } from "./Catalogue.ts"
import type { MappedCatalogue } from "./Catalogue.ts"
import { LatentNavigator as declaration } from "./Declaration.ts"
import { encoderDefaults, fitEncoder, openEncoder } from "./Encoder.ts"
import type { Encoder, EncoderSettings, FitProgress, Parameters as Weights, Snapshot } from "./Encoder.ts"
import { conditions, navigatorDefaults, sessionsOf } from "./Session.ts"
import type { Condition, NavigatorSettings, SessionRecord } from "./Session.ts"
import { measureSession } from "./SessionMeasures.ts"
import type { SessionMeasures } from "./SessionMeasures.ts"

export interface Parameters {
  /** Clicks of a session. */
  readonly clicks: number
  /** Images that can be clicked on. */
  readonly catalogue: number
  readonly suggestions: number
  readonly person: {
    readonly attentionRate: number
    /** Nats. */
    readonly budget: number
    readonly trustRate: number
    readonly noise: number
    readonly lapse: number
  }
  readonly mapper: { readonly weight: number; readonly every: number }
}

/** Parameters as they may be given: what is left out has the declaration's default, or that of what it inherits from. */
export interface Given extends Partial<Omit<Parameters, "person" | "mapper">> {
  readonly person?: Partial<Parameters["person"]>
  readonly mapper?: Partial<Parameters["mapper"]>
}

/** A navigator with its parameters fixed. */
export interface Navigator extends World {
  readonly parameters: Readonly<Record<string, unknown>> & Parameters
}

/** A navigator and its shifts by name. */
export interface LatentNavigator<Shifts extends Readonly<Record<string, Given>>> extends Navigator {
  readonly shifts: { readonly [Name in Extract<keyof Shifts, string>]: Navigator }
}

const { mapper: mapperDefaults, person: personDefaults } = navigatorDefaults

const defaults: Parameters = {
  clicks: navigatorDefaults.clicks,
  catalogue: catalogueCount,
  suggestions: navigatorDefaults.suggestions,
  person: {
    attentionRate: personDefaults.attention_rate,
    budget: personDefaults.budget,
    trustRate: personDefaults.trust_rate,
    noise: personDefaults.noise,
    lapse: personDefaults.lapse
  },
  mapper: { weight: mapperDefaults.weight, every: mapperDefaults.every }
}

const inherit = (base: Parameters, { catalogue, clicks, mapper, person, suggestions }: Given): Parameters => ({
  clicks: clicks ?? base.clicks,
  catalogue: catalogue ?? base.catalogue,
  suggestions: suggestions ?? base.suggestions,
  person: { ...base.person, ...person },
  mapper: { ...base.mapper, ...mapper }
})

const check = (name: string, { catalogue, clicks, suggestions }: Parameters): void => {
  const refuse = (reason: string): never => {
    throw new EnvironmentError({ environment: name, reason })
  }
  if (!Number.isInteger(clicks) || clicks < 10 || clicks > 1000)
    refuse(`a session has 10 to 1000 clicks, not ${clicks}`)
  if (!Number.isInteger(suggestions) || suggestions < 2 || suggestions > 8)
    refuse(`2 to 8 places are suggested, not ${suggestions}`)
  if (!Number.isInteger(catalogue) || catalogue < 256 || catalogue > 16_384)
    refuse(`a catalogue has 256 to 16384 images, not ${catalogue}`)
}

const makeOne = (name: string, parameters: Parameters): Navigator => {
  check(name, parameters)
  return { name, declaration, parameters: { ...parameters } }
}

/**
 * A navigator under the pipeline's `name`. What is left out has the declaration's default; a shift inherits everything that it does not
 * state and is named `name.shift`. Throws an `EnvironmentError` for parameters outside the declared ranges.
 */
export const make = <const Shifts extends Readonly<Record<string, Given>> = Record<never, Given>>(
  name: string,
  given: Given & { readonly shifts?: Shifts } = {}
): LatentNavigator<Shifts> => {
  const parameters = inherit(defaults, given)
  return {
    ...makeOne(name, parameters),
    shifts: shiftsOf(name, given.shifts, (title, changes: Given) => makeOne(title, inherit(parameters, changes)))
  }
}

// ---- fitting -----------------------------------------------------------------------------------

/** What `fit` is given. */
export interface FitOptions extends Pick<EncoderSettings, "pool" | "latents" | "beta" | "batch" | "rate" | "updates"> {
  readonly model: "encoder"
  readonly resolution: "halved" | "native"
  readonly checkpointEvery: number
}

const weightsName = "encoder.safetensors"
const recordName = "encoder.json"

/** `encoder.json`: what the encoder was fitted with, where its numbers are addressed, and what came of it. */
const EncoderRecord = Schema.Struct({
  /** Where the images are from: rendered here, by rule. */
  source: Schema.Literal("procedural"),
  address: Schema.String,
  settings: Schema.Struct({
    side: Schema.Literals([32, 64]),
    pool: Schema.Int,
    latents: Schema.Int,
    beta: Schema.Finite,
    updates: Schema.Int,
    batch: Schema.Int,
    rate: Schema.Finite,
    ramp: Schema.Int,
    heldOut: Schema.Int
  }),
  /** On held-out images; null where undefined. */
  measures: Schema.Record(Schema.String, Schema.NullOr(Schema.Finite))
})
const decodeRecord = Schema.decodeUnknownEffect(Schema.fromJsonString(EncoderRecord))

const orNull = (x: number): number | null => (Number.isFinite(x) ? x : null)

const summaryOf = ({ active, measures: { excess, images, kl, linearR2, mig } }: Encoder) =>
  Object.fromEntries(
    Object.entries({
      images,
      excess,
      kl,
      active: active.length,
      ...Object.fromEntries(Object.entries(linearR2).map(([factor, x]) => [`r2_${factor}`, x])),
      ...Object.fromEntries(Object.entries(mig).map(([factor, x]) => [`mig_${factor}`, x]))
    }).map(([name, x]) => [name, orNull(x)] as const)
  )

/** The state of a fit between updates, beside its tensors: the rows of the curve so far. */
const FitState = Schema.Struct({ curve: Schema.Array(Schema.String) })
const decodeState = Schema.decodeUnknownEffect(FitState)

const columns = ["update", "loss", "term.reconstruction", "term.kl", "weight.kl", "rate"] as const

const rowOf = (of: FitProgress): string =>
  [of.update - 1, of.excess + of.beta * of.kl, of.excess, of.kl, of.beta, of.rate].join(",")

/**
 * Fits the encoder, goes on from the newest checkpoint, and hands over its weights (`encoder.safetensors`), what came of it
 * (`encoder.json`) and the curve (`curve.csv`): one row per update, all in nats per image; `term.reconstruction` is the cross entropy less
 * the images' own entropy, `loss` that and `weight.kl`, which is beta, times `term.kl`.
 */
export const fit = Effect.fnUntraced(function* (
  options: FitOptions
): Effect.fn.Return<void, Failure, StageRun | Engine | Progress | Scope.Scope> {
  const { checkpointEvery, model: _, resolution, ...given } = options
  const run = yield* StageRun
  const engine = yield* Engine
  const progress = yield* Progress
  const session = yield* engine.open
  const settings: EncoderSettings = { ...encoderDefaults, ...given, side: resolution === "native" ? 64 : 32 }
  const last = Math.min(settings.updates, run.updates ?? settings.updates)
  const latest = Option.getOrUndefined(yield* run.folder.latest)
  const rows: Array<string> = []
  if (latest !== undefined) {
    const { curve } = yield* decodeState(latest.state).pipe(
      Effect.mapError(
        () => new StageError({ stage: run.label, reason: "the checkpoint was written by another version of bica" })
      )
    )
    rows.push(...curve)
  }
  const first = latest?.update ?? 0
  yield* progress.report({ _tag: "StageStarted", label: run.label, updates: last, from: first })
  const began = yield* Clock.currentTimeMillis
  let kept = first
  const keep = Effect.fnUntraced(function* ({ tensors, update }: Snapshot) {
    kept = update
    yield* run.folder.checkpoint({ update, tensors, state: { curve: [...rows] } })
  })
  const report = Effect.fnUntraced(function* (of: FitProgress) {
    rows.push(rowOf(of))
    const elapsed = Math.max(1, (yield* Clock.currentTimeMillis) - began) / 1000
    const done = of.update - first
    yield* progress.report({
      _tag: "Update",
      label: run.label,
      update: of.update,
      updates: last,
      steps: of.update * settings.batch,
      stepsPerSecond: (done * settings.batch) / elapsed,
      success: Number.NaN,
      duals: [],
      fit: { loss: of.excess + of.beta * of.kl },
      secondsLeft: (elapsed / done) * (last - of.update)
    })
    if (of.update % checkpointEvery === 0 && of.update < last) yield* keep(yield* of.snapshot)
  })
  const encoder = yield* fitEncoder({
    session,
    settings,
    random: run.random,
    stage: run.address,
    until: last,
    ...(latest === undefined ? {} : { from: { update: latest.update, tensors: floats(latest.tensors) } }),
    every: 1,
    report,
    // what has been fitted by then is kept
    stopped: (snapshot) =>
      Effect.gen(function* () {
        const taken = yield* snapshot
        if (taken.update > kept && taken.update < last) yield* keep(taken)
      }).pipe(Effect.catch((error) => Effect.logWarning(`no checkpoint could be written: ${error.message}`)))
  })
  const record: typeof EncoderRecord.Type = {
    source: "procedural",
    address: run.address,
    settings,
    measures: summaryOf(encoder)
  }
  yield* run.artifact(weightsName, yield* Effect.orDie(Effect.fromResult(encode(encoder.parameters))))
  yield* run.artifact(recordName, new TextEncoder().encode(`${JSON.stringify(record, undefined, 1)}\n`))
  yield* run.artifact("curve.csv", new TextEncoder().encode([columns.join(","), ...rows, ""].join("\n")))
})

/** The tensors of single precision among some. */
const floats = (tensors: Readonly<Record<string, StoredTensor>>): Weights =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, { data, shape }]) =>
      data instanceof Float32Array ? [[name, { shape, data }] as const] : []
    )
  )

// ---- playing -----------------------------------------------------------------------------------

const settingsOf = ({ clicks, mapper, person, suggestions }: Parameters): NavigatorSettings => ({
  ...navigatorDefaults,
  clicks,
  suggestions,
  person: {
    ...personDefaults,
    attention_rate: person.attentionRate,
    budget: person.budget,
    trust_rate: person.trustRate,
    noise: person.noise,
    lapse: person.lapse
  },
  mapper: { ...mapperDefaults, ...mapper }
})

/** The encoder that a stage before fitted, in an open session. */
const fitted = Effect.fnUntraced(function* (session: Session) {
  const run = yield* StageRun
  const refuse = (reason: string) => new StageError({ stage: run.label, reason })
  const found = Object.values(run.upstream).find((files) => files[recordName] !== undefined)
  const [weights, record] = [found?.[weightsName], found?.[recordName]]
  if (weights === undefined || record === undefined)
    return yield* refuse("it plays with an encoder, but no stage before it fits one")
  const { address, settings } = yield* decodeRecord(new TextDecoder().decode(record)).pipe(
    Effect.mapError(({ message }) => refuse(`${recordName} is not what this version writes: ${message}`))
  )
  const { tensors } = yield* Effect.fromResult(decode(weights)).pipe(
    Effect.mapError(({ message }) => refuse(`${weightsName} cannot be read: ${message}`))
  )
  return yield* openEncoder({ session, settings, parameters: floats(tensors), random: run.random, stage: address })
})

const isCondition = (name: string): name is Condition => conditions.some((one) => one === name)

const shares: ReadonlySet<string> = new Set(
  declaration.metrics.filter(({ unit }) => unit === "fraction").map(({ name }) => name)
)

/** The mean over sessions, of those in which a metric is defined, with the interval of a mean; that of a share stays within 0 and 1. */
const overSessions = (metric: keyof SessionMeasures, sessions: ReadonlyArray<SessionMeasures>): Estimate => {
  const found = normal(sessions.map((one) => one[metric]).filter((value) => Number.isFinite(value)))
  return shares.has(metric) ? { ...found, low: Math.max(0, found.low), high: Math.min(1, found.high) } : found
}

/** What is kept of a session for a reader: which images were clicked on, what they scored, and who proposed them. */
const sketch = ({ choices, clicked, scores, suggestions }: SessionRecord) => ({
  clicked: [...clicked],
  scores: [...scores].map((score) => Number(score.toPrecision(6))),
  choices: [...choices],
  suggestions: [...suggestions]
})

/**
 * Plays `episodes` sessions of each condition in `by` on each of `on`, and measures them. All meet the same person, tastes and noise, so that
 * they can be compared session by session. `sessions.json` has the map of each catalogue, how faithful it is (Spearman's correlation of the
 * distances in the latents and on the map, and trustworthiness), and every click of the first session of each player.
 */
export const play = Effect.fnUntraced(function* (options: {
  readonly episodes: number
  readonly on: ReadonlyArray<Navigator>
  readonly by: ReadonlyArray<string>
  readonly measure: ReadonlyArray<string>
}): Effect.fn.Return<void, Failure, StageRun | Engine | Progress | Scope.Scope> {
  const run = yield* StageRun
  const engine = yield* Engine
  const progress = yield* Progress
  yield* progress.report({ _tag: "StageStarted", label: run.label, updates: 0, from: 0 })
  const session = yield* engine.open
  const encoder = yield* fitted(session)
  if (encoder.active.length < 2)
    return yield* new StageError({
      stage: run.label,
      reason: `the encoder uses ${encoder.active.length} of its latents, and a map needs two: fit it longer, or with a smaller beta`
    })
  const catalogues = new Map<number, MappedCatalogue>()
  const measures: Array<Measured> = []
  const sketches: Array<unknown> = []
  for (const { name, parameters } of options.on) {
    const count = parameters.catalogue
    const mapped =
      catalogues.get(count) ?? (yield* makeCatalogue({ encoder, random: run.random, stage: "navigator", count }))
    catalogues.set(count, mapped)
    const { catalogue } = mapped
    for (const by of options.by) {
      if (!isCondition(by)) return yield* new StageError({ stage: run.label, reason: `nobody plays as ${by}` })
      const sessions: Array<SessionMeasures> = []
      const played = sessionsOf({
        catalogue,
        condition: by,
        sessions: options.episodes,
        settings: settingsOf(parameters),
        random: run.random,
        stream: "navigator"
      })
      for (const one of played) {
        sessions.push(measureSession(one, catalogue))
        if (one.session === 0) sketches.push({ on: name, by, ...sketch(one) })
        // a session takes a while: who stops the stage is heard between two
        yield* Effect.yieldNow
      }
      const found = new Map<string, Estimate>()
      for (const metric of metricNames(sessions)) found.set(metric, overSessions(metric, sessions))
      measures.push(
        ...(yield* measure(
          run.label,
          options.measure,
          makeEpisodes(0),
          { by, oracle: true, on: name, choose: "greedy" },
          found
        ))
      )
    }
  }
  yield* run.artifact("measures.json", encodeMeasures(measures))
  const maps = [...catalogues].map(([count, { catalogue, measures }]) => ({
    count,
    distances: orNull(measures.distances),
    trustworthiness: orNull(measures.trustworthiness),
    places: [...catalogue.map].map((x) => Number(x.toPrecision(6)))
  }))
  const sessions = { maps, sessions: sketches }
  yield* run.artifact("sessions.json", new TextEncoder().encode(`${JSON.stringify(sessions)}\n`))
})

const metricNames = (sessions: ReadonlyArray<SessionMeasures>): ReadonlyArray<keyof SessionMeasures> =>
  // the keys of a record of measures are its metrics, which `Object.keys` cannot express
  Object.keys(sessions[0] ?? {}) as ReadonlyArray<keyof SessionMeasures>
