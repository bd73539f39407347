/** Why a command ends without having done its work, in words for the user and as an exit code (src/cli/ExitCodes.ts). */
import { Effect, Schema } from "effect"
import type { Ended } from "./ExitCodes.ts"

/** A command's end. `lines` go to standard error as they are; none when everything has been said already. */
export class Stop extends Schema.TaggedError<Stop>()("Stop", {
  exitCode: Schema.Literals([1, 2, 3]),
  lines: Schema.Array(Schema.String)
}) {
  override get message() {
    return this.lines.join("\n")
  }
}

/** A command that is no effect, as one. */
export const ending = (work: () => Ended): Effect.Effect<void, Stop> =>
  Effect.suspend(() => {
    const { exitCode, lines } = work()
    return exitCode === 0 ? Effect.void : Effect.fail(new Stop({ exitCode, lines }))
  })

export const experimentFailed = (...lines: ReadonlyArray<string>): Stop => new Stop({ exitCode: 1, lines })

export const wrongFile = (...lines: ReadonlyArray<string>): Stop => new Stop({ exitCode: 2, lines })

export const wrongMachine = (...lines: ReadonlyArray<string>): Stop => new Stop({ exitCode: 3, lines })
