import { Effect } from "effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { parse } from "../../dsl/index.ts"
import { shipped } from "../../runtime/environment/Shipped.ts"
import { csvFiles } from "../../runtime/report/Csv.ts"
import { toMarkdown } from "../../runtime/report/Markdown.ts"
import { makeReport } from "../../runtime/report/Model.ts"
import type { LockStanding } from "../../runtime/report/Model.ts"
import { readRun } from "../../runtime/report/RunRecord.ts"
import type { RunRecord } from "../../runtime/report/RunRecord.ts"
import * as FileStore from "../../runtime/store/FileStore.ts"
import { lockfileName } from "../../runtime/store/Lockfile.ts"
import { meaningDigest } from "../../runtime/verify/Identity.ts"
import { stopOf } from "../Failures.ts"
import { readLock } from "../Lockfiles.ts"
import { mustBeRun } from "../Runs.ts"
import type { Stop } from "../Stop.ts"
import { wrongMachine } from "../Stop.ts"
import { makeFolder, systemReason } from "../Text.ts"

/** The forms of a report. */
export const formats = ["html", "md", "json", "csv"] as const
export type Format = (typeof formats)[number]

/** The claims of a source by name, each as it stands in the file, its lines drawn together. */
const claimTexts = (source: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    parse(source).file.declarations.flatMap((declaration) =>
      declaration._tag === "Claim"
        ? [
            [
              declaration.name.text,
              source.slice(declaration.span.start, declaration.span.end).replace(/\s+/g, " ").trim()
            ] as const
          ]
        : []
    )
  )

/** How the lock beside the file stands to a run: whether every stage gave the same files. */
const lockStanding = Effect.fnUntraced(function* (record: RunRecord): Effect.fn.Return<LockStanding, Stop> {
  const path = Path.join(Path.dirname(record.request?.file ?? ""), lockfileName)
  const locked = (yield* readLock(path))?.pipelines[record.identity.pipeline]
  if (locked === undefined) return { state: "none", path }
  const why: Array<string> = []
  if (meaningDigest(locked.meaning) !== meaningDigest(record.identity.meaning))
    why.push("the file meant something else")
  if (locked.environment.numericClass !== record.identity.environment.numericClass) {
    why.push(`it was made on ${locked.environment.numericClass}`)
  }
  const own = new Map(record.artifacts.map(({ name, sha256 }) => [name, sha256]))
  const apart = locked.stages.filter(({ artifacts, label }) =>
    Object.entries(artifacts).some(([name, sha256]) => own.get(`stages/${label}/${name}`) !== sha256)
  )
  if (apart.length > 0) why.push(`${apart.length} of its ${locked.stages.length} stages have other files`)
  const extra = record.stages.filter(({ label }) => !locked.stages.some((stage) => stage.label === label))
  if (extra.length > 0) why.push(`it does not hold ${extra.length} of this run's stages`)
  return why.length === 0 ? { state: "matches", path, stages: locked.stages.length } : { state: "differs", path, why }
})

const draftName = /^\.tmp-report-(\d+)-/

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // somebody else's process lives, too
    return typeof cause === "object" && cause !== null && "code" in cause && cause.code === "EPERM"
  }
}

/** Removes what a process that was killed left half written. */
const sweep = (folder: string): void => {
  for (const name of Fs.readdirSync(folder)) {
    const pid = draftName.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) Fs.rmSync(Path.join(folder, name), { recursive: true, force: true })
  }
}

/**
 * Writes files into a folder: all are complete on the disk before the first gets its name, so that a full disk or an
 * interruption leaves no half report. Other files of the folder stay.
 */
const writeAll = (
  folder: string,
  files: ReadonlyArray<readonly [name: string, text: string]>
): Effect.Effect<void, Stop> =>
  Effect.try({
    try: () => {
      makeFolder(Path.resolve(folder))
      sweep(folder)
      const drafts = Fs.mkdtempSync(Path.join(folder, `.tmp-report-${process.pid}-`))
      try {
        for (const [name, text] of files) Fs.writeFileSync(Path.join(drafts, name), text, { flush: true })
        const taken = files.find(([name]) =>
          Fs.statSync(Path.join(folder, name), { throwIfNoEntry: false })?.isDirectory()
        )
        if (taken !== undefined) throw new Error(`${taken[0]} there is a folder`)
        for (const [name] of files) Fs.renameSync(Path.join(drafts, name), Path.join(folder, name))
      } finally {
        Fs.rmSync(drafts, { recursive: true, force: true })
      }
    },
    catch: (cause) =>
      wrongMachine(`${folder}: the report could not be written: ${systemReason(cause)}`, "Nothing there was changed.")
  })

/**
 * Writes the report of a run, finished or not: a page, text, data, tables. Returns the paths of the files. Without `out` they are
 * in the folder `report` of the run.
 */
export const writeReport = Effect.fnUntraced(function* (input: {
  readonly run: string
  readonly out: string | undefined
  readonly formats: ReadonlyArray<Format>
}): Effect.fn.Return<ReadonlyArray<string>, Stop> {
  yield* mustBeRun(input.run)
  const record = yield* readRun(input.run).pipe(Effect.provide(FileStore.layer), Effect.mapError(stopOf))
  const report = makeReport(record, {
    environments: [...(record.identity.declared ?? []), ...shipped],
    claimTexts: claimTexts(record.source ?? ""),
    lock: yield* lockStanding(record)
  })
  const wanted = new Set(input.formats.length === 0 ? formats : input.formats)
  const files: Array<readonly [string, string]> = []
  if (wanted.has("html")) {
    // the plots are drawn by a library that no other command needs
    const { toHtml } = yield* Effect.promise(() => import("../../runtime/report/page/Page.ts"))
    files.push(["report.html", yield* Effect.promise(() => toHtml(report))])
  }
  if (wanted.has("md")) files.push(["report.md", toMarkdown(report)])
  if (wanted.has("json")) files.push(["report.json", `${JSON.stringify(report, null, 1)}\n`])
  if (wanted.has("csv")) files.push(...Object.entries(csvFiles(record, report)))
  const folder = input.out ?? Path.join(input.run, "report")
  yield* writeAll(folder, files)
  return files.map(([name]) => Path.join(folder, name))
})

/** Writes the report of a run and prints the names of its files. */
export const report = Effect.fnUntraced(function* (input: {
  readonly run: string
  readonly out: string | undefined
  readonly formats: ReadonlyArray<Format>
}): Effect.fn.Return<void, Stop> {
  for (const path of yield* writeReport(input)) process.stdout.write(`${path}\n`)
})
