import { Effect, Layer, Logger, Option } from "effect"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { Engine } from "../../runtime/engine/Engine.ts"
import * as Pipeline from "../../runtime/Pipeline.ts"
import { Progress } from "../../runtime/Progress.ts"
import { makeRandom } from "../../runtime/random/Random.ts"
import * as FileStore from "../../runtime/store/FileStore.ts"
import { lockfileName } from "../../runtime/store/Lockfile.ts"
import type { LockedPipeline } from "../../runtime/store/Lockfile.ts"
import { Store } from "../../runtime/store/Store.ts"
import { changes } from "../../runtime/verify/Changes.ts"
import { compare } from "../../runtime/verify/Comparison.ts"
import type { Comparison, ValueComparison, Verdict } from "../../runtime/verify/Comparison.ts"
import * as Evidence from "../../runtime/verify/Evidence.ts"
import { encodeIdentity, identityName, meaningDigest } from "../../runtime/verify/Identity.ts"
import type { Environment, Identity } from "../../runtime/verify/Identity.ts"
import { curveParting, tensorParting } from "../../runtime/verify/Parting.ts"
import type { Parting } from "../../runtime/verify/Parting.ts"
import { live } from "../Display.ts"
import { engineLayer } from "../Engines.ts"
import { stopOf } from "../Failures.ts"
import { identityOf, meaningOf, statementsOf } from "../Identity.ts"
import type { Checked } from "../Language.ts"
import { checked } from "../Language.ts"
import { load } from "../Loading.ts"
import { readLock } from "../Lockfiles.ts"
import { mustBeRun } from "../Runs.ts"
import { isColoured } from "../Screen.ts"
import { Stop, experimentFailed, wrongFile, wrongMachine } from "../Stop.ts"
import { systemReason } from "../Text.ts"

/** How much of a pipeline is run again, and on what. */
export interface Extent {
  readonly sample: number | undefined
  readonly updates: number | undefined
  readonly against: string | undefined
  readonly engine: string | undefined
}

interface Request extends Extent {
  readonly file: string | undefined
  readonly lock: string | undefined
  readonly json: boolean
}

/** What is said of one pipeline. */
export interface Answer {
  readonly file: string
  readonly verdict: Verdict
  /** What changed in the file, in its words; nothing was run then. */
  readonly changes: ReadonlyArray<string>
  readonly locked: LockedPipeline
  readonly updates: number | undefined
  readonly here: Environment | undefined
  readonly comparison: Comparison | undefined
  readonly notes: ReadonlyArray<string>
}

/** The labels of the stages to run again: all, or `count` of those that may be, drawn by the digest of the file's meaning. */
const chosen = (locked: LockedPipeline, request: Extent, bitwise: boolean): ReadonlyArray<string> | undefined => {
  if (request.sample === undefined && request.updates === undefined) return undefined
  const may = locked.stages.filter(({ artifacts, curve }) =>
    // the beginning of a training says nothing of what comes after it; tolerances are of measured values
    request.updates !== undefined ? curve !== undefined : bitwise || artifacts["measures.json"] !== undefined
  )
  if (request.sample === undefined) return may.map(({ label }) => label)
  const random = makeRandom(Number.parseInt(meaningDigest(locked.meaning).slice(0, 8), 16))
  const order = random.permutation({ stage: "verify", purpose: "sample", step: 0 }, may.length)
  return [...order.subarray(0, request.sample)].flatMap((n) => may[n]?.label ?? [])
}

/** A folder that is gone when the scope closes. */
const temporaryFolder = Effect.acquireRelease(
  Effect.try({
    try: () => Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-verify-")),
    catch: (cause) =>
      wrongMachine(
        `${Os.tmpdir()}: no temporary folder could be made there: ${systemReason(cause)}`,
        "Free some space, or name another folder with TMPDIR."
      )
  }),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
)

/** What happens is shown to people only, on standard error; the answer alone is the output. */
const progress = Effect.map(
  process.stderr.isTTY
    ? live(process.stderr, { coloured: isColoured(process.stderr, process.env), every: 100 })
    : Effect.succeed(Progress.silent),
  ({ report }) => Progress.of({ report })
)

/** What the run that the lock was made from says of the place, for the lock holds checks and digests only. */
const detailed = Effect.fnUntraced(function* (
  parting: Parting,
  locked: Evidence.Traces,
  found: Evidence.Evidence,
  against: Evidence.Evidence
) {
  const store = yield* Store
  const of = (traces: Evidence.Traces) => traces.stages.find(({ label }) => label === parting.stage)
  const [expected, here, there] = [of(locked), of(found), of(against)]
  if (expected?.artifacts[parting.file] !== there?.artifacts[parting.file]) {
    return { parting, notes: [`${against.run} is not the run that is locked: its ${parting.file} is another one`] }
  }
  if (parting.file === "curve.csv" && here?.curve !== undefined && there?.curve !== undefined) {
    const rows = curveParting(there.curve, here.curve, { updates: here.curve.updates.length })
    const notes = rows === undefined ? [`${against.run} has the same curve as here: the lock was changed by hand`] : []
    return { parting: { ...parting, ...rows }, notes }
  }
  if (!parting.file.endsWith(".safetensors")) return { parting, notes: [] }
  const name = Evidence.artifactName(parting.stage, parting.file)
  const a = yield* store.read(against.run, name)
  const b = yield* store.read(found.run, name)
  const tensor = Option.isSome(a) && Option.isSome(b) ? tensorParting(a.value, b.value) : undefined
  return { parting: { ...parting, ...tensor }, notes: [] }
})

/** Runs what is asked for in a clean folder and compares it with the lock. */
const replay = Effect.fnUntraced(
  function* (file: Checked, locked: LockedPipeline, request: Extent) {
    const pipeline = yield* load(file)
    const engine = yield* Engine
    const bitwise =
      engine.identity.numericClass === locked.environment.numericClass &&
      Pipeline.numericVersion === locked.numerics &&
      locked.stages.every(({ deterministic }) => deterministic !== false)
    const only = chosen(locked, request, bitwise)
    const selection: Pipeline.Selection = {
      ...(locked.study === null ? {} : { study: locked.study }),
      ...(locked.seed === null ? {} : { seed: locked.seed }),
      ...(only === undefined ? {} : { only }),
      ...(request.updates === undefined ? {} : { updates: request.updates })
    }
    const jobs = yield* Pipeline.plan(pipeline, selection, engine.identity.numericClass)
    const identity: Identity = yield* identityOf(file.program, jobs)
    const { updates } = request
    const answer = { file: file.source.name, changes: [], locked, updates, here: identity.environment }
    const missing = identity.jobs.find(
      ({ key, label }) =>
        !locked.stages.some(
          (stage) => stage.label === label && (!bitwise || request.updates !== undefined || stage.key === key)
        )
    )
    if (missing !== undefined || (only === undefined && jobs.length !== locked.stages.length)) {
      const stage = missing?.label ?? "stages"
      const notes = [
        `the lock has other stages than the file, or keys of other work (${stage}); \`bica lock\` writes it anew`
      ]
      return { ...answer, verdict: "different", comparison: undefined, notes } satisfies Answer
    }
    const runs = yield* temporaryFolder
    const { folder } = yield* Pipeline.execute(pipeline, {
      ...selection,
      runs,
      record: { [identityName]: encodeIdentity(identity) }
    }).pipe(Effect.provideServiceEffect(Progress, progress))
    const found = yield* Evidence.read(folder)
    const expected = Evidence.traces(locked)
    const comparison = compare(expected, found, { bitwise, whole: only === undefined, updates })
    if (request.against === undefined || comparison.parting === undefined) {
      const notes =
        comparison.parting?.file === "curve.csv"
          ? ["The lock holds checks of a curve, not its numbers: --against RUN, the run that was locked, names them."]
          : []
      return { ...answer, verdict: comparison.verdict, comparison, notes } satisfies Answer
    }
    const against = yield* Evidence.read(request.against)
    const { notes, parting } = yield* detailed(comparison.parting, expected, found, against)
    return { ...answer, verdict: comparison.verdict, comparison: { ...comparison, parting }, notes } satisfies Answer
  },
  (effect, _, locked, request): Effect.Effect<Answer, Stop> =>
    effect.pipe(
      Effect.scoped,
      // the folder is new, so that what the store has to say of it says nothing
      Effect.provide(Layer.mergeAll(FileStore.layer, Logger.layer([]))),
      Effect.mapError((error) => (error instanceof Stop ? error : stopOf(error))),
      Effect.provide(engineLayer(request.engine ?? locked.environment.engine))
    )
)

/** Runs a locked pipeline again, whole or as much of it as is asked for, unless its file means something else by now. */
export const verifyOne = Effect.fnUntraced(function* (
  name: string,
  locked: LockedPipeline,
  request: Extent
): Effect.fn.Return<Answer, Stop> {
  const file = yield* checked(name)
  const after = { meaning: meaningOf(file.program), statements: statementsOf(file.program) }
  const changed = changes({ before: locked, after })
  return changed.length === 0
    ? yield* replay(file, locked, request)
    : {
        file: name,
        verdict: "different",
        changes: changed,
        locked,
        updates: request.updates,
        here: undefined,
        comparison: undefined,
        notes: []
      }
})

// ---- words -----------------------------------------------------------------------------------------------------

/** Where two runs part: the stage, the update, the quantity. */
export const placeOf = ({ file, quantity, stage, update }: Parting): string =>
  [stage, update === undefined ? undefined : `update ${update}`, quantity ?? file]
    .filter((part) => part !== undefined)
    .join(", ")

const valuesOf = ({ after, before, file, quantity }: Parting): string => {
  if (quantity === undefined) {
    const short = (digest: string | undefined) => (digest === undefined ? "not there" : `sha256 ${digest.slice(0, 12)}`)
    return `${short(before)} in the lock, ${short(after)} here`
  }
  const here = after === undefined ? "not there" : after === "" ? "nothing" : after
  if (before !== undefined) return `${before === "" ? "nothing" : before} in the lock, ${here} here`
  return file === "curve.csv" ? `${here} here` : `not in the lock, ${here} here`
}

const shown = (value: number | null | undefined): string =>
  value === undefined ? "not measured" : value === null ? "undefined" : String(Number(value.toPrecision(6)))

const compared = ({ after, before, difference, name, stage, tolerance, within }: ValueComparison): string =>
  `${stage}: ${name}: ${shown(before)} in the lock, ${shown(after)} here` +
  (difference === undefined ? "" : ` (${within ? "within" : "beyond"} the tolerance of ${shown(tolerance)})`)

const environmentLines = (locked: LockedPipeline, here: Environment): ReadonlyArray<string> =>
  locked.environment.numericClass === here.numericClass
    ? [
        `on ${here.numericClass}`,
        ...(locked.stages.some(({ deterministic }) => deterministic === false)
          ? ["the lock says that this engine is not known to give the same bits every time: tolerances are asked for"]
          : [])
      ]
    : [`locked on ${locked.environment.numericClass}`, `here on   ${here.numericClass}`]

/** Differences of the machines that may be behind a difference of results. */
const suspects = (locked: LockedPipeline, here: Environment): ReadonlyArray<string> =>
  (["node", "platform", "instructions", "version", "threads"] as const).flatMap((field) =>
    locked.environment[field] === here[field]
      ? []
      : [`${field}: ${locked.environment[field]} in the lock, ${here[field]} here`]
  )

/** An answer in words: the verdict, and below it what it rests on. */
export const lines = ({
  changes,
  comparison,
  file,
  here,
  locked,
  notes,
  updates,
  verdict
}: Answer): ReadonlyArray<string> => {
  const head = `${file}: ${verdict === "equivalent" ? "equivalent within tolerance" : verdict}`
  if (changes.length > 0)
    return [`${head}: the file means something else than when it was locked`, ...changes.map((each) => `  ${each}`)]
  const body: Array<string> = []
  if (here !== undefined) body.push(...environmentLines(locked, here))
  if (comparison !== undefined) {
    const { claims, parting, stages, together, values } = comparison
    const scope = stages === locked.stages.length ? `${stages} stages` : `${stages} of ${locked.stages.length} stages`
    const part = updates === undefined ? scope : `${scope}, the first ${updates} update${updates === 1 ? "" : "s"}`
    if (verdict === "identical") body.push(`${part}: the same bits`)
    if (verdict === "equivalent" && updates !== undefined) body.push(`${part}: the same episodes, steps and rewards`)
    if (parting !== undefined) body.push(`first apart: ${placeOf(parting)}: ${valuesOf(parting)}`)
    if (together.length > 0) {
      const least = together.reduce((a, b) => (b.updates < a.updates ? b : a))
      body.push(`trainings play the same episodes for the first ${least.updates} of ${least.of} updates or longer`)
    }
    if (values.length > 0) {
      const equal = values.filter(({ difference, within }) => within && (difference ?? 0) === 0)
      const near = values.filter(({ difference, within }) => within && (difference ?? 0) !== 0)
      const far = values.filter(({ within }) => !within)
      body.push(
        `${scope}, ${values.length} measured values: ${equal.length} equal, ${near.length} within tolerance, ${far.length} beyond`,
        ...[...far, ...near].map((each) => `  ${compared(each)}`)
      )
    }
    for (const { after, before, claim } of claims) {
      body.push(`claim ${claim}: ${before ?? "not there"} in the lock, ${after ?? "not there"} here`)
    }
    if (verdict === "different" && here !== undefined) body.push(...suspects(locked, here))
  }
  return [head, ...[...body, ...notes].map((each) => `  ${each}`)]
}

const toJson = ({ changes, comparison, file, here, locked, notes, verdict }: Answer): unknown => ({
  file,
  verdict,
  changes,
  locked: locked.environment,
  here: here ?? null,
  stages: { compared: comparison?.stages ?? 0, of: locked.stages.length },
  parting: comparison?.parting ?? null,
  values: comparison?.values ?? [],
  together: comparison?.together ?? [],
  claims: comparison?.claims ?? [],
  notes
})

/**
 * Runs locked pipelines again in a clean folder and says of each whether it gives the same: one file, or without one every
 * pipeline of the lock. Exit code 1 when one of them is different.
 */
export const verify = Effect.fnUntraced(function* (request: Request): Effect.fn.Return<void, Stop> {
  const path = request.lock ?? Path.join(Path.dirname(request.file ?? lockfileName), lockfileName)
  const lockfile = yield* readLock(path)
  if (lockfile === undefined) {
    return yield* wrongFile(`${path}: there is no lock`, "`bica lock RUN` writes it from a run.")
  }
  if (request.against !== undefined) yield* mustBeRun(request.against)
  const { file } = request
  const wanted = Object.values(lockfile.pipelines).filter(
    (locked) => file === undefined || locked.file === Path.basename(file)
  )
  if (wanted.length === 0) {
    return yield* wrongFile(
      file === undefined ? `${path}: holds no pipeline` : `${path}: does not hold ${Path.basename(file)}`,
      "`bica lock RUN` adds a pipeline from a run of it."
    )
  }
  let apart = 0
  for (const locked of wanted) {
    const answer = yield* verifyOne(file ?? Path.join(Path.dirname(path), locked.file), locked, request)
    if (answer.verdict === "different") apart++
    process.stdout.write(request.json ? `${JSON.stringify(toJson(answer))}\n` : `${lines(answer).join("\n")}\n`)
  }
  if (apart > 0) return yield* experimentFailed()
})
