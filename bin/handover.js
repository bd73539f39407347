/**
 * Finding a Node that can run bica, and handing a process over to it. Everything here must parse and run on Node 18.
 */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const require = createRequire(import.meta.url)

/** Ends with the exit code for a machine that is wrong. */
export const wrongMachine = (sentence) => {
  process.stderr.write(`bica: ${sentence}\n`)
  process.exit(3)
}

/** Whether a Node of this version runs bica: it strips types and lets modules be resolved by hooks. */
export const isNewEnough = (version) => {
  const [major, minor] = version.split(".").map(Number)
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 19)
}

const packaged = `node-${process.platform}-${process.arch}`

/** The Node that npm installed beside bica, wherever npm put it, or undefined. */
const packagedNode = () => {
  try {
    const binary = join(dirname(require.resolve(`${packaged}/package.json`)), "bin", "node")
    return existsSync(binary) ? binary : undefined
  } catch {
    return undefined
  }
}

/** As `packagedNode`; without one it says what is needed and ends. */
export const newerNode = () =>
  packagedNode() ??
  wrongMachine(
    `needs Node 22.19 or newer, this is ${process.versions.node}, and no newer one was installed beside it ` +
      `(package ${packaged}): install Node 22.19 or newer, or run \`npm ci\` again`
  )

/** Runs `node words...` in place of this process: its streams, its signals, its exit. */
export const handOver = (node, words, environment) => {
  // The channel is there so that the child notices when this process is killed: an orphan would go on holding its run.
  const child = spawn(node, words, {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, ...environment }
  })
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"]) {
    process.on(signal, () => {
      // Ctrl-C and Ctrl-\ reach every process of a terminal's group, the child too.
      if ((signal === "SIGINT" || signal === "SIGQUIT") && process.stdin.isTTY) return
      child.kill(signal)
    })
  }
  child.on("error", (error) => wrongMachine(`could not start ${node}: ${error.message}`))
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 3)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
