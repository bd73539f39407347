/** The process: runs the command, says in plain words what stopped it, and exits with a code that means something. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Exit } from "effect"
import { execute } from "./CommandLine.ts"
import { exitCode, report } from "./Ending.ts"
import { version } from "./Installation.ts"
import { exitCodes } from "./Stop.ts"

// `bica explain FILE | head` closes the pipe early; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.fine)
  throw error
})

// A first signal lets what runs come to a good end. A second ends at once, unless it comes so soon that it is the first again: `timeout` and
// others send a signal to a process and to its group. What is kept is whole at any instant.
const sameSignal = 500
let told: number | undefined
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    told ??= performance.now()
    if (performance.now() - told <= sameSignal) return
    if (process.stdout.isTTY) process.stdout.write("\u001b[?25h") // the display may have hidden the cursor
    // By the signal itself, which a shell shows as 130 for SIGINT. `exit` would wait for threads to leave a run of the engine, whose binding
    // then throws where nobody can catch it.
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

const trace = (process.env.BICA_TRACE ?? "") !== ""

execute(version, process.argv.slice(2)).pipe(
  Effect.tapCause((cause) =>
    Effect.sync(() => {
      for (const line of report(cause, trace)) process.stderr.write(`${line}\n`)
    })
  ),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? exitCodes.fine : exitCode(exit.cause))
  })
)
