import { Effect } from "effect"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Options } from "../../lsp/Server.ts"
import { serve } from "../../lsp/Server.ts"
import { catalogue } from "../Analysis.ts"
import { AllowCode, codeOf, exportIn } from "../Code.ts"
import { version } from "../Installation.ts"

/** The modules of a document that lies on this machine. */
const codeOfDocument = ({ text, uri }: { readonly text: string; readonly uri: string }) =>
  uri.startsWith("file:")
    ? Effect.runPromise(codeOf({ name: fileURLToPath(uri), text }).pipe(Effect.provideService(AllowCode, true)))
    : Promise.resolve(undefined)

/** Where an export stands in a module of a document that lies on this machine, of which the text alone is read. */
const placeOf: NonNullable<Options["placeOf"]> = ({ uri }, { name, path }) => {
  const found = uri.startsWith("file:") ? exportIn({ name: fileURLToPath(uri), text: "" }, path, name) : undefined
  if (found === undefined) return undefined
  const start = { line: found.line, character: found.from }
  return { uri: pathToFileURL(found.place).href, range: { start, end: { ...start, character: found.to } } }
}

/**
 * Serves the language server protocol on standard input and output, until the client ends it; the process ends with it. Modules that
 * documents name are run only where code is allowed.
 */
export const lsp: Effect.Effect<never> = Effect.flatMap(AllowCode, (allowed) =>
  Effect.callback<never>(() => {
    const options: Options = { catalogue, placeOf, version, input: process.stdin, output: process.stdout }
    serve(allowed ? { ...options, codeOf: codeOfDocument } : options)
  })
)
