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

const entry = (folder) => join(root, folder, "cli", "main.js")

/**
 * The folder that runs and the extension of its files: `src` in a checkout, unless what was built from it is newer; `dist/bundle`, the
 * commands in few files, or `dist`.
 */
export const chosen = () => {
  const source = join(root, "src")
  const isCheckout = existsSync(source)
  const changed = isCheckout ? newest(source) : 0
  const built = ["dist/bundle", "dist"].find(
    (folder) => existsSync(entry(folder)) && statSync(entry(folder)).mtimeMs >= changed
  )
  if (built !== undefined) return [built, ".js"]
  return isCheckout ? ["src", ".ts"] : wrongMachine(`neither src nor dist is in ${root}: install bica again`)
}

/** Makes `bica/runtime` and `effect`, imported from a compiled pipeline wherever it lies, the ones of this installation. */
export const resolveHere = ([folder, extension]) => {
  const runtime = pathToFileURL(join(root, folder, "runtime", `index${extension}`)).href
  const bundled = join(root, folder, "effect.js")
  const effect = existsSync(bundled) ? pathToFileURL(bundled).href : undefined
  const here = pathToFileURL(join(root, "package.json")).href
  const installed = pathToFileURL(root + sep).href
  Module.registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === "bica/runtime") return { url: runtime, shortCircuit: true }
      // what was bundled asks for no effect: whoever does is to get the bundled one
      const outside =
        effect !== undefined || context.parentURL === undefined || !context.parentURL.startsWith(installed)
      const isEffect = specifier === "effect" || specifier.startsWith("effect/")
      if (!isEffect || !outside || context.parentURL?.includes("/node_modules/")) return next(specifier, context)
      return effect !== undefined && specifier === "effect"
        ? { url: effect, shortCircuit: true }
        : next(specifier, { ...context, parentURL: here })
    }
  })
}

/** The address of a file of bica in the folder that runs. */
export const addressOf = ([folder, extension], ...path) => pathToFileURL(join(root, folder, ...path) + extension).href
