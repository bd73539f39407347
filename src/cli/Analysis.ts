/** The compiler as the commands use it, without Effect: what is known of a file that was read, and its findings on standard error. */
import type { CodeModule } from "../declaration/Code.ts"
import { analyse, render } from "../dsl/index.ts"
import type { Analysis, Diagnostic } from "../dsl/index.ts"
import { shipped } from "../runtime/environment/Shipped.ts"
import { isColoured } from "./Screen.ts"
import type { SourceFile } from "./Text.ts"

/** What a file may name besides what is in it. */
export const catalogue = { environments: shipped }

/**
 * Everything that is known of a text: its tree, its program if it has one, its diagnostics. `code` has the modules that it names, by
 * their paths as written, where they may be run.
 */
export const analysisOf = (source: SourceFile, code: ReadonlyMap<string, CodeModule> | undefined): Analysis =>
  source.fault === undefined
    ? analyse(source, code === undefined ? catalogue : { ...catalogue, code })
    : {
        file: { declarations: [], span: { start: 0, end: 0 } },
        program: undefined,
        diagnostics: [source.fault]
      }

/** Prints diagnostics with their frames to standard error. */
export const showFindings = (diagnostics: ReadonlyArray<Diagnostic>, source: SourceFile): void => {
  if (diagnostics.length === 0) return
  const rendered = render(diagnostics, source, { color: isColoured(process.stderr, process.env) })
  process.stderr.write(rendered.endsWith("\n") ? rendered : `${rendered}\n`)
}
