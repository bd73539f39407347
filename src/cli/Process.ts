/** The whole command line as a process: runs the command, and says in plain words what stopped it. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Exit } from "effect"
import { execute } from "./CommandLine.ts"
import { exitCode, report } from "./Ending.ts"
import { exitCodes } from "./ExitCodes.ts"
import { version } from "./Installation.ts"

const trace = (process.env.BICA_TRACE ?? "") !== ""

/** Calls back when all that was written has left: a pipe takes 64 KiB at once, and what waits in this process ends with it. */
const afterWritten = (stream: NodeJS.WriteStream, then: () => void): void => {
  if (stream.writableLength === 0) then()
  else stream.write("", then)
}

const main = (work: Effect.Effect<void, unknown>): void =>
  work.pipe(
    Effect.tapCause((cause) =>
      Effect.sync(() => {
        for (const line of report(cause, trace)) process.stderr.write(`${line}\n`)
      })
    ),
    NodeRuntime.runMain({
      disableErrorReporting: true,
      teardown: (exit, onExit) => {
        const code = Exit.isSuccess(exit) ? exitCodes.fine : exitCode(exit.cause)
        afterWritten(process.stdout, () => afterWritten(process.stderr, () => onExit(code)))
      }
    })
  )

/** Runs the command that the words name. */
export const run = (words: ReadonlyArray<string>): void =>
  main(execute(version, words).pipe(Effect.provide(NodeServices.layer)))

/** Ends as a command ends in which something was thrown. */
export const fault = (defect: unknown): void => main(Effect.die(defect))
