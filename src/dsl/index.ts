/** The compiler: text to program to TypeScript. Pure; it reads no file and runs nothing. */
import { basename } from "./check/Names.ts"
import { check } from "./check/Check.ts"
import type { Catalogue } from "./check/Check.ts"
import type { Diagnostic } from "./diagnostic/Diagnostic.ts"
import type { EmitOptions } from "./emit/Declarations.ts"
import type { Program } from "./program/Program.ts"
import type * as Ast from "./syntax/Ast.ts"
import { format as layOut } from "./syntax/Format.ts"
import { parse } from "./syntax/Parse.ts"
import type { Parsed } from "./syntax/Parse.ts"

export { check } from "./check/Check.ts"
export type { Catalogue } from "./check/Check.ts"
export type { Diagnostic, Label, Span } from "./diagnostic/Diagnostic.ts"
export { render, toJson } from "./diagnostic/Render.ts"
export type { EmitOptions } from "./emit/Declarations.ts"
export { javascript } from "./emit/Javascript.ts"
export { explain } from "./program/Explain.ts"
export { flow, flowText } from "./program/Flow.ts"
export type * from "./program/Program.ts"
export { meanings } from "./program/Semantics.ts"
export type * as Ast from "./syntax/Ast.ts"
export { parse } from "./syntax/Parse.ts"

/** What is known of a text. The program is there exactly when no finding is an error. */
export interface Analysis {
  /** The parse, for the analysis of the text after an edit. */
  readonly parsed?: Parsed
  readonly file: Ast.File
  readonly program: Program | undefined
  readonly diagnostics: ReadonlyArray<Diagnostic>
}

/**
 * Parses and checks a text. A text that cannot be parsed is not checked, since what is missing in it would be taken for
 * mistakes in the experiment. Total: it never throws, and its work is bounded. Of an edited text `earlier` is the analysis
 * before the edit, which saves reading again what the edit left alone, and changes nothing else.
 */
export const analyse = (
  source: { readonly name: string; readonly text: string },
  catalogue: Catalogue,
  earlier?: Analysis
): Analysis => {
  const parsed = parse(source.text, earlier?.parsed)
  const { diagnostics, file } = parsed
  if (diagnostics.some((one) => one.severity === "error")) return { parsed, file, program: undefined, diagnostics }
  const checked = check(file, catalogue, basename(source.name))
  return { parsed, file, program: checked.program, diagnostics: [...diagnostics, ...checked.diagnostics] }
}

/** TypeScript of a program, to be read. Loads ts-morph, which takes longer than everything else, when it is first called. */
export const emit = async (program: Program, options: EmitOptions): Promise<string> => {
  const { typescript } = await import("./emit/Typescript.ts")
  return typescript(program, options)
}

/** A text in the one layout there is; undefined where it cannot be parsed. */
export const format = (text: string): string | undefined => {
  const result = layOut(text)
  return "text" in result ? result.text : undefined
}
