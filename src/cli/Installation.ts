/** What this installation is: its folder, its version, and the identity of its compiler. */
import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"

/** The nearest folder with a description of a package, this one or above. */
const packageAbove = (folder: string): string =>
  Fs.existsSync(Path.join(folder, "package.json")) || folder === Path.dirname(folder)
    ? folder
    : packageAbove(Path.dirname(folder))

/** The folder of the package. */
export const root = packageAbove(import.meta.dirname)

const [top = "", below] = Path.relative(root, import.meta.dirname).split(Path.sep)
/** The folder that runs: `src` in a checkout; `dist/bundle` or `dist` in a published package, or where they are newer. */
const runningName = below === "bundle" ? `${top}/${below}` : top
const running = Path.join(root, runningName)

/** What starts a worker thread, and what it must be told of the files that run. */
export const workerScript = pathToFileURL(Path.join(root, "bin", "worker.js"))
export const workerData = { running: [runningName, Path.extname(import.meta.filename)] } as const

const versionOf = (description: unknown): string =>
  typeof description === "object" && description !== null && "version" in description
    ? String(description.version)
    : "unknown"

export const version = versionOf(JSON.parse(Fs.readFileSync(Path.join(root, "package.json"), "utf8")))

const filesBelow = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
    .map((entry) => Path.join(entry.parentPath, entry.name))
    .sort()

/**
 * sha256 over everything that decides what a file compiles to: the compiler and the declarations that it reads. The version
 * number is not enough: in a checkout the compiler changes under it.
 */
export const compilerIdentity = (): string => {
  const hash = createHash("sha256").update(version)
  // the names of bundled files end with a digest of what is in them
  if (below === "bundle") return hash.update(filesBelow(running).join()).digest("hex")
  const maptalk = Path.join(running, "runtime", "environment", "maptalk")
  const parts = [Path.join(running, "dsl"), Path.join(running, "declaration"), maptalk]
  for (const path of parts.flatMap(filesBelow)) {
    hash.update(`\0${Path.relative(running, path)}\0`).update(Fs.readFileSync(path))
  }
  return hash.digest("hex")
}
