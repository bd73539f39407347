import { Effect, Result } from "effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { format as layOut } from "../../dsl/index.ts"
import { lockfileName } from "../../runtime/store/Lockfile.ts"
import type { LockedPipeline } from "../../runtime/store/Lockfile.ts"
import type { Finding } from "../Findings.ts"
import { failedClaims, inOrder, markdown } from "../Findings.ts"
import { analysis, show } from "../Language.ts"
import { readLock } from "../Lockfiles.ts"
import { read, replace } from "../SourceFile.ts"
import { Stop, wrongFile } from "../Stop.ts"
import { lines, verifyOne } from "./Verify.ts"

interface Request {
  readonly files: ReadonlyArray<string>
  readonly lock: string | undefined
  readonly before: string | undefined
  readonly summary: string | undefined
  readonly whole: number
  readonly sample: number
  readonly updates: number
  readonly engine: string | undefined
}

/** Where the lock is looked for without a file and without `--lock`. */
const usualPlaces = [lockfileName, Path.join("pipelines", lockfileName)]

const lockPath = ({ files, lock }: Request): string =>
  lock ??
  (files[0] === undefined
    ? (usualPlaces.find((path) => Fs.existsSync(path)) ?? lockfileName)
    : Path.join(Path.dirname(files[0]), lockfileName))

/** The updates of all trainings of a pipeline: what it costs to run it again. */
const updatesOf = ({ stages }: LockedPipeline): number =>
  stages.reduce((total, { curve }) => total + (curve?.updates.length ?? 0), 0)

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

const examine = Effect.fnUntraced(function* (
  file: string,
  locked: LockedPipeline | undefined,
  before: LockedPipeline | undefined,
  request: Request
): Effect.fn.Return<{ readonly finding: Finding; readonly exitCode: number }, Stop> {
  const nothing: Finding = {
    file,
    errors: 1,
    formatted: true,
    verdict: undefined,
    extent: "",
    words: [],
    locked,
    before
  }
  const source = yield* Effect.result(read(file))
  if (Result.isFailure(source)) {
    return { finding: { ...nothing, words: source.failure.lines }, exitCode: source.failure.exitCode }
  }
  const { diagnostics } = yield* analysis(source.success)
  yield* show(diagnostics, source.success)
  const errors = diagnostics.filter(({ severity }) => severity === "error")
  const formatted = source.success.fault !== undefined || layOut(source.success.text) === source.success.text
  if (errors.length > 0) {
    const words = errors.map(({ code, title }) => `${code}: ${title}`)
    return { finding: { ...nothing, errors: errors.length, formatted, words }, exitCode: 2 }
  }
  if (locked === undefined) {
    const words = [`${file} is not in the lock; \`bica lock RUN\` adds it from a run`]
    return { finding: { ...nothing, errors: 0, formatted, words }, exitCode: 1 }
  }
  const isWhole = updatesOf(locked) <= request.whole
  const answer = yield* Effect.result(
    verifyOne(file, locked, {
      sample: isWhole ? undefined : request.sample,
      updates: isWhole ? undefined : request.updates,
      against: undefined,
      engine: request.engine
    })
  )
  if (Result.isFailure(answer)) {
    const { exitCode, lines: words } = answer.failure
    return { finding: { ...nothing, errors: 0, formatted, words }, exitCode }
  }
  const compared = answer.success.comparison?.stages ?? 0
  const all = locked.stages.length
  const part = compared === all ? plural(all, "stage") : `${compared} of ${plural(all, "stage")}`
  const finding: Finding = {
    ...nothing,
    errors: 0,
    formatted,
    verdict: answer.success.verdict,
    extent:
      answer.success.comparison === undefined
        ? "not run"
        : isWhole
          ? part
          : `${part}, the first ${plural(request.updates, "update")}`,
    words: lines(answer.success)
  }
  return { finding, exitCode: inOrder(finding) ? 0 : 1 }
})

/** One line for each thing that was looked at. */
const said = (finding: Finding): ReadonlyArray<string> => {
  const { errors, extent, file, formatted, locked, verdict, words } = finding
  const failed = failedClaims(locked)
  const head = inOrder(finding) ? "ok" : "--"
  return [
    `${head}  ${file}: ${verdict ?? "not run again"}${extent === "" ? "" : ` (${extent})`}`,
    ...(errors > 0 ? [`      check: ${plural(errors, "error")}`] : []),
    ...(formatted ? [] : [`      layout: not formatted; \`bica fmt ${file}\` does it`]),
    ...failed.map((claim) => `      claim ${claim}: fails`),
    ...(verdict === "identical" ? [] : words.map((each) => `      ${each}`))
  ]
}

/**
 * Everything that must hold of locked pipelines, in one command: they check, are laid out, give the same when they are run again (short ones
 * whole, of long ones the beginning of a sample), and no claim of theirs fails. The findings are also written as Markdown.
 * Exit code 1 when something does not hold, 2 when a file is wrong, 3 when the machine is.
 */
export const ci = Effect.fnUntraced(function* (request: Request): Effect.fn.Return<void, Stop> {
  const path = lockPath(request)
  const lockfile = yield* readLock(path)
  if (lockfile === undefined) {
    return yield* wrongFile(`${path}: there is no lock`, "`bica lock RUN` writes it from a run.")
  }
  // the lock before may be from another version, or not be there: then there is nothing to compare with
  const earlier = request.before === undefined ? undefined : yield* Effect.result(readLock(request.before))
  const before = earlier !== undefined && Result.isSuccess(earlier) ? earlier.success : undefined
  const byFile = new Map(Object.entries(lockfile.pipelines).map(([name, locked]) => [locked.file, { name, locked }]))
  const files =
    request.files.length > 0 ? request.files : [...byFile.keys()].map((name) => Path.join(Path.dirname(path), name))
  if (files.length === 0) return yield* wrongFile(`${path}: holds no pipeline`, "`bica lock RUN` adds one from a run.")
  const findings: Array<Finding> = []
  const exitCodes = new Set<number>()
  for (const file of files) {
    const known = byFile.get(Path.basename(file))
    const was = known === undefined ? undefined : before?.pipelines[known.name]
    const { exitCode, finding } = yield* examine(file, known?.locked, was, request)
    findings.push(finding)
    exitCodes.add(exitCode)
    process.stdout.write(`${said(finding).join("\n")}\n`)
  }
  if (request.summary !== undefined) yield* replace(request.summary, markdown(findings))
  const exitCode = ([3, 2, 1] as const).find((code) => exitCodes.has(code))
  if (exitCode !== undefined) return yield* new Stop({ exitCode, lines: [] })
})
