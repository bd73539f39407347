/**
 * Durable writing: a file or a folder appears complete under its name or not at all, whenever the process or the
 * machine stops.
 *
 * Everything is written under a temporary name beside its place, brought to the disk (fsync), renamed, and the rename
 * itself is brought to the disk by fsync of the folder. Faults of the file system become `StoreError`s that say what
 * to do.
 */
import { randomBytes } from "node:crypto"
import { Effect, Option, Result } from "effect"
import type { FileSystem, Path, PlatformError } from "effect"
import { StoreError } from "./Store.ts"

/** What begins the name of everything unfinished; such entries belong to no one once their process has ended. */
export const temporaryPrefix = ".tmp-"

/** How deep folders are followed; labels are limited to the same depth. */
export const maximumDepth = 32

/** Sixteen hexadecimal digits that no other process draws; names files, enters no result. */
export const nonce = (): string => randomBytes(8).toString("hex")

/** The system's code of a failure, such as `ENOSPC`. */
export const codeOf = (error: PlatformError.PlatformError): string => {
  const cause: unknown = error.reason.cause
  return typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : ""
}

const faults: Readonly<Record<string, readonly [reason: string, fix: string]>> = {
  ENOENT: [
    "there is no such file or folder",
    "Check the path; if it was there a moment ago, another program removed it."
  ],
  EACCES: [
    "this user has no right to use it",
    "Give yourself the right to read and write it, or choose another folder for the runs."
  ],
  EPERM: [
    "the system does not permit it",
    "Give yourself the right to read and write it, or choose another folder for the runs."
  ],
  EROFS: ["the file system is read-only", "Choose a folder for the runs on a disk that can be written."],
  ENOSPC: ["the disk is full", "Free some space and resume the run: what was written before is intact."],
  EDQUOT: ["the disk quota is used up", "Free some space and resume the run: what was written before is intact."],
  EFBIG: [
    "the file would be larger than the system permits",
    "Raise the limit on file sizes (ulimit -f) and resume the run."
  ],
  ENOTDIR: ["a file stands where a folder should be", "Move the file away, or choose another folder for the runs."],
  EEXIST: ["a file stands where a folder should be", "Move the file away, or choose another folder for the runs."],
  EISDIR: ["a folder stands where a file should be", "Move the folder away."],
  ENAMETOOLONG: ["the path is too long", "Choose a shorter name, or a folder for the runs nearer to the root."],
  EMFILE: ["too many files are open", "Raise the limit on open files (ulimit -n)."],
  EIO: ["the disk reports a fault", "Look after the disk; copy the runs to another one."],
  EBUSY: ["it is in use by another program", "Close the program that uses it."]
}

/** A failure of the file system at `path`, in plain words. */
export const toStoreError =
  (path: string) =>
  (error: PlatformError.PlatformError): StoreError => {
    const [reason, fix] = faults[codeOf(error)] ?? [error.message, "See the cause."]
    return new StoreError({ path, reason, fix, cause: error })
  }

/** The operations that the store is made of. All paths are absolute. */
export interface Disk {
  /** The bytes of a file, if it is there. */
  readonly read: (path: string) => Effect.Effect<Option.Option<Uint8Array>, StoreError>
  /** The entries of a folder sorted by name; none when there is no such folder. */
  readonly list: (
    path: string
  ) => Effect.Effect<ReadonlyArray<{ readonly name: string; readonly folder: boolean }>, StoreError>
  readonly exists: (path: string) => Effect.Effect<boolean, StoreError>
  /** Makes a folder and those above it. */
  readonly makeFolder: (path: string) => Effect.Effect<void, StoreError>
  /** Writes a file and brings it to the disk; not atomic by itself. */
  readonly writeThrough: (path: string, bytes: Uint8Array) => Effect.Effect<void, StoreError>
  /** Brings the names in a folder to the disk, where the system can. */
  readonly syncFolder: (path: string) => Effect.Effect<void>
  /** Writes a file atomically, in place of one of that name. */
  readonly writeFile: (path: string, bytes: Uint8Array) => Effect.Effect<void, StoreError>
  /** Writes a folder of files atomically, in place of one of that name. */
  readonly writeFolder: (
    path: string,
    files: ReadonlyArray<readonly [name: string, bytes: Uint8Array]>
  ) => Effect.Effect<void, StoreError>
  /** Renames, in place of what is there. */
  readonly move: (from: string, to: string) => Effect.Effect<void, StoreError>
  /** Removes a file or folder so that it is never seen half removed. */
  readonly drop: (path: string) => Effect.Effect<void, StoreError>
  /** Removes what unfinished work left below a folder; returns the paths. */
  readonly sweep: (path: string) => Effect.Effect<ReadonlyArray<string>, StoreError>
}

/** The disk operations over Effect's file system. */
export const make = (fs: FileSystem.FileSystem, path: Path.Path): Disk => {
  const temporary = (target: string) => path.join(path.dirname(target), `${temporaryPrefix}${nonce()}`)

  const read: Disk["read"] = (file) =>
    fs.readFile(file).pipe(
      // A plain array of its own: a Node Buffer may share its memory, and its `slice` is a view.
      Effect.map((bytes) => Option.some(new Uint8Array(bytes))),
      Effect.catchIf(
        (error) => codeOf(error) === "ENOENT",
        () => Effect.succeed(Option.none<Uint8Array>())
      ),
      Effect.mapError(toStoreError(file))
    )

  const list: Disk["list"] = (folder) =>
    fs.readDirectoryEntries(folder).pipe(
      Effect.map((entries) =>
        entries
          .map((entry) => ({ name: entry.name, folder: entry.type === "Directory" }))
          .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
      ),
      Effect.catchIf(
        (error) => codeOf(error) === "ENOENT",
        () => Effect.succeed([])
      ),
      Effect.mapError(toStoreError(folder))
    )

  const typeOf = (entry: string) =>
    fs.stat(entry).pipe(
      Effect.map((info): string => info.type),
      // ENOTDIR: a file stands somewhere above, so there is nothing here either.
      Effect.catchIf(
        (error) => codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR",
        () => Effect.succeed("")
      ),
      Effect.mapError(toStoreError(entry))
    )

  const exists: Disk["exists"] = (entry) => Effect.map(typeOf(entry), (type) => type !== "")

  // Some systems open no folders, some file systems sync none; there the rename is as durable as the system makes it.
  const syncFolder: Disk["syncFolder"] = (folder) =>
    Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(folder, { flag: "r" }), (handle) => handle.sync)))

  const makeFolder: Disk["makeFolder"] = Effect.fnUntraced(function* (folder) {
    const type = yield* typeOf(folder)
    if (type === "Directory") return
    if (type !== "") {
      return yield* new StoreError({
        path: folder,
        reason: "a file stands where a folder should be",
        fix: "Move the file away, or choose another folder for the runs.",
        cause: undefined
      })
    }
    const parent = path.dirname(folder)
    yield* makeFolder(parent)
    // Not recursive: on a read-only disk Node would then say that the folder is missing. Another process may be first.
    const made = yield* Effect.result(fs.makeDirectory(folder))
    if (Result.isFailure(made) && (codeOf(made.failure) !== "EEXIST" || (yield* typeOf(folder)) !== "Directory")) {
      return yield* toStoreError(folder)(made.failure)
    }
    yield* syncFolder(parent)
  })

  const writeThrough: Disk["writeThrough"] = (file, bytes) =>
    Effect.scoped(
      Effect.gen(function* () {
        const handle = yield* fs.open(file, { flag: "w" })
        yield* handle.writeAll(bytes)
        yield* handle.sync
      })
    ).pipe(Effect.mapError(toStoreError(file)))

  const discard = (entry: string) => Effect.ignore(fs.remove(entry, { recursive: true, force: true }))

  const rename = (from: string, to: string) => fs.rename(from, to).pipe(Effect.mapError(toStoreError(to)))

  const writeFile: Disk["writeFile"] = (file, bytes) => {
    const unfinished = temporary(file)
    return Effect.gen(function* () {
      // The error names the file that was wanted, not the temporary one.
      yield* writeThrough(unfinished, bytes).pipe(Effect.mapError(at(file)))
      yield* rename(unfinished, file)
      yield* syncFolder(path.dirname(file))
    }).pipe(
      Effect.tapError(() => discard(unfinished)),
      Effect.uninterruptible
    )
  }

  const writeFolder: Disk["writeFolder"] = (folder, files) => {
    const unfinished = temporary(folder)
    return Effect.gen(function* () {
      yield* makeFolder(path.dirname(folder))
      yield* fs.makeDirectory(unfinished).pipe(Effect.mapError(toStoreError(folder)))
      for (const [name, bytes] of files) {
        yield* writeThrough(path.join(unfinished, name), bytes).pipe(Effect.mapError(at(path.join(folder, name))))
      }
      yield* syncFolder(unfinished)
      yield* move(unfinished, folder)
    }).pipe(
      Effect.tapError(() => discard(unfinished)),
      Effect.uninterruptible
    )
  }

  const move: Disk["move"] = (from, to) =>
    Effect.gen(function* () {
      // A folder cannot be renamed over one that has entries.
      const before = (yield* exists(to)) ? Option.some(temporary(to)) : Option.none()
      if (Option.isSome(before)) yield* rename(to, before.value)
      yield* rename(from, to)
      yield* syncFolder(path.dirname(to))
      if (path.dirname(from) !== path.dirname(to)) yield* syncFolder(path.dirname(from))
      if (Option.isSome(before)) yield* discard(before.value)
    }).pipe(Effect.uninterruptible)

  const drop: Disk["drop"] = (entry) =>
    Effect.gen(function* () {
      if (!(yield* exists(entry))) return
      const going = temporary(entry)
      yield* rename(entry, going)
      yield* syncFolder(path.dirname(entry))
      yield* discard(going)
    }).pipe(Effect.uninterruptible)

  const sweepWithin = (folder: string, depth: number): Effect.Effect<Array<string>, StoreError> =>
    Effect.gen(function* () {
      const removed: Array<string> = []
      for (const entry of yield* list(folder)) {
        const full = path.join(folder, entry.name)
        if (entry.name.startsWith(temporaryPrefix)) {
          yield* fs.remove(full, { recursive: true, force: true }).pipe(Effect.mapError(toStoreError(full)))
          removed.push(full)
        } else if (entry.folder && depth > 0) {
          removed.push(...(yield* sweepWithin(full, depth - 1)))
        }
      }
      return removed
    })

  return {
    read,
    list,
    exists,
    makeFolder,
    writeThrough,
    syncFolder,
    writeFile,
    writeFolder,
    move,
    drop,
    sweep: (folder) => sweepWithin(folder, maximumDepth + 3)
  }
}

/** The same failure, said of another path. */
const at =
  (path: string) =>
  (error: StoreError): StoreError =>
    new StoreError({ path, reason: error.reason, fix: error.fix, cause: error.cause })
