/** What the runtime's failures mean to a user: a sentence, a way out, an exit code. */
import type { EngineError } from "../runtime/engine/Engine.ts"
import type { Failure } from "../runtime/Stage.ts"
import type { StoreError } from "../runtime/store/Store.ts"
import type { Stop } from "./Stop.ts"
import { experimentFailed, wrongFile, wrongMachine } from "./Stop.ts"

const firstLine = (cause: unknown): string => {
  const text = cause instanceof Error ? cause.message : typeof cause === "string" ? cause : ""
  return text.split("\n")[0] ?? ""
}

const engineFailed = (error: EngineError): Stop => {
  const cause = firstLine(error.cause)
  return wrongMachine(
    cause === "" || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`,
    "`bica doctor` says which engines work here."
  )
}

const storeFailed = (error: StoreError): Stop => wrongMachine(error.message, error.fix)

/** The end of a command that a failure of the runtime brings about. */
export const stopOf = (failure: Failure): Stop => {
  switch (failure._tag) {
    case "EngineError":
      return engineFailed(failure)
    case "StoreError":
      return storeFailed(failure)
    case "Diverged":
      return experimentFailed(failure.message)
    case "StageError":
      return wrongFile(failure.message)
  }
}
