/** Texts on the disk, read and written in one go, with one plain sentence for everything that may be wrong with them. Loads no Effect. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import type { Diagnostic } from "../dsl/diagnostic/Diagnostic.ts"
import { syntaxCodes } from "../dsl/diagnostic/SyntaxCodes.ts"

/** A text and the name it is reported under: the path as the user wrote it. */
export interface SourceFile {
  readonly name: string
  readonly text: string
  /** Set when the bytes are no text that could be a .bica file; `text` is then for showing the place only. */
  readonly fault?: Diagnostic
}

/** A file that could not be read, and why: a sentence that begins with its name. */
export interface Unreadable {
  readonly name: string
  readonly unreadable: string
}

/** The longest file that is read, in bytes: a methods section, not a data set. */
export const sizeLimit = 1024 * 1024

/** What the system said, in words. */
export const systemReason = (cause: unknown): string => {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "there is no such file"
    case "EISDIR":
      return "is a folder, not a file"
    case "EACCES":
    case "EPERM":
      return "may not be accessed (permissions)"
    case "ELOOP":
      return "is a circle of symbolic links"
    case "ENAMETOOLONG":
      return "the name is too long"
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full"
    case "EROFS":
      return "the disk is read-only"
    default:
      return cause instanceof Error ? cause.message : String(cause)
  }
}

/** Reads up to `sizeLimit + 1` bytes, so that a file that is too long (or never ends) is noticed without being read whole. */
const readLimited = (path: string): Uint8Array => {
  const file = Fs.openSync(path, "r")
  try {
    const bytes = new Uint8Array(sizeLimit + 1)
    let length = 0
    while (length < bytes.length) {
      const read = Fs.readSync(file, bytes, length, bytes.length - length, null)
      if (read === 0) break
      length += read
    }
    return bytes.subarray(0, length)
  } finally {
    Fs.closeSync(file)
  }
}

const fault = (code: "BICA1002" | "BICA1006", at: number, cause: string, fix: string): Diagnostic => ({
  code,
  severity: "error",
  title: syntaxCodes[code].title,
  span: { start: at, end: at },
  cause,
  fix,
  labels: []
})

/** Whether bytes are the UTF-8 of a text that was made of them. */
const isUtf8 = (bytes: Uint8Array, text: string): boolean => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes) === text
  } catch {
    return false
  }
}

/** Reads a .bica file: at most 1 MiB of UTF-8 text. What is wrong with the bytes themselves is a diagnostic. */
export const readText = (name: string): SourceFile | Unreadable => {
  let bytes: Uint8Array
  try {
    bytes = readLimited(name)
  } catch (cause) {
    return { name, unreadable: `${name}: ${systemReason(cause)}` }
  }
  const text = new TextDecoder("utf-8").decode(bytes)
  if (bytes.length > sizeLimit) {
    const fix = "Check that this is the file you meant, or split it."
    return {
      name,
      text,
      fault: fault("BICA1002", text.length, "The file is longer than 1 MiB, and no more is read.", fix)
    }
  }
  if (!isUtf8(bytes, text)) {
    const fix = "Save it as UTF-8, or check that this is the file you meant."
    const at = Math.max(0, text.indexOf("\ufffd"))
    return { name, text, fault: fault("BICA1006", at, "The bytes here are not UTF-8 text.", fix) }
  }
  return { name, text }
}

/** Makes a folder and those above it, one by one: asked for all at once Node says of a read-only disk that the folder is missing. */
export const makeFolder = (path: string): void => {
  if (Fs.existsSync(path)) return
  makeFolder(Path.dirname(path))
  try {
    Fs.mkdirSync(path)
  } catch (cause) {
    // another process may have been first
    if (!Fs.existsSync(path)) throw cause
  }
}

/** Puts a text in place of a file in one step: a reader sees the old file or the new one. Says why where the disk refuses. */
export const replaceText = (path: string, text: string): string | undefined => {
  try {
    makeFolder(Path.dirname(Path.resolve(path)))
    // A symbolic link stays one: what it points to is replaced.
    const target = Fs.existsSync(path) ? Fs.realpathSync(path) : path
    const mode = Fs.existsSync(target) ? Fs.statSync(target).mode & 0o777 : 0o644
    const draft = Path.join(Path.dirname(target), `.${Path.basename(target)}.${process.pid}`)
    try {
      Fs.writeFileSync(draft, text, { mode, flush: true })
      Fs.renameSync(draft, target)
    } catch (cause) {
      Fs.rmSync(draft, { force: true })
      throw cause
    }
    return undefined
  } catch (cause) {
    return `${path}: could not be written: ${systemReason(cause)}`
  }
}
