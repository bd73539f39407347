/** The process: runs the command, says in plain words what stopped it, and exits with a code that means something. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Cause, Effect, Exit } from "effect"
import { execute, isWrongUsage } from "./CommandLine.ts"
import { version } from "./Installation.ts"
import { exitCodes, Stop } from "./Stop.ts"

const exitCode = (cause: Cause.Cause<unknown>): number => {
  if (Cause.hasInterruptsOnly(cause)) return exitCodes.interrupted
  const error = Cause.squash(cause)
  if (error instanceof Stop) return error.exitCode
  return isWrongUsage(error) ? exitCodes.file : exitCodes.fault
}

const report = (cause: Cause.Cause<unknown>) =>
  Effect.sync(() => {
    const code = exitCode(cause)
    if (code === exitCodes.interrupted) return
    const error = Cause.squash(cause)
    if (error instanceof Stop) {
      for (const line of error.lines) process.stderr.write(`${line}\n`)
    } else if (code === exitCodes.fault) {
      const message = error instanceof Error ? error.message : String(error)
      process.stderr.write(`bica: internal error: ${message.split("\n")[0]}\n`)
      process.stderr.write(
        (process.env.BICA_TRACE ?? "") === ""
          ? "This is a fault in bica, not in your file. With BICA_TRACE=1 it says where; please report it.\n"
          : `${Cause.pretty(cause)}\n`
      )
    }
  })

// `bica explain FILE | head` closes the pipe early; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.fine)
  throw error
})

execute(version, process.argv.slice(2)).pipe(
  Effect.tapCause(report),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? exitCodes.fine : exitCode(exit.cause))
  })
)
