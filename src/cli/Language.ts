/** The compiler as the commands use it: files in, diagnostics on standard error, a checked program out. */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import * as Os from "node:os"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { emit, javascript } from "../dsl/index.ts"
import type { Analysis, Diagnostic, EmitOptions, Program } from "../dsl/index.ts"
import { analysisOf, showFindings } from "./Analysis.ts"
import { codeOf, pathOf } from "./Code.ts"
import { compilerIdentity } from "./Installation.ts"
import { read, readIfThere, replace } from "./SourceFile.ts"
import { Stop, wrongFile } from "./Stop.ts"
import type { SourceFile } from "./Text.ts"

/** A file that compiles. */
export interface Checked {
  readonly source: SourceFile
  readonly program: Program
}

/** Everything that is known of a text, its modules run where that is allowed. */
export const analysis = Effect.fnUntraced(function* (source: SourceFile): Effect.fn.Return<Analysis> {
  return analysisOf(source, source.fault === undefined ? yield* codeOf(source) : undefined)
})

/** Prints diagnostics with their frames to standard error. */
export const show = (diagnostics: ReadonlyArray<Diagnostic>, source: SourceFile): Effect.Effect<void> =>
  Effect.sync(() => showFindings(diagnostics, source))

/**
 * Checks a text, with its diagnostics printed. A text with errors ends the command with exit code 2.
 */
export const check = Effect.fnUntraced(function* (source: SourceFile): Effect.fn.Return<Checked, Stop> {
  const { diagnostics, program } = yield* analysis(source)
  yield* show(diagnostics, source)
  if (program === undefined || diagnostics.some((each) => each.severity === "error")) return yield* wrongFile()
  return { source, program }
})

/** Reads and checks a file. */
export const checked = (name: string): Effect.Effect<Checked, Stop> => Effect.flatMap(read(name), check)

/** How a program is compiled whose modules are imported from the folder `into`, or by their addresses. */
const options = (source: SourceFile, into?: string): EmitOptions => ({
  source: source.text,
  moduleOf: (path) => {
    const place = pathOf(source, path)
    if (into === undefined) return pathToFileURL(place).href
    const relative = Path.relative(into, place).split(Path.sep).join("/")
    return relative.startsWith(".") ? relative : `./${relative}`
  }
})

/**
 * The TypeScript that a program compiles to; its imports of the user's own modules are written from the folder `into`, or as addresses.
 * Loads ts-morph, which takes longer than everything else here.
 */
export const typescript = ({ program, source }: Checked, into?: string): Effect.Effect<string> =>
  Effect.promise(() => emit(program, options(source, into)))

/**
 * The user's own folder of compiled files. Not one below the working directory: what is in the cache is executed, and a
 * folder that came with somebody's experiment must not bring code with it.
 */
const cache = (): string => {
  const given = process.env.XDG_CACHE_HOME ?? ""
  return Path.join(Path.isAbsolute(given) ? given : Path.join(Os.homedir(), ".cache"), "bica")
}

/**
 * The path of the compiled program as JavaScript, which is what its TypeScript is without types. It is compiled when neither this text
 * nor this compiler has been seen before here.
 */
export const compiled = Effect.fnUntraced(function* (file: Checked): Effect.fn.Return<string, Stop> {
  // The name of the pipeline is that of its file.
  const parts = [
    compilerIdentity(),
    Path.basename(file.source.name),
    file.source.text,
    ...file.program.code.map((one) => [pathOf(file.source, one.path), one.digest])
  ]
  const key = createHash("sha256").update(JSON.stringify(parts)).digest("hex")
  // `.mjs`: a module, whatever a package.json above says.
  const path = Path.join(cache(), `${key}.mjs`)
  if ((yield* readIfThere(path)) === undefined) {
    const advice = "Compiled files are kept there; name another folder with XDG_CACHE_HOME."
    yield* replace(path, javascript(file.program, options(file.source))).pipe(
      Effect.mapError(({ exitCode, lines }) => new Stop({ exitCode, lines: [...lines, advice] }))
    )
  }
  return path
})
