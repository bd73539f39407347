import { Effect, Option, Result, Schema } from "effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as FileStore from "../../runtime/store/FileStore.ts"
import { decodeLockfile } from "../../runtime/store/Lockfile.ts"
import type { LockedPipeline } from "../../runtime/store/Lockfile.ts"
import { sha256, toText } from "../../runtime/store/Record.ts"
import { Store } from "../../runtime/store/Store.ts"
import { changes } from "../../runtime/verify/Changes.ts"
import * as Evidence from "../../runtime/verify/Evidence.ts"
import { identityName } from "../../runtime/verify/Identity.ts"
import * as Signature from "../../runtime/verify/Signature.ts"
import * as Statement from "../../runtime/verify/Statement.ts"
import { stopOf } from "../Failures.ts"
import { meaningOf, statementsOf } from "../Identity.ts"
import { checked } from "../Language.ts"
import { readLock } from "../Lockfiles.ts"
import { mustBeRun, readRequest, requestName, sourceName } from "../Runs.ts"
import { readIfThere, replace } from "../SourceFile.ts"
import { Stop, experimentFailed, wrongFile, wrongMachine } from "../Stop.ts"
import { Claims, Measures } from "../Table.ts"

/** A file that is to be attested: its path from the working directory. */
type FileOf = (path: string) => Effect.Effect<Statement.Subject, Stop>

/** The bytes of a file, or undefined when there is none. Exit code 3 when the disk refuses. */
const bytesOf = (path: string): Effect.Effect<Uint8Array | undefined, Stop> =>
  Effect.try({
    try: () => (Fs.existsSync(path) && Fs.statSync(path).isFile() ? Fs.readFileSync(path) : undefined),
    catch: (cause) => wrongMachine(`${path}: could not be read: ${cause instanceof Error ? cause.message : cause}`)
  })

/** Names files as they are seen from the folder in which the statement will lie. */
const filesFrom = (folder: string): FileOf =>
  Effect.fnUntraced(function* (path: string) {
    const bytes = yield* bytesOf(path)
    if (bytes === undefined) return yield* wrongFile(`${path}: there is no such file`)
    const name = Path.relative(folder, path).split(Path.sep).join("/")
    return { name, digest: { sha256: sha256(bytes) } }
  })

/** What is attested, before it is written down. */
interface Account {
  readonly subjects: ReadonlyArray<Statement.Subject>
  readonly configuration: ReadonlyArray<Statement.Configuration>
  readonly tests: Statement.Tests
}

const judged = (pipeline: string, claims: LockedPipeline["claims"]): ReadonlyArray<Statement.Judged> =>
  Object.entries(claims).map(([claim, { verdict }]) => ({ pipeline, claim, verdict }))

/** What decides the numbers of a pipeline besides its file. */
const annotations = (
  pipeline: string,
  locked: Pick<LockedPipeline, "study" | "seed" | "bica" | "numerics" | "environment">
): Statement.Configuration["annotations"] => ({
  pipeline,
  study: locked.study,
  seed: locked.seed,
  bica: locked.bica,
  numerics: locked.numerics,
  environment: { ...locked.environment }
})

/** The compiled file of a pipeline, if it is where `bica build` puts it: below the lock's folder or the one above. */
const compiledBeside = (folder: string, pipeline: string): ReadonlyArray<string> =>
  [Path.join(folder, "generated"), Path.join(folder, "..", "generated")]
    .map((generated) => Path.join(generated, `${pipeline}.ts`))
    .filter((path) => Fs.existsSync(path))
    .slice(0, 1)

const ofLock = Effect.fnUntraced(function* (path: string, file: FileOf): Effect.fn.Return<Account, Stop> {
  const lockfile = yield* readLock(path)
  if (lockfile === undefined) {
    return yield* wrongFile(`${path}: there is no lock and no run`, "Give a bica.lock, or the folder of a run.")
  }
  const folder = Path.dirname(path)
  const subjects = [yield* file(path)]
  const configuration: Array<Statement.Configuration> = []
  const claims: Array<Statement.Judged> = []
  for (const [pipeline, locked] of Object.entries(lockfile.pipelines)) {
    const source = Path.join(folder, locked.file)
    const { program } = yield* checked(source)
    const after = { meaning: meaningOf(program), statements: statementsOf(program) }
    const changed = changes({ before: locked, after })
    if (changed.length > 0) {
      return yield* experimentFailed(
        `${source}: has changed since it was locked`,
        ...changed.map((each) => `  ${each}`),
        "Run it again and lock that run: a statement would say of this file what another one gave."
      )
    }
    const input = yield* file(source)
    subjects.push(input)
    for (const { path } of program.code) subjects.push(yield* file(Path.join(folder, path)))
    for (const compiled of compiledBeside(folder, pipeline)) subjects.push(yield* file(compiled))
    configuration.push({ ...input, annotations: annotations(pipeline, locked) ?? {} })
    claims.push(...judged(pipeline, locked.claims))
  }
  return { subjects, configuration, tests: Statement.testsOf(claims) }
})

/** Files beside the artifacts that say what was run and what was made of it: records, source, and the report if there is one. */
const accounts = (run: string): ReadonlyArray<string> => {
  const report = Path.join(run, "report")
  const pages = Fs.existsSync(report) ? Fs.readdirSync(report, { withFileTypes: true }) : []
  return [
    ...[sourceName, requestName, identityName].filter((name) => Fs.existsSync(Path.join(run, name))),
    ...pages.filter((entry) => entry.isFile()).map(({ name }) => Path.join("report", name))
  ]
}

const ofRun = Effect.fnUntraced(
  function* (run: string, file: FileOf) {
    yield* mustBeRun(run)
    const { request } = yield* readRequest(run)
    const evidence = yield* Evidence.read(run)
    const store = yield* Store
    const { artifacts } = yield* store.digest(run)
    const beside = yield* Effect.sync(() => accounts(run))
    const listed = new Set(artifacts.map(({ name }) => name))
    const paths = [
      ...artifacts.map(({ name }) => name.replace(/^(stages\/.*)\/([^/]+)$/, "$1/artifacts/$2")),
      ...beside.filter((name) => !listed.has(name))
    ]
    const subjects = yield* Effect.forEach(paths, (name) => file(Path.join(run, name)))
    const { bica, environment, numerics, pipeline } = evidence.identity
    const input = yield* file(Path.join(run, sourceName))
    const { seed, study } = request
    const said = annotations(pipeline, { bica, environment, numerics, seed, study }) ?? {}
    const account: Account = {
      subjects,
      configuration: [{ ...input, annotations: said }],
      tests: Statement.testsOf(judged(pipeline, evidence.claims))
    }
    return account
  },
  (effect): Effect.Effect<Account, Stop> =>
    effect.pipe(
      Effect.provide(FileStore.layer),
      Effect.mapError((error) => (error instanceof Stop ? error : stopOf(error)))
    )
)

const keyText = Effect.fnUntraced(function* (path: string): Effect.fn.Return<string, Stop> {
  return (yield* readIfThere(path)) ?? (yield* wrongFile(`${path}: there is no such key`))
})

const understood = <A>(path: string, result: Result.Result<A, string>): Effect.Effect<A, Stop> =>
  Result.isSuccess(result) ? Effect.succeed(result.success) : Effect.fail(wrongFile(`${path}: ${result.failure}`))

interface Request {
  /** A bica.lock or the folder of a run; with `check` the file to be checked. */
  readonly subject: string
  readonly check: boolean
  readonly key: string | undefined
  readonly out: string | undefined
  readonly include: ReadonlyArray<string>
}

const write = Effect.fnUntraced(function* (request: Request): Effect.fn.Return<void, Stop> {
  const { include, key, subject } = request
  const signer = key === undefined ? undefined : yield* understood(key, Signature.readPrivateKey(yield* keyText(key)))
  const isRun = Fs.existsSync(subject) && Fs.statSync(subject).isDirectory()
  const stem = isRun ? Path.join(subject, "attestation") : subject
  const out = request.out ?? `${stem}.${signer === undefined ? "intoto" : "sigstore"}.json`
  const file = filesFrom(Path.dirname(out))
  const { configuration, subjects, tests } = yield* isRun ? ofRun(subject, file) : ofLock(subject, file)
  const more = yield* Effect.forEach(include, file)
  const statement = Statement.make([...subjects, ...more], configuration, tests)
  if (statement === undefined) return yield* wrongFile(`${subject}: there is nothing to say of it`)
  const text = Statement.encode(statement)
  yield* replace(out, signer === undefined ? text : Signature.sign(new TextEncoder().encode(text), signer))
  process.stdout.write(`${out}\n`)
})

// ---- checking --------------------------------------------------------------------------------------------------

const decodeClaims = Schema.decodeUnknownOption(Schema.fromJsonString(Claims))
const decodeMeasures = Schema.decodeUnknownOption(Schema.fromJsonString(Measures))

/** The claims that the files of a statement hold, by the names of those files; undefined when none of them holds any. */
const claimsWithin = (files: ReadonlyMap<string, Uint8Array>): ReadonlyArray<Statement.Judged> | undefined => {
  const named = (wanted: string) =>
    [...files].flatMap(([name, bytes]) => (Path.posix.basename(name) === wanted ? [toText(bytes)] : []))
  const locks = [...files].flatMap(([name, bytes]) => {
    const lockfile = name.endsWith(".lock") ? decodeLockfile(toText(bytes)) : undefined
    return lockfile !== undefined && Result.isSuccess(lockfile) ? [lockfile.success] : []
  })
  if (locks.length > 0) {
    return locks.flatMap(({ pipelines }) =>
      Object.entries(pipelines).flatMap(([pipeline, { claims }]) => judged(pipeline, claims))
    )
  }
  const claims = named("claims.json").map((text) => decodeClaims(text))[0]
  const measures = named("measures.json").map((text) => decodeMeasures(text))[0]
  if (claims === undefined || measures === undefined || Option.isNone(claims) || Option.isNone(measures))
    return undefined
  const { pipeline } = measures.value
  return claims.value.claims.map(({ claim, verdict }) => ({ pipeline, claim, verdict }))
}

const check = Effect.fnUntraced(function* ({ key, subject: path }: Request): Effect.fn.Return<void, Stop> {
  const text = yield* readIfThere(path)
  if (text === undefined) return yield* wrongFile(`${path}: there is no such file`)
  const opened = yield* understood(path, Signature.open(text))
  const wrong: Array<string> = []
  const said: Array<string> = []

  if (opened._tag === "Statement") {
    if (key !== undefined) wrong.push("it carries no signature")
    else said.push("signature: none")
  } else if (key === undefined) {
    said.push("signature: not checked, for no key was given (--key)")
  } else {
    const publicKey = yield* understood(key, Signature.readPublicKey(yield* keyText(key)))
    const fault = Signature.fault(opened.envelope, publicKey)
    if (fault === undefined) said.push(`signature: of ${key}`)
    else wrong.push(fault)
  }
  if (opened._tag === "Envelope" && opened.envelope.payloadType !== Signature.payloadType) {
    wrong.push(`it holds ${opened.envelope.payloadType}, not ${Signature.payloadType}`)
  }

  const decoded = Statement.decode(opened._tag === "Statement" ? text : toText(opened.envelope.payload))
  if (Result.isFailure(decoded)) wrong.push(decoded.failure)
  else {
    const statement = decoded.success
    const files = new Map<string, Uint8Array>()
    const { configuration } = statement.predicate
    const stated = [...statement.subject, ...configuration].map(({ digest, name }) => [name, digest.sha256] as const)
    for (const [name, digest] of new Map(stated.map((each) => [each.join("\0"), each])).values()) {
      const bytes = yield* bytesOf(Path.resolve(Path.dirname(path), name))
      if (bytes === undefined) wrong.push(`${name}: the file is not there`)
      else if (sha256(bytes) !== digest)
        wrong.push(
          `${name}: the file is another one (sha256 ${sha256(bytes).slice(0, 12)}, stated is ${digest.slice(0, 12)})`
        )
      else files.set(name, bytes)
    }
    const claims = claimsWithin(files)
    if (claims !== undefined) wrong.push(...Statement.contradictions(statement, Statement.testsOf(claims)))
    const { failedTests = [], passedTests = [], result, warnedTests = [] } = statement.predicate
    said.push(
      `files: ${files.size} are as stated`,
      `result: ${result} (claims: ${passedTests.length} hold, ${failedTests.length} fail, ${warnedTests.length} undecided)`
    )
  }
  if (wrong.length > 0) return yield* experimentFailed(...wrong.map((each) => `${path}: ${each}`))
  process.stdout.write(`${[`${path}: in order`, ...said.map((each) => `  ${each}`)].join("\n")}\n`)
})

/**
 * Writes an in-toto statement over a lock or a run, signed when there is a key; or checks one: its signature, its form, and every file
 * that it names. A statement that does not hold is exit code 1, a file that is none exit code 2.
 */
export const attest = (request: Request): Effect.Effect<void, Stop> => (request.check ? check(request) : write(request))
