/**
 * One process per run folder: a lock file that says who holds it, and that a dead process cannot keep.
 */
import { hostname } from "node:os"
import { DateTime, Effect, Option, Result } from "effect"
import type { FileSystem, Path } from "effect"
import type { Scope } from "effect"
import { codeOf, type Disk, nonce, temporaryPrefix, toStoreError } from "./Disk.ts"
import * as Record from "./Record.ts"
import { StoreError } from "./Store.ts"

/** Reads a small text, none when it is not there or cannot be read. */
const glance = (fs: FileSystem.FileSystem, file: string) => Effect.option(fs.readFileString(file))

/**
 * State letter and start time (clock ticks since boot) of a process, from `/proc/<pid>/stat`; none where the system
 * has no such file. The command's name stands in parentheses and may hold anything, so fields are counted from the
 * last parenthesis (proc_pid_stat(5): field 3 is the state, field 22 the start time).
 */
const processFacts = (fs: FileSystem.FileSystem, pid: number) =>
  Effect.map(glance(fs, `/proc/${pid}/stat`), (text) =>
    Option.flatMap(text, (stat) => {
      const fields = stat
        .slice(stat.lastIndexOf(")") + 2)
        .trim()
        .split(" ")
      const [state, started] = [fields[0], fields[19]]
      return state === undefined || started === undefined ? Option.none() : Option.some({ state, started })
    })
  )

const bootOf = (fs: FileSystem.FileSystem) =>
  Effect.map(glance(fs, "/proc/sys/kernel/random/boot_id"), (text) =>
    Option.getOrNull(Option.map(text, (id) => id.trim()))
  )

/** Whether the holder still runs. On another machine that cannot be known, so it counts as running. */
const isLive = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, record: Record.LockRecord) {
  if (record.host !== hostname()) return true
  const boot = yield* bootOf(fs)
  if (record.boot !== null && boot !== null && record.boot !== boot) return false
  const signal = Result.try(() => process.kill(record.pid, 0))
  if (Result.isFailure(signal)) {
    const fault: unknown = signal.failure
    // EPERM: the process is there and belongs to someone else.
    return typeof fault === "object" && fault !== null && "code" in fault && fault.code === "EPERM"
  }
  const facts = yield* processFacts(fs, record.pid)
  if (Option.isNone(facts)) return true
  // A zombie has ended; only its parent has not asked yet.
  if (facts.value.state === "Z" || facts.value.state === "X") return false
  return record.started === null || record.started === facts.value.started
})

const linkUnsupported = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EMLINK"])

/** How often a lock that changes under the reader is read again; each time some other process made progress. */
const attempts = 1000

/**
 * Holds `lock` in a folder until the scope closes.
 *
 * The lock appears with its contents by a hard link, which exactly one process can make. A lock whose process has
 * ended is replaced under a guard, `lock.<nonce of the dead lock>`, taken the same way: only the guard's holder may
 * replace that very lock, so two processes that find the same dead lock cannot both take it over, and a guard whose
 * holder was killed is taken over by the same rule. Fails when a live process holds the folder.
 */
export const hold = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: Path.Path,
  disk: Disk,
  folder: string
): Effect.fn.Return<void, StoreError, Scope.Scope> {
  const mine: Record.LockRecord = {
    format: "bica-lock/1",
    pid: process.pid,
    host: hostname(),
    started: Option.getOrNull(Option.map(yield* processFacts(fs, process.pid), (facts) => facts.started)),
    boot: yield* bootOf(fs),
    nonce: nonce(),
    since: DateTime.formatIso(yield* DateTime.now)
  }
  const bytes = Record.toBytes(mine)
  const lock = path.join(folder, "lock")

  const remove = (file: string) => fs.remove(file, { force: true }).pipe(Effect.mapError(toStoreError(file)))

  /** Puts `bytes` at `file` if nothing is there; whether it did. */
  const create = (file: string): Effect.Effect<boolean, StoreError> => {
    const unfinished = path.join(folder, `${temporaryPrefix}${nonce()}`)
    return Effect.gen(function* () {
      yield* disk.writeThrough(unfinished, bytes)
      const linked = yield* Effect.result(fs.link(unfinished, file))
      if (Result.isSuccess(linked)) return true
      const code = codeOf(linked.failure)
      // ENOENT: the holder swept the temporary file away.
      if (code === "EEXIST" || code === "ENOENT") return false
      if (!linkUnsupported.has(code)) return yield* Effect.fail(toStoreError(file)(linked.failure))
      return yield* fs.writeFile(file, bytes, { flag: "wx" }).pipe(
        Effect.as(true),
        Effect.catchIf(
          (error) => codeOf(error) === "EEXIST",
          () => Effect.succeed(false)
        ),
        Effect.mapError(toStoreError(file))
      )
    }).pipe(Effect.ensuring(Effect.ignore(fs.remove(unfinished, { force: true }))))
  }

  const holderOf = Effect.fnUntraced(function* (file: string) {
    const found = yield* disk.read(file)
    if (Option.isNone(found)) return Option.none<Record.LockRecord>()
    const record = Record.decodeLock(Record.toText(found.value))
    if (Result.isSuccess(record)) return Option.some(record.success)
    return yield* new StoreError({
      path: file,
      reason: "the lock file cannot be read, so nobody can tell who holds the run",
      fix: `If no other process works on this run, delete ${file} and start again.`,
      cause: record.failure
    })
  })

  const claim = (file: string, depth: number): Effect.Effect<void, StoreError> =>
    Effect.gen(function* () {
      for (let attempt = 0; attempt < attempts; attempt++) {
        if (yield* create(file)) return
        const holder = yield* holderOf(file)
        if (Option.isNone(holder)) continue
        if (depth > 8 || (yield* isLive(fs, holder.value))) return yield* held(folder, lock, mine, holder.value)
        const guard = `${file}.${holder.value.nonce}`
        yield* claim(guard, depth + 1)
        const still = yield* holderOf(file)
        if (Option.isSome(still) && still.value.nonce === holder.value.nonce) {
          const unfinished = path.join(folder, `${temporaryPrefix}${nonce()}`)
          yield* disk.writeThrough(unfinished, bytes)
          yield* fs.rename(unfinished, file).pipe(Effect.mapError(toStoreError(file)))
          yield* remove(guard)
          if (file === lock) {
            yield* Effect.logInfo(
              `${folder}: taken over from process ${holder.value.pid}, which ended without closing the run (begun ${holder.value.since})`
            )
          }
          return
        }
        yield* remove(guard)
      }
      return yield* new StoreError({
        path: file,
        reason: "the lock changes hands faster than it can be read",
        fix: "See which processes open and close this run, and start again when they have ended.",
        cause: undefined
      })
    })

  const release = Effect.gen(function* () {
    const holder = yield* holderOf(lock)
    if (Option.isSome(holder) && holder.value.nonce === mine.nonce) yield* remove(lock)
  }).pipe(Effect.catch((error) => Effect.logWarning(`${error.message}. ${error.fix}`)))

  yield* Effect.acquireRelease(Effect.andThen(claim(lock, 0), disk.syncFolder(folder)), () => release)
  // Guards of locks that are gone mean nothing any more; a guard of this lock can only come after this process.
  for (const entry of yield* disk.list(folder)) {
    if (entry.name.startsWith("lock.")) yield* remove(path.join(folder, entry.name))
  }
})

const held = (folder: string, lock: string, mine: Record.LockRecord, holder: Record.LockRecord): StoreError => {
  const elsewhere = holder.host !== mine.host
  const own = !elsewhere && holder.pid === mine.pid
  return new StoreError({
    path: folder,
    reason: own
      ? "this process holds the run already"
      : `process ${holder.pid}${elsewhere ? ` on ${holder.host}` : ""} holds the run since ${holder.since}`,
    fix: own
      ? "Close the run before opening it again, or give the other one a name of its own."
      : elsewhere
        ? `Wait for it or stop it there. If it is gone for certain, delete ${lock}.`
        : `Wait for it to end, stop it (kill ${holder.pid}), or give this run another name.`,
    cause: undefined
  })
}
