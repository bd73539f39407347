/**
 * What was run and what came out as an in-toto statement (https://in-toto.io/Statement/v1) with the test-result predicate
 * (https://in-toto.io/attestation/test-result/v0.1): files by their sha256, claims as tests.
 */
import { Result, Schema } from "effect"

export const statementType = "https://in-toto.io/Statement/v1"
export const predicateType = "https://in-toto.io/attestation/test-result/v0.1"

const Digest = Schema.Struct({ sha256: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)) })

/** A file that the statement speaks of; `name` is its path as seen from the folder of the statement. */
export const Subject = Schema.Struct({ name: Schema.String, digest: Digest })
export type Subject = typeof Subject.Type

/** A file that says what was run, with what decides its numbers. */
export const Configuration = Schema.Struct({
  name: Schema.String,
  digest: Digest,
  annotations: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json))
})
export type Configuration = typeof Configuration.Type

export const Statement = Schema.Struct({
  _type: Schema.Literal(statementType),
  subject: Schema.NonEmptyArray(Subject),
  predicateType: Schema.Literal(predicateType),
  predicate: Schema.Struct({
    result: Schema.Literals(["PASSED", "WARNED", "FAILED"]),
    configuration: Schema.Array(Configuration),
    passedTests: Schema.optionalKey(Schema.Array(Schema.String)),
    warnedTests: Schema.optionalKey(Schema.Array(Schema.String)),
    failedTests: Schema.optionalKey(Schema.Array(Schema.String))
  })
})
export type Statement = typeof Statement.Type

/** A claim of a pipeline and its verdict. */
export interface Judged {
  readonly pipeline: string
  readonly claim: string
  readonly verdict: string
}

/** The claims as a test-result predicate names them: `maptalk/near` passed, failed, or neither. */
export interface Tests {
  readonly result: Statement["predicate"]["result"]
  readonly passedTests: ReadonlyArray<string>
  readonly warnedTests: ReadonlyArray<string>
  readonly failedTests: ReadonlyArray<string>
}

/**
 * The result over claims. What the evidence leaves undecided has neither passed nor failed and is a warning; so is a statement
 * without any claim, for nothing was tested then.
 */
export const testsOf = (claims: ReadonlyArray<Judged>): Tests => {
  const named = (wanted: (verdict: string) => boolean) =>
    claims
      .filter(({ verdict }) => wanted(verdict))
      .map(({ claim, pipeline }) => `${pipeline}/${claim}`)
      .sort()
  const passedTests = named((verdict) => verdict === "holds")
  const failedTests = named((verdict) => verdict === "fails")
  const warnedTests = named((verdict) => verdict !== "holds" && verdict !== "fails")
  const result =
    failedTests.length > 0 ? "FAILED" : claims.length > passedTests.length || claims.length === 0 ? "WARNED" : "PASSED"
  return { result, passedTests, warnedTests, failedTests }
}

/** Puts a statement together: subjects in the order of their names, the first of each name. Without a subject there is none. */
export const make = (
  subjects: ReadonlyArray<Subject>,
  configuration: ReadonlyArray<Configuration>,
  tests: Tests
): Statement | undefined => {
  const [first, ...others] = [
    ...new Map([...subjects].reverse().map((subject) => [subject.name, subject])).values()
  ].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  if (first === undefined) return undefined
  const { failedTests, passedTests, result, warnedTests } = tests
  return {
    _type: statementType,
    subject: [first, ...others],
    predicateType,
    predicate: { result, configuration, passedTests, warnedTests, failedTests }
  }
}

/** The text of a statement: indented JSON and a newline. */
export const encode = (statement: Statement): string => `${JSON.stringify(statement, null, 1)}\n`

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))
const decodeStatement = Schema.decodeUnknownResult(Statement)

const isList = (value: Schema.Json | undefined): value is ReadonlyArray<Schema.Json> => Array.isArray(value)

/** Reads a statement, or says in one sentence why the text is none of this kind. Fields that are not known are passed over. */
export const decode = (text: string): Result.Result<Statement, string> => {
  const json = decodeJson(text)
  if (Result.isFailure(json)) return Result.fail("the statement is not a JSON object")
  const { _type, predicateType: kind, subject } = json.success
  if (_type !== statementType) return Result.fail(`its _type is ${JSON.stringify(_type)}, not ${statementType}`)
  if (kind !== predicateType) return Result.fail(`its predicateType is ${JSON.stringify(kind)}, not ${predicateType}`)
  if (!isList(subject) || subject.length === 0) return Result.fail("it names no subject")
  const statement = decodeStatement(json.success)
  if (Result.isFailure(statement)) {
    return Result.fail(
      `it is not what the predicate asks for: ${String(statement.failure).split("\n").join(" ").trim()}`
    )
  }
  return Result.succeed(statement.success)
}

const listed = (names: ReadonlyArray<string> | undefined): string =>
  names === undefined || names.length === 0 ? "none" : [...names].sort().join(", ")

/** In what a statement says something else of its tests than `tests` do, a sentence each. */
export const contradictions = ({ predicate }: Statement, tests: Tests): ReadonlyArray<string> => {
  const found: Array<string> = []
  if (predicate.result !== tests.result) found.push(`it says ${predicate.result}, and its files say ${tests.result}`)
  for (const [what, said, is] of [
    ["passed", predicate.passedTests, tests.passedTests],
    ["undecided", predicate.warnedTests, tests.warnedTests],
    ["failed", predicate.failedTests, tests.failedTests]
  ] as const) {
    if (listed(said) !== listed(is)) found.push(`${what}: it says ${listed(said)}, and its files say ${listed(is)}`)
  }
  return found
}
