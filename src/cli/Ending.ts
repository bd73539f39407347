/** How a command ends: what is said about a failure, and the exit code. */
import { Cause } from "effect"
import { isWrongUsage } from "./CommandLine.ts"
import { exitCodes } from "./ExitCodes.ts"
import { Stop } from "./Stop.ts"

/** The exit code of a failure. */
export const exitCode = (cause: Cause.Cause<unknown>): number => {
  if (Cause.hasInterruptsOnly(cause)) return exitCodes.interrupted
  const error = Cause.squash(cause)
  if (error instanceof Stop) return error.exitCode
  return isWrongUsage(error) ? exitCodes.file : exitCodes.fault
}

/**
 * The lines that a failure is reported with. A fault of bica itself is one line and a hint, and everything that is known of it
 * only with `trace`; wrong usage has been reported where it was noticed.
 */
export const report = (cause: Cause.Cause<unknown>, trace: boolean): ReadonlyArray<string> => {
  const error = Cause.squash(cause)
  if (error instanceof Stop) return error.lines
  if (exitCode(cause) !== exitCodes.fault) return []
  const message = error instanceof Error ? error.message : String(error)
  return [
    `bica: internal error: ${message.split("\n")[0]}`,
    trace
      ? Cause.pretty(cause)
      : "This is a fault in bica, not in your file. With BICA_TRACE=1 it says where; please report it."
  ]
}
