/**
 * Which files of bica run, and where modules are found from: for the process and for the threads that it starts.
 */
import { existsSync, readdirSync, statSync } from "node:fs"
import * as Module from "node:module"
import { dirname, join, resolve, sep } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { wrongMachine } from "./handover.js"

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
/** Newest change below a folder, in milliseconds. */
const newest = (folder) => {
  let latest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }
  return latest
}

/** The folder that runs, `src` or `dist`, and the extension of its files. */
export const chosen = () => {
  const source = join(root, "src")
  const built = join(root, "dist", "cli", "main.js")
  const isBuilt = existsSync(built)
  if (!existsSync(source)) {
    return isBuilt ? ["dist", ".js"] : wrongMachine(`neither src nor dist is in ${root}: install bica again`)
  }
  return isBuilt && statSync(built).mtimeMs >= newest(source) ? ["dist", ".js"] : ["src", ".ts"]
}

/** Makes `bica/runtime` and `effect`, imported from a compiled pipeline wherever it lies, the ones of this installation. */
export const resolveHere = ([folder, extension]) => {
  const runtime = pathToFileURL(join(root, folder, "runtime", `index${extension}`)).href
  const here = pathToFileURL(join(root, "package.json")).href
  const installed = pathToFileURL(root + sep).href
  Module.registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === "bica/runtime") return { url: runtime, shortCircuit: true }
      const outside = context.parentURL === undefined || !context.parentURL.startsWith(installed)
      const isEffect = specifier === "effect" || specifier.startsWith("effect/")
      return isEffect && outside && !context.parentURL?.includes("/node_modules/")
        ? next(specifier, { ...context, parentURL: here })
        : next(specifier, context)
    }
  })
}

/** The address of a file of bica in the folder that runs. */
export const addressOf = ([folder, extension], ...path) => pathToFileURL(join(root, folder, ...path) + extension).href
