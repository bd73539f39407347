import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import { serve } from "../../lsp/Server.ts"
import { AllowCode, codeOf } from "../Code.ts"
import { version } from "../Installation.ts"
import { catalogue } from "../Language.ts"

/** The modules of a document that lies on this machine. */
const codeOfDocument = ({ text, uri }: { readonly text: string; readonly uri: string }) =>
  uri.startsWith("file:")
    ? Effect.runPromise(codeOf({ name: fileURLToPath(uri), text }).pipe(Effect.provideService(AllowCode, true)))
    : Promise.resolve(undefined)

/**
 * Serves the language server protocol on standard input and output, until the client ends it; the process ends with it. Modules that
 * documents name are run only where code is allowed.
 */
export const lsp: Effect.Effect<never> = Effect.flatMap(AllowCode, (allowed) =>
  Effect.callback<never>(() => {
    const options = { catalogue, version, input: process.stdin, output: process.stdout }
    serve(allowed ? { ...options, codeOf: codeOfDocument } : options)
  })
)
