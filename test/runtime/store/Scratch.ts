/** A folder for one test, the lines that were logged, and the names below a folder. */
import { Effect, Layer, Logger } from "effect"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative, sep } from "node:path"
import * as FileStore from "../../../src/runtime/store/FileStore.ts"

/** A new folder, removed with the scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "bica-store-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** The store, with everything it logs appended to `lines` as `Level message`. */
export const storeLoggingTo = (lines: Array<string>) =>
  Layer.merge(
    FileStore.layer,
    Logger.layer([Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))])
  )

/** Files below a folder, relative, with forward slashes, sorted. */
export const filesBelow = (top: string): ReadonlyArray<string> =>
  readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(top, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort()
