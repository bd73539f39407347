import { Effect } from "effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Export from "../../runtime/export/Export.ts"
import type { Formats } from "../../runtime/export/Export.ts"
import * as FileStore from "../../runtime/store/FileStore.ts"
import { laidOut } from "../Code.ts"
import { stopOf } from "../Failures.ts"
import { mustBeRun, readRequest, sourceName } from "../Runs.ts"
import type { Stop } from "../Stop.ts"
import { wrongFile, wrongMachine } from "../Stop.ts"
import { makeFolder, systemReason } from "../Text.ts"

/** Writes files below a folder that is new or empty: it is there complete or not at all. */
const writeAll = (folder: string, files: ReadonlyArray<Export.ExportedFile>): Effect.Effect<void, Stop> =>
  Effect.try({
    try: () => {
      makeFolder(Path.dirname(Path.resolve(folder)))
      const draft = Fs.mkdtempSync(Path.join(Path.dirname(Path.resolve(folder)), ".bica-export-"))
      try {
        for (const { bytes, path } of files) {
          const target = Path.join(draft, path)
          Fs.mkdirSync(Path.dirname(target), { recursive: true })
          Fs.writeFileSync(target, bytes, { flush: true })
        }
        // a folder made for this process alone becomes one like any other
        Fs.chmodSync(draft, 0o777 & ~process.umask())
        Fs.renameSync(draft, folder)
      } catch (cause) {
        Fs.rmSync(draft, { recursive: true, force: true })
        throw cause
      }
    },
    catch: (cause) => wrongMachine(`${folder}: could not be written: ${systemReason(cause)}`)
  })

const isFree = (folder: string): boolean =>
  !Fs.existsSync(folder) || (Fs.statSync(folder).isDirectory() && Fs.readdirSync(folder).length === 0)

/**
 * Writes a run in the formats of other tools: those that are asked for, or without a choice all of them. A crate describes files, so that
 * one alone brings all formats with it.
 */
export const exportRun = Effect.fnUntraced(function* (
  input: Formats & { readonly run: string; readonly to: string; readonly licence: string | undefined }
): Effect.fn.Return<void, Stop> {
  const { crate, csv, json, licence, run, safetensors, tensorboard, to } = input
  yield* mustBeRun(run)
  if (!isFree(to)) {
    return yield* wrongFile(`${to}: is there and not empty`, "Give a new folder: files of two exports would be mixed.")
  }
  const { request } = yield* readRequest(run)
  const all = !csv && !json && !tensorboard && !safetensors
  const formats: Formats = all
    ? { csv: true, json: true, tensorboard: true, safetensors: true, crate: true }
    : { csv, json, tensorboard, safetensors, crate }
  // what was run belongs to a crate alone
  const { file, modules } = formats.crate ? yield* laidOut(run, request) : { file: request.file, modules: [] }
  const source = { name: sourceName, as: file }
  const files = yield* Export.files(run, { formats, source, modules, licence }).pipe(
    Effect.provide(FileStore.layer),
    Effect.mapError(stopOf)
  )
  yield* writeAll(to, files)
  for (const { path } of files) process.stdout.write(`${Path.join(to, path)}\n`)
})
