/** Why a command ends without having done its work, in words for the user and as an exit code. */
import { Schema } from "effect"

/**
 * Exit codes. 1: the experiment failed (it diverged, a claim does not hold, a check said no). 2: the file is wrong, or the
 * command was used wrongly. 3: the machine is wrong (Node, engine, disk, a lock held by another process).
 * 70: bica itself is wrong. 130: interrupted.
 */
export const exitCodes = { fine: 0, experiment: 1, file: 2, machine: 3, fault: 70, interrupted: 130 } as const

/** A command's end. `lines` go to standard error as they are; none when everything has been said already. */
export class Stop extends Schema.TaggedError<Stop>()("Stop", {
  exitCode: Schema.Literals([1, 2, 3]),
  lines: Schema.Array(Schema.String)
}) {
  override get message() {
    return this.lines.join("\n")
  }
}

export const experimentFailed = (...lines: ReadonlyArray<string>): Stop => new Stop({ exitCode: 1, lines })

export const wrongFile = (...lines: ReadonlyArray<string>): Stop => new Stop({ exitCode: 2, lines })

export const wrongMachine = (...lines: ReadonlyArray<string>): Stop => new Stop({ exitCode: 3, lines })
