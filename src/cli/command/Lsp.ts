import { Effect } from "effect"
import { serve } from "../../lsp/Server.ts"
import { version } from "../Installation.ts"
import { catalogue } from "../Language.ts"

/** Serves the language server protocol on standard input and output, until the client ends it; the process ends with it. */
export const lsp: Effect.Effect<never> = Effect.callback<never>(() => {
  serve({ catalogue, version, input: process.stdin, output: process.stdout })
})
