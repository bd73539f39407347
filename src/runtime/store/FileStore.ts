/**
 * The store on a file system.
 *
 * ```text
 * <runs>/<run>/
 *   run.json                    marks a run folder
 *   lock                        the process that holds it
 *   artifacts.json              which files at the top belong to the digest
 *   <other files>               report, log, record of the run
 *   stages/<label>/
 *     stage.json                label, key, status
 *     checkpoints/<update>/     tensors.safetensors, state.json, manifest.json
 *     artifacts/                the stage's files, manifest.json
 *   superseded/<label>/<key>/   a stage folder made from another version of the program
 * ```
 *
 * A manifest names the key of its stage and the digest and length of each file. Whether a stage has ended is decided
 * by its artifacts and their manifest alone, so that no crash can leave the mark without the files or the files of
 * one key under another.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { DateTime, Effect, FileSystem, Layer, Option, Path, Result, Semaphore } from "effect"
import * as Disk from "./Disk.ts"
import * as Lock from "./Lock.ts"
import * as Record from "./Record.ts"
import * as Safetensors from "./Safetensors.ts"
import { type Checkpoint, type RunFolder, type StageFolder, type StageIdentity, Store, StoreError } from "./Store.ts"

const manifestName = "manifest.json"
const tensorsName = "tensors.safetensors"
const stateName = "state.json"
const recordName = "stage.json"
const runName = "run.json"
const listName = "artifacts.json"

/** How many checkpoints of a stage are kept. */
export const keptCheckpoints = 2

/** A file or folder name that every file system takes and that cannot leave its folder. */
const segment = /^[A-Za-z0-9_][A-Za-z0-9_.,=@+-]{0,199}$/

/** Folders within a stage folder, so no part of a label. */
const stageParts = ["checkpoints", "artifacts", recordName]

const segmentsOf = (name: string): ReadonlyArray<string> | undefined => {
  const segments = name.split("/")
  return segments.length <= Disk.maximumDepth && segments.every((part) => segment.test(part)) ? segments : undefined
}

const wrongName = (path: string, what: string, name: string) =>
  new StoreError({
    path,
    reason: `${JSON.stringify(name)} cannot be ${what}`,
    fix: "Use letters, digits and _ . , = @ + - in each part, and begin each part with a letter, a digit or _.",
    cause: undefined
  })

const corrupt = (path: string, fix: string, cause: unknown) =>
  new StoreError({ path, reason: "the file is damaged: it is not the JSON that belongs there", fix, cause })

/** The files of a folder with a manifest, or why they are not to be used. */
type Verified =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Damaged"; readonly file: string; readonly reason: string }
  | { readonly _tag: "Good"; readonly manifest: Record.Manifest; readonly files: Readonly<Record<string, Uint8Array>> }

const make = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const disk = Disk.make(fs, path)

  /** Reads a folder by its manifest, checking key, lengths and digests. */
  const verify = Effect.fnUntraced(function* (folder: string, key: string): Effect.fn.Return<Verified, StoreError> {
    const damaged = (file: string, reason: string): Verified => ({
      _tag: "Damaged",
      file: path.join(folder, file),
      reason
    })
    if (!(yield* disk.exists(folder))) return { _tag: "Absent" }
    const text = yield* Effect.result(disk.read(path.join(folder, manifestName)))
    if (Result.isFailure(text)) return damaged(manifestName, text.failure.reason)
    if (Option.isNone(text.success)) return damaged(manifestName, "the file is missing")
    const manifest = Record.decodeManifest(Record.toText(text.success.value))
    if (Result.isFailure(manifest)) return damaged(manifestName, "the file is damaged: it is not a manifest")
    if (manifest.success.key !== key) {
      return damaged(manifestName, `it belongs to the key ${manifest.success.key}, not to ${key}`)
    }
    const files: Array<readonly [string, Uint8Array]> = []
    for (const [name, expected] of Object.entries(manifest.success.files)) {
      if (!segment.test(name)) return damaged(manifestName, `it names ${JSON.stringify(name)}, which is no file name`)
      // A file on a bad sector is damaged like one whose bits have changed.
      const read = yield* Effect.result(disk.read(path.join(folder, name)))
      if (Result.isFailure(read)) return damaged(name, read.failure.reason)
      if (Option.isNone(read.success)) return damaged(name, "the file is missing")
      const bytes = read.success.value
      if (bytes.length !== expected.bytes)
        return damaged(name, `it has ${bytes.length} bytes instead of ${expected.bytes}`)
      if (Record.sha256(bytes) !== expected.sha256) return damaged(name, "its sha256 is not the one recorded")
      files.push([name, bytes])
    }
    return { _tag: "Good", manifest: manifest.success, files: Object.fromEntries(files) }
  })

  /** Files with their manifest, ready to be written as a folder. */
  const withManifest = (
    key: string,
    files: ReadonlyArray<readonly [string, Uint8Array]>,
    update?: number
  ): ReadonlyArray<readonly [string, Uint8Array]> => {
    const manifest: Record.Manifest = {
      format: "bica-manifest/1",
      key,
      ...(update === undefined ? {} : { update }),
      files: Object.fromEntries(files.map(([name, bytes]) => [name, Record.fileRecord(bytes)]))
    }
    return [...files, [manifestName, Record.toBytes(manifest)]]
  }

  const writeStageRecord = Effect.fnUntraced(function* (
    folder: string,
    identity: StageIdentity,
    status: Record.StageRecord["status"],
    from?: string
  ) {
    const record: Record.StageRecord = {
      format: "bica-stage/1",
      label: identity.label,
      key: identity.key,
      status,
      since: DateTime.formatIso(yield* DateTime.now),
      ...(from === undefined ? {} : { from })
    }
    yield* disk.writeFile(path.join(folder, recordName), Record.toBytes(record))
  })

  /** The record of a stage folder; undefined when it cannot be decoded. */
  const readStageRecord = (folder: string) =>
    Effect.map(
      disk.read(path.join(folder, recordName)),
      Option.map((bytes) => Result.getOrUndefined(Record.decodeStage(Record.toText(bytes))))
    )

  /** Moves what makes up a stage, its record last: a move that was cut off is found by the record and done again. */
  const moveStage = Effect.fnUntraced(function* (from: string, to: string) {
    yield* disk.makeFolder(to)
    for (const part of stageParts) {
      if (yield* disk.exists(path.join(from, part))) yield* disk.move(path.join(from, part), path.join(to, part))
    }
  })

  /** Stage folders below `folder`, in order of name, with the path below `top`. */
  const findStages = (
    folder: string,
    label: string,
    depth: number
  ): Effect.Effect<Array<{ readonly folder: string; readonly label: string }>, StoreError> =>
    Effect.gen(function* () {
      const found: Array<{ readonly folder: string; readonly label: string }> = []
      const entries = yield* disk.list(folder)
      if (entries.some((entry) => entry.name === recordName && !entry.folder)) found.push({ folder, label })
      for (const entry of entries) {
        if (!entry.folder || depth === 0 || !segment.test(entry.name) || stageParts.includes(entry.name)) continue
        const below = yield* findStages(
          path.join(folder, entry.name),
          label === "" ? entry.name : `${label}/${entry.name}`,
          depth - 1
        )
        found.push(...below)
      }
      return found
    })

  const stagesOf = (run: string) => findStages(path.join(run, "stages"), "", Disk.maximumDepth)

  /** The artifacts of a stage with this key in any run under `runs`, this stage's own folder left out. */
  const searchRuns = Effect.fnUntraced(function* (runs: string, own: string, key: string) {
    for (const run of yield* disk.list(runs)) {
      if (!run.folder || !segment.test(run.name)) continue
      const folder = path.join(runs, run.name)
      // A run that cannot be read is no reason to stop this one.
      const candidates = yield* Effect.result(
        Effect.gen(function* () {
          return [
            ...(yield* stagesOf(folder)),
            ...(yield* findStages(path.join(folder, "superseded"), "", Disk.maximumDepth + 1))
          ]
        })
      )
      if (Result.isFailure(candidates)) continue
      for (const candidate of candidates.success) {
        if (candidate.folder === own) continue
        const found = yield* Effect.result(
          Effect.gen(function* () {
            const record = yield* readStageRecord(candidate.folder)
            if (Option.isNone(record) || record.value?.key !== key) return Option.none()
            return Option.some(yield* verify(path.join(candidate.folder, "artifacts"), key))
          })
        )
        if (Result.isFailure(found)) {
          yield* Effect.logWarning(`${found.failure.message}; the run ${run.name} is not used as a source`)
          continue
        }
        if (Option.isNone(found.success)) continue
        const artifacts = found.success.value
        if (artifacts._tag === "Good") return Option.some({ from: candidate.folder, files: artifacts.files })
        if (artifacts._tag === "Damaged") {
          yield* Effect.logWarning(`${artifacts.file}: ${artifacts.reason}; these artifacts are not used`)
        }
      }
    }
    return Option.none()
  })

  const openStage = Effect.fnUntraced(function* (
    runs: string,
    run: string,
    identity: StageIdentity
  ): Effect.fn.Return<StageFolder, StoreError> {
    const segments = segmentsOf(identity.label)
    if (segments === undefined || segments.some((part) => stageParts.includes(part))) {
      return yield* wrongName(run, "the label of a stage", identity.label)
    }
    if (!segment.test(identity.key)) return yield* wrongName(run, "the key of a stage", identity.key)
    const folder = path.join(run, "stages", ...segments)
    const checkpoints = path.join(folder, "checkpoints")
    const artifacts = path.join(folder, "artifacts")
    const supersededAs = (key: string) => path.join(run, "superseded", ...segments, key)

    yield* disk.makeFolder(folder)
    let record = yield* readStageRecord(folder)
    if (Option.isSome(record) && record.value === undefined) {
      yield* Effect.logWarning(`${path.join(folder, recordName)}: the file is damaged; it is written again`)
      record = Option.none()
    }
    if (Option.isSome(record) && record.value !== undefined && record.value.key !== identity.key) {
      const aside = segment.test(record.value.key) ? record.value.key : "unknown"
      yield* moveStage(folder, supersededAs(aside))
      yield* Effect.logInfo(
        `${identity.label}: the folder holds work of another version of the stage; it is kept in ${supersededAs(aside)}`
      )
      record = Option.none()
    }
    if (Option.isNone(record)) {
      const before = yield* readStageRecord(supersededAs(identity.key))
      if (Option.isSome(before) && before.value?.key === identity.key) {
        yield* moveStage(supersededAs(identity.key), folder)
        yield* disk.drop(supersededAs(identity.key))
        yield* Effect.logInfo(`${identity.label}: work of this version of the stage is taken up again`)
      } else {
        yield* writeStageRecord(folder, identity, "open")
      }
    }

    const numbered = Effect.map(disk.list(checkpoints), (entries) =>
      entries
        .filter((entry) => entry.folder && /^\d{8,16}$/.test(entry.name))
        .map((entry) => ({ name: entry.name, update: Number(entry.name) }))
        .sort((a, b) => b.update - a.update)
    )

    /** Reads one checkpoint whole, or says what is wrong with it. */
    const readCheckpoint = Effect.fnUntraced(function* (name: string, update: number) {
      const at = path.join(checkpoints, name)
      const wrong = (file: string, reason: string) => Result.fail({ file: path.join(at, file), reason })
      const verified = yield* verify(at, identity.key)
      if (verified._tag === "Absent") return wrong(manifestName, "the file is missing")
      if (verified._tag === "Damaged") return Result.fail({ file: verified.file, reason: verified.reason })
      if (verified.manifest.update !== update)
        return wrong(manifestName, `it is of update ${verified.manifest.update}, not ${update}`)
      const tensors = verified.files[tensorsName]
      const state = verified.files[stateName]
      if (tensors === undefined) return wrong(manifestName, `it does not name ${tensorsName}`)
      if (state === undefined) return wrong(manifestName, `it does not name ${stateName}`)
      const contents = Safetensors.decode(tensors)
      if (Result.isFailure(contents)) return wrong(tensorsName, contents.failure.reason)
      const value = Record.decodeState(Record.toText(state))
      if (Result.isFailure(value)) return wrong(stateName, "the file is not JSON")
      const checkpoint: Checkpoint = { update, tensors: contents.success.tensors, state: value.success }
      return Result.succeed(checkpoint)
    })

    const latest: StageFolder["latest"] = Effect.gen(function* () {
      for (const { name, update } of yield* numbered) {
        const read = yield* readCheckpoint(name, update)
        if (Result.isSuccess(read)) return Option.some(read.success)
        yield* Effect.logWarning(
          `${read.failure.file}: ${read.failure.reason}; the checkpoint of update ${update} is skipped`
        )
      }
      return Option.none()
    })

    const checkpoint: StageFolder["checkpoint"] = Effect.fnUntraced(function* (value: Checkpoint) {
      const name = String(value.update).padStart(8, "0")
      const at = path.join(checkpoints, name)
      const refuse = (file: string, reason: string) =>
        new StoreError({
          path: path.join(at, file),
          reason,
          fix: "This is a fault of the program that made the checkpoint; the checkpoint before it is kept.",
          cause: undefined
        })
      if (!Number.isSafeInteger(value.update) || value.update < 0) {
        return yield* refuse("", `${value.update} is not a number of updates`)
      }
      const tensors = Safetensors.encode(value.tensors)
      if (Result.isFailure(tensors)) return yield* refuse(tensorsName, tensors.failure.reason)
      const state = Record.encodeState(value.state)
      if (Result.isFailure(state)) return yield* refuse(stateName, `${state.failure}, which JSON cannot hold`)
      const files: ReadonlyArray<readonly [string, Uint8Array]> = [
        [tensorsName, tensors.success],
        [stateName, new TextEncoder().encode(state.success)]
      ]
      yield* disk.writeFolder(at, withManifest(identity.key, files, value.update))
      // What lies ahead of the update just written was found damaged or foreign when the stage was taken up.
      const others = yield* numbered
      const kept = others.filter((entry) => entry.update <= value.update).slice(0, keptCheckpoints)
      for (const entry of others) {
        if (!kept.includes(entry)) yield* disk.drop(path.join(checkpoints, entry.name))
      }
    }, Effect.uninterruptible)

    const end = Effect.fnUntraced(function* (files: ReadonlyArray<readonly [string, Uint8Array]>, from?: string) {
      yield* disk.writeFolder(artifacts, withManifest(identity.key, files))
      yield* writeStageRecord(folder, identity, "ended", from)
      yield* disk.drop(checkpoints)
    }, Effect.uninterruptible)

    const complete: StageFolder["complete"] = Effect.fnUntraced(function* (files) {
      const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      for (const [name] of sorted) {
        if (!segment.test(name) || name === manifestName)
          return yield* wrongName(artifacts, "the name of an artifact", name)
      }
      yield* end(sorted)
    })

    const completed: StageFolder["completed"] = Effect.gen(function* () {
      const own = yield* verify(artifacts, identity.key)
      if (own._tag === "Good") {
        // The process may have been killed between the artifacts and the record.
        const status = yield* readStageRecord(folder)
        if (Option.isNone(status) || status.value?.status !== "ended")
          yield* writeStageRecord(folder, identity, "ended")
        yield* disk.drop(checkpoints)
        return Option.some(own.files)
      }
      if (own._tag === "Damaged") {
        yield* Effect.logWarning(`${own.file}: ${own.reason}; the artifacts of ${identity.label} are made again`)
      }
      const elsewhere = yield* searchRuns(runs, folder, identity.key)
      if (Option.isNone(elsewhere)) return Option.none()
      yield* Effect.logInfo(`${identity.label}: the artifacts are taken from ${elsewhere.value.from}`)
      yield* end(Object.entries(elsewhere.value.files), path.relative(runs, elsewhere.value.from))
      return Option.some(elsewhere.value.files)
    })

    return { identity, completed, latest, checkpoint, complete }
  })

  const readList = Effect.fnUntraced(function* (run: string) {
    const file = path.join(run, listName)
    const text = yield* disk.read(file)
    if (Option.isNone(text)) return {}
    const list = Record.decodeArtifactList(Record.toText(text.value))
    if (Result.isFailure(list)) {
      return yield* corrupt(file, `Delete ${file} and resume the run: its files are written again.`, list.failure)
    }
    return list.success.files
  })

  /** Fails unless the folder is marked as a run. */
  const readRun = Effect.fnUntraced(function* (run: string) {
    const file = path.join(run, runName)
    const text = yield* disk.read(file)
    if (Option.isNone(text)) return false
    const record = Record.decodeRun(Record.toText(text.value))
    if (Result.isFailure(record)) {
      return yield* corrupt(
        file,
        `If ${run} is a run, delete ${file} and resume the run; its stages are not touched.`,
        record.failure
      )
    }
    return true
  })

  const open = Effect.fn("Store.open")(function* (runs: string, name: string) {
    const base = path.resolve(runs)
    if (!segment.test(name)) return yield* wrongName(base, "the name of a run", name)
    const run = path.join(base, name)
    yield* disk.makeFolder(run)
    if (!(yield* readRun(run))) {
      // A process may have been killed before it wrote run.json; then there is at most its lock.
      const entries = yield* disk.list(run)
      const foreign = entries.filter(
        (entry) => !entry.name.startsWith(Disk.temporaryPrefix) && !/^lock(\.|$)/.test(entry.name)
      )
      if (
        foreign.length > 0 &&
        // run.json may be there by now: another process has just begun this run, and the lock will say so
        !entries.some(
          (entry) => entry.name === runName || entry.name === listName || (entry.folder && entry.name === "stages")
        )
      ) {
        return yield* new StoreError({
          path: run,
          reason: `the folder holds ${foreign[0]?.name ?? "files"} and is not a run folder`,
          fix: "Give the run another name, or choose another folder for the runs.",
          cause: undefined
        })
      }
    }
    yield* Lock.hold(fs, path, disk, run)
    const swept = yield* disk.sweep(run)
    if (swept.length > 0)
      yield* Effect.logInfo(`${run}: ${swept.length} unfinished files of a process that was stopped are removed`)
    if (!(yield* readRun(run))) {
      const record: Record.RunRecord = { format: "bica-run/1", name, created: DateTime.formatIso(yield* DateTime.now) }
      yield* disk.writeFile(path.join(run, runName), Record.toBytes(record))
    }
    // The list is read, changed and written: one at a time.
    const listing = yield* Semaphore.make(1)

    const topFile = (file: string) => {
      const segments = segmentsOf(file)
      const first = segments?.[0]
      return segments === undefined ||
        first === undefined ||
        first === listName ||
        /^lock(\.|$)/.test(first) ||
        first === "stages" ||
        first === "superseded"
        ? Effect.fail(wrongName(run, "the name of a file of the run", file))
        : Effect.succeed(path.join(run, ...segments))
    }

    const write: RunFolder["write"] = Effect.fnUntraced(function* (file, bytes, { artifact }) {
      const full = yield* topFile(file)
      yield* listing.withPermits(1)(
        Effect.gen(function* () {
          const before = yield* readList(run)
          yield* disk.makeFolder(path.dirname(full))
          yield* disk.writeFile(full, bytes)
          const { [file]: _, ...others } = before
          const files = artifact ? { ...others, [file]: Record.fileRecord(bytes) } : others
          if (artifact || Object.hasOwn(before, file)) {
            const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
            yield* disk.writeFile(
              path.join(run, listName),
              Record.toBytes({ format: "bica-artifacts/1", files: sorted })
            )
          }
        })
      )
    }, Effect.uninterruptible)

    const folder: RunFolder = {
      path: run,
      stage: (identity) => openStage(base, run, identity),
      write,
      read: (file) => Effect.flatMap(topFile(file), disk.read)
    }
    return folder
  })

  const digest = Effect.fn("Store.digest")(function* (run: string) {
    const folder = path.resolve(run)
    if (!(yield* disk.exists(folder))) {
      const beside = yield* Effect.orElseSucceed(disk.list(path.dirname(folder)), () => [])
      const runs = beside
        .filter((entry) => entry.folder)
        .slice(-5)
        .map((entry) => entry.name)
      return yield* new StoreError({
        path: folder,
        reason: "there is no such run",
        fix:
          runs.length === 0 ? "Check the path of the run folder." : `Check the path; beside it are ${runs.join(", ")}.`,
        cause: undefined
      })
    }
    if (!(yield* readRun(folder))) {
      return yield* new StoreError({
        path: folder,
        reason: "the folder is not a run folder: it has no run.json",
        fix: "Give the path that `bica run` printed on its last line.",
        cause: undefined
      })
    }
    const artifacts: Array<{ readonly name: string; readonly sha256: string }> = []
    const damaged = (file: string, reason: string) =>
      new StoreError({
        path: file,
        reason,
        fix: "Resume the run: what is damaged or missing is made again.",
        cause: undefined
      })
    for (const [name, expected] of Object.entries(yield* readList(folder))) {
      const segments = segmentsOf(name)
      if (segments === undefined)
        return yield* damaged(path.join(folder, listName), `it names ${JSON.stringify(name)}, which is no file name`)
      const bytes = yield* disk.read(path.join(folder, ...segments))
      if (Option.isNone(bytes)) return yield* damaged(path.join(folder, name), "the artifact is missing")
      const sha256 = Record.sha256(bytes.value)
      if (sha256 !== expected.sha256)
        return yield* damaged(path.join(folder, name), "its sha256 is not the one recorded")
      artifacts.push({ name, sha256 })
    }
    for (const stage of yield* stagesOf(folder)) {
      const record = yield* readStageRecord(stage.folder)
      if (Option.isNone(record) || record.value === undefined) {
        return yield* damaged(
          path.join(stage.folder, recordName),
          "the file is damaged: it is not the JSON that belongs there"
        )
      }
      const verified = yield* verify(path.join(stage.folder, "artifacts"), record.value.key)
      // A stage that has not ended has no artifacts yet.
      if (verified._tag === "Absent") continue
      if (verified._tag === "Damaged") return yield* damaged(verified.file, verified.reason)
      for (const [name, { sha256 }] of Object.entries(verified.manifest.files)) {
        artifacts.push({ name: `stages/${stage.label}/${name}`, sha256 })
      }
    }
    artifacts.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    return { artifacts, total: Record.sha256(artifacts.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("")) }
  })

  const read = Effect.fn("Store.read")(function* (run: string, name: string) {
    const segments = segmentsOf(name)
    if (segments === undefined) return yield* wrongName(run, "the name of a file of the run", name)
    const parts = segments[0] === "stages" ? [...segments.slice(0, -1), "artifacts", ...segments.slice(-1)] : segments
    return yield* disk.read(path.join(path.resolve(run), ...parts))
  })

  const ended = Effect.fn("Store.ended")(function* (run: string) {
    const times: Array<readonly [string, string]> = []
    for (const stage of yield* stagesOf(path.resolve(run))) {
      const record = yield* readStageRecord(stage.folder)
      if (Option.isSome(record) && record.value?.status === "ended") times.push([stage.label, record.value.since])
    }
    return Object.fromEntries(times)
  })

  return Store.of({ open, digest, ended, read })
})

/** The store over the file system and paths of the context. */
export const layerNoDeps: Layer.Layer<Store, never, FileSystem.FileSystem | Path.Path> = Layer.effect(Store, make)

/** The store on the file system of this machine. */
export const layer: Layer.Layer<Store> = Layer.provide(layerNoDeps, [NodeFileSystem.layer, NodePath.layer])
