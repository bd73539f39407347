/** The compiler as the commands use it: files in, diagnostics on standard error, a checked program out. */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { analyse, render } from "../dsl/index.ts"
import type { Analysis, Diagnostic, Program } from "../dsl/index.ts"
import { MapTalk } from "../runtime/environment/maptalk/Declaration.ts"
import { compilerIdentity } from "./Installation.ts"
import { isColoured } from "./Screen.ts"
import type { SourceFile } from "./SourceFile.ts"
import { read, readIfThere, replace } from "./SourceFile.ts"
import type { Stop } from "./Stop.ts"
import { wrongFile } from "./Stop.ts"

/** What a file may name besides what is in it. */
export const catalogue = { environments: [MapTalk] }

/** A file that compiles. */
export interface Checked {
  readonly source: SourceFile
  readonly program: Program
}

/** Everything that is known of a text: its tree, its program if it has one, its diagnostics. */
export const analysis = (source: SourceFile): Effect.Effect<Analysis> => Effect.sync(() => analyse(source, catalogue))

/** Prints diagnostics with their frames to standard error. */
export const show = (diagnostics: ReadonlyArray<Diagnostic>, source: SourceFile): Effect.Effect<void> =>
  Effect.sync(() => {
    if (diagnostics.length === 0) return
    const rendered = render(diagnostics, source, { color: isColoured(process.stderr, process.env) })
    process.stderr.write(rendered.endsWith("\n") ? rendered : `${rendered}\n`)
  })

/**
 * Reads and checks a file, with its warnings printed. A file with errors ends the command with exit code 2, its
 * diagnostics printed.
 */
export const checked = Effect.fnUntraced(function* (name: string): Effect.fn.Return<Checked, Stop> {
  const source = yield* read(name)
  const { diagnostics, program } = yield* analysis(source)
  yield* show(diagnostics, source)
  if (program === undefined || diagnostics.some((each) => each.severity === "error")) return yield* wrongFile()
  return { source, program }
})

/** The TypeScript that a program compiles to. Loads ts-morph, which takes longer than everything else here. */
export const typescript = ({ program, source }: Checked): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => import("../dsl/emit/Emit.ts")),
    ({ emit }) => emit(program, { source: source.text })
  )

/** The folder of compiled files, below the working directory. */
const cache = ".bica/cache"

/**
 * The path of the compiled program. It is compiled when neither this text nor this compiler has been seen before here.
 */
export const compiled = Effect.fnUntraced(function* (file: Checked): Effect.fn.Return<string, Stop> {
  const key = createHash("sha256").update(compilerIdentity()).update("\0").update(file.source.text).digest("hex")
  // `.mts`: a module, whatever the package.json above the working directory says.
  const path = `${cache}/${key}.mts`
  if ((yield* readIfThere(path)) === undefined) yield* replace(path, yield* typescript(file))
  return path
})
